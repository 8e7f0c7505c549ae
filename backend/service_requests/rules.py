"""Decisions about requests that need no database."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from backend.core.problems import Invalid, Refused
from backend.service_requests.tables import RequestRow, RequestTypeRow
from shared_models.basics import Language
from shared_models.problems import FieldError
from shared_models.service_requests import NEXT, Box, CloseReason, CloseRequest, OpenRequest, Outcome, Status


def refuse_step(row: RequestRow, to: Status) -> None:
    """Refuse a step that can't follow: two people at two desks should learn of each other."""
    if to not in NEXT[row.status] or (row.status is Status.CLOSED):
        raise Refused("request-not-open", f"This request is {row.status}.", ids=[row.id])


def refuse_type(kind: RequestTypeRow, wish: OpenRequest, *, named: bool, language: Language) -> None:
    """Refuse what the city does not do itself, what needs an account, and what needs a place and has none."""
    if kind.outcome is not Outcome.HANDLED:
        reason = kind.reason_es if language is Language.ES else kind.reason_en
        raise Refused("not-handled-here", with_contacts(reason, kind.contacts, language), at="/type")
    if not kind.anonymous and not named:
        raise Refused("account-needed", "Sign in, so that the city knows whose matter it is.", at="/type")
    if kind.place_needed and wish.where is None:
        raise Refused("place-needed", "Say where it is.", at="/where")
    if wish.where is None and not wish.description and not wish.photos:
        raise Invalid(FieldError(pointer="/description", detail="Say in a few words what it is about."))


def with_contacts(words: str, contacts: Iterable[dict[str, str]], language: Language) -> str:
    """The words, and behind them whom to call, each with a telephone number."""
    name = f"name_{'es' if language is Language.ES else 'en'}"
    called = [f"{contact[name]}: {contact['telephone']}." for contact in contacts if contact["telephone"]]
    return " ".join([words, *called]).strip()


def refuse_empty(box: Box) -> None:
    """Refuse a box whose edges are the wrong way round: it could hold nothing."""
    if box.west > box.east:
        raise Invalid(FieldError(pointer="?west", detail="West of east, please."))
    if box.south > box.north:
        raise Invalid(FieldError(pointer="?south", detail="South of north, please."))


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
