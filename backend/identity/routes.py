"""Identity over HTTP."""

from uuid import UUID

from backend.core.actor import me
from backend.core.bodies import caller_address
from backend.core.http import PUBLIC, Blueprint
from backend.identity import actions, queries, staff, tries
from backend.identity.tables import GrantRow
from shared_models.identity import (
    AcceptInvitation,
    ChangeMe,
    ChangePassword,
    ClaimCode,
    ClaimPhone,
    Colleagues,
    Departments,
    GiveGrant,
    GrantHeld,
    InvitationSent,
    Invite,
    Me,
    Refresh,
    RegisterPhone,
    SessionsOpen,
    SignIn,
    SignUp,
    Tokens,
)
from shared_models.permissions import Permission

blp = Blueprint("identity", __name__, url_prefix="/v1", description="People, phones, sign-in and roles.")


@blp.post("/identity/phones", permit=PUBLIC)
@blp.arguments(RegisterPhone.Schema)
@blp.response(200, Tokens.Schema)
def register_phone(body: RegisterPhone) -> Tokens:
    """Let a phone in that has no account. Its id and secret are its own, made offline; again is harmless."""
    tries.limit_phones(caller_address())
    return actions.register_phone(body)


@blp.post("/identity/accounts", permit=PUBLIC)
@blp.arguments(SignUp.Schema)
@blp.response(201, Tokens.Schema)
def sign_up(body: SignUp) -> Tokens:
    """Make an account and sign in."""
    tries.limit_accounts(caller_address())
    return actions.sign_up(body)


@blp.post("/identity/sessions", permit=PUBLIC)
@blp.arguments(SignIn.Schema)
@blp.response(201, Tokens.Schema)
def sign_in(body: SignIn) -> Tokens:
    """Sign in to an account."""
    return actions.sign_in(body, caller_address())


@blp.post("/identity/refresh", permit=PUBLIC)
@blp.arguments(Refresh.Schema)
@blp.response(200, Tokens.Schema)
def refresh(body: Refresh) -> Tokens:
    """New tokens for the refresh token; the caller names the one to follow, so a lost answer costs nothing."""
    return actions.refresh(body)


@blp.get("/identity/sessions", permit=Permission.SELF_READ)
@blp.response(200, SessionsOpen.Schema)
def list_sessions() -> SessionsOpen:
    """Where you are signed in."""
    return queries.told_sessions(me())


@blp.delete("/identity/sessions/<uuid:id>", permit=Permission.SELF_CHANGE)
@blp.response(204)
def end_session(id: UUID) -> None:
    """Sign out somewhere else."""
    actions.end_session(id)


@blp.post("/identity/sign-out", permit=Permission.SELF_CHANGE, takes_key=False)
@blp.response(204)
def sign_out() -> None:
    """End this session: its tokens stop working at once."""
    actions.sign_out()


@blp.get("/me", permit=Permission.SELF_READ)
@blp.response(200, Me.Schema)
def get_me() -> Me:
    """Who you are here, and what you may do."""
    return queries.told_me(me())


@blp.patch("/me", permit=Permission.SELF_CHANGE)
@blp.arguments(ChangeMe.Schema)
@blp.response(200, Me.Schema)
def change_me(body: ChangeMe) -> Me:
    """Change your name or language."""
    actions.change_me(body)
    return queries.told_me(me())


@blp.post("/me/password", permit=Permission.SELF_CHANGE, takes_key=False)
@blp.arguments(ChangePassword.Schema)
@blp.response(204)
def change_password(body: ChangePassword) -> None:
    """A new password; all your other sessions end."""
    actions.change_password(body)


@blp.post("/identity/claim-codes", permit=Permission.SELF_CHANGE, takes_key=False)
@blp.response(201, ClaimCode.Schema)
def make_claim_code() -> ClaimCode:
    """A code that brings what this phone reported without an account to another phone."""
    return actions.make_claim_code()


@blp.post("/identity/claim", permit=Permission.PHONE_CLAIM)
@blp.arguments(ClaimPhone.Schema)
@blp.response(204)
def claim_phone(body: ClaimPhone) -> None:
    """Move what a phone reported without an account into yours, by its secret or by a claim code."""
    actions.claim_phone(body)


@blp.get("/identity/departments", permit=PUBLIC)
@blp.response(200, Departments.Schema)
def list_departments() -> Departments:
    """The city's departments."""
    return queries.told_departments()


@blp.get("/identity/colleagues", permit=Permission.PERSON_LIST)
@blp.response(200, Colleagues.Schema)
def list_colleagues() -> Colleagues:
    """Those whom you may give work to."""
    return queries.told_colleagues(me())


@blp.post("/identity/invitations", permit=Permission.PERSON_INVITE)
@blp.arguments(Invite.Schema)
@blp.response(201, InvitationSent.Schema)
def invite(body: Invite) -> InvitationSent:
    """Ask somebody to join the staff in a role. The token is told here and nowhere else."""
    return staff.invite(body)


@blp.post("/identity/invitations/accept", permit=PUBLIC)
@blp.arguments(AcceptInvitation.Schema)
@blp.response(201, Tokens.Schema)
def accept_invitation(body: AcceptInvitation) -> Tokens:
    """Take up an invitation: makes the account, or adds the role to the one with this e-mail.

    An account without a role is opened with the invitation alone and gets the password and name given here; one that
    holds a role asks for its own password.
    """
    tries.limit_accounts(caller_address())
    return staff.accept_invitation(body, caller_address())


@blp.post("/identity/grants", permit=Permission.GRANT_GIVE)
@blp.arguments(GiveGrant.Schema)
@blp.response(201, GrantHeld.Schema)
def give_grant(body: GiveGrant) -> GrantRow:
    """Give a role to a person, everywhere or in one department."""
    return staff.give_grant(body)


@blp.delete("/identity/grants/<uuid:id>", permit=Permission.GRANT_GIVE)
@blp.response(204)
def end_grant(id: UUID) -> None:
    """Take a role back; it works with their next request."""
    staff.end_grant(id)


@blp.post("/identity/people/<uuid:id>/disable", permit=Permission.PERSON_DISABLE)
@blp.response(204)
def disable_person(id: UUID) -> None:
    """Put a person out at once, everywhere."""
    staff.disable_person(id)
