"""The map in the window: fingers, marks, what it costs, and what it looks like."""

import gc
import logging
import math
import statistics
import threading
import time
import weakref
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

import mobile
from mobile.core import mvt
from mobile.core.pack import Pack, tile_position
from shared_models.places import metres_between, polygons
from tests.maps import tinytiles

pytest.importorskip("kivy")

SHIPPED_PACK = Path(mobile.__file__).parent / "assets" / "city.mbtiles"
HALL = 29.71529, -95.4377
MIDDLE = 29.7135, -95.4270
RED, GREEN = (0.8, 0.1, 0.1, 1.0), (0.1, 0.6, 0.1, 1.0)


@pytest.fixture(scope="module")
def pack():
    with Pack.open(SHIPPED_PACK) as shipped:
        yield shipped


@pytest.fixture
def show(robot, pack):
    """Return a function that shows a map, in something or alone, and gives the robot and the map, all drawn."""
    from mobile.widgets.citymap import CityMap

    made = []

    def shown(within=None, of=pack, wait=True, **options):
        options = {"lat": MIDDLE[0], "lon": MIDDLE[1], "zoom": 15.0, "motion": False} | options
        city_map = CityMap(of, **options)
        made.append(city_map)
        window = robot(within(city_map) if within else city_map)
        if wait:
            window.until(lambda: city_map.quiet)
        return window, city_map

    yield shown
    for city_map in made:
        city_map.close()


def at(city_map, lat, lon):
    """Where a place is in the map's own pixels, reckoned anew from the Mercator projection."""

    def mercator(lat, lon):
        north = math.asinh(math.tan(math.radians(lat))) / math.pi
        return lon / 360 * 256 * 2**city_map.zoom, north / 2 * 256 * 2**city_map.zoom

    (x, y), (mx, my) = mercator(lat, lon), mercator(city_map.lat, city_map.lon)
    return city_map.center_x + x - mx, city_map.center_y + y - my


def under(city_map, x, y):
    """The place at these pixels, as the map tells it."""
    return city_map._place(x, y)


def touch(x, y, button=None):
    from kivy.tests.common import UnitTestTouch

    made = UnitTestTouch(x, y)
    if button:
        made.profile = ["pos", "button"]
        made.button = button
    return made


def taps(city_map):
    seen = []
    city_map.bind(on_tap=lambda _, lat, lon, key: seen.append((lat, lon, key)))
    return seen


def marker(key, lat, lon, colour=RED, shape="dot"):
    from mobile.widgets.mapmarkers import Marker

    return Marker(key, lat, lon, colour, shape)


# ── fingers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("zoom", [12.3, 15, 18.7])
def test_a_tap_tells_its_place_to_a_metre(show, zoom):
    window, city_map = show(zoom=zoom)
    seen = taps(city_map)
    for place in (MIDDLE, under(city_map, 60, 100), under(city_map, 390, 870)):
        window.tap_at(*at(city_map, *place))
        window.until(lambda: seen)
        lat, lon, key = seen.pop()
        assert metres_between((lat, lon), place) < 1
        assert key is None


def test_the_ground_follows_the_finger(show):
    window, city_map = show()
    held = under(city_map, 100, 300)
    window.swipe(100, 300, 260, 420, steps=40)
    # A finger wanders a little before it drags.
    assert math.dist(at(city_map, *held), (260, 420)) <= 8 + 4
    assert not city_map._gestures._fingers


def test_a_pinch_keeps_the_places_under_both_fingers(show):
    window, city_map = show()
    one, other = touch(150, 400), touch(250, 500)
    held = under(city_map, 150, 400), under(city_map, 250, 500)
    one.touch_down()
    other.touch_down()
    for step in range(1, 21):
        one.touch_move(150 - 3 * step, 400 - 3 * step)
        other.touch_move(250 + 4 * step, 500 + 4 * step)
        window.frames()
    assert at(city_map, *held[0]) == pytest.approx((90, 340), abs=1)
    assert at(city_map, *held[1]) == pytest.approx((330, 580), abs=1)
    assert city_map.zoom == pytest.approx(15 + math.log2(2.4), abs=0.01)
    one.touch_up()
    other.touch_up()
    window.frames(3)
    assert not taps(city_map)


