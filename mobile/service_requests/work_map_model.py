"""The work on a map: what is on the phone, what the server has of older times, and the one that was tapped."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, OptionProperty, StringProperty

from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import Seen
from mobile.service_requests import looks, work_lookup
from mobile.service_requests.changes import WORK
from mobile.service_requests.looks import first_words
from mobile.service_requests.work_lines import status_of
from mobile.service_requests.work_lookup import Miss
from mobile.service_requests.work_model import MANY
from shared_models.service_requests import MapDots, Status

Box = tuple[float, float, float, float]
"""West, south, east, north; degrees, WGS 84."""
WORLD: Box = (-180.0, -85.0, 180.0, 85.0)


class Dot(NamedTuple):
    """One request on the map."""

    id: UUID
    lat: float
    lon: float
    status: Status
    type: str
    here: bool  # it is on the phone


def dots_of(seen: Iterable[Seen]) -> list[Dot]:
    """Those of these requests that have a place. Any thread may do it."""
    return [
        Dot(one.id, where["lat"], where["lon"], status_of(one.value["status"]), one.value["type"], here=True)
        for one in seen
        if "type" in one.value and (where := one.value.get("where"))
    ]


class WorkMap(EventDispatcher):
    """What is marked, and what a tap means."""

    dots = ListProperty()
    scope = OptionProperty("open", options=["open", "all"])
    scopes = ListProperty()
    older = BooleanProperty(False)  # what the server has is marked as well
    older_state = OptionProperty("", options=["", "asking", "found", *Miss])
    count_text = StringProperty()
    notice = StringProperty()  # what to know about older requests now
    chosen = StringProperty()  # id
    card = DictProperty(rebind=True)  # title, status, tone, address of the chosen one; empty for none

    def __init__(self, **kwargs: Any) -> None:
        self._parts: Parts | None = None
        self._here: list[Dot] = []
        self._found: dict[UUID, Dot] = {}
        self._reading = self._asking = 0
        super().__init__(**kwargs)
        self.bind(scope=lambda *_: self._show(), older=self._turn_older)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The app's parts, once it has handed them over."""
        assert self._parts is not None
        return self._parts

    def load(self) -> None:
        """Read anew what is on the phone; when that is much, off the main thread."""
        store = self.parts.store
        self._reading += 1
        turn = self._reading

        def take(dots: list[Dot]) -> None:
            if turn == self._reading:
                self._here = dots
                self._show()

        if store.count(WORK) <= MANY:
            take(dots_of(store.view(WORK)))
        else:
            self.parts.tasks.run(lambda: dots_of(store.view(WORK)), take)

    def _show(self) -> None:
        self.scopes = [{"key": key, "text": strings.t(f"work.scope.{key}")} for key in ("open", "all")]
        here = {dot.id for dot in self._here}
        beyond = [dot for dot in self._found.values() if dot.id not in here] if self.older else []
        fits = [
            dot for dot in (*self._here, *beyond) if self.scope == "all" or dot.status is not Status.CLOSED
        ]
        self.dots = fits
        self.count_text = strings.t("work_map.count", count=len(fits))
        self._tell()
        if self.chosen and self.chosen not in {str(dot.id) for dot in fits}:
            self.choose("")
        elif self.chosen:
            self.choose(self.chosen)

    # ── older ones ───────────────────────────────────────────────────────────────────────────────────────

    def _turn_older(self, *_: object) -> None:
        self._asking += 1
        self._found.clear()
        self.older_state = ""
        if self.older:
            self.scope = "all"  # what is older is closed
        if self._parts is not None:
            self._show()

    def look(self, box: Box) -> None:
        """Mark what the server has in this box, if older requests are wanted."""
        if self.older:
            self._ask(box, lambda _: None)

    def find_all(self, then: Any) -> None:
        """Hand over the places of everything that can be shown, wherever it is: `then([(lat, lon), …])`."""
        if self.older:
            self._ask(WORLD, lambda _: then(self.places()))
        else:
            then(self.places())

    def places(self) -> list[tuple[float, float]]:
        """Where the marks are."""
        return [(dot.lat, dot.lon) for dot in self.dots]

    def _ask(self, box: Box, then: Any) -> None:
        self._asking += 1
        turn = self._asking
        self.older_state = "asking"
        self._tell()

        def found(page: MapDots) -> None:
            if turn != self._asking:
                return
            for one in page.items:
                self._found[one.id] = Dot(
                    one.id, one.where.lat, one.where.lon, one.status, one.type, here=False
                )
            self._more, self.older_state = page.more, "found"
            self._show()
            then(page)

        def missed(why: Miss) -> None:
            if turn == self._asking:
                self.older_state = why
                self._tell()

        work_lookup.dots(self.parts, box, only_open=False, then=found, missed=missed)

    _more = False

    def _tell(self) -> None:
        state = self.older_state
        if not self.older or not state:
            self.notice = ""
        elif state == "found":
            self.notice = strings.t("work_map.more") if self._more else ""
        elif state == "asking":
            self.notice = strings.t("work.older.asking")
        else:
            self.notice = strings.t(f"work.older.{state}")

    # ── the one that was tapped ──────────────────────────────────────────────────────────────────────────

    def choose(self, key: str) -> None:
        """Tell of the request with this id; none for nothing."""
        dot = next((one for one in self.dots if str(one.id) == key), None)
        self.chosen = key if dot else ""
        self.card = self._card_of(dot) if dot else {}

    def _card_of(self, dot: Dot) -> dict[str, str]:
        seen = self.parts.store.one(WORK, dot.id) if dot.here else None
        value = seen.value if seen else {}
        kind = self.parts.types().get(dot.type)
        return {
            "title": looks.type_name(kind, dot.type),
            "icon": looks.group_icon(kind.group_code if kind else ""),
            "status": looks.status_words(dot.status),
            "tone": looks.status_tone(dot.status),
            "number": value.get("number", ""),
            "address": value.get("address", "") or first_words(value.get("description", "")),
        }
