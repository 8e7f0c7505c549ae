"""What leaves as a wire value has each of its fields: rows and values are compared without a database."""

import ast
import inspect
import re
import textwrap
from typing import get_type_hints

import pytest

from backend.core.database import Base
from shared_models.wire import Wire, wire_fields
from tests.whole.code import calls, domains, files, module, routes, tree_of

READY = ("ready", "ready_one", "page_text", "list_text", "list_items")


def entity(function):
    """The row class of the query that a function says it gives; SQLAlchemy forgets it, the source does not."""
    said = ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].returns)
    return inspect.unwrap(function).__globals__[re.fullmatch(r"Select\[(?:tuple\[)?(\w+)\]{1,2}", said)[1]]


def ready_pairs():
    """(where, wire class, row class) of each list that leaves as bytes made by PostgreSQL."""
    for path in files("backend"):
        if path.parts[1] not in {domain.name for domain in domains()}:
            continue
        for call in calls(tree_of(path), *READY):
            code = vars(module(path))
            query, wire = call.args[:2]
            assert isinstance(query, ast.Call), f"{path}:{call.lineno} asks for a query by its name"
            while isinstance(query.func, ast.Attribute) and isinstance(query.func.value, ast.Call):
                query = query.func.value  # of a narrowed one, the query itself
            function = eval(compile(ast.Expression(query.func), "", "eval"), code)
            yield pytest.param(code[wire.id], entity(function), id=f"{path}:{call.lineno}")


def feed_pairs():
    for domain in domains():
        for kind, feed in domain.feeds.items():
            yield pytest.param(feed.wire, entity(feed.query), id=f"feed {kind}")


@pytest.mark.parametrize(("wire", "row"), [*ready_pairs(), *feed_pairs()])
def test_a_row_that_leaves_as_ready_bytes_has_each_field_of_its_wire_value(wire, row):
    assert issubclass(wire, Wire)
    assert issubclass(row, Base)
    assert [name for name in wire_fields(wire) if not hasattr(row, name)] == []


def test_a_row_that_a_route_returns_has_each_field_that_is_dumped(app):
    compared = 0
    for path, method, view in routes(app):
        plain = inspect.unwrap(getattr(view, "plain", view))
        given = get_type_hints(plain).get("return")
        if isinstance(given, type) and issubclass(given, Base):
            schema = next(iter(view.plain._apidoc["response"]["responses"].values()))[0]["schema"]
            missing = [name for name in schema.fields if not hasattr(given, name)]
            assert missing == [], (method, path)
            compared += 1
    assert compared > 5


def test_each_feed_pages_what_it_tells_by_an_id():
    for domain in domains():
        for feed in domain.feeds.values():
            assert "id" in wire_fields(feed.wire)
            assert hasattr(entity(feed.query), "page_by")
