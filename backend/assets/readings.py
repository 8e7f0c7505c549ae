"""What was last seen of things: their charge, their firmware, where they were."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from backend.core import prepared
from backend.core.clock import now
from backend.core.feed import THINGS, person, things, touch
from shared_models.basics import Point


def tag_of(id_: UUID) -> str:
    """What stands on the label of a thing; empty for one that there is not."""
    rows = prepared.run_here(_TAG, id=id_)
    return str(rows[0][0]) if rows else ""


_TAG = text("SELECT tag FROM asset WHERE id = :id")


@dataclass(frozen=True)
class Reading:
    """What somebody saw of a thing when they looked at it; None: they did not look."""

    asset_id: UUID
    at: datetime
    battery: int | None = None
    battery_health: int | None = None
    firmware: str | None = None
    patched_on: str | None = None
    """A day, as the wire writes it."""
    where: Point | None = None


def take_readings(readings: Collection[Reading]) -> None:
    """Let things say what was last seen of them, in one statement. What was seen earlier than what they say changes nothing.

    All of them are locked by it, in the order in which everybody locks things.
    Their change log is not written: a check that was done is the record of its readings.
    """
    if not readings:
        return
    said = [
        {
            "id": str(each.asset_id),
            "at": each.at.isoformat(),
            "battery": each.battery,
            "battery_health": each.battery_health,
            "firmware": each.firmware,
            "patched_on": each.patched_on,
            "place": f"SRID=4326;POINT({each.where.lon:.6f} {each.where.lat:.6f})" if each.where else None,
        }
        for each in readings
    ]
    for id_, department, holder_id in prepared.run_here(_READ, said=json.dumps(said), now=now()):
        holds = {person(holder_id)} if holder_id else set()
        touch({THINGS, things(department), *holds}, "asset", id_)


_READ = text("""
    WITH said AS (
        SELECT * FROM jsonb_to_recordset(CAST(:said AS jsonb)) AS said(
            id uuid, at timestamptz, battery integer, battery_health integer, firmware text, patched_on date, place text
        )
    ), locked AS (
        SELECT asset.id, asset.seen_at FROM asset JOIN said USING (id) ORDER BY asset.id FOR UPDATE OF asset
    )
    UPDATE asset SET
        battery = coalesce(said.battery, asset.battery),
        battery_health = coalesce(said.battery_health, asset.battery_health),
        firmware = coalesce(said.firmware, asset.firmware),
        patched_on = coalesce(said.patched_on, asset.patched_on),
        "where" = coalesce(CAST(said.place AS geometry), asset."where"),
        seen_at = said.at, updated_at = :now, version = asset.version + 1
    FROM said JOIN locked USING (id) WHERE asset.id = said.id AND coalesce(locked.seen_at < said.at, true)
    RETURNING asset.id, asset.department, asset.holder_id
""")
