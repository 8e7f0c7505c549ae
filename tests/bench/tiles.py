"""What tiles cost: made anew against the SQL alone, from what is kept, and 304; and the pack of a whole city.

On layers of the City of Cambridge, in one PostGIS, as the study of the map measured its yardsticks.
"""

import os
import tempfile
import time
from contextlib import ExitStack

import psycopg

from tests.bench.load import burst, raw
from tests.bench.processes import cpu_ms, family, postmaster, server, settings_env
from tests.bench.server import etag
from tests.bench.table import Line, interleaved
from tests.maps import citylayers

TILES = {
    "z14, parcels": ("parcels", 14, "address", 12),
    "z15, addresses": ("addresses", 15, "full_addr", 40),
    "z15, fences": ("fences", 15, "", 40),
    "z16, parcels": ("parcels", 16, "address", 40),
}
"""Name → (layer, zoom, the field that it is named by, how often it is asked for in a round)."""
CALLS = 1500
PACKED = (
    "city_boundary", "water", "parks", "neighborhoods", "plazas", "playgrounds", "road_areas", "parking_lots", "driveways",
    "footpaths", "bridges", "parcels", "addresses", "streets", "bike_facilities", "hydrants", "street_lights", "schools",
    "libraries", "fire_stations",
)  # fmt: skip
"""The twenty layers of the study's pack."""
LEAN = """
    SELECT ST_AsMVT(told, %(layer)s, 4096, 'shape', 'id') FROM (
        SELECT id, props->>%(field)s AS title,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS shape
        FROM feature
        WHERE edition_id = %(edition)s
          AND geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096), 4326)
    ) AS told WHERE shape IS NOT NULL
"""
"""The SQL alone, as a good hand would write it."""


def create_uncached_app():
    """Our application, keeping no tiles."""
    from backend.app import create_app
    from backend.maps import tiles

    tiles.kept.most = 0
    return create_app()


def populate(env):
    """A migrated database with the layers in it."""
    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.settings import Settings
    from backend.worker import in_transaction

    settings = Settings.from_env(os.environ | env)
    migrate(settings)
    app = create_app(settings)
    with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("DELETE FROM layer")
    with app.app_context():
        in_transaction(lambda: load_city("westu"))
        for name, field in {layer: field for layer, _, field, _ in TILES.values()}.items():
            citylayers.load(name, title_field=field, on=name in PACKED)
    with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    return app


def lines():
    """All figures."""
    if not citylayers.there():
        print("NOT RUN: no cambridge in ../shared/data")
        return
    with ExitStack() as stack:
        url = os.environ["DATABASE_URL"]
        env = settings_env(stack.enter_context(tempfile.TemporaryDirectory())) | {
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL", url),
        }
        app = populate(env)
        yield from costs(stack, env, url)
        yield from pack(app)
        app.extensions["westu"].database.close()


def costs(stack, env, url):
    """CPU of each kind of answer."""
    ours, first = stack.enter_context(server("backend.app:create_app", env))
    fresh, fresh_first = stack.enter_context(server("tests.bench.tiles:create_uncached_app", env))
    database = stack.enter_context(psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
    database.execute("SET jit = off")
    main = postmaster(database)

    def cost(port, process, request, count):
        burst(port, lambda _: request, max(3, count // 20))
        pids = [*family(process), *family(main)]
        began = cpu_ms(pids)
        answered, _, _ = burst(port, lambda _: request, count)
        return (cpu_ms(pids) - began) / answered

    def alone(values, count):
        began = cpu_ms(family(main))
        for _ in range(count):
            database.execute(LEAN, values).fetchone()
        return (cpu_ms(family(main)) - began) / count

    ways = {}
    for name, (layer, z, field, count) in TILES.items():
        lat, lon = citylayers.CENTRE
        n = 2**z
        x, y = column_row(lat, lon, n)
        [edition] = database.execute("SELECT edition_id FROM layer WHERE name = %s", (layer,)).fetchone()
        path = f"/ogc/collections/{layer}/tiles/WebMercatorQuad/{z}/{y}/{x}"
        values = {"layer": layer, "field": field, "z": z, "x": x, "y": y, "edition": edition}
        request = raw("GET", path, [])
        ways[name] = lambda r=request, c=count: cost(fresh, fresh_first, r, c)
        ways[f"{name}: SQL"] = lambda v=values, c=count: alone(v, c)
        packed = raw("GET", path, [("Accept-Encoding", "gzip")])
        ways[f"{name}: kept"] = lambda r=packed: cost(ours, first, r, CALLS)
    known = raw("GET", path, [("If-None-Match", etag(ours, path))])
    ways["304"] = lambda: cost(ours, first, known, CALLS)
    found = interleaved(ways, lambda way: way())
    for name in TILES:
        yield Line(
            f"tile {name}, made anew", "CPU ms", found[name], found[f"{name}: SQL"], "the SQL alone", "≥ 0.9"
        )
        yield Line(f"tile {name}, kept", "CPU ms", found[f"{name}: kept"], aim="≤ 0.5")
    yield Line("304 of a tile", "CPU ms", found["304"], aim="≤ 0.5")


def column_row(lat, lon, n):
    """The tile of a point."""
    from math import asinh, pi, radians, tan

    return int(n * (lon + 180) / 360), int(n * (1 - asinh(tan(radians(lat))) / pi) / 2)


def pack(app):
    """The pack of the whole city: how long it takes, how large it is."""
    import json

    from backend import maps
    from backend.maps import packs
    from backend.worker import in_transaction

    with app.app_context():
        there = {layer for layer, *_ in TILES.values()}
        for name in PACKED:
            if name not in there:
                citylayers.load(name)
        [limits] = citylayers.features("city_boundary")
        shape = json.dumps(largest(limits["geometry"]))
        city = {
            "code": "cambridge",
            "name": "Cambridge",
            "ours": True,
            "advice_en": "",
            "advice_es": "",
            "contacts": [],
        }
        in_transaction(lambda: maps.load([city | {"limits": shape}], [], []))
        began = time.perf_counter()
        version = in_transaction(lambda: packs.make_pack({}))
        seconds = time.perf_counter() - began
        body = in_transaction(lambda: packs.body_of(version))
        yield Line("pack of Cambridge, 20 layers, z12-z16: making it", "s", (seconds,))
        yield Line("pack of Cambridge, MBTiles", "MB", (len(body) / 1e6,), aim="≤ 12")
        yield Line("pack of Cambridge, PMTiles", "MB", (len(packs.pmtiles_of(body)) / 1e6,), aim="≤ 12")


def largest(geometry):
    """The largest polygon, by the number of its corners: limits are one area."""
    if geometry["type"] == "Polygon":
        return geometry
    return {"type": "Polygon", "coordinates": max(geometry["coordinates"], key=lambda area: len(area[0]))}


if __name__ == "__main__":
    from tests.bench.table import show

    show(lines())
