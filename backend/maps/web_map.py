"""The city's map as a page, for anybody. Nothing of it comes from another host.

It is a form and lists that the server writes: to look for a place, to say what is there, to list what lies in a box. So it
says all that the map shows to whoever can't see it, and works without a script. The script adds the map, and asks for
the same parts of the same page.
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from backend.core import pages
from backend.core.house import house
from backend.core.problems import NotFound
from backend.core.words import catalog, reader_language, words
from backend.maps import here, queries, search, sources
from backend.maps.here import Box, Found
from backend.maps.queries import OurCity
from shared_models.basics import Language, Point
from shared_models.layers import Geometry, Layer
from shared_models.maps import MOST_WITHIN, FindPlaces

OURS = Path(__file__).parent / "web"
FILES = {
    "maplibre-gl.js": "text/javascript",
    "maplibre-gl.css": "text/css",
    "map.js": "text/javascript",
    "map.css": "text/css",
}
"""What the page is made of, besides itself."""
BROWSERS = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src blob:; object-src 'none'; frame-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may load for the page: of this house alone, no script in the page. MapLibre draws in workers made of itself (``blob:``), and its buttons are ``data:``."""
FOR_EVER = "public, max-age=31536000, immutable"
MOST_LISTED = 100
"""Of each layer."""
MOST_HERE, NEAR = 10, 25.0
MOST_FOUND = 8
MOST_OPEN = 8
"""Layers that are listed at once; more would push what is in view off the screen, so they are in a box that is opened."""
AROUND = 0.003
"""Degrees: what is listed around a place that was looked for, without a map."""


@dataclass(frozen=True)
class Asked:
    """What the page's address says. What it says wrongly it does not say."""

    language: Language
    q: str
    at: Point | None
    within: float
    box: Box | None
    chosen: tuple[str, ...] | None
    """Names of layers; None: those that are shown until somebody turns them off."""

    def say(self, name: str, **values: str) -> str:
        """Words of the page, for HTML."""
        return escape(self.word(name, **values))

    def word(self, name: str, **values: str) -> str:
        """The same, not for HTML yet."""
        return words(self.language, f"web-map.{name}", **values)

    def title(self, of: Any) -> str:
        """The title of a layer or of a field, for HTML."""
        told = of.title_es if self.language is Language.ES else of.title_en
        return escape(told or of.name)

    def address(self, at: Point | None = None, language: Language | None = None) -> str:
        """The address of this page about another place, or in another language; for HTML."""
        said = [("lang", (language or self.language).value)]
        if self.chosen is not None:
            said += [("chosen", "1"), *(("layer", name) for name in self.chosen)]
        if at:
            said.append(("at", f"{at.lat:.6f},{at.lon:.6f}"))
        return escape("/map?" + urlencode(said))


def asked() -> Asked:
    """What somebody asks for."""
    args = request.args
    at, box = numbers(args.get("at", ""), 2), numbers(args.get("bbox", ""), 4)
    within = numbers(args.get("within", ""), 1)
    return Asked(
        language=reader_language(),
        q=args.get("q", "").strip()[:200],
        at=Point(lat=at[0], lon=at[1]) if at and on_earth(at[1], at[0]) else None,
        within=min(max(within[0], 0), MOST_WITHIN) if within else NEAR,
        box=(box[0], box[1], box[2], box[3]) if box and on_earth(*box[:2]) and on_earth(*box[2:]) else None,
        chosen=tuple(args.getlist("layer")) if "chosen" in args else None,
    )


def numbers(said: str, count: int) -> list[float]:
    """So many numbers with commas between them; else none. What is no number (NaN) would take PostGIS down."""
    try:
        found = [float(part) for part in said.split(",")]
    except ValueError:
        return []
    return found if len(found) == count and all(map(isfinite, found)) else []


def on_earth(lon: float, lat: float) -> bool:
    """Whether there is such a place. Never true of what is no number."""
    return -180 <= lon <= 180 and -90 <= lat <= 90  # noqa: PLR2004 - degrees


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────