def test_the_wheel_zooms_about_the_pointer(show):
    window, city_map = show()
    held = under(city_map, 90, 700)
    for button, zoom in (("scrolldown", 15.5), ("scrolldown", 16.0), ("scrollup", 15.5)):
        wheel = touch(90, 700, button)
        wheel.touch_down()
        wheel.touch_up()
        window.frames()
        assert city_map.zoom == zoom
        assert at(city_map, *held) == pytest.approx((90, 700), abs=0.5)


def test_two_taps_zoom_in_on_their_place_and_are_no_taps(show):
    window, city_map = show()
    seen, held = taps(city_map), under(city_map, 300, 300)
    window.tap_at(300, 300)
    window.tap_at(302, 301)
    assert city_map.zoom == 16
    assert at(city_map, *held) == pytest.approx((300, 300), abs=3)
    ended = time.monotonic() + 0.4
    window.until(lambda: time.monotonic() > ended)
    assert not seen


def test_two_taps_far_apart_are_two_taps(show):
    window, city_map = show()
    seen = taps(city_map)
    window.tap_at(100, 300)
    window.tap_at(300, 600)
    window.until(lambda: len(seen) == 2)
    assert city_map.zoom == 15


def test_a_second_finger_makes_no_tap(show):
    window, city_map = show()
    one, other = touch(150, 400), touch(250, 500)
    for finger in (one, other):
        finger.touch_down()
    for finger in (one, other):
        finger.touch_up()
    window.frames(2)
    assert city_map._gestures._waiting_tap is None


def test_a_fling_goes_on_and_comes_to_rest_and_a_finger_stops_it(show):
    window, city_map = show(motion=True)

    def fling():
        finger = touch(100, 300)
        finger.touch_down()
        for step in range(1, 8):
            began = time.monotonic()
            window.until(lambda began=began: time.monotonic() > began + 0.01)
            finger.touch_move(100 + 25 * step, 300)
        finger.touch_up()
        return city_map.lon

    left = fling()
    window.frames(3)
    assert city_map.lon < left
    window.until(lambda: city_map._gestures._fling is None)

    fling()
    window.frames(2)
    finger = touch(200, 300)
    finger.touch_down()
    stopped = city_map.lon
    window.frames(5)
    assert city_map.lon == stopped
    finger.touch_up()


def test_with_less_motion_nothing_flies(show):
    window, city_map = show()
    window.swipe(100, 300, 300, 300, steps=4)
    still = city_map.lon
    window.frames(5)
    assert city_map.lon == still
    city_map.zoom_in()
    assert city_map.zoom == 16


def test_zooming_in_steps_ends_where_it_was_bound_for(show):
    window, city_map = show(motion=True)
    city_map.zoom_in()
    window.until(lambda: city_map.zoom == 16)
    city_map.zoom_out()
    window.until(lambda: city_map.zoom == 15)
    assert (city_map.lat, city_map.lon) == pytest.approx(MIDDLE)


def test_a_finger_ends_a_zoom_that_is_under_way(show):
    window, city_map = show(motion=True)
    city_map.zoom_in()
    window.frames(2)
    finger = touch(100, 100)
    finger.touch_down()
    stopped = city_map.zoom
    window.frames(5)
    assert city_map.zoom == stopped < 16
    finger.touch_up()


