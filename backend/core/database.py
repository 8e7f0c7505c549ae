"""PostgreSQL: two engines (one writes, one only reads), the base of all tables, the column types."""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import Connection, DateTime, MetaData, Select, Text, TypeDecorator, Uuid, create_engine
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session

from backend.core.actor import context, db
from backend.core.problems import NotFound
from backend.settings import Settings
from shared_models.basics import Point
from shared_models.wire import WireEnum

APP_ROLE = "westu_app"
"""The role that the server and the worker act in: it owns no table, and may only add to the ledger."""

WGS84 = 4326


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
    """The two ways in: ``write`` for changes, ``read`` for what may not change anything."""

    def __init__(self, settings: Settings) -> None:
        self.write = self._engine(settings.database_url, settings.pool_size)
        # Reads run in autocommit, which saves BEGIN and ROLLBACK, on connections that can't write.
        self.read = self._engine(
            settings.database_url,
            settings.pool_size,
            read_only=True,
        ).execution_options(isolation_level="AUTOCOMMIT")

    @staticmethod
    def _engine(url: str, size: int, *, read_only: bool = False) -> Engine:
        options = f"-c role={APP_ROLE} -c timezone=UTC -c jit=off"
        if read_only:
            options += " -c default_transaction_read_only=on"
        return create_engine(
            url,
            pool_size=size,
            max_overflow=size,
            pool_pre_ping=True,
            connect_args={"options": options, "application_name": "westu"},
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write."""
        with self.read.connect() as connection, session_on(connection) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction. The caller commits; leaving without it rolls back."""
        with self.write.connect() as connection, session_on(connection) as session:
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        self.write.dispose()
        self.read.dispose()


def session_on(connection: Connection) -> Session:
    """A session on a connection that somebody else opened and will close."""
    return Session(bind=connection, expire_on_commit=False)


def one(query: Select[Row]) -> Row:
    """The one row that the query finds; NotFound if there is none."""
    row = db().scalars(query).one_or_none()
    if row is None:
        raise NotFound
    context().found = 1
    return row


def like_text(words: str) -> str:
    """Escape what LIKE would take as a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", words)
