"""How a layer looks and is called, where nobody says it: its title, its colours, from which zoom it is drawn."""

import re
from collections.abc import Mapping

ZOOMS = ((10_000, 16.0), (3_000, 15.0), (1_000, 14.0), (100, 13.0))
"""From how many features on a layer is drawn from which zoom only: farther out they would be one blot."""
WIDTHS = {"point": {"width": 5.0}, "line": {"width": 2.0}, "area": {"width": 1.2, "fill": 0.12}}
AREAS_FROM, LARGE = 10.0, 60
"""Few areas are large ones: of the whole city, say."""


def zoom_of(shape: str, found: int) -> float:
    """From which zoom on it is drawn."""
    if shape == "area" and found <= LARGE:
        return AREAS_FROM
    return next((zoom for least, zoom in ZOOMS if found >= least), 12.0)


CAPITALS = frozenset({"zip", "gis", "ada", "ems", "fema", "hoa", "mbta", "hcad", "us", "lomr"})
"""Words that are written in capitals, as those are that a name in mixed letters writes so."""


def words_of(stem: str) -> str:
    """A readable title of a file's or a field's name: ``flood500`` becomes ``Flood 500``, ``BikeRacks`` ``Bike racks``."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", stem):
        return stem[:120]  # written for people already
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])|[_\W]+", " ", stem).split()
    short = () if stem.isupper() else tuple(word for word in apart if word.isupper() and word.isalpha())
    words = [word.upper() if word.lower() in CAPITALS or word in short else word.lower() for word in apart]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])[:120] if words else stem


PALETTE = {
    "rust": ("#6f3107", "#ff6806"),
    "magenta": ("#d6039e", "#d2429b"),
    "navy": ("#032b54", "#82bdfc"),
    "olive": ("#8a7c0b", "#f9f49a"),
    "violet": ("#3205c1", "#7a66f2"),
    "umber": ("#2b1d16", "#b7795c"),
    "green": ("#1e8a5f", "#b5f5eb"),
    "blue": ("#0072b2", "#4aa3df"),
    "grey": ("#505b64", "#b3bec8"),
    "red": ("#bb1122", "#ff7f7f"),
}
"""By day and by night: each three times as light or dark as the ground, as a thing on a map must be (WCAG 2.2, 1.4.11)."""
ROTATED = ("rust", "magenta", "navy", "olive", "violet", "umber", "green")
"""Those that go to layers whose names say nothing of a colour: told apart also by who does not tell red from green."""
BY_WORD = (
    (r"hydrant|\bfire", "red"),
    (r"\bwater\b|pond|river|lake|creek|bayou|stream|flood|storm|drain|sewer|canal|wetland", "blue"),
    (r"light|lamp|signal|solar", "olive"),
    (r"street|road|curb|walk|driveway|parking|path", "grey"),
    (r"\bparks?\b|\btrees?\b|green|garden|forest|open.?space|playground|trail|sport", "green"),
    (r"police", "violet"),
    (r"parcel|building|\blots?\b", "rust"),
    (r"address", "umber"),
)
"""What people expect, by words of a layer's name."""


def colours_of(name: str, used: Mapping[str, int]) -> dict[str, str]:
    """Its colours by day and by night: what its name says, else the one of the palette that the fewest layers have by day."""
    said = next((colour for pattern, colour in BY_WORD if re.search(pattern, name)), "")
    day, night = PALETTE[said or min(ROTATED, key=lambda each: used.get(PALETTE[each][0], 0))]
    return {"colour": day, "night": night}
