"""Which people, sessions and grants; who may see whom."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.dml import ReturningUpdate

from backend.core.actor import Actor, db
from backend.core.clock import now
from backend.core.database import one
from backend.core.feed import EVERYWHERE, SPEAKERS, THINGS, department, person, things
from backend.identity.rules import HOLDERS, INVITERS, ROLES, WORKERS
from backend.identity.tables import (
    ClaimCodeRow,
    DepartmentRow,
    GrantRow,
    InvitationRow,
    PersonRow,
    SessionRow,
)
from shared_models.basics import Language
from shared_models.identity import (
    Colleague,
    Colleagues,
    Department,
    Departments,
    GrantHeld,
    Me,
    Role,
    SessionOpen,
    SessionsOpen,
)
from shared_models.permissions import Permission

DEPARTMENT_CODES = select(DepartmentRow.code)


@cache
def actor_row(*, hold: bool) -> Select[Any]:
    """Everything that makes an actor, in one statement: the session, the person, the grants that they hold.

    It takes ``session_id`` and ``moment``. With ``hold`` the person stays as they are until the transaction ends: a
    claim waits for what their phone is sending, and what comes after the claim finds that the phone is nobody any
    more. Nothing falls between.
    """
    reaches = (DepartmentRow.code == GrantRow.department) | (DepartmentRow.part_of == GrantRow.department)
    code = func.coalesce(DepartmentRow.code, literal_column("''"))
    grant = cast(GrantRow.role, Text).concat(literal_column("':'", Text)).concat(code)
    held = (
        select(func.array_agg(aggregate_order_by(grant, grant)))  # in one order: it is compared with the last
        .select_from(GrantRow)
        .outerjoin(DepartmentRow, reaches)
        .where(GrantRow.person_id == PersonRow.id, GrantRow.ended_at.is_(None))
        .scalar_subquery()
    )
    found = (
        select(
            PersonRow.id,
            PersonRow.name,
            PersonRow.email.is_not(None).label("named"),
            PersonRow.language,
            held.label("held"),
        )
        .join(SessionRow, SessionRow.person_id == PersonRow.id)
        .where(
            SessionRow.id == bindparam("session_id", type_=Uuid(), required=True),
            SessionRow.ended_at.is_(None),
            SessionRow.until_at > bindparam("moment", type_=DateTime(timezone=True), required=True),
            PersonRow.disabled_at.is_(None),
            PersonRow.claimed_by.is_(None),
        )
    )
    return found.with_for_update(read=True, key_share=True, of=PersonRow) if hold else found


def audiences_of(actor: Actor) -> list[str]:
    """The feeds that a person follows: their own, and those of the work they may do."""
    work = (
        [EVERYWHERE]
        if actor.may_everywhere(Permission.REQUEST_WORK)
        else [department(code) for code in actor.departments(Permission.REQUEST_WORK)]
    )
    owned = (
        [THINGS]
        if actor.may_everywhere(Permission.ASSET_READ)
        else [things(code) for code in actor.departments(Permission.ASSET_READ)]
    )
    speaks = [SPEAKERS] if actor.may(Permission.ALERT_WRITE) else []
    return [person(actor.id), *work, *owned, *speaks]


def visible_to(actor: Actor) -> Select[PersonRow]:
    """The people whom this person may see: themselves; and, for who runs the house, all with an account."""
    if actor.may_everywhere(Permission.GRANT_GIVE):
        return select(PersonRow).where((PersonRow.id == actor.id) | PersonRow.email.is_not(None))
    return select(PersonRow).where(PersonRow.id == actor.id)


def by_email(email: str) -> Select[PersonRow]:
    """The account with this e-mail, however it is written."""
    return select(PersonRow).where(func.lower(PersonRow.email) == func.lower(email))


def phone(id_: UUID) -> Select[PersonRow]:
    """A phone without an account."""
    return select(PersonRow).where(PersonRow.id == id_, PersonRow.secret_hash.is_not(None))


def grants_held(person_id: UUID) -> Select[GrantRow]:
    """The roles that a person holds now."""
    return (
        select(GrantRow)
        .where(GrantRow.person_id == person_id, GrantRow.ended_at.is_(None))
        .order_by(GrantRow.given_at)
    )


def open_sessions(person_id: UUID, moment: datetime) -> Select[SessionRow]:
    """Where a person is signed in."""
    return (
        select(SessionRow)
        .where(
            SessionRow.person_id == person_id,
            SessionRow.ended_at.is_(None),
            SessionRow.until_at > moment,
        )
        .order_by(SessionRow.used_at.desc())
    )


def colleagues(actor: Actor) -> Select[UUID, str, Role, str | None]:
    """Whom this person may give work to: staff everywhere, or of the departments that they work in."""
    where: list[ColumnElement[bool]] = [
        GrantRow.ended_at.is_(None),
        PersonRow.disabled_at.is_(None),
        GrantRow.role.in_(sorted(WORKERS)),
    ]
    if not actor.may_everywhere(Permission.REQUEST_WORK):
        where.append(GrantRow.department.in_(actor.departments(Permission.REQUEST_WORK)))
    return (
        select(PersonRow.id, PersonRow.name, GrantRow.role, GrantRow.department)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(and_(*where))
        .order_by(PersonRow.name, GrantRow.role)
    )


def works_in(person_id: UUID, department: str) -> Select[bool]:
    """Whether a person's roles let them work a department's requests: everywhere, in it, or in what it is a part of."""
    part_of = select(DepartmentRow.part_of).where(DepartmentRow.code == department).scalar_subquery()
    held = (
        select(GrantRow.id)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(
            PersonRow.id == person_id,
            PersonRow.disabled_at.is_(None),
            GrantRow.ended_at.is_(None),
            GrantRow.role.in_(sorted(WORKERS)),
            GrantRow.department.is_(None) | GrantRow.department.in_([department, part_of]),
        )
    )
    return select(held.exists())


def holders(department: str) -> Select[UUID, str, Role, str | None]:
    """Those whose roles let them have a department's things: everywhere, in it, or in what it is a part of."""
    part_of = select(DepartmentRow.part_of).where(DepartmentRow.code == department).scalar_subquery()
    return (
        select(PersonRow.id, PersonRow.name, GrantRow.role, GrantRow.department)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(
            GrantRow.ended_at.is_(None),
            PersonRow.disabled_at.is_(None),
            GrantRow.role.in_(sorted(HOLDERS)),
            GrantRow.department.is_(None) | GrantRow.department.in_([department, part_of]),
        )
        .order_by(PersonRow.name, GrantRow.role)
    )


