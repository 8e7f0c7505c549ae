"""How readings run, which models fail again and again, and which checks were done."""

import uuid
from datetime import timedelta

from backend.assets.tables import ModelRow
from backend.core.actor import db
from backend.core.clock import now
from backend.worker import in_transaction
from tests.cast import problem


def weeks(town, by, thing, values):
    for ago, value in values:
        part = town.part(by, thing, "portable-radio", cadences=("quarterly",), battery_health=str(value))
        town.done(by, town.check(part, ago=timedelta(weeks=ago)))


def test_a_battery_that_fades_has_a_slope_in_percent_a_week(town, gil, make):
    thing = town.thing("portable-radio")
    weeks(town, gil, thing, [(3, 90), (1, 86), (2, 88), (0, 84), (30, 100)])
    path = f"/v1/checks/trend?asset_id={thing}&line=battery-health"
    told = gil.get(path).get_json()
    assert [point["value"] for point in told["points"]] == [90, 88, 86, 84]
    assert abs(told["slope"] + 2) < 0.01
    assert gil.get(f"{path}&days=1").get_json()["slope"] is None
    assert gil.get(f"/v1/checks/trend?asset_id={thing}&line=portable-radio:battery-health").get_json()[
        "points"
    ]
    problem(make.person("hal", role="crew", department="fire").get(path), 404, "not-found")


def test_models_that_fail_again_and_again_stand_first(town, gil, fay):
    models = {name: uuid.uuid4() for name in ("good", "bad")}

    def make():
        for name, id in models.items():
            db().add(
                ModelRow(
                    id=id, kind="portable-radio", make="M", name=name, fields=[], approved_firmware="", note="",
                    updated_at=now(),
                )
            )  # fmt: skip

    in_transaction(make)
    for name, failures in (("good", ["body"]), ("bad", ["body", "controls"]), ("bad", ["body"])):
        thing = town.thing("portable-radio", model_id=models[name])
        said = {line: {"value": "fail", "note": "Broken"} for line in failures}
        town.done(gil, town.check(town.part(gil, thing, "portable-radio", **said)))
    told = gil.get("/v1/checks/repeats?days=7").get_json()["items"]
    assert [(each["model"], each["things"], each["faults"], each["repeated"]) for each in told] == [
        ("bad", 2, 3, 1),
        ("good", 1, 1, 0),
    ]
    assert fay.get("/v1/checks/repeats?kind=mdt").get_json()["items"] == []


def test_checks_are_listed_by_unit_by_thing_and_by_failure(town, gil, sue, make):
    kit, things = town.kit()
    fine = town.done(gil, town.check(town.part(gil, things["mdt"], "mdt"), kit=kit, ago=timedelta(hours=1)))
    dim = {"value": "fail", "note": "Dim"}
    bad = town.done(gil, town.check(town.part(gil, things["mobile-radio"], "mobile-radio", speaker=dim)))

    def ids(**query):
        return [each["id"] for each in sue.get("/v1/checks/", query_string=query).get_json()["items"]]

    assert ids() == [bad["id"], fine["id"]]
    assert ids(kit_id=kit) == [fine["id"]]
    assert ids(asset_id=things["mobile-radio"]) == ids(failed="true") == [bad["id"]]
    hal = make.person("hal", role="crew", department="fire")
    assert hal.get("/v1/checks/").get_json()["items"] == []
    problem(hal.get(f"/v1/checks/{bad['id']}"), 404, "not-found")
