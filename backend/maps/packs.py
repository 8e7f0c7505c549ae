"""Packs: the map of the city as one file, for phones (MBTiles, with tables of ours) and for browsers (PMTiles).

Phones fetch what has changed since the pack that they have; both kinds are made of the same tiles.
"""

import gzip
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Response, request
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from backend.core.actor import context, db
from backend.core.clock import now
from backend.core.database import one
from backend.core.http import cached
from backend.core.problems import NotFound
from backend.maps import gazetteer, mvt, queries, sources, tiles, tilesets
from backend.maps.mvt import Place
from backend.maps.sources import Source
from backend.maps.tables import PackRow
from shared_models.layers import Part
from shared_models.maps import PACK_FORMAT
from shared_models.packs import VERSION, keys_of, quoted, tables_of, version_of

FIRST_ZOOM, LAST_ZOOM = 12, 16
KEPT_PACKS = 6
"""Phones whose pack is one of these fetch what changed; others fetch the newest whole."""
SQLITE, PMTILES = "application/vnd.sqlite3", "application/vnd.pmtiles"
GROUND = {
    "city": {"code": "String", "name": "String", "ours": "Boolean"},
    "street": {"name": "String", "illustration": "Boolean"},
    "place": {"id": "String", "kind": "String", "name": "String", "illustration": "Boolean"},
}
"""What each tile holds besides layers, with the fields of it. No layer of such a name goes into a pack."""
TABLES = """
    CREATE TABLE metadata (name text PRIMARY KEY, value text) WITHOUT ROWID;
    CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob,
                        PRIMARY KEY (zoom_level, tile_column, tile_row)) WITHOUT ROWID;
    CREATE TABLE outline (code text PRIMARY KEY, name text, ours int, geojson text) WITHOUT ROWID;
    CREATE TABLE place (id text PRIMARY KEY, kind text, name text, detail text, lat real, lon real,
                        illustration int) WITHOUT ROWID;
    CREATE TABLE document (name text PRIMARY KEY, body blob) WITHOUT ROWID;
    CREATE TABLE layer (name text PRIMARY KEY, title_en text, title_es text, geometry text, fields text, style text,
                        "on" int, illustration int, attribution text, title_field text) WITHOUT ROWID;
"""
LAYER = (
    "name", "title_en", "title_es", "geometry", "fields", "style", "on", "illustration", "attribution", "title_field",
)  # fmt: skip


# ── making them ──────────────────────────────────────────────────────────────────────────────────────────────


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
        .on_conflict_do_update(index_elements=[PackRow.version], set_={"made_at": now()})
    )
    kept = select(PackRow.version).order_by(PackRow.made_at.desc()).limit(KEPT_PACKS)
    db().execute(delete(PackRow).where(PackRow.version.not_in(kept)))
    return version


def renew() -> str | None:
    """Make the pack anew, if a layer in it changed, came or went since; gives its version then."""
    body = db().scalar(select(PackRow.body).order_by(PackRow.made_at.desc()).limit(1))
    if body is None:
        return None
    with opened(body) as pack:
        told = pack.execute("SELECT value FROM metadata WHERE name = 'layers'").fetchone()
        if told == (stamp(),):
            return None
        documents = dict(pack.execute("SELECT name, body FROM document").fetchall())
    return make_pack(documents)


def opened(body: bytes) -> Any:
    """A pack in memory, to be read; closed at the end of ``with``."""
    pack = sqlite3.connect(":memory:")
    pack.deserialize(body)
    return closing(pack)


def chosen() -> list[Source]:
    """The layers that go into a pack: those that everybody may see and the map shows until they are turned off."""
    names = [layer.name for layer in sources.all_of(None) if layer.on and layer.name not in GROUND]
    return [source for source in sources.several(None, names) if not source.given]


def stamp() -> str:
    """Which layers a pack is made of, drawn or searched, as they are now."""
    return " ".join(
        f"{layer.name}:{layer.id.hex[:8]}:{layer.version}"
        for layer in sources.all_of(None)
        if layer.version and (layer.on or layer.part is not Part.NONE)
    )


