"""A folder of files, each a layer: how a city's data comes in, all of it by one command."""

import hashlib
import re
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select

from backend.core.actor import db
from backend.core.problems import ProblemError
from backend.maps.imports.loading import load
from backend.maps.imports.process import AT_ONCE, Lines, read_file
from backend.maps.imports.unpacking import FORMATS, MOST_BYTES
from backend.maps.layers import define_layer
from backend.maps.tables import EditionRow, LayerRow
from shared_models.layers import DefineLayer, Edition, Geometry, LoadLayer, Whom

OF_THE_FILE = ("crs", "inner", "key", "x", "y")
"""What is said of how a file is to be taken; all else is said of its layer."""


@dataclass(frozen=True)
class FromFolder:
    """One file of a folder, and what is said of it."""

    file: Path
    name: str
    said: Mapping[str, Any]
    """Fields of ``DefineLayer``, and of ``LoadLayer``."""

    @property
    def wanted(self) -> LoadLayer:
        """How the file is to be taken."""
        more = {name: self.said[name] for name in OF_THE_FILE if name in self.said}
        return LoadLayer(id=uuid.uuid4(), file=self.file.name, **more)


def files_of(folder: Path, seen_by: Whom, options: Path | None = None) -> list[FromFolder]:
    """The files of a folder that may be layers, by their names.

    ``options``: a TOML file with a table for each layer of which more is to be said (``[addresses]``); if not given,
    ``layers.toml`` in the folder. Raises ValueError for one that says what nobody knows, OSError.
    """
    beside = options or folder / "layers.toml"
    told = tomllib.loads(beside.read_text()) if options or beside.exists() else {}
    found = []
    for file in sorted(folder.iterdir()):
        ending = next(
            (each for each in sorted(FORMATS, key=len, reverse=True) if file.name.lower().endswith(each)), ""
        )
        if ending and file.is_file():
            stem = file.name[: -len(ending)]
            said = {"seen_by": seen_by.value} | told.pop(stem, {})
            found.append(FromFolder(file, name_of(stem), said))
            _defined(found[-1], Geometry.MIXED)
    if told:
        raise ValueError(f"{beside} speaks of {', '.join(sorted(told))}, of which there is no file.")
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"Two files would be the layer {', '.join(twice)}.")
    return found


def name_of(stem: str) -> str:
    """The name of a layer, of a file's: ``bike_racks`` becomes ``bike-racks``."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "layer"


def _defined(each: FromFolder, geometry: Geometry) -> DefineLayer:
    title = each.name.replace("-", " ").capitalize()
    said = {name: value for name, value in each.said.items() if name not in OF_THE_FILE}
    wish = {
        "id": str(uuid.uuid4()),
        "name": each.name,
        "title_en": title,
        "title_es": title,
        "geometry": geometry.value,
    }
    try:
        defined: DefineLayer = DefineLayer.Schema().load(wish | said)
    except ValidationError as error:
        raise ValueError(f"Of {each.name}: {error.messages}") from None
    return defined


def read_all(files: list[FromFolder]) -> Iterator[tuple[FromFolder, Lines | ProblemError]]:
    """Each file with what is in it, read ahead by as many processes as may be: while one is written, the next are read."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ahead: list[tuple[FromFolder, Future[Lines | ProblemError]]] = []
        waiting = iter(files)
        for each in waiting:
            ahead.append((each, pool.submit(partial(_read, each))))
            if len(ahead) > AT_ONCE:
                first, lines = ahead.pop(0)
                yield first, lines.result()
        for each, lines in ahead:
            yield each, lines.result()


def _read(each: FromFolder) -> Lines | ProblemError:
    try:
        if each.file.stat().st_size > MOST_BYTES:
            return ProblemError("too-large", f"More than {MOST_BYTES // 1024**2} MiB.")
        return read_file(each.wanted, each.file.read_bytes())
    except ProblemError as problem:
        return problem


def take(each: FromFolder, lines: Lines) -> Edition:
    """Make a file's layer, if there is none of its name, and an edition of it. Raises ProblemError."""
    layer = db().scalars(select(LayerRow).where(LayerRow.name == each.name)).one_or_none()
    if layer is None:
        kind = Geometry(lines.kinds[0]) if len(lines.kinds) == 1 else Geometry.MIXED
        layer = define_layer(_defined(each, kind))
    return load(layer.id, each.wanted, lines)


def changed(each: FromFolder) -> bool:
    """Whether the file is another one than what its layer shows."""
    shown = (
        select(EditionRow.sha256)
        .join(LayerRow, LayerRow.edition_id == EditionRow.number_of_all)
        .where(LayerRow.name == each.name)
    )
    return db().scalar(shown) != hashlib.sha256(each.file.read_bytes()).hexdigest()
