"""Makes vector tiles and packs of a few features, the other way round than the app reads them."""

import gzip
import json
import sqlite3
import struct

from mobile.core import mvt


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def whole(field, number):
    return varint(field << 3) + varint(number)


def piece(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def value(of):
    if isinstance(of, bool):
        return whole(7, of)
    if isinstance(of, int):
        return whole(6, zigzag(of))
    if isinstance(of, float):
        return varint(3 << 3 | 1) + struct.pack("<d", of)
    return piece(1, of.encode())


def commands(kind, paths):
    """The drawing commands of points, lines or closed rings."""
    numbers, x, y = [], 0, 0

    def to(spots):
        nonlocal x, y
        for spot in spots:
            numbers.extend((zigzag(spot[0] - x), zigzag(spot[1] - y)))
            x, y = spot

    for path in paths:
        if kind == mvt.POINT:
            numbers.append(len(path) << 3 | 1)
            to(path)
            continue
        rest = path[1:-1] if kind == mvt.POLYGON else path[1:]
        numbers.append(1 << 3 | 1)
        to(path[:1])
        numbers.append(len(rest) << 3 | 2)
        to(rest)
        if kind == mvt.POLYGON:
            numbers.append(1 << 3 | 7)
    return b"".join(map(varint, numbers))


def layer(name, features, extent=4096):
    """A layer of (kind, paths, properties)."""
    keys, values, body = [], [], b""
    for kind, paths, properties in features:
        tags = b""
        for key, of in properties.items():
            keys.append(key)
            values.append(value(of))
            tags += varint(len(keys) - 1) + varint(len(values) - 1)
        body += piece(2, piece(2, tags) + whole(3, kind) + piece(4, commands(kind, paths)))
    names = b"".join(piece(3, key.encode()) for key in keys)
    body = piece(1, name.encode()) + body + names + b"".join(piece(4, of) for of in values)
    return piece(3, body + whole(5, extent) + whole(15, 2))


def pack(path, tiles, **metadata):
    """A pack of {(z, x, y): bytes}, with one outline of ours: a square around 29.71, -95.43."""
    square = [[-95.44, 29.70], [-95.42, 29.70], [-95.42, 29.72], [-95.44, 29.72], [-95.44, 29.70]]
    outline = json.dumps({"type": "Polygon", "coordinates": [square]})
    words = {"bounds": "-95.45,29.69,-95.41,29.73", "minzoom": "14", "maxzoom": "14", "format": "pbf"}
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE metadata (name TEXT, value TEXT);
            CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB);
            CREATE TABLE outline (code TEXT, name TEXT, ours INT, geojson TEXT);
            CREATE TABLE place (id TEXT, kind TEXT, name TEXT, detail TEXT, lat REAL, lon REAL, illustration INT);
            CREATE TABLE document (name TEXT, body BLOB);
        """)
        db.executemany("INSERT INTO metadata VALUES (?, ?)", (words | metadata).items())
        db.executemany(
            "INSERT INTO tiles VALUES (?, ?, ?, ?)",
            [(z, x, (1 << z) - 1 - y, gzip.compress(data)) for (z, x, y), data in tiles.items()],
        )
        db.execute("INSERT INTO outline VALUES ('ours', 'Ours', 1, ?)", (outline,))
    db.close()
    return path
