"""Pages that the server makes: plain HTML that needs no script and no other host, and grows with the reader's letters."""

import base64
import hashlib
from html import escape

from flask import Response

from shared_models.basics import Language

STYLE = """
:root{color-scheme:light dark;--ink:#17212b;--back:#f5f7fa;--box:#fff;--line:#6b7c8d;--act:#0b5fa5;--on:#fff;--bad:#a3121f}
@media(prefers-color-scheme:dark){:root{--ink:#e8eef4;--back:#10161c;--box:#18212a;--line:#8a9bab;--act:#7db8f0;--on:#10161c;--bad:#ff9aa2}}
*{box-sizing:border-box}
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--back);overflow-wrap:anywhere}
main{max-width:36rem;margin:0 auto;padding:min(1rem,4vw)}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
"""
"""What all pages look like; a page adds its own rules."""
NAMES = {Language.EN: "English", Language.ES: "Español"}


def policy(style: str, also: str = "") -> str:
    """What a browser may do with a page: show it in this style, and what ``also`` allows."""
    hash_ = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{hash_}'; {also}base-uri 'none'; frame-ancestors 'none'"


def document(in_: Language, title: str, body: str, style: str) -> str:
    """A whole page: ``body`` is HTML, ``title`` is not."""
    return (
        f'<!doctype html><html lang="{in_.value}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body><main>{other_language(in_)}{body}</main></body></html>"
    )


def answer(html: str, guard: str, in_: Language, status: int = 200) -> Response:
    """A page as it leaves."""
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = guard
    response.headers["Content-Language"] = in_.value
    response.headers["Vary"] = "Accept-Language"
    return response


def other_language(in_: Language) -> str:
    """A link to this page in each other language, in that language."""
    return "".join(
        f'<p><a href="?lang={each.value}" lang="{each.value}" hreflang="{each.value}">{name}</a></p>'
        for each, name in NAMES.items()
        if each is not in_
    )
