"""The city pack: the map, the search and the public documents of the city in one file on the phone.

A pack is an MBTiles 1.3 file (SQLite) of vector tiles with three more tables: `outline`, `place` and
`document`; one of layers of the map has a fourth, `layer`. It is only ever read. One `Pack` may be used from any thread: its reads take turns, each
a small one, and `close()` waits for the one under way.
"""

import json
import math
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from mobile.core import mvt, packrows
from mobile.core.maplayers import MapLayer, layers_of
from mobile.core.shapes import distance
from shared_models.addresses import Finder, NoRows, Rows
from shared_models.places import EARTH_RADIUS, Hit, LatLon, Outline, Place, metres_between, polygons, whose

_TABLES = frozenset({"metadata", "tiles", "outline", "place", "document"})
_GZIP = b"\x1f\x8b"
_LEAST_RING = 3
"""Corners of a triangle; its ring repeats the first one."""


class BrokenPackError(Exception):
    """The file is missing, half copied, or not a city pack. The remedy is always to fetch it anew."""


class Bounds(NamedTuple):
    """A box in degrees, WGS 84, in the order of MBTiles."""

    west: float
    south: float
    east: float
    north: float


class Center(NamedTuple):
    """Where to begin, and how near."""

    lat: float
    lon: float
    zoom: float


