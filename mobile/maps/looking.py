"""What there is at a place and near it, as a sheet tells it. All of it is for workers: nothing here waits for the main thread."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from mobile.core import mvt, nearby, strings
from mobile.core.api import Answer, NoSignal
from mobile.core.maplayers import MapLayer, Shown, Tiles
from mobile.core.nearby import Near
from mobile.core.pack import Pack, tile_position
from mobile.core.session import SignInNeeded
from mobile.core.sync import Stop
from mobile.maps.measuring import length_words
from mobile.maps.sources import zoom_of
from shared_models.layers import Geometry
from shared_models.maps import Here
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
HERE, HERE_S = "/v1/maps/here", 4.0
"""Where the server is asked what is here, and how many seconds somebody waits for it at most."""
ELSEWHERE = "elsewhere"
"""The city's code, as the server tells it, where no outline holds the place."""
KINDS = {Geometry.POINT: mvt.POINT, Geometry.LINE: mvt.LINE, Geometry.AREA: mvt.POLYGON}
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
    ask: Callable[..., Answer] | None,
    pack: Pack,
    place: LatLon,
    layers: Sequence[Shown],
    zoom: float,
    units: str,
) -> tuple[list[tuple[str, str]], list[Found]]:
    """What is known of a place: facts as (title, value), and the features at it and around it.

    The server, asked by `ask`, says what there is now and whose place it is; without it (None: there is no signal)
    the pack says so. Address and street are the pack's.
    """
    told = _by_server(ask, place, layers) if ask is not None else None
    if told is not None:
        city, found = told
    else:
        outline = pack.whose(*place)
        city = outline.name if outline else ""
        found = features_at(place, layers, zoom, FEATURES_WITHIN)
    facts: list[tuple[str, str]] = []
    near = [one for one in pack.places_near(*place, ADDRESS_WITHIN) if one[0].kind != "street"]
    if near:
        closest, away = near[0]
        words = ", ".join(part for part in (closest.name, closest.detail) if part)
        facts.append((strings.t("map.address"), f"{words} ({length_words(away, units)})"))
    if street := pack.nearest_street(*place):
        facts.append((strings.t("map.street"), street))
    facts.append((strings.t("map.city"), city or strings.t("map.no_city")))
    facts.append((strings.t("map.position"), f"{place[0]:.{CODE_PLACES}f}, {place[1]:.{CODE_PLACES}f}"))
    return facts, found[:AT_MOST]


def _by_server(
    ask: Callable[..., Answer], place: LatLon, layers: Sequence[Shown]
) -> tuple[str, list[Found]] | None:
    """The city and the features of these layers, in the order of `features_at`; None if the server does not say."""
    held = {shown.layer.name: shown.layer for shown in layers}
    wanted = {"lat": place[0], "lon": place[1], "within": FEATURES_WITHIN, "limit": AT_MOST}
    try:
        answer = ask("GET", f"{HERE}?{urlencode(wanted)}", seconds=HERE_S)
    except (NoSignal, SignInNeeded, Stop):
        return None
    if not answer.ok or not isinstance(answer.data, dict):
        return None
    said = Here.read(answer.data)
    found = [
        Found(
            Near(
                one.layer,
                None,
                KINDS.get(held[one.layer].geometry, mvt.POINT),
                one.properties,
                one.metres,
                (one.where.lat, one.where.lon),
                0.0,
            ),
            held[one.layer],
        )
        for one in said.items
        if one.layer in held
    ]
    found.sort(key=lambda one: one.near.kind == mvt.POLYGON)
    return said.whose.name if said.whose.code != ELSEWHERE else "", found


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
