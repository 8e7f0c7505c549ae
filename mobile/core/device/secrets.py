"""Where the phone keeps what only it may know: its secret and its tokens.

On Android the file lies in the app's own storage, which no other app can read; on a desk it is readable by its
owner only. It is always written whole: a phone that dies while writing has the old or the new one.
"""

import json
import os
from pathlib import Path
from typing import Any


class Secrets:
    """A small file of secrets."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def read(self) -> dict[str, Any]:
        """What is kept; nothing if there is no file, or none that can be read."""
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def write(self, kept: dict[str, Any]) -> None:
        """Keep this instead; on disk when it returns. Raises OSError where there is no room: the old one stays."""
        fresh = self.path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(kept).encode())  # all of it or an error: os.write() alone may stop half-way
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
