"""Maps over HTTP."""

import hashlib

from flask import Response

from backend.core.actor import db
from backend.core.database import one
from backend.core.http import PUBLIC, Blueprint, cached
from backend.core.ready import JSON
from backend.maps import queries
from shared_models.basics import Point
from shared_models.maps import FindPlaces, PlacesFound, WhereIs, Whose, Zones

blp = Blueprint(
    "maps", __name__, url_prefix="/v1/maps", description="Where things are, and whose place it is."
)


@blp.get("/whose", permit=PUBLIC)
@blp.arguments(WhereIs.Schema, location="query")
@blp.response(200, Whose.Schema)
def whose(wanted: WhereIs) -> Whose:
    """Whose place a point is; where it is not ours, what to do."""
    return queries.told_whose(Point(lat=wanted.lat, lon=wanted.lon))


@blp.get("/places", permit=PUBLIC)
@blp.arguments(FindPlaces.Schema, location="query")
@blp.response(200, PlacesFound.Schema)
def find_places(wanted: FindPlaces) -> PlacesFound:
    """Streets, intersections and facilities by name, as people type them."""
    return queries.told_places(wanted)


@blp.get("/zones", permit=PUBLIC)
@blp.response(200, Zones.Schema)
@blp.alt_response(304, description="You have the newest.")
def list_zones() -> Response:
    """The city's zones with their outlines; none where the city has not loaded its own."""
    body = queries.zones_text().encode()
    return cached(hashlib.sha256(body).hexdigest()[:16], lambda: body, JSON)


@blp.get("/pack", permit=PUBLIC)
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/vnd.sqlite3")
@blp.alt_response(304, description="You have the newest pack.")
def get_pack() -> Response:
    """The phone's offline map: an SQLite file (MBTiles with tables of ours). Ask with ``If-None-Match``."""
    version = db().scalar(queries.newest_version())
    return cached(version, lambda: one(queries.newest_pack()).body, "application/vnd.sqlite3")
