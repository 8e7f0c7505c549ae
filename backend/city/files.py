"""The files of a pack as entries: TOML tables, GeoJSON features, CSV lines."""

import csv
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backend.city.entry import CityError, Entry


def toml(pack: Path, file: str) -> dict[str, Any]:
    """All of a TOML file."""
    return _parsed(pack, file, tomllib.loads)


def tables(pack: Path, file: str, kind: str, beside: tuple[str, ...] = ()) -> Iterator[Entry]:
    """The `[[kind]]` tables of a TOML file that holds nothing else but the tables named in `beside`."""
    whole = Entry(file, "", toml(pack, file)).only((kind, *beside))
    yield from _entries(whole, kind, lambda table: table.get("code"))


def features(pack: Path, file: str, name: str) -> Iterator[Entry]:
    """The features of a GeoJSON file, called by the property `name`."""
    whole = Entry(file, "", _parsed(pack, file, json.loads)).only(("type", "features"))
    if whole.word("type") != "FeatureCollection":
        whole.refuse("type", "must be FeatureCollection")

    def called(feature: dict[str, Any]) -> object:
        about = feature.get("properties")
        return about.get(name) if isinstance(about, dict) else None

    for entry in _entries(whole, "features", called):
        if entry.only(("type", "properties", "geometry")).word("type") != "Feature":
            entry.refuse("type", "must be Feature")
        yield entry


def lines(pack: Path, file: str, columns: tuple[str, ...]) -> Iterator[Entry]:
    """The lines of a CSV file with these columns; a line that begins with `#` is a comment."""
    text = _text(pack, file)
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    if tuple(rows.fieldnames or ()) != columns:
        raise CityError(file, "", "columns", f"must be {', '.join(columns)}")
    for number, row in enumerate(rows, start=1):
        entry = Entry(file, f"row {number}", row)
        if None in row or None in row.values():
            entry.refuse("columns", f"must be {len(columns)}")
        yield entry


def _entries(whole: Entry, field: str, name: Callable[[dict[str, Any]], object]) -> Iterator[Entry]:
    listed = whole.fields.get(field)
    if not isinstance(listed, list) or not listed:
        whole.refuse(field, "must be a list with something in it")
    for number, item in enumerate(listed, start=1):
        if not isinstance(item, dict):
            whole.refuse(field, f"number {number} must be a table")
        yield Entry(whole.file, f"{field} {name(item) or f'number {number}'}", item)


def _parsed(pack: Path, file: str, parse: Callable[[str], Any]) -> dict[str, Any]:
    try:
        content = parse(_text(pack, file))
    except ValueError as wrong:  # both parsers' own errors are ValueErrors
        raise CityError(file, "", "", f"cannot be read: {wrong}") from wrong
    if not isinstance(content, dict):
        raise CityError(file, "", "", "must be one object")
    return content


def _text(pack: Path, file: str) -> str:
    try:
        return (pack / file).read_text(encoding="utf-8")
    except OSError as wrong:
        raise CityError(file, "", "", f"cannot be opened in {pack}") from wrong
