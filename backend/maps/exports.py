"""A layer, or what a filter leaves of it, as a file to take away; only what whoever asks may see.

Features are read from PostgreSQL one by one and written to a file without a name: a layer of any size takes little memory,
but for FlatGeobuf, whose index wants to know them all.
"""

import csv
import io
import itertools
import json
import math
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC as IN_UTC
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

from flask import Response
from marshmallow import INCLUDE, ValidationError, post_load, pre_load
from sqlalchemy import ColumnElement, Select, Text, cast, func, select

from backend.core.actor import asking, context
from backend.core.paper import guarded
from backend.core.problems import Invalid, NotFound, ProblemError, TooMany, shown
from backend.maps import cql2, heavy, sources
from backend.maps.sources import Source
from shared_models.layers import ExportFormat, ExportLayer, FieldKind, Geometry
from shared_models.problems import FieldError
from shared_models.wire import wire_fields

AT_ONCE = 2
"""Exports that one process makes at a time: each takes a processor."""
MOST_TOLD = 20
"""Wrong names that are told at once."""
MOST_AT_ONCE = 300_000
"""Features of a FlatGeobuf: they are in memory together while it is written."""
PIECE = 10_000
"""Features that are handed to GDAL at a time."""
DECIMALS = 6
TYPES = {
    ExportFormat.GEOJSON: ("application/geo+json", "geojson"),
    ExportFormat.GPKG: ("application/geopackage+sqlite3", "gpkg"),
    ExportFormat.FGB: ("application/flatgeobuf", "fgb"),
    ExportFormat.CSV: ("text/csv", "csv"),
}
KINDS = {Geometry.POINT: "Point", Geometry.LINE: "MultiLineString", Geometry.AREA: "MultiPolygon"}
"""What GDAL is told that a layer holds; a mixed one holds anything."""

_making = threading.BoundedSemaphore(AT_ONCE)


class Wanted(NamedTuple):
    """What is to be taken away."""

    asked: ExportLayer
    said: dict[str, str]
    """Filters on the layer's own fields, by their names."""


class _Query(ExportLayer.Schema):  # type: ignore[misc]  # a wire class makes its schema itself
    """What an export's query says: what is known of each layer's, and filters on fields that only the layer knows."""

    class Meta:
        """Marshmallow's own options."""

        unknown = INCLUDE

    @pre_load
    def once(self, data: Any, **_: Any) -> Any:
        """Refuse a filter that stands twice: one of them would be passed over without a word."""
        lists = data.data.lists() if hasattr(data, "data") else ()
        if twice := [name for name, values in lists if len(values) > 1]:
            raise ValidationError({shown(name): ["Say it once."] for name in twice})
        return data

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Wanted:
        """Tell the layer's own filters apart."""
        known = wire_fields(ExportLayer)
        asked = ExportLayer(**{name: value for name, value in data.items() if name in known})
        return Wanted(asked, {name: str(value) for name, value in data.items() if name not in known})


ExportQuery = type("ExportLayer", (_Query,), {"__doc__": ExportLayer.__doc__})


def export(id_: UUID, wanted: Wanted) -> Response:
    """The file.

    Raises NotFound, Invalid that names the filter, TooMany, ProblemError("too-large").
    """
    try:
        source = sources.source_of(asking(), id_)
    except NotFound:
        refuse_fields(wanted.said)  # of a layer that nobody may know of no field is known either
        raise
    rows = matching(source, wanted)
    media_type, ending = TYPES[wanted.asked.format]
    if not _making.acquire(timeout=10):
        raise TooMany(5)
    try:
        with ExitStack() as ended, heavy.bounded(heavy.OF_A_FILE), cql2.answered(about(wanted)):
            file = ended.enter_context(tempfile.TemporaryFile())
            context().found = WRITERS[wanted.asked.format](source, rows, file)
            ended.pop_all()  # the answer ends it
    finally:
        _making.release()
    return saved(file, media_type, f"{source.layer.name}.{ending}")


def about(wanted: Wanted) -> str:
    """Which parameter is told to be wrong where PostgreSQL can't work out what was said: the filter, or the one that was sent."""
    said = next(iter(wanted.said), "")
    return f"?{shown(said)}" if said and not wanted.asked.filter else cql2.AT


def refuse_fields(said: Mapping[str, str]) -> None:
    """Refuse filters on fields that there are not. Raises Invalid with the first of them."""
    if said:
        words = "This layer has no such field."
        raise Invalid(*(FieldError(pointer=f"?{shown(name)}", detail=words) for name in [*said][:MOST_TOLD]))


