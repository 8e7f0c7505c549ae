"""How an answer comes out, and when something is due: the rules that phone and server share."""

import math
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.assets import Severity
from shared_models.checks import Answer, Shift
from shared_models.templates import Cadence, Condition, Limit, Line, LineType, Option
from shared_models.verdicts import GRACE, asked, demanded, failing, period, satisfied, window, worst

ZONE = ZoneInfo("America/Chicago")
PERIODIC = [cadence for cadence in Cadence if cadence not in {Cadence.ISSUE, Cadence.NEWER}]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))


def shift(starts, hours):
    return Shift(
        id=uuid4(), department="police", code="a", name_en="A", name_es="A", starts=starts, hours=hours,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def line(type=LineType.PF, **said):
    return Line(code="a", type=type, label_en="A", label_es="A", **said)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


shifts = st.lists(st.builds(shift, hours, st.integers(1, 48)), max_size=4)


@given(st.sampled_from(PERIODIC), moments, shifts)
@settings(max_examples=150, deadline=None)
def test_a_period_holds_its_moment_and_periods_without_shifts_follow_each_other(cadence, moment, of_it):
    begin, until = period(cadence, moment, ZONE, of_it)
    assert begin <= moment < until
    assert (begin.tzinfo, until.tzinfo) == (UTC, UTC)
    if not of_it:
        assert period(cadence, begin, ZONE) == (begin, until)
        assert period(cadence, until, ZONE)[0] == until
        assert begin.astimezone(ZONE).time().isoformat() == "00:00:00"


@given(st.sampled_from(PERIODIC), moments, shifts)
@settings(max_examples=150, deadline=None)
def test_nothing_is_overdue_that_was_looked_at_in_this_period_or_made_in_it(cadence, moment, of_it):
    when = window(cadence, moment, ZONE, of_it)
    assert when.late_before <= when.from_at <= moment < when.until_at
    assert when.late_before <= when.late_since <= moment


@given(moments, shifts.filter(bool))
@settings(max_examples=100, deadline=None)
def test_an_hour_into_a_shift_what_was_not_looked_at_since_it_began_is_overdue(moment, of_it):
    when = window(Cadence.SHIFT_START, moment, ZONE, of_it)
    assert (when.late_before == when.from_at) == (moment >= when.from_at + GRACE)


@pytest.mark.parametrize(
    ("cadence", "at", "begins", "ends"),
    [
        # In 2026 clocks go on at 2:00 on 8 March and back at 2:00 on 1 November.
        (Cadence.DAILY, "2026-03-08T12:00", "2026-03-08T06:00+00:00", "2026-03-09T05:00+00:00"),
        (Cadence.DAILY, "2026-11-01T12:00", "2026-11-01T05:00+00:00", "2026-11-02T06:00+00:00"),
        (Cadence.WEEKLY, "2026-03-08T23:59", "2026-03-02T06:00+00:00", "2026-03-09T05:00+00:00"),
        (Cadence.MONTHLY, "2026-12-31T23:00", "2026-12-01T06:00+00:00", "2027-01-01T06:00+00:00"),
        (Cadence.QUARTERLY, "2026-11-15T00:00", "2026-10-01T05:00+00:00", "2027-01-01T06:00+00:00"),
        (Cadence.YEARLY, "2026-07-01T00:00", "2026-01-01T06:00+00:00", "2027-01-01T06:00+00:00"),
    ],
)
def test_days_weeks_and_months_are_the_citys_also_when_clocks_change(cadence, at, begins, ends):
    told = tuple(moment.isoformat() for moment in period(cadence, local(at), ZONE))
    assert told == (begins.replace("+", ":00+"), ends.replace("+", ":00+"))


@pytest.mark.parametrize(
    ("week", "at", "begins", "ends"),
    [
        (0, "2026-01-01T00:00", "2026-01-01", "2027-01-01"),
        (10, "2026-03-11T23:59", "2025-03-12", "2026-03-12"),
        (10, "2026-03-12T00:00", "2026-03-12", "2027-03-12"),
        (51, "2026-12-23T23:59", "2025-12-24", "2026-12-24"),
        (51, "2024-12-24T00:00", "2024-12-23", "2025-12-24"),
    ],
)
def test_the_year_of_a_thing_begins_in_a_week_of_its_own(week, at, begins, ends):
    told = period(Cadence.YEARLY, local(at), ZONE, week=week)
    assert told == (local(f"{begins}T00:00"), local(f"{ends}T00:00"))


def test_a_shift_over_midnight_and_over_a_change_of_clocks_keeps_its_hours():
    night = [shift("19:00", 12)]
    for day, morning in (
        ("2026-03-07", "2026-03-08"),
        ("2026-10-31", "2026-11-01"),
        ("2026-06-01", "2026-06-02"),
    ):
        begin, until = period(Cadence.SHIFT_START, local(f"{morning}T01:30"), ZONE, night)
        assert begin == local(f"{day}T19:00").astimezone(UTC)
        assert until - begin == timedelta(hours=12)


def test_of_shifts_that_overlap_the_one_that_began_last_counts():
    both = [shift("07:00", 12), shift("18:00", 12)]
    assert period(Cadence.SHIFT_START, local("2026-06-01T18:30"), ZONE, both)[0] == local("2026-06-01T18:00")
    assert period(Cadence.SHIFT_START, local("2026-06-01T17:59"), ZONE, both)[0] == local("2026-06-01T07:00")


def test_the_time_between_two_shifts_belongs_to_the_one_before():
    day = [shift("07:00", 8)]
    between = period(Cadence.SHIFT_START, local("2026-06-01T20:00"), ZONE, day)
    assert between == (local("2026-06-01T07:00"), local("2026-06-02T07:00"))
    done_yesterday = local("2026-06-01T07:10")
    early = window(Cadence.SHIFT_START, local("2026-06-02T07:30"), ZONE, day)
    late = window(Cadence.SHIFT_START, local("2026-06-02T08:30"), ZONE, day)
    assert early.late_before <= done_yesterday < late.late_before


@given(st.lists(st.sampled_from([None, Severity.CRITICAL, Severity.MAJOR, Severity.MINOR])))
def test_the_worst_of_many_is_none_better_than_any(found):
    rank = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2, None: 3}
    assert rank[worst(found)] == min((rank[each] for each in found), default=3)


