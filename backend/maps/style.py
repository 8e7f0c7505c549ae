"""One style for the map, for browsers: the city's ground and all layers, as MapLibre's style specification (v8) says it.

What the ground looks like stands in ``shared_models/mapstyle.toml``, what a layer looks like in its ``LayerStyle``; the
app draws with the same. It names no ``glyphs``: words are written in the reader's own fonts (MapLibre GL JS 5.11 does so
by itself).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from flask import Response, request

from backend.core.actor import asking, db
from backend.core.http import cached
from backend.core.ready import JSON
from backend.maps import queries, sources, tilesets
from shared_models import mapstyle
from shared_models.layers import Geometry, Layer
from shared_models.mapstyle import Stops, at_zoom

Part = dict[str, Any]

GROUND_CREDIT = "Limits: US Census TIGER/Line 2019"
FIRST_ZOOM = 8
"""Tiles farther out would hold the whole city in a few pixels."""
OUR_ZOOM = 1.0
"""The house counts zooms in tiles of 256 pixels, as the app draws them; MapLibre in tiles of 512."""
GROWTH = 1.7
"""By how much widths grow from one whole zoom to the next, about: what stands between is reckoned with it."""
WORLD = ((-180, -85), (180, -85), (180, 85), (-180, 85), (-180, -85))
FONT = ["Roboto Medium"]
THIN_SPACE = "\u2009"
AREAS, LINES, POINTS = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString"), ("Point", "MultiPoint")
DRAWN = {
    Geometry.AREA: (True, True, False),
    Geometry.LINE: (False, True, False),
    Geometry.POINT: (False, False, True),
}
"""Whether features of this sort have insides, lines, points. Of any other sort a layer may hold all three."""


def style(night: bool) -> Response:
    """The style by day or by night, with each layer that the caller may see; whoever has it gets 304."""
    text = json.dumps(told(sources.all_of(asking()), night=night), separators=(",", ":"))
    answer = cached(hashlib.sha256(text.encode()).hexdigest()[:16], text.encode, JSON, fresh_s=0)
    if asking():
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def told(layers: Sequence[Layer], *, night: bool) -> dict[str, Any]:
    """The style with these layers, by day or by night."""
    colours = mapstyle.NIGHT if night else mapstyle.DAY
    city = queries.our_city()
    return {
        "version": 8,
        "name": "West U",
        "center": [round((city.west + city.east) / 2, 6), round((city.south + city.north) / 2, 6)],
        "zoom": 13,
        "sources": {
            "limits": {"type": "geojson", "data": limits(), "attribution": GROUND_CREDIT},
            "ground": source("/v1/maps/ground", ""),
            **{layer.name: source(f"/v1/maps/tiles/{layer.name}", layer.attribution) for layer in layers},
        },
        "layers": [
            *ground(colours),
            *(part for layer in layers for part in insides(layer, colour(layer, night))),
            *(part for layer in layers for part in lines(layer, colour(layer, night))),
            *names(colours),
            *(part for layer in layers for part in points(layer, colour(layer, night), colours["rim"])),
            *(part for layer in layers for part in labels(layer, colours)),
        ],
    }


def source(path: str, credit: str) -> Part:
    """Vector tiles at this address of the house."""
    # From where the page itself came: a browser fetches them from no other place, whatever the house is called in public.
    tiles = request.url_root.rstrip("/") + path + "/{z}/{x}/{y}"
    found = {"type": "vector", "tiles": [tiles], "minzoom": FIRST_ZOOM, "maxzoom": tilesets.LAST_MADE}
    return found | ({"attribution": escape(credit)} if credit else {})


def limits() -> Part:
    """All limits with a point to write each name at, and the world beyond ours: whole, so that no tile's edge shows."""
    features = []
    beyond = [WORLD]
    for row in db().execute(queries.outlines()):
        shape = json.loads(row.geojson)
        features += [feature(shape, "limits", row.name, row.ours)]
        features += [feature(json.loads(row.middle), "name", row.name, row.ours)]
        beyond += shape["coordinates"][:1] if row.ours else []
    features.append(feature({"type": "Polygon", "coordinates": beyond}, "beyond", "", ours=False))
    return {"type": "FeatureCollection", "features": features}


def feature(shape: Part, kind: str, name: str, ours: bool) -> Part:
    """A GeoJSON feature."""
    return {"type": "Feature", "geometry": shape, "properties": {"kind": kind, "name": name, "ours": ours}}


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────


