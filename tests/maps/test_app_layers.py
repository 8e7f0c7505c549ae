"""The city's layers on the map of the app: drawn whole, turned on and off, asked by a finger."""

import itertools
import json
import threading

import pytest
from PIL import Image, ImageChops, ImageDraw

from mobile.core import mvt, nearby
from mobile.core.maplayers import Shown, layers_of
from mobile.core.pack import Pack
from mobile.maps.sources import Kept, in_order
from shared_models.places import metres_between
from tests.maps.layered import AT, layer_of, layered_pack, some_layers, square
from tests.maps.tinytiles import layer
from tests.maps.window import at

pytest.importorskip("kivy")

SIDE = 0.00037
"""Degrees: no whole number of steps of a tile's grid, so that corners are rounded."""


def plots():
    """Adjoining areas of one colour: squares, strips that meet three of them each, and one with a filled hole."""
    lat, lon = AT
    made = [[square(lat + (i - 9) * SIDE, lon + (j - 9) * SIDE, SIDE)] for i in range(18) for j in range(14)]
    for i in range(6):
        low, left = lat + (3 * i - 9) * SIDE, lon + 5 * SIDE
        made.append(
            [
                [
                    (low, left),
                    (low, left + SIDE),
                    (low + 3 * SIDE, left + SIDE),
                    (low + 3 * SIDE, left),
                    (low, left),
                ]
            ]
        )
    ring = square(lat - 9 * SIDE, lon + 6 * SIDE, 18 * SIDE)
    hole = square(lat - 5 * SIDE, lon + 9 * SIDE, 7.3 * SIDE)
    made += [[ring, hole[::-1]], [hole]]
    return [(n, rings, {"n": n}) for n, rings in enumerate(made)]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with Pack.open(layered_pack(tmp_path_factory.mktemp("pack") / "city.mbtiles", some_layers())) as pack:
        yield pack


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A pack of one layer, red without anything shining through, day and night."""
    one = layer_of(
        "plots", "area", plots(), style={"colour": "#e00010", "night": "#e00010", "fill": 1.0, "width": 1.0}
    )
    file = layered_pack(tmp_path_factory.mktemp("pack") / "plain.mbtiles", [one])
    with Pack.open(file) as pack:
        yield pack


def bare(city_map):
    """Take all away but what the layers draw, on the map's paper."""
    for above in (city_map._sprites.context, city_map._furniture.group):
        city_map.canvas.remove(above)
    for ground in city_map._canvas.layers.values():
        city_map._canvas.context.remove(ground.group)


def all_of(pack):
    kept = Kept(pack)
    return in_order([Shown(one, kept) for one in pack.layers])


def test_a_pack_tells_its_layers_and_an_older_one_has_none(city, pack):
    held = {one.name: one for one in city.layers}
    assert set(held) == {"parcels", "parks", "routes", "hydrants", "benches"}
    hydrants = held["hydrants"]
    assert (hydrants.title("en"), hydrants.title("es")) == ("Fire hydrants", "Hidrantes")
    assert hydrants.style.colour == "#c62828" and hydrants.illustration and not held["benches"].on
    assert hydrants.facts({"number": "H-1", "flow": 900.0, "tested": None, "odd": 7}, "es") == [
        ("Número", "H-1"),
        ("Caudal, galones por minuto", "900"),
    ]
    assert pack.layers == []


def test_a_tile_is_read_for_one_layer_alone():
    data = layer("a", [(mvt.POINT, [[(1, 1)]], {})]) + layer("b", [(mvt.POINT, [[(2, 2)]], {})])
    assert set(mvt.decode(data)) == {"a", "b"}
    assert list(mvt.decode(data, {"b"})) == ["b"]


def test_a_ring_is_cut_at_the_very_edge_and_bears_no_line_where_it_was_cut():
    from mobile.widgets.layerart import clipped, outline

    ring = [(-80, 1000), (2000, 1000), (2000, 3000), (-80, 3000), (-80, 1000)]
    assert set(clipped(ring, 4096)) == {(0, 1000), (2000, 1000), (2000, 3000), (0, 3000)}
    assert outline(ring, 4096) == [[(-80, 1000), (2000, 1000), (2000, 3000), (-80, 3000)]]
    assert outline([*ring[1:4], ring[1]], 4096) == [[*ring[1:4], ring[1]]]
    assert clipped([(5000, 1), (6000, 1), (6000, 9), (5000, 1)], 4096) == []


