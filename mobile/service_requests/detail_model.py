"""One of my requests: what became of it, what comes next, and my answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.core import strings
from mobile.core.arrival import OFFLINE, WAITING, Arrival
from mobile.core.parts import Parts
from mobile.core.refused import Refusable
from mobile.core.store import Seen, Waiting
from mobile.service_requests import looks
from mobile.service_requests.changes import MINE, answer
from mobile.service_requests.model import (
    badge_of,
    may_answer,
    may_try_again,
    refusal_contacts,
    refusal_words,
)
from shared_models.photos import PhotoSize
from shared_models.service_requests import AnswerRequest, EntryKind, RequestEntry, ServiceRequest, Status

ENTRY = "request_entry"


class RequestDetail(Refusable, EventDispatcher):
    """What is shown of one request. `on_gone` tells that nothing is left to show."""

    __events__ = ("on_gone",)

    state = StringProperty("shown")  # or how it stands with one that has not come yet: `core.arrival`
    title = StringProperty()
    number = StringProperty()
    badge = StringProperty()
    badge_icon = StringProperty()
    tone = StringProperty("neutral")
    next_words = StringProperty()
    description = StringProperty()
    address = StringProperty()
    opened = StringProperty()
    has_place = BooleanProperty(False)
    place = ObjectProperty(None, allownone=True)  # (latitude, longitude), WGS 84
    colour = StringProperty(looks.pin_colour(Status.NEWER))
    mine = ListProperty()  # tiles of the person's own photos
    theirs = ListProperty()  # and of the city's
    entries = ListProperty()
    asks = BooleanProperty(False)  # is it fixed?
    answer_until = StringProperty()
    refused_title = StringProperty()
    refused_words = StringProperty()
    refused_contacts = ListProperty()
    can_try_again = BooleanProperty(False)
    sign_in_helps = BooleanProperty(False)
    loses_words = BooleanProperty(False)  # putting it away would lose what was typed
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self.request: ServiceRequest | None = None
        self._refused: Waiting | None = None
        self._files: dict[UUID, str] = {}
        self._asked: set[UUID] = set()
        super().__init__(**kwargs)

    def on_gone(self) -> None:
        """It is no longer on this phone."""

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts
        parts.watch(self._look_again)

    def _look_again(self) -> None:
        if self.state in (WAITING, OFFLINE):
            self.load()

    def load(self, id_: UUID | None = None) -> None:
        """Read the store: this request, or the one that is shown once more."""
        if id_ is not None:
            self.id, self.request = id_, None
            self._arrival = Arrival(self.parts)
            self._asked = set(self._files)  # what could not be had is asked for again
        if self.id is None:
            return
        seen = self.parts.store.one(MINE, self.id)
        if seen is None or "type" not in seen.value:
            was_here, self.request = self.request is not None, None
            if was_here:
                self.dispatch("on_gone")
            else:
                self._wait(asks=id_ is not None)
            return
        self.state = "shown"
        self.request = request = ServiceRequest.read(seen.value)
        self._tell(seen, request)
        self._tell_refusal(seen)
        self._tell_history(seen, request)

    def _wait(self, *, asks: bool) -> None:
        """A push spoke of it before the sync has brought it."""
        self.state = self._arrival.state()
        if self.state == WAITING:
            self.title = self.number = ""
        if asks:
            self.parts.sync_now()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, seen: Seen, request: ServiceRequest) -> None:
        now, zone = datetime.now(UTC), self.parts.zone
        self.title = looks.type_name(self.parts.types().get(request.type), request.type)
        self.number = request.number
        self.badge, self.tone, self.badge_icon = badge_of(seen, request)
        self.description, self.address = request.description, request.address
        self.opened = strings.day_and_time(request.opened_at, zone, now)
        self.has_place = request.where is not None
        self.place = (request.where.lat, request.where.lon) if request.where is not None else None
        self.colour = looks.pin_colour(request.status)
        self.asks = may_answer(request, now) and seen.refused is None
        self.answer_until = (
            strings.t("request.answer_until", day=strings.day(request.answer_until_at, zone, now))
            if self.asks and request.answer_until_at is not None
            else ""
        )
        self.next_words = self._next(seen, request)

    def _next(self, seen: Seen, request: ServiceRequest) -> str:
        """What happens next, in a sentence; nothing for what was refused, which says so itself."""
        if seen.refused is not None or request.status is Status.NEWER:
            return ""
        if seen.waits and self.parts.sync.state.online:
            name = "leaving"
        elif seen.waits:
            name = "answer_waits" if request.version else "waiting"
        elif request.status is not Status.CLOSED:
            name = request.status.value
        elif request.fixed:
            name = "confirmed"
        else:
            name = "closed_asks" if self.asks else "closed"
        return strings.t(f"request.next.{name}", department=self.parts.department(request.department))

    def _tell_refusal(self, seen: Seen) -> None:
        change = self._refused = seen.refused
        if change is None:
            self.refused_title = self.refused_words = ""
            self.refused_contacts = []
            self.can_try_again = self.sign_in_helps = self.loses_words = False
            return
        new = change.about == seen.id and change.path.endswith("/service-requests/")
        self.refused_title = strings.t("request.refused.report" if new else "request.refused.answer")
        self.refused_words = refusal_words(self.parts, change)
        self.refused_contacts = refusal_contacts(self.parts, change)
        no_account = self.parts.session.account is None
        needs_account = change.problem is not None and change.problem.type == "account-needed"
        self.sign_in_helps = needs_account and no_account
        self.can_try_again = may_try_again(change) and not self.sign_in_helps
        self.loses_words = new

    def _tell_history(self, seen: Seen, request: ServiceRequest) -> None:
        rows = (RequestEntry.read(one.value) for one in self.parts.store.view(ENTRY, mentioning=request.id))
        told = sorted(
            (row for row in rows if row.request_id == request.id), key=lambda row: row.at, reverse=True
        )
        entries = [self._entry(row) for row in told]
        if seen.waits and request.version:
            title = "request.history.fixed" if request.fixed else "request.history.not_fixed"
            entries.insert(
                0,
                {
                    "title": strings.t(title),
                    "time": strings.t("requests.waiting"),
                    "tone": "warn",
                    "waiting": True,
                },
            )
        if not any(row.kind is EntryKind.OPENED for row in told):
            entries.append(
                {
                    "title": strings.t("request_entry.opened"),
                    "time": strings.t("requests.waiting") if seen.waits else self.opened,
                    "tone": "bad" if seen.refused else "warn",
                    "waiting": True,
                }
            )
        self.entries = entries
        own = {photo for row in told if not row.by_staff for photo in row.photos} | set(request.photos)
        ordered = [*request.photos, *(p for row in reversed(told) if not row.by_staff for p in row.photos)]
        self.mine = self._tiles(dict.fromkeys(photo for photo in ordered if photo in own))
        self.theirs = self._tiles(dict.fromkeys(p for row in told if row.by_staff for p in row.photos))

    def _entry(self, row: RequestEntry) -> dict[str, Any]:
        return {
            "title": looks.entry_title(row, self.parts.department(row.department)),
            "words": row.words if row.kind is not EntryKind.OPENED else "",
            "time": strings.day_and_time(row.at, self.parts.zone, datetime.now(UTC)),
            "tone": looks.entry_tone(row),
        }

    # ── photos ───────────────────────────────────────────────────────────────────────────────────────────

    def _tiles(self, photos: Mapping[UUID, None]) -> list[dict[str, Any]]:
        for photo in photos:
            if photo not in self._asked:
                self._asked.add(photo)
                self.parts.photo(photo, PhotoSize.THUMB, partial(self._have, photo))
        return [{"key": str(photo), "source": self._files.get(photo, "")} for photo in photos]

    def _have(self, photo: UUID, file: str) -> None:
        self._files[photo] = file
        for name in ("mine", "theirs"):
            tiles = getattr(self, name)
            if any(tile["key"] == str(photo) for tile in tiles):
                fresh = [{**tile, "source": file} if tile["key"] == str(photo) else tile for tile in tiles]
                setattr(self, name, fresh)

    def large(self, key: str, show: Any) -> None:
        """Hand over the file of the whole photo; the small one while the large can't be had."""
        shown: list[str] = []

        def ready(file: str) -> None:
            shown.append(file)
            show(file)

        self.parts.photo(UUID(key), PhotoSize.FULL, ready)
        small = self._files.get(UUID(key), "")
        if not shown and small and self.parts.sync.state.online is False:
            show(small)

    # ── what a tap means ─────────────────────────────────────────────────────────────────────────────────

    def answer(self, *, fixed: bool, words: str = "", photos: Mapping[UUID, Path] | None = None) -> None:
        """Say whether it is fixed. "Not fixed" opens it again."""
        if self.request is None or not self.asks:
            return
        files = dict(photos or {})
        wish = AnswerRequest(fixed=fixed, words=words.strip(), photos=tuple(files))
        answer(self.parts.store, self.request, wish, files)
        self._changed()
