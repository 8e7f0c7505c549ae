"""Decisions about requests that need no database."""

from datetime import datetime, timedelta

from backend.core.problems import Invalid, Refused
from backend.service_requests.tables import RequestRow, RequestTypeRow
from shared_models.problems import FieldError
from shared_models.service_requests import NEXT, CloseReason, CloseRequest, OpenRequest, Outcome, Status


def refuse_step(row: RequestRow, to: Status) -> None:
    """Refuse a step that can't follow: two people at two desks should learn of each other."""
    if to not in NEXT[row.status] or (row.status is Status.CLOSED):
        raise Refused("request-not-open", f"This request is {row.status}.", ids=[row.id])


def refuse_type(kind: RequestTypeRow, wish: OpenRequest, *, named: bool) -> None:
    """Refuse what the city does not do itself, what needs an account, and what needs a place and has none."""
    if kind.outcome is not Outcome.HANDLED:
        whom = "; ".join(f"{c['name_en']} {c['telephone']}".strip() for c in kind.contacts)
        raise Refused("not-handled-here", f"{kind.reason_en} {whom}".strip())
    if not kind.anonymous and not named:
        raise Refused("account-needed", "Sign in, so that the city knows whose matter it is.")
    if kind.place_needed and wish.where is None:
        raise Refused("place-needed", "Say where it is.")
    if wish.where is None and not wish.description and not wish.photos:
        raise Invalid(FieldError(pointer="/description", detail="Say in a few words what it is about."))


def refuse_bare_close(wish: CloseRequest) -> None:
    """Refuse to close without a word what was not fixed: people are told why."""
    if wish.reason is not CloseReason.FIXED and not wish.words:
        raise Invalid(FieldError(pointer="/words", detail="Say why, for whoever made the request."))


def answer_until(kind: RequestTypeRow, closed_at: datetime) -> datetime:
    """Until when whoever made a request may say that it is not fixed."""
    return closed_at + timedelta(days=kind.reopen_days)


def number(year: int, count: int) -> str:
    """What people say on the telephone: ``26-001234``."""
    return f"{year % 100:02d}-{count:06d}"
