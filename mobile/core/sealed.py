"""What lies on the phone only sealed: AES-256-GCM (FIPS 197, SP 800-38D), a key for each person's store.

The city's devices, who has them and what is wrong with them may be criminal justice information: at rest it is
encrypted (CJIS Security Policy 5.10.1.2.2). The key lies in a file beside the store, on Android wrapped by its
keystore (`device/secrets.py`), and is deleted at sign-out before anything else is.

Each value has a nonce of its own, and is bound to its place (table, kind, id): moved to another row it can't be opened.
The cipher is imported when the first such value appears: whom none of it concerns starts as before.
"""

import base64
import hashlib
import os
import threading
from pathlib import Path
from typing import Any

from mobile.core.device.secrets import KeyFile

SEALED = frozenset(
    {
        "asset", "asset_model", "kit", "fault", "sighting", "custody", "attest", "reservation", "stocktake",
        "check", "check_done", "check_template", "check_schedule", "shift", "readiness",
    }
)  # fmt: skip
"""Kinds of things, and of changes that wait, which are sealed."""
SEALED_FACTS = ("draft:check:", "draft:asset:", "draft:fault:", "draft:custody:", "draft:stocktake:")
"""How the names of small facts begin which are sealed: what was begun about such things."""
SEALED_DOCUMENTS = frozenset({"holders", "sightings", "stocktakes"})
"""Documents which are sealed: whom things can be handed to, what finders said, what is being counted."""
SEALED_PHOTO = ".sealed"
"""How the file of a photo ends that is sealed: of a device, a fault or a check. It is bound to its name."""
NONCE, TAG = 12, 16
"""Bytes."""
HEAD = NONCE + TAG
MOST_OPENED = 50_000
"""Values that are remembered open; beyond, all are opened anew."""


class UnreadableError(Exception):
    """The key is lost, or this is not what was sealed here."""


class Seal:
    """Shuts and opens the values of one store. What was opened or shut is remembered while the app runs.

    From any thread.
    """

    def __init__(self, file: Path) -> None:
        self._file = KeyFile(file)
        self._lock = threading.Lock()
        self._key: bytes | None = None
        self._aes: Any = None
        self.known: dict[tuple[str, ...], tuple[bytes, str]] = {}
        """Place → nonce and tag, and the text, of what was opened or shut."""

    def name(self) -> str:
        """By what the key is known, which tells nothing of it; empty where there is none that can be read."""
        with self._lock:
            key = self._key or self._file.read()
            self._key = key
        return base64.b32encode(hashlib.sha256(b"name of key " + key).digest()[:10]).decode() if key else ""

    def make(self, *, keep: bool = True) -> str:
        """Make a key if there is none, on disk when this returns; its name. Of one that is not kept nothing remains."""
        if not self.name():
            with self._lock:
                self._key = self._key or (self._file.make() if keep else os.urandom(32))
        return self.name()

    def delete(self) -> None:
        """Forget the key: whatever was sealed is noise from now on."""
        with self._lock:
            self._file.delete()
            self._key = None
            self.known.clear()

    def shut(self, text: str, *place: str) -> bytes:
        """Nonce, tag and ciphertext of this text, for this place. There must be a key."""
        sealed = self.shut_bytes(text.encode(), *place)
        self._remember(place, sealed, text)
        return sealed

    def shut_bytes(self, plain: bytes, *place: str) -> bytes:
        """The same of bytes: those of a photo, which are not remembered."""
        nonce = os.urandom(NONCE)
        body, tag = self._cipher(nonce, place).encrypt_and_digest(plain)
        return bytes(nonce + tag + body)

    def open(self, sealed: bytes, *place: str) -> str:
        """The text that was shut for this place. Raises UnreadableError."""
        known = self.known.get(place)
        if known is not None and sealed[:HEAD] == known[0]:
            return known[1]
        text = str(self.open_bytes(sealed, *place), "utf-8")
        self._remember(place, sealed, text)
        return text

    def open_bytes(self, sealed: bytes, *place: str) -> bytes:
        """The bytes that were shut for this place. Raises UnreadableError."""
        if self._key is None and not self.name():
            raise UnreadableError
        try:
            opened = self._cipher(sealed[:NONCE], place).decrypt_and_verify(sealed[HEAD:], sealed[NONCE:HEAD])
        except ValueError:
            raise UnreadableError from None
        return bytes(opened)

    def _cipher(self, nonce: bytes, place: tuple[str, ...]) -> Any:
        if self._aes is None:
            from Crypto.Cipher import AES

            self._aes = AES
        cipher = self._aes.new(self._key, self._aes.MODE_GCM, nonce=nonce, mac_len=TAG)
        cipher.update("\x1f".join(place).encode())
        return cipher

    def _remember(self, place: tuple[str, ...], sealed: bytes, text: str) -> None:
        if len(self.known) >= MOST_OPENED:
            self.known.clear()
        self.known[place] = (sealed[:HEAD], text)
