"""What a check asks: of which things, by which lines, what is still open, and what is sent in the end. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID, uuid4

import mobile
from mobile.checks.known import Known
from mobile.checks.run import Exchange, Reply, Run, cadences_of, part_key
from shared_models.assets import Asset, Severity
from shared_models.basics import Point
from shared_models.checks import Answer, CheckPart, Due, FinishCheck, SlotFound, SlotOutcome
from shared_models.custody import Swap
from shared_models.kits import Kit, KitSlot
from shared_models.templates import FAIL, PASS, Cadence, CheckTemplate, Line, LineType
from shared_models.verdicts import asked, failing, lines_for, satisfied, worst

SIGNED = "signed"
"""The answer to a line that asks for a signature: the check's own stands below all of it."""
BY_HAND = frozenset(
    {LineType.NUMBER, LineType.PERCENT, LineType.SCAN, LineType.DATE, LineType.TEXT, LineType.PHOTO}
)
"""What nobody can answer for somebody else."""
GRADES = ("5", "4", "3", "2", "1")
PERCENTS = ("100", "90", "80", "60", "40")
BEST_GRADE = 5
LAST_HOURS = timedelta(hours=2)
Find = Callable[[UUID], Asset | None]


class Part(NamedTuple):
    """One thing by one template."""

    thing: Asset
    template: CheckTemplate
    cadences: tuple[Cadence, ...]

    @property
    def key(self) -> str:
        """How it is called."""
        return part_key(self.thing.id, self.template.code)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its lines that are due."""
        return lines_for(self.template, self.cadences)


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────


def expected(slot: KitSlot, known: Known, me: UUID | None) -> Asset | None:
    """What belongs in a slot: by the record, or what this person holds of the kind."""
    if slot.asset_id is not None:
        return known.things.get(slot.asset_id)
    return known.held(me, slot.kind) if slot.personal else None


def unsaid(run: Run, kit: Kit, known: Known, me: UUID | None) -> list[KitSlot]:
    """Slots of which nothing is said that "all here" can't say either: nobody knows what belongs there."""
    return [
        slot
        for slot in kit.slots
        if slot.required and run.slot(slot.id) is None and expected(slot, known, me) is None
    ]


def things_in(run: Run, kit: Kit | None, known: Known, find: Find) -> list[Asset]:
    """What is there: the car, what the audit found in the slots, and what was put in for something that failed."""
    ids: list[UUID] = [kit.asset_id] if kit and kit.asset_id else []
    if kit is None and run.asset_id:
        ids.append(UUID(run.asset_id))
    for slot in kit.slots if kit else ():
        found = run.slot(slot.id)
        if found and found.asset_id and found.outcome != SlotOutcome.MISSING:
            ids.append(UUID(found.asset_id))
    ids += [UUID(swap.replacement) for swap in run.swaps.values()]
    things = (known.things.get(id_) or find(id_) for id_ in dict.fromkeys(ids))
    return [one for one in things if one is not None]


def to_look_at(
    run: Run, kit: Kit | None, known: Known, find: Find, zone: tzinfo
) -> list[tuple[str, str, list[str]]]:
    """(thing, template, cadences) that are due. Where all was done in this period, it is done once more."""
    things = things_in(run, kit, known, find)
    duties = ripe(known.duties_of(kit, things, zone, run.begun), run.begun, asks=True)
    wanted = [due for due in duties if due.done_at is None] or list(duties)
    found: dict[tuple[UUID, str], set[Cadence]] = {}
    for due in wanted:
        if due.asset_id is not None:
            found.setdefault((due.asset_id, due.template), set()).add(due.cadence)
    order = {thing.id: n for n, thing in enumerate(things)}
    ranked = sorted(found.items(), key=lambda one: (order[one[0][0]], one[0][1]))
    return [
        (str(thing), template, sorted(each.value for each in cadences))
        for (thing, template), cadences in ranked
    ]


