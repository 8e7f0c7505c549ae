"""Whether a place lies in an area: the phone's sum, and that of its Java service, are one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mobile.core.area import MICRO, inside, read_place, written
from shared_models.basics import Point
from shared_models.places import point_in_polygon

SQUARE = [(29.71, -95.44), (29.71, -95.42), (29.73, -95.42), (29.73, -95.44)]
HOLLOW = [(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0), (3.0, 0.0), (3.0, 3.0), (1.0, 3.0), (1.0, 0.0)]
"""A C: its mouth is not within."""
TABLE = [
    ((29.72, -95.43), SQUARE, True),
    ((29.72, -95.45), SQUARE, False),
    ((29.72, -95.41), SQUARE, False),
    ((29.74, -95.43), SQUARE, False),
    ((29.71, -95.43), SQUARE, True),  # on each edge
    ((29.73, -95.43), SQUARE, True),
    ((29.72, -95.44), SQUARE, True),
    ((29.72, -95.42), SQUARE, True),
    ((29.71, -95.44), SQUARE, True),  # on a corner
    ((29.709999, -95.43), SQUARE, False),  # a step of a tenth of a metre beside the edge
    ((29.71, -95.440001), SQUARE, False),
    ((2.0, 1.0), HOLLOW, False),
    ((2.0, 3.5), HOLLOW, True),
    ((2.0, 3.0), HOLLOW, True),
    ((1.0, -1.0), HOLLOW, False),  # level with corners, where a ray meets two edges at once
    ((3.0, -1.0), HOLLOW, False),
    ((0.5, 0.5), HOLLOW, True),
    ((29.72, -95.43), SQUARE[:2], False),  # no area
    ((29.72, -95.43), [], False),
]
"""(place, corners, whether it is within): `tests/packaged` asks the Java the same."""


def points(corners):
    return [Point(lat=lat, lon=lon) for lat, lon in corners]


@pytest.mark.parametrize(("place", "corners", "within"), TABLE)
def test_a_place_is_within_an_area_or_on_its_edge_or_outside(place, corners, within):
    assert inside(place, points(corners)) is within
    assert inside(place, points(corners[::-1])) is within
    assert inside(place, points([*corners[2:], *corners[:2]])) is within
    if corners:
        assert inside(place, points([*corners, corners[0]])) is within  # closed by its sender


degree = st.integers(-20, 20).map(lambda n: n / 10)
corner = st.tuples(degree, degree)


@given(st.lists(corner, min_size=3, max_size=9), corner)
def test_off_the_edge_it_agrees_with_the_outlines_of_cities(corners, place):
    ring = [[lon, lat] for lat, lon in corners]
    whole = {"type": "Polygon", "coordinates": [ring]}
    nudged = (place[0] + 0.013, place[1] + 0.017)  # on no line through tenths that are so few
    told = inside(nudged, points(corners))
    near = [(nudged[0] + a / MICRO, nudged[1] + b / MICRO) for a in (-2, 0, 2) for b in (-2, 0, 2)]
    assume(len({point_in_polygon(each, whole) for each in near}) == 1)
    assert told == point_in_polygon(nudged, whole)


@given(st.lists(corner, min_size=3, max_size=9), st.data())
def test_corners_and_middles_of_edges_are_within(corners, data):
    at = data.draw(st.integers(0, len(corners) - 1))
    a, b = corners[at], corners[(at + 1) % len(corners)]
    assert inside(a, points(corners))
    assert inside(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), points(corners))


def test_a_place_is_written_and_read():
    assert written(29.7178, -95.4317) == "29.717800,-95.431700"
    assert read_place(written(29.7178, -95.4317)) == (29.7178, -95.4317)
    assert (read_place(""), read_place("12"), read_place("a,b")) == (None, None, None)
