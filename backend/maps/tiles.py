"""Vector tiles (MVT 2.1), each by one statement, of whatever layers somebody may see.

A tile is kept in the process under the versions of its layers. An edit raises the version in its own transaction, so
from its commit on nobody is given an older tile; what nobody asks for any more makes room for what is asked for.
"""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from flask import Response, request

from backend.core.actor import Actor
from backend.core.house import house
from backend.core.kept import Kept
from backend.core.problems import ProblemError
from backend.core.standing import stands
from backend.maps import sources
from backend.maps.mvt import Place, made
from backend.maps.sources import Source
from shared_models.layers import Layer, Whom
from shared_models.problems import FieldError

MVT = "application/vnd.mapbox-vector-tile"
MOST_BYTES = 64 * 1024 * 1024
"""Of tiles, in each process."""
MOST_TAGS = 1000
"""That are kept: a map asks for many tiles of the same layers."""
WORTH_PACKING = 1400
"""Bytes: what is shorter travels in one packet as it is."""
ALL = "*"


# ── what a tile tells of a feature ───────────────────────────────────────────────────────────────────────────


def drawn_by(layer: Layer) -> tuple[str, ...]:
    """The fields that a map needs of a feature: what names it and what is written beside it."""
    known = {each.name for each in layer.fields}
    return tuple(name for name in dict.fromkeys((layer.title_field, layer.style.label)) if name in known)


def chosen(layer: Layer, said: str | None) -> tuple[str, ...]:
    """The fields that somebody asks for. Raises a problem of status 400 for one that the layer has not."""
    if said is None:
        return drawn_by(layer)
    if said == ALL:
        return tuple(each.name for each in layer.fields)
    names = tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))
    if unknown := set(names) - {each.name for each in layer.fields}:
        raise ProblemError("malformed", f"properties: {layer.name} has no field {min(unknown)[:63]}.")
    return names


# ── keeping them ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Tile:
    """A tile that is kept."""

    body: bytes

    @cached_property
    def packed(self) -> bytes:
        """It in gzip. Not made for a tile that is asked for once: packing takes a tenth of the making."""
        return gzip.compress(self.body, 6, mtime=0)


def weight(tile: Tile) -> int:
    """Bytes that a kept tile may come to: with its packed form, its key, and what an empty one costs all the same."""
    return len(tile.body) * 3 // 2 + 1000


kept: Kept[Tile] = Kept(MOST_BYTES)


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────


def of_one(actor: Actor | None, name: str, where: Place, properties: str | None) -> Response:
    """A tile of one layer. Raises NotFound."""
    found = sources.source(actor, name)
    return answer([found], [chosen(found.layer, properties)], where)


def of_several(actor: Actor | None, collections: str | None, where: Place) -> Response:
    """A tile of several layers, in this order. Raises a problem of status 400 for one that is nothing to this person."""
    found = wanted_layers(actor, collections)
    return answer(found, [drawn_by(source.layer) for source in found], where)


def wanted_layers(actor: Actor | None, collections: str | None) -> list[Source]:
    """The layers that somebody names, or those of the city's own that are shown until somebody turns them off."""
    if collections is None:
        return sources.switched_on(actor)
    names = list(dict.fromkeys(name.strip() for name in collections.split(",") if name.strip()))
    found = sources.several(actor, names)
    if unknown := set(names) - {source.layer.name for source in found}:
        words = f"There is no layer {min(unknown)[:63]}, or it is not for you."
        kind = (
            "malformed" if request.path.startswith("/ogc/") else "invalid"
        )  # as the OGC's standards ask for
        raise ProblemError(kind, words, errors=[FieldError(pointer="?collections", detail=words)])
    return found


def answer(found: Sequence[Source], fields: Sequence[tuple[str, ...]], where: Place) -> Response:
    """The tile of these layers: from what is kept, made anew, or 304 to whoever has it; 204 where nothing lies.

    What other domains hand down is neither kept nor tagged: which of it somebody may see differs from one to the next.
    """
    if any(source.given for source in found):
        return filled(fresh("private, no-store"), Tile(made(found, fields, where)), pack=False)
    public = all(source.layer.seen_by is Whom.PUBLIC for source in found)
    versions = tuple((source.layer.id, source.layer.version) for source in found)
    told_of = tuple(fields)
    tag = tag_of(versions, told_of)
    told = fresh("public, no-cache" if public else "private, no-cache", tag)
    if request.if_none_match.contains_weak(tag):
        told.status_code = 304
        stands()
        return told
    key = (house().database, versions, told_of, where)
    tile = kept.get(key)
    if tile is not None:
        stands()
        return filled(told, tile, pack=True)
    tile = Tile(made(found, fields, where) if found else b"")
    kept.keep(key, tile, weight(tile))
    return filled(told, tile, pack=False)


def fresh(keep: str, tag: str = "") -> Response:
    """An answer without a body yet: who may keep it, and under which tag; each header written once, as it is."""
    headers = {"Vary": "Accept-Encoding, Authorization", "Cache-Control": keep}
    return Response(content_type=MVT, headers=headers | ({"ETag": f'W/"{tag}"'} if tag else {}))


@lru_cache(MOST_TAGS)
def tag_of(versions: tuple[tuple[UUID, int], ...], fields: tuple[tuple[str, ...], ...]) -> str:
    """What names a tile of these layers, at these versions, with these fields of each."""
    return hashlib.sha256(repr((versions, list(fields))).encode()).hexdigest()[:16]


def filled(told: Response, tile: Tile, *, pack: bool) -> Response:
    """An answer with the tile in it."""
    if not tile.body:
        told.status_code = 204
    elif pack and len(tile.body) >= WORTH_PACKING and request.accept_encodings["gzip"]:
        told.headers["Content-Encoding"] = "gzip"
        told.set_data(tile.packed)
    else:
        told.set_data(tile.body)
    return told
