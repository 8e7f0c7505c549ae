"""The map of those who work, over 10,000 requests: the dots in a box are those that lie in it."""

import pytest

from tests.history import plan_of, whole_city

MAP = "/v1/service-requests/work/map"
WORLD = {"west": -180, "south": -90, "east": 180, "north": 90}


@pytest.fixture(scope="module", params=["Los Angeles", "made"])
def city(request, house, sweeper, settings, tmp_path_factory):
    yield from whole_city(house, sweeper, settings, tmp_path_factory.mktemp("city"), request.param)


@pytest.fixture(scope="module")
def middle(city):
    """A box around a twentieth of the requests' spread."""
    west, south, east, north = city.ask(
        """SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent("where") AS e FROM request) AS t"""
    )[0]
    width, height = (east - west) / 20, (north - south) / 20
    x, y = city.ask("""SELECT avg(ST_X("where")), avg(ST_Y("where")) FROM request""")[0]
    return {"west": x - width, "south": y - height, "east": x + width, "north": y + height}


INSIDE = 'ST_X("where") BETWEEN :west AND :east AND ST_Y("where") BETWEEN :south AND :north'


def dots(city, box, **wanted):
    answer = city.carol.get(MAP, query_string={**box, **wanted})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_a_box_holds_the_requests_that_lie_in_it(city, middle):
    told = dots(city, middle, limit=5000)

    rows = city.ask(
        f'SELECT id, type, status, ST_Y("where"), ST_X("where") FROM request WHERE {INSIDE}', **middle
    )
    assert 10 < len(rows) < 5000
    assert not told["more"]
    assert {
        (d["id"], d["type"], d["status"], d["where"]["lat"], d["where"]["lon"]) for d in told["items"]
    } == {(str(id), type, status, lat, lon) for id, type, status, lat, lon in rows}


def test_what_has_no_place_is_on_no_map_but_in_the_list(city):
    nowhere = city.count('"where" IS NULL')
    assert nowhere in {11, 12}
    id, key = city.ask("""SELECT id, import_key FROM request WHERE "where" IS NULL ORDER BY id LIMIT 1""")[0]

    assert str(id) not in {dot["id"] for dot in dots(city, WORLD, limit=5000)["items"]}
    listed = city.carol.get("/v1/service-requests/work", query_string={"q": key}).get_json()["items"]
    assert [(item["id"], item["where"]) for item in listed] == [(str(id), None)]


def test_more_than_fit_are_the_newest_and_say_so(city):
    told = dots(city, WORLD, limit=100)

    newest = city.ask(
        """SELECT id FROM request WHERE "where" IS NOT NULL ORDER BY opened_at DESC, id DESC LIMIT 100"""
    )
    assert told["more"] is True
    assert [dot["id"] for dot in told["items"]] == [str(row[0]) for row in newest]


def test_filters_hold_on_the_map_too(city):
    type = city.ask("SELECT type FROM request GROUP BY type ORDER BY count(*) LIMIT 1")[0][0]

    assert len(dots(city, WORLD, open="true")["items"]) == city.count(
        """status <> 'closed' AND "where" IS NOT NULL"""
    )
    of_type = city.count("""type = :type AND "where" IS NOT NULL""", type=type)
    assert len(dots(city, WORLD, type=type, limit=5000)["items"]) == of_type


def test_a_crew_sees_its_department_s_dots_alone(city, middle):
    told = city.dan.get(MAP, query_string={**middle, "limit": 5000}).get_json()["items"]

    assert len(told) == city.count(f"department = 'solid-waste' AND {INSIDE}", **middle)


def test_a_box_uses_the_index_of_places(city, middle):
    query = "&".join(f"{side}={degrees}" for side, degrees in middle.items())

    assert "ix_request_where" in plan_of(city.app, city.carol, f"{MAP}?{query}")


@pytest.mark.parametrize(
    "box", [{**WORLD, "west": "nan"}, {**WORLD, "north": 91}, {"west": 1, "south": 1, "east": 2}]
)
def test_a_box_that_is_none_is_refused(city, box):
    assert city.carol.get(MAP, query_string=box).status_code == 422
