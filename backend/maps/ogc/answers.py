"""Answers in the form that the caller wants: links, the choice between JSON and a page, tags, packing."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from flask import Response, request

from backend.core import pages as core_pages
from backend.core.house import house
from backend.core.problems import ProblemError
from backend.core.words import reader_language, words
from backend.maps.ogc import pages
from backend.maps.ogc.crs import wrong

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
HTML = "text/html"
MERGE = "application/merge-patch+json"
WORTH_PACKING = 1400
"""Bytes: what is shorter travels in one packet as it is."""
QUICK = 1
"""zlib's fastest: the best one takes four times as long and saves a quarter more."""

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A document as text, without spaces. (``json.dumps`` would make an encoder each time.)"""
VARY = ("Accept", "Accept-Encoding", "Accept-Language", "Authorization")

Link = dict[str, str]


def root() -> str:
    """Where all of this begins, as callers reach it: behind a proxy that is not what this process hears."""
    return house().settings.public_url + "/ogc"


def link(href: str, rel: str, kind: str, title: str = "") -> Link:
    """A link, with its media type (Part 1 §7.14)."""
    made = {"href": href, "rel": rel, "type": kind}
    return made | {"title": title} if title else made


def here(**changed: str | None) -> str:
    """The address of this request with all its parameters, some of them changed; None leaves one out."""
    told = _said_here() | {name: value and _written(name, value) for name, value in changed.items()}
    query = "&".join(filter(None, told.values()))
    return house().settings.public_url + request.path + (f"?{query}" if query else "")


def _said_here() -> dict[str, str | None]:
    """The parameters of this request as an address has them; written once, for a page's address stands in several links."""
    found: dict[str, str | None] | None = request.environ.get("westu.said")
    if found is None:
        found = {name: _written(name, value) for name, value in request.args.items()}
        request.environ["westu.said"] = found
    return found


def _written(name: str, value: str) -> str:
    return f"{quote_plus(name)}={quote_plus(value)}"


def self_links(kind: str, form: str) -> list[Link]:
    """This very answer, and the same in the other form."""
    forms = {"json": kind, "html": HTML}
    other = "html" if form == "json" else "json"
    return [
        link(here(), "self", forms[form]),
        link(here(f=other), "alternate", forms[other]),
    ]


def said(name: str) -> str:
    """Words of ours in the language of whoever reads."""
    return words(reader_language(), f"ogc.{name}")


def form_of(kind: str, wish: str | None) -> str:
    """``json`` or ``html``: as ``f`` says, else as ``Accept`` wants it. Raises Problem("malformed" or "not-acceptable")."""
    if wish is not None:
        if wish not in ("json", "html"):
            raise wrong("f is json or html.", "?f")
        return wish
    if not request.accept_mimetypes:
        return "json"
    plain = kind.partition(";")[0]
    best = request.accept_mimetypes.best_match([plain, JSON, HTML])
    if best is None:
        raise ProblemError("not-acceptable", f"This is told as {plain} or {HTML}.")
    return "html" if best == HTML else "json"


def tell(document: Mapping[str, Any], kind: str, form: str, title: str) -> Response:
    """A document in this form, tagged by what it says."""
    if form == "html":
        return page(title, document)
    return tagged(as_json(document).encode(), kind)


def page(title: str, document: Mapping[str, Any]) -> Response:
    """A document as a page that needs no script and no other host."""
    text = pages.page(title, document, reader_language(), root(), here(f="json"))
    return packed(core_pages.answer(text, pages.GUARD, reader_language()))


def tagged(body: bytes, kind: str) -> Response:
    """A body under a tag made of it; 304 to whoever has it."""
    tag = hashlib.sha256(body).hexdigest()[:16]
    return unless_had(tag, lambda: Response(body, content_type=kind))


def unless_had(tag: str, make: Callable[[], Response], *, weak: bool = True) -> Response:
    """What ``make`` gives, under its tag; 304, and nothing is made, to whoever has it."""
    had = request.if_none_match.contains_weak(tag)
    answer = vary(Response(status=304)) if had else packed(make())
    answer.set_etag(tag, weak=weak)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def vary(answer: Response) -> Response:
    """The same, which says what it depends on besides its address."""
    if "Vary" in answer.headers:
        answer.vary.update(VARY)
    else:
        answer.headers["Vary"] = ", ".join(VARY)
    return answer


def packed(answer: Response) -> Response:
    """The same, packed for whoever can unpack it, where it is long."""
    vary(answer)
    body = answer.get_data()
    if len(body) >= WORTH_PACKING and request.accept_encodings["gzip"]:
        answer.set_data(gzip.compress(body, QUICK, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
