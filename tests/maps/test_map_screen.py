"""The map's screen, as somebody uses it: with no signal throughout, but where it says so."""

import pytest

from mobile.core.pack import Pack
from mobile.maps import measuring
from shared_models.layers import Geometry, Whom
from shared_models.places import metres_between
from tests.maps.layered import AT, layered_pack, some_layers
from tests.maps.layers import a_layer, feature, point
from tests.phones import GOOD, NONE

pytest.importorskip("kivy")

SIDE = 0.0006
HERE = (AT[0] + 0.0004, AT[1] + 0.0003)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    file = tmp_path_factory.mktemp("pack") / "city.mbtiles"
    return layered_pack(file, some_layers(), zooms=(15, 16))


@pytest.fixture
def shown(show_app, city):
    """The map on a phone that never saw a server."""
    app = show_app(here=(*HERE, 12.0))
    app.air.rest = NONE
    app.parts.pack = Pack.open(city)  # the app closes it
    app.robot.settle()
    app.robot.tap(by_label(app.robot, "Map of the city"))
    app.robot.settle()
    app.screen = app.app.nav.children[0]
    app.model = app.screen.model
    app.screen.map.lat, app.screen.map.lon, app.screen.map.zoom = *AT, 16.5
    return app


def by_label(robot, label):
    return next(w for w in robot.all() if getattr(w, "label", "") == label and robot.visible(w))


def sheet(shown, cls):
    shown.robot.until(lambda: not shown.model.busy)
    shown.robot.settle()
    return shown.robot.find(cls=cls)


def names(layers):
    return {one.layer.name for one in layers}


def test_layers_are_turned_on_and_off_and_stay_so(shown, kit):
    robot = shown.robot
    assert names(shown.model.shown) == {"parcels", "parks", "routes", "hydrants"}
    robot.tap(text="Layers")
    robot.settle()
    legend = sheet(shown, "LayersSheet")
    assert [row["title"] for row in legend.rows] == [
        "Benches",
        "Bus routes",
        "Fire hydrants",
        "Parcels",
        "Parks",
    ]
    assert "Illustration: not surveyed" in robot.texts()
    for title in ("Benches", "Parcels"):
        robot.tap(next(w for w in robot.all(cls="LayerToggle") if w.title == title))
    robot.tap(text="Done")
    robot.settle()
    assert names(shown.model.shown) == {"benches", "parks", "routes", "hydrants"}
    assert names(overlay.shown for overlay in shown.screen.map._overlays._overlays) == names(
        shown.model.shown
    )
    kit.words.language = "es"
    robot.frames(2)
    assert names(shown.model.shown) == {"benches", "parks", "routes", "hydrants"}
    assert {row["title"] for row in shown.model.rows} >= {"Parcelas", "Hidrantes"}
    kit.words.language = "en"
    from mobile.core.preferences import PreferencesFile

    assert PreferencesFile(shown.parts.home).now.layers == "+benches -parcels"


def test_a_tap_tells_what_is_there_and_lets_others_be_chosen(shown):
    shown.screen._tapped(*AT)
    told = sheet(shown, "ToldSheet")
    assert (told.title, told.words, told.invented) == ("H-12", "Fire hydrants", True)
    assert ("Flow, gallons a minute", "912") in [tuple(fact) for fact in told.facts]
    assert ("In service", "Yes") in [tuple(fact) for fact in told.facts]
    others = {line["title"] for line in told.lines}
    assert others == {"4260", "4264", "4308", "4312"}
    shown.robot.tap(text="4312")
    shown.robot.settle()
    lot = shown.robot.find(cls="ToldSheet")
    assert (lot.title, [tuple(fact) for fact in lot.facts]) == (
        "4312",
        [("Lot", "4312"), ("Use", "residential")],
    )
    lot.dismiss()

    shown.model.turn("hydrants", False)
    shown.screen._tapped(*AT)
    assert sheet(shown, "ToldSheet").title != "H-12"


def test_a_tap_on_bare_ground_says_how_to_ask(shown):
    shown.screen._tapped(AT[0] + 0.02, AT[1])
    shown.robot.until(lambda: not shown.model.busy)
    shown.robot.settle()
    assert not shown.robot.all(cls="ToldSheet")
    assert any("Hold a finger" in words for words in shown.robot.texts())


def test_a_finger_that_rests_asks_what_is_here(shown):
    from kivy.clock import Clock

    from tests.maps.window import at, touch

    city_map = shown.screen.map
    x, y = at(city_map, *AT)
    finger = touch(*city_map.to_window(x, y))
    finger.touch_down()
    began = Clock.get_time()
    shown.robot.until(lambda: Clock.get_time() - began > 0.7)
    finger.touch_up()
    told = sheet(shown, "ToldSheet")
    facts = dict(tuple(fact) for fact in told.facts)
    assert told.title == "What is here"
    assert facts["City"] == "West University Place" and facts["Street"]
    assert facts["Latitude, longitude"].startswith("29.713")
    assert told.lines[0]["title"] == "H-12"


HERE_PATH = "/v1/maps/here"


def lines_here(shown, at=AT):
    """What is told to be here, and the calls that were made for it."""
    shown.air.calls.clear()
    shown.screen.look(*at)
    told = sheet(shown, "ToldSheet")
    said = [line["title"] for line in told.lines], dict(tuple(fact) for fact in told.facts)
    told.dismiss()
    shown.robot.settle()
    return *said, [how for _, path, how in shown.air.calls if path == HERE_PATH]


