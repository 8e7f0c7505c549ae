"""Where photos lie: a folder, or any object store that obstore speaks to. Names are ours, never a caller's."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url


class FilesAway(Exception):
    """Nothing can be kept now: the disk is full, or the store is away."""


class Files:
    """Named bytes that are written once and read often."""

    def __init__(self, url: str) -> None:
        """Open the store at ``file:///folder`` (made if missing) or, for example, ``s3://bucket/prefix``."""
        parts = urlsplit(url)
        self.store: Any
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(parents=True, exist_ok=True)
            self.store = LocalStore(folder, mkdir=True)
        else:
            self.store = from_url(url)

    def put(self, name: str, data: bytes) -> None:
        """Keep these bytes under this name; the same name again replaces them as a whole. Raises FilesAway."""
        try:
            obstore.put(self.store, name, data)
        except (BaseError, OSError) as error:
            raise FilesAway from error

    def get(self, name: str) -> bytes:
        """The bytes under this name. Raises FileNotFoundError."""
        return bytes(obstore.get(self.store, name).bytes())

    def drop(self, name: str) -> None:
        """Forget a name; one that is not there is gone already."""
        try:
            obstore.delete(self.store, name)
        except FileNotFoundError:
            return
