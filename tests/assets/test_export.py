"""The register as a list: what is taken away and brought back unchanged changes nothing, and no cell runs in a spreadsheet."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.assets.imports.cells import unguarded
from backend.core.actor import db
from backend.core.ledger import EventRow
from backend.core.paper import guarded
from backend.worker import in_transaction
from tests.assets.test_import import model, report, send, things
from tests.cast import problem
from tests.make import HERE

RISKY = (
    '=HYPERLINK("http://evil")',
    "+1",
    "-cmd",
    "@SUM(A1)",
    "'=quoted",
    "plain",
    "'tis fine",
    '"quoted", with commas; and\nlines',
)


@pytest.fixture
def filled(erin, make):
    model()
    apx = db_model()
    for number, words in enumerate(RISKY, 1):
        make.asset(
            erin, tag=f"PD-{number:05}", name=words, note=words, serial=f"00{number}", model_id=apx,
            fields={"radio_id": f"70{number}", "alias": words[:12], "otar": number % 2 == 0, "programmed_on": "2026-03-31"},
            where={"lat": HERE["lat"], "lon": HERE["lon"]}, battery=number, patched_on="2026-01-02", pool=number == 3,
        )  # fmt: skip
    make.asset(
        erin, tag="FD-00001", kind="software", department="fire", fields={"seats": 12.5, "version": "1.10"}
    )


def db_model():
    from backend.assets.tables import ModelRow

    return str(in_transaction(lambda: db().query(ModelRow).one().id))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_that_is_brought_back_unchanged_changes_nothing(erin, filled, form):
    answer = erin.get(f"/v1/assets/export.{form}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="things.{form}"'

    told = report(erin, answer.data)
    assert told == {"dry_run": True, "created": 0, "changed": 0, "same": len(RISKY) + 1, "refused": []}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_brings_a_register_over_to_an_empty_one(erin, filled, form, sweeper, make):
    file, before = erin.get(f"/v1/assets/export.{form}").data, things()
    sweeper()
    model()
    again = make.person("erin", role="admin")

    told = send(again, file).get_json()
    assert (told["created"], told["refused"]) == (len(RISKY) + 1, [])
    after = things()
    for tag, row in before.items():
        for name in (
            "kind",
            "serial",
            "name",
            "department",
            "fields",
            "note",
            "battery",
            "patched_on",
            "pool",
        ):
            assert getattr(after[tag], name) == getattr(row, name), (tag, name)
        assert (after[tag].model_id is None) == (row.model_id is None)


def cells_of(data, form):
    if form == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return [
        ["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_that_somebody_wrote_is_run_as_a_formula(erin, filled, form):
    for row in cells_of(erin.get(f"/v1/assets/export.{form}").data, form):
        for cell in row:
            number = cell.replace(".", "").removeprefix("-").isdecimal()
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    assert things()["PD-00001"].name == RISKY[0]


@given(st.text(max_size=12) | st.sampled_from(RISKY))
def test_the_guard_comes_off_as_it_went_on(words):
    assert unguarded(guarded(words)) == words
    assert not guarded(words).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_lists_filters_choose_and_each_sees_their_own(erin, dan, filled, make):
    def tags(who, query=""):
        rows = cells_of(who.get(f"/v1/assets/export.csv{query}").data, "csv")
        return [row[0] for row in rows[1:]]

    assert tags(erin, "?kind=software") == ["FD-00001"]
    assert tags(erin, "?pool=true") == ["PD-00003"]
    assert tags(dan) == []
    assert tags(make.person("finn", role="crew", department="fire")) == ["FD-00001"]
    problem(make.person("bob").get("/v1/assets/export.csv"), 403, "forbidden")
    problem(erin.get("/v1/assets/export.xlsx?colour=red"), 422, "invalid")


def test_who_takes_a_list_away_is_written_down(erin, filled):
    erin.get("/v1/assets/export.csv?kind=software")
    read = in_transaction(
        lambda: [row.fields for row in db().query(EventRow) if row.fields.get("what") == "asset-export"]
    )
    assert [(each["count"], each["filters"]) for each in read] == [(1, ["kind"])]


def test_more_than_may_leave_at_once_is_refused(erin, filled, monkeypatch):
    monkeypatch.setattr("backend.assets.imports.exporting.MOST_EXPORTED", 3)
    problem(erin.get("/v1/assets/export.csv"), 413, "too-large")
    assert erin.get("/v1/assets/export.csv?department=fire").status_code == 200
