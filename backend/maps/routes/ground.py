"""Maps over HTTP."""

import hashlib

from flask import Response

from backend.core.actor import asking, db
from backend.core.http import KNOWN, PUBLIC, Blueprint, cached
from backend.core.ready import JSON
from backend.maps import mvt, packs, queries, search, tiles
from shared_models.basics import Point
from shared_models.maps import FindPlaces, PackSince, PlacesFound, WhereIs, Whose, Zones

blp = Blueprint(
    "maps", __name__, url_prefix="/v1/maps", description="Where things are, and whose place it is."
)


@blp.get("/whose", permit=PUBLIC)
@blp.arguments(WhereIs.Schema, location="query")
@blp.response(200, Whose.Schema)
def whose(wanted: WhereIs) -> Whose:
    """Whose place a point is; where it is not ours, what to do."""
    return queries.told_whose(Point(lat=wanted.lat, lon=wanted.lon))


@blp.get("/places", permit=KNOWN)
@blp.arguments(FindPlaces.Schema, location="query")
@blp.response(200, PlacesFound.Schema)
def find_places(wanted: FindPlaces) -> PlacesFound:
    """Addresses, streets, intersections, places and parcels, as people type them: of the layers that you may see."""
    return search.told_places(wanted)


@blp.get("/zones", permit=KNOWN)
@blp.response(200, Zones.Schema)
@blp.alt_response(304, description="You have the newest.")
def list_zones() -> Response:
    """The city's zones with their outlines; none where it has not loaded its own. Who speaks for the city has saved areas too."""
    body = queries.zones_text(asking()).encode()
    return cached(hashlib.sha256(body).hexdigest()[:16], lambda: body, JSON, private=asking() is not None)


@blp.get("/pack", permit=PUBLIC)
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/vnd.sqlite3")
@blp.alt_response(206, schema={"type": "string", "format": "binary"}, description="A part of it.")
@blp.alt_response(304, description="You have the newest pack.")
def get_pack() -> Response:
    """The phone's offline map: an SQLite file (MBTiles with tables of ours). Ask with ``If-None-Match``, or a ``Range``."""
    return packs.answer_pack()


@blp.get("/pack.pmtiles", permit=PUBLIC)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=packs.PMTILES)
@blp.alt_response(206, schema={"type": "string", "format": "binary"}, description="A part of it.")
@blp.alt_response(304, description="You have the newest.")
def get_pmtiles() -> Response:
    """The same tiles as one file for maps on the web, which ask for parts of it (``Range``)."""
    return packs.answer_pmtiles()


@blp.get("/pack/changes", permit=PUBLIC)
@blp.arguments(PackSince.Schema, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=packs.SQLITE)
@blp.alt_response(204, description="You have the newest pack.")
@blp.alt_response(304, description="You have these changes.")
def get_pack_changes(wanted: PackSince) -> Response:
    """What changed since the pack that you have; 404 where that is too old: then fetch it whole."""
    return packs.answer_changes(wanted.since)


@blp.get("/ground/<int:z>/<int:x>/<int:y>", permit=PUBLIC)
@blp.alt_response(200, schema={"type": "string", "format": "binary"}, content_type=tiles.MVT)
@blp.alt_response(304, description="You have the newest.")
def get_ground_tile(z: int, x: int, y: int) -> Response:
    """A vector tile of the ground, by x and y: limits, streets and the city's places."""
    where, version = mvt.place(z, y, x), db().scalar(queries.newest_version())
    return cached(version, lambda: queries.ground_tile(where.zoom, where.column, where.row), tiles.MVT)
