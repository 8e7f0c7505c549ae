"""Versions of what everybody reads and hardly anybody changes: types that can be asked for, say.

A trigger raises a table's version with any change to it, whoever makes it. So a process may keep what it made of the
table for as long as the version stays, and a phone that has it already is told so for the price of one number.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import BigInteger, ScalarSelect, select, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import prepared
from backend.core.actor import context
from backend.core.database import Base

Made = TypeVar("Made")


class VersionRow(Base):
    """How often a table was changed. A table is watched by the trigger ``raise_version`` (see the migrations)."""

    __tablename__ = "version"

    of: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, server_default="1")


_NOW = text("SELECT n FROM version WHERE of = :of")


def version_of(table: str) -> ScalarSelect[int]:
    """The version of a table, as a part of a statement that reads more."""
    return select(VersionRow.n).where(VersionRow.of == table).scalar_subquery()


class Kept(Generic[Made]):
    """What ``make`` made of a table, kept in this process until the table changes."""

    def __init__(self, table: str, make: Callable[[], Made]) -> None:
        self.table, self.make = table, make
        self.had: tuple[object, int, Made] | None = None

    def now(self) -> Made:
        """What it is at this moment. One small statement, and ``make`` if the table has changed."""
        [(n,)] = prepared.run_here(_NOW, of=self.table)
        return self.at(n)

    def at(self, n: int) -> Made:
        """What it is at this version, which a statement of one's own has read.

        Not in a transaction that changes the table: what is rolled back would be kept under a number that comes again.
        """
        database = context().connection.engine.url
        had = self.had
        if had is None or had[:2] != (database, n):
            # What is made may be newer than its number, never older: it is then made once more than needed.
            self.had = had = (database, n, self.make())
        return had[2]
