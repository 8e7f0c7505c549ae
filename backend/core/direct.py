"""Statements that go to PostgreSQL past psycopg's cursor: with its adapters and its errors, for half of its time.

Where a route's whole work is one statement that PostgreSQL answers in a few hundredths of a millisecond, the cursor costs
more than the statement; and several that need not wait for one another go in one message (libpq's pipeline), which
costs the two programs one turn instead of several. Used by ``core/prepared.py`` alone, for texts that are run again and
again.
"""

import re
import select
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus
from sqlalchemy import Connection, PoolProxiedConnection

USES = 3
"""After so many uses PostgreSQL keeps a statement ready: to prepare it costs as much as to run it once."""
MOST = 100
"""Statements that one connection keeps ready; psycopg's own number."""

Rows = list[tuple[Any, ...]]

_PLACE = re.compile(r"%%|%\(([^)]+)\)s")
_TOLD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_PLAN = b"SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
"""Ahead of what is planned anew. It holds to the end of the transaction, which outside of one is that of the message."""
CHANGED, DROPPED = b"0A000", b"26000"
"""SQLSTATEs: a ready statement would tell other columns than it did; there is none of this name."""
_LINE = "line"


class Asked(NamedTuple):
    """One statement to be sent."""

    sql: bytes
    """With ``$1`` for its first value."""
    values: Sequence[Any]
    anew: bool = False
    """Whether PostgreSQL plans it for its values each time."""
    binary: bool = False
    """Whether its rows come as PostgreSQL itself holds them: bytes are bytes then, and not two hexadecimal digits each."""


COMMIT = Asked(b"COMMIT", ())


