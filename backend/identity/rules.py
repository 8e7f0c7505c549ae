"""Which role bundles which permissions; pure decisions, no database."""

from collections.abc import Iterable

from backend.core.actor import Grant
from shared_models.identity import Role
from shared_models.permissions import Permission as P

PHONE = frozenset({
    P.SELF_READ, P.SELF_CHANGE, P.SYNC_PULL, P.PHOTO_SEND, P.PHOTO_READ,
    P.REQUEST_OPEN, P.REQUEST_READ, P.REQUEST_ANSWER, P.NOTIFICATION_READ,
})
"""What a phone without a name may do."""

NAMED = PHONE | {P.PHONE_CLAIM}
"""What every account may do."""

ROLES: dict[Role, frozenset[P]] = {
    Role.RESIDENT: NAMED,
    Role.CREW: NAMED | {P.REQUEST_WORK, P.PERSON_LIST},
    Role.DESK: NAMED | {P.REQUEST_WORK, P.PERSON_LIST},
    Role.ADMIN: NAMED | {
        P.REQUEST_WORK, P.PERSON_LIST, P.PERSON_INVITE, P.PERSON_DISABLE, P.GRANT_GIVE, P.AUDIT_READ,
    },
}

NEEDS_DEPARTMENT = frozenset({Role.CREW})
"""Roles that are held in one department only."""

STAFF = frozenset({Role.CREW, Role.DESK, Role.ADMIN})


def grants_of(held: Iterable[tuple[Role, str | None]], *, named: bool) -> tuple[Grant, ...]:
    """What a person's roles allow, on top of what everybody may."""
    common = Grant(NAMED if named else PHONE)
    return (common, *(Grant(ROLES[role], department) for role, department in held if role in ROLES))
