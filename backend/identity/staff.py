"""Verbs of who runs the house: inviting, giving and taking roles, disabling; departments and accounts by the shell."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from backend.core import feed
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.ledger import record
from backend.core.problems import Invalid, ProblemError, Refused
from backend.identity import clients, queries, rules, tries
from backend.identity.actions import begin_session, end_all, refuse_weak, sign_up
from backend.identity.events import (
    AccountMade,
    AccountTakenOver,
    EndReason,
    GrantEnded,
    GrantGiven,
    PersonDisabled,
    PersonInvited,
)
from backend.identity.tables import DepartmentRow, GrantRow, InvitationRow, PersonRow
from shared_models.basics import Language
from shared_models.identity import AcceptInvitation, GiveGrant, InvitationSent, Invite, Role, SignUp, Tokens
from shared_models.problems import FieldError

INVITATION_LIFE = timedelta(days=7)


def invite(wish: Invite) -> InvitationSent:
    """Ask somebody to join the staff. The token is in the answer and nowhere else."""
    refuse_odd_grant(wish.role, wish.department)
    token, id_ = secrets.token_urlsafe(32), uuid.uuid4()
    row = InvitationRow(
        id=id_,
        email=wish.email,
        role=wish.role,
        department=wish.department,
        token_hash=clients.hash_secret(token),
        invited_by=me().id,
        until_at=now() + INVITATION_LIFE,
    )
    db().add(row)
    db().flush()
    record(PersonInvited(invitation_id=id_, role=wish.role, department=wish.department))
    return InvitationSent(id=id_, token=token, until_at=row.until_at)


def accept_invitation(wish: AcceptInvitation, address: str) -> Tokens:
    """Take up an invitation: makes the account, or adds the role to the one that has the e-mail.

    Whoever invites sends the token to that mailbox, so it proves whose the mailbox is. An account that somebody else
    made with this e-mail does not stand in the way: with another password it is taken over. One that holds a role is
    not: it asks for its own password, and raises TooMany after too many wrong ones, as signing in does.
    """
    asked = db().scalar(queries.taken_up(clients.hash_secret(wish.token), now()))
    if asked is None:
        raise Refused("invitation-ended", "Ask for a new invitation.", at="/token")
    row = db().scalar(queries.by_email(asked.email).with_for_update(key_share=True))
    if row is None:
        tokens = sign_up(
            SignUp(
                email=asked.email,
                password=wish.password,
                name=wish.name,
                language=wish.language,
                device=wish.device,
            )
        )
    else:
        open_with(wish, row, asked, address)
        tokens = begin_session(row, wish.device)
    hold(tokens.person_id, asked.role, asked.department, by=asked.invited_by, new=row is None)
    return tokens


def open_with(wish: AcceptInvitation, row: PersonRow, asked: InvitationRow, address: str) -> None:
    """Open the account that has the invitation's e-mail: by its password, or by taking it over where it holds no role."""
    staff = db().scalar(queries.grants_held(row.id)) is not None
    if staff:
        tries.limit_passwords(address, asked.email)
    fits = clients.password_fits(wish.password, row.password_hash)
    if row.disabled_at or (staff and not fits):
        if staff:
            tries.count_wrong_password(address, asked.email)
        raise ProblemError("wrong-credentials", "There is an account with this e-mail: use its password.")
    if not fits:
        take_over(wish, row, asked)


def take_over(wish: AcceptInvitation, row: PersonRow, asked: InvitationRow) -> None:
    """Give the account to whoever has the mailbox: a new password and name, and nobody else is signed in to it."""
    refuse_weak(wish.password, asked.email, "/password")
    row.password_hash, row.name, row.language = clients.hash_password(wish.password), wish.name, wish.language
    end_all(row.id, EndReason.TAKEN_OVER)
    record(AccountTakenOver(person_id=row.id, invitation_id=asked.id))


def give_grant(wish: GiveGrant) -> GrantRow:
    """Give a role to a person, everywhere or in one department."""
    refuse_odd_grant(wish.role, wish.department)
    row = one(queries.visible_to(me()).where(PersonRow.id == wish.person_id, PersonRow.email.is_not(None)))
    return hold(row.id, wish.role, wish.department, by=me().id)


def hold(
    person_id: UUID, role: Role, department: str | None, *, by: UUID | None, new: bool = False
) -> GrantRow:
    """Write down that this person holds this role; one that they hold already stays as it is (a new person holds none)."""
    for held in () if new else db().scalars(queries.grants_held(person_id)):
        if (held.role, held.department) == (role, department):
            return held
    row = GrantRow(
        id=uuid.uuid4(),
        person_id=person_id,
        role=role,
        department=department,
        given_by=by,
        given_at=now(),
    )
    insert(row)
    feed.wake(feed.person(person_id))
    record(GrantGiven(person_id=person_id, grant_id=row.id, role=role, department=department))
    return row


def refuse_odd_grant(role: Role, department: str | None) -> None:
    """Refuse a role without the department that it needs, with one that it can't have, or an unknown one."""
    if (role in rules.NEEDS_DEPARTMENT) != (department is not None):
        needs = (
            "needs a department"
            if role in rules.NEEDS_DEPARTMENT
            else "is held everywhere, not in a department"
        )
        raise Invalid(FieldError(pointer="/department", detail=f"The role {role} {needs}."))
    if department is not None and db().get(DepartmentRow, department) is None:
        raise Invalid(FieldError(pointer="/department", detail="There is no such department."))


def end_grant(id_: UUID) -> None:
    """Take a role back; it works with the person's next request, and their phones forget what it showed."""
    row = one_grant(id_)
    if row.role is Role.ADMIN:
        refuse_last_admin(row.person_id)
    row.ended_at = now()
    feed.wake(feed.person(row.person_id))
    record(GrantEnded(person_id=row.person_id, grant_id=row.id, role=row.role, department=row.department))


def one_grant(id_: UUID) -> GrantRow:
    """A grant that is held now."""
    return one(queries.grants_visible_to(me()).where(GrantRow.id == id_).with_for_update())


def disable_person(id_: UUID) -> None:
    """Put a person out at once: no session of theirs answers any more (CJIS AC-2(13))."""
    row = one(queries.visible_to(me()).where(PersonRow.id == id_).with_for_update(key_share=True))
    if row.id == me().id:
        raise Refused("last-admin", "Somebody else must do this.")
    refuse_last_admin(row.id)
    if row.disabled_at is not None:
        return
    row.disabled_at = now()
    end_all(row.id, EndReason.DISABLED)
    record(PersonDisabled(person_id=row.id))


def refuse_last_admin(person_id: UUID) -> None:
    """Refuse to go on if nobody but this person could administer. Two who put out each other take turns."""
    db().execute(text("SELECT pg_advisory_xact_lock(hashtext('westu.admins'))"))
    if db().scalar(queries.other_admins(person_id)) == 0:
        raise Refused("last-admin", "Make somebody else an administrator first.")


def load_departments(rows: Iterable[DepartmentRow]) -> None:
    """Take over the departments of a city pack; one that is there is brought up to date."""
    for row in rows:
        db().merge(row)


def ensure_account(
    id_: UUID,
    *,
    email: str,
    name: str,
    password: str,
    language: Language,
    role: Role,
    department: str | None,
) -> None:
    """Have this account, with this password and role. For the demo and for tests."""
    row = db().get(PersonRow, id_)
    if row is None:
        row = PersonRow(
            id=id_,
            name=name,
            email=email,
            language=language,
            made_at=now(),
            password_hash=clients.hash_password(password),
        )
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
