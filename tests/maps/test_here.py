"""What is here: the nearest features of every layer that somebody may see, as SQL says it of each asked directly."""

import pytest
from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import POINTS, a_layer, feature
from tests.statements import statements

LON, LAT = -95.4305, 29.7160
POINT = {"lat": LAT, "lon": LON}
NEAR = text("""
    SELECT layer.name, feature.id,
           round(ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography)::numeric, 1) AS away
    FROM feature JOIN layer ON layer.edition_id = feature.edition_id
    WHERE ST_DWithin(geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :within)
    ORDER BY away, layer.name, feature.id::text
""")


def square(west, south, side, **props):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return feature({"type": "Polygon", "coordinates": [ring]}, **props)


@pytest.fixture
def layers(app):
    line = feature({"type": "LineString", "coordinates": [POINTS[0], POINTS[4]]}, label="Main 6")
    areas = [
        square(-95.4312, 29.7155, 0.002, label="P-1", flow=3),
        square(-95.4400, 29.7300, 0.001, label="P-2"),
    ]
    a_layer()
    a_layer("mains", [line], geometry=Geometry.LINE)
    a_layer("parcels", areas, geometry=Geometry.AREA)
    a_layer("valves", seen_by=Whom.STAFF)


def here(who, **asked):
    return who.get("/v1/maps/here", query_string={"lat": LAT, "lon": LON} | asked)


def test_what_is_here_is_what_sql_says_nearest_first(layers, make):
    staff = make.person("crew", role="crew", department="fire")
    for within in (0, 10, 48, 60, 200, 1000):
        told = here(staff, within=within, limit=50, layers="hydrants,mains,parcels,valves").get_json()
        asked = {"lon": LON, "lat": LAT, "within": within}
        found = in_transaction(lambda asked=asked: [tuple(row) for row in db().execute(NEAR, asked)])
        assert [(each["layer"], int(each["id"]), each["metres"]) for each in told["items"]] == [
            (name, id, float(away)) for name, id, away in found
        ]
    assert len(found) > 10


def test_it_tells_whose_place_it_is_and_all_fields_of_the_layers_that_are_wanted(layers, nobody):
    told = here(nobody, layers="parcels,valves,none", within=5).get_json()
    assert told["whose"]["ours"] is True
    [parcel] = told["items"]
    assert (parcel["layer"], parcel["title"], parcel["metres"]) == ("parcels", "P-1", 0)
    assert parcel["properties"] == {"label": "P-1", "flow": 3}
    assert -95.4312 < parcel["where"]["lon"] < -95.4292
    assert [each["layer"] for each in here(nobody, within=1000, limit=1).get_json()["items"]] == [
        "mains", "parcels", "hydrants", "facilities",
    ]  # fmt: skip
    assert here(nobody, layers="", within=50).get_json()["items"] == []
    problem(here(nobody, within=1001), 422, "invalid")
    problem(here(nobody, lat=91), 422, "invalid")


def test_far_from_the_city_nobody_is_named_whose_place_it_would_be(layers, nobody):
    for lat, lon, named in (
        (29.76, -95.36, True),
        (48.2, 16.37, False),
        (-29.7, -95.4, False),
        (90, 0, False),
    ):
        told = here(nobody, lat=lat, lon=lon).get_json()["whose"]
        page = nobody.get("/map/", query_string={"at": f"{lat},{lon}"}).data.decode()
        for said in (told["advice_en"], page):
            assert "outside West University Place" in said
            assert ("Houston" in said) is named
        assert bool(told["contacts"]) <= named


def test_who_may_not_see_a_layer_is_told_nothing_of_it(layers, make, nobody):
    def names(who):
        return {each["layer"] for each in here(who, within=200).get_json()["items"]}

    assert names(nobody) == names(make.person("resident")) == {"hydrants", "mains", "parcels"}
    assert names(make.person("desk", role="desk")) == {"hydrants", "mains", "parcels", "valves"}


def test_what_domains_hand_down_is_here_too_for_those_who_may_see_it(make, alice, bob, nobody):
    made = make.request(by=alice, where=POINT)
    asked = {"within": 0, "layers": "requests,facilities,devices"}

    [told] = here(alice, **asked).get_json()["items"]
    assert (told["layer"], told["id"], told["title"]) == ("requests", made["id"], made["number"])
    assert told["properties"]["type"] == made["type"]
    assert here(bob, **asked).get_json()["items"] == here(nobody, **asked).get_json()["items"] == []
    [near] = here(nobody, layers="facilities", within=1000, limit=1).get_json()["items"]
    nearest = text("""SELECT id FROM place WHERE kind = 'facility' ORDER BY
        "where"::geography <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography LIMIT 1""")
    assert near["id"] == in_transaction(lambda: db().scalar(nearest, {"lon": LON, "lat": LAT}))


def test_it_asks_one_statement_however_many_layers_there_are(layers, nobody):
    with statements() as before:
        here(nobody, within=100)
    for number in range(5):
        a_layer(f"more-{number}")
    with statements() as after:
        assert len(here(nobody, within=100).get_json()["items"]) > 5
    assert len(after) == len(before)
