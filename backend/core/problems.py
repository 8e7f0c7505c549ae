"""A problem is an error that a caller may act on. Raised anywhere, answered in one place (RFC 9457)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from shared_models.problems import TYPES, FieldError, Problem


class ProblemError(Exception):
    """Ends the request with a problem document; everything that it did is rolled back.

    ``at`` names the field that it is about, as a JSON pointer. With ``keep`` what it did stays: a session that a stolen token ends, a failed sign-in in the ledger.
    """

    def __init__(
        self,
        type_: str,
        detail: str = "",
        *,
        at: str = "",
        errors: Iterable[FieldError] = (),
        ids: Iterable[UUID] = (),
        retry_after: int | None = None,
        keep: bool = False,
    ) -> None:
        super().__init__(f"{type_}: {detail}")
        self.keep = keep
        self.type, self.detail = type_, detail
        self.errors, self.ids, self.retry_after = tuple(errors), tuple(ids), retry_after
        if at:
            self.errors = (*self.errors, FieldError(pointer=at, detail=detail))

    @property
    def status(self) -> int:
        """The HTTP status that goes with the type."""
        return TYPES[self.type][0]

    def document(self, request_id: str) -> Problem:
        """The answer that the caller gets."""
        status, title = TYPES[self.type]
        return Problem(
            type=self.type,
            title=title,
            status=status,
            detail=self.detail,
            errors=self.errors,
            ids=self.ids,
            request_id=request_id,
        )


class Unknown(ProblemError):
    """Nobody we know is asking: no token, or one that is over."""

    def __init__(self, type_: str = "sign-in", detail: str = "") -> None:
        super().__init__(type_, detail)


class Forbidden(ProblemError):
    """We know who asks, and they may not."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("forbidden", detail)


class NotFound(ProblemError):
    """There is no such thing for this person. We don't say whether there is one for others."""

    def __init__(self) -> None:
        super().__init__("not-found")


class Refused(ProblemError):
    """A rule says no, now; ``type_`` names it."""


class Invalid(ProblemError):
    """Something that was sent is wrong in itself; each error names its place."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("invalid", errors=errors)


class TooMany(ProblemError):
    """Slow down: try again after this many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("slow-down", f"Try again in {retry_after} s.", retry_after=retry_after)


def field_errors(messages: Any, pointer: str = "") -> list[FieldError]:
    """Turn marshmallow's nested messages into JSON pointers (RFC 6901), one per wrong field."""
    if isinstance(messages, dict):
        found: list[FieldError] = []
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + shown(str(key)).replace("~", "~0").replace("/", "~1")
            found += field_errors(inner, pointer + step)
        return found
    if isinstance(messages, list):
        return [FieldError(pointer=pointer or "/", detail=str(words)) for words in messages]
    return [FieldError(pointer=pointer or "/", detail=str(messages))]


def shown(name: str) -> str:
    """The name of a field that a caller made up, so that it can be told: at most 80 signs, and none that can't be seen."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name[:80])
