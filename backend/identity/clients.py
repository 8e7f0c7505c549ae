"""Cryptography as identity uses it: passwords, access tokens (RFC 9068, RFC 8725), hashes of random secrets."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.core.problems import Unknown

ISSUER = "westu"
AUDIENCE = "westu"
ALGORITHM = "HS256"
TYPE = "at+jwt"

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 80 ms on a small server.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""As hard to compare with as the hash of a password, and the hash of none that is known."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password, salted."""
    return _hasher.hash(password)


def password_fits(password: str, hashed: str | None) -> bool:
    """Whether this is the password. The same work where there is no account, so that time tells nothing."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_secret(secret: str) -> bytes:
    """The hash under which a random secret (at least 128 bits) is kept; it needs no salt and no slowness."""
    return hashlib.sha256(secret.encode()).digest()


def same(a: bytes | None, b: bytes) -> bool:
    """Whether two hashes are equal, in constant time."""
    return a is not None and hmac.compare_digest(a, b)


def access_token(key: bytes, *, person_id: UUID, session_id: UUID, at: datetime, life: timedelta) -> str:
    """Sign an access token: who, in which session, until when. No rights inside: these are looked up."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(person_id),
        "sid": str(session_id),
        "iat": int(at.timestamp()),
        "exp": int((at + life).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE})


def ends_at(token: str) -> datetime:
    """When an access token that ``session_in`` has taken ends."""
    return datetime.fromtimestamp(jwt.decode(token, options={"verify_signature": False})["exp"], UTC)


def session_in(token: str, key: bytes, moment: datetime) -> tuple[UUID, UUID]:
    """(person, session) of an access token. Raises Unknown for any other, expired or foreign token."""
    try:
        person_id, session_id, issued, ends = _signed(token, key)
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise Unknown from None
    if not issued - 60 <= moment.timestamp() < ends:
        raise Unknown
    return person_id, session_id


@lru_cache(maxsize=4096)
def _signed(token: str, key: bytes) -> tuple[UUID, UUID, int, int]:
    """(person, session, issued at, until) of a token that we signed. A phone shows the same one for minutes."""
    found = jwt.decode_complete(
        token,
        key,
        algorithms=[ALGORITHM],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={
            "require": ["iss", "aud", "sub", "sid", "iat", "exp"],
            "verify_exp": False,
            "verify_iat": False,
        },
    )
    if found["header"].get("typ") != TYPE:
        raise ValueError("A token of another kind.")
    claims = found["payload"]
    return UUID(claims["sub"]), UUID(claims["sid"]), int(claims["iat"]), int(claims["exp"])
