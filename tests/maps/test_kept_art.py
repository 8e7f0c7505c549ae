"""What is ready to draw of a pack's layers: kept from one start to the next, never in place of what is true now."""

import os
import random
import sqlite3
import time
import zlib
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest

from mobile.core import strings
from mobile.core.artfile import ArtFile
from mobile.core.maplayers import Shown
from mobile.core.pack import Pack
from mobile.maps.sources import Kept, in_order
from tests.maps.layered import AT, layered_pack, some_layers

pytest.importorskip("kivy")
layerart = pytest.importorskip("mobile.widgets.layerart", exc_type=ImportError)
from mobile.widgets.projection import Tile, nearest_first, tiles_in, world  # noqa: E402 - needs Kivy

ORIGIN = tuple(float(round(part)) for part in world(*AT))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with Pack.open(layered_pack(tmp_path_factory.mktemp("pack") / "city.mbtiles", some_layers())) as pack:
        yield pack


@pytest.fixture
def drawn(tmp_path):
    """What is ready to draw, in a file with room enough."""
    file = ArtFile(tmp_path / "drawn.sqlite")
    yield file
    file.close()


def tiles_of(pack):
    west, south, east, north = pack.bounds
    box = (*world(south, west), *world(north, east))
    zooms = range(pack.minzoom, pack.maxzoom + 1)
    return [(tile, data) for z in zooms for tile in sorted(tiles_in(box, z)) if (data := pack.tile(*tile))]


def shown_of(pack, **changed):
    """All layers of a pack; `slow` as those that only the server has."""
    tiles = Kept(pack)
    return in_order([Shown(one, tiles, **changed) for one in pack.layers])


def on_map(city_map):
    """What the map draws of each layer, by tile."""
    return {one.shown.layer.name: dict(one._drawn) for one in city_map._overlays._overlays}


def made_anew(pack, drawn_now, origin):
    """The same, made of the pack's tiles now."""
    layers = {one.name: one for one in pack.layers}
    return {
        name: {tile: layerart.build_layer(pack.tile(*tile), tile, origin, layers[name]) for tile in tiles}
        for name, tiles in drawn_now.items()
    }


def rows(file, sql="SELECT key, used, size, body FROM art ORDER BY rowid", *values):
    with closing(sqlite3.connect(file)) as db, db:
        return db.execute(sql, values).fetchall()


def test_what_is_kept_of_each_tile_and_layer_is_what_is_made_of_it_anew(city, drawn):
    made = {}
    for tile, data in tiles_of(city):
        for layer in city.layers:
            art = layerart.build_layer(data, tile, ORIGIN, layer)
            if art is not None:
                key = layerart.key_of(data, tile, ORIGIN, layer)
                made[key] = art
                drawn.put(key, lambda art=art: layerart.packed(art))
    drawn.written()
    assert len(made) > 40
    for key, art in made.items():
        body = drawn.get(key)
        assert body == layerart.packed(art)
        assert layerart.unpacked(body) == art
    assert drawn.get(b"of another") is None


def test_it_is_known_by_all_that_it_is_made_of(city, monkeypatch):
    (tile, data), layers = tiles_of(city)[0], {one.name: one for one in city.layers}
    parcels = layers["parcels"]
    told = [
        (data, tile, ORIGIN, parcels),
        (data + b"\x1a\x00", tile, ORIGIN, parcels),
        (data, tile._replace(x=tile.x + 1), ORIGIN, parcels),
        (data, tile, (ORIGIN[0] + 1, ORIGIN[1]), parcels),
        (data, tile, ORIGIN, parcels._replace(name="parks")),
        (data, tile, ORIGIN, parcels._replace(style=replace(parcels.style, fill=0.0))),
        (data, tile, ORIGIN, parcels._replace(style=replace(parcels.style, label="use"))),
    ]
    keys = [layerart.key_of(*one) for one in told]
    monkeypatch.setattr(strings, "language", lambda: "es")  # a name may be yes or no
    keys.append(layerart.key_of(*told[0]))
    monkeypatch.setattr(layerart, "_EDITION", layerart._EDITION + 1)
    keys.append(layerart.key_of(*told[0]))
    assert len(set(keys)) == len(keys)
    bolder = parcels._replace(style=replace(parcels.style, colour="#000000", width=9.0))
    assert layerart.key_of(data, tile, ORIGIN, bolder) == keys[-1], "colours and widths are put on at drawing"


