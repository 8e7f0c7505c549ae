"""What there is at a place and near it, as a sheet tells it. All of it is for workers: nothing here waits for the main thread."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mobile.core import mvt, nearby, strings
from mobile.core.maplayers import MapLayer, Shown, Tiles
from mobile.core.nearby import Near
from mobile.core.pack import Pack, tile_position
from mobile.maps.measuring import length_words
from mobile.maps.sources import zoom_of
from shared_models.places import EARTH_RADIUS, LatLon, metres_between

ADDRESS_WITHIN, FEATURES_WITHIN = 60.0, 40.0
"""Metres in which an address is this place's, and in which features are told."""
AT_ONCE = 1.0
"""Metres; what is nearer is here."""
AT_MOST = 12
TILES_WIDE = 1.5
"""Tiles of the nearest zoom on each side of a finger that are looked through at most."""
CODE_PLACES = 5
"""Decimals of degrees that are told: about a metre."""
SIGNS = {mvt.POINT: "place", mvt.LINE: "road", mvt.POLYGON: "area"}


class Found(NamedTuple):
    """A feature with its layer."""

    near: Near
    layer: MapLayer

    @property
    def title(self) -> str:
        """What it is called, or what its layer is."""
        return self.layer.name_of(self.near.properties) or self.layer.title(strings.language())


def features_at(place: LatLon, layers: Iterable[Shown], zoom: float, reach: float) -> list[Found]:
    """The features of these layers within `reach` metres, as a map at this zoom draws them or better."""
    found: list[Found] = []
    for shown in layers:
        name = shown.layer.name
        z = told_at(shown.tiles, place, zoom, reach)
        found += [
            Found(near, shown.layer) for near in nearby.around(shown.tiles.tile, z, place, reach, {name})
        ]
    return sorted(found, key=lambda one: (one.near.kind == mvt.POLYGON, one.near.away, one.near.size))


def told_at(tiles: Tiles, place: LatLon, zoom: float, reach: float) -> int:
    """The zoom of the tiles to ask: the nearest one, which alone tells every field, unless the finger covers too many."""
    each = math.cos(math.radians(place[0])) * 2 * math.pi * EARTH_RADIUS / (1 << tiles.maxzoom)
    return tiles.maxzoom if reach <= TILES_WIDE * each else zoom_of(tiles, zoom)


def nearest_of(shown: Shown, place: LatLon) -> list[Found]:
    """The nearest features of a layer, the nearest first."""
    tiles = shown.tiles
    west, south, east, north = tiles.bounds
    left, top = (int(part) for part in tile_position(north, west, tiles.maxzoom))
    right, bottom = (int(part) for part in tile_position(south, east, tiles.maxzoom))
    box = left, right, top, bottom
    found = nearby.nearest(tiles.tile, tiles.maxzoom, place, shown.layer.name, AT_MOST, box)
    return [Found(near, shown.layer) for near in found]


def facts_of(found: Found, me: LatLon | None, units: str) -> dict[str, Any]:
    """A feature for its sheet: `title`, `words` of its layer, `facts` as (title, value), `note` where it is invented."""
    language = strings.language()
    facts = found.layer.facts(found.near.properties, language)
    if me is not None:
        facts.append((strings.t("map.from_me"), length_words(metres_between(me, found.near.at), units)))
    title, layer = found.title, found.layer.title(language)
    return {
        "title": title,
        "words": layer if layer != title else "",
        "facts": facts,
        "note": found.layer.attribution,
        "invented": found.layer.illustration,
    }


def here(
    pack: Pack, place: LatLon, layers: Sequence[Shown], zoom: float, units: str
) -> tuple[list[tuple[str, str]], list[Found]]:
    """What is known of a place: facts as (title, value), and the features at it and around it."""
    facts: list[tuple[str, str]] = []
    near = [one for one in pack.places_near(*place, ADDRESS_WITHIN) if one[0].kind != "street"]
    if near:
        closest, away = near[0]
        words = ", ".join(part for part in (closest.name, closest.detail) if part)
        facts.append((strings.t("map.address"), f"{words} ({length_words(away, units)})"))
    if street := pack.nearest_street(*place):
        facts.append((strings.t("map.street"), street))
    outline = pack.whose(*place)
    facts.append((strings.t("map.city"), outline.name if outline else strings.t("map.no_city")))
    facts.append((strings.t("map.position"), f"{place[0]:.{CODE_PLACES}f}, {place[1]:.{CODE_PLACES}f}"))
    return facts, features_at(place, layers, zoom, FEATURES_WITHIN)[:AT_MOST]


def line_of(found: Found, key: int, units: str) -> dict[str, Any]:
    """A feature as a line of a list."""
    away = length_words(found.near.away, units) if found.near.away >= AT_ONCE else ""
    layer = found.layer.title(strings.language())
    parts = (layer if layer != found.title else "", away)
    return {
        "key": key,
        "icon": SIGNS.get(found.near.kind, "place"),
        "title": found.title,
        "subtitle": " · ".join(part for part in parts if part),
    }
