"""What can roll now, on the phone: reds first, each with why; moving by itself; never older than it says."""

from datetime import UTC, datetime, timedelta

import pytest

from mobile.checks.board_model import Board
from mobile.checks.due_model import DueList
from shared_models.checks import Level
from tests.checks.car import a_board, a_fault, full_car, id_of, put, readiness
from tests.phones import NONE


@pytest.fixture
def crew(show_app, kit, make):
    """The phone of somebody on patrol who sees the units of two departments."""
    ann = make.person("ann", role="crew", department="police")
    shown = show_app()
    shown.sign_in(ann)
    kit.theme.motion = False
    shown.me = ann
    return shown


def with_units(shown):
    put(shown.parts.store, [*full_car(shown.me.id), *a_board(), ("fault", a_fault())])
    shown.app._changed()
    shown.robot.settle()


def test_reds_stand_first_each_with_its_reason_in_colour_sign_and_word(crew):
    with_units(crew)
    model = crew.parts.nav.go("board").model
    crew.robot.settle()
    assert (model.red, model.amber, model.green, model.rolls) == (2, 2, 6, "8 units can roll")
    first = model.rows[0]
    assert (first["tone"], first["badge_icon"], first["badge"]) == ("bad", "cancel", "Not ready")
    assert {row["title"] for row in model.rows[:2]} == {"P-22 · Patrol 22", "E-1 · Patrol -1"}
    assert all(row["subtitle"] for row in model.rows if row["tone"] == "bad")
    assert "MDT: critical fault" in next(
        row["subtitle"] for row in model.rows if row["key"] == str(id_of("kit P-22"))
    )
    assert [row["tone"] for row in model.rows] == sorted(
        (row["tone"] for row in model.rows), key=["bad", "warn", "ok"].index
    )
    model.department = "fire"
    assert (model.red, model.amber, model.green) == (1, 1, 0)
    for unit in ("E-1", "L-1"):
        assert crew.robot.find(
            text=next(row["title"] for row in model.rows if row["title"].startswith(unit)), cls="Row"
        )


def test_the_board_moves_when_the_store_does(crew):
    with_units(crew)
    model = crew.parts.nav.go("board").model
    put(crew.parts.store, [("readiness", readiness("P-22", Level.GREEN))])
    crew.app._changed()
    assert (model.red, model.green) == (1, 7)


def test_what_the_server_says_of_a_unit_comes_with_the_next_pull(crew, town, gil):
    kit, things = town.kit()
    model = crew.parts.nav.go("board").model
    crew.sync()
    before = model.red
    boots = {"value": "fail", "note": "Too dark in here"}
    town.done(gil, town.check(town.part(gil, things["mdt"], "mdt", boots=boots), kit=kit))
    crew.sync()
    assert model.red == before + 1
    assert "critical fault" in model.rows[0]["subtitle"]


def test_a_wall_that_nobody_confirms_says_so_and_loses_its_colours(crew):
    with_units(crew)
    parts, now = crew.parts, datetime.now(UTC)
    model = Board()
    model.parts = parts
    parts.sync.state.synced_at = now
    model.load(now)
    assert not model.stale and {tile["tone"] for tile in model.tiles} == {"bad", "warn", "ok"}
    model.tick(now + timedelta(seconds=29))
    assert not model.stale
    model.tick(now + timedelta(seconds=31))
    assert model.stale and model.as_of.startswith("Not live")
    assert {tile["tone"] for tile in model.tiles} == {"neutral"}
    parts.sync.told = True  # the stream is open: what is shown is what is so, however long nothing happened
    model.tick(now + timedelta(hours=1))
    assert not model.stale
    parts.sync.state.online = False
    model.tick(now + timedelta(hours=1))
    assert model.stale


def test_a_wall_is_offered_where_a_window_is_wide_enough_and_has_it_to_itself(crew):
    with_units(crew)
    screen = crew.parts.nav.go("board")
    assert not screen.can_hang
    crew.robot.resize(1366, 768)
    crew.robot.settle()
    assert screen.can_hang
    crew.parts.nav.go("wall")
    crew.robot.settle()
    assert crew.app.frame.bare
    assert len(crew.robot.all(cls="Tile")) >= 4
    crew.robot.back()
    assert crew.parts.nav.current == "board"


def test_a_unit_says_why_what_is_broken_in_it_and_what_was_done_with_it_without_signal(crew):
    with_units(crew)
    crew.air.rest = NONE
    model = crew.parts.nav.go("unit", id=str(id_of("kit P-22"))).model
    assert [row["title"] for row in model.reasons] == ["MDT: critical fault", "Check overdue"]
    assert [row["title"] for row in model.faults] == ["F-000123 · WU-0201"]
    assert [row["title"] for row in model.slots] == ["MDT"]
    crew.robot.until(lambda: model.trend_text)
    assert model.trend_text == "The plot needs a connection."
    crew.parts.nav.go("unit", id=str(id_of("kit nobody")))
    assert model.state == "gone"


def test_five_tabs_stand_at_most_and_the_map_is_reached_from_you(crew):
    names = [tab["name"] for tab in crew.app.tabs.tabs]
    assert names == ["requests", "work", "work_map", "inbox", "more"]
    with_units(crew)
    names = [tab["name"] for tab in crew.app.tabs.tabs]
    assert names == ["requests", "due", "work", "inbox", "more"]
    crew.parts.nav.go("work_map")
    crew.app._show_tabs()
    assert crew.parts.nav.current == "work_map"


def test_what_is_due_stands_by_unit_with_what_is_overdue_first(crew):
    with_units(crew)
    model = DueList()
    model.parts = crew.parts
    model.load()
    rows = [row for row in model.rows if not row.get("heading")]
    assert {row["title"] for row in rows} == {"P-21 · Patrol 21", "P-22 · Patrol 22", "WU-0104 · Body camera"}
    assert all(row["badge"] in ("Overdue", "Ends soon", "To do") for row in rows)
    assert model.found("WU-0100") == f"kit:{id_of('kit P-21')}"
    assert model.found("p 21") == f"kit:{id_of('kit P-21')}"
    assert model.found("https://city.test/t/WU-0102") == f"kit:{id_of('kit P-21')}"
    assert model.found("WU-9999") == ""
    assert model.complaint == "Nothing on this phone is called WU-9999."
