"""The city's VAPID key (RFC 8292): read from what the operator gives, and its public half for browsers. Loads no SDK."""

import base64
from typing import Any

BYTES = 32  # of a private key on P-256


def read_key(text: str) -> Any:
    """The private key: PEM, or its 32 bytes in base64url as most tools print it. Raises ValueError if it is neither."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if text.lstrip().startswith("-----BEGIN"):
        key = load_pem_private_key(text.strip().encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("no key on the curve P-256")
        return key
    raw = base64.urlsafe_b64decode(text.strip().rstrip("=") + "=" * (-len(text.strip().rstrip("=")) % 4))
    if len(raw) != BYTES:
        raise ValueError("neither PEM nor 32 bytes in base64url")
    return ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())


def public_key(text: str) -> str:
    """What a browser subscribes with (`applicationServerKey`): the public point in base64url, 87 characters."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = read_key(text).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