def write_pack(file: Path, documents: Mapping[str, bytes]) -> str:
    """Write the pack as an MBTiles 1.3 file (vector tiles) with tables of our own beside; gives its version."""
    with closing(sqlite3.connect(file)) as pack:
        with pack:
            pack.executescript(TABLES + gazetteer.PACK_TABLES)
            for table, rows in pack_rows(documents, chosen()):
                if not rows:
                    continue
                marks = ",".join("?" * len(rows[0]))
                pack.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of our own
            version = version_of(pack)
            pack.execute("INSERT INTO metadata VALUES (?, ?)", (VERSION, version))
        pack.execute("VACUUM")
    return version


def pack_rows(
    documents: Mapping[str, bytes], found: Sequence[Source]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of each table of the pack."""
    box = db().execute(queries.bounds()).one()
    credits = dict.fromkeys(source.layer.attribution for source in found if source.layer.attribution)
    ground = [{"id": name, "fields": fields} for name, fields in GROUND.items()]
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
            ("attribution", " · ".join(["Limits: US Census TIGER/Line 2019", *credits])),
            ("layers", stamp()),
            ("json", json.dumps({"vector_layers": ground + [described(source) for source in found]})),
        ],
    )
    yield "tiles", list(all_tiles(box, found))
    yield "layer", [row_of(source) for source in found]
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
    yield from gazetteer.search_rows()


def described(source: Source) -> dict[str, Any]:
    """A layer, as MBTiles' metadata tell of it."""
    fields = {name: tilesets.KINDS.get(each.kind, "String") for name, each in source.fields.items()}
    return {"id": source.layer.name, "description": source.layer.title_en, "fields": fields}


def row_of(source: Source) -> tuple[Any, ...]:
    """A layer in the pack's own table: as the phone shows it."""
    told = source.layer.dump()
    return tuple(
        json.dumps(told[name], ensure_ascii=False) if isinstance(told[name], list | dict) else told[name]
        for name in LAYER
    )


def all_tiles(box: Any, found: Sequence[Source]) -> Iterator[tuple[int, int, int, bytes]]:
    """(zoom, column, TMS row, gzipped tile) of every tile of the city that holds something."""
    for zoom in range(FIRST_ZOOM, LAST_ZOOM + 1):
        shown = [source for source in found if tilesets.first_zoom(source.layer) <= zoom]
        fields = [told_at(source, zoom) for source in shown]
        first, last = mvt.at(box.north, box.west, zoom), mvt.at(box.south, box.east, zoom)
        for column in range(first.column, last.column + 1):
            for row in range(first.row, last.row + 1):
                ground = db().scalar(queries.tile(), {"z": zoom, "x": column, "y": row})
                data = bytes(ground or b"")
                if shown:
                    data += mvt.made(shown, fields, Place(zoom, row, column))
                if data:
                    yield zoom, column, 2**zoom - 1 - row, gzip.compress(data, 9, mtime=0)


def told_at(source: Source, zoom: int) -> tuple[str, ...]:
    """The fields of a layer in a pack: all of them only where it is nearest, since nobody asks what a speck is."""
    return tuple(source.fields) if zoom == LAST_ZOOM else tiles.drawn_by(source.layer)


def pmtiles_of(body: bytes) -> bytes:
    """The tiles of a pack as PMTiles 3, the same bytes for the same pack."""
    out = io.BytesIO()
    with opened(body) as pack:
        told = dict(pack.execute("SELECT name, value FROM metadata").fetchall())
        places = pack.execute("SELECT zoom_level, tile_column, tile_row FROM tiles").fetchall()
        writer: Any = Writer(out)  # type: ignore[no-untyped-call]  # pmtiles has no types
        for id_, place in sorted((zxy_to_tileid(z, x, 2**z - 1 - y), (z, x, y)) for z, x, y in places):
            [(data,)] = pack.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?", place
            )
            writer.write_tile(id_, data)
    west, south, east, north = (round(float(edge) * 1e7) for edge in told["bounds"].split(","))
    lon, lat, zoom = map(float, told["center"].split(","))
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": int(zoom),
        "center_lon_e7": round(lon * 1e7),
        "center_lat_e7": round(lat * 1e7),
    }
    about = {name: told[name] for name in ("name", "attribution", VERSION)}
    writer.finalize(header, about | json.loads(told["json"]))
    return out.getvalue()


