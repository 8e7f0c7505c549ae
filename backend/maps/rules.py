"""Pure decisions: what a feature may say."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from backend.core.problems import shown
from shared_models.layers import FieldKind, Geometry, LayerField
from shared_models.problems import FieldError
from shared_models.wire import instant_text

MOST_CORNERS = 200_000
"""Of one feature: the coast of a continent has fewer; a tile, a phone and a browser must still draw it."""
LONGEST_WORDS = 10_000
"""Signs in one text of a feature."""
LARGEST_WHOLE = 2**53
"""Whole numbers beyond it are not told apart by those who read JSON (RFC 8259 §6)."""
UNKEPT = re.compile("[\0\ud800-\udfff]")
DECIMALS = 6
"""Of a degree: 0.1 m, which is what six decimals keep."""
KINDS = {
    Geometry.POINT: ("Point",),
    Geometry.LINE: ("LineString", "MultiLineString"),
    Geometry.AREA: ("Polygon", "MultiPolygon"),
    Geometry.MIXED: ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}
"""What GeoJSON calls the geometries of a layer."""
DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep positions lie in its coordinates."""


# ── what a feature may say ───────────────────────────────────────────────────────────────────────────────


def properties_of(said: Any, fields: list[LayerField], wrong: list[FieldError]) -> dict[str, Any]:
    """All fields of a feature, each of its kind; what is not said is null. What is wrong is added to the list."""
    if said is None:
        said = {}
    if not isinstance(said, Mapping):
        wrong.append(FieldError(pointer="/properties", detail="An object, or null."))
        return {}
    known = {field.name: field for field in fields}
    for name in said:
        if name not in known:
            step = shown(str(name)).replace("~", "~0").replace("/", "~1")
            wrong.append(FieldError(pointer=f"/properties/{step}", detail="This layer has no such field."))
    found = {}
    for field in fields:
        try:
            found[field.name] = value_of(field.kind, said.get(field.name))
        except ValueError as error:
            wrong.append(FieldError(pointer=f"/properties/{field.name}", detail=str(error)))
    return found


def value_of(kind: FieldKind, said: Any) -> Any:
    """A value of this kind as it is kept; null is one of each. Raises ValueError that says what one looks like."""
    read, words = READS[kind]
    try:
        return None if said is None else read(said)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(words) from None


def is_kept(said: str) -> bool:
    """Whether a text can be kept: PostgreSQL holds no sign of number 0, and UTF-8 no half of a pair (JSON can say both)."""
    return UNKEPT.search(said) is None


def _text(said: Any) -> str:
    if isinstance(said, str) and len(said) <= LONGEST_WORDS and is_kept(said):
        return said
    raise TypeError


def _flag(said: Any) -> bool:
    if isinstance(said, bool):
        return said
    raise TypeError


def _number(said: Any) -> float:
    if isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < math.inf:
        return said
    raise TypeError


def _whole(said: Any) -> int:
    number = _number(said)
    if number == int(number) and abs(number) <= LARGEST_WHOLE:
        return int(number)
    raise TypeError


def _instant(said: Any) -> str:
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError
    return instant_text(moment.astimezone(UTC))


READS: dict[FieldKind, tuple[Callable[[Any], Any], str]] = {
    FieldKind.TEXT: (_text, f"A text of at most {LONGEST_WORDS:,} signs, each of them whole."),
    FieldKind.BOOLEAN: (_flag, "true or false."),
    FieldKind.INTEGER: (_whole, "A whole number."),
    FieldKind.NUMBER: (_number, "A number."),
    FieldKind.DATE: (lambda said: date.fromisoformat(said).isoformat(), "A day, as 2026-11-27."),
    FieldKind.INSTANT: (_instant, "A moment with its offset from UTC, as 2026-11-27T08:00:00Z."),
}
"""How a value of each kind is read, and what is said of one that is none."""


def positions(said: Any, name: str) -> list[Any]:
    """The coordinates of a geometry as they are kept: flat, six decimals. Raises ValueError that says what is wrong."""
    found = _positions(said, DEPTH[name], name)
    if sum(1 for _ in _each(found, DEPTH[name])) > MOST_CORNERS:
        raise ValueError(f"More than {MOST_CORNERS:,} positions in one feature.")
    return found


def _positions(said: Any, depth: int, name: str) -> list[Any]:
    if not isinstance(said, list) or not said:
        raise ValueError("Positions in lists, as RFC 7946 §3.1 says; none may be empty.")
    if depth == 0:
        return _position(said)
    found = [_positions(each, depth - 1, name) for each in said]
    if depth == 1 and name.endswith("LineString") and len(found) < 2:  # noqa: PLR2004 - RFC 7946 §3.1.4
        raise ValueError("A line has two positions or more.")
    if depth == 1 and name.endswith("Polygon") and (len(found) < 4 or found[0] != found[-1]):  # noqa: PLR2004 - §3.1.6
        raise ValueError("A ring has four positions or more, and ends where it began.")
    return found


def _position(said: list[Any]) -> list[float]:
    numbers = [each for each in said if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != len(said) or len(said) not in (2, 3):
        raise ValueError("A position is longitude and latitude, in degrees.")
    lon, lat = numbers[:2]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - false of NaN, too
        raise ValueError("Longitude lies within ±180, latitude within ±90: WGS 84, longitude first.")
    return [round(float(lon), DECIMALS), round(float(lat), DECIMALS)]


def _each(coordinates: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield coordinates
        return
    for each in coordinates:
        yield from _each(each, depth - 1)
