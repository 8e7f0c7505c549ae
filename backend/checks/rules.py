"""Decisions about templates and answers that need no database."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from backend.checks.tables import TemplateRow
from backend.core.problems import Invalid
from shared_models.assets import DataClass, Severity
from shared_models.checks import Answer, CheckPart, FinishCheck, SlotOutcome
from shared_models.problems import FieldError
from shared_models.templates import FAIL, NA, PASS, Line, LineType, WriteTemplate
from shared_models.verdicts import asked as asks
from shared_models.verdicts import failing, read_number, satisfied

NUMERIC = frozenset({LineType.NUMBER, LineType.PERCENT})
_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def refuse_odd(wish: WriteTemplate) -> None:
    """Refuse lines that don't go together. Raises Invalid, naming each place."""
    if errors := list(odd_lines(wish.lines)):
        raise Invalid(*errors)


def refuse_odd_row(row: TemplateRow) -> None:
    """The same of a version as it is kept: what was imported may have waited."""
    if errors := list(odd_lines([Line.read(line) for line in row.lines])):
        raise Invalid(*errors)


def odd_lines(lines: Sequence[Line]) -> Iterator[FieldError]:
    """What is wrong with lines, each in its place."""
    before: dict[str, Line] = {}
    for number, line in enumerate(lines):
        for field, words in odd_line(line, before):
            yield FieldError(pointer=f"/lines/{number}/{field}", detail=words)
        before[line.code] = line


def odd_line(line: Line, before: dict[str, Line]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it) of one line, after these."""
    if line.code in before:
        yield "code", "Another line has this code."
    if line.type is LineType.CHOICE and not line.options:
        yield "options", "A choice needs answers to choose from."
    if line.options and line.type is not LineType.CHOICE:
        yield "options", "Only a choice has these."
    if any(a.code == b.code for a, b in pairwise(sorted(line.options, key=lambda option: option.code))):
        yield "options", "Two answers have the same code."
    if line.limits and line.type not in NUMERIC:
        yield "limits", "Only a number or a percentage has these."
    if any((limit.below is None) == (limit.above is None) for limit in line.limits):
        yield "limits", "Each says either below or above what it fails."
    yield from _odd_marks(line)
    if line.when is not None:
        yield from (("when", words) for words in _odd_condition(line, before))


def _odd_marks(line: Line) -> Iterator[tuple[str, str]]:
    if line.na and line.type is not LineType.PF:
        yield "na", "Only a line that passes or fails has this."
    if line.expect and line.type is not LineType.SCAN:
        yield "expect", "Only a scan has this."
    if line.severity and line.type not in {LineType.PF, LineType.SCAN}:
        yield "severity", "It fails by its answers or limits."


def _odd_condition(line: Line, before: dict[str, Line]) -> Iterator[str]:
    assert line.when is not None
    asked = before.get(line.when.line)
    if asked is None:
        yield "It must look at a line before it."
        return
    if asked.cadence is not line.cadence:
        yield "It must look at a line that is due as often."
    known = {
        LineType.PF: {PASS, FAIL, NA},
        LineType.CHOICE: {option.code for option in asked.options},
    }.get(asked.type)
    if known is None:
        yield "It must look at a choice, or at what passes or fails."
    elif unknown := set(line.when.among) - known:
        yield f"That line never has {', '.join(sorted(unknown))}."


def refuse_odd_hour(starts: str) -> None:
    """Refuse what is no time of day. Raises Invalid."""
    if not _HOUR.fullmatch(starts):
        raise Invalid(FieldError(pointer="/starts", detail="A time of day, as 07:00."))


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────


READINGS = {
    ("battery", LineType.PERCENT): "battery",
    ("battery-health", LineType.PERCENT): "battery_health",
    ("firmware", LineType.TEXT): "firmware",
    ("patched", LineType.DATE): "patched_on",
}
"""Lines whose answers are the last readings of the thing itself, by the name of its field."""
LONGEST_READING = 120
"""Signs of a text that the register keeps of a thing."""
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""No check is older: a clock that says so is wrong."""
A_DAY = timedelta(days=1)
"""So much later than the check's own a day may be that was read off a thing: its clock may go by another zone."""


def reading_of(line: Line) -> str | None:
    """The field of the thing whose last reading this line asks for, if it is one."""
    return READINGS.get((line.code, line.type))


@dataclass(frozen=True)
class Asked:
    """What a part of a check is about: a thing, as its record has it, and the lines of its template."""

    thing: Mapping[str, Any]
    lines: tuple[Line, ...]

    @property
    def cji(self) -> bool:
        """Whether criminal justice information may lie on it."""
        return bool(self.thing["data_class"] == DataClass.CJI)

    def expected(self, line: Line) -> str:
        """What the record says that a scan must show; empty for nothing."""
        if line.expect in {"tag", "serial"}:
            return str(self.thing[line.expect])
        return str(self.thing["fields"].get(line.expect) or "")


@dataclass(frozen=True)
class Judged:
    """An answer, in its place, and how it came out."""

    part: int
    line: Line
    answer: Answer
    severity: Severity | None
    number: float | None

    def name(self, part: CheckPart) -> str:
        """What answers and faults call its line: ``template:line``."""
        return f"{part.template}:{self.line.code}"

    def fault_id(self, check_id: UUID, asset_id: UUID) -> UUID:
        """The id of the fault that it opens: the phone's choice, or always the same of this check."""
        return self.answer.fault_id or uuid.uuid5(check_id, f"{asset_id}:{self.line.code}")


