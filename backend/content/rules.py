"""What an alert must be before it goes out; pure decisions, no database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from backend.content.tables import AlertRow
from backend.core.problems import Invalid, Refused
from shared_models.content import FEWEST_CORNERS, AlertAudience, AlertState, WriteAlert
from shared_models.problems import FieldError

LONGEST = timedelta(days=30)
"""An alert is for what is so now; what holds for longer is news."""
SHORTEST = timedelta(minutes=5)


def undrawn(row: AlertRow) -> bool:
    """Whether it is for an area, and that has no corners enough to be one."""
    return row.audience is not AlertAudience.ALL and len(row.area) < FEWEST_CORNERS


UNDRAWN = "Draw the area: at least three corners."


def refuse_odd(wish: WriteAlert) -> None:
    """Refuse what can't be meant, in a draft too: an audience without its zone, or with somebody else's area."""
    zone, area = wish.audience is AlertAudience.ZONE, wish.audience is AlertAudience.AREA
    errors = [
        FieldError(pointer=f"/{name}", detail="One line: it stands on locked screens.")
        for name in ("headline_en", "headline_es")
        if len(getattr(wish, name).splitlines()) > 1
    ]
    if zone != (wish.zone is not None):
        errors.append(
            FieldError(pointer="/zone", detail="Name the zone." if zone else "Only with the audience zone.")
        )
    if wish.area and not area:
        errors.append(FieldError(pointer="/area", detail="Only with the audience area."))
    if errors:
        raise Invalid(*errors)


def lacks(row: AlertRow, moment: datetime) -> Iterator[FieldError]:
    """What is missing, or wrong, before it may go out."""
    for name in ("headline_en", "headline_es", "text_en", "text_es"):
        if not getattr(row, name):
            yield FieldError(pointer=f"/{name}", detail="Everybody is to read it: say it in both languages.")
    if undrawn(row):
        yield FieldError(pointer="/area", detail=UNDRAWN)
    if row.expires_at < moment + SHORTEST:
        yield FieldError(pointer="/expires_at", detail="This is over before anybody reads it.")
    elif row.expires_at > moment + LONGEST:
        yield FieldError(pointer="/expires_at", detail="At most 30 days from now.")


def refuse_over(row: AlertRow, moment: datetime) -> None:
    """Refuse to say anything more of what was cancelled, or is out and over its time."""
    out = row.state is AlertState.PUBLISHED
    if row.state is AlertState.CANCELLED or (out and not row.changed and row.expires_at <= moment):
        raise Refused("alert-over", "Write a new one.", ids=[row.id])
