"""Finding a type of request by what people call it."""

import json
from pathlib import Path

import pytest

from mobile.core.pack import Pack
from shared_models.finding import TypeIndex
from shared_models.service_requests import RequestTypes


@pytest.fixture(scope="module")
def index():
    with Pack.open(Path("mobile/shipped/city.mbtiles")) as pack:
        return TypeIndex(RequestTypes.read(json.loads(pack.document("request_types"))).items)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hole in road", "pothole"),
        ("Pothle", "pothole"),
        ("poth", "pothole"),
        ("hoyo en la calle", "pothole"),
        ("street light", "street-light-out"),
        ("se fue la luz", "electricity"),
        ("bees", "bees-private-property"),
        ("abejas", "bees-private-property"),
        ("ARBOL", "unsafe-tree"),
        ("agua sucia", "discolored-water"),
        ("my neighbor dog is loud", "barking-dog"),
        ("missed trash", "missed-trash"),
    ],
)
def test_what_people_call_it_finds_it_first(index, typed, meant):
    assert index.search(typed)[0].code == meant


def test_nothing_typed_is_everything_and_nonsense_is_nothing(index):
    assert index.search("  ") == index.types
    assert index.search("zzzzqqq") == []


def test_an_index_of_nothing_finds_nothing():
    assert TypeIndex([]).search("hole") == []
