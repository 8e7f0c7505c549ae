"""Marked words for every place of a request that takes words, made from the contract itself."""

import copy
import uuid

MARK = "Zq7Marker"
PLACE = {"lat": 29.717843, "lon": -95.431719}


def resolved(schema, spec):
    while "$ref" in schema:
        found = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def planted(schema, spec, *, honest, depth=0):
    """A value of this schema with the mark in every string: where a form is asked for (a UUID, a member of a list, a
    time) an honest one keeps to it, so that the call goes on to the end; the other breaks it, to be refused with words."""
    schema = resolved(schema, spec)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return planted(schema[several][0], spec, honest=honest, depth=depth)
    kind = schema.get("type", "object")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object":
        return planted_object(schema.get("properties", {}), spec, honest=honest, depth=depth)
    if kind == "array":
        inner = resolved(schema.get("items", {}), spec)
        nobodys = honest and inner.get("format") == "uuid"  # no id that we make up is of anything
        return [] if nobodys else [planted(inner, spec, honest=honest, depth=depth + 1)]
    if not honest:
        return MARK
    plain = {"integer": 1, "number": 1, "boolean": False}
    return plain[kind] if kind in plain else text_of(schema)


def planted_object(properties, spec, *, honest, depth):
    if {"lat", "lon"} <= properties.keys():
        return dict(PLACE) if honest else {"lat": MARK, "lon": MARK}
    if depth > 4:
        return {}
    value = {name: planted(of, spec, honest=honest, depth=depth + 1) for name, of in properties.items()}
    return value if honest else value | {MARK: MARK}


def text_of(schema):
    if "enum" in schema:
        return next(value for value in schema["enum"] if value)
    form = schema.get("format", "")
    if form == "uuid":
        return str(uuid.uuid4())
    if form == "date-time":
        return "2026-01-01T00:00:00Z"
    if form == "date":
        return "2026-01-01"
    if form == "email":
        return f"{MARK}.{uuid.uuid4().hex[:6]}@example.org"
    text = MARK.ljust(min(schema.get("minLength", 0), 200), "x")
    return text[: schema.get("maxLength", 200)]


def calls(spec, known):
    """(method, path, query, body) for each operation, once honest and once broken; ``known`` are the ids to use."""
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method not in {"get", "post", "put", "patch", "delete"}:
                continue
            parameters = [
                resolved(one, spec) for one in [*item.get("parameters", []), *operation.get("parameters", [])]
            ]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for honest in (True, False):
                query = {
                    one["name"]: planted(one["schema"], spec, honest=honest)
                    for one in parameters
                    if one["in"] == "query"
                }
                sent = planted(body["schema"], spec, honest=honest) if body else None
                where = path
                for name in [one["name"] for one in parameters if one["in"] == "path"]:
                    where = where.replace(f"{{{name}}}", known(path) if honest else MARK)
                yield method.upper(), where, query, copy.deepcopy(sent)
