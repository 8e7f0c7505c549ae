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
        Permission.ASSET_FIND,
    }
)
"""What a phone without a name may do."""

NAMED = PHONE | {Permission.PHONE_CLAIM}
"""What every account may do."""

WORK = NAMED | {
    Permission.REQUEST_WORK,
    Permission.PERSON_LIST,
    Permission.ASSET_READ,
    Permission.CUSTODY_TAKE,
    Permission.FAULT_REPORT,
    Permission.CHECK_READ,
    Permission.CHECK_DO,
    Permission.MAP_READ,
    Permission.MAP_EDIT,
    Permission.REPORT_MAKE,
}
"""What everybody may do who works a department's requests, with its things and its maps."""

ANSWERS = frozenset({Permission.CUSTODY_GIVE, Permission.STOCKTAKE_DO, Permission.REPAIR_APPROVE})
"""What more may do who answers for a shift's or a department's things."""

REGISTER = frozenset(
    {Permission.ASSET_WRITE, Permission.FAULT_WORK, Permission.CHECK_WRITE, Permission.MAP_MANAGE}
)
"""What more may do who keeps the register and the maps, and mends what is broken."""

ROLES: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: NAMED,
    Role.CREW: WORK,
    Role.SUPERVISOR: WORK | ANSWERS,
    # No approval: who mends a thing of criminal justice is not who lets it leave the building (CJIS MA-2).
    Role.TECHNICIAN: (WORK | ANSWERS | REGISTER) - {Permission.REQUEST_WORK, Permission.REPAIR_APPROVE},
    Role.DESK: NAMED
    | {
        Permission.REQUEST_WORK,
        Permission.PERSON_LIST,
        Permission.MAP_READ,
        Permission.REPORT_MAKE,
        Permission.ALERT_WRITE,
        Permission.ALERT_PUBLISH,
    },
    Role.ADMIN: WORK
    | ANSWERS
    | REGISTER
    | {
        Permission.ALERT_WRITE,
        Permission.ALERT_PUBLISH,
        Permission.CHANNEL_READ,
        Permission.WEBHOOK_MANAGE,
        Permission.PERSON_INVITE,
        Permission.PERSON_DISABLE,
        Permission.GRANT_GIVE,
        Permission.AUDIT_READ,
    },
}

NEEDS_DEPARTMENT = frozenset({Role.CREW, Role.SUPERVISOR})
"""Roles that are held in one department only."""

STAFF = frozenset({Role.CREW, Role.SUPERVISOR, Role.TECHNICIAN, Role.DESK, Role.ADMIN})

WORKERS = frozenset(role for role, bundle in ROLES.items() if Permission.REQUEST_WORK in bundle)
"""Roles that may work requests."""

HOLDERS = frozenset(role for role, bundle in ROLES.items() if Permission.CUSTODY_TAKE in bundle)
"""Roles that may have the city's things."""

INVITERS = frozenset(role for role, bundle in ROLES.items() if Permission.PERSON_INVITE in bundle)
"""Roles that may ask others to join the staff."""


def grants_of(held: Iterable[tuple[Role, str | None]], *, named: bool) -> tuple[Grant, ...]:
    """What a person's roles allow, on top of what everybody may."""
    common = Grant(NAMED if named else PHONE)
    return (common, *(Grant(ROLES[role], department) for role, department in held if role in ROLES))
