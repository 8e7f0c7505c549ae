"""How an answer came out, and when something is due: decided alike on phone and server; pure, no clock."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID

from shared_models.assets import Severity, plain_code, tag_of
from shared_models.checks import Answer, Shift
from shared_models.templates import FAIL, NA, PASS, Cadence, CheckTemplate, Line, LineType

WORST = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
"""From the worst to the least."""


def worst(found: Iterable[Severity | None]) -> Severity | None:
    """The worst of these; None: nothing is wrong."""
    ranks = [WORST.index(severity) for severity in found if severity in WORST]
    return WORST[min(ranks)] if ranks else None


def asked(line: Line, values: Mapping[str, str]) -> bool:
    """Whether a line is asked, by what was answered to the others."""
    return line.when is None or values.get(line.when.line) in line.when.among


def lines_for(template: CheckTemplate, cadences: Iterable[Cadence]) -> tuple[Line, ...]:
    """The lines that are to be looked at when these are due, in the template's order."""
    wanted = frozenset(cadences)
    return tuple(line for line in template.lines if line.cadence in wanted)


def failing(line: Line, value: str, expected: str = "", *, cji: bool = False) -> Severity | None:
    """The severity with which this answer fails its line; None: it passes, or can't fail.

    ``expected``: of a scan, what the record says. ``cji``: criminal justice information may lie on the thing. An answer that
    can't be read as its line asks raises ValueError.
    """
    found = _failing(line, value, expected)
    return worst((found, line.cji_severity)) if found and cji else found


def _failing(line: Line, value: str, expected: str) -> Severity | None:
    if line.type is LineType.PF:
        if value not in {PASS, FAIL, NA} or (value == NA and not line.na):
            raise ValueError("pass or fail" + (" or na" if line.na else ""))
        return line.severity if value == FAIL else None
    if line.type in {LineType.NUMBER, LineType.PERCENT}:
        number = read_number(line, value)
        return worst(
            limit.severity
            for limit in line.limits
            if (limit.below is not None and number < limit.below)
            or (limit.above is not None and number > limit.above)
        )
    if line.type is LineType.CHOICE:
        for option in line.options:
            if option.code == value:
                return option.severity
        raise ValueError("one of " + ", ".join(option.code for option in line.options))
    if line.type is LineType.SCAN and expected and value:
        return None if plain_code(tag_of(value)) == plain_code(expected) else line.severity
    if line.type is LineType.DATE:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError("a day, as 2026-11-27") from None
    return None


def read_number(line: Line, value: str) -> float:
    """The number that was answered to a line that asks for one. Raises ValueError for what is none."""
    wanted = "a number" + (" from 0 to 100" if line.type is LineType.PERCENT else "")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(wanted) from None
    if not math.isfinite(number) or (line.type is LineType.PERCENT and not 0 <= number <= 100):  # noqa: PLR2004 - percent
        raise ValueError(wanted)
    return number


class Demand(NamedTuple):
    """What a failing line asks of whoever fails it."""

    photo: bool
    """A photo, or a note of at least ``note`` signs that says why there is none."""
    note: int
    """How many signs of a note are needed; 0: none."""


DEMANDS = {Severity.CRITICAL: Demand(photo=True, note=10), Severity.MAJOR: Demand(photo=False, note=1)}


def demanded(severity: Severity | None) -> Demand:
    """What a line that fails with this severity asks for."""
    return DEMANDS.get(severity, Demand(photo=False, note=0)) if severity else Demand(photo=False, note=0)


def satisfied(severity: Severity | None, answer: Answer) -> bool:
    """Whether an answer that fails with this severity says what that asks for."""
    wanted = demanded(severity)
    return (wanted.photo and bool(answer.photos)) or len(answer.note.strip()) >= wanted.note


def severity_of(answers: Sequence[tuple[Line, Answer]]) -> Severity | None:
    """The worst of these answers."""
    return worst(failing(line, answer.value) for line, answer in answers)


