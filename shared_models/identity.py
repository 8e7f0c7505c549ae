"""People, phones without a name, sign-in, roles, and who may do what."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import Code, Language
from shared_models.permissions import Permission
from shared_models.wire import Length, Regexp, Verbatim, Wire, WireEnum

Password = Annotated[
    str,
    Length(10, 200),
    Verbatim,
    "At least 10 characters; spaces and any printable signs; taken as typed (NIST SP 800-63B).",
]
Secret = Annotated[str, Length(43, 200), Verbatim, "At least 256 random bits, as URL-safe base64."]
Email = Annotated[
    str,
    Length(3, 254),
    Regexp(re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"), error="Not an e-mail address."),
]
Name = Annotated[str, Length(1, 120)]
Device = Annotated[
    str, Length(max=80), "What the person calls this phone or program, for the list of sessions."
]


class Role(WireEnum):
    """A bundle of permissions."""

    RESIDENT = "resident"
    CREW = "crew"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"
    DESK = "desk"
    ADMIN = "admin"
    NEWER = "newer"


# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────


class Tokens(Wire):
    """What a signed-in phone holds."""

    person_id: UUID
    access_token: Annotated[str, Verbatim, "Send it as `Authorization: Bearer …`."]
    access_until_at: datetime
    refresh_token: Annotated[str, Verbatim, "Good for one refresh."]


class GrantHeld(Wire):
    """A role that the person holds, everywhere or in one department."""

    id: UUID
    role: Role
    department: Code | None


class Me(Wire):
    """Who is asking, and what they may do."""

    id: UUID
    named: Annotated[bool, "False: a phone without an account."]
    name: str
    email: str
    language: Language
    grants: tuple[GrantHeld, ...]
    permissions: Annotated[tuple[Permission, ...], "All that they may do, somewhere."]
    departments: Annotated[
        tuple[str, ...], "Where they work requests; empty with `request:work` means everywhere."
    ]


class Colleague(Wire):
    """Somebody whom work can be given to."""

    id: UUID
    name: str
    role: Role
    department: Code | None


class Colleagues(Wire):
    """Those whom work can be given to."""

    items: tuple[Colleague, ...]


class Department(Wire):
    """A part of the city's staff."""

    code: Code
    name_en: str
    name_es: str
    part_of: Annotated[str | None, "The department that it is a part of."]
    telephone: str
    email: str


class Departments(Wire):
    """The city's departments."""

    items: tuple[Department, ...]


class SessionOpen(Wire):
    """One place where the person is signed in."""

    id: UUID
    device: str
    begun_at: datetime
    used_at: datetime
    this_one: bool


class SessionsOpen(Wire):
    """Where the person is signed in."""

    items: tuple[SessionOpen, ...]


class ClaimCode(Wire):
    """Typed into another phone, it brings what this phone reported there. Good once, for ten minutes."""

    code: str
    until_at: datetime


class InvitationSent(Wire):
    """An invitation to join the staff. The token is told once, here."""

    id: UUID
    token: Annotated[str, Verbatim]
    until_at: datetime


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


class RegisterPhone(Wire):
    """A phone that has no account says who it is. Id and secret are the phone's own, made offline."""

    id: UUID
    secret: Secret
    language: Language = Language.EN
    device: Device = ""


class SignUp(Wire):
    """Make an account."""

    email: Email
    password: Password
    name: Name
    language: Language = Language.EN
    device: Device = ""


class SignIn(Wire):
    """Use an account on this phone."""

    email: Annotated[str, Length(1, 254)]
    password: Annotated[str, Length(1, 200), Verbatim]
    device: Device = ""


class Refresh(Wire):
    """Get new tokens for the refresh token.

    ``next_token`` is the refresh token to follow, made by the phone: whoever asks again with the same pair
    (because the answer was lost) gets the same answer, whenever that is; another pair is a theft.
    """

    refresh_token: Annotated[str, Length(1, 240), Verbatim]
    next_token: Secret


class ChangeMe(Wire):
    """Change what the city calls me, or the language it speaks to me."""

    name: Annotated[str | None, Length(1, 120)] = None
    language: Language | None = None


class ChangePassword(Wire):
    """A new password. All other sessions end."""

    old: Annotated[str, Length(1, 200), Verbatim]
    new: Password


class ClaimPhone(Wire):
    """Move what a phone without an account reported into mine: by its id and secret, or by a claim code."""

    phone_id: UUID | None = None
    secret: Annotated[str | None, Length(1, 200), Verbatim] = None
    code: Annotated[str | None, Length(1, 40)] = None


class Invite(Wire):
    """Ask somebody to join the staff in a role."""

    email: Email
    role: Role
    department: Code | None = None


class AcceptInvitation(Wire):
    """Take up an invitation: makes the account, or gives the role to the one that has this e-mail."""

    token: Annotated[str, Length(1, 200), Verbatim]
    password: Password
    name: Name
    language: Language = Language.EN
    device: Device = ""


class GiveGrant(Wire):
    """Give a role to a person, everywhere or in one department."""

    person_id: UUID
    role: Role
    department: Code | None = None