def saved(file: IO[bytes], media_type: str, name: str) -> Response:
    """An answer to be saved under this name: the file, piece by piece; it ends with the answer."""
    size = file.tell()
    file.seek(0)
    answer = Response(_pieces(file), mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.content_length = size
    answer.call_on_close(file.close)
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while data := file.read(256 * 1024):
            yield data


# ── which features ───────────────────────────────────────────────────────────────────────────────────────


def matching(source: Source, wanted: Wanted) -> Select[Any]:
    """The features that the filters leave: their id, their place and their fields, in the order of their ids."""
    rows = source.rows
    found = select(rows.c.id, rows.c.geom, source.properties.label("props")).order_by(rows.c.id)
    conditions = [field_is(source, *each) for each in wanted.said.items()]
    if wanted.asked.filter:
        conditions.append(cql2.condition(source, wanted.asked.filter))
    return found.where(*boxed(source, wanted.asked.bbox), *conditions)


def boxed(source: Source, bbox: str) -> list[ColumnElement[bool]]:
    """What the box leaves. Raises Invalid."""
    if not bbox:
        return []
    try:
        west, south, east, north = (float(each) for each in bbox.split(","))
    except ValueError:
        raise Invalid(FieldError(pointer="?bbox", detail="West, south, east, north: four numbers.")) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        raise Invalid(FieldError(pointer="?bbox", detail="West, south, east, north, in degrees (WGS 84)."))
    # (an envelope without width is no valid area: made of its corners it is a line, or a point)
    corners = func.ST_Collect(func.ST_MakePoint(west, south), func.ST_MakePoint(east, north))
    box = func.ST_SetSRID(func.ST_Envelope(corners), 4326)
    return [func.ST_Intersects(source.rows.c.geom, box)]


def field_is(source: Source, name: str, said: str) -> ColumnElement[bool]:
    """Whether a field is what was said. Raises Invalid for a field that the layer has not, and for what it can't hold."""
    at = f"?{shown(name)}"
    if name not in source.fields:
        refuse_fields({name: said})
    kind = source.fields[name].kind
    try:
        value = READS[kind](said)
    except ValueError:
        raise Invalid(FieldError(pointer=at, detail=f"This is no {kind.value}.")) from None
    column = source.column(name)
    return column == (cast(value, sources.SQL[kind]) if isinstance(value, str) else value)


def _flag(said: str) -> bool:
    if said not in {"true", "false"}:
        raise ValueError
    return said == "true"


def _number(said: str) -> float:
    value = float(said)
    if not math.isfinite(value):
        raise ValueError
    return value


def _whole(said: str) -> int:
    value = int(said)
    if abs(value) >= 2**63:
        raise ValueError
    return value


def _text(said: str) -> str:
    if "\0" in said:
        raise ValueError
    return said


def _moment(said: str) -> datetime:
    value = datetime.fromisoformat(said)
    return value if value.tzinfo else value.replace(tzinfo=IN_UTC)


READS: dict[FieldKind, Callable[[str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.INTEGER: _whole,
    FieldKind.BOOLEAN: _flag,
    FieldKind.DATE: date.fromisoformat,
    FieldKind.INSTANT: _moment,
}


# ── the formats ──────────────────────────────────────────────────────────────────────────────────────────


def read(query: Select[Any]) -> Iterator[Sequence[str | None]]:
    """The rows of a query, each column as text, one by one: PostgreSQL copies them out, and nobody holds them all."""
    compiled: Any = query.compile(
        dialect=context().connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    processes = compiled._bind_processors  # noqa: SLF001 - no public name, and it is the type's own rule
    values = {name: processes.get(name, _as_it_is)(value) for name, value in compiled.params.items()}
    context().flush()
    cursor: Any = context().connection.connection.cursor()  # psycopg's own
    with cursor, cursor.copy(f"COPY ({compiled}) TO STDOUT", values) as lines:
        yield from lines.rows()


def _as_it_is(value: Any) -> Any:
    return value


def write_geojson(source: Source, rows: Select[Any], out: IO[bytes]) -> int:
    """GeoJSON (RFC 7946), as PostgreSQL says it; gives how many features there are."""
    found = rows.subquery()
    text_ = func.concat(
        '{"type":"Feature","id":', func.to_json(found.c.id), ',"geometry":',
        func.coalesce(func.ST_AsGeoJSON(found.c.geom, DECIMALS), "null"), ',"properties":', cast(found.c.props, Text), "}",
    )  # fmt: skip
    layer = source.layer
    head: dict[str, Any] = {"type": "FeatureCollection", "name": layer.name, "title": layer.title_en}
    head |= {"attribution": layer.attribution, "illustration": layer.illustration}
    out.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b',"features":[')
    count = 0
    for count, (feature,) in enumerate(read(select(text_).order_by(found.c.id)), start=1):
        out.write((b",\n" if count > 1 else b"\n") + (feature or "").encode())
    out.write(b"\n]}\n")
    return count


def write_csv(source: Source, rows: Select[Any], out: IO[bytes]) -> int:
    """CSV in UTF-8 with the geometry as WKT; nothing in it is run by a spreadsheet."""
    found = rows.subquery()
    told = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    lines = csv.writer(told)
    lines.writerow(["id", *source.fields, "wkt"])
    words = [name for name, field in source.fields.items() if field.kind is FieldKind.TEXT]
    count = 0
    query = select(cast(found.c.id, Text), cast(found.c.props, Text), func.ST_AsText(found.c.geom, DECIMALS))
    for count, (id_, props, place) in enumerate(read(query.order_by(found.c.id)), start=1):  # noqa: B007 - it is given
        values = json.loads(props or "{}")
        cells = [plain(values.get(name), guard=name in words) for name in source.fields]
        lines.writerow([id_, *cells, place or ""])
    told.detach()
    return count


def plain(value: Any, *, guard: bool) -> Any:
    """A value as a cell holds it; text so that no spreadsheet runs it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(str(value)) if guard else value


def write_gpkg(source: Source, rows: Select[Any], out: IO[bytes]) -> int:
    """A GeoPackage, piece by piece."""
    return _by_gdal(source, rows, out, "GPKG", PIECE)


def write_fgb(source: Source, rows: Select[Any], out: IO[bytes]) -> int:
    """FlatGeobuf. Raises ProblemError("too-large") for more features than fit in memory."""
    return _by_gdal(source, rows, out, "FlatGeobuf", MOST_AT_ONCE)


def _by_gdal(source: Source, rows: Select[Any], out: IO[bytes], driver: str, piece: int) -> int:
    found = rows.subquery()
    query = select(
        cast(found.c.id, Text), cast(found.c.props, Text), func.encode(func.ST_AsBinary(found.c.geom), "hex")
    )
    lines = read(query.order_by(found.c.id))
    count = 0
    with tempfile.TemporaryDirectory(prefix="westu-export-") as folder:
        file = Path(folder) / f"{source.layer.name}.{'gpkg' if driver == 'GPKG' else 'fgb'}"
        while (batch := list(itertools.islice(lines, piece))) or not count:
            if count and driver != "GPKG":
                raise ProblemError(
                    "too-large", f"At most {piece:,} features: filter them, or take a GeoPackage."
                )
            _write(source, batch, file, driver, append=count > 0)
            count += len(batch)
            if not batch:
                break
        with file.open("rb") as made:
            shutil.copyfileobj(made, out)
    return count


def _write(source: Source, batch: list[Any], file: Path, driver: str, *, append: bool) -> None:
    import numpy as np
    from pyogrio import raw

    props = [json.loads(line[1] or "{}") for line in batch]
    shapes = np.array([bytes.fromhex(line[2]) if line[2] else None for line in batch] or [None], dtype=object)
    names: list[str] = ["number"]
    masks: list[Any] = [None]
    columns = [np.array([str(line[0]) for line in batch], dtype=object)]
    zones: dict[str, Any] = {}
    for name, field in source.fields.items():
        values = [each.get(name) for each in props]
        column, zone = column_of(np, field.kind, values)
        names.append(name if name != "number" else "number_")
        columns.append(column)
        masks.append(np.array([value is None for value in values], dtype=bool))
        if zone:
            zones[names[-1]] = np.full(len(batch), zone, dtype="int32")
    # FlatGeobuf's index knows no features without a place, so a file with some of them has none.
    blank = driver == "FlatGeobuf" and any(shape is None for shape in shapes)
    raw.write(
        file,
        shapes[: len(batch)],
        columns,
        names,
        field_mask=masks,
        layer=source.layer.name,
        driver=driver,
        geometry_type=KINDS.get(source.layer.geometry, "Unknown"),
        promote_to_multi=source.layer.geometry in {Geometry.LINE, Geometry.AREA},
        crs="EPSG:4326",
        append=append,
        gdal_tz_offsets=zones,
        layer_options={"SPATIAL_INDEX": "NO"} if blank else {},
    )


def column_of(np: Any, kind: FieldKind, values: list[Any]) -> tuple[Any, int]:
    """A column as GDAL takes it, and (of moments) that they are in UTC."""
    match kind:
        case FieldKind.INTEGER:
            return np.array([value or 0 for value in values], dtype="int64"), 0
        case FieldKind.NUMBER:
            return np.array([value if value is not None else 0.0 for value in values], dtype="float64"), 0
        case FieldKind.BOOLEAN:
            return np.array([bool(value) for value in values], dtype=bool), 0
        case FieldKind.DATE:
            return np.array([value or "NaT" for value in values], dtype="datetime64[D]"), 0
        case FieldKind.INSTANT:
            told = [str(value)[:23].rstrip("Z") if value else "NaT" for value in values]
            return np.array(told, dtype="datetime64[ms]"), UTC
        case _:
            return np.array(values, dtype=object), 0


UTC = 100
"""What GDAL calls UTC (OGRField, TZFlag)."""
WRITERS: dict[ExportFormat, Callable[[Source, Select[Any], IO[bytes]], int]] = {
    ExportFormat.GEOJSON: write_geojson,
    ExportFormat.GPKG: write_gpkg,
    ExportFormat.FGB: write_fgb,
    ExportFormat.CSV: write_csv,
}