def test_a_second_start_draws_what_the_first_made_ready(show, city, drawn):
    view = {"of": city, "lat": AT[0], "lon": AT[1], "zoom": 16.0, "kept": drawn}
    window, first = show(**view)
    first.set_layers(shown_of(city))
    window.until(lambda: first.quiet)
    made = on_map(first)
    assert made == made_anew(city, made, first._origin)
    drawn.written()
    count = len(rows(drawn._file))
    assert count == sum(len(tiles) for tiles in made.values())

    window, second = show(**view)
    second.set_layers(shown_of(city))
    window.until(lambda: second.quiet)
    assert on_map(second) == made
    drawn.written()
    assert len(rows(drawn._file)) == count

    # That it does take what is kept shows where something else was put in its place.
    tile, other = next(iter(made["parks"])), layerart.LayerArt(spots=[(1.0, 2.0)])
    parks = next(one for one in city.layers if one.name == "parks")
    key = layerart.key_of(city.tile(*tile), tile, first._origin, parks)
    drawn.put(key, lambda: layerart.packed(other))
    drawn.written()
    window, third = show(**view)
    third.set_layers(shown_of(city))
    window.until(lambda: third.quiet)
    assert on_map(third)["parks"][tile] == other


def test_a_new_pack_and_a_new_style_are_drawn_at_once(show, city, drawn, tmp_path):
    layers = some_layers()
    parcels, hydrants = (
        next(one for one in layers if one["name"] == name) for name in ("parcels", "hydrants")
    )
    parcels["style"]["fill"] = 0.0
    hydrants["features"] = hydrants["features"][:12]
    view = {"lat": AT[0], "lon": AT[1], "zoom": 16.0, "kept": drawn}
    window, before = show(of=city, **view)
    before.set_layers(shown_of(city))
    window.until(lambda: before.quiet)
    drawn.written()
    with Pack.open(layered_pack(tmp_path / "new.mbtiles", layers)) as newer:
        window, after = show(of=newer, **view)
        after.set_layers(shown_of(newer))
        window.until(lambda: after.quiet)
        now, old = on_map(after), on_map(before)
        assert now == made_anew(newer, now, after._origin)
        after.close()
    assert not any(art.fill.parts for art in now["parcels"].values())
    assert any(art.fill.parts for art in old["parcels"].values())
    spots = [sum(len(art.spots) for art in held["hydrants"].values()) for held in (old, now)]
    assert spots[1] < spots[0]


def test_what_comes_from_the_network_is_not_kept(show, city, drawn):
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=16.0, kept=drawn)
    city_map.set_layers(shown_of(city, slow=True))
    window.until(lambda: city_map.quiet)
    drawn.written()
    assert any(on_map(city_map).values())
    assert not drawn._file.exists() or not rows(drawn._file)


# ── a file that may go at any time ───────────────────────────────────────────────────────────────────────


def ones(count, size=10_000):
    chance = random.Random(7)
    return {b"%d" % n: chance.randbytes(size) for n in range(count)}


def put(file, held):
    for key, body in held.items():
        file.put(key, lambda body=body: body)
    file.written()


def test_a_file_that_is_torn_or_of_another_make_is_thrown_away_and_made_anew(tmp_path):
    held, chance = ones(20), random.Random(3)
    whole = tmp_path / "whole.sqlite"
    file = ArtFile(whole)
    put(file, held)
    file.close()
    good = whole.read_bytes()
    torn = [b"", b"SQLite format 3\0", good[:100], good[:5_000], chance.randbytes(9_000)]
    torn += [good[: chance.randrange(len(good))] for _ in range(6)]
    for _ in range(12):
        at = chance.randrange(len(good) - 600)
        torn.append(good[:at] + chance.randbytes(600) + good[at + 600 :])
    for n, body in enumerate(torn):
        path = tmp_path / f"{n}.sqlite"
        path.write_bytes(body)
        _gives_the_truth_or_nothing(path, held)
    foreign = tmp_path / "foreign.sqlite"
    rows(foreign, "CREATE TABLE art (key TEXT)")
    _gives_the_truth_or_nothing(foreign, held)
    same_number = tmp_path / "same.sqlite"
    rows(same_number, "CREATE TABLE other (key TEXT)")
    rows(same_number, "PRAGMA user_version = 1")
    _gives_the_truth_or_nothing(same_number, held)