def test_a_bounded_map_stays_near_the_city_and_another_goes_anywhere(show):
    window, city_map = show()
    for _ in range(12):
        window.swipe(60, 800, 400, 60, steps=3)
    city_map.zoom_by(-9)
    west, south, east, north = city_map.pack.bounds
    assert west - 0.011 < city_map.lon < east + 0.011
    assert south - 0.011 < city_map.lat < north + 0.011
    assert city_map.zoom == 11
    city_map.zoom_by(30)
    assert city_map.zoom == 19

    city_map.bounded = False
    city_map.lat, city_map.lon = 34.05, -118.24
    city_map.pan_by(50, 50)
    assert metres_between((34.05, -118.24), (city_map.lat, city_map.lon)) < 100
    city_map.zoom_by(-30)
    assert city_map.zoom == 2
    window.until(lambda: city_map.quiet)
    assert city_map.box()[0] < -118


# ── marks and the pin ────────────────────────────────────────────────────────────────────────────────────


def test_a_tap_on_a_marker_tells_its_key_and_its_own_place(show):
    window, city_map = show()
    near = under(city_map, 230, 450)
    city_map.set_markers([marker("hall", *MIDDLE, shape="pin"), marker("near", *near)])
    window.until(lambda: city_map.quiet)
    seen = taps(city_map)
    x, y = at(city_map, *MIDDLE)
    window.tap_at(x - 3, y + 20)
    window.tap_at(*at(city_map, *near))
    assert [key for *_, key in seen] == ["hall", "near"]
    assert metres_between(seen[0][:2], MIDDLE) < 0.1
    window.tap_at(x - 100, y - 100)
    window.until(lambda: len(seen) == 3)
    assert seen[2][2] is None


def test_markers_that_were_replaced_are_hit_no_more(show):
    window, city_map = show()
    seen = taps(city_map)
    for key in ("first", "second"):
        city_map.set_markers([marker(key, *MIDDLE)])
        window.until(lambda: city_map.quiet)
        window.tap_at(*at(city_map, *MIDDLE))
    city_map.set_markers([])
    window.until(lambda: city_map.quiet)
    window.tap_at(*at(city_map, *MIDDLE))
    window.until(lambda: len(seen) == 3)
    assert [key for *_, key in seen] == ["first", "second", None]


def test_a_cluster_opens_under_the_finger_until_each_marker_stands_alone(show):
    window, city_map = show(zoom=13)
    places = [(MIDDLE[0] + n * 0.0002, MIDDLE[1] + n * 0.0002) for n in range(5)]
    city_map.set_markers(marker(n, *place) for n, place in enumerate(places))
    window.until(lambda: city_map.quiet)
    seen = taps(city_map)
    window.tap_at(*at(city_map, *places[2]))
    assert not seen
    assert city_map.zoom == 15
    city_map.lat, city_map.lon = places[2]
    city_map.zoom = 18.5
    window.until(lambda: city_map.quiet)
    for place in places:
        window.tap_at(*at(city_map, *place))
    assert [key for *_, key in seen] == [0, 1, 2, 3, 4]


def test_clusters_open_by_the_zoom_however_it_was_come_by(show):
    window, city_map = show(zoom=17.3)
    city_map.set_markers(marker(n, MIDDLE[0], MIDDLE[1] + n * 0.00001) for n in range(5))
    window.until(lambda: city_map.quiet)
    assert max(len(drawn.markers) for drawn in city_map._marks._drawn) > 1
    city_map.zoom = 17.7
    window.until(lambda: city_map.quiet)
    assert [len(drawn.markers) for drawn in city_map._marks._drawn] == [1] * 5


def test_the_pin_is_dragged_and_tells_where_it_was_dropped(show):
    window, city_map = show()
    city_map.pin_at(*MIDDLE)
    window.until(lambda: city_map.quiet)
    moved, seen = [], taps(city_map)
    city_map.bind(on_pin_moved=lambda _, lat, lon: moved.append((lat, lon)))
    x, y = at(city_map, *MIDDLE)
    goal = under(city_map, x + 90, y - 120)
    window.swipe(x + 5, y + 30, x + 95, y - 90)
    assert len(moved) == 1
    assert metres_between(moved[0], goal) < 0.5
    assert (city_map.lat, city_map.lon) == MIDDLE, "the ground stood still"

    window.tap_at(x + 95, y - 90)
    assert len(moved) == 1, "a pin that was only touched was not moved"
    city_map.unpin()
    window.tap_at(x + 95, y - 90)
    window.until(lambda: seen)


