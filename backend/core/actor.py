"""Who is asking, and in which transaction: the request's (or the worker's) context."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from backend.core.direct import COMMIT, Asked, line
from shared_models.basics import Language
from shared_models.permissions import Permission


@dataclass(frozen=True)
class Grant:
    """What one grant allows, and where: in all departments, or in one."""

    permissions: frozenset[Permission]
    department: str | None = None


@dataclass(frozen=True)
class Actor:
    """The person behind a token, with the grants of this moment."""

    id: UUID
    name: str = field(repr=False)
    """What they are called, for what they write; empty for a phone without an account. Never in the ledger or a log."""
    session_id: UUID
    named: bool
    language: Language
    grants: tuple[Grant, ...]

    def may(self, permission: Permission) -> bool:
        """Whether they may do this at all, perhaps only in one department."""
        return any(permission in grant.permissions for grant in self.grants)

    def may_everywhere(self, permission: Permission) -> bool:
        """Whether they may do this in all departments."""
        return any(permission in g.permissions and g.department is None for g in self.grants)

    def may_in(self, permission: Permission, department: str) -> bool:
        """Whether they may do this in this department."""
        return self.may_everywhere(permission) or department in self.departments(permission)

    def departments(self, permission: Permission) -> list[str]:
        """The departments in which they may do this, where it is not everywhere."""
        return sorted({g.department for g in self.grants if g.department and permission in g.permissions})


@dataclass(frozen=True)
class Presumed:
    """A statement, and what it told when this process last asked: work goes on as if it told that still."""

    asked: Asked
    rows: Sequence[tuple[Any, ...]]
    token: str = field(default="", repr=False)
    """The access token that it is about. (The question names its moment: it holds for this one.)"""


class Otherwise(Exception):
    """Something is not any more as it was presumed to be: what was read meanwhile must not leave."""


@dataclass
class Context:
    """What one request, or one delivery of the worker, carries along."""

    connection: Connection
    """To PostgreSQL, in the transaction of this request; a GET's can't write."""
    actor: Actor | None = None
    request_id: str = ""
    touched: dict[tuple[str, str, UUID], None] = field(default_factory=dict)
    """(audience, kind, id) of what changed, in order: the gate writes it to the feed last."""
    woken: set[str] = field(default_factory=set)
    """Audiences to be told to pull although no line of theirs was written: the gate tells them at the commit."""
    found: int = 0
    """How many things an answer shows, for the ledger of what was read."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What cannot be taken back, and so waits until the commit has happened: dropping a file."""
    last: list[Asked] = field(default_factory=list)
    """What the commit takes along in its message (``core/prepared.py``)."""
    opened: Session | None = None
    presumes: bool = False
    """Whether what was told to an earlier call may stand for what this one would be told; the gate then makes sure."""
    rechecks: bool = False
    """Whether it is a read: what is known of a layer is then asked in the message of what it reads, also if it was just before."""
    before_session: Callable[[], None] = lambda: None
    """What comes before the session's first statement: a change makes sure of what it presumes, and takes its locks."""
    presumed: list[Presumed] = field(default_factory=list)
    """What it went on with: the next statement takes these questions along (``core/prepared.py``)."""
    asked: bool = False
    """Whether anything was asked that was not presumed."""
    stands: bool = False
    """Whether its answer rests on what was presumed alone (``core/standing.py``)."""

    @property
    def session(self) -> Session:
        """The session over the connection. Made when first asked for: most reads never need one."""
        if self.opened is None:
            self.before_session()
            self.opened = Session(bind=self.connection, expire_on_commit=False)
        return self.opened

    def forget(self) -> None:
        """Forget what was done for whom somebody was presumed to be: it is done anew, with nothing presumed."""
        if self.opened is not None:
            self.opened.close()
        fresh = Context(self.connection, request_id=self.request_id)
        vars(self).update(vars(fresh))

    def flush(self) -> None:
        """Write what the session holds back: what reads past it must see it."""
        if self.opened is not None:
            self.opened.flush()

    def commit(self) -> None:
        """Make it so. Called by the gate and the worker's loop, and by nobody else."""
        self.flush()
        if self.last:
            line(self.connection).ask(*self.last, COMMIT)
            self.last.clear()
        self.connection.commit()  # (after that one for SQLAlchemy alone, which closes its books)
        for do in self.afterwards:
            do()
        self.afterwards.clear()


_context: ContextVar[Context] = ContextVar("context")


@contextmanager
def within(context: Context) -> Iterator[Context]:
    """Make this the context of everything called inside."""
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)
        if context.opened is not None:
            context.opened.close()


def context() -> Context:
    """The context of this request or delivery."""
    return _context.get()


def context_or_none() -> Context | None:
    """The same, where there may be none."""
    return _context.get(None)


def db() -> Session:
    """The session of this request: read-only for GET; nobody but the gate commits it."""
    return _context.get().session


def me() -> Actor:
    """Who is asking. Only on routes that are not public, and never in the worker."""
    actor = _context.get().actor
    if actor is None:
        raise RuntimeError("Nobody is asking: this code runs on a public route or in the worker.")
    return actor


def asking() -> Actor | None:
    """Who is asking, or None on a public route and in the worker."""
    return _context.get().actor
