"""Who may send: a service account, and the OAuth 2.0 grant by signed assertion (RFC 7523)."""

import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .errors import ERROR_INFO, Reply, answer, rpc_error

# google-auth signs for this audience whatever the account's token_uri says.
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = {
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/firebase.messaging",
}
LIFETIME = 3600  # seconds that an access token holds, and the most that an assertion may


class Accounts:
    """One project's service account and the access tokens that were granted to it.

    A new account replaces the one before it: the old key is then refused, as a revoked one is.
    """

    def __init__(self, project: str) -> None:
        self.project = project
        self.email = f"push@{project}.iam.gserviceaccount.com"
        self.grants = 0
        self._key: rsa.RSAPublicKey | None = None
        self._granted: dict[str, float] = {}

    def issue(self, token_uri: str) -> dict[str, str]:
        """A new service account's file (as a dictionary), whose grants are asked of `token_uri`."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key = key.public_key()
        self._granted.clear()
        public = self._key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": hashlib.sha256(public).hexdigest()[:40],
            "private_key": private.decode(),
            "client_email": self.email,
            "client_id": "1" * 21,
            "token_uri": token_uri,
        }

    def grant(self, body: bytes) -> Reply:
        """POST /token: an access token for an assertion that the account's key really signed."""
        form = parse_qs(body.decode(errors="replace"))
        if form.get("grant_type") != [GRANT]:
            return answer({"error": "unsupported_grant_type"}, 400)
        try:
            claims = self._claims(form.get("assertion", [""])[0])
        except jwt.PyJWTError as error:
            return answer({"error": "invalid_grant", "error_description": f"Invalid JWT: {error}"}, 400)
        if claims["iss"] != self.email or claims["exp"] - claims["iat"] > LIFETIME:
            return answer({"error": "invalid_grant", "error_description": "Invalid JWT claims"}, 400)
        if not SCOPES & set(str(claims["scope"]).split()):
            return answer({"error": "invalid_scope"}, 400)
        token = "ya29." + secrets.token_urlsafe(32)
        self._granted[token] = time.time() + LIFETIME
        self.grants += 1
        return answer({"access_token": token, "expires_in": LIFETIME - 1, "token_type": "Bearer"})

    def refusal(self, authorization: str) -> Reply | None:
        """None for a bearer token that was granted and still holds, else Google's 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme == "Bearer" and self._granted.get(token, 0) > time.time():
            return None
        return rpc_error(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
            "or other valid authentication credential.",
            [
                {
                    "@type": ERROR_INFO,
                    "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED" if authorization else "CREDENTIALS_MISSING",
                    "domain": "googleapis.com",
                    "metadata": {"service": "fcm.googleapis.com"},
                }
            ],
        )

    def _claims(self, assertion: str) -> dict[str, Any]:
        if self._key is None:
            raise jwt.InvalidKeyError("no account was issued")
        return jwt.decode(
            assertion,
            self._key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            options={"require": ["iss", "iat", "exp", "aud", "scope"]},
        )