def test_what_is_here_is_asked_of_the_server_where_there_is_signal_and_of_the_pack_without(shown):
    lat, lon = AT
    side = [[lon - 1e-3, lat - 1e-3], [lon + 1e-3, lat - 1e-3], [lon, lat + 1e-3], [lon - 1e-3, lat - 1e-3]]
    number = [{"name": "number", "kind": "text", "title_en": "Number", "title_es": "Número"}]
    lot = [{"name": "lot", "kind": "text", "title_en": "Lot", "title_es": "Lote"}]
    hydrants = [point(lon + 1e-4, lat, number="H-98"), point(lon, lat, number="H-99")]
    a_layer("hydrants", hydrants, number, title_field="number")
    parcel = feature({"type": "Polygon", "coordinates": [side]}, lot="4999")
    a_layer("parcels", [parcel], lot, geometry=Geometry.AREA, title_field="lot")
    a_layer("valves", [point(lon, lat, number="V-1")], number, title_field="number", seen_by=Whom.STAFF)
    old, facts, asked = lines_here(shown)
    assert old[0] == "H-12" and "4999" not in old and asked in ([], [NONE])

    shown.air.rest = GOOD
    shown.sync()
    now, online, asked = lines_here(shown)
    assert now == ["H-99", "H-98", "4999"] and asked == [GOOD]
    assert online == facts, "address, street, city and position are the same by both"
    _, beyond, _ = lines_here(shown, (lat + 0.5, lon))
    assert beyond["City"] == "None that this map knows"

    shown.air.rest = NONE
    assert lines_here(shown) == (old, facts, [NONE]), "the signal went meanwhile"
    shown.sync()
    assert lines_here(shown) == (old, facts, []), "nobody waits for a signal that is not there"
    shown.air.rest = GOOD


def test_what_is_nearest_is_listed_from_my_place_and_a_line_leads_there(shown):
    robot = shown.robot
    robot.tap(text="Nearest")
    robot.settle()
    robot.tap(text="Fire hydrants")
    lines = sheet(shown, "LinesSheet").lines
    away = [metres_between(HERE, one[1][0][0]) for one in some_layers()[3]["features"]]
    assert lines[0]["title"] == "H-12"
    assert lines[0]["subtitle"].endswith(measuring.length_words(min(away), "feet"))
    robot.tap(text="H-12")
    robot.settle()
    assert shown.model.card["title"] == "H-12"
    assert shown.model.corners[0] == pytest.approx(HERE) and len(shown.model.corners) == 2
    assert shown.model.corners[1] == pytest.approx(AT, abs=1e-5)
    robot.tap(by_label(robot, "Close"))
    robot.settle()
    assert not shown.model.card and not shown.model.corners


def test_lengths_and_areas_are_measured_in_feet_or_metres(shown):
    model = shown.model
    shown.screen.use("measure")
    lat, lon = AT
    north = metres_between((lat, lon), (lat + 0.001, lon))
    east = metres_between((lat, lon), (lat, lon + 0.001))
    shown.screen._tapped(lat, lon)
    shown.screen._tapped(lat + 0.001, lon)
    assert model.card["title"] == f"{north / 0.3048:,.0f} ft"
    shown.screen._tapped(lat + 0.001, lon + 0.001)
    shown.screen._tapped(lat, lon + 0.001)
    model.close()
    assert model.card["title"] == f"{north * east / 4046.8564:,.2f} acres"
    model.turn_units()
    assert model.card["title"] == f"{north * east / 10_000:,.2f} ha"
    assert model.card["text"] == f"{2 * (north + east):,.0f} m around"
    assert shown.screen.map.units == "metres"
    model.undo()
    model.undo()
    assert len(model.corners) == 3 and not model.closed
    assert shown.app.nav.current == "map"
    shown.app.nav.back()
    assert shown.app.nav.current == "map" and not model.corners  # back ends the measuring first
    shown.app.nav.back()
    assert shown.app.nav.current == "requests"


def test_a_place_is_found_by_its_name_and_shown(shown):
    place = shown.model.place
    place.query = "rice & auden"
    shown.robot.until(lambda: place.hits)
    shown.robot.settle()
    assert shown.screen.searching
    place.pick(0)
    shown.robot.until(lambda: place.near)
    shown.robot.settle()
    assert not shown.screen.searching
    assert "Auden St" in shown.model.card["title"]
    assert (shown.screen.map.lat, shown.screen.map.lon) == pytest.approx((place.lat, place.lon))
    by_label(shown.robot, "Put the pin where I am")
    place.find_me()
    shown.robot.settle()
    assert (shown.screen.map.lat, shown.screen.map.lon) == pytest.approx(HERE)


def test_the_map_is_used_with_a_keyboard_alone(shown):
    robot, city_map = shown.robot, shown.screen.map
    zoom, lat, lon = city_map.zoom, city_map.lat, city_map.lon
    robot.key(273)
    assert city_map.lat > lat
    robot.key(275)
    assert city_map.lon > lon
    robot.key(ord("+"))
    robot.until(lambda: city_map.zoom == zoom + 1)
    robot.key(ord("-"))
    robot.until(lambda: city_map.zoom == zoom)
    for _ in range(20):
        robot.key(9)
        from mobile.widgets.keys import focus

        if focus() is not None and focus().label == "What is here":
            break
    robot.key(13)
    assert sheet(shown, "ToldSheet").title == "What is here"
    robot.back()
    robot.settle()
    assert not robot.all(cls="ToldSheet") and shown.app.nav.current == "map"


def test_whoever_works_for_the_city_reaches_the_map_from_the_work(show_app, make, dan):
    staff = show_app()
    staff.sign_in(dan)
    staff.app.nav.go("work")
    staff.robot.settle()
    staff.robot.tap(by_label(staff.robot, "Map of the city"))
    staff.robot.settle()
    assert staff.app.nav.current == "map"
