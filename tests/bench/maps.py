"""Layers of a city on real servers: pages, single features and tiles, against the bare route, the SQL alone and other servers.

The city is Cambridge (13,115 parcels, 20,650 addresses), loaded as an operator loads it, for the staff alone: whoever
asks has a token, and their rights are looked at. And the same questions of ten thousand features and of a million.
"""

import argparse
import dataclasses
import os
import re
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg

from tests.bench import bare_maps, peers
from tests.bench.growth import LARGE, SMALL, beside, drop, maintain
from tests.bench.load import burst, p99, raw
from tests.bench.processes import cpu_ms, postmaster, server, settings_env
from tests.bench.server import Town, ask, etag
from tests.bench.table import ROUNDS, Line, interleaved

DATA = Path("../shared/data/cambridge")
LAYERS = ("parcels", "addresses", "street_lights")
LAT, LON = 42.3736, -71.1097
BOXES = {"parcels": 0.006, "addresses": 0.006}
"""Half the side, in degrees, of a box with more than a hundred features in it."""
TILES = {"parcels z14": 20, "addresses z15": 60, "parcels z16": 60}
CALLS = {"items": 200, "item": 600, "kept": 1500}
if os.environ.get("FEW"):
    TILES, CALLS = dict.fromkeys(TILES, 5), dict.fromkeys(CALLS, 20)


class City(Town):
    """The servers on one database, and who asks."""

    def __init__(self, stack, url, owner_url):
        files = stack.enter_context(tempfile.TemporaryDirectory())
        env = settings_env(files) | {
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": owner_url,
            "PUBLIC_URL": "http://map.example.org",
        }
        self.token = populate(env, load_cambridge)
        self.database = stack.enter_context(
            psycopg.connect(url.replace("+psycopg", ""), autocommit=True, options=bare_maps.OPTIONS)
        )
        self.postmaster = postmaster(self.database)
        self.processes = {}
        self.ours = self.start(stack, server("backend.app:create_app", env))
        self.unkept = self.start(stack, server("tests.bench.bare_maps:keeping_no_tile", env))
        self.bare = self.start(stack, server("tests.bench.bare_maps:create_app", env))
        self.tipg = self.pygeoapi = None
        if peers.installed():
            peers.fill(owner_url, LAYERS_BY_NAME)
            self.tipg = self.start(stack, peers.tipg(owner_url))
            self.pygeoapi = self.start(stack, peers.pygeoapi(owner_url, LAYERS_BY_NAME))
        else:
            print("NOT RUN: tipg and pygeoapi, which could not be installed from Python's registry.")

    def start(self, stack, served):
        port, first = stack.enter_context(served)
        self.processes[port] = first
        return port

    def sql_alone(self, statement, values, count):
        """CPU milliseconds of one run of a statement, of its process in PostgreSQL alone."""
        pids = [self.database.info.backend_pid]
        cursor = self.database.cursor(binary=True)
        for _ in range(3):
            cursor.execute(statement, values, prepare=False)
        began = cpu_ms(pids)
        for _ in range(count):
            cursor.execute(statement, values, prepare=False)
        return (cpu_ms(pids) - began) / count


LAYERS_BY_NAME = tuple(name.replace("_", "-") for name in LAYERS)


def populate(env, fill):
    """A migrated database with the city in it and what ``fill(app, settings)`` brings; a token of somebody of the staff."""
    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.settings import Settings
    from backend.worker import in_transaction
    from tests.make import Make

    settings = dataclasses.replace(Settings.from_env(os.environ | env), access_life=timedelta(days=1))
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        in_transaction(lambda: load_city("westu"))
        token = Make(app).person("fay", role="technician").token
        fill(app, settings)
    app.extensions["westu"].database.close()
    with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    return token


def load_cambridge(app, settings):
    """As ``westu layers load`` does it."""
    from backend import layering

    with tempfile.TemporaryDirectory() as folder:
        for name in LAYERS:
            file = f"{name}.geojson.gz"
            (Path(folder) / file).symlink_to((DATA / file).resolve())
        asked = argparse.Namespace(folder=Path(folder), seen_by="staff", options=None, write_options=None)
        assert layering.load(app, settings, asked) == 0


def lines():
    """All figures of layers."""
    if not DATA.is_dir():
        print(f"NOT RUN: {DATA} is missing.")
        return
    with ExitStack() as stack:
        owner_url = os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
        city = City(stack, os.environ["DATABASE_URL"], owner_url)
        yield from features(city)
        yield from tiles(city)
        yield from kept(city)
    yield from growth()


# ── features ─────────────────────────────────────────────────────────────────────────────────────────────────


