"""Templates in versions, schedules and shifts: who writes them, what never changes, what phones get."""

import uuid

import pytest

from backend.checks import load_defaults
from backend.checks.templates import read_defaults
from backend.worker import in_transaction
from shared_models.assets import AssetKind, Severity
from shared_models.templates import Cadence, LineType
from tests.cast import problem
from tests.checks.town import ZONE

DEFAULTS = {template.code: (template, due) for template, due in read_defaults()}


def line(code="a", type="pf", **said):
    return {"code": code, "type": type, "label_en": "A", "label_es": "A", **said}


def written(*lines, code="pump", kind="other", **said):
    return {
        "id": str(uuid.uuid4()), "code": code, "kind": kind, "name_en": "Pump", "name_es": "Bomba",
        "lines": list(lines or [line()]), **said,
    }  # fmt: skip


def begun(by, sent):
    answer = by.post("/v1/checks/templates", sent)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def in_force(by, id):
    return by.post(f"/v1/checks/templates/{id}/put-in-force")


def held(by, kind):
    changes, *_ = by.pull()
    return {change["id"]: change["value"] for change in changes if change["kind"] == kind and change["value"]}


# ── the product's own ────────────────────────────────────────────────────────────────────────────────────


def test_the_default_templates_are_all_there_in_both_languages_and_begin_with_a_scan():
    assert set(DEFAULTS) == {
        "portable-radio", "mobile-radio", "mdt", "body-camera", "dock", "dash-camera", "door-reader",
        "surveillance-camera", "panic-button", "ups", "phone", "tablet", "network",
    }  # fmt: skip
    for template, due in DEFAULTS.values():
        assert template.lines[0].type is LineType.SCAN
        assert due
        for each in template.lines:
            assert each.label_en
            assert each.label_es
            assert (each.label_en != each.label_es) or each.code == "imei"
        asked = {each.cadence for each in template.lines}
        assert asked == {schedule.cadence for schedule in due}


@pytest.mark.parametrize(
    ("code", "line", "value", "severity"),
    [
        ("portable-radio", "battery", "29", "critical"),
        ("portable-radio", "battery", "79", "major"),
        ("portable-radio", "test-call", "2", "critical"),
        ("portable-radio", "test-call", "3", "major"),
        ("portable-radio", "spare-battery", "fail", "minor"),
        ("portable-radio", "encryption", "fail", "critical"),
        ("mobile-radio", "transmits", "fail", "critical"),
        ("mdt", "mount", "loose", "critical"),
        ("mdt", "mount", "poor", "major"),
        ("mdt", "network", "none", "critical"),
        ("mdt", "battery", "49", "major"),
        ("body-camera", "battery", "49", "critical"),
        ("body-camera", "battery", "89", "major"),
        ("body-camera", "storage", "79", "major"),
        ("dash-camera", "sound", "fail", "critical"),
        ("dash-camera", "microphone-charge", "79", "major"),
        ("door-reader", "log-delay", "6", "major"),
        ("network", "backup-age", "8", "major"),
        ("phone", "mdm-age", "8", "major"),
        ("phone", "patch-age", "31", "major"),
    ],
)
def test_limits_and_severities_are_those_of_the_table(code, line, value, severity):
    from shared_models.verdicts import failing

    [asked] = [each for each in DEFAULTS[code][0].lines if each.code == line]
    assert failing(asked, value) == Severity(severity)


def test_loading_them_again_changes_nothing_and_never_what_a_city_wrote(town, fay, gil):
    before = held(gil, "check_template")
    assert len(before) == len(DEFAULTS)
    assert len(held(gil, "check_schedule")) == sum(len(due) for _, due in DEFAULTS.values())
    in_transaction(lambda: load_defaults(ZONE))
    assert held(gil, "check_template") == before

    own = begun(fay, written(code="dock", kind="dock"))
    in_force(fay, own["id"])
    in_transaction(lambda: load_defaults(ZONE))
    assert town.template(gil, "dock")["id"] == own["id"]


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_seen_by_those_who_write_templates_until_it_is_in_force(town, fay, gil, alice):
    sent = written()
    draft = begun(fay, sent)
    assert (draft["version"], draft["state"]) == (1, "draft")
    assert begun(fay, sent) == draft
    path = f"/v1/checks/templates/{draft['id']}"
    assert fay.get(path).get_json() == draft
    problem(gil.get(path), 404, "not-found")
    assert draft["id"] in held(fay, "check_template")
    assert draft["id"] not in held(gil, "check_template")
    problem(gil.post("/v1/checks/templates", written()), 403, "forbidden")
    problem(alice.get("/v1/checks/templates"), 403, "forbidden")

    assert in_force(fay, draft["id"]).get_json()["state"] == "in-force"
    assert held(gil, "check_template")[draft["id"]]["state"] == "in-force"