def test_the_wheel_on_the_pin_zooms(show):
    window, city_map = show()
    city_map.pin_at(*MIDDLE)
    x, y = at(city_map, *MIDDLE)
    wheel = touch(x, y + 20, "scrolldown")
    wheel.touch_down()
    wheel.touch_up()
    window.frames()
    assert city_map.zoom == 15.5


# ── sizes and places on the screen ───────────────────────────────────────────────────────────────────────


def test_everything_that_must_be_seen_is_fitted_in_whatever_the_size(show):
    window, city_map = show()
    places = [(29.7052, -95.4441), (29.7221, -95.4230), HALL]
    city_map.fit(places)

    def fits():
        spots = [at(city_map, *place) for place in places]
        return all(40 < x < city_map.width - 40 and 40 < y < city_map.height - 40 for x, y in spots)

    assert fits()
    window.resize(892, 412)
    assert city_map.width == 892
    assert fits()
    city_map.pan_by(200, 0)
    view = city_map.lat, city_map.lon, city_map.zoom
    window.resize(600, 600)
    assert (city_map.lat, city_map.lon, city_map.zoom) == view, "who has moved on is left alone"


def test_one_place_is_fitted_not_too_near_and_none_changes_nothing(show):
    _, city_map = show()
    city_map.fit([])
    assert city_map.zoom == 15
    city_map.fit([HALL])
    assert (city_map.lat, city_map.lon, city_map.zoom) == pytest.approx((*HALL, 17))
    assert city_map.box()[1] < HALL[0] < city_map.box()[3]


def test_a_map_of_no_size_waits_until_it_has_one(show):
    from kivy.uix.floatlayout import FloatLayout

    def within(city_map):
        city_map.size_hint, city_map.size = (None, None), (0, 0)
        box = FloatLayout()
        box.add_widget(city_map)
        return box

    window, city_map = show(within, wait=False)
    city_map.fit([HALL, MIDDLE])
    window.frames(5)
    assert city_map.busy
    city_map.size = 300, 300
    window.until(lambda: city_map.quiet)
    assert city_map._ground.tiles


def scrolled(city_map):
    """A list that scrolls, with the map in a box of its own coordinates."""
    from kivy.uix.boxlayout import BoxLayout
    from kivy.uix.relativelayout import RelativeLayout
    from kivy.uix.scrollview import ScrollView
    from kivy.uix.widget import Widget

    column = BoxLayout(orientation="vertical", size_hint_y=None, height=1700, padding=24)
    frame = RelativeLayout(size_hint_y=None, height=300)
    frame.add_widget(city_map)
    for part in (Widget(size_hint_y=None, height=500), frame, Widget()):
        column.add_widget(part)
    view = ScrollView(scroll_y=0.6, bar_width=0)
    view.add_widget(column)
    return view


def test_in_a_list_that_scrolls_a_tap_tells_its_place(show):
    window, city_map = show(scrolled)
    seen = taps(city_map)
    place = under(city_map, 100, 200)
    window.tap_at(*city_map.to_window(100, 200))
    window.until(lambda: seen)
    assert metres_between(seen[0][:2], place) < 1


