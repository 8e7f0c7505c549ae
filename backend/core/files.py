"""Where photos lie: a folder, or any object store that obstore speaks to. Names are ours, never a caller's."""

import errno
import os
import uuid
from pathlib import Path
from typing import Any, BinaryIO
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
        self.folder: Path | None = None
        if parts.scheme == "file":
            self.folder = Path(unquote(parts.path))
            self.folder.mkdir(parents=True, exist_ok=True)
            self.store = LocalStore(self.folder)
        else:
            self.store = from_url(url)

    def put(self, name: str, data: bytes) -> None:
        """Keep these bytes under this name; the same name again replaces them as a whole. Raises FilesAway."""
        try:
            if self.folder is not None:
                write_whole(self.folder / name, data)
            else:
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


def write_whole(file: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, also after a power cut; its folders are made. Raises OSError.

    obstore's own way leaves half a file under another name where the process is killed meanwhile, and does not wait
    for the disk. Here the file has no name until it is whole, where the system knows such files.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    nameless = open_nameless(file.parent)
    beside: Path | None
    if nameless is None:
        beside = named_beside(file, data)
    else:
        with os.fdopen(nameless, "wb") as out:
            write_down(out, data)
            beside = give_name(out.fileno(), file)
    if beside is not None:
        beside.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_nameless(folder: Path) -> int | None:
    """A file without a name in this folder, which is gone if nobody gives it one; None where there are no such files."""
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except (AttributeError, IsADirectoryError, NotADirectoryError, PermissionError):
        return None
    except OSError as error:
        if error.errno in {errno.EOPNOTSUPP, errno.EINVAL}:
            return None
        raise


def give_name(nameless: int, file: Path) -> Path | None:
    """Let the file without a name be this one; where there is one already it gets a name beside it, which is given."""
    # With a folder's number link() becomes linkat(), which follows the link in /proc.
    source = f"/proc/self/fd/{nameless}"
    try:
        os.link(source, file, src_dir_fd=nameless)
    except FileExistsError:
        beside = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
        os.link(source, beside, src_dir_fd=nameless)
        return beside
    return None


def named_beside(file: Path, data: bytes) -> Path:
    """The bytes in a file beside it, under another name."""
    beside = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("xb") as out:
            write_down(out, data)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def write_down(out: BinaryIO, data: bytes) -> None:
    """Write the bytes, and wait until they are on the disk."""
    out.write(data)
    out.flush()
    os.fsync(out.fileno())
