"""Where the phone keeps what only it may know: its secret and its tokens.

On Android the file lies in the app's own storage, which no other app can read; on a desk it is readable by its
owner only. It is always written whole: a phone that dies while writing has the old or the new one.
"""

import base64
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)
KEY_BYTES = 32


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


class KeyFile:
    """A key of 256 bits in a file of its own: on Android wrapped by a key that never leaves its keystore."""

    def __init__(self, path: Path, vault: "Vault | None" = None) -> None:
        self._secrets = Secrets(path)
        self._vault = vault or (KeystoreVault() if hasattr(sys, "getandroidapilevel") else OpenVault())

    def read(self) -> bytes | None:
        """The key; None where there is none, or none that can be unwrapped."""
        kept = self._secrets.read().get("key", "")
        try:
            key = self._vault.unwrap(base64.b64decode(kept)) if kept else None
        except Exception as error:  # noqa: BLE001 - Java's: the keystore was emptied, or is another phone's
            log.warning("the store's key can't be unwrapped: %s", type(error).__name__)
            return None
        return key if key is not None and len(key) == KEY_BYTES else None

    def make(self) -> bytes:
        """A fresh key, on disk when this returns. Raises OSError where there is no room."""
        key = os.urandom(KEY_BYTES)
        self._secrets.write({"key": base64.b64encode(self._vault.wrap(key)).decode()})
        return key

    def delete(self) -> None:
        """Remove the file, and what a write that was cut short has left of it."""
        for file in (self._secrets.path, self._secrets.path.with_suffix(".new")):
            file.unlink(missing_ok=True)


class Vault(Protocol):
    """Wraps keys, so that a copied file is of no use."""

    def wrap(self, key: bytes) -> bytes:
        """The key as it is kept."""

    def unwrap(self, kept: bytes) -> bytes:
        """The key itself; raises where that can't be had any more."""


class OpenVault:
    """A desk has none: the file is its owner's alone."""

    def wrap(self, key: bytes) -> bytes:
        """As it is."""
        return key

    def unwrap(self, kept: bytes) -> bytes:
        """As it is."""
        return kept


class KeystoreVault:
    """Android's keystore, in hardware where the phone has it. Not run by us: there is no phone here."""

    ALIAS = "westu-stores"
    NONCE = 12
    TAG_BITS = 128

    def wrap(self, key: bytes) -> bytes:
        """Nonce and ciphertext; the keystore chooses the nonce."""
        cipher = self._cipher()
        cipher.init(1, self._key())  # Cipher.ENCRYPT_MODE
        sealed = bytes(cipher.doFinal(key))
        return bytes(cipher.getIV()) + sealed

    def unwrap(self, kept: bytes) -> bytes:
        """The key."""
        from jnius import autoclass

        cipher, spec = self._cipher(), autoclass("javax.crypto.spec.GCMParameterSpec")
        cipher.init(2, self._key(), spec(self.TAG_BITS, kept[: self.NONCE]))  # Cipher.DECRYPT_MODE
        return bytes(cipher.doFinal(kept[self.NONCE :]))

    def _cipher(self) -> Any:
        from jnius import autoclass

        return autoclass("javax.crypto.Cipher").getInstance("AES/GCM/NoPadding")

    def _key(self) -> Any:
        from jnius import autoclass

        store = autoclass("java.security.KeyStore").getInstance("AndroidKeyStore")
        store.load(None)
        if not store.containsAlias(self.ALIAS):
            builder = autoclass("android.security.keystore.KeyGenParameterSpec$Builder")(self.ALIAS, 1 | 2)
            builder.setBlockModes(["GCM"]).setEncryptionPaddings(["NoPadding"]).setKeySize(8 * KEY_BYTES)
            maker = autoclass("javax.crypto.KeyGenerator").getInstance("AES", "AndroidKeyStore")
            maker.init(builder.build())
            maker.generateKey()
        return store.getKey(self.ALIAS, None)