def ripe(duties: Sequence[Due], moment: datetime, *, asks: bool = False) -> list[Due]:
    """What can be looked at by now: the end of a shift in its last two hours, or earlier by who asks, once it began."""
    begins = {
        (due.asset_id, due.template): due.done_at is not None
        for due in duties
        if due.cadence is Cadence.SHIFT_START
    }
    return [
        due
        for due in duties
        if due.cadence is not Cadence.SHIFT_END
        or (asks and begins.get((due.asset_id, due.template), True))
        or due.until_at - moment <= LAST_HOURS
    ]


# ── the lines ────────────────────────────────────────────────────────────────────────────────────────────


def parts_of(run: Run, known: Known, find: Find) -> list[Part]:
    """The parts of a run, by the templates in force."""
    found = []
    for id_, code, cadences in run.parts:
        thing, template = known.things.get(UUID(id_)) or find(UUID(id_)), known.templates.get(code)
        if thing is not None and template is not None:
            part = Part(thing, template, cadences_of(cadences))
            if part.lines:
                found.append(part)
    return found


def shown(run: Run, part: Part) -> list[Line]:
    """The lines that are asked, by what was answered so far."""
    values = {code: reply.value for code, reply in run.answers.get(part.key, {}).items()}
    return [
        line
        for line in part.lines
        if asked(line, values) and line.type not in {LineType.SIGNATURE, LineType.NEWER}
    ]


def must_show(line: Line, thing: Asset) -> str:
    """What a scan must read, by the record; empty where it can't be wrong."""
    if not line.expect:
        return ""
    return str(getattr(thing, line.expect, "") or thing.fields.get(line.expect) or "")


def severity(line: Line, thing: Asset, reply: Reply | None) -> Severity | None:
    """The severity with which this answer fails; None: it passes, or there is none."""
    if reply is None:
        return None
    try:
        return failing(line, reply.value, must_show(line, thing))
    except ValueError:
        return None


def failed(line: Line, thing: Asset, reply: Reply | None) -> bool:
    """Whether this answer says that something is wrong; a line may fail with no severity."""
    return reply is not None and (
        severity(line, thing, reply) is not None or (line.type is LineType.PF and reply.value == FAIL)
    )


def is_open(run: Run, part: Part, line: Line) -> bool:
    """Whether a line still wants something: an answer, or what its severity demands."""
    reply = run.reply(part.key, line.code)
    if reply is None:
        return line.required
    return not satisfied(severity(line, part.thing, reply), answer_of(line, reply))


def left(run: Run, part: Part) -> list[Line]:
    """The lines that are still open."""
    return [line for line in shown(run, part) if is_open(run, part, line)]


def passing(line: Line) -> str:
    """The answer of a line where all is well; empty where only a person can know it."""
    if line.type is LineType.PF:
        return PASS
    if line.type is LineType.CHOICE:
        return next((option.code for option in line.options if option.severity is None), "")
    return ""


def pass_all(run: Run, part: Part) -> None:
    """Answer as passed whatever has no answer and can be answered so. One answer may ask further lines."""
    before = -1
    lines = run.answers.setdefault(part.key, {})
    while before != len(lines):
        before = len(lines)
        for line in shown(run, part):
            if line.code not in lines and passing(line) and (line.required or line.type is LineType.PF):
                lines[line.code] = Reply(passing(line))


def quick_values(line: Line) -> tuple[str, ...]:
    """Numbers to tap for a line that asks for one: those of a grade, or of a percentage."""
    if line.type is LineType.PERCENT:
        return PERCENTS
    bounds = [bound for limit in line.limits for bound in (limit.below, limit.above) if bound is not None]
    grade = line.type is LineType.NUMBER and not line.unit and bounds and max(bounds) <= BEST_GRADE
    return GRADES if grade else ()