def _gives_the_truth_or_nothing(path, held):
    file = ArtFile(path)
    assert all(file.get(key) in (None, body) for key, body in held.items())
    put(file, held)
    again = [file.get(key) for key in held]
    if again != list(held.values()):  # it came to light while writing only: what was lost is put once more
        put(file, held)
        again = [file.get(key) for key in held]
    assert again == list(held.values())
    file.close()


def test_a_body_that_was_torn_is_not_given(drawn):
    held = ones(3)
    put(drawn, held)
    rows(drawn._file, "UPDATE art SET body = substr(body, 1, length(body) - 40) WHERE key = ?", b"1")
    rows(drawn._file, "UPDATE art SET body = ? WHERE key = ?", zlib.compress(b"x")[:-1] + b"!", b"2")
    assert [drawn.get(key) for key in held] == [held[b"0"], None, None]


def test_on_a_full_disk_nothing_is_kept_and_the_map_draws_all_the_same(show, city, drawn):
    put(drawn, ones(2))
    [(pages,)] = drawn._db.execute("PRAGMA page_count").fetchall()
    drawn._db.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then says what it says of a full disk
    put(drawn, {b"more": os.urandom(50_000)})
    assert drawn.get(b"more") is None
    assert drawn.get(b"0") == ones(1)[b"0"], "what was kept before is there still"
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=16.0, kept=drawn)
    city_map.set_layers(shown_of(city))
    window.until(lambda: city_map.quiet)
    now = on_map(city_map)
    assert all(now[name] for name in ("parcels", "hydrants")) and now == made_anew(
        city, now, city_map._origin
    )


def test_where_no_file_can_be_the_map_draws_all_the_same(show, city, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    nowhere = ArtFile(tmp_path / "file" / "drawn.sqlite")
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=16.0, kept=nowhere)
    city_map.set_layers(shown_of(city))
    window.until(lambda: city_map.quiet)
    assert on_map(city_map)["parcels"]
    nowhere.close()
    assert nowhere.get(b"0") is None
    nowhere.put(b"0", bytes)  # a map that ends late does no harm


def test_the_file_has_a_size_and_what_was_not_used_for_longest_goes(tmp_path):
    file = ArtFile(tmp_path / "drawn.sqlite", most=200_000)
    held = ones(60)
    early = dict(list(held.items())[:15])
    put(file, early)
    rows(file._file, "UPDATE art SET used = used - 1")
    used = [b"0", b"3", b"7"]
    assert all(file.get(key) for key in used)
    put(file, dict(list(held.items())[15:30]))
    left = [key for key in early if file.get(key) is not None]
    assert set(used) <= set(left) and len(left) < len(early)
    put(file, held)
    assert sum(size for _, _, size, _ in rows(file._file)) <= 200_000
    assert file.get(b"59") == held[b"59"]
    file.close()
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 2 * 200_000


# ── nothing at once on the main thread ───────────────────────────────────────────────────────────────────


def test_what_is_ready_goes_to_the_graphics_chip_over_several_frames(show, city, monkeypatch):
    from mobile.widgets import mapoverlays

    monkeypatch.setattr(mapoverlays, "VERTICES_A_FRAME", 1)
    window, city_map = show(of=city, lat=AT[0], lon=AT[1], zoom=15.0)
    parcels = [one for one in shown_of(city) if one.layer.name == "parcels"]
    city_map.set_layers(parcels)
    window.frames()
    overlays, waiting = city_map._overlays, city_map._workers._pool._work_queue
    while waiting.qsize():
        time.sleep(0.01)
    # The last one taken is ready too, so that one frame could take all; were it not, what is asserted holds as well.
    time.sleep(0.1)
    counts = [len(overlays._overlays[0]._drawn)]
    while not city_map.quiet:
        window.frames()
        counts.append(len(overlays._overlays[0]._drawn))
    assert max(after - before for before, after in pairwise(counts)) == 1
    assert not city_map.busy and counts[-1] >= 2


def test_tiles_are_built_from_the_middle_outward():
    box = (*world(29.70, -95.44), *world(29.72, -95.42))
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    tiles = nearest_first(tiles_in(box, 16), box)
    assert set(tiles) == tiles_in(box, 16)
    first, size = tiles[0], Tile(16, 0, 0).size()
    left, top = first.corner((0.0, 0.0))
    assert left <= x <= left + size and top - size <= y <= top
    away = [max(abs(one.x - first.x), abs(one.y - first.y)) for one in tiles]
    assert away[-1] == max(away)
