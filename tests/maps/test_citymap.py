"""The map in the window: sizes and places, threads, files and idleness."""

import gc
import logging
import math
import statistics
import threading
import weakref

import pytest
from PIL import Image

from mobile.core import mvt
from mobile.core.pack import Pack, tile_position
from shared_models.places import metres_between
from tests.maps import tinytiles
from tests.maps.window import HALL, MIDDLE, SHIPPED_PACK, at, is_red, marker, taps, under

pytest.importorskip("kivy")


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
