"""Lists of things: all of a file is taken, or nothing, and each wrong line is told with its column and the reason."""

import io
import json
import uuid
from datetime import date, datetime

import openpyxl
import pytest

from backend.assets.tables import AssetRow, ModelRow
from backend.core.actor import db
from backend.core.clock import now
from backend.worker import in_transaction
from shared_models.assets import AssetKind
from tests.cast import problem
from tests.statements import statements

IMPORTS = "/v1/assets/imports"
RADIOS = """Asset Tag,S/N,Type,Manufacturer,Model,Department,Radio ID,Alias,Battery %,OTAR,Last programmed,Notes
PD-00001,481TXK0001,Portable Radio,Motorola,APX 6000,Police,7001,PD-01,90%,Yes,3/31/2026,"First, and best"
PD-00002,481TXK0002,handheld,motorola,apx6000,police,7002,PD-02,,no,2026-03-31,
,,,,,,,,,,,
FD-00001,481TXK0003,HT,Motorola,Motorola APX 6000,Fire,7003,FD-01,85,sí,"Mar 31, 2026",Ñandú
"""


def model(name="APX 6000", make="Motorola", kind=AssetKind.PORTABLE_RADIO, fields=()):
    row = ModelRow(
        id=uuid.uuid4(),
        kind=kind,
        make=make,
        name=name,
        fields=list(fields),
        approved_firmware="",
        note="",
        updated_at=now(),
    )
    in_transaction(lambda: db().add(row))


@pytest.fixture(autouse=True)
def _apx(app):
    model()


def send(who, data, path=IMPORTS, *, key=None, **query):
    if "mapping" in query:
        query["mapping"] = json.dumps(query["mapping"])
    data = data.encode() if isinstance(data, str) else data
    return who.call(
        "POST", path, data=data, content_type="application/octet-stream", query_string=query, key=key
    )


