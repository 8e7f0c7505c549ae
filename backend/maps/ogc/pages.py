"""The pages that browsers get: every document as nested tables, with all its data and links. No script, no other host."""

from collections.abc import Mapping
from html import escape
from typing import Any

from backend.core import pages as core_pages
from backend.core.words import words
from shared_models.basics import Language

STYLE = (
    core_pages.STYLE
    + """:root{--line:#dde3ea;--soft:#4b5b6b}
@media(prefers-color-scheme:dark){:root{--line:#2a3642;--soft:#9baab9}}
body{font-size:1rem;max-width:72rem;margin:0 auto;padding:1rem}
main{max-width:none;padding:0}
nav a{margin-right:1.25rem;display:inline-block;padding:.25rem 0}
table{border-collapse:collapse;width:100%;background:var(--box)}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border:1px solid var(--line)}
th{font-weight:600;color:var(--soft);width:1%;white-space:nowrap}
table table th,table table td{display:block;width:auto;border:0;padding:.1rem 0 .1rem .6rem;white-space:normal}
main>table{display:block;overflow-x:auto}
.wide{overflow-x:auto}
.wide th{width:auto}
.wide th,.wide td{overflow-wrap:break-word;max-width:24rem}
.wide td:first-child,.wide .short{white-space:nowrap}
.wide code{display:block;max-height:6rem;overflow:auto}
ul{margin:0;padding-left:1.2rem}
code{font-family:ui-monospace,monospace;font-size:.85em}
"""
)
GUARD = core_pages.policy(STYLE, "form-action 'none'; ")
"""What a browser may do with a page: show it in this style."""
SHORT = 24
"""Signs."""
OURS = "ogc."
RELATIONS = ("next", "prev", "collection", "items")
"""Links that stand above the data as well: they lead on from here."""


def page(title: str, document: Mapping[str, Any], language: Language, root: str, as_json: str) -> str:
    """The page of a document."""
    links = {each["rel"]: each["href"] for each in reversed(document.get("links", []))}
    ways = [
        (root + "/?f=html", words(language, f"{OURS}start")),
        (f"{root}/collections?f=html", words(language, f"{OURS}layers")),
    ]
    ways += [(links[rel], words(language, f"{OURS}{rel}")) for rel in RELATIONS if rel in links]
    ways += [(as_json, "JSON")]
    nav = "".join(f'<a href="{escape(href)}">{escape(name)}</a>' for href, name in ways)
    body = _features(document["features"]) if "features" in document else ""
    rest = {name: value for name, value in document.items() if name != "features"}
    return (
        f'<!doctype html><html lang="{language.value}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<nav>{nav}</nav><main><h1>{escape(title)}</h1>{body}{told(rest)}</main></html>"
    )


def _features(features: list[dict[str, Any]]) -> str:
    """Features as one table: a row for each, a column for each field."""
    names = list(dict.fromkeys(name for each in features for name in each["properties"] or {}))
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in ("id", *names, "geometry"))
    rows = "".join(
        f"<tr><td>{_way(each)}</td>"
        + "".join(_cell((each["properties"] or {}).get(name)) for name in names)
        + f"<td>{_shape(each['geometry'])}</td></tr>"
        for each in features
    )
    return f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _cell(value: Any) -> str:
    """A field; a short one stays in one line, also where a line may end (127-123)."""
    short = isinstance(value, str) and len(value) <= SHORT
    return f"<td{' class=short' if short else ''}>{told(value)}</td>"


def _way(feature: Mapping[str, Any]) -> str:
    href = next((each["href"] for each in feature.get("links", []) if each["rel"] == "self"), "")
    return (
        f'<a href="{escape(href)}">{escape(str(feature["id"]))}</a>' if href else escape(str(feature["id"]))
    )


def _shape(shape: Mapping[str, Any] | None) -> str:
    return (
        ""
        if shape is None
        else f"{escape(shape['type'])} <code>{escape(str(shape.get('coordinates', '')))}</code>"
    )


def told(value: Any) -> str:
    """A value of a document as HTML: nothing of it is left out."""
    if isinstance(value, Mapping):
        return _linked(value) if "href" in value else _table(value)
    if isinstance(value, list):
        return _list(value)
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return f'<a href="{escape(value)}">{escape(value)}</a>'
    if value is None:
        return ""
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _table(rows: Mapping[str, Any]) -> str:
    each = (
        f"<tr><th scope=row>{escape(str(name))}</th><td>{told(value)}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{''.join(each)}</table>"


def _list(values: list[Any]) -> str:
    if all(isinstance(each, int | float) for each in values):
        return f"<code>{escape(', '.join(map(str, values)))}</code>"
    if isinstance(values[0], list):
        return f"<code>{escape(str(values))}</code>"
    return f"<ul>{''.join(f'<li>{told(each)}</li>' for each in values)}</ul>"


def _linked(link: Mapping[str, Any]) -> str:
    name = link.get("title") or link["rel"].rpartition("/")[2]
    kind = f" <code>{escape(link['type'])}</code>" if "type" in link else ""
    return f'<a rel="{escape(link["rel"])}" href="{escape(link["href"])}">{escape(name)}</a> ({escape(link["rel"])}){kind}'
