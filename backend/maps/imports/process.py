"""Has a file read by a process of its own (``reader``), and holds what came of it; nothing of it stays on the disk."""

import hashlib
import importlib.util
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from backend.core.problems import TooMany
from backend.maps import rules
from backend.maps.imports.unpacking import FORMATS, format_of, refuse, unpack
from shared_models.layers import LoadLayer

AT_ONCE = 2
"""Files that one process has read at a time: each takes a processor, and up to 2 GiB."""
SECONDS = 120
"""A reader that waits instead of working is ended after so long; one that works ends itself after 60."""
NONE: Mapping[str, str] = MappingProxyType({})
STARTED = "import sys; sys.path.append(sys.argv[1]); from reader.taking import main; main(sys.argv[2:])"
READER = (sys.executable, "-I", "-c", STARTED, str(Path(__file__).parent))
"""The program: the folder ``reader`` alone, for the house around it takes a second to import."""

_reading = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Lines:
    """What a file holds, as lines for COPY: row, name, geometry, fields, why it is refused."""

    file: IO[bytes]
    """Of no name: it is gone when nobody holds it any more."""
    format: str
    sha256: str
    crs: str
    area: tuple[float, float, float, float]
    """Where its coordinate system may be used: west, south, east, north."""
    found: int
    fields: tuple[Mapping[str, str], ...]
    """``name``, ``kind``, and ``said``: what the file calls it."""
    kinds: tuple[str, ...]
    """What its features are: ``point``, ``line``, ``area``, ``mixed``."""
    key: str
    """The field that names a feature, as the house calls it; empty: none does."""


def read_file(wanted: LoadLayer, data: bytes, kinds: Mapping[str, str] = NONE) -> Lines:
    """Read a file; ``kinds``: of the fields that its layer has. Raises Invalid, ProblemError("too-large"), TooMany."""
    kind = format_of(wanted.file)
    job = {
        "format": kind,
        "inner": wanted.inner,
        "key": wanted.key,
        "x": wanted.x,
        "y": wanted.y,
        "crs": wanted.crs,
        "kinds": dict(kinds),
        "most_corners": rules.MOST_CORNERS,
        "longest": rules.LONGEST_WORDS,
    }
    if not data:
        refuse("The file is empty.")
    if not _reading.acquire(timeout=20):
        raise TooMany(5)
    with ExitStack() as ended:
        lines = ended.enter_context(tempfile.TemporaryFile())
        try:
            with tempfile.TemporaryDirectory(prefix="westu-layer-") as folder:
                file = unpack(wanted.file, data, Path(folder))
                told = _told(job, file, Path(folder) / "answer.json", lines)
        finally:
            _reading.release()
        if "refused" in told:
            refuse(told["refused"])
        area = area_of(told["crs"])
        if area is None:
            refuse(f"There is no coordinate system {told['crs'][:40]}.")
        lines.seek(0)
        ended.pop_all()  # whoever takes the lines ends them
    sha256 = hashlib.sha256(data).hexdigest()
    fields, shown = tuple(told["fields"]), tuple(told["kinds"])
    return Lines(lines, kind, sha256, told["crs"], area, told["found"], fields, shown, told["key"])


def _told(job: Mapping[str, Any], file: Path, answer: Path, lines: IO[bytes]) -> dict[str, Any]:
    """What the reader says of a file. One that dies says something, too."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours; what it is told are words, no commands
            [*READER, json.dumps(job), str(file), str(answer)],
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=subprocess.DEVNULL,
            cwd=file.parent,
            env=environment(),
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "It takes longer to read than a layer may."}
    if done.returncode or not answer.exists():
        return {"refused": f"It can't be read as {job['format']}: it takes too much time, memory or luck."}
    told: dict[str, Any] = json.loads(answer.read_text())
    return told


@cache
def environment() -> dict[str, str]:
    """What the reader's GDAL is told: no driver but the five, nothing from elsewhere, no file beside the one it is given."""
    import pyogrio

    others = [name for name in pyogrio.list_drivers() if name not in set(FORMATS.values())]
    return {
        "GDAL_SKIP": ",".join(others),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_HTTP_MAX_RETRY": "0",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }


@cache
def area_of(crs: str) -> tuple[float, float, float, float] | None:
    """Where a coordinate system may be used, by the register of EPSG that comes with PROJ; None: it is not known."""
    spec = importlib.util.find_spec("pyogrio")
    assert spec is not None
    assert spec.origin is not None
    authority, _, code = crs.partition(":")
    register = Path(spec.origin).with_name("proj_data") / "proj.db"
    with closing(sqlite3.connect(f"file:{register}?mode=ro", uri=True)) as known:
        found = known.execute(
            """SELECT west_lon, south_lat, east_lon, north_lat FROM usage JOIN extent
                 ON extent.auth_name = extent_auth_name AND extent.code = extent_code
               WHERE object_auth_name = ? AND object_code = ? AND object_table_name IN ('projected_crs', 'geodetic_crs')""",
            (authority, code),
        ).fetchone()
    if found is None:
        return None
    west, south, east, north = found
    return (-180.0, south, 180.0, north) if west > east else (west, south, east, north)
