"""What identity announces. Ids and codes only."""

from typing import ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.basics import Code
from shared_models.identity import Role
from shared_models.wire import WireEnum


class EndReason(WireEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed-out"
    TOKEN_REUSED = "token-reused"  # noqa: S105 - a reason, no secret
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a reason, no secret
    DISABLED = "disabled"
    CLAIMED = "claimed"
    TAKEN_OVER = "taken-over"


class PhoneRegistered(Event):
    """A phone without an account made itself known."""

    subject: ClassVar[str] = "phone_id"
    for_the_record: ClassVar[bool] = True
    phone_id: UUID


class AccountMade(Event):
    """Somebody made an account."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID


class AccountTakenOver(Event):
    """An account went to whoever was invited by its e-mail, and had another password."""

    subject: ClassVar[str] = "person_id"
    person_id: UUID
    invitation_id: UUID


class SignedIn(Event):
    """Somebody signed in."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID
    session_id: UUID


class SignInFailed(Event):
    """A sign-in failed; ``person_id`` is None where there is no such account."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID | None


class SessionEnded(Event):
    """A session ended."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID
    session_id: UUID
    reason: EndReason


class PhoneClaimed(Event):
    """What a phone without an account had reported went to an account."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID
    phone_id: UUID


class PersonInvited(Event):
    """Somebody was asked to join the staff."""

    subject: ClassVar[str] = "invitation_id"
    for_the_record: ClassVar[bool] = True
    invitation_id: UUID
    role: Role
    department: Code | None


class GrantGiven(Event):
    """A person got a role."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID
    grant_id: UUID
    role: Role
    department: Code | None


class GrantEnded(Event):
    """A role was taken back."""

    subject: ClassVar[str] = "person_id"
    for_the_record: ClassVar[bool] = True
    person_id: UUID
    grant_id: UUID
    role: Role
    department: Code | None


class PersonDisabled(Event):
    """A person may not come in any more."""

    subject: ClassVar[str] = "person_id"
    person_id: UUID
