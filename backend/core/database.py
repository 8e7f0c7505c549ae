"""PostgreSQL: the ways in (for changes, for one statement alone, for reading), the base of all tables, the column types."""

import re
import select
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from geoalchemy2 import Geometry
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    Connection,
    DateTime,
    Executable,
    MetaData,
    Select,
    Text,
    TypeDecorator,
    Uuid,
    bindparam,
    create_engine,
    event,
    inspect,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from backend.core import prepared
from backend.core.actor import context, db
from backend.core.direct import Line, line_of
from backend.core.metrics import CountedPool
from backend.core.problems import NotFound
from backend.settings import Settings
from shared_models.basics import Point
from shared_models.wire import WireEnum

APP_ROLE = "westu_app"
"""The role that the server and the worker act in: it owns no table, and may only add to the ledger."""

WGS84 = 4326
ALIKE = 0.45
"""How much of a word must be there for two to be alike (``<%`` of pg_trgm): one wrong letter of six, or one too few."""


class GeoPoint(TypeDecorator[Point]):
    """A ``Point`` in Python, ``geometry(Point, 4326)`` in PostGIS; kept to six decimals."""

    impl = Geometry
    cache_ok = True

    def __init__(self) -> None:
        super().__init__("POINT", srid=WGS84, spatial_index=False)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Point → EWKT."""
        return None if value is None else f"SRID={WGS84};POINT({value.lon:.6f} {value.lat:.6f})"

    def process_result_value(self, value: Any, dialect: Dialect) -> Point | None:
        """WKB → Point."""
        if value is None:
            return None
        raw = bytes(value.data) if not isinstance(value.data, str) else bytes.fromhex(value.data)
        order = "<" if raw[0] else ">"
        has_srid = struct.unpack_from(order + "I", raw, 1)[0] & 0x20000000
        lon, lat = struct.unpack_from(order + "dd", raw, 9 if has_srid else 5)
        return Point(lat=lat, lon=lon)


class Word(TypeDecorator[WireEnum]):
    """A member of a wire enum in Python, its text in the database."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[WireEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Member → text."""
        return None if value is None else str(self.enum(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text → member."""
        return None if value is None else self.enum(value)


class Base(DeclarativeBase):
    """The base of all rows."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to declare it
        datetime: DateTime(timezone=True),
        str: Text(),
        list[UUID]: ARRAY(Uuid),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        Point: GeoPoint(),
    }


Row = TypeVar("Row", bound=Base)


class Database:
    """The ways in: ``write`` for changes, ``single`` for what is a transaction of its own, ``read`` for what changes nothing."""

    def __init__(self, settings: Settings) -> None:
        self.write = self._engine(settings.database_url, settings.pool_size, "write")
        # Of a pool of its own: whoever asks for one holds one of ``write`` already. Were both of one pool, as many callers
        # as it has places would wait for each other. A small one: each is held for one statement.
        self.single = self._engine(settings.database_url, max(1, settings.pool_size // 4), "single")
        # Reads run in autocommit, which saves BEGIN and ROLLBACK, on connections that can't write. Told to the engine
        # it is set once per connection; as an option of each use it would be set, and reset, each time.
        self.read = self._engine(settings.database_url, settings.pool_size, "read")

    @staticmethod
    def _engine(url: str, size: int, name: str) -> Engine:
        # Many short questions at once: no time to compile for one (jit), nor processes to spare for one (parallel).
        options = f"-c role={APP_ROLE} -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
        options += f" -c pg_trgm.word_similarity_threshold={ALIKE}"
        if name == "read":
            # What goes in one message (``core/direct.py``) sees one moment: whether something may be seen, and it.
            options += (
                " -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
            )
        autocommit = {} if name == "write" else {"isolation_level": "AUTOCOMMIT"}
        engine = create_engine(
            url,
            **autocommit,
            poolclass=CountedPool,
            pool_logging_name=name,
            pool_size=size,
            max_overflow=size,
            pool_reset_on_return=None,  # see ``end_open``
            pool_use_lifo=True,  # the connection that was used last: what it keeps ready is warm
            # What is run again and again is kept ready by ``core/direct.py``. Were psycopg to do so too, it would drop
            # all that is ready, whoever made it so, with each ROLLBACK.
            connect_args={"options": options, "application_name": "westu", "prepare_threshold": None},
        )
        event.listen(engine, "checkout", refuse_ended)
        event.listen(engine, "reset", end_open)
        event.listen(engine, "savepoint", prepared.send_last)
        return engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write."""
        with self.read.connect() as connection:
            yield connection

    @contextmanager
    def asking(self) -> Iterator[Line]:
        """The way past SQLAlchemy to a connection that cannot write. Raises PoolTimeout at once if none is free.

        Whoever is told so still has another way, on which they wait.
        """
        pool = self.read.pool
        if isinstance(pool, CountedPool) and pool.full:
            raise PoolTimeout("All connections are in use.")
        proxied = self.read.raw_connection()
        try:
            yield line_of(proxied)
        except psycopg.Error:
            proxied.invalidate()  # nobody looks at what has become of it: the pool opens another
            raise
        finally:
            proxied.close()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection for one statement that is a transaction of its own, whatever becomes of the work around it."""
        with self.single.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction. The caller commits; leaving without it rolls back."""
        with self.write.connect() as connection:
            connection.begin()
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.write.dispose()
        self.single.dispose()
        self.read.dispose()


def refuse_ended(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool open a new connection for one that the server ended while nobody used it.

    Nothing is sent to find out (a ping costs as much as a small query): a server that ends a connection, or dies,
    leaves its end of the socket readable.
    """
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    if look.poll(0):
        raise DisconnectionError("The server ended this connection.")


def end_open(connection: Any, _record: object, _state: object) -> None:
    """Roll back what a connection that comes back to the pool left open: asked of libpq, which knows, and not of the server."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.rollback()


def one(query: Select[Row]) -> Row:
    """The one row that the query finds; NotFound if there is none."""
    row = db().scalars(query).one_or_none()
    if row is None:
        raise NotFound
    context().found = 1
    return row


ANY = "*"
"""Whatever the table wants to be unique."""


def insert(row: Base, *, unless_there: str = "") -> bool:
    """Write a new row at once, by a statement made once per class; then the session knows it as if it had loaded it.

    A flush comes to the same at several times the cost. What the database fills in comes back with the row.
    ``unless_there`` names a unique column (or ``ANY``): if its value is taken, nothing is written, and the answer is False.
    """
    state = inspect(row)
    kind, given = type(row), tuple(each.key for each in state.mapper.column_attrs if each.key in state.dict)
    statement, told, blank = _insert(kind, given, unless_there)
    found = prepared.run_here(statement, **{key: state.dict[key] for key in given})
    if not found:
        return False
    for key, value in (*zip(told, found[0][1:], strict=True), *blank):
        set_committed_value(row, key, value)
    known_from_now(row)
    return True


def insert_all(rows: Sequence[Base]) -> None:
    """Write new rows of one class that all have the same attributes: in one go, whatever their number."""
    if len(rows) == 1:
        insert(rows[0])
    elif rows:
        state = [inspect(row) for row in rows]
        given = tuple(each.key for each in state[0].mapper.column_attrs if each.key in state[0].dict)
        values = [{key: each.dict[key] for key in given} for each in state]
        db().flush()
        db().connection().execute(upsert(type(rows[0])), values)


@cache
def _insert(
    kind: type[Base], given: tuple[str, ...], unless_there: str
) -> tuple[Executable, tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """How rows of this class are written that have these attributes.

    Gives the statement, which tells ``true`` and then what the database fills in; the names of that; and what the
    others are: their default, or null.
    """
    table: Any = kind.__table__
    rest = [column for column in table.c if column.key not in given]
    blank = {
        column.key: column.default.arg if column.default is not None else None
        for column in rest
        if column.server_default is None and column.computed is None and column.identity is None
    }
    told = [column for column in rest if column.key not in blank]
    values = {key: bindparam(key, type_=table.c[key].type, required=True) for key in given} | blank
    made = upsert(table).values(values)
    if unless_there:
        made = made.on_conflict_do_nothing(index_elements=None if unless_there == ANY else [unless_there])
    told_too = made.returning(literal_column("true"), *told)
    return told_too, tuple(column.key for column in told), tuple(blank.items())


def told(row: Base) -> dict[str, Any]:
    """A row as plain JSON types, as ``jsonb_populate_recordset`` reads one: for statements that write many at once.

    Each column has to have a value: the database fills in none of them.
    """
    known = row.__dict__
    return {key: _plain(known[key] if key in known else getattr(row, key)) for key in _columns(type(row))}


@cache
def _columns(kind: type[Base]) -> tuple[str, ...]:
    return tuple(column.key for column in inspect(kind).columns)


def _plain(value: Any) -> Any:
    if isinstance(value, Point):
        return f"SRID={WGS84};POINT({value.lon:.6f} {value.lat:.6f})"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def unwatched(kind: type[Row], /, **values: Any) -> Row:
    """A new row with these attributes, that a statement of ours writes: no session is to find out what has changed in it."""
    row = kind()
    vars(row).update(values)
    return row


def known_from_now(row: Base) -> None:
    """Let the session know a row that a statement of our own has written, as if it had loaded it."""
    make_transient_to_detached(row)
    db().add(row)


def like_text(words: str) -> str:
    """Escape what LIKE would take as a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", words)
