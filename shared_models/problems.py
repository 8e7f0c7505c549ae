"""What can go wrong, by name. The phone switches on these and never on words (RFC 9457)."""

from typing import Annotated
from uuid import UUID

from shared_models.wire import Wire

# Each type with its status and title.
TYPES: dict[str, tuple[int, str]] = {
    "invalid": (422, "Something in the request is not as it must be."),
    "malformed": (400, "The request can't be read."),
    "sign-in": (401, "Please sign in."),
    "wrong-credentials": (401, "E-mail or password is wrong."),
    "session-ended": (401, "This session has ended. Please sign in again."),
    "forbidden": (403, "You may not do this."),
    "not-found": (404, "There is no such thing, or you may not see it."),
    "method-not-allowed": (405, "This can't be done to this thing."),
    "not-acceptable": (406, "The answer can't be given in that form."),
    "already-there": (409, "This exists already."),
    "key-reused": (409, "This idempotency key was used for another request."),
    "changed-meanwhile": (409, "Somebody changed this meanwhile."),
    "request-not-open": (409, "This request can't take that step now."),
    "answer-too-late": (409, "The time to answer is over."),
    "outside-city": (409, "That place is outside the city."),
    "not-handled-here": (409, "The city does not do this itself."),
    "place-needed": (409, "This kind of request needs a place."),
    "account-needed": (409, "This kind of request needs an account."),
    "photo-missing": (409, "A photo has not arrived yet."),
    "photo-differs": (409, "Another photo has this id."),
    "phone-differs": (409, "Another phone has this id."),
    "invitation-ended": (409, "This invitation was used or has expired."),
    "claim-code-ended": (409, "This code was used or has expired."),
    "account-signed-in": (409, "This phone has an account."),
    "alert-needs-second": (409, "Somebody else must publish what you wrote."),
    "alert-not-ready": (409, "This alert can't go out as it is."),
    "alert-over": (409, "This alert is over."),
    "mail-code-ended": (409, "This code is wrong, was used or has expired."),
    "channel-off": (409, "This city has not set up that channel."),
    "not-to-be-handed-out": (409, "This can't be handed out now."),
    "not-in-hand": (409, "Somebody else has this, or nobody."),
    "state-not-next": (409, "That does not follow from how it is now."),
    "count-closed": (409, "This count is closed."),
    "template-unknown": (409, "There is no such version of this template."),
    "settled-already": (409, "Somebody settled this already."),
    "import-refused": (409, "Nothing was taken over: some lines are wrong."),
    "feed-elsewhere": (409, "This place is of another history. Please begin anew."),
    "webhook-held": (409, "This webhook posts nothing now."),
    "last-admin": (409, "Somebody must be left to administer."),
    "version-differs": (412, "This is not the version that you saw."),
    "version-needed": (428, "Say which version you saw (If-Match)."),
    "length-needed": (411, "The length of what is sent must be said."),
    "too-large": (413, "That is too large."),
    "media-type": (415, "That kind of content is not taken here."),
    "not-a-photo": (422, "This file is not a photo that can be read."),
    "upgrade": (426, "This app is too old. Please update it; what waits is kept."),
    "slow-down": (429, "Too many tries. Please wait."),
    "fault": (500, "Something went wrong on our side."),
    "unavailable": (503, "The service is not available right now."),
}


class FieldError(Wire):
    """One thing that is wrong: where (a JSON pointer, or ``?name`` in a query) and what."""

    pointer: str
    detail: str


class Problem(Wire):
    """An error that a caller may act on: ``application/problem+json``."""

    type: Annotated[str, "A stable name from the list of problems."]
    title: Annotated[str, "The same words for every problem of this type."]
    status: int
    detail: Annotated[str, "What is wrong this time."] = ""
    errors: tuple[FieldError, ...] = ()
    ids: Annotated[tuple[UUID, ...], "The things that it is about, where there are some."] = ()
    request_id: Annotated[str, "Tell us this if you ask about it."] = ""
