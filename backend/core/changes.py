"""What a change says: which version of a thing it is a change of, and which fields it names."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from flask import request

from backend.core.problems import Refused
from shared_models.wire import Wire

Wish = TypeVar("Wish", bound=Wire)


def version_seen() -> int:
    """The version of what the caller is about to change, as ``If-Match`` says it: the ETag of what they saw.

    Raises Refused("version-needed") without one: who changes what they did not see undoes what others did. One that is
    none of ours is of no version (0), and so are several: who saw a thing saw one version of it.
    """
    if not request.if_match or request.if_match.star_tag:
        raise Refused("version-needed", "Send If-Match with the ETag of what you saw.", at="header:If-Match")
    [*tags] = request.if_match.as_set()
    return int(tags[0]) if len(tags) == 1 and VERSION.fullmatch(tags[0] or "") else 0


VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def versioned(row: Any) -> tuple[Any, dict[str, str]]:
    """A row as a route gives it, with its version as the ETag."""
    return row, {"ETag": f'"{row.version}"'}


def said(wish: Wire, body: Any = None) -> dict[str, Any]:
    """The fields of a wish that the caller said, where what is not said stays as it is.

    ``body``: the JSON that the wish was read from, if that is not the whole body.
    """
    told = request.get_json() if body is None else body
    return {name: value for name, value in vars(wish).items() if name in told}


def said_each(wishes: Sequence[Wish]) -> list[tuple[Wish, dict[str, Any]]]:
    """Each of many wishes (the body's ``items``), and the fields that the caller said in it."""
    items = request.get_json()["items"]
    return [(wish, said(wish, item)) for wish, item in zip(wishes, items, strict=True)]
