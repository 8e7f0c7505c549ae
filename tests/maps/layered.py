"""A pack of the city with layers of the map in it: what the server's writer makes, of a few invented features."""

import gzip
import json
import math
import shutil
import sqlite3

from mobile.core import mvt
from mobile.core.pack import tile_position
from shared_models.layers import LayerField, LayerStyle
from tests.maps.tinytiles import commands, piece, value, varint, whole
from tests.maps.window import SHIPPED_PACK

BUFFER, EXTENT = 64, 4096
"""Of the tile's grid: what reaches so far beyond the edge stands in the tile too."""
AT = (29.7135, -95.4270)
KINDS = {"point": mvt.POINT, "line": mvt.LINE, "area": mvt.POLYGON}


def layer_of(name, geometry, features, **told):
    """A layer: features are (id, paths of (lat, lon), properties)."""
    style = {"from_zoom": 12.0, **told.pop("style", {})}
    return {
        "name": name,
        "title_en": name.capitalize(),
        "title_es": f"{name.capitalize()} (es)",
        "geometry": geometry,
        "fields": [],
        "on": True,
        "illustration": False,
        "attribution": "",
        "title_field": "",
        "features": features,
        **told,
        "style": style,
    }


def square(lat, lon, side):
    """A ring, so many degrees wide, with its south-west corner here."""
    return [(lat, lon), (lat, lon + side), (lat + side, lon + side), (lat + side, lon), (lat, lon)]


def encoded(layer, z, x, y):
    """What one tile holds of a layer; nothing where it holds none. Sides are cut a little beyond its edge."""
    body, keys, values = b"", [], []
    kind = KINDS[layer["geometry"]]
    for id_, paths, properties in layer["features"]:
        cut = [path for path in (_in_tile(path, kind, z, x, y) for path in paths) if path]
        if not cut:
            continue
        tags = b""
        for key, of in properties.items():
            keys.append(key)
            values.append(value(of))
            tags += varint(len(keys) - 1) + varint(len(values) - 1)
        body += piece(2, whole(1, id_) + piece(2, tags) + whole(3, kind) + piece(4, commands(kind, cut)))
    if not body:
        return b""
    told = b"".join(piece(3, key.encode()) for key in keys) + b"".join(piece(4, of) for of in values)
    return piece(3, piece(1, layer["name"].encode()) + body + told + whole(5, EXTENT) + whole(15, 2))


def _in_tile(path, kind, z, x, y):
    from mobile.widgets.layerart import _cut

    spots = []
    for lat, lon in path:
        column, row = tile_position(lat, lon, z)
        spots.append((round((column - x) * EXTENT), round((row - y) * EXTENT)))
    low, high = -BUFFER, EXTENT + BUFFER
    if kind == mvt.POINT:
        return [spot for spot in spots if low <= min(spot) and max(spot) < high]
    if kind == mvt.POLYGON:
        ring = spots[:-1]
        for axis in (0, 1):
            for edge, beyond in ((low, -1), (high, 1)):
                ring = _cut(ring, axis, edge, beyond) if ring else ring
        ring = [(round(a), round(b)) for a, b in ring]
        return [*ring, ring[0]] if len(set(ring)) > 2 else []
    inside = any(low <= a <= high and low <= b <= high for a, b in spots)
    return spots if inside else []


def layered_pack(path, layers, zooms=(12, 13, 14, 15, 16), base=SHIPPED_PACK):
    """The shipped pack with these layers written into it."""
    shutil.copy(base, path)
    with sqlite3.connect(path) as db:
        held = dict(db.execute("SELECT name, value FROM metadata"))
        west, south, east, north = (float(number) for number in held["bounds"].split(","))
        base_zoom = int(held["maxzoom"])
        db.execute(
            "CREATE TABLE IF NOT EXISTS layer (name TEXT, title_en TEXT, title_es TEXT, geometry TEXT, fields TEXT,"
            ' style TEXT, "on" INT, illustration INT, attribution TEXT, title_field TEXT)'
        )
        for one in layers:
            fields = json.dumps([LayerField(**field).dump() for field in one["fields"]])
            style = json.dumps(LayerStyle(**one["style"]).dump())
            db.execute(
                "INSERT INTO layer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (one["name"], one["title_en"], one["title_es"], one["geometry"], fields, style,
                 one["on"], one["illustration"], one["attribution"], one["title_field"]),
            )  # fmt: skip
        for z in (zoom for zoom in zooms if int(held["minzoom"]) <= zoom <= base_zoom):
            left, top = (math.floor(part) for part in tile_position(north, west, z))
            right, bottom = (math.floor(part) for part in tile_position(south, east, z))
            for x in range(left, right + 1):
                for y in range(top, bottom + 1):
                    _add(db, z, x, y, b"".join(encoded(layer, z, x, y) for layer in layers))
    db.close()
    return path


