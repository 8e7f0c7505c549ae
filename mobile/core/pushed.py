"""What a push says beside its words: what it is about, where that is shown, and whether it concerns this home."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mobile.core import strings
from mobile.core.area import LatLon, inside, read_place
from shared_models.basics import Point
from shared_models.content import FEWEST_CORNERS

SCREEN_OF = {"service_request": "request", "staff_request": "work_item", "alert": "alert"}
"""What it is about → the screen that shows such a thing."""
ALL = "inbox"
"""Where anything else is shown."""


def where_to(data: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The screen, and what it is to show there. A push is a hint: what can't be read leads to the inbox."""
    screen = SCREEN_OF.get(data.get("about", ""))
    try:
        return (screen, {"id": UUID(data.get("id", ""))}) if screen else (ALL, {})
    except ValueError:
        return ALL, {}


def concerns(data: Mapping[str, str], home: LatLon | None) -> bool:
    """Whether it is for whoever lives there: one for an area is, if that holds the home or none is known."""
    corners = [corner for corner in map(read_place, data.get("area", "").split()) if corner is not None]
    if len(corners) < FEWEST_CORNERS or home is None:
        return True
    return inside(home, [Point(lat=lat, lon=lon) for lat, lon in corners])


def words(data: Mapping[str, str]) -> str:
    """What to say of one that is heard while the app is looked at; nothing where there is nothing to open."""
    if not data.get("about") or not data.get("id"):
        return ""
    kind = "alert" if data["about"] == "alert" else "other"
    return data.get("title") or strings.t(f"push.heard.{kind}")
