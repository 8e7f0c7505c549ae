"""What makes one pack another: read alike by the server that writes packs, and by a phone that has patched one."""

import hashlib
import sqlite3

VERSION = "version"
"""The name of the row of ``metadata`` that says which pack it is: of the rest."""


def tables_of(db: sqlite3.Connection, schema: str = "main") -> dict[str, str]:
    """The tables of a pack: name → how it was made."""
    found = db.execute(
        f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' ORDER BY name"  # noqa: S608 - our own word
    )
    return dict(found.fetchall())


def keys_of(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns by which a row of a table is known, in their order."""
    columns = db.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
    return [name for (name,) in columns]


def quoted(*names: str) -> str:
    """Names as SQL takes them."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def version_of(db: sqlite3.Connection) -> str:
    """The version of what a pack holds: the same for the same rows, however they came there."""
    content = hashlib.sha256()
    for table, made in tables_of(db).items():
        content.update(repr((table, made)).encode())
        order = quoted(*keys_of(db, table))
        for row in db.execute(f"SELECT * FROM {quoted(table)} ORDER BY {order}"):  # noqa: S608 - quoted
            if table != "metadata" or row[0] != VERSION:
                content.update(repr(tuple(row)).encode())
    return content.hexdigest()[:16]