def report(who, data, **query):
    answer = send(who, data, dry_run="true", **query)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def workbook(*rows, edit=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def things():
    return {row.tag: row for row in in_transaction(lambda: list(db().query(AssetRow)))}


def refused(told):
    return [(line["row"], line["column"]) for line in told["refused"]]


def test_a_list_becomes_things_with_their_fields_as_people_write_them(erin):
    answer = send(erin, RADIOS)

    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json() == {"dry_run": False, "created": 3, "changed": 0, "same": 0, "refused": []}
    made = things()
    first = made["PD-00001"]
    assert (first.serial, first.kind, first.department) == ("481TXK0001", AssetKind.PORTABLE_RADIO, "police")
    assert (first.battery, first.note, first.state) == (90, "First, and best", "stock")
    assert first.fields == {"radio_id": "7001", "alias": "PD-01", "otar": True, "programmed_on": "2026-03-31"}
    assert {row.fields["programmed_on"] for row in made.values()} == {"2026-03-31"}
    assert {row.model_id for row in made.values()} == {first.model_id}
    assert made["FD-00001"].note == "Ñandú"
    found = erin.get(f"/v1/assets/{first.id}").get_json()
    assert found["tag"] == "PD-00001"


def test_a_dry_run_says_what_would_come_of_it_and_leaves_nothing_behind(erin):
    _, cursor, *_ = erin.pull()

    assert report(erin, RADIOS) == {"dry_run": True, "created": 3, "changed": 0, "same": 0, "refused": []}
    assert things() == {}
    assert erin.pull(cursor)[0] == []
    assert send(erin, RADIOS).status_code == 200
    assert len([change for change in erin.pull(cursor)[0] if change["kind"] == "asset"]) == 3


def test_the_same_file_again_changes_nothing_and_a_better_one_only_what_it_says(erin):
    send(erin, RADIOS)
    assert report(erin, RADIOS) == {"dry_run": True, "created": 0, "changed": 0, "same": 3, "refused": []}

    better = "Etiqueta,Notas,Alias\npd-00001,Worn,\nPD-00002,,PD-22\nFD-00001,Ñandú,FD-01\n"
    answer = send(erin, better)
    assert answer.get_json() == {"dry_run": False, "created": 0, "changed": 2, "same": 1, "refused": []}
    made = things()
    assert (made["PD-00001"].note, made["PD-00001"].fields["alias"]) == ("Worn", "PD-01")
    assert made["PD-00002"].fields["alias"] == "PD-22"
    assert made["PD-00002"].fields["radio_id"] == "7002"
    assert made["FD-00001"].version == 1


def test_without_a_tag_a_thing_is_known_by_its_serial_number_if_only_one_has_it(erin, make):
    make.asset(erin, tag="PD-00001", serial="481-TXK-0001")
    make.asset(erin, tag="PD-00002", serial="TWIN", kind="dock")
    make.asset(erin, tag="PD-00003", serial="TWIN", kind="battery")

    told = send(erin, "Serial No.,Location\n481TXK0001,Locker 4\n").get_json()
    assert (told["changed"], things()["PD-00001"].place) == (1, "Locker 4")
    told = report(erin, "Serial No.,Location\nTWIN,Locker 4\nNOBODYS,Locker 5\n")
    assert refused(told) == [(2, "Serial No."), (3, "tag")]
    told = report(erin, "Tag,Serial,Kind,Department\nPD-00009,481TXK0001,radio,police\n")
    assert refused(told) == [(2, "Serial")]
    assert "PD-00001" in told["refused"][0]["reason"]


WRONG = """Tag,Kind,Department,Make,Model,Radio ID,IMEI,Battery,Last programmed,Spare,Lat,Lon,Status
WU-00001,portable radio,Police,Motorola,APX 6000,7001,,90,2026-03-31,yes,29.7,-95.4,in stock
wu 2,portable radio,Police,,,,,,,,,,
WU-00003,spaceship,Police,,,,,,,,,,
WU-00004,portable radio,Nowhere,,,,,,,,,,
WU-00005,portable radio,Police,Motorola,APX 9999,,,,,,,,
WU-00006,portable radio,Police,,,7001,,,,,,,
WU-00007,phone,Police,,,,356938035643809,,,,,,
WU-00008,phone,Police,,,,356938035643800,,,,,,
WU-00009,phone,Police,,,,3.56938E+14,,,,,,
WU-00010,portable radio,Police,,,,,101,31/3/2026,perhaps,29.7,,in use
WU-00001,portable radio,Police,,,,,,,,,,
WU-00012,dock,Police,,,7012,,,,,,,
,portable radio,Police,,,,,,,,,,
"""


def test_each_line_that_is_wrong_is_told_with_its_column_and_the_reason(erin):
    told = report(erin, WRONG)

    assert (told["created"], told["changed"]) == (2, 0)
    lines = {(line["row"], line["column"]): line["reason"] for line in told["refused"]}
    assert set(lines) == {
        (3, "Tag"),
        (4, "Kind"),
        (5, "Department"),
        (6, "Model"),
        (7, "Radio ID"),
        (9, "IMEI"),
        (10, "IMEI"),
        (11, "Battery"),
        (11, "Last programmed"),
        (11, "Spare"),
        (11, "Lon"),
        (11, "Status"),
        (12, "Tag"),
        (13, "Radio ID"),
        (14, "Tag"),
    }
    assert "power of ten" in lines[10, "IMEI"]
    assert "Row 2" in lines[12, "Tag"]
    assert "register it first" in lines[6, "Model"]


def test_without_a_dry_run_one_wrong_line_leaves_everything_as_it_was(erin):
    told = problem(send(erin, WRONG), 409, "import-refused")

    assert {"/rows/3/Tag", "/rows/9/IMEI"} <= {error["pointer"] for error in told["errors"]}
    assert things() == {}
    assert send(erin, RADIOS).status_code == 200


def test_a_state_is_where_a_thing_begins_and_later_custodys_to_say(erin, make):
    make.asset(erin, tag="PD-00001")
    rows = "Tag,Kind,Department,State\nPD-00001,radio,police,{}\nPD-00002,radio,police,{}\n"

    assert report(erin, rows.format("In Stock", "ordered"))["created"] == 1
    told = report(erin, rows.format("deployed", "in use"))
    assert refused(told) == [(2, "State"), (3, "State")]


def test_the_caller_says_what_each_column_holds_where_a_guess_is_wrong(erin):
    file = "Number,What,Who,ID\nPD-00001,radio,police,7001\n"
    mapping = {"Number": "tag", "What": "kind", "Who": "department", "ID": "fields.radio_id"}

    assert send(erin, file, mapping=mapping).get_json()["created"] == 1
    assert things()["PD-00001"].fields == {"radio_id": "7001"}
    for wrong in ({"None": "tag"}, {"Number": "password"}, {"Number": "tag", "What": "tag"}, [], "tag"):
        told = problem(send(erin, file, mapping=wrong), 422, "invalid")
        assert [error["pointer"] for error in told["errors"]] == ["?mapping"]


def test_columns_are_shown_with_samples_and_a_guess_in_both_languages(erin):
    told = send(erin, RADIOS, f"{IMPORTS}/columns").get_json()
    assert (told["rows"], told["read_as"]) == (3, "csv, utf-8, ,")
    assert [(column["name"], column["guess"]) for column in told["columns"]] == [
        ("Asset Tag", "tag"),
        ("S/N", "serial"),
        ("Type", "kind"),
        ("Manufacturer", "make"),
        ("Model", "model"),
        ("Department", "department"),
        ("Radio ID", "fields.radio_id"),
        ("Alias", "fields.alias"),
        ("Battery %", "battery"),
        ("OTAR", "fields.otar"),
        ("Last programmed", "fields.programmed_on"),
        ("Notes", "note"),
    ]
    assert told["columns"][0]["samples"] == ["PD-00001", "PD-00002", "FD-00001"]
    assert {"tag", "fields.imei", "support_until_on"} <= set(told["targets"])

    spanish = "Etiqueta;Número de serie;Tipo;Marca;Departamento;Ubicación;ID de radio;Dirección MAC;Color;;Notas;Notas\n1;2;3;4;5;6;7;8;9;10;11;12"
    told = send(erin, spanish, f"{IMPORTS}/columns").get_json()
    assert [(column["name"], column["guess"]) for column in told["columns"]] == [
        ("Etiqueta", "tag"),
        ("Número de serie", "serial"),
        ("Tipo", "kind"),
        ("Marca", "make"),
        ("Departamento", "department"),
        ("Ubicación", "place"),
        ("ID de radio", "fields.radio_id"),
        ("Dirección MAC", "fields.mac"),
        ("Color", ""),
        ("(J)", ""),
        ("Notas", "note"),
        ("Notas (2)", ""),
    ]
    assert things() == {}


def test_fields_that_models_add_are_columns_too(erin):
    model("X1", "Getac", AssetKind.MDT, [{"code": "dock_type", "label_en": "Dock type", "label_es": "Base", "type": "text",
                                         "required": False, "choices": [], "unit": "", "identifies": False, "searched": False}])  # fmt: skip
    file = "Tag,Kind,Department,Make,Model,Dock type\nPD-1,mdc,police,Getac,X1,Havis\n"
    assert send(erin, file).get_json()["created"] == 1
    assert things()["PD-1"].fields == {"dock_type": "Havis"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_csv_is_read_however_it_was_saved(erin, mark, codec):
    rows = [["Tag", "Kind", "Department", "Note"], ["WU-1", "radio", "police", '"Ñandú, a; and\n a line"']]
    file = "\r\n".join(mark.join(row) for row in rows)
    told = report(erin, file.encode(codec))
    assert (told["created"], told["refused"]) == (1, [])
    assert send(erin, file.encode(codec)).status_code == 200
    assert things()["WU-1"].note.startswith("Ñandú, a; and")


def test_a_workbook_is_read_with_its_days_numbers_formulas_and_merged_cells(erin):
    def edit(book):
        sheet = book.active
        sheet["E2"].number_format = "mm/dd/yyyy"
        sheet.merge_cells("C2:C3")
        book.create_sheet("Other").append(["Tag", "nonsense"])

    file = workbook(
        ["Tag", "Kind", "Department", "IMEI", "Patched on", "Battery", "Spare", "Serial"],
        ["PD-1", "phone", "Police", 356938035643809, datetime(2026, 3, 31), 80.0, True, "00123"],
        ["PD-2", "phone", None, None, date(2026, 4, 1), None, False, 4711],
        edit=edit,
    )
    assert send(erin, file).get_json()["created"] == 2
    one, two = things()["PD-1"], things()["PD-2"]
    assert (one.fields["imei"], one.patched_on, one.battery) == ("356938035643809", date(2026, 3, 31), 80)
    assert (one.pool, one.serial, two.serial) == (True, "00123", "4711")
    assert (two.department, two.patched_on) == ("police", date(2026, 4, 1))

    told = report(
        erin, workbook(["Tag", "Note", "Place"], ["PD-1", "=1+1", "fine"], ["PD-2", "#REF!", "fine"])
    )
    assert refused(told) == [(2, "Note"), (3, "Note")]
    assert "formula" in told["refused"][0]["reason"]


def test_a_file_holds_5_000_things_and_no_more(erin):
    head, lines = "Tag,Kind,Department,Note\n", "".join(f"WU-{n:05},spaceship,police,\n" for n in range(4998))
    full = f"{head}WU-A,radio,police,first\n{lines}WU-Z,radio,police,last\n"
    told = report(erin, full)
    assert (told["created"], len(told["refused"])) == (2, 4998)
    problem(send(erin, full + "WU-99999,radio,police,\n"), 413, "too-large")
    problem(send(erin, b"Tag\n" + b"x" * 5_000_000), 413, "too-large")


def test_a_long_list_takes_as_many_statements_as_a_short_one(erin):
    def sent(numbers):
        lines = "".join(f"WU-{n:05},radio,police,{n}\n" for n in numbers)
        with statements() as seen:
            assert report(erin, "Tag,Kind,Department,Radio ID\n" + lines)["created"] == len(numbers)
        return len(seen)

    sent([1])
    assert sent([1]) == sent(range(100)) <= 20


def test_lists_are_for_who_keeps_the_register_and_of_their_departments(erin, dan, make):
    problem(send(dan, RADIOS), 403, "forbidden")
    problem(send(dan, RADIOS, f"{IMPORTS}/columns"), 403, "forbidden")
    make.asset(erin, tag="PD-00001")
    kim = make.person("kim", role="technician", department="public-works")
    told = report(
        kim, "Tag,Kind,Department\nPD-00001,radio,police\nPW-1,radio,public-works\nPD-9,radio,police\n"
    )
    assert (told["created"], refused(told)) == (1, [(2, "Department"), (4, "Department")])


def test_a_list_sent_twice_with_one_key_is_taken_once(erin):
    key = uuid.uuid4()
    first, again = send(erin, RADIOS, key=key), send(erin, RADIOS, key=key)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert len(things()) == 3
