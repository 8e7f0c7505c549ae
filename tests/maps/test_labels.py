"""Where the names on the map go. Here the scale is 1: a reference pixel is a window pixel."""

import math
import threading
from itertools import pairwise

import pytest

from mobile.widgets.maplabels import Room, Wish, place
from mobile.widgets.projection import Tile

vector = pytest.importorskip("mobile.widgets.vector", exc_type=ImportError)

VIEW = (0.0, 0.0, 1000.0, 1000.0)
PLUMB, OAK, HALL, CITY = (
    ("Plumb St", "street"),
    ("Oak St", "street"),
    ("City Hall", "facility"),
    ("Us", "city"),
)
SIZES = {PLUMB: (80, 16), OAK: (60, 16), HALL: (70, 18), CITY: (200, 24)}


def placed(*wishes, view=VIEW, scale=1.0, **more):
    return place(wishes, SIZES, view, scale=scale, density=1.0, **more)


def corners(one, scale=1.0):
    width, height = SIZES[one.text]
    x, y = (one.spot[n] * scale + one.shift[n] for n in (0, 1))
    cos, sin = math.cos(one.turn), math.sin(one.turn)
    sides = [(dx * width / 2, dy * height / 2) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return [(x + dx * cos - dy * sin, y + dx * sin + dy * cos) for dx, dy in sides]


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_a_name_runs_along_its_street_and_never_upside_down(degrees):
    dx, dy = math.cos(math.radians(degrees)) * 300, math.sin(math.radians(degrees)) * 300
    (one,) = placed(Wish(PLUMB, ((500 - dx, 500 - dy), (500 + dx, 500 + dy))))

    assert -math.pi / 2 <= one.turn <= math.pi / 2
    assert abs(math.sin(one.turn - math.radians(degrees))) < 1e-6
    across = (one.spot[0] - 500) * dy - (one.spot[1] - 500) * dx
    assert abs(across) < 1e-6


def test_a_street_shorter_than_its_name_has_none():
    assert placed(Wish(PLUMB, ((100, 500), (170, 500)))) == []


def test_a_name_keeps_off_a_bend():
    bent = Wish(PLUMB, ((100, 300), (400, 300), (400, 900)))
    for one in placed(bent):
        assert all(x <= 400 + 10 and y >= 300 - 10 for x, y in corners(one))
        assert abs(math.sin(2 * one.turn)) < 1e-6, "along one arm or the other"


def test_names_are_whole_inside_the_view():
    wishes = [Wish(PLUMB, ((-500.0, y), (1500.0, y))) for y in range(0, 1001, 40)]
    wishes += [Wish(OAK, ((x, -500.0), (x, 1500.0))) for x in range(0, 1001, 60)]
    wishes += [Wish((f"H{n}", "facility"), ((n * 100.0, n * 100.0),)) for n in range(11)]
    sizes = SIZES | {(f"H{n}", "facility"): (70, 18) for n in range(11)}
    found = place(wishes, sizes, VIEW, scale=1, density=1)
    SIZES.update(sizes)

    assert len(found) > 15
    assert all(-1e-6 <= c <= 1000 + 1e-6 for one in found for corner in corners(one) for c in corner)


def test_a_facility_at_the_windows_edge_is_named_aside_of_its_dot():
    (one,) = placed(Wish(HALL, ((10.0, 500.0),)))
    assert one.shift[0] == 25
    assert placed(Wish(HALL, ((-40.0, 500.0),))) == []


def test_a_facility_is_named_below_its_dot_or_above_where_that_is_taken():
    (below,) = placed(Wish(HALL, ((500.0, 500.0),)))
    (above,) = placed(Wish(HALL, ((500.0, 500.0),)), taken=[((500.0, 480.0), (100.0, 20.0))])
    assert below.shift[1] < -9 < 9 < above.shift[1]


def test_names_never_touch():
    wishes = [Wish((f"S{n}", "street"), ((0.0, n * 7.0), (1000.0, 1000 - n * 11.0))) for n in range(60)]
    sizes = {wish.text: (80.0, 16.0) for wish in wishes}
    found = place(wishes, sizes, VIEW, scale=1, density=1)
    SIZES.update(sizes)

    assert len(found) > 10
    for n, one in enumerate(found):
        for other in found[:n]:
            assert not overlap(corners(one), corners(other)), (one, other)


def overlap(one, other):
    """Whether two convex shapes share room: no side of either has them apart."""
    for shape in (one, other):
        for (ax, ay), (bx, by) in zip(shape, [*shape[1:], shape[0]], strict=True):
            normal = by - ay, ax - bx
            sides = [[x * normal[0] + y * normal[1] for x, y in corners] for corners in (one, other)]
            if max(sides[0]) < min(sides[1]) or max(sides[1]) < min(sides[0]):
                return False
    return True


def test_the_first_wish_has_the_room():
    one, other = Wish(PLUMB, ((0.0, 500.0), (85.0, 500.0))), Wish(OAK, ((0.0, 500.0), (85.0, 500.0)))
    assert [found.text for found in placed(one, other)] == [PLUMB]
    assert [found.text for found in placed(other, one)] == [OAK]


def test_one_street_of_many_tiles_is_not_named_again_and_again():
    pieces = [Wish(PLUMB, ((x, 500.0), (x + 100.0, 500.0))) for x in range(0, 1000, 100)]
    spots = sorted(one.spot[0] for one in placed(*pieces))
    assert 2 <= len(spots) <= 4
    assert all(b - a >= 330 for a, b in pairwise(spots))


def test_one_facility_in_two_tiles_is_named_once():
    assert len(placed(Wish(HALL, ((500.0, 500.0),)), Wish(HALL, ((500.0, 500.0),)))) == 1


def test_what_is_taken_stays_free_however_much_of_it_overlaps():
    taken = [((500.0, 500.0), (1000.0, 60.0)), ((500.0, 520.0), (1000.0, 60.0))]
    assert placed(Wish(PLUMB, ((0.0, 540.0), (1000.0, 540.0))), taken=taken) == []


def test_names_stay_where_they_were_while_the_map_is_moved():
    long = Wish(PLUMB, ((0.0, 500.0), (3000.0, 500.0)))
    before = placed(long, view=(0.0, 0.0, 600.0, 1000.0))
    after = placed(long, view=(160.0, 0.0, 760.0, 1000.0), before=before)
    assert before[0] in after
    assert before != placed(long, view=(160.0, 0.0, 760.0, 1000.0))


def test_a_text_of_unknown_size_is_left_out():
    assert placed(Wish(("Unknown", "street"), ((0.0, 500.0), (900.0, 500.0)))) == []


def test_a_line_that_goes_nowhere_has_no_name():
    assert placed(Wish(PLUMB, ((5.0, 5.0), (5.0, 5.0)))) == []


def test_room_is_taken_once():
    room = Room(6)
    assert room.take((50, 50), (40, 12), 0.5)
    assert not room.take((55, 50), (40, 12), -0.5)
    assert room.take((150, 50), (40, 12), -0.5)


def test_names_are_wished_for_by_importance_and_zoom():
    from mobile.widgets.mapwords import wishes

    art = vector.TileArt(
        {},
        [("Oak St", False, [(0, 0), (9, 0)]), ("Big Blvd", True, [(0, 0), (5, 0)])],
        [("Hall", (1, 1)), ("", (2, 2))],
        illustration=False,
    )
    near = [wish.text for wish in wishes([art], [("Us", (0, 0))], 16)]
    far = [wish.text for wish in wishes([art], [("Us", (0, 0))], 12)]
    assert near == [("Hall", "facility"), ("Big Blvd", "main"), ("Oak St", "street")]
    assert far == [("Us", "city")]


def test_long_names_of_facilities_are_broken_and_lose_their_remarks():
    from mobile.widgets.mapwords import in_lines

    assert in_lines("City Hall (also the Emergency Operations Center)") == "City Hall"
    assert in_lines("Public Works and Development Services") == "Public Works and\nDevelopment Services"
    assert in_lines("Huffington Park") == "Huffington Park"
    assert in_lines("(unnamed)") == "(unnamed)"


# ── which tiles ──────────────────────────────────────────────────────────────────────────────────────────


def art():
    return vector.TileArt({}, [], [], illustration=False)


def test_a_tile_that_is_over_or_under_a_missing_one_stays_until_it_is_there():
    from mobile.widgets.maptiles import TileSet

    tiles, parent = TileSet(), Tile(14, 10, 10)
    children = [Tile(15, 20 + x, 20 + y) for x in (0, 1) for y in (0, 1)]
    assert tiles.want([parent]) == [parent]
    tiles.arrived(parent, art())
    assert set(tiles.to_draw()) == {parent}

    assert tiles.want(children) == sorted(children)
    assert not tiles.complete
    assert set(tiles.to_draw()) == {parent}
    for child in children[:3]:
        tiles.arrived(child, art())
    assert set(tiles.to_draw()) == {parent, *children[:3]}
    tiles.arrived(children[3], None)
    assert tiles.complete
    assert set(tiles.to_draw()) == set(children[:3]), "an empty tile is there, with nothing to draw"


def test_a_tile_is_asked_for_once_and_again_if_a_worker_gave_it_up():
    from mobile.widgets.maptiles import TileSet

    tiles, one = TileSet(), Tile(14, 1, 1)
    assert tiles.want([one]) == [one]
    assert tiles.want([one]) == []
    tiles.want([])
    assert not tiles.wants(one)
    assert not tiles.gave_up(one)
    assert tiles.want([one]) == [one]


def test_old_tiles_are_let_go():
    from mobile.widgets.maptiles import TileSet

    tiles = TileSet()
    for n in range(300):
        for tile in tiles.want([Tile(16, n, 0)]):
            tiles.arrived(tile, art())
        tiles.to_draw()
    assert tiles.want([Tile(16, 0, 0)]) == [Tile(16, 0, 0)]
    assert tiles.want([Tile(16, 290, 0)]) == []


# ── workers ──────────────────────────────────────────────────────────────────────────────────────────────


def test_work_is_done_elsewhere_and_handed_over_here(robot):
    from kivy.uix.widget import Widget

    from mobile.widgets.mapworkers import Workers

    window, workers, seen = robot(Widget()), Workers("trial"), []
    workers.ask(threading.current_thread, lambda where: seen.append((where, threading.current_thread())))
    assert not workers.idle
    window.until(lambda: workers.idle)
    workers.close()
    workers.ask(lambda: 1, seen.append)
    ((there, here),) = seen
    assert there.name.startswith("trial")
    assert here is threading.main_thread()
    assert not there.is_alive()
