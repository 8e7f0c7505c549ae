"""The file of a backup: written in one go, read only if every byte of it is as it was written."""

import errno
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = 1
DUMP, MANIFEST, SEAL = "database.dump", "manifest.json", "SHA256"
CHUNK = 1024 * 1024
DIGEST = 64
"""Hexadecimal digits of SHA-256."""


class BackupError(Exception):
    """It can't be made, read or restored; the words say why, for a person."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is in a backup."""

    made_at: str
    migration: str
    postgresql: int
    """The major version of the server."""
    rows: dict[str, int]
    """Of each table."""
    chain: tuple[int, str]
    """The ledger's last link: its number and its hash; (0, "") if nothing was sealed yet."""
    missing: list[str] = field(default_factory=list)
    """Photos that the database names and the store did not have."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size and SHA-256 of each file."""
    format: int = FORMAT


@contextmanager
def writing(path: Path) -> Iterator["Writer"]:
    """A file under another name until it is whole and on the disk; then it has its own. Nothing is left otherwise."""
    draft = path.with_name(path.name + ".part")
    try:
        if path.exists():
            raise BackupError(f"{path} is there already; a backup is never written over another.")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            writer = Writer(file)
            yield writer
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise BackupError(in_words(error, path)) from error
    finally:
        draft.unlink(missing_ok=True)


def in_words(error: OSError, path: Path) -> str:
    """Why a file could not be written or read."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"The disk that holds {path.parent} is full. Nothing was kept."
    return f"{error.strerror or error}: {error.filename or path}"


class Writer:
    """Adds files to the tar, hashing all that is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()
        self._tar = tarfile.open(fileobj=self, mode="w", format=tarfile.USTAR_FORMAT)  # type: ignore[call-overload] # noqa: SIM115 - tarfile asks for less than a file; closed by seal
        self.files: dict[str, tuple[int, str]] = {}

    def write(self, data: bytes) -> int:
        """What tarfile calls."""
        self._hash.update(data)
        return self._file.write(data)

    def tell(self) -> int:
        """What tarfile calls."""
        return self._file.tell()

    def add(self, name: str, source: BinaryIO, size: int) -> None:
        """Add a file of so many bytes."""
        reader = _Hashed(source)
        self._tar.addfile(_header(name, size), reader)
        self.files[name] = (size, reader.hash.hexdigest())

    def seal(self, manifest: Manifest) -> None:
        """Add the manifest and the hash over everything, and end the tar."""
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
        self._tar.addfile(_header(MANIFEST, len(text)), io.BytesIO(text))
        digest = self._hash.hexdigest().encode()
        self._tar.addfile(_header(SEAL, len(digest)), io.BytesIO(digest))
        self._tar.close()


class _Hashed:
    def __init__(self, source: BinaryIO) -> None:
        self.source, self.hash = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self.source.read(size)
        self.hash.update(data)
        return data


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return header


class Archive:
    """A backup that is whole: every byte was read and is as it was written."""

    def __init__(self, tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], manifest: Manifest) -> None:
        self._tar, self._members, self.manifest = tar, members, manifest

    def names(self) -> list[str]:
        """The files of photos in it."""
        return [name for name in self.manifest.files if name != DUMP]

    def read(self, name: str) -> bytes:
        """One file of it. Raises BackupError if it is not what the manifest says."""
        found = self._tar.extractfile(self._members[name])
        data = found.read() if found else b""
        if (len(data), hashlib.sha256(data).hexdigest()) != self.manifest.files[name]:
            raise BackupError(f"{name} is not as it was written.")
        return data

    def copy_dump(self, to: Path) -> None:
        """Write the database's dump to a file, for ``pg_restore`` to read."""
        found, digest = self._tar.extractfile(self._members[DUMP]), hashlib.sha256()
        assert found is not None
        try:
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                while chunk := found.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        except OSError as error:
            raise BackupError(in_words(error, to)) from error
        if digest.hexdigest() != self.manifest.files[DUMP][1]:
            raise BackupError(f"{DUMP} is not as it was written.")


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """Open a backup, every byte of it checked. Raises BackupError if it is cut, changed, newer than us or none."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            members = {member.name: member for member in tar.getmembers()}
            _check_whole(file, members, path)
            manifest = _manifest(tar, members, path)
            if members.keys() - {MANIFEST, SEAL} != manifest.files.keys():
                raise BackupError(f"{path} does not hold what its manifest names.")
            yield Archive(tar, members, manifest)
    except OSError as error:
        raise BackupError(in_words(error, path)) from error
    except (tarfile.TarError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} is no backup of ours, or was cut or changed.") from error


def _check_whole(file: BinaryIO, members: dict[str, tarfile.TarInfo], path: Path) -> None:
    """Every byte: those before the last file by its hash, those after it because there is one way to write them."""
    refusal = BackupError(f"{path} is cut, or a byte of it was changed, or it is no backup of ours.")
    last = members.get(SEAL)
    if last is None or last.size != DIGEST:
        raise refusal
    digest, left = hashlib.sha256(), last.offset
    file.seek(0)
    while left:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise refusal
        digest.update(chunk)
        left -= len(chunk)
    expected = _header(SEAL, DIGEST).tobuf(tarfile.USTAR_FORMAT) + digest.hexdigest().encode()
    whole = last.offset + len(expected) + tarfile.BLOCKSIZE - DIGEST + 2 * tarfile.BLOCKSIZE
    whole += -whole % tarfile.RECORDSIZE
    if file.read(CHUNK) != expected.ljust(whole - last.offset, b"\0"):
        raise refusal


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], path: Path) -> Manifest:
    found = tar.extractfile(members[MANIFEST]) if MANIFEST in members else None
    try:
        plain: Any = json.loads(found.read()) if found else {}
        if plain["format"] != FORMAT:
            raise BackupError(
                f"{path} is of format {plain['format']}; this version reads {FORMAT}. Restore with the version that made it."
            )
        plain["files"] = {name: tuple(told) for name, told in plain["files"].items()}
        return Manifest(**plain | {"chain": tuple(plain["chain"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} has no manifest of ours.") from error
