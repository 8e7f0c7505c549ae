"""Reads one hostile file: a program of its own, started anew for each file with little memory and little time.

GDAL is a million lines of C++ over formats of forty years. What it does to a file that was made to hurt it must cost this
process and nothing else, so the server never opens one itself. This program knows nothing of the house: it gets a job,
writes lines for PostgreSQL's COPY (row, name, geometry as WKB, fields as JSON, why it is refused), and says what it found.
"""

import json
import re
import resource
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from .fields import OURS, column_of, field_names, refuse_odd_values, retyped
from .shapes import OddFeatureError, corners_of, kind_of, point_of

MEMORY, SECONDS = 2 * 1024**3, 60
"""Of address space and of processor time, at most."""
MOST_FEATURES, MOST_FIELDS, MOST_CORNERS = 1_000_000, 100, 5_000_000
"""Of a file. How many corners one feature may have comes with the job."""
OWN_TRIGGERS = re.compile(r"(rtree|gpkg|trigger_(insert|delete|update\d?)_feature_count)_\w+", re.ASCII)
"""What a GeoPackage's own standard (OGC 12-128r19, annexes B and F.3) and GDAL put into each of them."""


class RefusedError(Exception):
    """The file is not taken; the words say why."""


class Feature(NamedTuple):
    """One feature as it stands in the file."""

    row: int
    shape: bytes | None
    values: list[Any]


class Content(NamedTuple):
    """What a file holds."""

    fields: list[tuple[str, str]]
    """Names, as the file has them, and kinds as the house has them."""
    features: Iterator[Feature]
    crs: str
    found: int


# ── what GDAL finds ──────────────────────────────────────────────────────────────────────────────────────


def content_of(job: dict[str, Any], file: Path) -> Content:
    """What a file holds. Raises RefusedError."""
    import numpy as np
    import pyogrio
    from pyogrio import raw

    options: dict[str, Any] = {}
    if job["format"] == "CSV":
        options = {"AUTODETECT_TYPE": "NO", "EMPTY_STRING_AS_NULL": "YES", "KEEP_GEOM_COLUMNS": "YES"}
        options["GEOM_POSSIBLE_NAMES"] = "" if job["x"] else "wkt,geom,geometry,the_geom"
    layer = chosen_layer(pyogrio.list_layers(file), job)
    about = pyogrio.read_info(file, layer=layer, force_feature_count=True)
    if about["driver"] != job["format"]:
        raise RefusedError(f"It is {about['driver']}, and its name says {job['format']}.")
    if about["features"] > MOST_FEATURES:
        raise RefusedError(f"More than {MOST_FEATURES:,} features.")
    if len(about["fields"]) > MOST_FIELDS:
        raise RefusedError(f"More than {MOST_FIELDS} fields.")
    told, _, shapes, columns = raw.read(
        file, layer=layer, force_2d=True, datetime_as_string=True, encoding=None, **options
    )
    if shapes is None:
        shapes = np.full(len(columns[0]) if columns else 0, None)
    names = [str(name) for name in told["fields"]]
    table = [
        column_of(kind, subkind, values)
        for kind, subkind, values in zip(told["ogr_types"], told["ogr_subtypes"], columns, strict=True)
    ]
    rows = zip(*(values for _, values in table), strict=True) if table else ([] for _ in shapes)
    features = (
        Feature(number, shape, list(values))
        for number, (shape, values) in enumerate(zip(shapes, rows, strict=True), start=1)
    )
    fields = [(name, kind) for name, (kind, _) in zip(names, table, strict=True)]
    return Content(fields, features, told["crs"] or "", len(shapes))


def chosen_layer(layers: Any, job: dict[str, Any]) -> str:
    """The layer of a file that is meant. Raises RefusedError where that is not clear."""
    names = [str(name) for name, kind in layers if kind is not None or job["format"] == "CSV"]
    if job["inner"]:
        names = [name for name in names if name == job["inner"]]
    if len(names) == 1:
        return names[0]
    if not names:
        raise RefusedError("It holds no such layer." if job["inner"] else "It holds no layer.")
    raise RefusedError(f"It holds several layers: {', '.join(names)[:300]}. Say which (inner=).")