def opened() -> Response:
    """The page, or the part of it that its script asks for."""
    wish, city = asked(), queries.our_city()
    given = house().layers
    layers = [
        layer for layer in sources.all_of(None) if not (layer.name in given and given[layer.name].signed_in)
    ]
    shown = [
        layer
        for layer in layers
        if (layer.on or is_ground(layer) if wish.chosen is None else layer.name in wish.chosen)
    ]
    part = request.args.get("part", "")
    if part == "list":
        text = listed(wish, shown, city)
    elif part == "here":
        text = told_here(wish, shown)
    else:
        text = page(wish, layers, shown, city)
    answer = pages.answer(text, BROWSERS, wish.language)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def is_ground(layer: Layer) -> bool:
    """Whether the map shows it whatever is chosen."""
    given = house().layers.get(layer.name)
    return given is not None and given.ground


def file(version: str, name: str) -> Response:
    """A file of the page. Raises NotFound for one that is none, or of another version."""
    if name not in FILES or version != files_version():
        raise NotFound
    answer = Response(mimetype=FILES[name])
    packed = bool(request.accept_encodings["gzip"])
    answer.set_data(packed_file(name) if packed else file_bytes(name))
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


@cache
def file_bytes(name: str) -> bytes:
    """The bytes of a file of the page: ours, or MapLibre's out of the package that carries it."""
    ours = OURS / name
    if ours.exists():
        return ours.read_bytes()
    found = find_spec("maplibre")  # never imported: only its data is wanted
    assert found is not None
    assert found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / "srcjs" / name).read_bytes()


@cache
def packed_file(name: str) -> bytes:
    """It in gzip, as small as it gets: it is made once."""
    return gzip.compress(file_bytes(name), 9, mtime=0)


@cache
def files_version() -> str:
    """The version of all files: a part of their address, so that a browser asks for each only once."""
    return hashlib.sha256(b"".join(file_bytes(name) for name in FILES)).hexdigest()[:16]


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────


def page(wish: Asked, layers: Sequence[Layer], shown: Sequence[Layer], city: OurCity) -> str:
    """The whole page."""
    say = wish.say
    title, base = say("title", city=city.name), f"/map/{files_version()}"
    others = "".join(
        f'<a href="{wish.address(wish.at, each)}" lang="{each.value}" hreflang="{each.value}">{name}</a>'
        for each, name in pages.NAMES.items()
        if each is not wish.language
    )
    found = told_found(wish) if wish.q else ""
    return (
        f'<!doctype html><html lang="{wish.language.value}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{base}/maplibre-gl.css"><link rel="stylesheet" href="{base}/map.css">'
        f'<script src="{base}/maplibre-gl.js" defer></script><script src="{base}/map.js" defer></script></head>'
        f'<body><a class="skip" href="#list">{say("skip")}</a>'
        f'<header><h1>{title}</h1><nav aria-label="{say("language")}">{others}</nav></header>'
        f'<main><div id="map" {map_data(wish, city)}></div><div id="panel">'
        f'<form id="ask" action="/map" method="get"><input type="hidden" name="lang" value="{wish.language.value}">'
        f'<input type="hidden" name="chosen" value="1">'
        f'<div role="search"><label for="q">{say("search")}</label>'
        f'<div class="row"><input id="q" name="q" type="search" maxlength="200" autocomplete="off" '
        f'value="{escape(wish.q, quote=True)}"><button>{say("go")}</button></div>'
        f'<ul id="places" role="listbox" aria-label="{say("found")}" hidden></ul></div>'
        f"{found}{chooser(wish, layers, shown)}</form>"
        f'<section id="here" aria-live="polite">{told_here(wish, shown) if wish.at else ""}</section>'
        f'<section id="list" tabindex="-1">{listed(wish, shown, city)}</section>'
        f"</div></main></body></html>"
    )