def test_in_a_list_that_scrolls_it_is_drawn_within_its_box_alone(show, pixels, tmp_path):
    window, city_map = show(scrolled)
    window.win.clearcolor = (1, 0, 1, 1)
    city_map.pin_at(*MIDDLE)
    city_map.set_markers(marker(n, *under(city_map, n * 36.0, n * 30.0)) for n in range(11))
    window.until(lambda: city_map.quiet)
    image = Image.open(window.shot(tmp_path / "shot.png"))
    window.win.clearcolor = (0, 0, 0, 1)
    (left, low), (right, high) = (
        city_map.to_window(*city_map.pos),
        city_map.to_window(city_map.right, city_map.top),
    )
    box = [round(side) for side in (left, image.height - high, right, image.height - low)]
    outside = image.copy()
    outside.paste((255, 0, 255), box)
    assert outside.getcolors() == [(image.width * image.height, (255, 0, 255))]
    assert (255, 0, 255) not in [colour for _, colour in image.crop(box).getcolors(100_000)]
    x, y = city_map.to_window(*at(city_map, *MIDDLE))
    assert is_red(image.getpixel((round(x), image.height - round(y + 31))))


def test_a_still_map_leaves_touches_to_what_it_lies_in(show):
    from kivy.uix.behaviors import ButtonBehavior
    from kivy.uix.boxlayout import BoxLayout

    class Pressed(ButtonBehavior, BoxLayout):
        pass

    pressed = []

    def within(city_map):
        card = Pressed(on_release=lambda _: pressed.append(1))
        card.add_widget(city_map)
        return card

    window, city_map = show(within, still=True)
    seen = taps(city_map)
    window.tap_at(200, 300)
    window.swipe(100, 300, 200, 300)
    assert len(pressed) == 2
    assert not seen
    assert (city_map.lat, city_map.lon) == MIDDLE


def test_a_button_that_lies_on_the_map_is_pressed_first(show):
    from kivy.uix.button import Button

    window, city_map = show()
    pressed = []
    city_map.add_widget(Button(pos=(10, 10), size=(80, 80), on_release=lambda _: pressed.append(1)))
    seen = taps(city_map)
    window.tap_at(50, 50)
    assert pressed
    assert city_map._gestures._waiting_tap is None
    assert not seen


# ── threads, files, idleness ─────────────────────────────────────────────────────────────────────────────


def map_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("map")]


def closed_map(robot, pack):
    """A map that was used, closed, and used some more; only what others hold of it is left."""
    from mobile.widgets.citymap import CityMap

    before = len(map_threads())
    city_map = CityMap(pack, motion=True, zoom=15)
    window = robot(city_map)
    window.until(lambda: city_map.quiet)
    city_map.zoom_in()
    window.tap_at(200, 300)
    assert len(map_threads()) > before
    city_map.close()
    city_map.close()
    assert len(map_threads()) == before
    city_map.set_markers([marker(1, *MIDDLE)])
    city_map.zoom = 16
    window.frames(5)
    window.tap_at(200, 300)
    assert city_map._gestures._waiting_tap is None

    window.win.remove_widget(city_map)
    window.frames(3)
    return weakref.ref(city_map)


def test_a_closed_map_leaves_nothing_behind(robot, pack):
    from kivy.clock import Clock

    gone = closed_map(robot, pack)
    gc.collect()
    assert gone() is None
    assert not [event for event in Clock.get_events() if "mobile.widgets.map" in repr(event.callback)]


def test_closing_while_tiles_are_on_their_way_drops_them(show):
    window, city_map = show(wait=False)
    window.frames(1)
    city_map.zoom = 16
    window.frames(1)
    before = dict(city_map._ground.tiles)
    city_map.close()
    window.frames(10)
    assert city_map._ground.tiles == before


def test_nothing_is_drawn_and_no_clock_runs_while_nothing_changes(show):
    from kivy.clock import Clock

    window, city_map = show(motion=True)
    city_map.set_markers(marker(n, MIDDLE[0] + n * 0.001, MIDDLE[1]) for n in range(9))
    city_map.pin_at(*MIDDLE)
    city_map.here_at(*HALL, 40)
    window.swipe(100, 300, 300, 300, steps=4)
    window.until(lambda: city_map._gestures._fling is None)
    window.until(lambda: city_map.quiet)
    window.frames(3)
    drawn = []
    window.win.bind(on_draw=lambda *_: drawn.append(1))
    window.frames(60)
    mine = [event for event in Clock.get_events() if "widgets.map" in repr(event) or "CityMap" in repr(event)]
    assert not drawn
    assert not mine
    city_map.lat += 0.001
    window.frames(2)
    assert drawn


