"""Verbs of identity: who comes in, who goes out, and what of a phone becomes an account's."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, or_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from backend.core import feed, once, photos, prepared
from backend.core.actor import Actor, Presumed, db, me
from backend.core.clock import now
from backend.core.database import ANY, insert, one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.limits import count_try
from backend.core.problems import Invalid, NotFound, ProblemError, Refused, Unknown
from backend.identity import clients, queries, rules, tries
from backend.identity.events import (
    AccountMade,
    EndReason,
    PhoneClaimed,
    PhoneRegistered,
    SessionEnded,
    SignedIn,
    SignInFailed,
)
from backend.identity.tables import (
    ClaimCodeRow,
    InvitationRow,
    PersonRow,
    SessionRow,
)
from shared_models.basics import Language
from shared_models.identity import (
    ChangeMe,
    ChangePassword,
    ClaimCode,
    ClaimPhone,
    Refresh,
    RegisterPhone,
    Role,
    SignIn,
    SignUp,
    Tokens,
)
from shared_models.problems import FieldError

CODE_LIFE = timedelta(minutes=10)
CODE_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No sign that looks like another (no I, L, O, U, 0, 1)."""
CODE_LENGTH = 10
ENDED_KEPT = timedelta(days=30)


def actor_of(token: str, connection: Connection, hold: bool) -> Actor:
    """Who holds this access token, with the grants of this moment. One statement; revocation works at once.

    With ``hold``, in a transaction that writes, nobody can claim the person's things before it ends.
    """
    moment = now()
    person_id, session_id = clients.session_in(token, house().settings.secret_key, moment)
    found = prepared.run(connection, queries.actor_row(hold=hold), session_id=session_id, moment=moment)
    if not found or found[0][0] != person_id:
        _seen.pop(session_id, None)  # whoever is out is not presumed to be in, and costs nothing more
        raise Unknown("session-ended")
    [(_, name, named, language, held)] = found
    grants = rules.grants_of(map(split_grant, held or ()), named=named)
    actor = Actor(person_id, name, session_id, named, Language(language), grants)
    _seen[session_id] = actor, found
    return actor


_seen: LRUCache[UUID, tuple[Actor, Sequence[tuple[Any, ...]]]] = LRUCache(4096)
"""Who was last behind a session, and the row that said so."""


def presumed(key: bytes, token: str, dialect: Dialect, hold: bool) -> tuple[Actor, Presumed] | None:
    """Who held this token when ``actor_of`` last looked, with the statement that says whether they are still so."""
    moment = now()
    person_id, session_id = clients.session_in(token, key, moment)
    actor, rows = _seen.get(session_id) or (None, ())
    form = prepared.form_of(queries.actor_row(hold=hold), dialect)
    if actor is None or actor.id != person_id or form is None:
        return None
    return actor, Presumed(form.asked({"session_id": session_id, "moment": moment}), rows, token)


def split_grant(words: str) -> tuple[Role, str | None]:
    """``"crew:public-works"`` → (crew, public-works)."""
    role, _, department = words.partition(":")
    return Role(role), department or None


# ── coming in ────────────────────────────────────────────────────────────────────────────────────────────


