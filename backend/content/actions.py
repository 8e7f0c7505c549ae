"""Verbs of content: write an alert, publish it, cancel it."""

from datetime import datetime
from uuid import UUID

from backend import maps
from backend.content import queries, rules
from backend.content.events import AlertPublished, AlertWritten
from backend.content.tables import AlertRevisionRow, AlertRow
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.feed import EVERYBODY, SPEAKERS, touch, wake
from backend.core.ledger import record
from backend.core.problems import Invalid, Refused
from shared_models.basics import Point
from shared_models.content import (
    AlertAudience,
    AlertState,
    CancelAlert,
    ChangeAlert,
    DraftAlert,
    PublishAlert,
    WriteAlert,
)
from shared_models.problems import FieldError

SAID = (
    "severity", "headline_en", "headline_es", "text_en", "text_es", "audience", "area", "expires_at",
)  # fmt: skip


def draft_alert(wish: DraftAlert) -> AlertRow:
    """Begin an alert. The same id from the same person again is the same alert, and changes nothing."""
    rules.refuse_odd(wish)
    moment = now()
    row = AlertRow(
        id=wish.id,
        state=AlertState.DRAFT,
        author_id=me().id,
        author=me().name,
        made_at=moment,
        updated_at=moment,
    )
    say(row, wish)
    if not insert(row, unless_there="id"):
        known = one(queries.visible_to(me()).where(AlertRow.id == wish.id))
        if known.author_id != me().id:
            raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
        return known
    written(row)
    return row


def change_alert(id_: UUID, wish: ChangeAlert) -> AlertRow:
    """Change what is written; what is out stays until the change is published."""
    rules.refuse_odd(wish)
    name = me().name
    row = locked(id_, wish.version)
    rules.refuse_over(row, now())
    say(row, wish)
    row.author_id, row.author, row.changed = me().id, name, True
    step(row)
    written(row)
    return row


def publish_alert(id_: UUID, wish: PublishAlert) -> AlertRow:
    """Send what is written. Who wrote it may only in an emergency, and that stands in the ledger."""
    moment, name = now(), me().name
    row = locked(id_, wish.version)
    rules.refuse_over(row, moment)
    if not row.changed:
        return row  # it is out as it is
    if errors := [*rules.lacks(row, moment), *odd_area(row)]:
        raise Refused("alert-not-ready", errors[0].detail, errors=errors, ids=[row.id])
    alone = row.author_id == me().id
    if alone and not wish.emergency:
        raise Refused("alert-needs-second", "Ask a colleague, or say that it is an emergency.", ids=[row.id])
    row.state, row.emergency = AlertState.PUBLISHED, alone
    send(row, name, moment)
    return row


def cancel_alert(id_: UUID, wish: CancelAlert) -> AlertRow:
    """Say that it is over, or was wrong, to everybody who was told. One person may: to stop it must be quick."""
    moment, name = now(), me().name
    row = locked(id_)
    if row.state is not AlertState.PUBLISHED:
        words = "It is no longer out." if row.state is AlertState.CANCELLED else "It never went out."
        raise Refused("alert-over", words, ids=[row.id])
    out = queries.revision_of(row.id, row.revision)
    if out.expires_at <= moment:
        raise Refused("alert-over", "Its time is over.", ids=[row.id])
    for said in SAID:  # what was written since then and never went out is dropped
        setattr(row, said, getattr(out, said))
    row.zone = None if row.audience is not AlertAudience.ZONE or row.changed else row.zone
    row.text_en, row.text_es = wish.text_en, wish.text_es
    row.author_id, row.author = me().id, name
    row.state, row.emergency = AlertState.CANCELLED, False
    send(row, name, moment)
    return row


def send(row: AlertRow, publisher: str, moment: datetime) -> None:
    """Let out what is written as the next revision: everybody reads it, and people are told."""
    row.revision += 1
    row.published_at = row.published_at or moment
    row.publisher_id, row.publisher, row.changed = me().id, publisher, False
    step(row)
    insert(
        AlertRevisionRow(
            id=row.id,
            revision=row.revision,
            state=row.state,
            published_at=row.published_at,
            updated_at=moment,
            **{name: getattr(row, name) for name in SAID},
        )
    )
    record(
        AlertPublished(
            alert_id=row.id,
            revision=row.revision,
            state=row.state,
            severity=row.severity,
            audience=row.audience,
            author_id=row.author_id,
            emergency=row.emergency,
        )
    )
    touch({SPEAKERS}, "staff_alert", row.id)
    wake(EVERYBODY)


def say(row: AlertRow, wish: WriteAlert) -> None:
    """Take over what is to be said. A zone's outline is taken as it is now: a later one changes no alert."""
    for said in SAID:
        setattr(row, said, getattr(wish, said))
    row.zone = wish.zone
    row.area = [corner.dump() for corner in (outline(wish.zone) if wish.zone else wish.area)]


def outline(zone: str) -> tuple[Point, ...]:
    """The outline of a zone. Raises Invalid if the city has none of this name."""
    found = maps.zone_area(zone)
    if found is None:
        raise Invalid(FieldError(pointer="/zone", detail="The city has no such zone."))
    return found


def odd_area(row: AlertRow) -> list[FieldError]:
    """What is wrong with an area that has corners enough."""
    if row.audience is AlertAudience.ALL or rules.undrawn(row):
        return []
    wrong = maps.odd_area(tuple(Point.read(corner) for corner in row.area))
    return [FieldError(pointer="/area", detail=wrong)] if wrong else []


def locked(id_: UUID, version: int | None = None) -> AlertRow:
    """An alert, locked for a change of what was read as this version."""
    row = one(queries.visible_to(me()).where(AlertRow.id == id_).with_for_update(of=AlertRow))
    if version is not None and version != row.version:
        raise Refused("changed-meanwhile", "Look at it again first.", at="/version", ids=[row.id])
    return row


def step(row: AlertRow) -> None:
    """Count the change."""
    row.version += 1
    row.updated_at = now()


def written(row: AlertRow) -> None:
    """Write down that it was written, and let the phones of those who write alerts know."""
    db().flush()
    record(AlertWritten(alert_id=row.id, version=row.version))
    touch({SPEAKERS}, "staff_alert", row.id)
