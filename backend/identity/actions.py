"""Verbs of identity: who comes in, stays in, and is put out."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.core import feed, once, photos
from backend.core.actor import Actor, db, me
from backend.core.clock import now
from backend.core.database import one
from backend.core.http import house
from backend.core.ledger import record
from backend.core.limits import count_try
from backend.core.problems import Invalid, NotFound, ProblemError, Refused, Unknown
from backend.identity import clients, queries, rules
from backend.identity.events import (
    AccountMade, EndReason, GrantEnded, GrantGiven, PersonDisabled, PersonInvited, PhoneClaimed, PhoneRegistered,
    SessionEnded, SignedIn, SignInFailed,
)
from backend.identity.tables import ClaimCodeRow, DepartmentRow, GrantRow, InvitationRow, PersonRow, SessionRow
from shared_models.basics import Language
from shared_models.identity import (
    AcceptInvitation, ChangeMe, ChangePassword, ClaimCode, ClaimPhone, GiveGrant, InvitationSent, Invite, Refresh,
    RegisterPhone, Role, SignIn, SignUp, Tokens,
)
from shared_models.problems import FieldError

INVITATION_LIFE = timedelta(days=7)
CODE_LIFE = timedelta(minutes=10)
CODE_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No sign that looks like another (no I, L, O, U, 0, 1)."""
CODE_LENGTH = 10
SIGN_IN_STRETCH = timedelta(minutes=15)


def actor_of(token: str, session: Session) -> Actor:
    """Who holds this access token, with the grants of this moment. One statement; revocation works at once."""
    moment = now()
    person_id, session_id = clients.session_in(token, house().settings.secret_key, moment)
    row = session.execute(queries.actor_row(session_id, moment)).one_or_none()
    if row is None or row.id != person_id:
        raise Unknown("session-ended")
    held = [split_grant(words) for words in row.held or []]
    return Actor(row.id, session_id, row.named, row.language, rules.grants_of(held, named=row.named))


def split_grant(words: str) -> tuple[Role, str | None]:
    """``"crew:public-works"`` → (crew, public-works)."""
    role, _, department = words.partition(":")
    return Role(role), department or None


# ── coming in ────────────────────────────────────────────────────────────────────────────────────────────


def register_phone(wish: RegisterPhone) -> Tokens:
    """Let in a phone without an account. Again with the same secret, it is simply let in again."""
    made = db().scalar(
        upsert(PersonRow).values(
            id=wish.id, name="", secret_hash=clients.hash_secret(wish.secret), language=wish.language, made_at=now(),
        ).on_conflict_do_nothing().returning(PersonRow.id)
    )
    row = db().get_one(PersonRow, wish.id)
    if not clients.same(row.secret_hash, clients.hash_secret(wish.secret)):
        raise Refused("phone-differs", "Choose a new id.")
    if row.disabled_at or row.claimed_by:
        raise Unknown("session-ended", "What this phone reported went to an account. Start with a new id.")
    if made:
        record(PhoneRegistered(phone_id=row.id))
    return begin_session(row, wish.device)


def sign_up(wish: SignUp) -> Tokens:
    """Make an account and sign in. Refuses an e-mail that has one, however it is written."""
    refuse_weak(wish.password, wish.email, "/password")
    if db().scalar(queries.by_email(wish.email)):
        raise Refused("already-there", "There is an account with this e-mail.")
    row = PersonRow(
        id=uuid.uuid4(), name=wish.name, email=wish.email, password_hash=clients.hash_password(wish.password),
        language=wish.language, made_at=now(),
    )
    db().add(row)
    db().flush()
    record(AccountMade(person_id=row.id))
    return begin_session(row, wish.device)


def sign_in(wish: SignIn) -> Tokens:
    """Use an account. A wrong password and an unknown e-mail get the same answer, in the same time."""
    row = db().scalar(queries.by_email(wish.email))
    fits = clients.password_fits(wish.password, row.password_hash if row else None)
    if row is None or not fits or row.disabled_at:
        if row is not None:
            record(SignInFailed(person_id=row.id))
        raise ProblemError("wrong-credentials", keep=True)
    return begin_session(row, wish.device)