def by_zoom(stops: Stops, times: float = 1, more: Stops = ((0, 0.0),)) -> Any:
    """A width that grows with the zoom: ``stops`` so many times, and what ``more`` adds on either side."""
    first, last = round(stops[0][0]), round(stops[-1][0])
    table: list[float] = []
    for zoom in range(first, last + 1):
        width = times * at_zoom(stops, zoom) + 2 * at_zoom(more, zoom)
        table += [zoom - OUR_ZOOM, round(width, 2)]
    return ["interpolate", ["exponential", GROWTH], ["zoom"], *table]


def colour(layer: Layer, night: bool) -> str:
    """The layer's colour."""
    return layer.style.night if night else layer.style.colour


def is_main() -> Any:
    """``mapstyle.is_main`` as an expression."""
    words = ["concat", ["downcase", ["get", "name"]], " "]
    return ["any", *(["in", f" {word} ", words] for word in sorted(mapstyle.MAIN_STREETS))]


# ── the ground ───────────────────────────────────────────────────────────────────────────────────────────


def ground(colours: dict[str, str]) -> Iterable[Part]:
    """Limits and streets, from below to above."""
    yield {"id": "outside", "type": "background", "paint": {"background-color": colours["outside"]}}
    for id_, ours in (("neighbour", False), ("ours", True)):
        yield of_limits(id_, "fill", "limits", {"fill-color": colours[id_]}, ["==", ["get", "ours"], ours])
    width, edge = mapstyle.WIDTHS, mapstyle.WIDTHS["edge"]
    yield street("street_edge", colours, by_zoom(width["street"], more=edge), ["!", is_main()])
    yield street("street", colours, by_zoom(width["street"]), ["!", is_main()])
    yield street("main_edge", colours, by_zoom(width["main"], more=edge), is_main())
    yield street("main", colours, by_zoom(width["main"]), is_main())
    yield of_limits("veil", "fill", "beyond", {"fill-color": colours["veil"]})
    border = width["border"]
    theirs, ours_ = (["==", ["get", "ours"], each] for each in (False, True))
    for id_, wide, whose in (
        ("neighbour_border", by_zoom(border, 0.6), theirs),
        ("border_edge", by_zoom(border, more=((0, 1.5),)), ours_),
        ("border", by_zoom(border), ours_),
    ):
        yield of_limits(id_, "line", "limits", {"line-color": colours[id_], "line-width": wide}, whose)
    yield {
        "id": "facility",
        "type": "circle",
        "source": "ground",
        "source-layer": "place",
        "minzoom": mapstyle.ZOOMS["facilities"] - OUR_ZOOM,
        "paint": {
            "circle-color": colours["facility"],
            "circle-radius": 5,
            "circle-stroke-color": colours["rim"],
            "circle-stroke-width": 1.5,
        },
    }


def of_limits(id_: str, type_: str, kind: str, paint: Part, which: Any = True) -> Part:
    """One layer of the limits."""
    held = ["all", ["==", ["get", "kind"], kind], which]
    layout = {"line-join": "round"} if type_ == "line" else {}
    return {"id": id_, "type": type_, "source": "limits", "filter": held, "layout": layout, "paint": paint}


def street(id_: str, colours: dict[str, str], width: Any, which: Any) -> Part:
    """One layer of the streets."""
    return {
        "id": id_,
        "type": "line",
        "source": "ground",
        "source-layer": "street",
        "filter": which,
        "layout": {"line-cap": "round", "line-join": "round"},
        "paint": {"line-color": colours[id_], "line-width": width},
    }


def names(colours: dict[str, str]) -> Iterable[Part]:
    """What is written on the ground; the last is placed first."""
    zooms, written = mapstyle.ZOOMS, ["get", "name"]
    halo = {"text-halo-color": colours["halo"], "text-halo-width": 1.6}
    for id_, from_, size, ink, main in (
        ("street_names", zooms["street_names"], 11.5, "words", ["!", is_main()]),
        ("main_names", zooms["main_names"], 12.5, "main_words", is_main()),
    ):
        yield {
            "id": id_,
            "type": "symbol",
            "source": "ground",
            "source-layer": "street",
            "minzoom": from_ - OUR_ZOOM,
            "filter": main,
            "layout": {
                "symbol-placement": "line",
                "text-field": written,
                "text-size": size,
                "text-font": FONT,
            },
            "paint": {"text-color": colours[ink], **halo},
        }
    yield {
        "id": "facility_names",
        "type": "symbol",
        "source": "ground",
        "source-layer": "place",
        "minzoom": zooms["facility_names"] - OUR_ZOOM,
        "layout": beside_a_point(written, 12.5, 5),
        "paint": {"text-color": colours["facility"], **halo},
    }
    yield {
        "id": "city_names",
        "type": "symbol",
        "source": "limits",
        "maxzoom": zooms["city_names"] - OUR_ZOOM,
        "filter": ["==", ["get", "kind"], "name"],
        "layout": {
            "text-field": ["upcase", written],
            "text-size": 15,
            "text-font": FONT,
            "text-letter-spacing": 0.08,
        },
        "paint": {"text-color": colours["city_words"], **halo},
    }