def numbered(sql: str) -> tuple[bytes, list[str]]:
    """A text with ``%(name)s`` as PostgreSQL takes it, with ``$1``; and the names by their numbers."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    text = _PLACE.sub(number, sql)
    return text.encode(), list(names)


@dataclass(slots=True)
class Sent:
    """One statement as it is sent."""

    sql: bytes
    values: Sequence[Any] | None = None
    formats: Sequence[Any] | None = None
    key: tuple[bytes, tuple[int, ...]] = (b"", ())
    """Text and types: what a ready statement is known by."""
    name: bytes = b""
    new: bool = False
    """It is made ready first, under this name."""
    drops: bytes = b""
    """It is the dropping of this name."""
    asked: bool = False
    """Somebody wants its rows, in this format."""
    result: Format = Format.TEXT


class Line:
    """One connection to PostgreSQL, and what it keeps ready."""

    def __init__(self, driver: Any) -> None:
        self.autocommit: bool = driver.autocommit  # an engine of ours never changes it
        self.pgconn = driver.pgconn
        self.adapt = Transformer(driver)
        self.seen: OrderedDict[Any, int] = OrderedDict()
        self.ready: OrderedDict[Any, bytes] = OrderedDict()
        self.named = 0
        self.gone: list[bytes] = []
        """Names that PostgreSQL keeps still, of what is no longer asked for."""
        self.poll = select.poll()
        self.poll.register(self.pgconn.socket, select.POLLIN)

    def ask(self, *asked: Asked) -> list[Rows]:
        """All rows of each statement, in one message; none of what tells none. Raises psycopg's errors.

        The error of the first that fails is raised; those behind it were not run. Without a transaction they are one:
        all of them, or none.
        """
        sent: list[Sent] = []
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            sent += [Sent(b"DEALLOCATE " + name, drops=name) for name in self.gone]
            if not self.autocommit:
                sent.append(Sent(b"BEGIN"))
        for each in asked:
            if each.anew:
                sent.append(self._made(_PLAN, ()))
            made = self._made(each.sql, each.values)
            made.asked, made.result = True, Format.BINARY if each.binary else Format.TEXT
            sent.append(made)
        found: list[Rows] = []
        for one, result in zip(sent, self._exchange(sent), strict=True):
            if result.status not in _TOLD:
                if self._is_stale(one, result) and self.pgconn.transaction_status == TransactionStatus.IDLE:
                    return self.ask(*asked)  # nothing came of it, and what is not ready can't be stale
                raise error_from_result(result)
            if one.drops:
                self.gone.remove(one.drops)
            elif one.asked:
                found.append(self._rows(result))
        return found

    def _is_stale(self, one: Sent, result: Any) -> bool:
        """Whether it failed for being kept ready: a migration changed what it tells, or somebody dropped it."""
        state = result.error_field(DiagnosticField.SQLSTATE)
        if one.drops and state == DROPPED:
            self.gone.remove(one.drops)
            return True
        if not one.name or state not in {CHANGED, DROPPED} or self.ready.pop(one.key, b"") != one.name:
            return False
        if state == CHANGED:
            self.gone.append(one.name)
        return True

    def _made(self, sql: bytes, values: Sequence[Any]) -> Sent:
        """A statement with its values as PostgreSQL takes them, by the name under which it is kept ready if it is."""
        adapt = self.adapt
        told = adapt.dump_sequence(values, [PyFormat.AUTO] * len(values))
        key = sql, adapt.types or ()
        name = self.ready.get(key)
        if name:
            self.ready.move_to_end(key)
            return Sent(sql, told, adapt.formats, key, name)
        uses = self.seen[key] = self.seen.pop(key, 0) + 1
        if uses < USES:
            if len(self.seen) > MOST:
                self.seen.popitem(last=False)
            return Sent(sql, told, adapt.formats, key)
        del self.seen[key]
        self.named += 1
        return Sent(sql, told, adapt.formats, key, b"_westu_%d" % self.named, new=True)

    def _exchange(self, sent: Sequence[Sent]) -> list[Any]:
        """What comes back to each, in one message."""
        pgconn, made = self.pgconn, list[int]()
        pgconn.enter_pipeline_mode()
        try:
            for at, each in enumerate(sent):
                if each.new:
                    pgconn.send_prepare(each.name, each.sql, each.key[1])
                    made.append(at)
                if each.name:
                    pgconn.send_query_prepared(each.name, each.values, each.formats, each.result)
                else:
                    pgconn.send_query_params(each.sql, each.values, each.key[1], each.formats, each.result)
            pgconn.pipeline_sync()
            results = self._results()
            pgconn.exit_pipeline_mode()
        except BaseException:
            pgconn.finish()  # nobody knows what is still under way: the pool opens another
            raise
        for at in made:
            # (those before it are taken out already, so its own making ready stands in its place)
            if results[at].status == ExecStatus.COMMAND_OK:
                del results[at]
                self.ready[sent[at].key] = sent[at].name
            else:
                del results[at + 1]
        while len(self.ready) > MOST:
            self.gone.append(self.ready.popitem(last=False)[1])
        return results

    def _results(self) -> list[Any]:
        """What comes back, up to the end of the message. Waits in ``poll``, which lets other threads work."""
        pgconn, poll, found = self.pgconn, self.poll, list[Any]()
        while pgconn.flush():  # more than the socket takes at once: it must be read from meanwhile
            poll.modify(pgconn.socket, select.POLLIN | select.POLLOUT)
            poll.poll()
            poll.modify(pgconn.socket, select.POLLIN)
            pgconn.consume_input()
        while True:
            while pgconn.is_busy():
                poll.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:  # one is complete
                if pgconn.status:
                    raise OperationalError("The server ended this connection.")
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return found
            found.append(result)

    def _rows(self, result: Any) -> Rows:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        self.adapt.set_pgresult(result)
        rows: Rows = self.adapt.load_rows(0, result.ntuples, tuple)
        self.adapt.set_pgresult(None)
        return rows


def line(connection: Connection) -> Line:
    """What this connection keeps ready; it lives as long as psycopg's connection does."""
    return line_of(connection.connection)


def line_of(proxied: PoolProxiedConnection) -> Line:
    """The same of a connection as the pool gives it."""
    kept: Line | None = proxied.info.get(_LINE)
    if kept is None:
        kept = proxied.info[_LINE] = Line(proxied.driver_connection)
    return kept
