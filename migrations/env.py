"""Where migrations run: as the role that owns the tables. ``westu migrate`` calls this."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine

from backend.app import DOMAINS
from backend.core.database import Base

assert DOMAINS  # importing them declares their tables


def include(thing: Any, name: str, kind: str, reflected: bool, compared: Any) -> bool:
    """PostGIS brings tables of its own; they are none of ours."""
    if kind == "table" and reflected and compared is None and name == "spatial_ref_sys":
        return False
    kept: bool = alembic_helpers.include_object(thing, name, kind, reflected, compared)
    return kept


url = context.config.get_main_option("sqlalchemy.url")
engine = create_engine(url, connect_args={"options": "-c timezone=UTC"})
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