def test_a_version_that_was_in_force_never_changes_and_the_next_takes_its_place(town, fay, gil):
    first = begun(fay, written())
    path = f"/v1/checks/templates/{first['id']}/change"
    changed = fay.post(path, written(line(), line("b"))).get_json()
    assert [each["code"] for each in changed["lines"]] == ["a", "b"]
    problem(fay.post(path, written(code="other")), 422, "invalid")
    in_force(fay, first["id"])
    problem(fay.post(path, written()), 409, "state-not-next")

    second, third = begun(fay, written(line("c"))), begun(fay, written(line("d")))
    assert (second["version"], third["version"]) == (2, 3)
    assert in_force(fay, third["id"]).status_code == 200
    assert in_force(fay, third["id"]).get_json()["state"] == "in-force"
    problem(in_force(fay, second["id"]), 409, "state-not-next")
    problem(in_force(fay, first["id"]), 409, "state-not-next")
    assert first["id"] not in held(gil, "check_template")
    states = {
        row["version"]: row["state"] for row in fay.get("/v1/checks/templates?code=pump").get_json()["items"]
    }
    assert states == {1: "replaced", 2: "draft", 3: "in-force"}


def test_a_check_by_the_version_before_is_still_taken(town, fay, gil):
    thing = town.thing("dock")
    part = town.part(gil, thing, "dock", cadences=("daily",))
    new = begun(fay, written(code="dock", kind="dock"))
    in_force(fay, new["id"])
    assert town.done(gil, town.check(part))["parts"][0]["template_version"] == 1
    draft = begun(fay, written(code="dock", kind="dock"))
    unknown = {**part, "template_version": draft["version"]}
    problem(gil.post("/v1/checks/", town.check(unknown)), 409, "template-unknown")


def test_lines_that_do_not_go_together_are_refused_in_their_places(town, fay):
    sent = written(
        line(),
        line(severity="critical"),
        line("b", "sel"),
        line("c", "txt", limits=[{"severity": "major", "below": 1}]),
        line("d", "num", limits=[{"severity": "major"}]),
        line("e", when={"line": "z", "among": ["pass"]}),
        line("f", when={"line": "a", "among": ["yes"]}),
        line("g", cadence="weekly", when={"line": "a", "among": ["pass"]}),
        line("h", "txt", na=True, expect="tag"),
    )
    errors = {
        each["pointer"] for each in problem(fay.post("/v1/checks/templates", sent), 422, "invalid")["errors"]
    }
    assert errors == {
        "/lines/1/code", "/lines/2/options", "/lines/3/limits", "/lines/4/limits", "/lines/5/when", "/lines/6/when",
        "/lines/7/when", "/lines/8/na", "/lines/8/expect",
    }  # fmt: skip


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_schedules_are_written_by_id_and_told_to_whom_they_concern(town, fay, gil, make):
    hal = make.person("hal", role="crew", department="fire")
    id = str(uuid.uuid4())
    sent = {"template": "dock", "cadence": "weekly", "department": "police", "kits": False}
    first = fay.put(f"/v1/checks/schedules/{id}", sent)
    assert first.status_code == 200
    assert id in held(gil, "check_schedule")
    assert id not in held(hal, "check_schedule")
    assert id in {each["id"] for each in gil.get("/v1/checks/schedules").get_json()["items"]}
    fay.put(f"/v1/checks/schedules/{id}", {**sent, "active": False})
    assert held(gil, "check_schedule")[id]["active"] is False
    problem(fay.put(f"/v1/checks/schedules/{uuid.uuid4()}", sent), 409, "already-there")
    for wrong in ({"template": "none"}, {"department": "none"}, {"cadence": "shift-start"}):
        problem(fay.put(f"/v1/checks/schedules/{uuid.uuid4()}", {**sent, **wrong}), 422, "invalid")
    problem(gil.put(f"/v1/checks/schedules/{id}", sent), 403, "forbidden")


def test_shifts_are_written_changed_and_ended(town, fay, gil, sue, make):
    id = str(uuid.uuid4())
    sent = {
        "department": "police",
        "code": "day",
        "name_en": "Day",
        "name_es": "Día",
        "starts": "07:00",
        "hours": 12,
    }
    assert fay.put(f"/v1/checks/shifts/{id}", sent).get_json()["starts"] == "07:00"
    fay.put(f"/v1/checks/shifts/{id}", {**sent, "starts": "06:30"})
    assert held(gil, "shift")[id]["starts"] == "06:30"
    assert [each["id"] for each in sue.get("/v1/checks/shifts").get_json()["items"]] == [id]
    problem(sue.put(f"/v1/checks/shifts/{id}", sent), 403, "forbidden")
    problem(fay.put(f"/v1/checks/shifts/{uuid.uuid4()}", sent), 409, "already-there")
    problem(fay.put(f"/v1/checks/shifts/{id}", {**sent, "starts": "25:00"}), 422, "invalid")
    assert fay.delete(f"/v1/checks/shifts/{id}").status_code == 204
    problem(fay.delete(f"/v1/checks/shifts/{id}"), 404, "not-found")
    assert held(gil, "shift") == {}


def test_every_kind_of_the_table_has_its_template_and_every_cadence_its_lines():
    kinds = {template.kind for template, _ in DEFAULTS.values()}
    assert {AssetKind.MDT, AssetKind.BODY_CAMERA, AssetKind.UPS, AssetKind.TABLET} <= kinds
    asked = {each.cadence for template, _ in DEFAULTS.values() for each in template.lines}
    assert asked == set(Cadence) - {Cadence.NEWER}