def patch_of(old: bytes, new: bytes) -> bytes:
    """What makes the new pack of the old one, as an SQLite file. Raises NotFound where their tables differ.

    For each table ``put_…`` holds the rows that are new or were changed, and ``drop_…`` the keys of those that went;
    what holds nothing is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, after, patch = (Path(folder) / name for name in ("before", "after", "patch"))
        before.write_bytes(old)
        after.write_bytes(new)
        with closing(sqlite3.connect(after)) as made:
            made.execute("ATTACH ? AS old", (str(before),))
            made.execute("ATTACH ? AS patch", (str(patch),))
            made.execute("PRAGMA patch.page_size = 512")
            tables = tables_of(made)
            if tables != tables_of(made, "old"):
                raise NotFound
            with made:
                for table in tables:
                    name, keys = quoted(table), quoted(*keys_of(made, table))
                    for verb, found in (
                        ("put", f"SELECT * FROM main.{name} EXCEPT SELECT * FROM old.{name}"),  # noqa: S608 - quoted
                        ("drop", f"SELECT {keys} FROM old.{name} EXCEPT SELECT {keys} FROM main.{name}"),  # noqa: S608 - quoted
                    ):
                        if made.execute(f"{found} LIMIT 1").fetchone():
                            made.execute(f"CREATE TABLE patch.{quoted(f'{verb}_{table}')} AS {found}")
            made.execute("VACUUM patch")
        return patch.read_bytes()


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────

_kept: dict[tuple[object, str], tuple[str, bytes]] = {}
"""What this process last gave, by database and kind: (version, body)."""
_MOST_KEPT = 8


def answer_pack() -> Response:
    """The phone's pack; a part of it, where that is asked for. Raises NotFound before there is one."""
    version = newest()
    return part_of("pack", version, lambda: body_of(version), SQLITE)


def answer_pmtiles() -> Response:
    """The browser's. Raises NotFound before there is one."""
    version = newest()
    return part_of("pmtiles", version, lambda: pmtiles_of(body_of(version)), PMTILES)


def answer_changes(since: str) -> Response:
    """What changed since this version. Raises NotFound for one that is not kept any more: then the whole is to be fetched."""
    version = newest()
    if since == version:
        return Response(status=204)
    return part_of(
        f"since {since}", f"{since}-{version}", lambda: patch_of(body_of(since), body_of(version)), SQLITE
    )


def newest() -> str:
    """The version of the newest pack. Raises NotFound."""
    version = db().scalar(queries.newest_version())
    if version is None:
        raise NotFound
    return version


def body_of(version: str) -> bytes:
    """The phone's pack of this version. Raises NotFound."""
    return one(select(PackRow).where(PackRow.version == version)).body


def kept(kind: str, version: str, make: Callable[[], bytes]) -> bytes:
    """The bytes of one kind, kept until there is another version: browsers ask for many small parts of them."""
    key = (context().connection.engine.url, kind)
    found = _kept.get(key)
    if found is None or found[0] != version:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[key] = (version, make())
    return found[1]


ONE_RANGE = re.compile(r"bytes=([0-9]+-[0-9]*|-[0-9]+)")


def part_of(kind: str, version: str, make: Callable[[], bytes], mimetype: str) -> Response:
    """The bytes of one kind, a range of them (RFC 9110 §14), or 304 to whoever has this version."""
    if request.if_none_match.contains(version):
        return cached(version, make, mimetype)
    body = kept(kind, version, make)
    told = Response(body, mimetype=mimetype)
    told.set_etag(version)
    told.headers["Cache-Control"] = "public, max-age=300"
    asked = request.headers.get("Range", "")
    if asked and not ONE_RANGE.fullmatch(asked):
        # Of several, or of what is none, there may always be the whole (§14.2).
        told.headers["Accept-Ranges"] = "bytes"
        return told
    try:
        told.make_conditional(request, accept_ranges=True, complete_length=len(body))
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
    return told


__all__ = [
    "answer_changes",
    "answer_pack",
    "answer_pmtiles",
    "make_pack",
    "patch_of",
    "pmtiles_of",
    "renew",
    "write_pack",
]
