"""Lists of things: filters on every field, chosen fields, search, and pages; who sees which."""

import uuid

import pytest

from shared_models.assets import Asset
from shared_models.wire import wire_fields
from tests.cast import problem

LIST = "/v1/assets/"


def tags(caller, **query):
    answer = caller.get(LIST, query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return sorted(item["tag"] for item in answer.get_json()["items"])


def pointers(answer):
    return [error["pointer"] for error in answer.get_json()["errors"]]


@pytest.fixture
def shelf(make, tess):
    """Four things that differ in everything."""
    make.asset(tess, tag="A-1", serial="100%", name="Alpha", fields={"radio_id": "7001", "alias": "PD One"})
    make.asset(
        tess, tag="A-2", kind="mdt", name="beta", battery=40, data_class="cji", fields={"mac": "001B44113AB7"}
    )
    make.asset(
        tess, tag="A-3", kind="ups", department="public-works", patched_on="2026-01-02", fields={"load": 35}
    )
    make.asset(tess, tag="A-4", kind="ups", state="ordered", pool=True, battery=90, fields={"load": 80.5})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "mdt"}, ["A-2"]),
        ({"kind__not": "mdt"}, ["A-1", "A-3", "A-4"]),
        ({"kind__in": "mdt,portable-radio"}, ["A-1", "A-2"]),
        ({"state": "ordered"}, ["A-4"]),
        ({"state__in": "stock,lost", "kind": "ups"}, ["A-3"]),
        ({"tag": "A-1"}, ["A-1"]),
        ({"tag__in": "A-1,A-4"}, ["A-1", "A-4"]),
        ({"name__ic": "ALPH"}, ["A-1"]),
        ({"name__not": "Alpha"}, ["A-2", "A-3", "A-4"]),
        ({"name__empty": "true"}, ["A-3", "A-4"]),
        ({"serial__ic": "0%"}, ["A-1"]),
        ({"serial__ic": "1%0"}, []),
        ({"battery__gte": "50"}, ["A-4"]),
        ({"battery__lte": "50"}, ["A-2"]),
        ({"battery__in": "40,90"}, ["A-2", "A-4"]),
        ({"battery__not": "40"}, ["A-1", "A-3", "A-4"]),
        ({"battery__empty": "true"}, ["A-1", "A-3"]),
        ({"pool": "true"}, ["A-4"]),
        ({"patched_on__gte": "2026-01-01"}, ["A-3"]),
        ({"patched_on__empty": "false"}, ["A-3"]),
        ({"made_at__gte": "2020-01-01T00:00:00Z", "tag": "A-1"}, ["A-1"]),
        ({"made_at__lte": "2020-01-01T00:00:00Z"}, []),
        ({"where__empty": "true", "tag": "A-1"}, ["A-1"]),
        ({"department": "public-works"}, ["A-3"]),
        ({"model_id__empty": "false"}, []),
        ({"model_id": "6d1b2f60-7a1c-4b0e-9a53-0c8f4c1de001"}, []),
        ({"version__gte": "2"}, []),
        ({"fields.radio_id": "7001"}, ["A-1"]),
        ({"fields.radio_id__not": "7001"}, ["A-2", "A-3", "A-4"]),
        ({"fields.radio_id__in": "7001,7002"}, ["A-1"]),
        ({"fields.radio_id__empty": "false"}, ["A-1"]),
        ({"fields.alias__ic": "pd o"}, ["A-1"]),
        ({"fields.load__gte": "40"}, ["A-4"]),
        ({"fields.load__lte": "80.5"}, ["A-3", "A-4"]),
        ({"q": "alpha 7001"}, ["A-1"]),
        ({"q": "100%"}, ["A-1"]),
        ({"q": "alpha beta"}, []),
        ({"q": "001b44113ab7"}, ["A-2"]),
    ],
    ids=str,
)
def test_each_filter_leaves_what_it_says(shelf, tess, query, found):
    assert tags(tess, **query) == found


