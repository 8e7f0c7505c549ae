"""Layers over HTTP: what is told of each, and to whom."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from shared_models.layers import Whom
from tests.cast import problem
from tests.maps.layers import a_layer


@pytest.fixture
def layers(app):
    """A layer for each kind of person."""
    return {
        "public": a_layer("hydrants"),
        "staff": a_layer("valves", seen_by=Whom.STAFF),
        "fire": a_layer("standpipes", seen_by=Whom.DEPARTMENT, department="fire"),
    }


def names(caller):
    return {
        layer["name"]
        for layer in caller.get("/v1/maps/layers/").get_json()["items"]
        if layer["name"] in {"hydrants", "valves", "standpipes"}
    }


def test_a_layer_is_told_to_those_for_whom_it_is_and_is_nothing_to_others(layers, make, nobody):
    crew = make.person("crew", role="crew", department="fire")
    other = make.person("other", role="crew", department="police")
    resident = make.person("resident")

    assert names(nobody) == names(resident) == {"hydrants"}
    assert names(other) == {"hydrants", "valves"}
    assert names(crew) == names(make.person("admin", role="admin")) == {"hydrants", "valves", "standpipes"}
    id_, _ = layers["fire"]
    assert crew.get(f"/v1/maps/layers/{id_}").get_json()["name"] == "standpipes"
    for who in (nobody, resident, other):
        problem(who.get(f"/v1/maps/layers/{id_}"), 404, "not-found")


def test_a_layer_says_what_it_holds_and_where(layers, nobody):
    id_, _ = layers["public"]
    answer = nobody.get(f"/v1/maps/layers/{id_}")

    layer = answer.get_json()
    assert (layer["count"], layer["edition"], layer["title_field"]) == (5, 1, "label")
    assert [round(edge, 6) for edge in layer["bounds"]] == [-95.431, 29.716, -95.427, 29.716]
    assert [field["name"] for field in layer["fields"]] == ["label", "flow"]
    again = nobody.get(f"/v1/maps/layers/{id_}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_pages_links_say_what_was_asked_whatever_signs_are_in_it(app, nobody):
    _, numbers = a_layer()
    said = {"q": "H & ñ+1/2=%", "limit": "2", "properties": "label,flow", "label": ""}

    def asked(**query):
        page = nobody.get("/ogc/collections/hydrants/items", query_string=query).get_json()
        queries = {link["rel"]: urlsplit(link["href"]).query for link in page["links"]}
        return {rel: dict(parse_qsl(query, keep_blank_values=True)) for rel, query in queries.items()}

    assert asked(**said)["self"] == said
    assert asked(**said)["alternate"] == said | {"f": "html"}
    assert asked(limit="2", after="1")["next"] == {"limit": "2", "after": str(numbers[2])}
