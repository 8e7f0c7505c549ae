"""From the pack on the phone to the newest one by what changed, instead of fetching all of it.

A patch is an SQLite file: for each table of the pack, ``put_…`` holds rows that are new or were changed, ``drop_…`` the keys
of those that went. It is applied to a copy, and only a copy that is, row by row, the pack that the server has takes the old
one's place, by one rename: whenever the phone stops, it has the old pack or the new one, whole.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from mobile.core.room import is_no_room
from shared_models.packs import VERSION, keys_of, quoted, tables_of, version_of


class BrokenPatchError(Exception):
    """It does not make the pack that it says it makes. The remedy is to fetch that whole."""


def apply(pack: Path, patch: bytes) -> str:
    """Bring the pack up to date; gives its version then.

    Raises:
        BrokenPatchError: whatever is wrong with the patch or the pack; the pack is as it was.
        OSError, sqlite3.OperationalError: the phone's disk is full; the pack is as it was.
    """
    changed, changes = pack.with_suffix(".part"), pack.with_suffix(".patch")
    try:
        changes.write_bytes(patch)
        shutil.copyfile(pack, changed)
        version = _changed(changed, changes)
        with changed.open("rb") as file:
            os.fsync(file.fileno())
        changed.replace(pack)
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:
        if is_no_room(error):
            raise
        raise BrokenPatchError(str(error)) from error
    finally:
        for left in (changed, changes):
            left.unlink(missing_ok=True)
    return version


def _changed(pack: Path, changes: Path) -> str:
    """Change a copy; gives its version, which is that of what stands in it."""
    with closing(sqlite3.connect(pack)) as db:
        db.execute("ATTACH ? AS patch", (str(changes),))
        told = set(tables_of(db, "patch"))
        if "put_metadata" not in told:
            raise BrokenPatchError("It does not say which pack it makes.")
        with db:
            for table in tables_of(db):
                name, keys = quoted(table), quoted(*keys_of(db, table))
                if (drop := f"drop_{table}") in told:
                    gone = f"SELECT * FROM patch.{quoted(drop)}"  # noqa: S608 - quoted
                    db.execute(f"DELETE FROM main.{name} WHERE ({keys}) IN ({gone})")  # noqa: S608 - quoted
                if (put := f"put_{table}") in told:
                    db.execute(f"INSERT OR REPLACE INTO main.{name} SELECT * FROM patch.{quoted(put)}")  # noqa: S608 - quoted
        db.execute("DETACH patch")
        db.execute("VACUUM")
        version = version_of(db)
        [(named,)] = db.execute("SELECT value FROM metadata WHERE name = ?", (VERSION,)).fetchall()
    if named != version:
        raise BrokenPatchError(f"It makes {version}, not {named}.")
    return version


__all__ = ["BrokenPatchError", "apply"]
