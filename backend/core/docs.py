"""The documentation page: the OpenAPI document as plain HTML, readable without scripts or foreign hosts."""

from html import escape
from typing import Any

from flask import Response

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#17212b;background:#f5f7fa}
h1{margin:0}h2{margin-top:2.5rem;border-bottom:1px solid #dde3ea}details{background:#fff;border:1px solid #dde3ea;
border-radius:.6rem;margin:.5rem 0;padding:.6rem .9rem}summary{cursor:pointer;display:flex;gap:.8rem;flex-wrap:wrap}
b{font-family:ui-monospace,monospace;min-width:4.2rem;color:#0b5fa5}code{font-family:ui-monospace,monospace}
small{color:#5b6b7b}table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;padding:.25rem .5rem;
border-top:1px solid #dde3ea;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#e8eef4;background:#10161c}details{background:#18212a;border-color:#2a3642}
b{color:#7db8f0}small{color:#9baab9}h2,td,th{border-color:#2a3642}}
"""


def docs_page(spec: dict[str, Any]) -> Response:
    """All operations by subject, with their rights, parameters, bodies and answers."""
    subjects: dict[str, list[str]] = {}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                subjects.setdefault(operation.get("tags", [""])[0], []).append(
                    _operation(method, path, operation)
                )
    info = spec["info"]
    body = "".join(f"<h2>{escape(name)}</h2>{''.join(rows)}" for name, rows in subjects.items())
    schemas = "".join(_schema(name, schema) for name, schema in sorted(spec["components"]["schemas"].items()))
    page = (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style><h1>{escape(info['title'])} API</h1>"
        f"<p>{escape(info.get('description', ''))}</p><p><a href=/openapi.json>openapi.json</a></p>"
        f"{body}<h2>Values</h2>{schemas}</html>"
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return answer


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{escape(_kind(p.get('schema', {})))}</td><td>{escape(p.get('description', ''))}</td></tr>"
        for p in operation.get("parameters", [])
        if "name" in p
    )
    body = operation.get("requestBody", {}).get("content", {})
    sends = ", ".join(
        f"{escape(kind)}: {_kind(what.get('schema', {}), link=True)}" for kind, what in body.items()
    )
    answers = "".join(
        f"<tr><td><code>{escape(str(status))}</code></td><td>{escape(answer.get('description', ''))}</td><td>"
        + ", ".join(_kind(what.get("schema", {}), link=True) for what in answer.get("content", {}).values())
        + "</td></tr>"
        for status, answer in operation["responses"].items()
    )
    words = escape(operation.get("summary", "")) + " " + escape(operation.get("description", ""))
    return (
        f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code><small>{escape(operation.get('x-permit', ''))}"
        f"</small></summary><p>{words}</p>{f'<p>Sends {sends}</p>' if sends else ''}"
        f"<table>{parameters}</table><table>{answers}</table></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", []))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{' *' if field in needed else ''}</td>"
        f"<td>{_kind(what, link=True)}</td><td>{escape(what.get('description', ''))}</td></tr>"
        for field, what in schema.get("properties", {}).items()
    )
    return f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary><table>{rows}</table></details>"


def _kind(schema: dict[str, Any], *, link: bool = False) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"<a href='#{escape(name)}'>{escape(name)}</a>" if link else name
    for union in ("anyOf", "allOf", "oneOf"):
        if union in schema:
            return " or ".join(_kind(part, link=link) for part in schema[union])
    if schema.get("type") == "array":
        return "list of " + _kind(schema.get("items", {}), link=link)
    if "enum" in schema:
        return escape(" | ".join(str(word) for word in schema["enum"]))
    kind = schema.get("type", "anything")
    plain = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return escape(f"{plain} ({schema['format']})" if "format" in schema else plain)
