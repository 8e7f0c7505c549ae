"""Templates as XLSForm: what we write others read, what we read back is what we wrote, what we can't ask is refused."""

import io
import unicodedata
import uuid
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyxform.xls2xform import convert

from backend.checks import rules, xlsform
from backend.checks.templates import read_defaults
from shared_models.assets import AssetKind, Severity
from shared_models.templates import (
    Cadence,
    CheckTemplate,
    Condition,
    Limit,
    Line,
    LineType,
    Option,
    TemplateState,
    WriteTemplate,
)
from tests.cast import problem

DEFAULTS = [template for template, _ in read_defaults()]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20).map(
    lambda said: unicodedata.normalize("NFC", said)
)
codes = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True).filter(lambda code: not code.endswith("-"))
severities = st.sampled_from([Severity.CRITICAL, Severity.MAJOR, Severity.MINOR])
edges = st.floats(-1e6, 1e6).map(lambda edge: round(edge, 3))
limits = st.one_of(
    st.builds(Limit, severity=severities, below=edges), st.builds(Limit, severity=severities, above=edges)
)
options = st.lists(
    st.builds(Option, code=codes, label_en=words, label_es=words, severity=st.none() | severities),
    min_size=1, max_size=5, unique_by=lambda option: option.code,
)  # fmt: skip


@st.composite
def lines(draw):
    found = []
    for code in draw(st.lists(codes, min_size=1, max_size=6, unique=True)):
        type_ = draw(st.sampled_from([kind for kind in LineType if kind is not LineType.NEWER]))
        said = {"severity": draw(st.none() | severities)} if type_ in {LineType.PF, LineType.SCAN} else {}
        if type_ is LineType.PF:
            said |= {"na": draw(st.booleans()), "cji_severity": draw(st.none() | severities)}
        if type_ is LineType.CHOICE:
            said["options"] = tuple(draw(options))
        if type_ in rules.NUMERIC:
            said |= {
                "limits": tuple(draw(st.lists(limits, max_size=3))),
                "unit": draw(st.sampled_from(["", "d", "°F"])),
            }
        if type_ is LineType.SCAN:
            said["expect"] = draw(st.sampled_from(["", "tag", "serial"]))
        asked = [line for line in found if line.type is LineType.CHOICE]
        if asked and draw(st.booleans()):
            line = draw(st.sampled_from(asked))
            among = draw(st.lists(st.sampled_from([o.code for o in line.options]), min_size=1, unique=True))
            said |= {"when": Condition(line=line.code, among=tuple(among)), "cadence": line.cadence}
        else:
            said["cadence"] = draw(st.sampled_from([each for each in Cadence if each is not Cadence.NEWER]))
        found.append(
            Line(
                code=code, type=type_, label_en=draw(words), label_es=draw(words), hint_en=draw(st.just("") | words),
                hint_es=draw(st.just("") | words), required=draw(st.booleans()), **said,
            )
        )  # fmt: skip
    return tuple(found)


def told(wish):
    return CheckTemplate(
        id=wish.id, code=wish.code, version=1, state=TemplateState.DRAFT, kind=wish.kind, name_en=wish.name_en,
        name_es=wish.name_es, lines=wish.lines, updated_at=NOW,
    )  # fmt: skip


def back(data, id):
    return xlsform.template_from(xlsform.read_workbook(data), id, None, None)


@given(lines(), codes, words, words)
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read_back_the_same(of_it, code, english, spanish):
    assert list(rules.odd_lines(of_it)) == []
    wish = WriteTemplate(
        id=uuid.uuid4(), code=code, kind=AssetKind.MDT, name_en=english, name_es=spanish, lines=of_it
    )
    assert back(xlsform.write_workbook(told(wish)), wish.id) == wish


@pytest.mark.parametrize("wish", DEFAULTS, ids=lambda wish: wish.code)
def test_each_default_template_is_a_form_that_others_read(wish):
    data = xlsform.write_workbook(told(wish))
    assert back(data, wish.id) == wish
    warnings = []
    form = convert(io.BytesIO(data), warnings=warnings, file_type=".xlsx").xform
    assert warnings == []
    for line in wish.lines:
        assert f'ref="/data/{line.code}"' in form or f"/{line.code}" in form
        assert line.label_es.replace("&", "&amp;") in form


def workbook(survey, choices=(), settings=()):
    book = Workbook()
    book.remove(book.active)
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(by, data, **query):
    path = f"/v1/checks/templates/xlsform?id={query.pop('id', uuid.uuid4())}"
    path += "".join(f"&{name}={value}" for name, value in query.items())
    return by.call("POST", path, data=data, content_type=xlsform.MEDIA_TYPE)