def test_the_side_that_two_areas_share_is_drawn_once():
    from mobile.widgets.layerart import build_layer
    from mobile.widgets.projection import Tile

    def ring(left, top, width):
        return [(left, top), (left + width, top), (left + width, top + 100), (left, top + 100), (left, top)]

    areas = [ring(100, 100, 100), ring(200, 100, 100)[::-1], ring(300, 100, 50), ring(300, 100, 50)]
    data = layer("plots", [(mvt.POLYGON, [one], {}) for one in areas])
    [told] = layers_of([("plots", "", "", "area", "[]", "{}", 1, 0, "", "")])
    tile = Tile(16, 15500, 27100)
    art = build_layer(data, tile, tile.corner((0.0, 0.0)), told)
    ((vertices, _),) = art.line.parts
    spots = [(vertices[n], vertices[n + 1]) for n in range(0, len(vertices), 7)]
    sides = [frozenset(spots[n : n + 4]) for n in range(0, len(spots), 4)]
    unit = tile.size() / 4096
    wanted = {
        frozenset((x * unit, -y * unit) for x, y in side) for one in areas for side in itertools.pairwise(one)
    }
    assert len(sides) == len(wanted) == 10 and set(sides) == wanted


@pytest.mark.parametrize("night", [False, True])
def test_adjoining_areas_show_no_crack_at_any_zoom(show, plain, pixels, tmp_path, night):
    window, city_map = show(of=plain, night=night, lat=AT[0] + 0.0003, lon=AT[1] + 0.001)
    city_map.set_layers(all_of(plain))
    bare(city_map)
    lat, lon = AT
    corners = [(lat - 9 * SIDE, lon - 9 * SIDE), (lat + 9 * SIDE, lon + 24 * SIDE)]
    for zoom in (13.6, 14.5, 15.3, 16, 16.7, 17.5, 18.4, 19):
        city_map.zoom = zoom
        window.until(lambda: city_map.quiet)
        image = Image.open(window.shot(tmp_path / "shot.png")).convert("RGB")
        (x0, y0), (x1, y1) = (at(city_map, *corner) for corner in corners)
        within = Image.new("L", image.size, 0)
        ImageDraw.Draw(within).rectangle(
            (x0 + 2, image.height - y1 + 2, x1 - 2, image.height - y0 - 2), fill=255
        )
        off = ImageChops.difference(image, Image.new("RGB", image.size, (0xE0, 0, 0x10))).split()
        other = ImageChops.lighter(ImageChops.lighter(off[0], off[1]), off[2]).point(
            lambda value: 255 * (value > 1)
        )
        assert within.getbbox()
        assert ImageChops.multiply(other, within).getbbox() is None, zoom


def test_what_shines_through_is_as_dense_across_the_edges_of_tiles(show, tmp_path_factory, pixels, tmp_path):
    lat, lon = AT
    whole = [(1, [square(lat - 0.006, lon - 0.006, 0.012)], {})]
    one = layer_of("zone", "area", whole, style={"colour": "#0000ff", "fill": 0.5, "width": 0.5})
    with Pack.open(layered_pack(tmp_path_factory.mktemp("pack") / "zone.mbtiles", [one])) as zone:
        window, city_map = show(of=zone, lat=lat, lon=lon, zoom=17)
        city_map.set_layers(all_of(zone))
        bare(city_map)
        window.until(lambda: city_map.quiet)
        colours = Image.open(window.shot(tmp_path / "shot.png")).convert("RGB").getcolors(64)
        assert len(colours) == 1, colours


def test_layers_turned_off_leave_the_map_as_it_was(show, city, pixels, tmp_path):
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=16)
    city_map.canvas.remove(city_map._sprites.context)  # names stay where they found room

    def look(name, layers):
        city_map.set_layers(layers)
        window.until(lambda: city_map.quiet)
        window.frames(2)
        return Image.open(window.shot(tmp_path / f"{name}.png")).convert("RGB")

    layers = all_of(city)
    empty, full = look("empty", []), look("full", layers)
    assert ImageChops.difference(empty, full).getbbox() is not None
    parks = look("parks", [one for one in layers if one.layer.name == "parks"])
    x, y = at(city_map, AT[0] - 0.0014, AT[1] - 0.0010)
    green = parks.getpixel((round(x), parks.height - round(y)))
    assert green[1] > green[0] + 20 and green != empty.getpixel((round(x), empty.height - round(y)))
    assert ImageChops.difference(look("again", []), empty).getbbox() is None