def register_phone(wish: RegisterPhone) -> Tokens:
    """Let in a phone without an account. Again with the same secret, it is simply let in again."""
    made = db().scalar(
        upsert(PersonRow)
        .values(
            id=wish.id,
            name="",
            secret_hash=clients.hash_secret(wish.secret),
            language=wish.language,
            made_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(PersonRow.id)
    )
    # Locked, so that a claim can't come between this look and the new session, which would outlive it.
    row = db().get_one(PersonRow, wish.id, with_for_update={"key_share": True})
    if not clients.same(row.secret_hash, clients.hash_secret(wish.secret)):
        raise Refused("phone-differs", "Choose a new id.", at="/id")
    if row.disabled_at or row.claimed_by:
        raise Unknown("session-ended", "What this phone reported went to an account. Start with a new id.")
    if made:
        record(PhoneRegistered(phone_id=row.id))
    return begin_session(row, wish.device)


def sign_up(wish: SignUp) -> Tokens:
    """Make an account and sign in. Refuses an e-mail that has one, however it is written."""
    refuse_weak(wish.password, wish.email, "/password")
    row = PersonRow(
        id=uuid.uuid4(),
        name=wish.name,
        email=wish.email,
        password_hash=clients.hash_password(wish.password),
        language=wish.language,
        made_at=now(),
    )
    if not insert(row, unless_there=ANY):
        known = FieldError(pointer="/email", detail="There is an account with this e-mail.")
        raise Refused("already-there", known.detail, errors=[known])
    record(AccountMade(person_id=row.id))
    return begin_session(row, wish.device)


def sign_in(wish: SignIn, address: str) -> Tokens:
    """Use an account, from this address. A wrong password and an unknown e-mail get the same answer, after the same work.

    Raises TooMany after too many failures (see tries.limit_passwords), whatever the password.
    """
    tries.limit_passwords(address, wish.email)
    # Locked, so that who is disabled or changes the password meanwhile does not keep a session of the old one.
    row = db().scalar(queries.by_email(wish.email).with_for_update(key_share=True))
    fits = clients.password_fits(wish.password, row.password_hash if row else None)
    if row is None or not fits or row.disabled_at:
        tries.count_wrong_password(address, wish.email)
        record(SignInFailed(person_id=row.id if row else None))
        raise ProblemError("wrong-credentials", keep=True)
    return begin_session(row, wish.device)


def begin_session(person: PersonRow, device: str) -> Tokens:
    """A new session of this person."""
    moment, secret = now(), secrets.token_urlsafe(32)
    row = SessionRow(
        id=uuid.uuid4(),
        person_id=person.id,
        device=device,
        token_hash=clients.hash_secret(secret),
        begun_at=moment,
        used_at=moment,
        until_at=moment + house().settings.refresh_life,
    )
    db().add(row)
    db().flush()
    record(SignedIn(person_id=person.id, session_id=row.id))
    return tokens_of(row, secret)


def tokens_of(row: SessionRow, secret: str) -> Tokens:
    """What the phone gets to hold."""
    settings, moment = house().settings, now()
    return Tokens(
        person_id=row.person_id,
        access_token=clients.access_token(
            settings.secret_key,
            person_id=row.person_id,
            session_id=row.id,
            at=moment,
            life=settings.access_life,
        ),
        access_until_at=moment + settings.access_life,
        refresh_token=f"{row.id.hex}.{secret}",
    )


def refresh(wish: Refresh) -> Tokens:
    """New tokens for a refresh token.

    The phone names the successor. The same pair again is a lost answer and gets the same tokens; an old token
    with another successor was stolen or copied, and ends the session at once (RFC 9700 §4.14).
    """
    session_hex, _, secret = wish.refresh_token.partition(".")
    try:
        session_id = UUID(session_hex)
    except ValueError:
        raise Unknown("session-ended") from None
    row = db().get(SessionRow, session_id, with_for_update=True)
    if row is None or row.ended_at or row.until_at <= now():
        raise Unknown("session-ended")
    sent, follows = clients.hash_secret(secret), clients.hash_secret(wish.next_token)
    if sent == follows:
        raise Invalid(FieldError(pointer="/next_token", detail="The token to follow must be a new one."))
    if clients.same(row.token_hash, sent):
        row.before_hash, row.token_hash, row.used_at = sent, follows, now()
    elif not (clients.same(row.before_hash, sent) and clients.same(row.token_hash, follows)):
        end(row, EndReason.TOKEN_REUSED)
        db().flush()
        raise ProblemError("session-ended", "This token was used before.", keep=True)
    return tokens_of(row, wish.next_token)


# ── going out ────────────────────────────────────────────────────────────────────────────────────────────


def end(row: SessionRow, reason: EndReason) -> None:
    """End a session; its access tokens stop working with the next request, and its stream ends."""
    row.ended_at = now()
    feed.wake(feed.person(row.person_id))
    record(SessionEnded(person_id=row.person_id, session_id=row.id, reason=reason))


def end_all(person_id: UUID, reason: EndReason, *, but: UUID | None = None) -> None:
    """End all sessions of a person, perhaps but one."""
    for row in db().scalars(queries.open_sessions(person_id, now()).with_for_update()):
        if row.id != but:
            end(row, reason)


def sign_out() -> None:
    """End the session that asks."""
    end(db().get_one(SessionRow, me().session_id), EndReason.SIGNED_OUT)


def end_session(id_: UUID) -> None:
    """End another session of mine."""
    end(one(queries.open_sessions(me().id, now()).where(SessionRow.id == id_)), EndReason.SIGNED_OUT)


# ── me ───────────────────────────────────────────────────────────────────────────────────────────────────


def change_me(wish: ChangeMe) -> None:
    """Change my name or language."""
    row = myself()
    if wish.name is not None:
        row.name = wish.name
    if wish.language is not None:
        row.language = wish.language


def change_password(wish: ChangePassword) -> None:
    """A new password; all other sessions end. Refuses a wrong old one, and whoever tries many."""
    count_try(house().database, "password", str(me().id), most=20, per=tries.STRETCH)
    row = myself()
    if not clients.password_fits(wish.old, row.password_hash):
        raise Invalid(FieldError(pointer="/old", detail="This is not the password."))
    refuse_weak(wish.new, row.email or "", "/new")
    row.password_hash = clients.hash_password(wish.new)
    end_all(row.id, EndReason.PASSWORD_CHANGED, but=me().session_id)


def myself() -> PersonRow:
    """My own row, locked for a change."""
    return one(queries.visible_to(me()).where(PersonRow.id == me().id).with_for_update(key_share=True))


def refuse_weak(password: str, email: str, pointer: str) -> None:
    """Refuse what is guessed first: the e-mail itself, one sign repeated, a run of the keyboard."""
    plain = password.lower()
    runs = ("1234567890", "qwertyuiop", "abcdefghij", "password")
    name = email.partition("@")[0].lower()
    guessed = len(set(plain)) < 4 or any(plain in run * 3 or plain.startswith(run) for run in runs)  # noqa: PLR2004
    if guessed or plain == email.lower() or (len(name) > 3 and plain.strip("0123456789!?.") == name):  # noqa: PLR2004
        raise Invalid(
            FieldError(pointer=pointer, detail="Too easy to guess. Three or four words make a good one.")
        )


# ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────


def make_claim_code() -> ClaimCode:
    """A code that lets another phone take over what this phone reported without an account.

    An earlier code that was not used ends. Refuses an account: it is signed in to on the other phone instead.
    """
    if me().named:
        raise Refused("account-signed-in", "Sign in to the account on the other phone.")
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    until = now() + CODE_LIFE
    db().execute(delete(ClaimCodeRow).where(ClaimCodeRow.phone_id == me().id, ClaimCodeRow.used_at.is_(None)))
    db().add(ClaimCodeRow(code_hash=clients.hash_secret(code), phone_id=me().id, until_at=until))
    return ClaimCode(code=f"{code[:5]}-{code[5:]}", until_at=until)


def claim_phone(wish: ClaimPhone) -> None:
    """Move what a phone without an account reported into mine: everything or nothing, and again changes nothing."""
    count_try(house().database, "claim", str(me().id), most=60, per=tries.STRETCH)
    # The lock waits for what the phone is sending at this moment (see queries.actor_row), so that it comes along.
    row = one(queries.phone(phone_claimed(wish)).with_for_update())
    if row.claimed_by == me().id:
        return
    if row.claimed_by is not None or row.disabled_at is not None:
        raise NotFound
    feed.move(row.id, me().id)
    for move in (once.move, photos.move):
        move(row.id, me().id)
    for move_of_domain in house().moves:
        move_of_domain(row.id, me().id, wish.code is None)
    row.claimed_by = me().id
    end_all(row.id, EndReason.CLAIMED)
    record(PhoneClaimed(person_id=me().id, phone_id=row.id))


def phone_claimed(wish: ClaimPhone) -> UUID:
    """Which phone is meant, if whoever asks has its secret or a code of it. Raises NotFound otherwise."""
    if wish.code is not None:
        return phone_of_code("".join(sign for sign in wish.code.upper() if sign.isalnum()))
    if wish.phone_id is None or wish.secret is None:
        raise Invalid(FieldError(pointer="/phone_id", detail="Give phone_id and secret, or a code."))
    row_ = one(queries.phone(wish.phone_id))
    if not clients.same(row_.secret_hash, clients.hash_secret(wish.secret)):
        raise NotFound
    return row_.id


def phone_of_code(code: str) -> UUID:
    """Whose code this is, which is used up by it. One that I used myself counts again: its answer was lost."""
    row = db().scalar(queries.claim_code(clients.hash_secret(code)))
    if (
        row is not None
        and row.used_at is not None
        and db().get_one(PersonRow, row.phone_id).claimed_by == me().id
    ):
        return row.phone_id
    if row is None or row.used_at is not None or row.until_at <= now():
        raise Refused("claim-code-ended", "Make a new code on the other phone.", at="/code")
    row.used_at = now()
    return row.phone_id


# ── how long ─────────────────────────────────────────────────────────────────────────────────────────────


def forget_ended() -> None:
    """A chore: sessions, claim codes and invitations that ended take no room. The ledger keeps what happened."""
    moment = now()
    db().execute(
        delete(SessionRow).where(or_(SessionRow.until_at < moment, SessionRow.ended_at < moment - ENDED_KEPT))
    )
    db().execute(delete(ClaimCodeRow).where(ClaimCodeRow.until_at < moment - ENDED_KEPT))
    db().execute(delete(InvitationRow).where(InvitationRow.until_at < moment - ENDED_KEPT))
