"""Reporting something: photo, place, what it is, a line of words, send. Nothing of it needs signal."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty

from mobile.core import strings
from mobile.core.device.camera import keep_photo, photo_place, thumbnail_of
from mobile.core.parts import Parts
from mobile.core.place import PlaceChoice
from mobile.core.room import is_no_room
from mobile.service_requests import draft as drafts
from mobile.service_requests import looks
from mobile.service_requests.changes import open_request
from mobile.service_requests.draft import PHOTO, PLACE, REVIEW, TYPE, WORDS, Draft
from mobile.service_requests.type_model import TypeChoice
from shared_models.service_requests import PhotoWish, RequestType

MOST_PHOTOS = 6
WRITING_PAUSE = 0.4
"""Seconds without a key until what was typed is put on disk."""

Kept = tuple[UUID, Path, tuple[float, float] | None]


class Report(EventDispatcher):
    """The flow. `on_sent(waits)` when the report is in the outbox; all that was entered is kept until then.

    `on_no_room` when the phone's disk is full: it is kept in memory, and can be saved or sent again.
    """

    __events__ = ("on_sent", "on_no_room")

    step = StringProperty(PHOTO)
    title = StringProperty()
    number = NumericProperty(1)
    count = NumericProperty(5)
    photos = ListProperty()  # tiles of the photo strip
    working = BooleanProperty(False)  # a photo is being made small
    photo_error = StringProperty()
    photo_hint = StringProperty()
    takes = BooleanProperty(False)  # there is a camera
    full = BooleanProperty(False)  # no further photo
    words = StringProperty()
    words_needed = BooleanProperty(False)
    words_error = StringProperty()
    anonymous = StringProperty()
    privacy = StringProperty()
    public_records = StringProperty()
    tracking = StringProperty()
    illustration = StringProperty()
    kind_name = StringProperty()
    place_text = StringProperty()
    has_place = BooleanProperty(False)
    can_skip_place = BooleanProperty(True)
    revising = BooleanProperty(False)  # a step was opened from the review, and goes back to it
    place: PlaceChoice = ObjectProperty(rebind=True)
    type: TypeChoice = ObjectProperty(rebind=True)
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.place, self.type = PlaceChoice(), TypeChoice()
        self.draft = Draft()
        self._save_soon = Clock.create_trigger(lambda _: self.save(), WRITING_PAUSE)
        super().__init__(**kwargs)
        self.place.bind(on_pin=lambda *_: self._pinned(), address=lambda *_: self._addressed())
        self.type.bind(on_choose=lambda _, kind: self.choose(kind))

    def on_sent(self, waits: bool) -> None:
        """The report is safe in the outbox."""

    def on_no_room(self) -> None:
        """It could not be written to the phone's disk."""

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = self.place.parts = self.type.parts = parts

    @property
    def kind(self) -> RequestType | None:
        """The type that was chosen."""
        return self.parts.types().get(self.draft.type)

    # ── beginning and ending ─────────────────────────────────────────────────────────────────────────────

    def begin(self, kind: str = "") -> None:
        """Go on with the draft, else begin a new one; perhaps with a type that was chosen elsewhere."""
        draft = drafts.begun(self.parts.store) or (Draft() if self.draft.empty else self.draft)
        if draft.id != self.draft.id:
            self.type.shown, self.type.query, self.type.group = None, "", ""
        self.draft = draft
        self.takes = self.parts.camera.takes
        self.photo_error = self.words_error = ""
        self.revising = False
        self.words = draft.words
        self.place.show(draft.at, draft.address)
        self._show_photos()
        self._go(draft.step if draft.step in self.steps else PHOTO)
        if kind in self.parts.types():
            self._go(TYPE)
            self.type.pick(kind)

    def save(self) -> None:
        """Put the draft on disk."""
        self._save_soon.cancel()
        if not self.draft.empty:
            self._written(lambda: drafts.keep(self.parts.store, self.draft))

    def discard(self) -> None:
        """Throw the draft away, with its photos."""
        photos = dict(self.draft.photos)
        self._forget()
        self.parts.tasks.run(lambda: drafts.remove_photos(photos))

    def _forget(self) -> None:
        self._save_soon.cancel()
        self.draft = Draft()
        self.words = ""
        self._written(lambda: drafts.forget(self.parts.store))

    def _written(self, write: Callable[[], None]) -> bool:
        """Write to the disk; whether there was room."""
        try:
            write()
        except sqlite3.OperationalError as error:
            if not is_no_room(error):
                raise
            self.dispatch("on_no_room")
            return False
        return True

    # ── the way through ──────────────────────────────────────────────────────────────────────────────────

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of this report."""
        return drafts.steps_for(self.draft, self.kind)

    def go_on(self) -> None:
        """Go to the next step, or back to the review that sent us here, if this step has what it must."""
        if not self._complete(self.step):
            return
        after = self.steps[self.steps.index(self.step) + 1 :] if self.step in self.steps else self.steps
        if self.revising:
            after = tuple(step for step in after if not self._complete(step, aloud=False))
        self._go(after[0] if after else REVIEW)

    def back(self) -> bool:
        """Go one step back; false on the first one."""
        if self.step == TYPE and self.type.back():
            return True
        if self.step == PLACE and self.place.query:
            self.place.query = ""
            return True
        if self.revising:
            self._go(REVIEW)
            return True
        before = self.steps[: self.steps.index(self.step)] if self.step in self.steps else ()
        if not before:
            return False
        self._go(before[-1])
        return True

    def revise(self, step: str) -> None:
        """Open a step from the review."""
        self._go(step)
        self.revising = True

    def skip_place(self) -> None:
        """It has no place, or none that is known yet."""
        self.draft.placeless, self.draft.at = True, None
        self.place.show(None, "")
        self._go(TYPE)

    def _go(self, step: str) -> None:
        self.draft.step = step
        if step == REVIEW:
            self.revising = False
        steps = self.steps
        self.number, self.count = steps.index(step) + 1 if step in steps else 1, len(steps)
        self.can_skip_place = self.kind is None
        self.words_needed = not self.draft.photos
        if step == PLACE and self.draft.at is None:
            self.place.find_me(aloud=False)
        if step == TYPE:
            self.type.load(self.draft.type)
        self.step = step
        self.retell()
        self.save()

    def retell(self) -> None:
        """Say everything anew: the step is another, or the language."""
        kind = self.kind
        self.title = strings.t(f"report.title.{self.step}")
        wanted = kind is not None and kind.photo is PhotoWish.WANTED
        self.photo_hint = strings.t("report.photo.wanted" if wanted else "report.photo.hint")
        without_name = kind is not None and kind.anonymous and self.parts.session.account is None
        self.anonymous = self.parts.word("anonymous") if without_name else ""
        word = self.parts.word
        self.privacy, self.public_records = word("privacy"), word("public-records")
        self.tracking, self.illustration = word("tracking"), word("illustration")
        self.place.retell()
        if self.step == TYPE:
            self.type.retell()
        self.kind_name = looks.type_name(kind, self.draft.type)
        self.has_place = kind is not None and kind.place_needed
        self.place_text = self.draft.address.strip() or self.place.near or strings.t("report.review.pin")

    def _complete(self, step: str, *, aloud: bool = True) -> bool:
        if step == PLACE:
            return self.place.good or (not self.place.pinned and self.kind is None and not aloud)
        if step == TYPE:
            return self.kind is not None and self.type.sendable(self.kind)
        if step == WORDS and self.words_needed and not self.words.strip():
            self.words_error = strings.t("report.words.needed") if aloud else ""
            return False
        return True

    # ── photos ───────────────────────────────────────────────────────────────────────────────────────────

    def take_photo(self) -> None:
        """Take a photo."""
        self.parts.camera.take(lambda path: self.parts.tasks.on_main(self.add_photo, path))

    def add_photo(self, path: Path | None) -> None:
        """Keep this picture: small, bare, on disk."""
        if path is None or self.full or self.working:
            return
        self.working, self.photo_error = True, ""
        folder, draft = self.parts.photos, self.draft

        def work() -> Kept:
            return (*keep_photo(path, folder), photo_place(path))

        def kept(photo: Kept) -> None:
            self.working = False
            id_, file, at = photo
            draft.photos[id_] = file
            if draft is self.draft:
                self._take_place(at)
                self._show_photos()
                self.save()

        def failed(error: Exception) -> None:
            self.working = False
            words = "no_room" if is_no_room(error) else "unreadable"
            self.photo_error = strings.t(f"report.photo.{words}")

        self.parts.tasks.run(work, kept, failed)

    def remove_photo(self, key: str) -> None:
        """Take a photo away."""
        path = self.draft.photos.pop(UUID(key), None)
        if path is not None:
            self._show_photos()
            self._keep_or_forget()
            self.parts.tasks.run(lambda: drafts.remove_photos({UUID(key): path}))

    def photo_file(self, key: str) -> str:
        """The file of a photo, to show it large."""
        return str(self.draft.photos.get(UUID(key), ""))

    def _take_place(self, at: tuple[float, float] | None) -> None:
        """The first photo that knows where it was taken sets the pin, if nobody has."""
        outline = self.parts.pack.whose(*at) if at is not None else None
        if at is not None and outline is not None and outline.ours and self.draft.at is None:
            self.draft.at = at
            self.place.show(at, self.draft.address)

    def _show_photos(self) -> None:
        self.full = len(self.draft.photos) >= MOST_PHOTOS
        self.photos = [
            {"key": str(id_), "source": str(small if (small := thumbnail_of(path)).exists() else path)}
            for id_, path in self.draft.photos.items()
        ]

    # ── place, type and words ────────────────────────────────────────────────────────────────────────────

    def _pinned(self) -> None:
        self.draft.at = self.place.lat, self.place.lon
        self.save()

    def _addressed(self) -> None:
        self.draft.address = self.place.address
        self._save_soon()

    def choose(self, kind: RequestType) -> None:
        """This is what it is about; go on to what it still wants."""
        self.draft.type = kind.code
        self.save()
        self.go_on()

    def on_words(self, *_: object) -> None:
        """The person writes."""
        self.draft.words, self.words_error = self.words, ""
        self._save_soon()

    def _keep_or_forget(self) -> None:
        if self.draft.empty:
            drafts.forget(self.parts.store)
        else:
            self.save()

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────

    def send(self) -> None:
        """Put the report into the outbox: it leaves by itself, once, as soon as there is signal."""
        kind = self.kind
        missing = next((step for step in self.steps if not self._complete(step)), "")
        if missing or kind is None:
            self.revise(missing or TYPE)
            return
        store, draft = self.parts.store, self.draft
        known = store.one("service_request", draft.id) is not None
        if not known and not self._written(lambda: open_request(store, draft.wish(kind), kind, draft.photos)):
            return
        self._forget()
        online = bool(self.parts.sync.state.online)
        self.parts.sync_now()
        self.parts.tell_changed()
        self.dispatch("on_sent", not online)

    # ── being told of what becomes of it ─────────────────────────────────────────────────────────────────

    @property
    def may_ask_for_push(self) -> bool:
        """Whether to ask now if the phone may tell of news: once, after the first report."""
        return self.parts.push.asks and not self.parts.preferences.now.push_asked

    def answer_push(self, wanted: bool) -> None:
        """The person answered; they are not asked again."""
        self.parts.preferences.change(push_asked=True)
        if wanted:
            self.parts.push.ask()