def features(city):
    """Pages and single features; ours and the bare route's are the same bytes."""
    asked = {}
    for name, half in BOXES.items():
        box = ",".join(f"{each:.4f}" for each in (LON - half, LAT - half, LON + half, LAT + half))
        path = f"items?bbox={box.replace(',', '%2C')}&limit=100"
        asked[f"{name} by box, a page of 100"] = (name, path, CALLS["items"])
    asked["one parcel"] = ("parcels", f"items/{some_parcel(city)}", CALLS["item"])
    ways = {}
    for words, (name, path, count) in asked.items():
        ours = f"/ogc/collections/{name}/{path}"
        [(status, told)], [(_, plain)] = ask(city.ours, city.get(ours)), ask(city.bare, city.get(ours))
        assert status == 200, told
        assert undated(told) == undated(plain), (
            f"both must answer byte for byte alike\n{told[:900]}\n{plain[:900]}"
        )
        ways[words] = partial(city.cost, city.ours, city.get(ours), count)
        ways[f"bare {words}"] = partial(city.cost, city.bare, city.get(ours), count)
        ways[f"SQL {words}"] = partial(city.sql_alone, *alone(city, name, path), count)
        if city.tipg:
            form = "&f=geojson" if "?" in path else "?f=geojson"
            theirs = city.get(f"/collections/{peers.SCHEMA}.{name}/{path}{form}")
            peers.refuse_other_answers(told, ask(city.tipg, theirs)[0][1])
            ways[f"tipg {words}"] = partial(city.cost, city.tipg, theirs, max(10, count // 4))
            theirs = city.get(f"/collections/{name}/{path}{form.replace('geojson', 'json')}")
            peers.refuse_other_answers(told, ask(city.pygeoapi, theirs)[0][1])
            ways[f"pygeoapi {words}"] = partial(city.cost, city.pygeoapi, theirs, max(10, count // 8))
    found = interleaved(ways, lambda way: way())
    for words in asked:
        single = words.startswith("one")
        aims = {"bare": "≤ 1.5 ms" if single else "≥ 0.7", "SQL": "", "tipg": "> 1" if single else "≥ 3"}
        aims["pygeoapi"] = "" if single else "≥ 6"
        whom = {"bare": "the bare route", "SQL": "the SQL alone"}
        for name, aim in aims.items():
            if f"{name} {words}" in found:
                yield Line(words, "CPU ms", found[words], found[f"{name} {words}"], whom.get(name, name), aim)


def undated(body):
    """An answer without its moment."""
    return re.sub(rb'"timeStamp":"[^"]*"', b"", body)


def some_parcel(city):
    """The number of one in the middle of the city."""
    sql = """
        SELECT feature.id FROM feature JOIN layer ON layer.edition_id = feature.edition_id AND layer.name = 'parcels'
        ORDER BY geom <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326) LIMIT 1
    """
    return city.database.execute(sql, (LON, LAT)).fetchone()[0]


def alone(city, name, path):
    """The bare route's statement and its values."""
    values = {"edition": of_layer(city, name)[0]}
    if "?" not in path:
        return bare_maps.ITEM, values | {"id": int(path.rpartition("/")[2])}
    box = re.search("bbox=([^&]*)", path)[1].split("%2C")
    return bare_maps.ITEMS, values | dict(
        zip(("west", "south", "east", "north"), map(float, box), strict=True)
    )


def of_layer(city, name):
    """(edition, geometry, fields) of a layer."""
    sql = "SELECT edition_id, geometry, fields FROM layer WHERE name = %s"
    return city.database.execute(sql, [name]).fetchone()


# ── tiles ────────────────────────────────────────────────────────────────────────────────────────────────────


def tiles(city):
    """Tiles with all fields, each made anew; ours and the SQL's hold the same."""
    ways = {}
    for words, count in TILES.items():
        name, _, zoom = words.partition(" z")
        where = place(int(zoom))
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{where.zoom}/{where.row}/{where.column}?properties=*"
        [(status, told)] = ask(city.unkept, city.get(path))
        assert status == 200, told
        edition, geometry, fields = of_layer(city, name)
        statement = bare_maps.tile(geometry, fields)
        values = bare_maps.values(where) | {"edition": edition, "name": name}
        [plain] = city.database.cursor(binary=True).execute(statement, values).fetchone()
        refuse_other_tiles(told, plain)
        ways[f"{words}, {len(told) // 1000} kB"] = partial(city.cost, city.unkept, city.get(path), count)
        ways[f"SQL {words}"] = partial(city.sql_alone, statement, values, count)
        if city.tipg:
            theirs = city.get(
                f"/collections/{peers.SCHEMA}.{name}/tiles/WebMercatorQuad/{where.zoom}/{where.column}/{where.row}"
            )
            [(_, its)] = ask(city.tipg, theirs)
            assert in_tile(its) <= in_tile(told), f"{words}: tipg's tile tells of others"
            ways[f"tipg {words}"] = partial(city.cost, city.tipg, theirs, count)
    found = interleaved(ways, lambda way: way())
    for words in (each for each in found if "," in each):
        key = words.partition(",")[0]
        rounds = found[words]
        yield Line(f"tile made: {words}", "CPU ms", rounds, found[f"SQL {key}"], "the SQL alone", "≥ 0.91")
        if city.tipg:
            yield Line(f"tile made: {words}", "CPU ms", rounds, found[f"tipg {key}"], "tipg")


def refuse_other_tiles(ours, plain):
    """Both must hold the same features, with the same fields, at the same place within one unit."""
    from mobile.core import mvt

    [[one], [other]] = [list(mvt.decode(body).values()) for body in (ours, plain)]
    assert len(one.features) == len(other.features) > 0
    for mine, its in zip(one.features, other.features, strict=True):
        assert (mine.id, mine.properties) == (its.id, its.properties)
        assert all(abs(a - b) <= 1 for a, b in zip(reach(mine), reach(its), strict=True)), mine.id


def reach(feature):
    """The box around a feature of a tile."""
    xs, ys = zip(*(corner for path in feature.paths for corner in path), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def in_tile(body):
    """What a tile tells of its features. (tipg leaves out those that lie in the tile's buffer alone.)"""
    from mobile.core import mvt

    [layer] = mvt.decode(body).values()
    names = [each.properties | {"id": None, "tipg_id": None} for each in layer.features]
    return {
        tuple(sorted((name, value) for name, value in each.items() if value is not None)) for each in names
    }


def place(zoom):
    from backend.maps.mvt import at

    return at(LAT, LON, zoom)


def kept(city):
    """What was asked for before: from what is kept, and 304."""
    ways = {}
    for words in TILES:
        name, _, zoom = words.partition(" z")
        where = place(int(zoom))
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{where.zoom}/{where.row}/{where.column}?properties=*"
        packed = [("Accept-Encoding", "gzip")]
        ways[f"kept tile: {words}, gzip"] = (city.ours, city.get(path, more=packed), CALLS["kept"])
        had = [("If-None-Match", etag(city.ours, path, city.headers()))]
        ways[f"304 of a tile: {words}"] = (city.ours, city.get(path, more=had), CALLS["kept"])
    found = interleaved(ways, lambda way: city.cost(*way))
    for words, rounds in found.items():
        yield Line(words, "CPU ms", rounds, aim="≤ 0.5 ms")


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────

FIELDS = [
    {"name": "label", "kind": "text", "title_en": "Label", "title_es": "Rótulo"},
    {"name": "flow", "kind": "integer", "title_en": "Flow", "title_es": "Caudal"},
]
STREWN = """
    INSERT INTO feature (edition_id, geom, props, changed_at)
    SELECT layer.edition_id,
           ST_SetSRID(ST_MakePoint(-95.43 + %(side)s * (random() - 0.5), 29.72 + %(side)s * (random() - 0.5)), 4326),
           jsonb_build_object('label', 'H-' || n, 'flow', n %% 1500), now()
    FROM layer, generate_series(1, %(count)s) AS n WHERE layer.name = 'hydrants'
"""
SIDE = 0.04
"""Degrees of the square that ten thousand are strewn over; more lie as dense."""
HUNDREDTH = 0.1
GROWING = {"items by the same box": 0.006, "items by a box with a hundredth of all": None, "one item": 0}
ASKED = 300


def growth():
    """The 99th of a hundred answers of each kind, over a million features against ten thousand."""
    with ExitStack() as stack:
        towns = {count: grown(stack, count) for count in (SMALL, LARGE)}
        for words, side in GROWING.items():
            found = {count: [] for count in towns}
            for _ in range(ROUNDS):
                for count, (port, token, some) in towns.items():
                    half = (side or side_of(count) * HUNDREDTH) / 2
                    box = f"?bbox={-95.43 - half},{29.72 - half},{-95.43 + half},{29.72 + half}&limit=100"
                    path = f"/ogc/collections/hydrants/items{box if side != 0 else f'/{some}'}"
                    request = raw("GET", path, [("Authorization", f"Bearer {token}")])
                    burst(port, lambda _, request=request: request, 20, lines=1)
                    _, _, waits = burst(port, lambda _, request=request: request, ASKED, lines=1)
                    found[count].append(p99(waits))
            small, large = tuple(found[SMALL]), tuple(found[LARGE])
            aim = "≥ 0.67" if side is not None else ""
            yield Line(
                f"p99 of {words}, of {LARGE:,}", "wall ms", large, small, f"the same of {SMALL:,}", aim
            )


def side_of(count):
    return SIDE * (count / SMALL) ** 0.5


def grown(stack, count):
    """A server over so many features; gives (port, a token, the number of a feature)."""
    files = stack.enter_context(tempfile.TemporaryDirectory())
    url, owner_url = (
        beside(os.environ.get(name, os.environ["DATABASE_URL"]), count)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    )
    stack.callback(drop, count)
    drop(count)
    maintain(f'CREATE DATABASE "{url.rpartition("/")[2].partition("?")[0]}"')
    env = settings_env(files) | {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url}

    def strew(_, settings):
        from tests.maps.layers import a_layer

        a_layer("hydrants", [], FIELDS, seen_by="staff")
        with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
            owner.execute(STREWN, {"count": count, "side": side_of(count)})

    token = populate(env, strew)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        [some] = connection.execute("SELECT id FROM feature ORDER BY id OFFSET 5000 LIMIT 1").fetchone()
    port, _ = stack.enter_context(server("backend.app:create_app", env))
    return port, token, some


__all__ = ["City", "lines"]