SHIFTS = frozenset({Cadence.SHIFT_START, Cadence.SHIFT_END})
GRACE = timedelta(hours=1)
"""So long after a shift began its first check is overdue."""
WEEKS = 52
"""Among so many weeks what is due yearly is spread: each week a sample of all things, each of them once a year."""
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


def week_of(asset_id: UUID) -> int:
    """In which week (0 to 51) the year of a thing begins, for what is due yearly: by its id, so the same everywhere."""
    return (asset_id.int & 0xFFFFFFFF) % WEEKS


def period(
    cadence: Cadence, moment: datetime, zone: tzinfo, shifts: Sequence[Shift] = (), week: int = 0
) -> tuple[datetime, datetime]:
    """The period of this cadence that holds a moment: (from, until) in UTC, until not included.

    By the city's clock. A week begins on Monday. ``shifts`` are those of one department; without any it has one a day,
    from midnight. Of shifts that overlap the one that began last counts; the time between two belongs to the one that
    began before it. ``issue`` has no period: all time.
    A year begins with its ``week``, counted from 1 January.
    """
    local = moment.astimezone(zone)
    day = local.date()
    if cadence in SHIFTS and shifts:
        return _shift(local, zone, shifts)
    if cadence is Cadence.WEEKLY:
        first = day - timedelta(days=day.weekday())
        return _days(first, first + timedelta(days=7), zone)
    if cadence is Cadence.YEARLY:
        after = timedelta(weeks=week)
        year = (day - after).year
        return _days(date(year, 1, 1) + after, date(year + 1, 1, 1) + after, zone)
    if cadence in {Cadence.MONTHLY, Cadence.QUARTERLY}:
        months = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3}[cadence]
        at = (day.month - 1) // months * months
        begin = date(day.year, at + 1, 1)
        end = date(day.year + (at + months) // 12, (at + months) % 12 + 1, 1)
        return _days(begin, end, zone)
    if cadence is Cadence.ISSUE:
        return ALWAYS
    return _days(day, day + timedelta(days=1), zone)


class Window(NamedTuple):
    """A period of a cadence, and from when on a thing is overdue that was not looked at."""

    from_at: datetime
    until_at: datetime
    late_before: datetime
    """Overdue is what was last looked at (or made) before this."""
    late_since: datetime
    """Since when it is."""


def window(
    cadence: Cadence, moment: datetime, zone: tzinfo, shifts: Sequence[Shift] = (), week: int = 0
) -> Window:
    """The period that holds a moment, and what is overdue in it.

    What belongs to the beginning of a shift is overdue an hour after that; all else once a whole period went by without.
    Nothing is overdue before its first period is over: a new thing counts from when it was made.
    """
    from_at, until_at = period(cadence, moment, zone, shifts, week)
    if cadence is Cadence.ISSUE:
        return Window(from_at, until_at, from_at, from_at)
    if cadence is Cadence.SHIFT_START and shifts and moment >= from_at + GRACE:
        return Window(from_at, until_at, from_at, from_at + GRACE)
    before, _ = period(cadence, from_at - timedelta(microseconds=1), zone, shifts, week)
    return Window(from_at, until_at, before, from_at)


def _days(first: date, end: date, zone: tzinfo) -> tuple[datetime, datetime]:
    begin, until = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (first, end))
    return begin, until


def _shift(local: datetime, zone: tzinfo, shifts: Sequence[Shift]) -> tuple[datetime, datetime]:
    moment = local.astimezone(UTC)
    turns: list[tuple[datetime, datetime]] = []
    for shift in shifts:
        at = time.fromisoformat(shift.starts)
        for days in range(-3, 4):
            begin = datetime.combine(local.date() + timedelta(days=days), at, zone).astimezone(UTC)
            turns.append((begin, begin + timedelta(hours=shift.hours)))
    if runs := [(begin, until) for begin, until in turns if begin <= moment < until]:
        return max(runs)
    return (
        max(begin for begin, _ in turns if begin <= moment),
        min(begin for begin, _ in turns if begin > moment),
    )
