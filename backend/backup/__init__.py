"""A backup is one file: the database as it was at one moment, the photos and files that it names, and a manifest of both.

It is a plain tar (``tar tf`` lists it), so what is in it can be had without this program:

``database.dump``   PostgreSQL's custom format, for ``pg_restore``
``photos/…``        each file under the name that it has in the store
``documents/…``     the same, of files of things
``manifest.json``   versions, rows of each table, the ledger's last link, size and SHA-256 of each file
``SHA256``          over every byte before it: a cut file or one changed byte is noticed

It holds what people told the city: it is written readable by its owner alone, and is not encrypted. The hashes tell
damage from wholeness; they are no signature. Where it lies is for whoever keeps it to guard.
"""

from backend.backup.archive import BackupError, Manifest
from backend.backup.making import make
from backend.backup.restoring import restore, verify

__all__ = ["BackupError", "Manifest", "make", "restore", "verify"]
