"""Make a backup: one moment of the database, and every file that it names at that moment."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from backend import assets
from backend.app import DOMAINS
from backend.backup.archive import DUMP, BackupError, Manifest, Writer, writing
from backend.backup.programs import run_program, server_major
from backend.core.clock import now
from backend.core.files import Files
from backend.core.photos import file_name, sweep
from backend.settings import Settings
from shared_models.photos import PhotoSize
from shared_models.wire import instant_text

TABLES = """
    SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    ) ORDER BY c.relname
"""
"""All tables but those that belong to an extension."""


def make(settings: Settings, path: Path, *, despite_missing: bool = False) -> Manifest:
    """Write a backup to a new file, whole or not at all; the house may run on meanwhile.

    Raises BackupError, also if a photo that the database names is not in the store, unless told to go on without.
    """
    with writing(path) as writer, one_moment(settings) as (connection, snapshot):
        wanted = list(files_named(connection))
        add_dump(settings, connection, snapshot, writer, path.parent)
        missing = add_photos(Files(settings.files_url), wanted, writer)
        if missing and not despite_missing:
            raise BackupError(
                f"{len(missing):,} files of photos that the database names are not in the store (the first: "
                f"{missing[0]}). Nothing was kept; --despite-missing makes a backup without them."
            )
        manifest = told(connection, writer, missing)
        writer.seal(manifest)
    return manifest


def files_named(connection: Connection) -> Iterator[str]:
    """The files that the database names: photos in each size, documents of things (older tables know of none)."""
    for id_, sha256 in connection.execute(text("SELECT id, sha256 FROM photo ORDER BY id")):
        for size in PhotoSize:
            yield file_name(id_, bytes(sha256), size)
    if connection.scalar(text("SELECT to_regclass('public.asset_document')")):
        for id_, sha256 in connection.execute(text("SELECT id, sha256 FROM asset_document ORDER BY id")):
            yield assets.document_file(id_, sha256)


@contextmanager
def one_moment(settings: Settings) -> Iterator[tuple[Connection, str]]:
    """The owner's connection in one snapshot, and the name by which others share it.

    As long as it is open no worker sweeps photos away: a row of this moment keeps its file until we have it.
    """
    sweeping = next(chore.lock for domain in DOMAINS for chore in domain.chores if chore.do is sweep)
    engine = create_engine(settings.database_owner_url, connect_args={"options": "-c timezone=UTC"})
    try:
        with engine.connect() as keeper, engine.connect() as connection:
            keeper.execute(
                text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": sweeping}
            )  # before the snapshot: what is being swept is then gone from it
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield connection, str(connection.scalar(text("SELECT pg_export_snapshot()")))
    finally:
        engine.dispose()


def add_dump(settings: Settings, connection: Connection, snapshot: str, writer: Writer, beside: Path) -> None:
    """Add the database, as ``pg_dump`` writes it; its draft lies beside the backup, for it may be large."""
    with tempfile.TemporaryDirectory(prefix=".westu-", dir=beside) as folder:
        draft = Path(folder) / DUMP
        options = [
            "--format=custom",
            "--no-owner",
            "--schema=public",
            f"--snapshot={snapshot}",
            f"--file={draft}",
        ]
        run_program("pg_dump", settings.database_owner_url, *options, server=server_major(connection))
        with draft.open("rb") as file:
            writer.add(DUMP, file, draft.stat().st_size)


def add_photos(store: Files, wanted: list[str], writer: Writer) -> list[str]:
    """Add these files; gives the names of those that the store does not have."""
    missing = []
    for name in wanted:
        try:
            data = store.get(name)
        except FileNotFoundError:
            missing.append(name)
        else:
            writer.add(name, io.BytesIO(data), len(data))
    return missing


def told(connection: Connection, writer: Writer, missing: list[str]) -> Manifest:
    """What the manifest says, read in the same snapshot."""
    return Manifest(
        made_at=instant_text(now()),
        migration=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
        postgresql=server_major(connection),
        rows=row_counts(connection),
        chain=last_link(connection),
        missing=missing,
        files=writer.files,
    )


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows each table of ours has."""
    tables = connection.scalars(text(TABLES)).all()
    return {
        table: int(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0)  # noqa: S608 - names of our own tables
        for table in tables
    }


def last_link(connection: Connection) -> tuple[int, str]:
    """Number and hash of the ledger's newest link."""
    found = connection.execute(
        text("SELECT n, encode(hash, 'hex') FROM seal ORDER BY n DESC LIMIT 1")
    ).first()
    return (int(found[0]), str(found[1])) if found else (0, "")
