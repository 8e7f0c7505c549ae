"""Access tokens (RFC 9068, RFC 8725): only ours, only for ten minutes, only while the session lasts."""

import base64
import hmac
import json
import uuid
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.core.clock import later, now
from backend.identity.clients import access_token, session_in
from tests.cast import Caller, problem
from tests.conftest import SECRET

MINUTE = timedelta(minutes=1)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
KNOWN = "a key that the caller sends along, in the token itself"


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def signed(claims, *, key=SECRET, algorithm="HS256", **headers):
    return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": "at+jwt"} | headers)


def signed_with(key, claims, **headers):
    """By hand, with what no library signs with: nothing, or a public key, which everybody knows."""
    plain = f"{part({'typ': 'at+jwt', 'alg': 'HS256'} | headers)}.{part(claims)}"
    mac = hmac.digest(key, plain.encode(), "sha256")
    return f"{plain}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def part(plain):
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).rstrip(b"=").decode()


def test_a_token_says_who_in_which_session_and_until_when_and_nothing_else(alice):
    claims = claims_of(alice.token)

    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp"}
    assert claims["sub"] == str(alice.id)
    assert claims["exp"] - claims["iat"] <= 600
    assert jwt.get_unverified_header(alice.token) == {"typ": "at+jwt", "alg": "HS256"}


def test_a_token_works_for_ten_minutes(alice):
    with later(timedelta(minutes=9, seconds=58)):
        assert alice.get("/v1/me").status_code == 200
    with later(timedelta(minutes=10, seconds=1)):
        problem(alice.get("/v1/me"), 401, "sign-in")


@pytest.mark.parametrize(
    "forge",
    [
        lambda c: signed(c, key="another key, long enough for HMAC with SHA-256"),
        lambda c: signed(c, algorithm="HS384"),
        lambda c: signed(c, typ="JWT"),
        lambda c: signed(c, typ=None),
        lambda c: signed(c, typ="AT+JWT "),
        lambda c: signed(c | {"iss": "elsewhere"}),
        lambda c: signed(c | {"aud": "elsewhere"}),
        lambda c: signed(c | {"aud": []}),
        lambda c: signed(c | {"exp": c["iat"] - 1}),
        lambda c: signed(c | {"exp": "tomorrow"}),
        lambda c: signed(c | {"exp": None}),
        lambda c: signed(c | {"iat": c["iat"] + 3600}),
        lambda c: signed(c | {"sub": str(uuid.uuid4())}),
        lambda c: signed(c | {"sub": "1 OR 1=1"}),
        lambda c: signed(c | {"sub": 7}),
        lambda c: signed(c | {"sid": str(uuid.uuid4())}),
        lambda c: signed(c | {"sid": "../../etc/passwd"}),
        lambda c: signed(c | {"sid": None}),
        *[lambda c, name=name: signed({k: v for k, v in c.items() if k != name})
          for name in ("iss", "aud", "sub", "sid", "iat", "exp")],
        lambda c: f"{part({'typ': 'at+jwt', 'alg': 'none'})}.{part(c)}.",
        lambda c: f"{part({'typ': 'at+jwt', 'alg': 'None'})}.{part(c)}.",
        lambda c: f"{part({'typ': 'at+jwt', 'alg': 'HS256', 'kid': '../../dev/null'})}.{part(c)}.{part('')}",
        lambda c: f"{part({'typ': 'at+jwt'})}.{part(c)}.AAAA",
        lambda c: f"{part(['at+jwt'])}.{part(c)}.AAAA",
        lambda c: signed(c).rpartition(".")[0] + ".",
        lambda c: signed(c)[:-4] + "AAAA",
        lambda c: signed(c, key=RSA, algorithm="RS256"),
        lambda c: signed_with(PUBLIC, c),
        lambda c: signed_with(b"", c, kid="../../dev/null"),
        lambda c: signed(c, key=KNOWN, jwk={"kty": "oct", "k": part("known")}),
        lambda c: signed(c, key=KNOWN, jku="https://example.org/keys", x5u="https://example.org/x"),
        lambda c: signed(c | {"nbf": c["exp"] + 3600}),
        lambda c: signed(c, crit=["exp"]),
        lambda _: "a.b.c",
        lambda _: "...",
        lambda _: "x" * 5000,
        lambda _: "ñandú",
    ],
)  # fmt: skip
def test_a_token_that_is_not_ours_opens_nothing(alice, forge):
    assert alice.get("/v1/me").status_code == 200

    answer = Caller(alice.app, token=forge(claims_of(alice.token))).get("/v1/me")

    assert answer.status_code == 401
    assert answer.get_json()["type"] in {"sign-in", "session-ended"}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YWxpY2U6cGFycm90cw==", "Token {token}", "{token}"]
)
def test_a_header_that_is_no_bearer_token_opens_nothing(alice, nobody, header):
    headers = {"Authorization": header.format(token=alice.token)}
    problem(nobody.get("/v1/me", headers=headers), 401, "sign-in")


def test_one_persons_token_does_not_open_anothers_session(alice, bob):
    mixed = claims_of(alice.token) | {"sid": claims_of(bob.token)["sid"]}
    problem(Caller(alice.app, token=signed(mixed)).get("/v1/me"), 401, "session-ended")


def test_what_is_signed_is_what_is_read(settings):
    person, session, moment = uuid.uuid4(), uuid.uuid4(), now()
    token = access_token(settings.secret_key, person_id=person, session_id=session, at=moment, life=MINUTE)

    assert session_in(token, settings.secret_key, moment) == (person, session)