@given(st.floats(0, 100))
def test_of_limits_the_worst_that_applies_counts(charge):
    battery = line(
        LineType.PERCENT,
        limits=(Limit(severity=Severity.MAJOR, below=80), Limit(severity=Severity.CRITICAL, below=30)),
    )
    expected = Severity.CRITICAL if charge < 30 else Severity.MAJOR if charge < 80 else None
    assert failing(battery, str(charge)) is expected


@given(st.text(max_size=12))
def test_an_answer_that_its_line_does_not_ask_for_is_a_value_error_and_nothing_else(value):
    of_kinds = [
        line(severity=Severity.MAJOR),
        line(LineType.NUMBER),
        line(LineType.PERCENT),
        line(LineType.CHOICE, options=(Option(code="x", label_en="X", label_es="X"),)),
        line(LineType.DATE),
    ]
    for one in of_kinds:
        try:
            failing(one, value)
        except ValueError as wrong:
            assert str(wrong)


def test_numbers_that_are_none_are_refused():
    for value in ("nan", "inf", "-inf", "1e999", "", "12 V"):
        with pytest.raises(ValueError, match="a number"):
            failing(line(LineType.NUMBER), value)
    for value in ("-1", "100.5"):
        with pytest.raises(ValueError, match="0 to 100"):
            failing(line(LineType.PERCENT), value)
    assert math.isclose(100, 100)


def test_a_scan_fails_if_it_shows_another_thing_however_its_code_is_written():
    mine = line(LineType.SCAN, severity=Severity.CRITICAL, expect="tag")
    assert failing(mine, "https://city.example/t/wu-00001", "WU-00001") is None
    assert failing(mine, "WU 00001", "WU-00001") is None
    assert failing(mine, "WU-00002", "WU-00001") is Severity.CRITICAL
    assert failing(mine, "WU-00002", "") is None


def test_a_line_is_asked_only_while_its_condition_holds():
    battery = line(LineType.PERCENT, when=Condition(line="power", among=("battery",)))
    assert asked(battery, {"power": "battery"})
    assert not asked(battery, {"power": "mains"})
    assert not asked(battery, {})


def test_what_a_failure_demands_follows_from_its_severity():
    def answer(**said):
        return Answer(line="a", value="fail", **said)

    assert demanded(Severity.CRITICAL).photo
    assert satisfied(Severity.CRITICAL, answer(photos=(uuid4(),)))
    assert satisfied(Severity.CRITICAL, answer(note="No camera on this phone"))
    assert not satisfied(Severity.CRITICAL, answer(note="   broken   "))
    assert satisfied(Severity.MAJOR, answer(note="Dim"))
    assert not satisfied(Severity.MAJOR, answer(note=" "))
    assert satisfied(Severity.MINOR, answer())
    assert satisfied(None, answer())