def refuse_odd_check(wish: FinishCheck) -> None:
    """Refuse a check that ends before it begins, or before there was any; one that says something twice. Raises Invalid."""
    errors = [
        FieldError(pointer=f"/{name}", detail="No check is so old: look at the clock.")
        for name in ("started_at", "finished_at")
        if getattr(wish, name) < EARLIEST
    ]
    if wish.finished_at < wish.started_at:
        errors.append(FieldError(pointer="/finished_at", detail="It ended before it began."))
    parts = [(part.asset_id, part.template) for part in wish.parts]
    slots = [found.slot_id for found in wish.slots]
    twice = [f"/parts/{n}" for n, part in enumerate(parts) if part in parts[:n]]
    twice += [f"/slots/{n}/slot_id" for n, slot in enumerate(slots) if slot in slots[:n]]
    errors += [FieldError(pointer=pointer, detail="This was in the check already.") for pointer in twice]
    if errors:
        raise Invalid(*errors)


def odd_thing(
    wish: FinishCheck, thing: Mapping[str, Any], kit: Mapping[str, Any] | None, by: UUID
) -> str | None:
    """Why a check says nothing of this thing: it is gone for good, or has nothing to do with the unit; None if it may.

    Of the unit is what is in it by the record, or was; what the audit found there in another's place; what whoever checks
    holds, or comes with somebody; and a spare of a kind that it has a place for, which is put in with the same check.
    """
    if thing["ended"]:
        return "It was retired before."
    if kit is None or thing["in_unit"] or thing["holder_id"] == str(by):
        return None
    id_, kind = thing["id"], thing["kind"]
    if id_ == kit["asset_id"] or any(id_ == slot["asset_id"] for slot in kit["slots"]):
        return None
    if any(kind == slot["kind"] and (slot["personal"] or thing["pool"]) for slot in kit["slots"]):
        return None
    if any(found.outcome is SlotOutcome.OTHER and str(found.asset_id) == id_ for found in wish.slots):
        return None
    return "It is not of this unit."


def judge(wish: FinishCheck, asked: Sequence[Asked], *, latest: date) -> list[Judged]:
    """How each answer came out. Raises Invalid with the place of each that is wrong, or missing.

    ``latest``: the last day that may have been read off a thing.
    """
    errors: list[FieldError] = []
    found: list[Judged] = []
    for number, (part, about) in enumerate(zip(wish.parts, asked, strict=True)):
        known = {line.code: line for line in about.lines}
        values = {answer.line: answer.value for answer in part.answers}
        at = f"/parts/{number}/answers"
        for place, answer in enumerate(part.answers):
            line = known.pop(answer.line, None)
            if line is None:
                words = (
                    "Answered before."
                    if answer.line in {one.code for one in about.lines}
                    else "No such line."
                )
                errors.append(FieldError(pointer=f"{at}/{place}/line", detail=words))
                continue
            try:
                each = _judged(number, line, answer, about)
                _refuse_odd_reading(line, answer.value, latest)
            except ValueError as wrong:
                errors.append(FieldError(pointer=f"{at}/{place}/value", detail=f"It must be {wrong}."))
                continue
            found.append(each)
            if not satisfied(each.severity, answer):
                lacks = (
                    "Send a photo, or say why there is none."
                    if each.severity is Severity.CRITICAL
                    else "Say what is wrong."
                )
                errors.append(FieldError(pointer=f"{at}/{place}/note", detail=lacks))
        missing = [
            line.code
            for line in known.values()
            if line.required and line.cadence in part.cadences and asks(line, values)
        ]
        if missing:
            errors.append(FieldError(pointer=at, detail=f"Not answered: {', '.join(missing)}."))
    if errors:
        raise Invalid(*errors)
    return found


def _judged(part: int, line: Line, answer: Answer, about: Asked) -> Judged:
    """Raises ValueError for what the line does not ask for."""
    value = answer.value
    if line.type is LineType.PHOTO:
        if line.required and not answer.photos:
            raise ValueError("a photo")
        return Judged(part, line, answer, None, None)
    if not value:
        if line.required:
            raise ValueError("answered")
        return Judged(part, line, answer, None, None)
    severity = failing(line, value, about.expected(line), cji=about.cji)
    return Judged(part, line, answer, severity, read_number(line, value) if line.type in NUMERIC else None)


def _refuse_odd_reading(line: Line, value: str, latest: date) -> None:
    """Raises ValueError for what the register would not take as the last reading of a thing."""
    field = reading_of(line)
    if field == "firmware" and len(value) > LONGEST_READING:
        raise ValueError(f"at most {LONGEST_READING} signs long")
    if field == "patched_on" and value and date.fromisoformat(value) > latest:
        raise ValueError("a day that has come")


def fault_words(each: Judged, *, spanish: bool) -> str:
    """What a fault says of the answer that opened it."""
    said = each.line.label_es if spanish else each.line.label_en
    if each.line.type is LineType.CHOICE:
        option = next(option for option in each.line.options if option.code == each.answer.value)
        said += f": {option.label_es if spanish else option.label_en}"
    elif each.line.type is not LineType.PF:
        said += f": {each.answer.value} {each.line.unit}".rstrip()
    return f"{said}. {each.answer.note}".strip() if each.answer.note else said
