"""What this phone knows of units and their checks: read from the store, so the same with no signal."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import TypeVar
from uuid import UUID

from mobile.core import register
from mobile.core.store import Store
from shared_models.assets import Asset, AssetKind, AssetState, Severity, plain_code, tag_of
from shared_models.checks import Check, Done, Due, Schedule, Shift, done_id
from shared_models.duty import due_of
from shared_models.kits import Kit
from shared_models.templates import CheckTemplate, TemplateState
from shared_models.wire import Wire

KIT, THING, TEMPLATE, SCHEDULE, SHIFT, DONE, CHECK = (
    "kit", "asset", "check_template", "check_schedule", "shift", "check_done", "check",
)  # fmt: skip
KINDS = (KIT, THING, TEMPLATE, SCHEDULE, SHIFT, DONE, CHECK)
"""The kinds in the store that decide what is due."""
T = TypeVar("T", bound=Wire)


@dataclass(frozen=True)
class Known:
    """What is on the phone, read once until something of it changes."""

    kits: dict[UUID, Kit] = field(default_factory=dict)
    things: dict[UUID, Asset] = field(default_factory=dict)
    """Those that belong to kits, that people hold, or that are looked at by themselves; not the whole register."""
    templates: dict[str, CheckTemplate] = field(default_factory=dict)
    """Those in force, by code."""
    schedules: tuple[Schedule, ...] = ()
    shifts: tuple[Shift, ...] = ()
    done: tuple[Done, ...] = ()
    """As the server said, and what waits on this phone."""

    def duties(self, zone: tzinfo, moment: datetime, *, kits: bool = True) -> tuple[Due, ...]:
        """What is due at this moment of units, or by itself (of all things of a kind); the most urgent first."""
        return self._due(self.kits.values(), self.things.values(), zone, moment, of_kits=kits)

    def duties_of(
        self, kit: Kit | None, things: Iterable[Asset], zone: tzinfo, moment: datetime
    ) -> tuple[Due, ...]:
        """What is due of these things while they are in this kit, whatever the record says of where they belong.

        Without a kit: what is due of them by themselves, and at each shift of what somebody carries.
        """
        found = list(things)
        if kit is not None:
            found = [replace(one, kit_id=kit.id, unit=kit.code, state=AssetState.IN_USE) for one in found]
            return self._due([kit], found, zone, moment, of_kits=True)
        held = [one for one in found if one.kit_id is None]
        shift = self._due(self.kits.values(), held, zone, moment, of_kits=True)
        return (*shift, *self._due((), found, zone, moment, of_kits=False))

    def _due(
        self, kits: Iterable[Kit], things: Iterable[Asset], zone: tzinfo, moment: datetime, *, of_kits: bool
    ) -> tuple[Due, ...]:
        schedules = [one for one in self.schedules if one.kits is of_kits]
        return due_of(schedules, self.templates, kits, things, self.done, self.shifts, zone, moment)

    def kit_of(self, code: str) -> Kit | None:
        """The unit that this scan stands for: by its own code, or by the label of what carries it."""
        wanted = {plain_code(code), plain_code(tag_of(code))} - {""}
        for kit in self.kits.values():
            car = self.things.get(kit.asset_id) if kit.asset_id else None
            names = {kit.code, car.tag if car else "", car.serial if car else ""}
            if not kit.retired and wanted & {plain_code(name) for name in names if name}:
                return kit
        return None

    def held(self, person: UUID | None, kind: AssetKind) -> Asset | None:
        """What this person holds of a kind; the first by its tag, where that is more than one."""
        held = [one for one in self.things.values() if one.kind is kind and one.holder_id == person]
        return min(held, key=lambda one: one.tag) if held and person else None

    def members(self, kit: Kit) -> list[Asset]:
        """The things of a kit by the record, what carries it first."""
        ids = [kit.asset_id, *(slot.asset_id for slot in kit.slots)]
        return [self.things[id_] for id_ in ids if id_ is not None and id_ in self.things]


def read(store: Store) -> Known:
    """Everything that decides what is due."""
    kits = {kit.id: kit for kit in _all(store, KIT, Kit, "slots")}
    templates = {
        one.code: one
        for one in _all(store, TEMPLATE, CheckTemplate, "lines")
        if one.state is TemplateState.IN_FORCE
    }
    schedules = tuple(_all(store, SCHEDULE, Schedule, "cadence"))
    return Known(
        kits=kits,
        things=_things(store, kits, templates, schedules),
        templates=templates,
        schedules=schedules,
        shifts=tuple(_all(store, SHIFT, Shift, "starts")),
        done=tuple(_done(store)),
    )


def _things(
    store: Store, kits: dict[UUID, Kit], templates: dict[str, CheckTemplate], schedules: Iterable[Schedule]
) -> dict[UUID, Asset]:
    """Those that matter here: a technician's phone holds the whole register, of which few are read."""
    carriers = {str(kit.asset_id) for kit in kits.values() if kit.asset_id}
    slots = {str(slot.asset_id) for kit in kits.values() for slot in kit.slots if slot.asset_id}
    alone = {
        templates[one.template].kind.value
        for one in schedules
        if one.active and not one.kits and one.template in templates
    }
    wanted = carriers | slots
    return {
        seen.id: Asset.read(seen.value)
        for seen in store.view(THING)
        if "tag" in seen.value
        and (
            str(seen.id) in wanted
            or seen.value["kit_id"]
            or seen.value["holder_id"]
            or seen.value["kind"] in alone
        )
    }


def _done(store: Store) -> Iterable[Done]:
    yield from _all(store, DONE, Done, "done_at")
    # What was finished here and waits counts as done; what the server refused does not.
    for seen in store.view(CHECK):
        if seen.refused is None and "parts" in seen.value:
            yield from done_by(Check.read(seen.value))


def done_by(check: Check) -> Iterable[Done]:
    """What a check did."""
    for part in check.parts:
        for cadence in part.cadences:
            yield Done(
                id=done_id(part.asset_id, part.template, cadence),
                kit_id=check.kit_id,
                asset_id=part.asset_id,
                template=part.template,
                cadence=cadence,
                done_at=check.finished_at,
                by=check.by,
            )


def _all(store: Store, kind: str, wire: type[T], whole: str) -> Iterable[T]:
    """All of a kind. One without this field was never here: only a change of ours is."""
    return [wire.read(seen.value) for seen in store.view(kind) if whole in seen.value]


def spares(store: Store, like: Asset) -> list[Asset]:
    """The spare pool for what this is, the best first: what nobody has, in whole, without an open critical fault."""
    free = (
        one
        for one in register.spares(store, like)
        if one.value["holder_id"] is None and one.value["kit_id"] is None
    )
    bad = register.worst_by_thing(store)
    found = [Asset.read(one.value) for one in free if bad.get(str(one.id)) is not Severity.CRITICAL]
    return [one for one in found if one.worst_fault is not Severity.CRITICAL]


def thing_of(store: Store, code: str) -> Asset | None:
    """The one thing that this scan stands for, of all that are on the phone."""
    found = register.by_code(store, code)
    return Asset.read(found[0].value) if len(found) == 1 else None


class Reader:
    """Reads anew only once something of it changed."""

    def __init__(self) -> None:
        self._at: tuple[object, ...] = ()
        self._known = Known()

    def known(self, store: Store) -> Known:
        """What this store knows now."""
        now = (store, *(store.revision(kind) for kind in KINDS))
        if now != self._at:
            self._at, self._known = now, read(store)
        return self._known
