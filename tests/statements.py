"""What this process sends to PostgreSQL, SQLAlchemy's statements and those that are made once alike."""

from contextlib import contextmanager
from typing import NamedTuple
from unittest import mock

import psycopg


class Statement(NamedTuple):
    """One statement and its parameters."""

    text: str
    values: dict | None


@contextmanager
def statements():
    """The statements that are sent meanwhile, in their order."""
    sent, execute = [], psycopg.Cursor.execute

    def watched(cursor, text, values=None, **options):
        sent.append(Statement(str(text), values))
        return execute(cursor, text, values, **options)

    with mock.patch.object(psycopg.Cursor, "execute", watched):
        yield sent