def test_a_broken_tile_is_left_out_and_logged(show, tmp_path, caplog):
    x, y = (math.floor(part) for part in tile_position(29.71, -95.43, 14))
    east = (x + 1) / (1 << 14) * 360 - 180
    street = tinytiles.layer("street", [(mvt.LINE, [[(0, 0), (4096, 4096)]], {"name": "Whole St"})])
    file = tinytiles.pack(tmp_path / "p", {(14, x, y): street, (14, x + 1, y): b"\xff\xff broken"})
    with Pack.open(file) as small, caplog.at_level(logging.WARNING):
        _, city_map = show(of=small, lat=29.71, lon=east, zoom=14, bounded=False)
        assert [tile.x for tile in city_map._ground.tiles] == [x]
        city_map.close()
    assert "can't be drawn" in caplog.text


def test_limits_that_cannot_be_read_leave_the_streets(show, tmp_path, caplog):
    import sqlite3

    file = tinytiles.pack(tmp_path / "p", {})
    with sqlite3.connect(file) as db:
        db.execute("UPDATE outline SET geojson = '{}'")
    db.close()
    with Pack.open(file) as small, caplog.at_level(logging.WARNING):
        _, city_map = show(of=small)
        assert not city_map.busy
        city_map.close()
    assert "limits" in caplog.text


def test_a_pack_that_is_closed_under_the_map_does_no_harm(show):
    own = Pack.open(SHIPPED_PACK)
    window, city_map = show(of=own, wait=False)
    window.frames(1)
    own.close()
    for zoom in (13, 15, 16):
        city_map.zoom = zoom
        window.frames(2)
    window.until(lambda: city_map.quiet)


def test_what_is_invented_is_said_while_it_is_in_view(show):
    window, city_map = show(illustration_text="Positions are made up")
    assert city_map.note == "Positions are made up"
    city_map.illustration_text = "Inventado"
    window.frames(2)
    assert city_map.note == "Inventado"
    city_map.bounded = False
    city_map.lat, city_map.lon = 40.0, -100.0
    window.until(lambda: city_map.quiet)
    assert not city_map.note


def test_moving_five_thousand_markers_costs_little_of_the_main_thread(show):
    from tests.bench.map import crowd, pan

    window, city_map = show()
    city_map.set_markers(crowd(5000))
    window.until(lambda: city_map.quiet)
    frames = pan(window, city_map, 60)
    print(f"main thread, a frame of panning 5,000 markers: {statistics.median(frames):.2f} ms")
    assert sum(len(drawn.markers) for drawn in city_map._marks._drawn) == 5000


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────


def is_red(pixel):
    return pixel[0] > 150 and max(pixel[1:]) < 110


def ours(city_map, size, off=14):
    """A mask of what lies within our limits in a picture of the map, so many pixels off the border."""
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for outline in city_map.pack.outlines:
        for rings in polygons(outline.geometry) if outline.ours else ():
            for n, ring in enumerate(rings):
                spots = [at(city_map, lat, lon) for lon, lat in ring]
                spots = [(x, size[1] - y) for x, y in spots]
                draw.polygon(spots, fill=0 if n else 255)
                draw.line([*spots, spots[0]], fill=0, width=2 * off)
                for x, y in spots:
                    draw.ellipse((x - off, y - off, x + off, y + off), fill=0)
    return mask