def answer(run: Run, part: Part, line: Line, value: str) -> None:
    """Answer a line. What fails opens a fault, whose id is chosen here and now."""
    lines = run.answers.setdefault(part.key, {})
    before = lines.get(line.code)
    reply = Reply(value, before.note if before else "", list(before.photos) if before else [])
    if severity(line, part.thing, reply) is not None:
        reply.fault_id = (before.fault_id if before else "") or str(uuid4())
    elif not failed(line, part.thing, reply):
        reply.note, reply.photos = "", []
    lines[line.code] = reply
    if not any(each.fault_id for each in faults_of(run, part.thing.id)):
        run.swaps.pop(str(part.thing.id), None)


def take_back(run: Run, part: Part, line: Line) -> None:
    """There is no answer to this line yet."""
    run.answers.get(part.key, {}).pop(line.code, None)
    if not any(each.fault_id for each in faults_of(run, part.thing.id)):
        run.swaps.pop(str(part.thing.id), None)


def faults_of(run: Run, thing: UUID) -> Iterator[Reply]:
    """The answers of a thing that open a fault."""
    for key, lines in run.answers.items():
        if key.startswith(f"{thing}:"):
            yield from (reply for reply in lines.values() if reply.fault_id)


def swap(run: Run, part: Part, line: Line, replacement: Asset) -> None:
    """Put a spare in the place of the thing that failed: it is looked at as well."""
    reply = run.reply(part.key, line.code)
    if reply is not None and reply.fault_id:
        run.swaps[str(part.thing.id)] = Exchange(str(replacement.id), reply.fault_id)


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────


class Sum(NamedTuple):
    """How a run stands."""

    open: int
    failed: int
    worst: Severity | None


def sum_of(run: Run, parts: list[Part]) -> Sum:
    """How many lines are open, how many failed, and how badly."""
    replies = [
        (line, part.thing, run.reply(part.key, line.code)) for part in parts for line in shown(run, part)
    ]
    return Sum(
        open=sum(len(left(run, part)) for part in parts),
        failed=sum(failed(*each) for each in replies),
        worst=worst(severity(*each) for each in replies),
    )


def answer_of(line: Line, reply: Reply) -> Answer:
    """An answer as it is sent."""
    return Answer(
        line=line.code,
        value=reply.value,
        note=reply.note.strip(),
        photos=tuple(UUID(id_) for id_ in reply.photos),
        fault_id=UUID(reply.fault_id) if reply.fault_id else None,
    )


def wish(run: Run, parts: list[Part], where: Point | None, moment: datetime) -> FinishCheck:
    """The check, whole, in one go."""
    return FinishCheck(
        id=UUID(run.id),
        kit_id=UUID(run.kit_id) if run.kit_id else None,
        parts=tuple(
            CheckPart(
                asset_id=part.thing.id,
                template=part.template.code,
                template_version=part.template.version,
                cadences=part.cadences,
                answers=tuple(_answers(run, part)),
            )
            for part in parts
        ),
        slots=tuple(
            SlotFound(
                slot_id=UUID(id_),
                outcome=SlotOutcome(slot.outcome),
                asset_id=UUID(slot.asset_id) if slot.asset_id else None,
                code=slot.code,
                note=slot.note,
            )
            for id_, slot in run.slots.items()
        ),
        started_at=run.begun,
        finished_at=max(moment.astimezone(UTC), run.begun),
        where=where,
        signature=run.signature,
        app=mobile.__version__,
    )


def _answers(run: Run, part: Part) -> Iterator[Answer]:
    for line in shown(run, part):
        reply = run.reply(part.key, line.code)
        if reply is not None:
            yield answer_of(line, reply)
    for line in part.lines:
        if line.type is LineType.SIGNATURE and run.signature:
            yield Answer(line=line.code, value=SIGNED)


def swaps(run: Run, moment: datetime) -> list[tuple[UUID, Swap]]:
    """(thing that goes, what is put in its place) of this run, signed as the check is."""
    return [
        (
            UUID(thing),
            Swap(
                id=UUID(each.out),
                done_at=moment,
                condition="",
                signature=run.signature,
                replacement_id=UUID(each.replacement),
                replacement_entry_id=UUID(each.into),
                fault_id=UUID(each.fault),
            ),
        )
        for thing, each in run.swaps.items()
    ]