# ── what is looked at besides ────────────────────────────────────────────────────────────────────────────


def refuse_program(file: Path) -> None:
    """Refuse a GeoPackage with anything in it that is a program: views, triggers, tables that compute."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as package:
            things = package.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    except sqlite3.Error:
        raise RefusedError("This GeoPackage can't be read.") from None
    for kind, name, sql in things:
        odd = (
            kind == "view"
            or (kind == "trigger" and not OWN_TRIGGERS.fullmatch(name))
            or re.match(
                r"\s*CREATE\s+VIRTUAL\s+TABLE(?!.*USING\s+rtree\s*\()", sql, re.IGNORECASE | re.DOTALL
            )
            or re.search(r"GENERATED\s+ALWAYS|\)\s+AS\s*\(", sql, re.IGNORECASE)
        )
        if odd:
            raise RefusedError(f"It holds a program ({kind} {printable(name)}), which no layer needs.")


def said_geometries(file: Path) -> tuple[list[bool], str]:
    """Of each feature of a GeoJSON file whether it says a geometry; and the coordinate system that it names, if any.

    GDAL passes over what it can't read without a word.
    """
    try:
        said = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        raise RefusedError("This is no JSON.") from None
    features = said.get("features", [said]) if isinstance(said, dict) else None
    if not isinstance(features, list):
        raise RefusedError("Its features are no list.")
    for number, each in enumerate(features, start=1):
        if not isinstance(each, dict) or each.get("type") not in ("Feature", None):
            raise RefusedError(f"Row {number} is no feature.")
    crs = said.get("crs") or {}
    named = crs.get("properties", {}).get("name", "?") if isinstance(crs, dict) and crs else ""
    return [each.get("geometry") is not None for each in features], str(named)


def checked_geojson(file: Path, content: Content) -> Content:
    """The same with features that GDAL could not read told apart from those that lie nowhere."""
    features = list(content.features)
    if b'"crs"' not in file.read_bytes() and all(each.shape is not None for each in features):
        return content._replace(features=iter(features))
    said, crs = said_geometries(file)
    if len(said) != len(features):
        raise RefusedError(f"It has {len(said):,} features, of which {len(features):,} can be read.")
    if crs and content.crs == "EPSG:4326" and not re.search(r"CRS84|4326$|4326\b", crs):
        raise RefusedError(f"Its coordinate system is not known: {printable(crs)}.")
    odd = [
        each._replace(shape=b"") if each.shape is None and says else each
        for each, says in zip(features, said, strict=True)
    ]
    return content._replace(features=iter(odd))


def checked_csv(job: dict[str, Any], content: Content) -> Content:
    """The same with the geometry made of two columns, or with the words of one that GDAL could not read told apart."""
    names = [name for name, _ in content.fields]
    if job["x"] or job["y"]:
        for name in (job["x"], job["y"]):
            if name not in names:
                raise RefusedError(f"It has no column {printable(name)!r}.")
        x, y = names.index(job["x"]), names.index(job["y"])
        made = (each._replace(shape=point_of(each.values[x], each.values[y])) for each in content.features)
        return content._replace(features=made)
    words = next(
        (at for at, name in enumerate(names) if name.lower() in {"wkt", "geom", "geometry", "the_geom"}), None
    )
    if words is None:
        raise RefusedError("Say which columns are x and y, or call one of WKT `wkt`.")
    rest = (
        each._replace(
            shape=b"" if each.shape is None and each.values[words] is not None else each.shape,
            values=each.values[:words] + each.values[words + 1 :],
        )
        for each in content.features
    )
    return content._replace(fields=content.fields[:words] + content.fields[words + 1 :], features=rest)


# ── lines for COPY ───────────────────────────────────────────────────────────────────────────────────────


def written(job: dict[str, Any], content: Content, names: list[str], out: Any) -> list[str]:
    """Write a line for each feature; gives what they are. Raises RefusedError for more corners than a layer may have."""
    key = names.index(job["key"]) if job["key"] else None
    corners, kinds = 0, set()
    for each in content.features:
        ref = "" if key is None or each.values[key] is None else str(each.values[key])
        try:
            shape, values, more = checked(job, names, each)
            corners, why = corners + more, ""
            kinds.add(kind_of(shape))
        except OddFeatureError as odd:
            shape, values, why = None, [], str(odd)
        if corners > MOST_CORNERS:
            raise RefusedError(f"More than {MOST_CORNERS:,} corners in one file, at row {each.row:,}.")
        props = json.dumps(dict(zip(names, values, strict=False)), ensure_ascii=False, separators=(",", ":"))
        cells = (
            str(each.row),
            escaped(ref[:200]),
            shape.hex() if shape else "",
            escaped(props),
            escaped(why),
        )
        out.write("\t".join(cell or r"\N" for cell in cells).encode() + b"\n")
    return sorted(kinds - {""})


def checked(job: dict[str, Any], names: list[str], each: Feature) -> tuple[bytes | None, list[Any], int]:
    """What is taken of a feature: its geometry, its fields; and how many corners it has. Raises OddFeatureError."""
    if each.shape == b"":
        raise OddFeatureError("Its geometry can't be read.")
    corners = 0 if each.shape is None else corners_of(each.shape, job["most_corners"])
    values = retyped(names, each.values, job["kinds"]) if job["format"] == "CSV" else each.values
    refuse_odd_values(names, values, job["longest"])
    return each.shape, values, corners


def kept_kind(job: dict[str, Any], name: str, found: str) -> str:
    """The kind of a field: the file's own, but where that says less than the layer's (a table has only words)."""
    had = str(job["kinds"].get(name, found))
    return had if job["format"] == "CSV" or (had, found) == ("number", "integer") else found


def escaped(words: str) -> str:
    """As COPY reads it."""
    return words.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def printable(words: str) -> str:
    """Words of a file, so that they can be told."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in words[:80])


