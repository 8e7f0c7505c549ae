"""A filter as it comes: read within bounds, by the library ``cql2``; refused as the caller's mistake."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import cql2
import psycopg
from sqlalchemy.exc import DBAPIError

from backend.maps.ogc.crs import wrong

TEXT, JSON = "cql2-text", "cql2-json"
AT = "?filter"
MOST_SIGNS = 60_000
DEEPEST = 60
"""Parentheses within parentheses: those that read a filter go down one call for each."""
CHAIN = re.compile(r"(?:\bnot\b[\s(]*){20}|(?:-\s*){20}", re.IGNORECASE)
"""The same without a parenthesis."""
IN_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"")


def read(words: str, language: str = TEXT) -> Any:
    """The tree of a filter, as CQL2 JSON has it. Raises Problem("malformed")."""
    if language not in (TEXT, JSON):
        raise wrong(f"A filter is {TEXT} or {JSON}.", "?filter-lang")
    if len(words) > MOST_SIGNS:
        refuse(f"It is longer than {MOST_SIGNS} signs.")
    if language == TEXT:
        _refuse_deep(IN_QUOTES.sub("''", words))
    try:
        return (cql2.parse_text if language == TEXT else cql2.parse_json)(words).to_json()
    except Exception as error:  # noqa: BLE001 - it raises plain Exception, too
        place = re.search(r"--> \d+:(\d+)", str(error))
        refuse(f"It can't be read{f', from sign {place[1]} on' if place else ''}.")


def _refuse_deep(bare: str) -> None:
    depth = 0
    for sign in re.findall(r"[()]", bare):
        depth += 1 if sign == "(" else -1
        if depth > DEEPEST:
            refuse("It is nested too deeply.")
    if CHAIN.search(bare):
        refuse("It is nested too deeply.")


def refuse(words: str) -> NoReturn:
    """Raise what answers 400, about ``?filter``, with these words."""
    raise wrong(f"The filter is not taken: {words}", AT)


@contextmanager
def answered(at: str = AT) -> Iterator[None]:
    """Around the statement: what PostgreSQL refuses to work out of what was said is the caller's mistake, about ``at``.

    Too large a number, a pattern that ends in its escape sign, a place that a reference system does not reach.
    """
    words = "It can't be worked out with these values."
    try:
        yield
    except (psycopg.DataError, psycopg.errors.InternalError_):
        raise wrong(words, at) from None
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.DataError | psycopg.errors.InternalError_):
            raise wrong(words, at) from None
        raise
