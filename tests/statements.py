"""What this process sends to PostgreSQL, SQLAlchemy's statements and those that are made once alike."""

import re
from contextlib import contextmanager
from typing import NamedTuple
from unittest import mock

import psycopg

from backend.core.direct import COMMIT, Line


class Statement(NamedTuple):
    """One statement and its parameters."""

    text: str
    values: dict | None


@contextmanager
def statements():
    """The statements that are sent meanwhile, in their order."""
    sent, execute, ask = [], psycopg.Cursor.execute, Line.ask

    def watched(cursor, text, values=None, **options):
        sent.append(Statement(str(text), values))
        return execute(cursor, text, values, **options)

    def watched_too(line, *asked):
        sent.extend(named(each) for each in asked if each is not COMMIT)
        return ask(line, *asked)

    with (
        mock.patch.object(psycopg.Cursor, "execute", watched),
        mock.patch.object(Line, "ask", watched_too),
    ):
        yield sent


def named(asked):
    """A statement with numbers for its values, as psycopg takes it."""
    text = re.sub(r"\$(\d+)", r"%(v\1)s", asked.sql.decode().replace("%", "%%"))
    return Statement(text, {f"v{number}": value for number, value in enumerate(asked.values, 1)})


@contextmanager
def messages():
    """How many statements stood in each message that goes past SQLAlchemy meanwhile."""
    sent, ask = [], Line.ask

    def watched(line, *asked):
        sent.append(len(asked))
        return ask(line, *asked)

    with mock.patch.object(Line, "ask", watched):
        yield sent
