"""The map in the window: fingers, marks and the pin."""

import math
import time

import pytest

from shared_models.places import metres_between
from tests.maps.window import MIDDLE, at, marker, taps, touch, under

pytest.importorskip("kivy")


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