class Pack:
    """An open city pack."""

    def __init__(self, path: Path) -> None:
        """Use `Pack.open`, which says what is wrong with a bad file."""
        self.path = path
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Opens the pack and makes sure that it is one and whole.

        Raises:
            BrokenPackError: if the file is missing, cut short, or not a city pack.
        """
        pack = cls(Path(path))
        try:
            pack._check_file()
            pack._connect()
            pack._check_content()
        except BaseException:
            pack.close()
            raise
        return pack

    def close(self) -> None:
        """Closes the file; after it the pack answers nothing more but what it has in memory."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what it says about itself ------------------------------------------------------------------

    @cached_property
    def metadata(self) -> dict[str, str]:
        """All names and values of the MBTiles table `metadata`."""
        return {str(name): str(value) for name, value in self._rows("SELECT name, value FROM metadata")}

    @cached_property
    def bounds(self) -> Bounds:
        """The box that the tiles cover."""
        return Bounds(*self._numbers("bounds", 4))

    @cached_property
    def center(self) -> Center:
        """Where a map begins: what the pack says, else the middle of its bounds."""
        if "center" in self.metadata:
            lon, lat, zoom = self._numbers("center", 3)
            return Center(lat, lon, zoom)
        west, south, east, north = self.bounds
        return Center((south + north) / 2, (west + east) / 2, float(self.minzoom))

    @cached_property
    def minzoom(self) -> int:
        """The smallest zoom that has tiles."""
        return int(self._numbers("minzoom", 1)[0])

    @cached_property
    def maxzoom(self) -> int:
        """The largest zoom that has tiles; a map may draw these larger still."""
        return int(self._numbers("maxzoom", 1)[0])

    @property
    def attribution(self) -> str:
        """Who made the data, as it must be shown on the map; empty if nobody asks for it."""
        return self.metadata.get("attribution", "")

    @property
    def version(self) -> str:
        """Which pack this is, as the server names it."""
        return self.metadata.get("version", "")

    @cached_property
    def _tables(self) -> set[str]:
        return {
            str(n) for (n,) in self._rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        }

    # --- what it holds ------------------------------------------------------------------------------

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One unpacked vector tile, y counted from the north (XYZ); None where the pack has none.

        Raises:
            BrokenPackError: if its bytes can't be unpacked.
        """
        rows = self._rows(
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
            (z, x, (1 << z) - 1 - y),
        )
        if not rows:
            return None
        try:
            data = bytes(rows[0][0])
            return zlib.decompress(data, wbits=31) if data.startswith(_GZIP) else data
        except (zlib.error, TypeError) as broken:
            raise BrokenPackError(f"{self.path.name}: tile {z}/{x}/{y} can't be unpacked") from broken

    def document(self, name: str) -> bytes | None:
        """A JSON document shipped with the pack, as it was written; None if there is none of this name."""
        rows = self._rows("SELECT body FROM document WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None

    @cached_property
    def outlines(self) -> list[Outline]:
        """The limits of our city and its neighbours, whole; ours first."""
        rows = self._rows("SELECT code, name, ours, geojson FROM outline ORDER BY ours DESC, code")
        try:
            return [
                Outline(code, name, bool(ours), _area(json.loads(text))) for code, name, ours, text in rows
            ]
        except (ValueError, TypeError, AttributeError, LookupError) as broken:
            raise BrokenPackError(f"{self.path.name}: an outline is no area in GeoJSON") from broken

    @cached_property
    def layers(self) -> list[MapLayer]:
        """The layers of the map that its tiles hold, in the order in which they are told; none in an older pack."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'layer'"):
            return []
        columns = ", ".join(f'"{name}"' for name in MapLayer._fields)
        try:
            return layers_of(self._rows(f"SELECT {columns} FROM layer"))  # noqa: S608 - names of our own
        except Exception as broken:
            raise BrokenPackError(f"{self.path.name}: a layer can't be read") from broken

    def whose(self, lat: float, lon: float) -> Outline | None:
        """The city whose limits hold this point, or None where no outline of the pack does."""
        return whose((lat, lon), self.outlines)

    @cached_property
    def _found(self) -> tuple[Finder, Rows]:
        rows = self._rows("SELECT id, kind, name, detail, lat, lon, illustration FROM place ORDER BY id")
        places = [
            Place(code, kind, name, detail or "", lat, lon, bool(illustration))
            for code, kind, name, detail, lat, lon, illustration in rows
        ]
        cities = [outline.name for outline in self.outlines]
        if not self._tables >= packrows.TABLES:
            return Finder(places, [], cities), NoRows()
        more = packrows.PackRows(self._rows)
        return Finder(places + more.places(), more.streets(), cities, more.crossing()), more

    def find(
        self, query: str, near: LatLon | None = None, limit: int = 10, kinds: frozenset[str] | None = None
    ) -> list[Hit]:
        """What the query most likely means, best first; see `shared_models.addresses.Finder.search`.

        The first call reads the names of streets and places (tens of milliseconds); they are kept. Numbers are read
        at each call.
        """
        finder, rows = self._found
        return finder.search(query, rows, near, limit, kinds)

    def places_near(self, lat: float, lon: float, within: float) -> list[tuple[Place, float]]:
        """The places and addresses at most so many metres away, each with its distance; the nearest first."""
        up = math.degrees(within / EARTH_RADIUS)
        aside = up / math.cos(math.radians(lat))
        box = (lat - up, lat + up, lon - aside, lon + aside)
        rows = self._rows(
            "SELECT id, kind, name, detail, lat, lon, illustration FROM place"
            " WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?",
            box,
        )
        places = [Place(row[0], row[1], row[2], row[3] or "", row[4], row[5], bool(row[6])) for row in rows]
        if self._tables >= packrows.TABLES:
            places += packrows.doors_in(self._rows, box)
        away = ((place, metres_between((lat, lon), (place.lat, place.lon))) for place in places)
        return sorted((one for one in away if one[1] <= within), key=lambda one: one[1])

    def nearest_street(self, lat: float, lon: float, within: float = 150.0) -> str | None:
        """The name of the street that passes nearest, or None if none does within so many metres.

        It is measured to the lines of the tiles, since a place has but one point for a whole street.
        """
        z = self.maxzoom
        x, y = tile_position(lat, lon, z)
        metres_per_tile = math.cos(math.radians(lat)) * 2 * math.pi * EARTH_RADIUS / (1 << z)
        reach = within / metres_per_tile
        best, name = math.inf, None
        for column in range(int(x - reach), int(x + reach) + 1):
            for row in range(int(y - reach), int(y + reach) + 1):
                for street, away in self._streets_of(z, column, row, x, y):
                    if away < best:
                        best, name = away, street
        return name if best <= reach else None

    def _streets_of(self, z: int, column: int, row: int, x: float, y: float) -> Iterator[tuple[str, float]]:
        """The named lines of one tile with their distance, in tiles, from a position in tiles."""
        data = self.tile(z, column, row)
        try:
            layer = mvt.decode(data).get("street") if data else None
        except mvt.BrokenTileError as broken:
            raise BrokenPackError(f"{self.path.name}: tile {z}/{column}/{row} is broken") from broken
        if layer is None:
            return
        at = (x - column) * layer.extent, (y - row) * layer.extent
        for feature in layer.features:
            if feature.kind == mvt.LINE and feature.properties.get("name"):
                yield str(feature.properties["name"]), distance(feature, at)[0] / layer.extent

    # --- reading ------------------------------------------------------------------------------------

    def _connect(self) -> None:
        # immutable: nobody writes to a pack, a new one takes its place; so no lock and no journal
        where = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(where, uri=True, check_same_thread=False)
        except sqlite3.Error as broken:
            raise BrokenPackError(f"{self.path.name} can't be opened: {broken}") from broken

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._turn:
            if self._connection is None:
                raise BrokenPackError(f"{self.path.name} was closed")
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as broken:
                raise BrokenPackError(f"{self.path.name} can't be read: {broken}") from broken

    def _numbers(self, name: str, count: int) -> list[float]:
        try:
            numbers = [float(number) for number in self.metadata[name].split(",")]
        except (KeyError, ValueError):
            numbers = []
        if len(numbers) != count or not all(map(math.isfinite, numbers)):
            raise BrokenPackError(f"{self.path.name}: metadata has no good {name}")
        return numbers

    def _check_file(self) -> None:
        """No database at all, or fewer bytes than its header says: a download that was cut off."""
        try:
            size = self.path.stat().st_size
            with self.path.open("rb") as file:
                header = file.read(100)
        except OSError as missing:
            raise BrokenPackError(f"{self.path.name} can't be opened") from missing
        if not header.startswith(b"SQLite format 3\0") or len(header) < 100:  # noqa: PLR2004 - SQLite's header
            raise BrokenPackError(f"{self.path.name} is no city pack")
        page = int.from_bytes(header[16:18], "big")  # where 1 stands for 65536
        pages = int.from_bytes(header[28:32], "big")
        if size < pages * (65536 if page == 1 else page):
            raise BrokenPackError(f"{self.path.name} is cut short")

    def _check_content(self) -> None:
        """A database of others."""
        if missing_tables := _TABLES - self._tables:
            raise BrokenPackError(
                f"{self.path.name} is no city pack: without {', '.join(sorted(missing_tables))}"
            )
        if self.metadata.get("format", "pbf") != "pbf":
            raise BrokenPackError(f"{self.path.name} holds no vector tiles")
        _ = self.bounds, self.minzoom, self.maxzoom, self.center


def tile_position(lat: float, lon: float, z: int) -> tuple[float, float]:
    """A point in tiles of zoom z from the map's north-west corner (Web Mercator, EPSG:3857)."""
    south = math.asinh(math.tan(math.radians(lat))) / math.pi
    return (lon + 180) / 360 * (1 << z), (1 - south) / 2 * (1 << z)


def _area(geojson: dict[str, Any]) -> dict[str, Any]:
    """The Polygon or MultiPolygon itself, also where a Feature wraps it."""
    geometry: dict[str, Any] = geojson["geometry"] if geojson.get("type") == "Feature" else geojson
    if not all(
        len(ring) > _LEAST_RING and _are_numbers(ring) for area in polygons(geometry) for ring in area
    ):
        raise ValueError("a ring has too few corners")
    return geometry


def _are_numbers(ring: Sequence[Sequence[float]]) -> bool:
    return all(math.isfinite(lon) and math.isfinite(lat) for lon, lat, *_ in ring)