def test_each_field_of_a_thing_can_be_filtered_by(house):
    spec = house.test_client().get("/openapi.json").get_json()
    named = {each["name"] for each in spec["paths"]["/v1/assets/"]["get"]["parameters"] if "name" in each}
    for field in wire_fields(Asset):
        assert any(name.split("__")[0].split(".")[0] == field for name in named), field


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"colour": "red"}, "?colour"),
        ({"kind": "spoon"}, "?kind"),
        ({"kind__in": "mdt,spoon"}, "?kind__in"),
        ({"kind__gte": "mdt"}, "?kind__gte"),
        ({"battery__gte": "half"}, "?battery__gte"),
        ({"patched_on": "yesterday"}, "?patched_on"),
        ({"fields.colour": "red"}, "?fields.colour"),
        ({"fields.radio_id__like": "7"}, "?fields.radio_id__like"),
        ({"fields.load__gte": "many"}, "?fields.load__gte"),
        ({"name.first": "x"}, "?name.first"),
        ({"fields": "tag,colour"}, "?fields"),
        ({"limit": "1000"}, "?limit"),
        ("kind=mdt&kind=ups", "?kind"),
    ],
    ids=str,
)
def test_a_filter_that_nobody_knows_is_refused_by_its_name(shelf, tess, query, pointer):
    refused = tess.get(LIST, query_string=query)
    problem(refused, 422, "invalid")
    assert {each.split("/")[0] for each in pointers(refused)} == {pointer}


def test_a_field_of_a_model_can_be_filtered_by(make, tess):
    spec = {"code": "bank", "label_en": "Bank", "label_es": "Banco", "type": "text"}
    model = make.model(tess, make="Kenwood", fields=[spec])
    make.asset(tess, tag="K-1", model_id=model["id"], fields={"bank": "North"})
    make.asset(tess, tag="K-2", model_id=model["id"], fields={"bank": "South"})
    assert tags(tess, **{"fields.bank": "North"}) == ["K-1"]
    assert tags(tess, q="kenwood") == ["K-1", "K-2"]
    assert tags(tess, q="kenwood south") == ["K-2"]


def test_the_fields_of_an_answer_can_be_chosen_and_pages_still_follow(shelf, tess):
    page = tess.get(LIST, query_string={"fields": "tag,state", "limit": 3}).get_json()
    assert [set(item) for item in page["items"]] == [{"id", "tag", "state", "updated_at"}] * 3
    rest = tess.get(LIST, query_string={"fields": "tag,state", "after": page["next"]}).get_json()
    assert sorted(item["tag"] for item in (*page["items"], *rest["items"])) == ["A-1", "A-2", "A-3", "A-4"]
    assert rest["next"] is None


def test_a_crew_member_sees_the_things_of_their_department_and_a_resident_none(
    shelf, make, kim, dan, alice, nobody
):
    assert tags(kim) == ["A-1", "A-2", "A-4"]
    assert tags(dan) == ["A-3"]
    other = kim.get(LIST, query_string={"department": "public-works"}).get_json()["items"]
    assert other == []
    problem(alice.get(LIST), 403, "forbidden")
    problem(nobody.get(LIST), 401, "sign-in")
    id = dan.get(LIST).get_json()["items"][0]["id"]
    problem(kim.get(f"/v1/assets/{id}"), 404, "not-found")
    problem(kim.get(f"/v1/assets/{id}/changes"), 404, "not-found")
    assert kim.get("/v1/assets/scan?code=A-3").get_json()["items"] == []
    assert kim.get("/v1/assets/look-up?q=A-3").get_json()["items"] == []


def test_who_keeps_one_departments_register_writes_in_no_other(make, tess):
    pat = make.person("pat", role="technician", department="police")
    other = make.asset(tess, department="public-works")
    mine = make.asset(pat)
    wish = {"id": str(uuid.uuid4()), "tag": "X-1", "kind": "ups", "department": "public-works"}
    refused = pat.post(LIST, wish)
    problem(refused, 422, "invalid")
    assert pointers(refused) == ["/department"]
    match = {"If-Match": '"1"'}
    problem(pat.patch(f"/v1/assets/{other['id']}", {"note": "x"}, headers=match), 404, "not-found")
    problem(
        pat.patch(f"/v1/assets/{mine['id']}", {"department": "public-works"}, headers=match), 422, "invalid"
    )
    problem(pat.post(f"/v1/assets/{other['id']}/move", {"state": "out-of-service"}), 404, "not-found")
