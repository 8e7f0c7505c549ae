"""The code itself, as the tests of this folder read it: its files, its syntax trees, its domains."""

import ast
import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OURS = ("backend", "mobile", "shared_models", "tests", "migrations")


@cache
def files(*folders, ends=".py"):
    """All files of ours below these folders, as paths from the root."""
    found = (path for folder in folders or OURS for path in (ROOT / folder).rglob(f"*{ends}"))
    return sorted(path.relative_to(ROOT) for path in found if "__pycache__" not in path.parts)


@cache
def text_of(path):
    return (ROOT / path).read_text("utf-8")


@cache
def tree_of(path):
    return ast.parse(text_of(path), str(path))


def calls(tree, *names):
    """The calls of functions (or methods) of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node


def constants(node):
    """The words that stand in a piece of code."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def domains():
    from backend.app import DOMAINS

    return DOMAINS


def module(path):
    """The module of a file of ours."""
    return importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


@cache
def wire_modules():
    """All modules of the wire."""
    import shared_models

    return [
        importlib.import_module(f"shared_models.{m.name}")
        for m in pkgutil.iter_modules(shared_models.__path__)
    ]


@cache
def wire_values():
    """All wire classes of the wire package."""
    from shared_models.wire import Wire

    found = {
        value
        for m in wire_modules()
        for value in vars(m).values()
        if isinstance(value, type) and issubclass(value, Wire) and value is not Wire
    }
    return sorted(found, key=lambda value: (value.__module__, value.__name__))


@cache
def events():
    """All events that a domain, or the machinery, may write into the ledger."""
    for path in files("backend"):
        if path.name == "events.py":
            module(path)
    from backend.core.ledger import Event

    found, waiting = [], [Event]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += [event for event in below if event.__module__.startswith("backend.")]
        waiting += below
    return sorted(found, key=lambda event: event.kind())


def routes(app):
    """(path as OpenAPI writes it, method, view) of everything that is served."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield path, method, app.view_functions[rule.endpoint]


TILE = {
    "number": "1",
    "tileMatrix": "14",
    "tileRow": "6775",
    "tileCol": "3848",
    "z": "14",
    "x": "3848",
    "y": "6775",
}
"""Where the city lies, for what a path takes besides ids."""


def filled(path):
    """A path with numbers where it takes numbers, and a file of the web map; ids and names stay as they are."""
    from backend.maps.web_map import files_version

    known = TILE | {"version": files_version(), "file": "map.css"}
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), path)


@cache
def text_catalog(path):
    """All words of a catalog by dotted name."""
    import tomllib

    def flat(tree, name):
        for key, value in tree.items():
            dotted = f"{name}.{key}" if name else key
            if isinstance(value, dict):
                yield from flat(value, dotted)
            else:
                yield dotted, str(value)

    return dict(flat(tomllib.loads(text_of(path)), ""))