def _add(db, z, x, y, more):
    """Layers behind one another are one tile: protobuf joins messages so."""
    if not more:
        return
    key = (z, x, (1 << z) - 1 - y)
    where = "zoom_level = ? AND tile_column = ? AND tile_row = ?"
    row = db.execute(f"SELECT tile_data FROM tiles WHERE {where}", key).fetchone()
    if row is None:
        db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (*key, gzip.compress(more)))
        return
    before = bytes(row[0])
    before = gzip.decompress(before) if before.startswith(b"\x1f\x8b") else before
    db.execute(f"UPDATE tiles SET tile_data = ? WHERE {where}", (gzip.compress(before + more), *key))


# ── a city of some layers ────────────────────────────────────────────────────────────────────────────────


def some_layers():
    """Parcels, parks, a bus route and hydrants around the middle of the city."""
    lat, lon = AT
    side = 0.0006
    parcels = [
        (
            100 + 12 * i + j,
            [square(lat + (i - 6) * side, lon + (j - 6) * side, side)],
            {"lot": f"{4000 + 4 * (12 * i + j)}", "use": "residential"},
        )
        for i in range(12)
        for j in range(12)
        if (i, j) not in {(3, 4), (3, 5), (4, 4), (4, 5)}
    ]
    park = [
        square(lat - 3 * side, lon - 2 * side, 2 * side),
        square(lat - 2.4 * side, lon - 1.2 * side, 0.4 * side)[::-1],
    ]
    hydrants = [
        (n, [[(lat + 0.0011 * (n % 5 - 2), lon + 0.0013 * (n // 5 - 2))]], {"number": f"H-{n}", "flow": 900 + n, "tested": "2025-04-01", "open": n % 2 == 0})
        for n in range(25)
    ]  # fmt: skip
    route = [
        [
            (lat - 0.004, lon - 0.005),
            (lat - 0.001, lon - 0.001),
            (lat + 0.002, lon + 0.0005),
            (lat + 0.004, lon + 0.006),
        ]
    ]
    titles = [
        ("number", "text", "Number", "Número"),
        ("flow", "integer", "Flow, gallons a minute", "Caudal, galones por minuto"),
        ("tested", "date", "Tested on", "Probado el"),
        ("open", "boolean", "In service", "En servicio"),
    ]
    fields = [{"name": n, "kind": k, "title_en": e, "title_es": s} for n, k, e, s in titles]
    return [
        layer_of("parcels", "area", parcels, title_en="Parcels", title_es="Parcelas", title_field="lot",
                 style={"colour": "#7a4a2b", "night": "#d9a67a", "width": 1.2, "fill": 0.12, "label": "lot", "from_zoom": 13.0},
                 fields=[{"name": "lot", "kind": "text", "title_en": "Lot", "title_es": "Lote"}, {"name": "use", "kind": "text", "title_en": "Use", "title_es": "Uso"}]),
        layer_of("parks", "area", [(7, park, {"name": "Colonial Park"})], title_en="Parks", title_es="Parques", title_field="name",
                 style={"colour": "#2e7d32", "night": "#81c784", "width": 2.0, "fill": 0.45, "label": "name"}, attribution="City of West University Place"),
        layer_of("routes", "line", [(3, route, {"name": "Route 84"})], title_en="Bus routes", title_es="Rutas de autobús", title_field="name",
                 style={"colour": "#6a1b9a", "night": "#ce93d8", "width": 4.0, "label": "name"}),
        layer_of("hydrants", "point", hydrants, title_en="Fire hydrants", title_es="Hidrantes", title_field="number", fields=fields,
                 style={"colour": "#c62828", "night": "#ff8a80", "width": 5.0, "label": "number"}, illustration=True, on=True),
        layer_of("benches", "point", [(1, [[(lat + 0.0004, lon + 0.0002)]], {})], title_en="Benches", title_es="Bancas", on=False,
                 style={"colour": "#1a6bb5", "night": "#6db3e8", "width": 4.0}),
    ]  # fmt: skip
