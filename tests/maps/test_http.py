"""Limits, places and the pack over HTTP."""

import sqlite3

import pytest

from tests.cast import problem


@pytest.mark.parametrize(
    ("lat", "lon", "code", "ours"),
    [
        (29.7178, -95.4317, "westu", True),
        (29.7035, -95.4600, "bellaire", False),
        (29.7068, -95.4370, "southside-place", False),
        (29.7400, -95.4100, "elsewhere", False),
        (-33.9, 151.2, "elsewhere", False),
    ],
)
def test_whose_place_it_is_is_told_by_the_limits(nobody, lat, lon, code, ours):
    whose = nobody.get(f"/v1/maps/whose?lat={lat}&lon={lon}").get_json()

    assert (whose["code"], whose["ours"]) == (code, ours)
    assert ours or (whose["advice_en"] and whose["advice_es"])
    assert ours or any(contact["telephone"] for contact in whose["contacts"])


@pytest.mark.parametrize(
    "query", ["lat=91&lon=0", "lat=nan&lon=0", "lat=1", "lat=1&lon=x", "lat=1&lon=2&zip=77005"]
)
def test_a_point_off_earth_is_refused_by_its_field(nobody, query):
    document = problem(nobody.get(f"/v1/maps/whose?{query}"), 422, "invalid")
    assert document["errors"][0]["pointer"] in ("?lat", "?lon", "?zip")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("3800 univ blvd", "City Hall (also the Emergency Operations Center)"),
        ("edloe & univercity", "Edloe St & University Blvd"),
        ("hughs park", "Hughes Park"),
    ],
)
def test_places_are_found_as_people_type_them_on_the_server_and_in_the_pack_alike(
    nobody, typed, title, tmp_path
):
    from mobile.core.pack import Pack

    found = nobody.get("/v1/maps/places", query_string={"q": typed}).get_json()["items"]
    file = tmp_path / "pack"
    file.write_bytes(nobody.get("/v1/maps/pack").data)
    with Pack.open(file) as pack:
        offline = pack.find(typed)

    assert found[0]["title"] == title
    assert [hit["id"] for hit in found] == [hit.place.id for hit in offline]


def test_the_pack_is_fetched_once_and_then_known(nobody):
    first = nobody.get("/v1/maps/pack")
    again = nobody.get("/v1/maps/pack", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.data[:15]) == (200, b"SQLite format 3")
    assert (again.status_code, again.data) == (304, b"")


def test_the_pack_that_the_app_ships_with_is_what_the_city_pack_makes(nobody):
    from mobile.app import SHIPPED_PACK

    shipped = (
        sqlite3.connect(SHIPPED_PACK)
        .execute("SELECT value FROM metadata WHERE name = 'version'")
        .fetchone()[0]
    )

    assert nobody.get("/v1/maps/pack").headers["ETag"].strip('"') == shipped, (
        "renew it: `westu pack mobile/shipped/city.mbtiles`"
    )
    assert SHIPPED_PACK.stat().st_size < 2 * 1024 * 1024


def test_the_pack_holds_what_a_phone_needs_with_no_signal(nobody, tmp_path):
    file = tmp_path / "pack"
    file.write_bytes(nobody.get("/v1/maps/pack").data)
    pack = sqlite3.connect(file)

    documents = {name for (name,) in pack.execute("SELECT name FROM document")}
    zooms = {zoom for (zoom,) in pack.execute("SELECT DISTINCT zoom_level FROM tiles")}
    assert documents == {"city", "request_types"}
    assert zooms == {12, 13, 14, 15, 16}
    assert pack.execute("SELECT count(*) FROM place WHERE kind = 'intersection'").fetchone()[0] > 100
    assert pack.execute("SELECT name FROM outline WHERE ours").fetchall() == [("West University Place",)]
