"""Tables: bring them up to date, and say what a host has to do that its role may not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from backend.core.database import APP_ROLE
from backend.settings import Settings, SettingsError

MIGRATIONS = Path(__file__).parent.parent / "migrations"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def alembic_config(settings: Settings) -> Config:
    """Alembic's settings, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", settings.database_owner_url.replace("%", "%%"))
    return config


def migrate(settings: Settings, to: str = "head") -> None:
    """Bring the tables up to date. Raises SettingsError with what an administrator of the server has to do first."""
    engine = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            prepare_database(connection)
    finally:
        engine.dispose()
    command.upgrade(alembic_config(settings), to)


def knows(version: str) -> bool:
    """Whether this program has the migration of that version."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        return ScriptDirectory.from_config(config).get_revision(version) is not None
    except CommandError:
        return False


def prepare_database(connection: Connection) -> None:
    """Have the extensions and the application's role: made if we may, else asked for by name.

    On a shared server the role of DATABASE_OWNER_URL is no superuser; who administers the server runs, once,
    the statements that the SettingsError tells.
    """
    there = set(connection.scalars(text("SELECT extname FROM pg_extension")))
    wanted = [f"CREATE EXTENSION {name}" for name in EXTENSIONS if name not in there]
    me = connection.scalar(text("SELECT quote_ident(current_user)"))
    if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}):
        wanted.append(f"CREATE ROLE {APP_ROLE} NOLOGIN")
        member = False
    else:
        member = bool(
            connection.scalar(text("SELECT pg_has_role(current_user, :name, 'MEMBER')"), {"name": APP_ROLE})
        )
    if not member and me != APP_ROLE:
        wanted.append(f"GRANT {APP_ROLE} TO {me}")
    if not connection.scalar(text("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")):
        wanted.append(f"GRANT CREATE ON SCHEMA public TO {me}")
    refused = []
    for statement in wanted:
        try:
            connection.execute(text(statement))
        except DBAPIError:
            refused.append(statement)
    if refused:
        raise SettingsError(
            f"The role {me} of DATABASE_OWNER_URL may not do what is needed once in this database. Let an "
            f"administrator of the server run: {'; '.join(refused)};"
        )
