"""Verbs of maps: taking over a city's outlines, streets and places, and making the phone's pack of them."""

import gzip
import hashlib
import json
import math
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core.actor import db
from backend.core.clock import now
from backend.maps import queries
from backend.maps.tables import AddressRow, OutlineRow, PackRow, PlaceRow, StreetRow, ZoneRow
from shared_models.maps import PACK_FORMAT

FIRST_ZOOM, LAST_ZOOM = 12, 16
KEPT_PACKS = 3


def load(
    outlines: Iterable[Mapping[str, Any]],
    streets: Iterable[Mapping[str, Any]],
    places: Iterable[Mapping[str, Any]],
) -> None:
    """Replace limits, streets and places by these; geometry comes as GeoJSON text."""
    for table, rows, shape in (
        (OutlineRow, outlines, "limits"),
        (StreetRow, streets, "course"),
        (PlaceRow, places, ""),
    ):
        db().execute(delete(table))
        for row in rows:
            values = dict(row)
            if shape:
                values[shape] = func.ST_SetSRID(func.ST_GeomFromGeoJSON(values[shape]), 4326)
            db().execute(insert(table).values(**values))


def load_zones(rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace the zones by these (``code, name_en, name_es, area``); gives how many there are."""
    found = [dict(row) for row in rows]
    db().execute(delete(ZoneRow).where(ZoneRow.code.not_in([row["code"] for row in found])))
    for row in found:
        fresh = {name: value for name, value in row.items() if name != "code"}
        db().execute(
            upsert(ZoneRow).values(**row).on_conflict_do_update(index_elements=[ZoneRow.code], set_=fresh)
        )
    return len(found)


def load_addresses(rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace the addresses by these (``id, line, where``); gives how many there are."""
    found = [dict(row) for row in rows]
    db().execute(delete(AddressRow))
    if found:
        db().execute(insert(AddressRow), found)
    return len(found)


def make_pack(documents: Mapping[str, bytes]) -> str:
    """Make the offline pack of what is loaded, with these documents inside; gives its version.

    The same content makes the same version, so making it again changes nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pack.mbtiles"
        version = write_pack(file, documents)
        body = file.read_bytes()
    db().execute(
        upsert(PackRow)
        .values(version=version, made_at=now(), body=body)
        .on_conflict_do_update(
            index_elements=[PackRow.version],
            set_={"made_at": now()},
        )
    )
    kept = select(PackRow.version).order_by(PackRow.made_at.desc()).limit(KEPT_PACKS)
    db().execute(delete(PackRow).where(PackRow.version.not_in(kept)))
    return version


def write_pack(file: Path, documents: Mapping[str, bytes]) -> str:
    """Write the pack as an MBTiles 1.3 file (vector tiles) with tables of our own beside; gives its version."""
    content = hashlib.sha256()
    pack = sqlite3.connect(file)
    with pack:
        pack.executescript("""
            CREATE TABLE metadata (name text PRIMARY KEY, value text) WITHOUT ROWID;
            CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob,
                                PRIMARY KEY (zoom_level, tile_column, tile_row)) WITHOUT ROWID;
            CREATE TABLE outline (code text PRIMARY KEY, name text, ours int, geojson text) WITHOUT ROWID;
            CREATE TABLE place (id text PRIMARY KEY, kind text, name text, detail text, lat real, lon real,
                                illustration int) WITHOUT ROWID;
            CREATE TABLE document (name text PRIMARY KEY, body blob) WITHOUT ROWID;
        """)
        for table, rows in pack_rows(documents):
            marks = ",".join("?" * len(rows[0])) if rows else ""
            for row in rows:
                pack.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - names of our own
                content.update(repr((table, row)).encode())
        version = content.hexdigest()[:16]
        pack.execute("INSERT INTO metadata VALUES ('version', ?)", (version,))
    pack.execute("VACUUM")
    pack.close()
    return version


def pack_rows(documents: Mapping[str, bytes]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of each table of the pack."""
    box = db().execute(queries.bounds()).one()
    yield (
        "metadata",
        [
            ("name", "city"),
            ("format", "pbf"),
            ("type", "baselayer"),
            ("westu_format", str(PACK_FORMAT)),
            ("minzoom", str(FIRST_ZOOM)),
            ("maxzoom", str(LAST_ZOOM)),
            ("bounds", ",".join(f"{edge:.6f}" for edge in box)),
            ("center", f"{(box.west + box.east) / 2:.6f},{(box.south + box.north) / 2:.6f},14"),
            ("attribution", "Limits: US Census TIGER/Line 2019"),
            (
                "json",
                json.dumps(
                    {
                        "vector_layers": [
                            {"id": "city", "fields": {"code": "String", "name": "String", "ours": "Boolean"}},
                            {"id": "street", "fields": {"name": "String", "illustration": "Boolean"}},
                            {
                                "id": "place",
                                "fields": {
                                    "id": "String",
                                    "kind": "String",
                                    "name": "String",
                                    "illustration": "Boolean",
                                },
                            },
                        ]
                    }
                ),
            ),
        ],
    )
    yield "tiles", list(tiles(box))
    yield (
        "outline",
        [(row.code, row.name, int(row.ours), row.geojson) for row in db().execute(queries.outlines())],
    )
    yield (
        "place",
        [
            (p.id, p.kind, p.name, p.detail, p.where.lat, p.where.lon, int(p.illustration))
            for p in db().scalars(queries.places())
        ],
    )
    yield "document", sorted(documents.items())


def tiles(box: Any) -> Iterator[tuple[int, int, int, bytes]]:
    """(zoom, column, TMS row, gzipped tile) of every tile that holds something."""
    for zoom in range(FIRST_ZOOM, LAST_ZOOM + 1):
        left, top = tile_of(box.north, box.west, zoom)
        right, bottom = tile_of(box.south, box.east, zoom)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                data = bytes(db().scalar(queries.tile(), {"z": zoom, "x": x, "y": y}) or b"")
                if data:
                    yield zoom, x, 2**zoom - 1 - y, gzip.compress(data, 9, mtime=0)


def tile_of(lat: float, lon: float, zoom: int) -> tuple[int, int]:
    """The column and XYZ row of the tile that holds a point."""
    side = 2**zoom
    x = int((lon + 180) / 360 * side)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return x, y
