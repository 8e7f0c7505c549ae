"""Dates and instants as RFC 3339 writes them, and stretches of time."""

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, cast, literal_column
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.types import DateTime

from backend.maps.ogc.crs import wrong

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
OPEN = ("..", "")
MOMENT = DateTime(timezone=True)


def day(words: Any, at: str) -> date:
    """A date. Raises Problem("malformed") about ``at``."""
    try:
        if isinstance(words, str) and DAY.fullmatch(words):
            return date.fromisoformat(words)
    except ValueError:
        pass
    raise wrong(f"{str(words)[:40]!r} is no date, as 2026-11-27.", at)


def instant(words: Any, at: str) -> datetime:
    """An instant, in UTC or with its offset. Raises Problem("malformed") about ``at``."""
    try:
        if isinstance(words, str) and INSTANT.fullmatch(words):
            return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", words.upper()))
    except ValueError:
        pass
    raise wrong(f"{str(words)[:40]!r} is no instant, as 2026-11-27T08:00:00Z.", at)


def moment(words: str, at: str) -> date | datetime:
    """A date or an instant. Raises Problem("malformed") about ``at``."""
    return day(words, at) if DAY.fullmatch(words) else instant(words, at)


def last_of(days: ColumnElement[Any]) -> ColumnElement[Any]:
    """The last instant of a day, in SQL."""
    whole = literal_column("interval '1 day' - interval '1 microsecond'", INTERVAL())
    return cast(days, MOMENT) + whole.self_group()