def test_tiles_are_decoded_by_workers_alone(show, city, monkeypatch):
    names, decode = set(), mvt.decode

    def watched(*args):
        names.add(threading.current_thread().name)
        return decode(*args)

    monkeypatch.setattr(mvt, "decode", watched)
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=15, wait=False)
    city_map.set_layers(all_of(city))
    window.until(lambda: city_map.quiet)
    city_map.zoom = 16
    window.until(lambda: city_map.quiet)
    assert names and threading.main_thread().name not in names


def test_names_of_layers_are_placed_with_those_of_streets_and_cover_no_point(show, city):
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=16.5)
    city_map.set_layers(all_of(city))
    window.until(lambda: city_map.quiet)
    looks = {placed.text[1] for placed in city_map._names._placed}
    assert {"street", "spot", "within", "along"} <= looks
    said = [placed.text for placed in city_map._names._placed]
    assert len(said) == len(set(said)) or len(said) > 20
    city_map.zoom = 14.5
    window.until(lambda: city_map.quiet)
    assert {"spot", "within", "along"}.isdisjoint(placed.text[1] for placed in city_map._names._placed)


# ── what is where ────────────────────────────────────────────────────────────────────────────────────────


def test_a_finger_finds_the_feature_that_is_there(city):
    features = {one["name"]: one["features"] for one in some_layers()}
    names = {"parcels", "parks", "hydrants"}
    for id_, paths, properties in features["hydrants"]:
        for z in (14, 16):
            found = nearby.around(city.tile, z, paths[0][0], 12.0, names)
            assert (found[0].layer, found[0].id, found[0].properties) == ("hydrants", id_, properties)
    side = 0.0006
    for id_, paths, _ in features["parcels"][::7]:
        lat, lon = paths[0][0]
        found = nearby.around(city.tile, 16, (lat + side / 3, lon + side / 3), 1.0, {"parcels"})
        assert [one.id for one in found] == [id_] and found[0].away == 0
    lat, lon = AT
    in_hole = nearby.around(city.tile, 16, (lat - 2.2 * side, lon - 1.0 * side), 1.0, {"parks"})
    assert in_hole == []
    assert [
        one.id for one in nearby.around(city.tile, 16, (lat - 1.5 * side, lon - 0.5 * side), 1.0, {"parks"})
    ] == [7]


def test_the_nearest_of_a_layer_are_those_that_reckoning_over_all_finds(city):
    hydrants = next(one["features"] for one in some_layers() if one["name"] == "hydrants")
    z = city.maxzoom
    for start in ((29.7150, -95.4290), (29.7052, -95.4402), (29.7189, -95.4150)):
        wanted = sorted(hydrants, key=lambda one: metres_between(start, one[1][0][0]))[:6]
        found = nearby.nearest(city.tile, z, start, "hydrants", 6, (0, 1 << z, 0, 1 << z))
        away = [metres_between(start, one[1][0][0]) for one in wanted]
        assert [one.away for one in found] == pytest.approx(away, abs=0.5)
        assert {one.id for one in found[:3]} == {one[0] for one in wanted[:3]}
    assert nearby.nearest(city.tile, z, AT, "unheard", 6, (0, 10, 0, 10)) == []


def test_places_near_a_place_come_nearest_first(pack):
    hall = pack.places_near(29.71529, -95.4377, 300)
    assert hall and [away for _, away in hall] == sorted(away for _, away in hall)
    assert all(away <= 300 for _, away in hall)
    assert pack.places_near(0.0, 0.0, 300) == []


def test_a_pack_whose_layers_cannot_be_read_says_so(city, tmp_path):
    import shutil
    import sqlite3

    from mobile.core.pack import BrokenPackError

    file = tmp_path / "broken.mbtiles"
    shutil.copy(city.path, file)
    with sqlite3.connect(file) as db:
        db.execute("UPDATE layer SET style = ?", (json.dumps([1]),))
    db.close()
    with Pack.open(file) as broken, pytest.raises(BrokenPackError, match="layer"):
        _ = broken.layers
