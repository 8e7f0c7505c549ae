"""Which role bundles which permissions; pure decisions, no database."""

from collections.abc import Iterable

from backend.core.actor import Grant
from shared_models.identity import Role
from shared_models.permissions import Permission

PHONE = frozenset(
    {
        Permission.SELF_READ,
        Permission.SELF_CHANGE,
        Permission.SYNC_PULL,
        Permission.PHOTO_SEND,
        Permission.PHOTO_READ,
        Permission.REQUEST_OPEN,
        Permission.REQUEST_READ,
        Permission.REQUEST_ANSWER,
        Permission.NOTIFICATION_READ,
    }
)
"""What a phone without a name may do."""

NAMED = PHONE | {Permission.PHONE_CLAIM}
"""What every account may do."""

ROLES: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: NAMED,
    Role.CREW: NAMED | {Permission.REQUEST_WORK, Permission.PERSON_LIST},
    Role.DESK: NAMED
    | {Permission.REQUEST_WORK, Permission.PERSON_LIST, Permission.ALERT_WRITE, Permission.ALERT_PUBLISH},
    Role.ADMIN: NAMED
    | {
        Permission.ALERT_WRITE,
        Permission.ALERT_PUBLISH,
        Permission.CHANNEL_READ,
        Permission.REQUEST_WORK,
        Permission.PERSON_LIST,
        Permission.PERSON_INVITE,
        Permission.PERSON_DISABLE,
        Permission.GRANT_GIVE,
        Permission.AUDIT_READ,
    },
}

NEEDS_DEPARTMENT = frozenset({Role.CREW})
"""Roles that are held in one department only."""

STAFF = frozenset({Role.CREW, Role.DESK, Role.ADMIN})

WORKERS = frozenset(role for role, bundle in ROLES.items() if Permission.REQUEST_WORK in bundle)
"""Roles that may work requests."""

INVITERS = frozenset(role for role, bundle in ROLES.items() if Permission.PERSON_INVITE in bundle)
"""Roles that may ask others to join the staff."""


def grants_of(held: Iterable[tuple[Role, str | None]], *, named: bool) -> tuple[Grant, ...]:
    """What a person's roles allow, on top of what everybody may."""
    common = Grant(NAMED if named else PHONE)
    return (common, *(Grant(ROLES[role], department) for role, department in held if role in ROLES))
