"""One request as those who work on it see it: what is known, what waits, what was refused, and the next steps."""

from functools import partial
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import REFUSED, WAITING, Waiting
from mobile.service_requests import changes, looks, work_lookup, work_steps, work_told
from mobile.service_requests.changes import WORK
from mobile.service_requests.work_lookup import Miss
from mobile.service_requests.work_steps import Step
from shared_models.photos import PhotoSize
from shared_models.service_requests import (
    AssignRequest,
    CloseReason,
    CloseRequest,
    MoveRequest,
    StaffEntry,
    StaffEntryPage,
    StaffRequest,
    Status,
)


class WorkItem(EventDispatcher):
    """What is shown of a request, and what staff do about it."""

    state = OptionProperty("loading", options=["loading", "shown", *Miss])
    missing_text = StringProperty()
    away = BooleanProperty(False)  # it is not on the phone: the server told of it
    waits = BooleanProperty(False)
    number = StringProperty()
    title = StringProperty()
    icon = StringProperty()
    status_text = StringProperty()
    tone = StringProperty("neutral")
    when = StringProperty()
    words = StringProperty()
    address = StringProperty()
    place = ObjectProperty(None, allownone=True)  # (latitude, longitude), WGS 84
    colour = StringProperty("#50606F")  # of its mark on the map
    facts = ListProperty()  # dicts of icon, key, value
    photos = ListProperty()  # of whoever reported it
    proof = ListProperty()  # of those who work on it
    entries = ListProperty()
    refusal = DictProperty(rebind=True)  # title, text, words, action; empty when nothing was refused
    next_step = DictProperty(rebind=True)  # key, title, icon
    other_steps = ListProperty()

    def __init__(self, **kwargs: Any) -> None:
        self._parts: Parts | None = None
        self.id: UUID | None = None
        self.request: StaffRequest | None = None
        self._told: tuple[StaffRequest, tuple[StaffEntry, ...]] | None = None
        self._refused: Waiting | None = None
        self._files: dict[UUID, str] = {}
        self._wanted: set[UUID] = set()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The app's parts, once it has handed them over."""
        assert self._parts is not None
        return self._parts

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────

    def show(self, id_: UUID) -> None:
        """Show this request: from the phone, or, if it is not there, from the server."""
        if id_ != self.id:
            self._told, self.state = None, "loading"
            self.facts, self.photos, self.proof, self.entries = [], [], [], []
            self.title = self.number = self.status_text = self.words = ""
            self.place = None  # the map below what is loading would be drawn all the same
        self.id = id_
        self._wanted.clear()
        self.reload()
        if self.request is None:
            self.state = "loading"
            work_lookup.item(
                self.parts, id_, lambda found: self._take(id_, *found), lambda why: self._miss(id_, why)
            )

    def reload(self) -> None:
        """Read it anew: something in the store may be new."""
        if self.id is None:
            return
        store = self.parts.store
        seen = store.one(WORK, self.id)
        about = [one for one in store.outbox() if one.kind == WORK and one.about == self.id]
        if seen is not None and "type" in seen.value:
            self.request, self.away = StaffRequest.read(seen.value), False
            said = [StaffEntry.read(one.value) for one in store.view("staff_entry", mentioning=self.id)]
            entries = [one for one in said if one.request_id == self.id]
        elif self._told is not None:
            told, self.away = self._told, True
            self.request, entries = with_what_waits(told[0], about), list(told[1])
        else:
            self.request, entries = None, []
        self.waits = any(one.state == WAITING for one in about)
        self._show_refusal([one for one in about if one.state == REFUSED])
        if self.request is not None:
            self._fill(self.request, entries, [one for one in about if one.state != REFUSED])
            self.state = "shown"

    def _take(self, id_: UUID, request: StaffRequest, history: StaffEntryPage) -> None:
        if id_ == self.id:
            self._told = request, history.items
            self.reload()

    def _miss(self, id_: UUID, why: Miss) -> None:
        if id_ == self.id and self.request is None:
            self.missing_text = strings.t(f"work_item.missing.{why.value}")
            self.state = why

    def _fill(self, request: StaffRequest, entries: list[StaffEntry], about: list[Waiting]) -> None:
        parts = self.parts
        kind = parts.types().get(request.type)
        self.title = looks.type_name(kind, request.type)
        self.icon = looks.group_icon(kind.group_code if kind else "")
        self.number, self.words, self.address = request.number, request.description, request.address
        self.status_text, self.tone = looks.end_words(request), looks.end_tone(request)
        self.colour = looks.pin_colour(request.status)
        self.place = (request.where.lat, request.where.lon) if request.where else None
        people = self.people()
        self.facts = work_told.facts(request, people, parts)
        self.entries = work_told.timeline(entries, about, people, parts)
        shown = list(request.photos)
        worked = [photo for entry in entries for photo in entry.photos if photo not in shown]
        waiting = [photo for change in about for photo in change.photos if photo not in (*shown, *worked)]
        self._want(shown + worked + waiting)
        self.photos = self._tiles(shown)
        self.proof = self._tiles(worked) + self._tiles(waiting, note="waiting")
        me = parts.me
        steps = work_steps.possible(request, me)
        self.next_step = work_steps.words_of(steps[0])
        self.other_steps = [work_steps.words_of(step) for step in steps[1:]]

    def people(self) -> dict[UUID, str]:
        """Names of the colleagues, as last heard."""
        return work_lookup.names(self.parts)

    # ── photos ───────────────────────────────────────────────────────────────────────────────────────────

    def _want(self, ids: list[UUID]) -> None:
        for id_ in ids:
            if id_ not in self._wanted:
                self._wanted.add(id_)
                self.parts.photo(id_, PhotoSize.THUMB, partial(self._have, id_))

    def _have(self, id_: UUID, file: str) -> None:
        if self._files.get(id_) != file:
            self._files[id_] = file
            self.photos = [{**tile, "source": self._files.get(tile["key"], "")} for tile in self.photos]
            self.proof = [{**tile, "source": self._files.get(tile["key"], "")} for tile in self.proof]

    def _tiles(self, ids: list[UUID], note: str = "") -> list[dict[str, Any]]:
        return [{"key": id_, "source": self._files.get(id_, ""), "note": note} for id_ in ids]

    def large_photo(self, id_: UUID, ready: Any) -> None:
        """Hand over the file of a photo: large if it can be had, else small."""
        if id_ in self._files:
            ready(self._files[id_])
        self.parts.photo(id_, PhotoSize.FULL, ready)

    # ── what was refused ─────────────────────────────────────────────────────────────────────────────────

    def _show_refusal(self, refused: list[Waiting]) -> None:
        self._refused = refused[-1] if refused else None
        self.refusal = work_told.refusal(self._refused) if self._refused else {}

    def put_away(self) -> None:
        """The refusal was read."""
        if self._refused is not None:
            self.parts.store.put_away(self._refused.key)
            self._changed()

    def act_on_refusal(self) -> None:
        """Do what the refusal offers: try again, or keep the words as a note for the colleagues."""
        change = self._refused
        if change is None or self.id is None:
            return
        store = self.parts.store
        if self.refusal["action"] == "note":
            files = {id_: file for id_ in change.photos if (file := store.photo_file(id_)) is not None}
            changes.note(store, self.id, change.body["words"], public=False, photos=files)
            store.put_away(change.key)
        elif change.path.endswith("/assign"):
            wish = AssignRequest.read(change.body)
            changes.assign(
                store, self.id, AssignRequest(department=wish.department, assignee_id=wish.assignee_id)
            )
            store.put_away(change.key)
        else:
            store.send_again(change.key)
        self._changed()

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────

    def take_on(self) -> None:
        """Give it to whoever holds the phone."""
        me = self.parts.me
        if me is not None and self.request is not None:
            department = self.request.department
            if me.departments and department not in me.departments:
                department = me.departments[0]
            self.assign(department, me.id)

    def assign(self, department: str, assignee: UUID | None) -> None:
        """Give it to a department, perhaps to one of its people."""
        if self.id is not None and self.request is not None:
            # What of ours still waits will raise the version: then the one that was seen says nothing.
            seen = None if self.waits or not self.request.version else self.request.version
            wish = AssignRequest(department=department, assignee_id=assignee, version=seen)
            changes.assign(self.parts.store, self.id, wish)
            self._changed()

    def start(self) -> None:
        """The work has begun."""
        self._move(Status.IN_PROGRESS, "")

    def hand_back(self, words: str) -> None:
        """Put it back among what nobody works on; `words` are for whoever reported it."""
        self._move(Status.RECEIVED, words)

    def _move(self, status: Status, words: str) -> None:
        if self.id is not None:
            changes.move(self.parts.store, self.id, MoveRequest(status=status, words=words))
            self._changed()

    def note(self, words: str, *, public: bool, photos: changes.Photos) -> None:
        """Add a note, for the colleagues or for whoever reported it as well."""
        if self.id is not None:
            changes.note(self.parts.store, self.id, words, public=public, photos=photos)
            self._changed()

    def close(self, reason: CloseReason, words: str, photos: changes.Photos) -> None:
        """Close it and say why."""
        if self.id is not None:
            wish = CloseRequest(reason=reason, words=words, photos=tuple(photos))
            changes.close(self.parts.store, self.id, wish, photos)
            self._changed()

    def _changed(self) -> None:
        self.reload()
        self.parts.tell_changed()
        self.parts.sync_now()

    def do(self, step: Step) -> bool:
        """Take a step that needs no words; false if it needs a sheet."""
        if step is Step.TAKE:
            self.take_on()
        elif step is Step.START:
            self.start()
        else:
            return False
        return True


def with_what_waits(request: StaffRequest, about: list[Waiting]) -> StaffRequest:
    """What the server told, with what of ours it has not taken in laid over, as the store does for its own."""
    value = request.dump()
    for change in about:
        if change.state != REFUSED:
            value.update(change.meanwhile)
    return StaffRequest.read(value)
