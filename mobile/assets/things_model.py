"""Looking things up: as somebody types or scans, and with no signal."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import changes, looks, told
from mobile.assets.changes import KIT
from mobile.assets.lines import Line, lines_of
from mobile.core import kinds, register, strings
from mobile.core.lazy import Lazy
from mobile.core.parts import Parts
from mobile.core.register import FAULT, THING
from shared_models.assets import AssetKind, AssetState
from shared_models.faults import Sight, SightingKind
from shared_models.permissions import Permission

MOST_FOUND = 60
"""So many hits of a look-up are shown: who sees more than that types another letter."""
MANY = 300
"""So many things are made into lines off the main thread; fewer take less than a frame or two."""
UNIT = "my_unit"
"""The small fact of which unit this person works with, by its id: the last one that was scanned here."""


class Things(EventDispatcher):
    """What is shown of the things: mine, those of my unit, all others; or what was found."""

    rows = ObjectProperty(())
    loaded = BooleanProperty(False)
    empty = BooleanProperty(False)
    empty_title = StringProperty()
    empty_text = StringProperty()
    count_text = StringProperty()
    query = StringProperty()
    kind = StringProperty()  # its code; empty for all
    state = StringProperty()
    kind_text = StringProperty()
    state_text = StringProperty()
    kinds = ListProperty()  # to choose from: dicts of key, title, icon
    states = ListProperty()
    notice = StringProperty()  # what became of the last scan, if it found nothing
    may_count = BooleanProperty(False)
    may_settle = BooleanProperty(False)
    may_hand = BooleanProperty(False)
    mine = BooleanProperty(False)  # this person has something
    chosen = StringProperty()  # id of the thing whose detail stands beside the list

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._lines: list[Line] = []
        self._by_id: dict[UUID, Line] = {}
        self._reading = 0
        self._revision: tuple[Any, ...] = ()
        super().__init__(**kwargs)
        self.bind(query=self._narrow, kind=self._narrow, state=self._narrow)

    # ── what is on the phone ─────────────────────────────────────────────────────────────────────────────

    def load(self) -> None:
        """Read anew what may have changed; when that is much, off the main thread."""
        store, parts = self.parts.store, self.parts
        self.may_count = parts.may(Permission.STOCKTAKE_DO)
        self.may_settle = parts.may(Permission.ASSET_WRITE)
        self.may_hand = parts.may(Permission.CUSTODY_GIVE)
        revision = (store, strings.language(), *(store.revision(kind) for kind in (THING, FAULT, KIT)))
        if revision == self._revision:
            self._show()
            return
        self._revision = revision
        self._reading += 1
        turn = self._reading

        def read() -> list[Line]:
            parts.index.refresh(store)
            return lines_of(register.things(store), register.worst_by_thing(store))

        if store.count(THING) <= MANY:
            self._take(turn, read())
        else:
            parts.tasks.run(read, lambda lines: self._take(turn, lines))

    def _take(self, turn: int, lines: list[Line]) -> None:
        if turn == self._reading:  # a slower reading that began earlier tells of the past
            self._lines = lines
            self._by_id = {line.id: line for line in lines}
            self.loaded = True
            self._show_filters()
            self._show()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────

    def _narrow(self, *_: object) -> None:
        if self.loaded:
            self.notice = ""
            self._show_filters()
            self._show()

    def found(self) -> list[Line]:
        """The things that fit what was typed and chosen; of what was typed the best first."""
        lines: Iterable[Line] = self._lines
        if self.query:
            hits = self.parts.index.look_up(self.query, MOST_FOUND)
            lines = [self._by_id[id_] for id_ in hits if id_ in self._by_id]
        return [
            line
            for line in lines
            if self.kind in ("", line.value.get("kind")) and self.state in ("", line.value.get("state"))
        ]

    def _show(self) -> None:
        shown = self.found()
        me = str(self.parts.me.id) if self.parts.me else ""
        groups: list[tuple[str, list[Line]]]
        mine = [line for line in shown if line.value.get("holder_id") == me]
        self.mine = any(line.value.get("holder_id") == me for line in self._lines)
        if self.query:
            groups = [(strings.t("things.group.found"), shown)]
        else:
            unit, code = self._unit()
            ours = [line for line in shown if line.value.get("kit_id") in unit and line not in mine]
            known = {line.id for line in (*mine, *ours)}
            rest = [line for line in shown if line.id not in known]
            groups = [
                (strings.t("things.group.mine"), mine),
                (strings.t("things.group.unit", unit=code), ours),
                (strings.t("things.group.others" if mine or ours else "things.group.all"), rest),
            ]
        made: list[Line | str] = []
        for title, lines in groups:
            made += [title, *lines] if lines else []
        self.rows = Lazy(len(made), lambda at: _row(made[at]))
        self.empty = not shown
        self.count_text = strings.t("things.count", count=len(shown))
        narrowed = bool(self.query or self.kind or self.state)
        said = "things.empty.narrowed" if narrowed else "things.empty.all"
        self.empty_title, self.empty_text = strings.t(f"{said}.title"), strings.t(f"{said}.text")

    def _unit(self) -> tuple[set[str], str]:
        """The units that this person works with: the one that was scanned last, or those of what they hold."""
        chosen = self.parts.store.get(UNIT)
        kits = {str(kit.id): kit for kit in told.kits(self.parts.store)}
        me = str(self.parts.me.id) if self.parts.me else ""
        held = {line.value.get("kit_id") for line in self._lines if line.value.get("holder_id") == me}
        units = {chosen} if chosen in kits else {str(id_) for id_ in held if id_}
        return units, ", ".join(sorted(kits[id_].code for id_ in units if id_ in kits))

    def _show_filters(self) -> None:
        there = sorted({kinds.kind_of(line.value) for line in self._lines}, key=kinds.kind_words)
        states = [
            state
            for state in AssetState
            if any(line.value.get("state") == state.value for line in self._lines)
        ]
        self.kinds = [
            {"key": "", "title": strings.t("things.any_kind"), "icon": "list"},
            *(
                {"key": kind.value, "title": kinds.kind_words(kind), "icon": kinds.kind_icon(kind)}
                for kind in there
            ),
        ]
        self.states = [
            {"key": "", "title": strings.t("things.any_state")},
            *({"key": state.value, "title": looks.state_words(state)} for state in states),
        ]
        self.kind_text = kinds.kind_words(AssetKind(self.kind)) if self.kind else strings.t("things.kind")
        self.state_text = (
            looks.state_words(AssetState(self.state)) if self.state else strings.t("things.state")
        )

    # ── a scan ───────────────────────────────────────────────────────────────────────────────────────────

    def scanned(self, code: str) -> UUID | None:
        """The one thing that this code is; several are shown, a unit becomes mine, and what is unknown goes to the inbox."""
        self.notice = ""
        found = register.by_code(self.parts.store, code)
        if len(found) == 1:
            return found[0].id
        kit = next(
            (kit for kit in told.kits(self.parts.store) if kit.code.upper() == code.strip().upper()), None
        )
        if found:
            self.query = code
        elif kit is not None:
            self.parts.store.set(UNIT, str(kit.id))
            self.query, self.kind, self.state = "", "", ""
            self._show()
        elif self.parts.index.look_up(code, 1):
            self.query = code
        else:
            self.notice = unknown(self.parts, code)
        return None


def unknown(parts: Parts, code: str) -> str:
    """Put a code that fits nothing into the city's inbox, and say so. It is asked nothing, and never away."""
    changes.sight(parts.store, Sight(id=uuid4(), kind=SightingKind.UNKNOWN, code=code.strip()[:300]))
    parts.sync_now()
    parts.tell_changed()
    return strings.t("things.unknown", code=code.strip())


def _row(line: Line | str) -> dict[str, Any]:
    return {"heading": True, "title": line} if isinstance(line, str) else line.row
