"""A folder of files, each a layer: how a city's data comes in, all of it by one command."""

import hashlib
import json
import re
import tomllib
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from marshmallow import ValidationError
from sqlalchemy import select

from backend.core.actor import db
from backend.core.problems import ProblemError
from backend.maps.imports import guessing, looks
from backend.maps.imports.loading import load
from backend.maps.imports.process import AT_ONCE, Lines, read_file
from backend.maps.imports.unpacking import FORMATS, MOST_BYTES
from backend.maps.layers import change_layer, define_layer
from backend.maps.tables import EditionRow, LayerRow
from shared_models.layers import (
    ChangeLayer,
    DefineLayer,
    Edition,
    Geometry,
    LayerStyle,
    LoadLayer,
    Part,
    Whom,
)
from shared_models.wire import wire_fields

OF_THE_FILE = ("crs", "inner", "key", "x", "y")
"""What is said of how a file is to be taken; all else is said of its layer."""


class Taken(NamedTuple):
    """What came of a file."""

    edition: Edition
    guessed: Mapping[str, Any]
    """What of its layer nobody had said; empty: the layer was there."""


@dataclass(frozen=True)
class FromFolder:
    """One file of a folder, and what is said of it."""

    file: Path
    stem: str
    """The file's name without its ending."""
    seen_by: Whom
    """By whom a layer is seen of which that is not said."""
    said: Mapping[str, Any]
    """Fields of ``DefineLayer``, and of ``LoadLayer``, as the options have them."""

    @property
    def name(self) -> str:
        """The name of its layer."""
        return name_of(self.stem)

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
            found.append(FromFolder(file, stem, seen_by, told.pop(stem, {})))
            _defined(found[-1], Geometry.MIXED, {})
    if told:
        raise ValueError(f"{beside} speaks of {', '.join(sorted(told))}, of which there is no file.")
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"Two files would be the layer {', '.join(twice)}.")
    return found


def name_of(stem: str) -> str:
    """The name of a layer, of a file's: ``bike_racks`` becomes ``bike-racks``."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "layer"


def _defined(each: FromFolder, geometry: Geometry, guessed: Mapping[str, Any]) -> DefineLayer:
    """A layer as it is said, and where nothing is said as it is guessed."""
    wish: dict[str, Any] = {"seen_by": each.seen_by.value, "title_en": each.name, "title_es": each.name}
    wish |= {
        "id": str(uuid.uuid4()),
        "name": each.name,
        "geometry": geometry.value,
        **guessed,
        **_of_layer(each),
    }
    said = each.said.get("style", {})
    wish["style"] = guessed.get("style", {}) | said if isinstance(said, dict) else said
    try:
        defined: DefineLayer = DefineLayer.Schema().load(wish)
    except (ValidationError, TypeError) as error:
        raise ValueError(f"Of {each.name}: {getattr(error, 'messages', error)}") from None
    return defined


def _of_layer(each: FromFolder) -> dict[str, Any]:
    """What is said of the layer itself; one title is said for both languages."""
    said = {name: value for name, value in each.said.items() if name not in OF_THE_FILE}
    titles = [said[name] for name in ("title_en", "title_es") if name in said]
    return said | ({"title_en": titles[0], "title_es": titles[-1]} if titles else {})


def colours_used() -> Counter[str]:
    """How many layers are drawn in each colour."""
    return Counter(str(style.get("colour")) for style in db().scalars(select(LayerRow.style)))


def guessed_of(each: FromFolder, lines: Lines, used: Mapping[str, int]) -> dict[str, Any]:
    """What of a new layer is not said, among others that are drawn in these colours: fields of ``DefineLayer``."""
    part = Part(each.said["part"]) if "part" in each.said else None
    found = guessing.guess(each.name, lines, part)
    found["style"] |= looks.colours_of(each.name, used)
    found["title_en"] = found["title_es"] = looks.words_of(each.stem)
    style = {
        name: value for name, value in found.pop("style").items() if name not in each.said.get("style", {})
    }
    return {name: value for name, value in found.items() if name not in each.said} | {"style": style}


def said_or_guessed(each: FromFolder, lines: Lines, used: Mapping[str, int]) -> dict[str, Any]:
    """What is said of a file and its layer, and what is guessed where nothing is said."""
    guessed = guessed_of(each, lines, used)
    return (
        guessed | dict(each.said) | _of_layer(each) | {"style": guessed["style"] | each.said.get("style", {})}
    )


def options_text(said: Mapping[str, Mapping[str, Any]]) -> str:
    """What is said of layers, by the names of their files, as ``files_of`` reads it."""
    tables = (
        f"[{json.dumps(stem)}]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in found.items())
        for stem, found in said.items()
    )
    return "\n".join(tables)


def _toml(value: Any) -> str:
    """A value as TOML has it: texts, numbers and truth are as in JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


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


def take(each: FromFolder, lines: Lines) -> Taken:
    """Make a file's layer, if there is none of its name, and an edition of it. Raises ProblemError."""
    layer = _layer_of(each)
    guessed: dict[str, Any] = {}
    if layer is None:
        kind = Geometry(lines.kinds[0]) if len(lines.kinds) == 1 else Geometry.MIXED
        guessed = guessed_of(each, lines, colours_used())
        layer = define_layer(_defined(each, kind, guessed))
    return Taken(load(layer.id, each.wanted, lines), guessed)


def settle(each: FromFolder) -> bool:
    """Let a layer that is there be as the options say, as far as they say; whether that changed it. Raises ProblemError."""
    layer, said = _layer_of(each), _of_layer(each)
    if layer is None or not said:
        return False
    defined = _defined(each, layer.geometry, {})
    now = {name: getattr(layer, name) for name in said if name in wire_fields(ChangeLayer)}
    wished = {name: getattr(defined, name) for name in now}
    if "style" in wished:
        wished["style"] = LayerStyle.read(layer.style | said["style"])
        now["style"] = LayerStyle.read(layer.style)
    if wished == now:
        return False
    change_layer(layer.id, wished, layer.version)
    return True


def _layer_of(each: FromFolder) -> LayerRow | None:
    return db().scalars(select(LayerRow).where(LayerRow.name == each.name)).one_or_none()


def changed(each: FromFolder) -> bool:
    """Whether the file is another one than what its layer shows."""
    shown = (
        select(EditionRow.sha256)
        .join(LayerRow, LayerRow.edition_id == EditionRow.number_of_all)
        .where(LayerRow.name == each.name)
    )
    return db().scalar(shown) != hashlib.sha256(each.file.read_bytes()).hexdigest()