def begin_session(person: PersonRow, device: str) -> Tokens:
    """A new session of this person."""
    moment, secret = now(), secrets.token_urlsafe(32)
    row = SessionRow(
        id=uuid.uuid4(), person_id=person.id, device=device, token_hash=clients.hash_secret(secret),
        begun_at=moment, used_at=moment, until_at=moment + house().settings.refresh_life,
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
            settings.secret_key, person_id=row.person_id, session_id=row.id, at=moment, life=settings.access_life,
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
    if clients.same(row.token_hash, sent):
        row.before_hash, row.token_hash, row.used_at = sent, follows, now()
    elif not (clients.same(row.before_hash, sent) and clients.same(row.token_hash, follows)):
        end(row, EndReason.TOKEN_REUSED)
        db().flush()
        raise ProblemError("session-ended", "This token was used before.", keep=True)
    return tokens_of(row, wish.next_token)


# ── going out ────────────────────────────────────────────────────────────────────────────────────────────


def end(row: SessionRow, reason: EndReason) -> None:
    """End a session; its access tokens stop working with the next request."""
    row.ended_at = now()
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
    row = one(queries.visible_to(me()).where(PersonRow.id == me().id).with_for_update())
    if wish.name is not None:
        row.name = wish.name
    if wish.language is not None:
        row.language = wish.language


def change_password(wish: ChangePassword) -> None:
    """A new password; all other sessions end. Refuses a wrong old one."""
    row = one(queries.visible_to(me()).where(PersonRow.id == me().id).with_for_update())
    if not clients.password_fits(wish.old, row.password_hash):
        raise Invalid(FieldError(pointer="/old", detail="This is not the password."))
    refuse_weak(wish.new, row.email or "", "/new")
    row.password_hash = clients.hash_password(wish.new)
    end_all(row.id, EndReason.PASSWORD_CHANGED, but=me().session_id)


def refuse_weak(password: str, email: str, pointer: str) -> None:
    """Refuse what is guessed first: the e-mail itself, one sign repeated, a run of the keyboard."""
    plain = password.lower()
    runs = ("1234567890", "qwertyuiop", "abcdefghij", "password")
    name = email.partition("@")[0].lower()
    guessed = len(set(plain)) < 4 or any(plain in run * 3 or plain.startswith(run) for run in runs)  # noqa: PLR2004
    if guessed or plain == email.lower() or (len(name) > 3 and plain.strip("0123456789!?.") == name):  # noqa: PLR2004
        raise Invalid(FieldError(pointer=pointer, detail="Too easy to guess. Three or four words make a good one."))


# ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────


def make_claim_code() -> ClaimCode:
    """A code that lets another phone take over what this phone reported without an account."""
    if me().named:
        raise Refused("invalid", "This phone has an account: sign in to it on the other phone.")
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    until = now() + CODE_LIFE
    db().add(ClaimCodeRow(code_hash=clients.hash_secret(code), phone_id=me().id, until_at=until))
    return ClaimCode(code=f"{code[:5]}-{code[5:]}", until_at=until)


def claim_phone(wish: ClaimPhone) -> None:
    """Move what a phone without an account reported into mine: everything or nothing, and again changes nothing."""
    phone_id = phone_claimed(wish)
    row = one(queries.phone(phone_id).with_for_update())
    if row.claimed_by == me().id:
        return
    if row.claimed_by is not None or row.disabled_at is not None or row.id == me().id:
        raise NotFound
    feed.move(row.id, me().id)
    for move in (once.move, photos.move, *house().moves):
        move(row.id, me().id)
    row.claimed_by = me().id
    end_all(row.id, EndReason.CLAIMED)
    record(PhoneClaimed(person_id=me().id, phone_id=row.id))


def phone_claimed(wish: ClaimPhone) -> UUID:
    """Which phone is meant, if whoever asks has its secret or a code of it. Raises NotFound otherwise."""
    if wish.code is not None:
        code = "".join(sign for sign in wish.code.upper() if sign.isalnum())
        row = db().scalar(queries.claim_code(clients.hash_secret(code), now()))
        if row is None:
            raise Refused("claim-code-ended", "Make a new code on the other phone.")
        row.used_at = now()
        return row.phone_id
    if wish.phone_id is None or wish.secret is None:
        raise Invalid(FieldError(pointer="/phone_id", detail="Give phone_id and secret, or a code."))
    row_ = one(queries.phone(wish.phone_id))
    if not clients.same(row_.secret_hash, clients.hash_secret(wish.secret)):
        raise NotFound
    return row_.id


# ── running the house ────────────────────────────────────────────────────────────────────────────────────


def invite(wish: Invite) -> InvitationSent:
    """Ask somebody to join the staff. The token is in the answer and nowhere else."""
    refuse_odd_grant(wish.role, wish.department)
    token, id_ = secrets.token_urlsafe(32), uuid.uuid4()
    row = InvitationRow(
        id=id_, email=wish.email, role=wish.role, department=wish.department,
        token_hash=clients.hash_secret(token), invited_by=me().id, until_at=now() + INVITATION_LIFE,
    )
    db().add(row)
    db().flush()
    record(PersonInvited(invitation_id=id_, role=wish.role, department=wish.department))
    return InvitationSent(id=id_, token=token, until_at=row.until_at)


def accept_invitation(wish: AcceptInvitation) -> Tokens:
    """Take up an invitation: makes the account, or adds the role to the one that has the e-mail."""
    asked = db().scalar(queries.invitation(clients.hash_secret(wish.token), now()))
    if asked is None:
        raise Refused("invitation-ended", "Ask for a new invitation.")
    row = db().scalar(queries.by_email(asked.email).with_for_update())
    if row is None:
        tokens = sign_up(SignUp(
            email=asked.email, password=wish.password, name=wish.name, language=wish.language, device=wish.device,
        ))
        person_id = tokens.person_id
    elif clients.password_fits(wish.password, row.password_hash) and not row.disabled_at:
        tokens, person_id = begin_session(row, wish.device), row.id
    else:
        raise ProblemError("wrong-credentials", "There is an account with this e-mail: use its password.")
    asked.accepted_at = now()
    hold(person_id, asked.role, asked.department, by=asked.invited_by)
    return tokens


def give_grant(wish: GiveGrant) -> GrantRow:
    """Give a role to a person, everywhere or in one department."""
    refuse_odd_grant(wish.role, wish.department)
    row = one(queries.visible_to(me()).where(PersonRow.id == wish.person_id, PersonRow.email.is_not(None)))
    return hold(row.id, wish.role, wish.department, by=me().id)


def hold(person_id: UUID, role: Role, department: str | None, *, by: UUID | None) -> GrantRow:
    """Write down that this person holds this role; one that they hold already stays as it is."""
    for held in db().scalars(queries.grants_held(person_id)):
        if (held.role, held.department) == (role, department):
            return held
    row = GrantRow(
        id=uuid.uuid4(), person_id=person_id, role=role, department=department, given_by=by, given_at=now(),
    )
    db().add(row)
    db().flush()
    record(GrantGiven(person_id=person_id, grant_id=row.id, role=role, department=department))
    return row


def refuse_odd_grant(role: Role, department: str | None) -> None:
    """Refuse a role without the department that it needs, with one that it can't have, or an unknown one."""
    if (role in rules.NEEDS_DEPARTMENT) != (department is not None):
        needs = "needs a department" if role in rules.NEEDS_DEPARTMENT else "is held everywhere, not in a department"
        raise Invalid(FieldError(pointer="/department", detail=f"The role {role} {needs}."))
    if department is not None and db().get(DepartmentRow, department) is None:
        raise Invalid(FieldError(pointer="/department", detail="There is no such department."))


def end_grant(id_: UUID) -> None:
    """Take a role back; it works with the person's next request, and their phones forget what it showed."""
    row = one_grant(id_)
    if row.role is Role.ADMIN and db().scalar(queries.other_admins(row.person_id)) == 0:
        raise Refused("last-admin", "Make somebody else an administrator first.")
    row.ended_at = now()
    record(GrantEnded(person_id=row.person_id, grant_id=row.id, role=row.role, department=row.department))


def one_grant(id_: UUID) -> GrantRow:
    """A grant that is held now."""
    return one(queries.grants_visible_to(me()).where(GrantRow.id == id_).with_for_update())


def disable_person(id_: UUID) -> None:
    """Put a person out at once: no session of theirs answers any more (CJIS AC-2(13))."""
    row = one(queries.visible_to(me()).where(PersonRow.id == id_).with_for_update())
    if row.id == me().id or db().scalar(queries.other_admins(row.id)) == 0:
        raise Refused("last-admin", "Somebody else must do this.")
    row.disabled_at = now()
    end_all(row.id, EndReason.DISABLED)
    record(PersonDisabled(person_id=row.id))


def load_departments(rows: Iterable[DepartmentRow]) -> None:
    """Take over the departments of a city pack; one that is there is brought up to date."""
    for row in rows:
        db().merge(row)


def forget_sessions() -> None:
    """A chore: sessions that ran out long ago take no room."""
    db().execute(update(SessionRow).where(SessionRow.until_at < now(), SessionRow.ended_at.is_(None)).values(ended_at=now()))


def limit_sign_in(address: str, email: str) -> None:
    """Count a try to sign in, by address and by account. Raises TooMany."""
    count_try(house().database, "sign-in-address", address, most=60, per=SIGN_IN_STRETCH)
    count_try(house().database, "sign-in-account", email.lower(), most=20, per=SIGN_IN_STRETCH)


def limit_phones(address: str) -> None:
    """Count a phone that makes itself known, by address. Raises TooMany."""
    count_try(house().database, "phone-address", address, most=120, per=SIGN_IN_STRETCH)


def ensure_account(
    id_: UUID, *, email: str, name: str, password: str, language: Language, role: Role, department: str | None,
) -> None:
    """Have this account, with this password and role. For the demo and for tests."""
    row = db().get(PersonRow, id_)
    if row is None:
        row = PersonRow(id=id_, name=name, email=email, language=language, made_at=now(),
                        password_hash=clients.hash_password(password))
        db().add(row)
        db().flush()
        record(AccountMade(person_id=id_))
    elif not clients.password_fits(password, row.password_hash):
        row.password_hash = clients.hash_password(password)
    if role is not Role.RESIDENT:
        hold(id_, role, department, by=None)


def grant_by_email(email: str, role: Role, department: str | None) -> bool:
    """Give a role to the account with this e-mail; False if there is none."""
    refuse_odd_grant(role, department)
    row = db().scalar(queries.by_email(email))
    if row is None:
        return False
    hold(row.id, role, department, by=None)
    return True
