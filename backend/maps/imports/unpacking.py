"""What a file is, by its first bytes and its name, which must agree; and its parts, unpacked within bounds."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

from backend.core.problems import Invalid, ProblemError, shown
from shared_models.problems import FieldError

MOST_BYTES = 64 * 1024**2
"""Of a file as it is sent: a city's largest layer, packed, is a fiftieth of it."""
MOST_UNPACKED = 256 * 1024**2
MOST_RATIO, UNSUSPECTED = 100, 8 * 1024**2
"""What unfolds into more than so many times its size is no layer, unless it is small. Cambridge's files unfold into 15."""
MOST_PARTS = 200
PIECE = 1024**2
FORMATS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojson.gz": "GeoJSON",
    ".json.gz": "GeoJSON",
    ".gpkg": "GPKG",
    ".zip": "ESRI Shapefile",
    ".csv": "CSV",
    ".fgb": "FlatGeobuf",
}
"""The endings of names, and what GDAL calls their formats: the only five that it is allowed to know."""
BEGINNINGS = {
    "GPKG": rb"SQLite format 3\x00",
    "ESRI Shapefile": rb"PK\x03\x04",
    "FlatGeobuf": rb"fgb\x03fgb",
    "GeoJSON": rb"(?:\xef\xbb\xbf)?\s*\{",
    "CSV": rb"(?!\s*[<{\[])[^\x00]",
}
"""How a file of each format begins."""
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The parts of a Shapefile that are read; the first three must be there."""


def refuse(why: str) -> NoReturn:
    """Refuse the file as a whole."""
    raise Invalid(FieldError(pointer="/", detail=why))


def too_large(why: str) -> NoReturn:
    """Refuse what unfolds into more than it may."""
    raise ProblemError("too-large", why)


def format_of(name: str) -> str:
    """The format that a file's name says. Raises Invalid."""
    for ending, found in sorted(FORMATS.items(), key=lambda each: -len(each[0])):
        if name.lower().endswith(ending):
            return found
    raise Invalid(FieldError(pointer="?file", detail=f"Its name ends in one of {', '.join(FORMATS)}."))


def unpack(name: str, data: bytes, folder: Path) -> Path:
    """Put a file into a folder of ours, under a name of ours; gives where GDAL is to open it.

    Raises Invalid, ProblemError("too-large").
    """
    found = format_of(name)
    if name.lower().endswith(".gz"):
        file = folder / "layer.geojson"
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as source:
            _copy(source, file, len(data))
    elif found == "ESRI Shapefile":
        file = _unzipped(data, folder)
    else:
        file = folder / f"layer{Path(name).suffix.lower()}"
        file.write_bytes(data)
        if found == "CSV":
            refuse_odd_text(data)
    if found != "ESRI Shapefile":
        refuse_another(found, file)
    return file


def refuse_another(found: str, file: Path) -> None:
    """Refuse a file that begins as one of another format."""
    with file.open("rb") as opened:
        begin = opened.read(4096)
    if not re.match(BEGINNINGS[found], begin):
        refuse(f"Its name says that it is {found}, and what is in it is something else.")


def refuse_odd_text(data: bytes) -> None:
    """Refuse a table that is not in UTF-8."""
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("Save it as CSV in UTF-8.")
    if "\0" in words:
        refuse("This is no text.")


def _copy(source: IO[bytes] | gzip.GzipFile, file: Path, packed: int) -> None:
    """Unpack, piece by piece, no more than may be. What is said beforehand of its size is not believed."""
    size = 0
    try:
        with file.open("wb") as out:
            for piece in _pieces(source):
                size += len(piece)
                if size > MOST_UNPACKED or (size > UNSUSPECTED and size > MOST_RATIO * packed):
                    too_large(
                        f"It unfolds into more than {MOST_UNPACKED // 1024**2} MiB, or into {MOST_RATIO} times its size."
                    )
                out.write(piece)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        refuse("It can't be unpacked.")


def _pieces(source: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _unzipped(data: bytes, folder: Path) -> Path:
    """The parts of the one Shapefile in an archive, under names of ours: nothing else of it is ever unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = _shapefile_in(packed.infolist())
            if sum(part.file_size for part in parts.values()) > MOST_UNPACKED:
                too_large(f"It unfolds into more than {MOST_UNPACKED // 1024**2} MiB.")
            for ending, part in parts.items():
                with packed.open(part) as source:
                    _copy(source, folder / f"layer{ending}", part.compress_size)
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        refuse("This archive can't be unpacked.")
    return folder / "layer.shp"


def _shapefile_in(parts: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Which part of an archive is which of a Shapefile. Raises Invalid where that is not plain."""
    if len(parts) > MOST_PARTS:
        too_large(f"More than {MOST_PARTS} parts in one archive.")
    for part in parts:
        # (the name as it stands in the archive: zipfile's own cuts it at a zero and turns its slashes)
        name = part.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in name:
            refuse(f"A part of this archive would lie outside of it: {shown(part.orig_filename)}.")
        if part.flag_bits & 1:
            refuse("This archive has a password. Pack it without.")
    stems = {Path(part.filename).with_suffix("") for part in parts if part.filename.lower().endswith(".shp")}
    if len(stems) != 1:
        refuse("An archive holds one Shapefile: a .shp with its .shx, .dbf and .prj.")
    [stem] = stems
    found: dict[str, zipfile.ZipInfo] = {}
    for part in parts:
        ending = Path(part.filename).suffix.lower()
        if Path(part.filename).with_suffix("") == stem and ending in SHAPEFILE:
            if ending in found:
                refuse(f"A part of this archive stands in it twice: {shown(part.filename)}.")
            found[ending] = part
    if lacking := [ending for ending in SHAPEFILE[:3] if ending not in found]:
        refuse(f"The archive lacks the {', '.join(lacking)} of its Shapefile.")
    return found
