"""The check of a unit: kit audit, then thing by thing, by exception, then a signature. Nothing of it needs signal."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.checks import asked, audit, changes, known, run_rows
from mobile.checks import run as runs
from mobile.checks.asked import Part
from mobile.checks.known import Known, Reader
from mobile.checks.run import AUDIT, SIGN, THING, Run
from mobile.core import strings
from mobile.core.device.camera import keep_photo
from mobile.core.parts import Parts
from mobile.core.room import is_no_room
from shared_models.assets import Asset, Severity
from shared_models.basics import Point
from shared_models.kits import Kit, KitSlot
from shared_models.templates import Line, LineType

MOST_PHOTOS = 6


class CheckRun(EventDispatcher):
    """The flow. Each answer is on disk before it is shown; `on_done(waits)` once all of it is in the outbox."""

    __events__ = ("on_done", "on_no_room")

    step = StringProperty(AUDIT)
    title = StringProperty()
    subtitle = StringProperty()
    number = NumericProperty(1)
    count = NumericProperty(2)
    rows = ListProperty()
    """Of the step: slots, or the lines of a thing, or what failed."""
    thing_title = StringProperty()
    thing_text = StringProperty()
    complaint = StringProperty()
    ready = BooleanProperty(False)
    """This step has all that it must."""
    untouched = BooleanProperty(True)
    """Lines are left that one tap passes."""
    summary = StringProperty()
    tone = StringProperty("ok")
    signature = StringProperty()
    gone = BooleanProperty(False)
    """The unit is not on this phone."""

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.reader = Reader()
        self.run = Run()
        super().__init__(**kwargs)

    def on_done(self, waits: bool) -> None:
        """It is safe in the outbox."""

    def on_no_room(self) -> None:
        """The phone's disk is full: nothing that was said is taken as said."""

    # ── what it works on ─────────────────────────────────────────────────────────────────────────────────

    @property
    def known(self) -> Known:
        """What is on the phone."""
        return self.reader.known(self.parts.store)

    @property
    def me(self) -> UUID | None:
        """Who checks."""
        return self.parts.me.id if self.parts.me else None

    @property
    def kit(self) -> Kit | None:
        """The unit."""
        return self.known.kits.get(UUID(self.run.kit_id)) if self.run.kit_id else None

    def find(self, id_: UUID) -> Asset | None:
        """A thing that belongs to no unit: a spare, say."""
        seen = self.parts.store.one(known.THING, id_)
        return Asset.read(seen.value) if seen is not None and "tag" in seen.value else None

    @property
    def looked_at(self) -> list[Part]:
        """What is looked at, thing by thing."""
        return asked.parts_of(self.run, self.known, self.find)

    @property
    def part(self) -> Part | None:
        """What is looked at now."""
        return next((part for part in self.looked_at if part.key == self.run.at), None)

    # ── beginning and ending ─────────────────────────────────────────────────────────────────────────────

    def begin(self, kit: UUID | None = None, asset: UUID | None = None) -> None:
        """Go on with what was begun of this unit (or thing), exactly where it was; else begin. Of nothing: it is gone."""
        of = kit or asset
        here = of is not None and (
            of in self.known.kits or of in self.known.things or self.find(of) is not None
        )
        self.gone = not here
        kept = runs.begun(self.parts.store, of) if of is not None else None
        self.run = kept or Run(
            kit_id=str(kit) if kit else "", asset_id=str(asset) if asset and not kit else ""
        )
        self.complaint = ""
        if not self.gone and kept is None and (self.kit is None or not self.kit.slots):
            self._to_things()
        self.show()

    def discard(self) -> None:
        """Throw away what was found so far."""
        files = self.run.mentioned()
        runs.forget(self.parts.store, self.run)
        self.run = Run()
        self.parts.tasks.run(lambda: _remove(files))

    def _change(self, change: Callable[[Run], object]) -> bool:
        """Do this to the run: it counts once it is on disk."""
        made = Run.of(self.run.text())
        change(made)
        try:
            runs.keep(self.parts.store, made)
        except sqlite3.OperationalError as error:
            if not is_no_room(error):
                raise
            self.dispatch("on_no_room")
            return False
        self.run = made
        self.complaint = ""
        self.show()
        return True

    # ── the audit ────────────────────────────────────────────────────────────────────────────────────────

    def all_here(self) -> None:
        """Everything that is expected is there; go on, unless something wants a scan."""
        kit, on_phone, me = self.kit, self.known, self.me
        assert kit is not None

        def fill(run: Run) -> None:
            audit.fill(run, kit, on_phone, me)
            if not asked.unsaid(run, kit, on_phone, me):
                self._lay_out(run)

        if self._change(fill) and self.run.step == AUDIT:
            names = ", ".join(slot.name for slot in asked.unsaid(self.run, kit, self.known, me))
            self.complaint = strings.t("checks.run.scan_first", names=names)

    def scan(self, code: str) -> None:
        """Something was scanned: in the audit a thing of the kit, at a thing the answer to its open scan."""
        if self.step == AUDIT:
            self._scan_slot(code)
        elif self.step == THING and (line := self.scan_line()) is not None:
            self.answer(line, code)

    def scan_line(self) -> Line | None:
        """The line of this thing that a scan answers: the first that is open."""
        part = self.part
        scans = [one for one in asked.shown(self.run, part) if one.type is LineType.SCAN] if part else []
        open_ = (one for one in scans if part and asked.is_open(self.run, part, one))
        return next(open_, scans[0] if scans else None)

    def _scan_slot(self, code: str) -> None:
        kit, found = self.kit, known.thing_of(self.parts.store, code)
        slot = audit.slot_for(self.run, kit, self.known, self.me, code, found) if kit else None
        if slot is None:
            self.complaint = strings.t("checks.run.fits_nothing", code=code[:40])
        else:
            self.fill_slot(slot, code)

    def fill_slot(self, slot: KitSlot, code: str) -> None:
        """This code was read in this slot: what belongs there, or another one."""
        found = known.thing_of(self.parts.store, code)
        self._change(lambda run: audit.put(run, slot, self.known, self.me, code, found))

    def slot_there(self, slot: KitSlot) -> None:
        """What belongs there is there."""
        thing = asked.expected(slot, self.known, self.me)
        if thing is not None:
            self._change(lambda run: runs.there(run, slot.id, thing.id))

    def slot_missing(self, slot: KitSlot, note: str = "") -> None:
        """Nothing is there."""
        self._change(lambda run: runs.missing(run, slot.id, note))

    def slot_of(self, key: str) -> KitSlot | None:
        """The slot of a row."""
        return next((slot for slot in (self.kit.slots if self.kit else ()) if str(slot.id) == key), None)

    # ── the lines ────────────────────────────────────────────────────────────────────────────────────────

    def _to_things(self) -> None:
        self._change(self._lay_out)

    def _lay_out(self, run: Run) -> None:
        """The audit is over: these things are looked at, in their order. What was answered stays."""
        zone = ZoneInfo(self.parts.zone)
        run.parts = asked.to_look_at(run, self.kit, self.known, self.find, zone)
        self._next(run, run.at)

    def _next(self, run: Run, after: str) -> None:
        """The next thing of which something is open; with none left, the signature."""
        parts = asked.parts_of(run, self.known, self.find)
        keys = [part.key for part in parts]
        at = keys.index(after) + 1 if after in keys else 0
        ahead = [part.key for part in parts[at:] + parts[:at] if asked.left(run, part)]
        run.step, run.at = (THING, ahead[0]) if ahead else (SIGN, "")

    def pass_all(self) -> None:
        """All is well with this thing, but for what was said; go on, unless something is to be entered by hand."""
        part = self.part
        if part is None:
            return

        def fill(run: Run) -> None:
            asked.pass_all(run, part)
            if not asked.left(run, part):
                self._next(run, part.key)

        if self._change(fill) and self.run.at == part.key and (lacks := asked.left(self.run, part)):
            self.complaint = strings.t("checks.run.by_hand", names=run_rows.names(lacks))

    def answer(self, line: Line, value: str) -> None:
        """Answer a line. Where that was the last that was open, and nothing fails, go on by itself."""
        part = self.part
        if part is None:
            return

        def fill(run: Run) -> None:
            asked.answer(run, part, line, value)
            well = not asked.failed(line, part.thing, run.reply(part.key, line.code))
            if well and not asked.left(run, part):
                self._next(run, part.key)

        self._change(fill)

    def explain(self, line: Line, note: str, photos: dict[UUID, Path]) -> None:
        """Say more of a line that fails: words, and photos that are on disk already."""
        part = self.part
        if part is None:
            return

        def fill(run: Run) -> None:
            reply = run.reply(part.key, line.code)
            if reply is not None:
                reply.note = note
                reply.photos = [str(id_) for id_ in photos]
                run.photos |= {str(id_): str(path) for id_, path in photos.items()}

        self._change(fill)

    def take_back(self, line: Line) -> None:
        """There is no answer to this line yet."""
        if (part := self.part) is not None:
            self._change(lambda run: asked.take_back(run, part, line))

    def go_on(self) -> None:
        """To the next thing, once this one has all that it must."""
        if (part := self.part) is not None and not asked.left(self.run, part):
            self._change(lambda run: self._next(run, part.key))

    def swap(self, line: Line, spare: Asset) -> None:
        """Put a spare in the place of this thing; it is looked at too."""
        part = self.part
        if part is None:
            return

        def fill(run: Run) -> None:
            asked.swap(run, part, line, spare)
            zone = ZoneInfo(self.parts.zone)
            there = {(thing, code) for thing, code, _ in run.parts}
            for each in asked.to_look_at(run, self.kit, self.known, self.find, zone):
                if each[:2] not in there and each[0] == str(spare.id):
                    run.parts.append(each)

        self._change(fill)

    def line_of(self, key: str) -> Line | None:
        """The line of a row."""
        part = self.part
        return next((line for line in part.lines if line.code == key), None) if part else None

    def severity(self, line: Line) -> Severity | None:
        """How badly the answer to this line fails."""
        part = self.part
        return asked.severity(line, part.thing, self.run.reply(part.key, line.code)) if part else None

    def back(self) -> bool:
        """One step back; false on the first one."""
        keys = [part.key for part in self.looked_at]
        first = self.kit is None or not self.kit.slots
        if self.step == SIGN and keys:
            return self._change(lambda run: _go(run, THING, keys[-1]))
        if self.step == THING and self.run.at in keys and keys.index(self.run.at):
            return self._change(lambda run: _go(run, THING, keys[keys.index(run.at) - 1]))
        if self.step == AUDIT or first:
            return False
        return self._change(lambda run: _go(run, AUDIT, ""))

    def open_part(self, key: str) -> None:
        """Look at this thing again."""
        self._change(lambda run: _go(run, THING, key))

    def sign(self, path: str) -> None:
        """The signature is this by now."""
        self._change(lambda run: setattr(run, "signature", path))

    def finish(self, where: Point | None = None) -> bool:
        """Put the check into the outbox: it leaves by itself, once, as soon as there is signal."""
        parts, me = self.looked_at, self.parts.me
        open_still = next((part.key for part in parts if asked.left(self.run, part)), "")
        if open_still:
            self.open_part(open_still)
            return False
        if not self.run.signature:
            self.complaint = strings.t("checks.run.sign_first")
            return False
        if me is None or not parts:
            return False
        try:
            changes.finish(self.parts.store, self.run, parts, self.kit, me, where, datetime.now(UTC))
        except sqlite3.OperationalError as error:
            if not is_no_room(error):
                raise
            self.dispatch("on_no_room")
            return False
        self.run = Run()
        online = bool(self.parts.sync.state.online)
        self.parts.sync_now()
        self.parts.tell_changed()
        self.dispatch("on_done", not online)
        return True

    def take_photo(self, kept: Callable[[UUID, Path], None], failed: Callable[[], None]) -> None:
        """Take one (or pick one, where there is no camera), made small and safe on disk before `kept` hears of it."""
        camera, tasks, folder = self.parts.camera, self.parts.tasks, self.parts.photos

        def taken(source: Path | None) -> None:
            if source is not None:
                keep = partial(keep_photo, source, folder, self.parts.store.shut_photo)
                tasks.run(keep, lambda photo: kept(*photo), lambda _: failed())

        (camera.take if camera.takes else camera.pick)(lambda source: tasks.on_main(taken, source))

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────

    def show(self) -> None:
        """Show what is on disk."""
        run, kit, parts = self.run, self.kit, self.looked_at
        if run.step != self.step:
            self.rows = []  # the step that is left would make those of the next one too
            self.step = run.step
        self.signature = run.signature
        self.title = strings.t("checks.run.title", unit=kit.code if kit else "").strip()
        keys, part = [part.key for part in parts], self.part
        first = 1 if kit and kit.slots else 0
        self.count = first + (len(parts) or self._ahead()) + 1
        if run.step == AUDIT and kit is not None:
            self.number = 1
            self.rows = run_rows.slots(run, kit, self.known, self.me, self.find)
            self.ready = not asked.unsaid(run, kit, self.known, self.me)
        elif run.step == THING and part is not None:
            self.number = first + keys.index(part.key) + 1
            self.thing_title, self.thing_text = run_rows.heading(part)
            self.rows = run_rows.lines(run, part)
            self.ready = not asked.left(run, part)
            self.untouched = any(asked.passing(line) for line in asked.left(run, part))
        else:
            self.number = self.count
            self.rows = run_rows.review(run, parts, self.known, kit)
            total = asked.sum_of(run, parts)
            self.tone, self.summary = run_rows.total(total)
            self.ready = not total.open
        self.subtitle = strings.t("kit.step", number=int(self.number), count=int(self.count))

    def _ahead(self) -> int:
        """How many things there will be to look at, if all is here."""
        made, kit = Run.of(self.run.text()), self.kit
        if kit is not None:
            audit.fill(made, kit, self.known, self.me)
        return len(asked.to_look_at(made, kit, self.known, self.find, ZoneInfo(self.parts.zone))) or 1


def _go(run: Run, step: str, at: str) -> None:
    run.step, run.at = step, at


def _remove(files: dict[UUID, Path]) -> None:
    for path in files.values():
        path.unlink(missing_ok=True)