def who_may(permission: Permission, department: str) -> Select[UUID, Language]:
    """Who may do this with something of a department, by their roles now: everywhere, in it, or in what it is a part of."""
    roles = sorted(role.value for role, bundle in ROLES.items() if permission in bundle)
    part_of = select(DepartmentRow.part_of).where(DepartmentRow.code == department).scalar_subquery()
    return (
        select(PersonRow.id, PersonRow.language)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(
            PersonRow.disabled_at.is_(None),
            GrantRow.ended_at.is_(None),
            GrantRow.role.in_(roles),
            GrantRow.department.is_(None) | GrantRow.department.in_([department, part_of]),
        )
        .distinct()
    )


def departments() -> Select[DepartmentRow]:
    """All departments, by code."""
    return select(DepartmentRow).order_by(DepartmentRow.code)


def taken_up(token_hash: bytes, moment: datetime) -> ReturningUpdate[InvitationRow]:
    """Take up the invitation with this token, and give it: if it still can be, and whoever sent it may still invite."""
    inviters = (
        select(GrantRow.person_id)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(
            GrantRow.role.in_(sorted(INVITERS)), GrantRow.ended_at.is_(None), PersonRow.disabled_at.is_(None)
        )
    )
    return (
        update(InvitationRow)
        .where(
            InvitationRow.token_hash == token_hash,
            InvitationRow.accepted_at.is_(None),
            InvitationRow.until_at > moment,
            InvitationRow.invited_by.in_(inviters),
        )
        .values(accepted_at=moment)
        .returning(InvitationRow)
    )


def claim_code(code_hash: bytes) -> Select[ClaimCodeRow]:
    """The claim code, used or not."""
    return select(ClaimCodeRow).where(ClaimCodeRow.code_hash == code_hash).with_for_update()


def grants_visible_to(actor: Actor) -> Select[GrantRow]:
    """The roles held now that this person may see: their own; and, for who runs the house, everybody's."""
    held = select(GrantRow).where(GrantRow.ended_at.is_(None))
    return held if actor.may_everywhere(Permission.GRANT_GIVE) else held.where(GrantRow.person_id == actor.id)


def other_admins(person_id: UUID) -> Select[int]:
    """How many people but this one can administer."""
    return (
        select(func.count(func.distinct(GrantRow.person_id)))
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(
            GrantRow.role == Role.ADMIN,
            GrantRow.ended_at.is_(None),
            GrantRow.person_id != person_id,
            PersonRow.disabled_at.is_(None),
        )
    )


def told_me(actor: Actor) -> Me:
    """Who is asking, and what they may do, as the phone is told."""
    row = one(visible_to(actor).where(PersonRow.id == actor.id))
    return Me(
        id=row.id,
        named=actor.named,
        name=row.name,
        email=row.email or "",
        language=row.language,
        grants=tuple(
            GrantHeld(id=g.id, role=g.role, department=g.department)
            for g in db().scalars(grants_held(row.id))
        ),
        permissions=tuple(p for p in Permission if actor.may(p)),
        departments=()
        if actor.may_everywhere(Permission.REQUEST_WORK)
        else tuple(actor.departments(Permission.REQUEST_WORK)),
    )


def told_sessions(actor: Actor) -> SessionsOpen:
    """Where the person is signed in."""
    return SessionsOpen(
        items=tuple(
            SessionOpen(
                id=s.id,
                device=s.device,
                begun_at=s.begun_at,
                used_at=s.used_at,
                this_one=s.id == actor.session_id,
            )
            for s in db().scalars(open_sessions(actor.id, now()))
        )
    )


def told_colleagues(actor: Actor) -> Colleagues:
    """Whom this person may give work to."""
    return Colleagues(
        items=tuple(
            Colleague(id=row.id, name=row.name, role=row.role, department=row.department)
            for row in db().execute(colleagues(actor))
        )
    )


def told_holders(department: str) -> Colleagues:
    """Whom a department's things can be handed to."""
    return Colleagues(
        items=tuple(
            Colleague(id=row.id, name=row.name, role=row.role, department=row.department)
            for row in db().execute(holders(department))
        )
    )


def told_departments() -> Departments:
    """All departments."""
    return Departments(
        items=tuple(
            Department(
                code=row.code,
                name_en=row.name_en,
                name_es=row.name_es,
                part_of=row.part_of,
                telephone=row.telephone,
                email=row.email,
            )
            for row in db().scalars(departments())
        )
    )
