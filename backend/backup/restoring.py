"""Restore a backup, or try it out in a database that is thrown away again."""

import dataclasses
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from backend.app import create_app
from backend.backup.archive import Archive, BackupError, Manifest, reading
from backend.backup.making import TABLES, files_named, last_link, row_counts
from backend.backup.programs import run_program, server_major
from backend.core.files import Files
from backend.core.ledger import first_broken
from backend.migrating import knows, migrate, prepare_database
from backend.settings import Settings
from backend.worker import in_transaction

NOT_OURS = re.compile(
    r"^\d+; \d+ \d+ (?:(?:COMMENT - )?EXTENSION |(?:ACL|COMMENT) - (?:SCHEMA public|EXTENSION)|SCHEMA - public "
    r"|(?:ACL|TABLE DATA) public (?:TABLE )?spatial_ref_sys )"
)
"""What the host has made, and may let nobody else make: extensions, the schema, the table of an extension."""

NEW_EPOCH = """
    DO $$ DECLARE fresh integer := extract(epoch FROM clock_timestamp())::integer; BEGIN
        UPDATE audience SET epoch = fresh;
        UPDATE version SET n = greatest(n, fresh) + 1;
        EXECUTE format('ALTER TABLE audience ALTER COLUMN epoch SET DEFAULT %s', fresh);
    END $$
"""
"""All feeds begin anew. A phone's number from after the backup may be ahead of ours today and behind it tomorrow, and
then stands for other changes. The time is greater than any epoch that was counted up, and than that of an earlier
restore; it is the default too, for audiences that phones have heard of and the backup has not."""


def restore(settings: Settings, path: Path, *, replace: bool = False) -> Manifest:
    """Bring database and photos to what they were; then up to this version's tables.

    The database must be empty, or ``replace`` be told: then all or nothing of it is replaced. Raises BackupError.
    """
    with reading(path) as archive:
        with owner(settings.database_owner_url) as connection:
            refuse_misfits(connection, archive.manifest, path)
            if not replace and (found := connection.scalars(text(TABLES)).first()):
                raise BackupError(
                    f"The database is not empty (it has a table {found}). Nothing was changed; "
                    "--replace lets the backup take the place of what is there."
                )
        store = Files(settings.files_url)
        for name in archive.names():  # before the rows: no row is ever without its files
            store.put(name, archive.read(name))
        fill(settings.database_owner_url, archive, path, replace=replace)
        migrate(settings)
        return archive.manifest


def verify(settings: Settings, path: Path) -> Manifest:
    """Try a backup: every byte, then all of it in a database made for this beside the house's and dropped again.

    Rows are counted, the ledger's chain is followed link by link, each photo that a row names must be there.
    Raises BackupError with the first thing that is wrong.
    """
    with reading(path) as archive, scratch(settings, archive.manifest, path) as trial:
        fill(trial.database_owner_url, archive, path, replace=False)
        held = set(archive.names()) | set(archive.manifest.missing)
        with owner(trial.database_owner_url) as connection:
            for name in files_named(connection):
                if name not in held:
                    raise BackupError(f"The backup lacks the file {name} that its database names.")
        for name in archive.names():
            archive.read(name)
        migrate(trial)
        app = create_app(trial)
        try:
            with app.app_context():
                broken = in_transaction(first_broken)
        finally:
            app.extensions["westu"].database.close()
        if broken is not None:
            raise BackupError(f"The ledger's chain breaks at link {broken}.")
        return archive.manifest


@contextmanager
def owner(url: str) -> Iterator[Connection]:
    """The owner's connection, each statement by itself."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": "-c timezone=UTC"})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def scratch(settings: Settings, manifest: Manifest, path: Path) -> Iterator[Settings]:
    """Settings of an empty database beside the house's, and of a folder; both go with the block."""
    name = f"westu_verify_{secrets.token_hex(6)}"
    url = make_url(settings.database_owner_url).set(database=name).render_as_string(hide_password=False)
    with owner(settings.database_owner_url) as connection:
        refuse_misfits(connection, manifest, path)
        try:
            connection.execute(text(f"CREATE DATABASE {name}"))
        except DBAPIError as error:
            raise BackupError(
                "No database can be made to try the backup in: the role of DATABASE_OWNER_URL needs CREATEDB "
                f"({str(error.orig).partition(chr(10))[0]})."
            ) from error
        try:
            with tempfile.TemporaryDirectory(prefix="westu-verify-") as folder:
                files = Path(folder).as_uri()
                yield dataclasses.replace(settings, database_url=url, database_owner_url=url, files_url=files)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def refuse_misfits(connection: Connection, manifest: Manifest, path: Path) -> None:
    """Raise BackupError for a backup of newer tables than this version knows, or of a newer PostgreSQL."""
    if not knows(manifest.migration):
        raise BackupError(
            f"{path} has tables of version {manifest.migration}, which this version of the program does not know."
        )
    here = server_major(connection)
    if here < manifest.postgresql:
        raise BackupError(
            f"{path} is of PostgreSQL {manifest.postgresql}; the server here is {here}, and older."
        )


def fill(url: str, archive: Archive, path: Path, *, replace: bool) -> None:
    """Fill a database, all of it or nothing, and see that it has what the manifest says."""
    manifest = archive.manifest
    with owner(url) as connection, tempfile.TemporaryDirectory(prefix=".westu-", dir=path.parent) as folder:
        prepare_database(connection)
        server = server_major(connection)
        dump, wanted = Path(folder) / "database.dump", Path(folder) / "wanted"
        archive.copy_dump(dump)
        listed = run_program("pg_restore", None, "--list", dump, server=server)
        wanted.write_text("\n".join(line for line in listed.splitlines() if not NOT_OURS.match(line)))
        options = ["--no-owner", "--single-transaction", "--exit-on-error", f"--use-list={wanted}"]
        clean = ["--clean", "--if-exists"] if replace else []
        run_program("pg_restore", url, *options, *clean, dump, server=server)
        if (rows := row_counts(connection)) != manifest.rows:
            wrong = sorted(name for name in manifest.rows | rows if manifest.rows.get(name) != rows.get(name))
            raise BackupError(
                f"Not all rows of the backup are there; the tables that differ: {', '.join(wrong)}."
            )
        if last_link(connection) != manifest.chain:
            raise BackupError("The ledger's last link is not the one that the manifest names.")
        connection.execute(text(NEW_EPOCH))
        connection.execute(text("ANALYZE"))
