"""Fields: what kind each is, what it holds, and what the house calls it."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from .shapes import OddFeatureError


def column_of(kind: str, subkind: str, values: Any) -> tuple[str, list[Any]]:
    """The house's kind of a column of GDAL's, and its values in Python."""
    missing = [each is None or each != each for each in values]  # noqa: PLR0124 - NaN is the one that is not itself
    read: Callable[[Any], Any] = str
    found = "text"
    if subkind == "OFSTBoolean":
        found, read = "boolean", bool
    elif kind in {"OFTInteger", "OFTInteger64"}:
        found, read = "integer", int
    elif kind == "OFTReal":
        found, read = "number", float
    elif kind == "OFTDate":
        found = "date"
    elif kind == "OFTDateTime":
        said = [str(value) for value, none in zip(values, missing, strict=True) if not none]
        found, read = moments(said)
    elif kind.endswith("List"):
        read = listed
    return found, [None if none else read(value) for value, none in zip(values, missing, strict=True)]


def moments(said: list[str]) -> tuple[str, Callable[[str], str]]:
    """What a column of days with times is: moments if each says its offset, days if none has a time, else words."""
    if all(re.search(r"(Z|[+-]\d\d:?\d\d)$", each) for each in said):
        return "instant", str
    if all(re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00(\.0+)?", each) for each in said):
        return "date", lambda each: str(each)[:10]
    return "text", str


def listed(value: Any) -> str:
    """A list, as JSON."""
    return json.dumps(value.tolist() if hasattr(value, "tolist") else list(value), ensure_ascii=False)


def typed(said: str, kind: str) -> Any:
    """What a cell of a table says, as the kind that its layer has for it. Raises ValueError."""
    if kind == "boolean":
        return YES_NO[said.strip().lower()]
    return CELLS[kind](said.strip())


def _instant(said: str) -> str:
    if datetime.fromisoformat(said).tzinfo is None:
        raise ValueError
    return said


YES_NO = {
    "true": True,
    "yes": True,
    "1": True,
    "t": True,
    "false": False,
    "no": False,
    "0": False,
    "f": False,
}
CELLS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "integer": int,
    "number": float,
    "date": lambda said: date.fromisoformat(said).isoformat(),
    "instant": _instant,
}


def retyped(names: list[str], values: list[Any], kinds: Mapping[str, str]) -> list[Any]:
    """The cells of a line, each of its layer's kind. Raises OddFeatureError that names the field."""
    found = []
    for name, value in zip(names, values, strict=True):
        try:
            found.append(typed(value, kinds[name]) if name in kinds and value is not None else value)
        except (ValueError, KeyError):
            raise OddFeatureError(f"{name}: this is no {kinds[name]}.") from None
    return found


def refuse_odd_values(names: list[str], values: list[Any], longest: int) -> None:
    """Refuse a field that holds what no reader of JSON can tell."""
    for name, value in zip(names, values, strict=True):
        if isinstance(value, str) and (len(value) > longest or "\0" in value):
            raise OddFeatureError(f"{name}: a text of more than {longest:,} signs.")
        if isinstance(value, float) and not math.isfinite(value):
            raise OddFeatureError(f"{name}: an infinite number.")
        if isinstance(value, int) and abs(value) > 2**53:
            raise OddFeatureError(f"{name}: a whole number of more than 15 digits.")


OURS = ("id", "geometry")
"""What each feature has of its own: a filter that says one of these means that, so no field is called so."""


def field_names(said: list[str]) -> list[str]:
    """What the house calls these fields: small letters, digits and _, none twice, none as ``OURS``."""
    found: list[str] = []
    for each in said:
        plain = each.lower()
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", plain):
            plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
        plain = plain if plain[:1].isalpha() else f"f_{plain}"
        plain = f"own_{plain}" if plain in OURS else plain
        name, number = plain, 2
        while name in found:
            name, number = f"{plain[:56]}_{number}", number + 1
        found.append(name)
    return found
