"""Identity: who people are, how they sign in, what they may do, and the departments they work in.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select

from backend.core import limits, once, photos, prepared
from backend.core.actor import Actor, db
from backend.core.database import Database
from backend.core.domain import Chore, Domain
from backend.core.house import house
from backend.identity import actions, queries, routes, rules
from backend.identity.actions import actor_of, presumed
from backend.identity.clients import ends_at
from backend.identity.events import AccountTakenOver, PersonDisabled
from backend.identity.queries import audiences_of, told_holders
from backend.identity.staff import ensure_account, grant_by_email, load_departments
from backend.identity.tables import DepartmentRow, PersonRow
from shared_models.basics import Language
from shared_models.permissions import Permission

DOMAIN = Domain(
    "identity",
    routes.blp,
    chores=(
        Chore("forget what ended", timedelta(hours=6), actions.forget_ended),
        Chore("forget old idempotency keys", timedelta(hours=6), once.forget_old),
        Chore("forget old tries", timedelta(hours=6), limits.forget_old),
        Chore("sweep photos that nothing holds", timedelta(hours=1), photos.sweep),
    ),
)

__all__ = [
    "DOMAIN",
    "AccountTakenOver",
    "DepartmentRow",
    "PersonDisabled",
    "actor_for",
    "actor_of",
    "audiences_of",
    "departments",
    "email_of",
    "ends_at",
    "ensure_account",
    "grant_by_email",
    "has_department",
    "holder",
    "is_colleague",
    "known",
    "languages_of",
    "load_departments",
    "may_work",
    "presumed",
    "told_holders",
    "who_may",
]


def actor_for(id_: UUID) -> Actor:
    """This person, who has an account, as they may act now: for what the shell does in their name."""
    held = db().scalars(queries.grants_held(id_)).all()
    grants = rules.grants_of(((grant.role, grant.department) for grant in held), named=True)
    person = db().get_one(PersonRow, id_)
    return Actor(id_, person.name, id_, True, person.language, grants)


def has_department(code: str) -> bool:
    """Whether the city has this department."""
    return db().get(DepartmentRow, code) is not None


def departments(wanted: Iterable[str] = ()) -> frozenset[str]:
    """The codes of the city's departments.

    If those that are ``wanted`` are known already, PostgreSQL is not asked: a city may get another department, and
    none is ever taken away.
    """
    database, codes = house().database, frozenset(wanted)
    known = _departments.get(database, frozenset())
    if not codes or codes - known:
        known = frozenset(code for [code] in prepared.run_here(queries.DEPARTMENT_CODES))
        if codes <= known:
            _departments[database] = known
    return known


_departments: WeakKeyDictionary[Database, frozenset[str]] = WeakKeyDictionary()


def is_colleague(actor: Actor, id_: UUID, department: str) -> bool:
    """Whether this person may give work of a department to that one, who must be able to see it there."""
    reaches = {None, department, db().get_one(DepartmentRow, department).part_of}
    return any(row.id == id_ and row.department in reaches for row in db().execute(queries.colleagues(actor)))


def may_work(person_id: UUID, department: str) -> bool:
    """Whether this person's roles now let them work that department's requests. Never of who is disabled."""
    return bool(db().scalar(queries.works_in(person_id, department)))


def who_may(permission: Permission, department: str) -> dict[UUID, Language]:
    """All whose roles now let them do this with something of that department, with the language of each."""
    return {row.id: row.language for row in db().execute(queries.who_may(permission, department))}


def languages_of(ids: Collection[UUID]) -> dict[UUID, Language]:
    """The languages that the city speaks to these people."""
    return dict(db().execute(select(PersonRow.id, PersonRow.language).where(PersonRow.id.in_(ids))).all())


def holder(person_id: UUID, department: str) -> str | None:
    """What this person is called, if their roles now let them have that department's things."""
    found = db().execute(queries.holders(department).where(PersonRow.id == person_id)).first()
    return found.name if found else None


def email_of(id_: UUID) -> str:
    """The address of this person's account; empty for a phone without one."""
    return db().get_one(PersonRow, id_).email or ""


def known(name: str) -> UUID | None:
    """The person whom these words name: the e-mail of an account, however it is written, or an id."""
    try:
        row = db().get(PersonRow, UUID(name))
    except ValueError:
        row = db().scalar(queries.by_email(name))
    return None if row is None else row.id