def map_data(wish: Asked, city: OurCity) -> str:
    """What the script is told: words, where the city is, and what of the ground is no survey's."""
    said = {
        name.removeprefix("web-map.script."): text
        for name, text in catalog(wish.language).items()
        if name.startswith("web-map.script.")
    }
    data = {
        "words": json.dumps(said, ensure_ascii=False),
        "bounds": json.dumps([round(edge, 6) for edge in city.box]),
        "illustration": wish.word("ground-illustration") if city.invented else "",
    }
    return " ".join(f'data-{name}="{escape(value, quote=True)}"' for name, value in data.items())


def chooser(wish: Asked, layers: Sequence[Layer], shown: Sequence[Layer]) -> str:
    """Layers on and off; beside each how it looks."""
    names = {layer.name for layer in shown}
    rows = "".join(
        f'<label class="layer"><input type="checkbox" name="layer" value="{layer.name}" '
        f'data-from="{layer.style.from_zoom:g}"{" checked" if layer.name in names else ""}>'
        f"{swatch(layer)}<span>{wish.title(layer)}{invented(wish, layer)}</span></label>"
        for layer in layers
    )
    none = "" if layers else f"<p>{wish.say('no-layers')}</p>"
    return (
        f"<details{' open' if len(layers) <= MOST_OPEN else ''}><summary>{wish.say('layers')} "
        f"<small>({len(layers)})</small></summary><fieldset>"
        f'<legend class="unseen">{wish.say("layers")}</legend>{rows}{none}</fieldset>'
        f"<noscript><button>{wish.say('show')}</button></noscript></details>"
    )


def swatch(layer: Layer) -> str:
    """How a layer looks, by day and by night."""
    look = layer.style
    width = min(max(look.width, 1.5), 6)
    shape = {
        Geometry.POINT: f'<circle cx="12" cy="9" r="{min(max(look.width, 3), 7):g}" stroke-width="0"',
        Geometry.LINE: f'<path d="M2 13 9 5l6 7 7-8" fill="none" stroke-width="{width:g}"',
    }.get(
        layer.geometry,
        f'<rect x="3" y="2" width="18" height="14" fill-opacity="{look.fill:g}" stroke-width="{width:g}"',
    )
    parts = ""
    for time, colour in (("day", look.colour), ("night", look.night)):
        fill = "" if layer.geometry is Geometry.LINE else f' fill="{colour}"'
        parts += f'{shape} class="{time}" stroke="{colour}"{fill}/>'
    return f'<svg aria-hidden="true" width="24" height="18" viewBox="0 0 24 18">{parts}</svg>'


def invented(wish: Asked, layer: Layer) -> str:
    """That a layer is invented, where it is."""
    return f" <small>{wish.say('script.illustration')}</small>" if layer.illustration else ""


def told_found(wish: Asked) -> str:
    """The places with the name that was looked for, for whoever has no script."""
    places = search.told_places(FindPlaces(q=wish.q, limit=MOST_FOUND)).items
    rows = "".join(
        f'<li><a href="{wish.address(place.where)}">{escape(place.title)}</a> <small>{escape(place.detail)}'
        f"{' ' + wish.say('script.illustration') if place.illustration else ''}</small></li>"
        for place in places
    )
    none = "" if places else f"<p>{wish.say('script.no-place')}</p>"
    return f'<section id="found"><h2>{wish.say("found")}</h2><ul>{rows}</ul>{none}</section>'