def beside_a_point(written: Any, size: float, radius: float) -> Part:
    """Words at that side of a point where there is room."""
    return {
        "text-field": written,
        "text-size": size,
        "text-font": FONT,
        "text-max-width": 9,
        "text-variable-anchor": ["top", "bottom", "left", "right"],
        "text-radial-offset": round((radius + 3) / size, 2),
        "text-justify": "auto",
    }


# ── layers ───────────────────────────────────────────────────────────────────────────────────────────────


def part_of(layer: Layer, kind: str, type_: str, shapes: Sequence[str], **more: Any) -> Part:
    """One layer of the style, of those that belong to a layer of the map: ``metadata.layer`` names it."""
    first = max(layer.style.from_zoom, mapstyle.ZOOMS["layer_names"] if type_ == "symbol" else 0)
    found = {
        "id": f"{layer.name}:{kind}",
        "type": type_,
        "source": layer.name,
        "source-layer": layer.name,
        "minzoom": max(first - OUR_ZOOM, 0),
        "metadata": {"layer": layer.name},
        "layout": {"visibility": "visible" if layer.on else "none"} | more.pop("layout", {}),
        **more,
    }
    if shapes:
        found["filter"] = ["in", ["geometry-type"], ["literal", list(shapes)]]
    return found


def of_its_width(layer: Layer) -> Any:
    """The width of its lines, or the radius of its points: far away only a share of what it says."""
    return by_zoom(mapstyle.WIDTHS["layer_share"], layer.style.width)


def insides(layer: Layer, code: str) -> Iterable[Part]:
    """The areas of a layer, filled as dense as it says."""
    if drawn(layer)[0] and layer.style.fill:
        paint = {"fill-color": code, "fill-opacity": layer.style.fill, "fill-antialias": False}
        yield part_of(layer, "area", "fill", AREAS, paint=paint)


def lines(layer: Layer, code: str) -> Iterable[Part]:
    """Its lines, and the edges of its areas."""
    if drawn(layer)[1]:
        paint = {"line-color": code, "line-width": of_its_width(layer)}
        layout = {"line-cap": "round", "line-join": "round"}
        yield part_of(layer, "line", "line", (*AREAS, *LINES), paint=paint, layout=layout)


def points(layer: Layer, code: str, rim: str) -> Iterable[Part]:
    """Its points, as discs with a rim."""
    if drawn(layer)[2]:
        paint = {
            "circle-color": code,
            "circle-radius": of_its_width(layer),
            "circle-stroke-color": rim,
            "circle-stroke-width": at_zoom(mapstyle.WIDTHS["layer_rim"], 0),
        }
        yield part_of(layer, "point", "circle", POINTS, paint=paint)


def drawn(layer: Layer) -> tuple[bool, bool, bool]:
    """Whether it may hold areas, lines, points."""
    return DRAWN.get(layer.geometry, (True, True, True))


def labels(layer: Layer, colours: dict[str, str]) -> Iterable[Part]:
    """What is written beside its features, where there is room."""
    if not layer.style.label:
        return
    written = ["to-string", ["get", layer.style.label]]
    paint = {
        "text-color": colours["words"],
        "text-halo-color": colours["halo"],
        "text-halo-width": 1.4,
    }
    _, along, beside = drawn(layer)
    if layer.geometry is Geometry.LINE and along:
        layout: Part = {"symbol-placement": "line", "text-field": written, "text-size": 11, "text-font": FONT}
    else:
        layout = beside_a_point(written, 11, layer.style.width if beside else 0)
    yield part_of(layer, "label", "symbol", (), layout=layout, paint=paint)