def take(job: dict[str, Any], file: Path, out: Any) -> dict[str, Any]:
    """Read the file of a job and write its lines; gives what is told of the whole. Raises RefusedError."""
    if job["format"] == "GPKG":
        refuse_program(file)
    content = content_of(job, file)
    if job["format"] == "GeoJSON":
        content = checked_geojson(file, content)
    elif job["format"] == "CSV":
        content = checked_csv(job, content)
    names = field_names([name for name, _ in content.fields])
    if job["key"] in OURS and f"own_{job['key']}" in names:
        job["key"] = f"own_{job['key']}"
    if job["key"] and job["key"] not in names:
        raise RefusedError(f"It has no field {printable(job['key'])!r} to name features by.")
    crs = content.crs if re.fullmatch(r"[A-Z]+:\w+", content.crs) else ""
    if crs and job["crs"] and crs != job["crs"]:
        raise RefusedError(f"It says of itself that it is in {crs}, not in {printable(job['crs'])}.")
    crs = crs or job["crs"]
    if not crs:
        raise RefusedError("It does not say in which coordinate system it is. Say it (crs=EPSG:2278).")
    kinds = written(job, content, names, out)
    fields = [
        {"name": name, "kind": kept_kind(job, name, kind), "said": printable(said)}
        for name, (said, kind) in zip(names, content.fields, strict=True)
    ]
    return {"fields": fields, "crs": crs, "found": content.found, "kinds": kinds, "key": job["key"]}


def main(words: list[str]) -> None:
    """Do the job in the first word, with the file in the second; the lines go to standard output, the answer to the third."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # GDAL's, of what it passes over; what matters is looked at here
    job, file, answer = json.loads(words[0]), Path(words[1]), Path(words[2])
    try:
        told = take(job, file, sys.stdout.buffer)
    except RefusedError as refused:
        told = {"refused": str(refused)}
    except MemoryError:
        told = {"refused": "It needs more memory than a layer may."}
    except Exception as error:  # noqa: BLE001 - hostile bytes make a reader raise anything
        why = f"it is damaged, or one feature in it is too large to be read ({type(error).__name__})"
        told = {"refused": f"It can't be read as {job['format']}: {why}."}
    sys.stdout.buffer.flush()
    answer.write_text(json.dumps(told))