def told_here(wish: Asked, shown: Sequence[Layer]) -> str:
    """What is at the place: whose it is, and each feature with all that is known of it."""
    if wish.at is None:
        return ""
    whose = here.whose(wish.at)
    advice = whose.advice_es if wish.language is Language.ES else whose.advice_en
    by_name = {layer.name: layer for layer in shown}
    found = here.around(None, wish.at, wish.within, list(by_name), MOST_HERE)
    items = "".join(
        f'<li class="thing" data-layer="{each.layer}" data-id="{escape(each.id, quote=True)}">'
        f"<h3>{title(wish, by_name[each.layer], each)}</h3>{invented(wish, by_name[each.layer])}"
        f"<dl>{values(wish, by_name[each.layer], each.properties)}</dl></li>"
        for each in found
    )
    none = f"<p>{wish.say('nothing-here')}</p>" if not found else ""
    return (
        f'<h2 tabindex="-1">{wish.say("here")}</h2><p>{escape(whose.name)} '
        f"<small>{wish.at.lat:.5f}, {wish.at.lon:.5f}</small></p>"
        + (f"<p>{escape(advice)}</p>" if advice and not whose.ours else "")
        + f"{none}<ul>{items}</ul>"
    )


def listed(wish: Asked, shown: Sequence[Layer], city: OurCity) -> str:
    """What lies in view, layer by layer: the same as the map shows. Without a view, what lies in the whole city."""
    box = wish.box or around_place(wish.at) or city.box
    found: dict[str, list[Found]] = {layer.name: [] for layer in shown}
    for each in here.in_box(None, box, list(found), MOST_LISTED + 1):
        found[each.layer].append(each)
    corners = ",".join(f"{edge:.6f}" for edge in box)
    parts = "".join(one_list(wish, layer, found[layer.name], corners) for layer in shown if found[layer.name])
    none = "" if parts else f"<p>{wish.say('nothing-in-view')}</p>"
    return f"<h2>{wish.say('in-view' if wish.box or wish.at else 'in-city')}</h2>{none}{parts}"


def around_place(at: Point | None) -> Box | None:
    """A box around a place."""
    return None if at is None else (at.lon - AROUND, at.lat - AROUND, at.lon + AROUND, at.lat + AROUND)


def one_list(wish: Asked, layer: Layer, found: list[Found], corners: str) -> str:
    """The features of one layer, by what names them; where there are too many it says where all are."""
    more = len(found) > MOST_LISTED
    rows = "".join(
        f'<li data-layer="{layer.name}" data-id="{escape(each.id, quote=True)}">'
        f'<a href="{wish.address(Point(lat=each.lat, lon=each.lon))}" data-at="{each.lat:.6f},{each.lon:.6f}">'
        f"{title(wish, layer, each)}</a></li>"
        for each in sorted(found[:MOST_LISTED], key=lambda each: natural(each.title))
    )
    items = escape(f"/ogc/collections/{layer.name}/items?" + urlencode({"bbox": corners, "f": "html"}))
    count = wish.say("first", count=str(MOST_LISTED)) if more else str(len(found))
    return (
        f"<h3>{wish.title(layer)} <small>({count})</small>{invented(wish, layer)}</h3><ul>{rows}</ul>"
        f'<p><a href="{items}">{wish.say("table", layer=title_plain(wish, layer))}</a></p>'
    )


def title_plain(wish: Asked, layer: Layer) -> str:
    """A layer's title, not for HTML yet."""
    return layer.title_es if wish.language is Language.ES else layer.title_en


def title(wish: Asked, layer: Layer, found: Found) -> str:
    """What to call a feature: by its own name where it has one."""
    return escape(found.title) if found.title else f"{wish.title(layer)} {escape(found.id)}"


def natural(said: str) -> tuple[Any, ...]:
    """So that 9 comes before 10."""
    digits = "".join(sign if sign.isascii() and sign.isdecimal() else " " for sign in said).split()
    return said.rstrip("0123456789").casefold(), [int(part) for part in digits], said


def values(wish: Asked, layer: Layer, properties: dict[str, Any]) -> str:
    """The fields of a feature that say something."""
    return "".join(
        f"<div><dt>{wish.title(each)}</dt><dd>{value(wish, properties[each.name])}</dd></div>"
        for each in layer.fields
        if properties.get(each.name) not in (None, "")
    )


def value(wish: Asked, told: Any) -> str:
    """One value."""
    if isinstance(told, bool):
        return wish.say("yes" if told else "no")
    return escape(f"{told:g}" if isinstance(told, float) else str(told))
