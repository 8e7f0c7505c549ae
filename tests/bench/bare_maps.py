"""The yardstick of layers: a Flask app whose pages come each from one SQL text, with no rights, no validation, no audit.

Its answers are, byte for byte, those of the city's server to the same requests (the benchmark compares them first).
``TILES`` are the SQL alone, as PostGIS's manual writes it: they hold the same features with the same fields, and corners
that are at most a unit from ours.
"""

import os
from datetime import UTC, datetime

import psycopg
from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

OPTIONS = "-c role=westu_app -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_custom_plan"
"""As the city's server has them; and no one plan for all boxes, which is ten times as slow: a slow yardstick is none."""

FEATURE = """concat('{"type":"Feature","id":', id, ',"geometry":', ST_AsGeoJSON(geom, 6, 0), ',"properties":', props, '}')"""
ITEMS = f"""
    WITH found AS MATERIALIZED (
        SELECT id, geom, props FROM feature
        WHERE edition_id = %(edition)s::int AND ST_Intersects(geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
        ORDER BY id LIMIT 101
    )
    SELECT string_agg({FEATURE}, ','), (SELECT id FROM found OFFSET 100 LIMIT 1)
    FROM (SELECT * FROM found LIMIT 100) AS told
"""
ITEM = f"SELECT {FEATURE} FROM feature WHERE edition_id = %(edition)s::int AND id = %(id)s"

WITHIN = """
    edition_id = %(edition)s::int
    AND geom && ST_MakeEnvelope(%(lon_from)s, %(lat_from)s, %(lon_to)s, %(lat_to)s, 4326)
"""
TILES = {
    "point": f"""
        SELECT ST_AsMVT(told, %(name)s, 4096, '_shape', '_id') FROM (
            SELECT id AS _id, {{fields}},
                   ST_AsMVTGeom(ST_Transform(geom, 3857), ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                                4096, 64, true) AS _shape
            FROM feature WHERE {WITHIN} ORDER BY id
        ) AS told WHERE NOT ST_IsEmpty(_shape)
    """,
    "area": f"""
        SELECT ST_AsMVT(told, %(name)s, 4096, '_shape', '_id') FROM (
            SELECT _id, {{names}}, ST_ForcePolygonCCW(ST_CollectionExtract(
                CASE WHEN whole @ frame THEN whole ELSE ST_SnapToGrid(ST_ClipByBox2D(whole, frame), 1) END, 3)) AS _shape
            FROM (
                SELECT id AS _id, {{fields}}, ST_SnapToGrid(ST_TransScale(
                           ST_Transform(geom, 3857), -%(west)s::float8, -%(north)s::float8,
                           %(units_per_m)s::float8, -%(units_per_m)s::float8), 1) AS whole
                FROM feature WHERE {WITHIN} ORDER BY id OFFSET 0
            ) AS moved, ST_MakeEnvelope(-64, -64, 4160, 4160, 3857) AS frame OFFSET 0
        ) AS told WHERE NOT ST_IsEmpty(_shape)
    """,
}
"""The one with corners of areas on the tile's grid before they are cut, so that those that adjoin leave no crack."""
CASTS = {"number": "::float8", "integer": "::bigint", "boolean": "::boolean"}


def tile(geometry, fields):
    """The SQL of a tile of a layer, with all its fields (``[{"name": …, "kind": …}]``)."""
    told = [(each["name"], CASTS.get(each["kind"], "")) for each in fields]
    return TILES[geometry].format(
        fields=", ".join(f"(props ->> '{name}'){cast} AS \"{name}\"" for name, cast in told),
        names=", ".join(f'"{name}"' for name, _ in told),
    )


def values(where):
    """Its values for a place: the tile's box in metres, and in degrees with its buffer."""
    from backend.maps.mvt import BUFFER, EXTENT, degrees

    west, south, east, north = where.box()
    around = zip(("lon_from", "lat_from", "lon_to", "lat_to"), degrees(where.box(BUFFER)), strict=True)
    box = {"west": west, "south": south, "east": east, "north": north}
    return box | dict(around) | {"units_per_m": EXTENT / (east - west)}


def create_app():
    app = Flask("bare")
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    root = os.environ["PUBLIC_URL"]
    pool = ConnectionPool(
        url, min_size=1, max_size=8, kwargs={"autocommit": True, "options": OPTIONS}, open=True
    )
    with psycopg.connect(url, options=OPTIONS) as connection:
        editions = dict(connection.execute("SELECT name, edition_id FROM layer").fetchall())

    def answer(head, tail):
        return Response(f"{head}{tail}", mimetype="application/geo+json")

    def link(href, rel, kind="application/geo+json"):
        return f'{{"href":"{href}","rel":"{rel}","type":"{kind}"}}'

    def about(name, asked):
        """This address, and the same as a page."""
        here = f"{root}{request.path}"
        more = "&" if asked else ""
        self_ = link(f"{here}?{asked}" if asked else here, "self")
        return self_, link(f"{here}?{asked}{more}f=html", "alternate", "text/html")

    @app.get("/ogc/collections/<name>/items")
    def items(name):
        west, south, east, north = map(float, request.args["bbox"].split(","))
        values = {"edition": editions[name], "west": west, "south": south, "east": east, "north": north}
        with pool.connection() as connection:
            texts, after = connection.execute(ITEMS, values).fetchone()
        asked, at = request.query_string.decode(), f"{root}/ogc/collections/{name}"
        queryables = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
        links = [
            *about(name, asked),
            link(f"{root}{request.path}?{asked}&after={after}", "next"),
            link(at, "collection", "application/json"),
            link(f"{at}/queryables", queryables, "application/schema+json"),
        ]
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        head = f'{{"type":"FeatureCollection","timeStamp":"{moment}","numberReturned":100,"links":[{",".join(links)}],'
        return answer(head, f'"features":[{texts}]}}')

    @app.get("/ogc/collections/<name>/items/<int:id>")
    def item(name, id):
        with pool.connection() as connection:
            [text] = connection.execute(ITEM, {"edition": editions[name], "id": id}).fetchone()
        links = [
            *about(name, ""),
            link(f"{root}/ogc/collections/{name}", "collection", "application/json"),
        ]
        return answer(text[:-1], f',"links":[{",".join(links)}]}}')

    return app


def keeping_no_tile():
    """The city's server, which makes each tile anew: there is room for none."""
    from backend.app import create_app as ours
    from backend.maps import tiles

    tiles.kept.most = 0
    return ours()