@pytest.mark.parametrize("night", [False, True])
def test_the_ground_has_no_cracks(show, pixels, tmp_path, night):
    from mobile.widgets.mapstyle import DAY, NIGHT

    window, city_map = show(night=night, lat=29.7165, lon=-95.4290)
    # Without what lies above it, whose shadows have colours of their own.
    for above in (city_map._sprites.context, city_map._furniture.group):
        city_map.canvas.remove(above)
    style = NIGHT if night else DAY
    outside, veil, share = style.outside[:3], style.veil[:3], style.veil[3]
    veiled = [a * (1 - share) + b * share for a, b in zip(outside, veil, strict=True)]
    behind = [tuple(round(part * 255) for part in colour) for colour in (outside, veiled, (0, 0, 0))]
    for zoom in (12.5, 13.4, 14, 15.2, 16, 17.3, 18.6):
        city_map.zoom = zoom
        window.until(lambda: city_map.quiet)
        image = Image.open(window.shot(tmp_path / "shot.png"))
        within = ours(city_map, image.size)
        assert within.getbbox()
        for colour in behind:
            cracks = ImageChops.multiply(of_colour(image, colour), within)
            assert cracks.getbbox() is None, (zoom, colour)


def of_colour(image, colour):
    """A mask of the pixels of this colour, give or take one step: drivers round differently."""
    red, green, blue = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 * (value <= 1))


def test_the_pin_and_the_marks_are_drawn_where_they_are(show, pixels, tmp_path):
    window, city_map = show(zoom=17)
    spot = under(city_map, 100, 300)
    city_map.pin_at(*MIDDLE)
    city_map.set_markers([marker("a", *spot, GREEN)])
    window.until(lambda: city_map.quiet)
    image = Image.open(window.shot(tmp_path / "shot.png"))
    x, y = at(city_map, *MIDDLE)
    assert is_red(image.getpixel((round(x), image.height - round(y + 31))))
    assert not is_red(image.getpixel((round(x), image.height - round(y - 8))))
    red, green, blue = image.getpixel((100, image.height - 300))
    assert green > 2 * max(red, blue)

    city_map.unpin()
    city_map.chosen = "a"
    window.until(lambda: city_map.quiet)
    after = Image.open(window.shot(tmp_path / "after.png"))
    assert not is_red(after.getpixel((round(x), image.height - round(y + 31))))

    def greens(picture):
        found = picture.crop((80, image.height - 320, 120, image.height - 280)).getcolors(2000)
        return sum(count for count, (r, g, b) in found if g > 2 * max(r, b))

    assert greens(after) > 1.5 * greens(image), "the chosen one is larger"


def test_where_the_phone_is_shows_with_its_accuracy(show, pixels, tmp_path):
    window, city_map = show(zoom=17)
    before = Image.open(window.shot(tmp_path / "before.png"))
    city_map.here_at(*MIDDLE, 50)
    window.until(lambda: city_map.quiet)
    after = Image.open(window.shot(tmp_path / "after.png"))
    changed = (
        ImageChops.difference(before, after).convert("L").point(lambda value: 255 * (value > 8)).getbbox()
    )
    metres_a_pixel = 156_543.03 * math.cos(math.radians(MIDDLE[0])) / 2**17
    assert changed[2] - changed[0] == pytest.approx(100 / metres_a_pixel, abs=4)
    assert (changed[0] + changed[2]) / 2 == pytest.approx(at(city_map, *MIDDLE)[0], abs=2)


def test_night_turns_ground_words_and_marks_dark_at_once(show, pixels, tmp_path):
    window, city_map = show(zoom=16)

    def light(name):
        return Image.open(window.shot(tmp_path / f"{name}.png")).convert("L").resize((1, 1)).getpixel((0, 0))

    day = light("day")
    words = city_map._sprites.layers["words"]._held["all"]
    city_map.night = True
    window.frames(2)
    assert light("night") < day / 3
    assert city_map._sprites.layers["words"]._held["all"] is not words
    city_map.night = False
    window.until(lambda: city_map.quiet)
    assert light("again") == pytest.approx(day, abs=2)
