"""Room on the phone's own disk."""

import errno
import sqlite3


def is_no_room(error: Exception) -> bool:
    """Whether it says that the phone's disk is full. Nothing was written then."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
