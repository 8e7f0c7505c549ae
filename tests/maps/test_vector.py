"""From tiles and outlines to meshes, and from degrees to the window and back."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile.core import mvt
from mobile.widgets.projection import (
    Frame,
    Tile,
    metres_per_reference_pixel,
    tiles_in,
    unworld,
    world,
)
from shared_models.mapstyle import at_zoom, is_main
from shared_models.places import Outline, metres_between
from tests.maps.tinytiles import layer

vector = pytest.importorskip("mobile.widgets.vector", exc_type=ImportError)


@settings(deadline=None)
@given(st.floats(-84, 84), st.floats(-180, 180))
def test_degrees_come_back_from_reference_pixels_within_a_millimetre(lat, lon):
    assert metres_between((lat, lon), unworld(*world(lat, lon))) < 0.001


def test_a_reference_pixel_is_as_long_as_the_ground_says():
    here = world(29.71, -95.43)
    there = unworld(here[0] + 1000, here[1])
    # 1.0011 is the sphere of EPSG:3857 against the mean one.
    assert metres_between((29.71, -95.43), there) * 1.00112 == pytest.approx(
        1000 * metres_per_reference_pixel(29.71), rel=1e-4
    )


def test_a_frame_goes_there_and_back():
    frame = Frame(12, -7, 0.3)
    assert frame.to_reference(frame.to_window((55, 66))) == pytest.approx((55, 66))


def test_tiles_cover_a_box_and_know_which_lie_within_them():
    west, east = world(29.70, -95.44), world(29.72, -95.42)
    for z in (12, 14, 16):
        tiles = tiles_in((*west, *east), z)
        x, y = sum(t.x for t in tiles) / len(tiles), sum(t.y for t in tiles) / len(tiles)
        north = (1 - math.asinh(math.tan(math.radians(29.71))) / math.pi) / 2 * 2**z
        assert (x, y) == pytest.approx(((-95.43 + 180) / 360 * 2**z, north), abs=1.1)
        assert all(tile.overlaps(other) for tile in tiles for other in tiles_in((*west, *west), 11))
    assert not Tile(12, 5, 5).overlaps(Tile(13, 9, 10))


def triangles(mesh):
    for vertices, indices in mesh.parts:
        corner = [tuple(vertices[n * 7 : n * 7 + 2]) for n in range(len(vertices) // 7)]
        for at in range(0, len(indices), 3):
            yield [corner[n] for n in indices[at : at + 3]]


def size(triangle):
    (ax, ay), (bx, by), (cx, cy) = triangle
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2


SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
HOLE = [(20, 20), (40, 20), (40, 40), (20, 40), (20, 20)]


@pytest.mark.parametrize(
    ("rings", "area"),
    [
        ([SQUARE], 10_000),
        ([SQUARE[:-1]], 10_000),
        ([SQUARE[::-1]], 10_000),
        ([SQUARE, HOLE], 9_600),
        ([SQUARE, HOLE[::-1]], 9_600),
        ([[(0, 0), (100, 0), (100, 100), (50, 20), (0, 100)]], 6_000),
        ([[(0, 0), (100, 0), (0, 0)]], 0),
    ],
    ids=["square", "open", "turned", "hole", "hole turned", "concave", "nothing"],
)
def test_areas_are_filled_exactly_once(rings, area):
    mesh = vector.Mesh()
    mesh.area(rings)
    assert sum(map(size, triangles(mesh))) == pytest.approx(area)


def test_a_mesh_of_many_lines_is_cut_into_parts_of_sixteen_bits():
    mesh, chance = vector.Mesh(), random.Random(1)
    for _ in range(200):
        mesh.line([(chance.random(), chance.random()) for _ in range(101)])
    assert len(mesh.parts) == 2
    assert sum(len(indices) for _, indices in mesh.parts) == 200 * 100 * 6
    assert all(max(indices) < len(vertices) // 7 <= 65_535 for vertices, indices in mesh.parts)


def test_a_tile_becomes_streets_facilities_and_a_note_of_what_is_invented():
    tile = Tile(14, 3850, 6770)
    data = layer(
        "street",
        [
            (mvt.LINE, [[(0, 0), (4096, 4096)]], {"name": "Rice Blvd"}),
            (mvt.LINE, [[(0, 0), (4096, 0)]], {"name": "Plumb St"}),
            (mvt.POINT, [[(7, 7)]], {}),
        ],
    ) + layer(
        "place",
        [
            (mvt.POINT, [[(2048, 2048)]], {"kind": "facility", "name": "Hall", "illustration": True}),
            (mvt.POINT, [[(-9, 50)]], {"kind": "facility", "name": "in the next tile"}),
            (mvt.POINT, [[(5, 50)]], {"kind": "other"}),
        ],
    )
    origin = tile.corner((0, 0))
    art = vector.build_tile(data, tile, origin)

    width = tile.size()
    assert art.streets == [
        ("Rice Blvd", True, [(0, 0), (width, -width)]),
        ("Plumb St", False, [(0, 0), (width, 0)]),
    ]
    assert art.facilities == [("Hall", (width / 2, -width / 2))]
    assert art.illustration
    assert not vector.build_tile(layer("street", []), tile, origin).illustration


def outline(code, *corners, ours=False):
    return Outline(code, code, ours, {"type": "Polygon", "coordinates": [[*corners, corners[0]]]})


def test_the_veil_lies_on_all_the_world_around_but_not_on_us():
    origin = world(29.71, -95.43)
    us = outline("us", (-95.44, 29.70), (-95.42, 29.70), (-95.42, 29.72), (-95.44, 29.72), ours=True)
    them = outline("them", (-95.42, 29.70), (-95.40, 29.70), (-95.40, 29.72), (-95.42, 29.72))
    art = vector.build_outlines([us, them], origin)

    ours = sum(map(size, triangles(art.meshes["ours"])))
    assert ours == pytest.approx(sum(map(size, triangles(art.meshes["neighbour"]))), rel=1e-4)
    assert sum(map(size, triangles(art.meshes["veil"]))) == pytest.approx(2.0**36 - ours, rel=1e-6)
    assert [name for name, _ in art.names] == ["us", "them"]
    assert art.names[0][1] == pytest.approx((0, 0), abs=1)
    assert not vector.build_outlines([them], origin).meshes["veil"].parts


def test_main_streets_are_told_by_their_names():
    assert all(map(is_main, ("Rice Blvd", "Buffalo Speedway", "Southwest Fwy.")))
    assert not any(map(is_main, ("Plumb St", "Boulevard", "", "Blvd")))


def test_widths_grow_evenly_between_stops_and_hold_beyond():
    stops = ((12, 1), (14, 4))
    assert [at_zoom(stops, zoom) for zoom in (0, 12, 13, 14, 20)] == [1, 1, 2, 4, 4]


@settings(deadline=None, max_examples=150)
@given(st.integers(3, 24), st.integers(0, 10_000), st.booleans())
def test_rings_of_few_corners_are_cut_by_hand_as_the_tesselator_cuts_them(count, seed, turned):
    chance = random.Random(seed)
    turns = sorted(chance.sample(range(628), count))
    ring = [(math.cos(t / 100) * r, math.sin(t / 100) * r) for t in turns for r in [chance.randint(20, 90)]]
    ring = [(round(x), round(y)) for x, y in (ring[::-1] if turned else ring)]
    whole = abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)))
    cut = vector.ears(ring)
    if cut:
        assert sum(
            size([ring[n] for n in cut[at : at + 3]]) for at in range(0, len(cut), 3)
        ) == pytest.approx(whole / 2)
    crossed = [(0, 0), (10, 10), (10, 0), (0, 10)]
    assert vector.ears(crossed) == []


def test_an_area_with_many_holes_is_cut_into_triangles_that_share_their_corners():
    ring = [(math.cos(n / 100 * math.pi) * 900, math.sin(n / 100 * math.pi) * 900) for n in range(200)]
    holes = [square(x, y, 10) for x in range(-500, 500, 100) for y in range(-500, 500, 100)]
    mesh = vector.Mesh()
    mesh.area([ring, *holes])
    ((vertices, indices),) = mesh.parts
    assert len(vertices) // 7 == 200 + 4 * len(holes)
    assert len(indices) // 3 == 200 + 4 * len(holes) + 2 * len(holes) - 2  # as a polygon with holes has
    whole = 100 * 900 * 900 * math.sin(math.pi / 100)
    assert sum(map(size, triangles(mesh))) == pytest.approx(whole - 100 * len(holes), rel=1e-5)


def square(x, y, side):
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