def test_a_foreign_form_becomes_a_draft_as_far_as_we_can_ask_it(town, fay):
    data = workbook(
        [
            ["type", "name", "label::English (en)", "label::Spanish (es)", "required", "relevant"],
            ["start", "start"],
            ["note", "hello", "Look first.", "Mire primero."],
            ["select_one yes_no", "Fuel_OK", "Fuel is full", "Tanque lleno", "yes", None],
            ["integer", "miles", "Miles", None, "TRUE", "selected(${Fuel_OK}, 'yes')"],
            ["image", "sign", "Sign", "Firme", None, None],
        ],
        [["list_name", "name", "label"], ["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]],
        [["form_title", "form_id"], ["Vehicle", "vehicle_daily"]],
    )
    answer = send(fay, data, kind="vehicle")
    assert answer.status_code == 201, answer.get_json()
    made = answer.get_json()
    assert (made["code"], made["state"], made["kind"]) == ("vehicle-daily", "draft", "vehicle")
    fuel, miles, sign = made["lines"]
    assert (fuel["code"], fuel["type"], fuel["hint_es"]) == ("fuel-ok", "sel", "Mire primero.")
    assert miles["when"] == {"line": "fuel-ok", "among": ["yes"]}
    assert (miles["label_es"], miles["required"], sign["required"]) == ("Miles", True, False)


def test_what_can_not_be_asked_is_refused_by_row_and_column_and_nothing_is_taken(town, fay):
    data = workbook(
        [
            ["type", "name", "label", "relevant", "constraint", "calculation"],
            ["select_multiple tools", "tools", "Tools", None, None, None],
            ["begin_repeat", "again", "Again", None, None, None],
            ["geopoint", "place", "Place", None, None, None],
            ["integer", "miles", "Miles", "${tools} > 3", ". < 100000", "1 + 1"],
            ["select_one nothing", "x", "X", None, None, None],
            ["text", "x y", None, None, None, None],
        ]
    )
    refused = problem(send(fay, data, kind="vehicle", code="v"), 409, "import-refused")
    assert [error["pointer"] for error in refused["errors"]] == [
        "/survey/2/type", "/survey/3/type", "/survey/4/type", "/survey/5/constraint", "/survey/5/calculation",
        "/survey/5/relevant", "/survey/6/type", "/survey/7/name", "/survey/7/label",
    ]  # fmt: skip
    assert refused["errors"][0]["detail"] == "Row 2, column type: select_multiple can't be carried over"
    assert fay.get("/v1/checks/templates?state=draft").get_json()["items"] == []


def test_lines_that_do_not_go_together_are_refused_in_their_rows(town, fay):
    survey = [
        ["type", "name", "label", "relevant"],
        ["text", "a", "A", None],
        ["text", "a", "B", "${later} = 'x'"],
    ]
    refused = problem(send(fay, workbook(survey), kind="vehicle", code="v"), 409, "import-refused")
    assert [error["pointer"] for error in refused["errors"]] == ["/survey/3/name", "/survey/3/relevant"]


def test_what_is_no_workbook_is_refused(town, fay, gil):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    entity = io.BytesIO()
    with zipfile.ZipFile(entity, "w") as packed:
        packed.writestr("[Content_Types].xml", b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>')
    for data in (b"", b"PK\x03\x04", b"type,name,label", bomb.getvalue(), entity.getvalue(), workbook([])):
        problem(send(fay, data, kind="vehicle", code="v"), 409, "import-refused")
    problem(send(fay, workbook([["type", "name", "label"], ["text", "a", "A"]])), 409, "import-refused")
    problem(send(fay, b"x" * (xlsform.MOST_BYTES + 1)), 413, "too-large")
    problem(send(gil, b"x"), 403, "forbidden")


def test_an_export_of_a_template_is_imported_as_its_next_version(town, fay, gil):
    old = town.template(gil, "portable-radio")
    data = gil.get(f"/v1/checks/templates/{old['id']}/xlsform")
    assert (data.status_code, data.mimetype) == (200, xlsform.MEDIA_TYPE)
    id = uuid.uuid4()
    new = send(fay, data.get_data(), id=id).get_json()
    assert new["lines"] == old["lines"]
    assert (new["version"], new["state"], new["name_es"]) == (2, "draft", old["name_es"])
    assert send(fay, data.get_data(), id=id).get_json() == new
