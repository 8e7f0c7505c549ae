"""The inbox: what somebody scanned, found or saw broken, with an account or without; it stays until it is settled.

What a finder says, and how they can be reached, is told to those who keep the register and to nobody else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.assets import faults, fitness, handling, queries
from backend.assets.events import SightingSettled, SightingTaken
from backend.assets.faults import FaultFound
from backend.assets.tables import AssetPhotoRow, AssetRow, SightingRow
from backend.core.actor import asking, db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, Refused
from shared_models.assets import plain_code, tag_of
from shared_models.faults import SettleSighting, Sight, SightingKind, SightTaken
from shared_models.permissions import Permission
from shared_models.problems import FieldError

if TYPE_CHECKING:
    from shared_models.custody import Counted

PER_PERSON, PER_ADDRESS = 100, 1000
"""Labels that one person, and one address, may report in a day."""


def limit_sightings(address: str) -> None:
    """Count a label that is reported, by person and by address. Raises TooMany."""
    day = timedelta(days=1)
    count_tries(
        house().database,
        Limit("sighting", str(me().id), PER_PERSON, day),
        Limit("sighting-address", address, PER_ADDRESS, day),
    )


def take(wish: Sight) -> SightTaken:
    """Take in what somebody says of a label, signed in or not. The same id from the same person again is the same."""
    actor = asking()
    moment = fitness.moment_done(wish.done_at, now())
    code = plain_code(tag_of(wish.code))
    row = SightingRow(
        id=wish.id,
        kind=wish.kind,
        code=wish.code,
        asset_id=db().scalar(handling.labelled(code)) if code else None,
        words=wish.words,
        contact=wish.contact,
        where=wish.where,
        at=moment,
        by_id=actor.id if actor else None,
        by_staff=bool(actor and actor.may(Permission.ASSET_READ)),
    )
    if not insert(row, unless_there="id"):
        known = db().get_one(SightingRow, wish.id)
        said = (row.by_id, wish.kind, wish.code, wish.words, wish.contact)
        if (known.by_id, known.kind, known.code, known.words, known.contact) != said:
            raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
        return SightTaken(id=known.id, at=known.at)
    faults.hold_photos(wish.photos, sighting_id=row.id)
    record(SightingTaken(sighting_id=row.id, sighting=row.kind, asset_id=row.asset_id))
    return SightTaken(id=row.id, at=row.at)


def unknown_scans(scans: "Mapping[UUID, tuple[Counted, datetime]]") -> None:
    """Keep what staff scanned and nobody knows, each under an id that is the same when it comes again."""
    if scans:
        unknown = upsert(SightingRow).on_conflict_do_nothing()
        rows = [
            {
                "id": id_,
                "kind": SightingKind.UNKNOWN,
                "code": scan.code,
                "words": "",
                "contact": "",
                "where": scan.where,
                "at": at,
                "by_id": me().id,
                "by_staff": True,
            }
            for id_, (scan, at) in scans.items()
        ]
        db().connection().execute(unknown, rows)


def settle(id_: UUID, wish: SettleSighting) -> SightingRow:
    """Say what came of it, once; where that is a fault, it is opened with the finder's photos."""
    row = one(handling.sightings_visible_to(me()).where(SightingRow.id == id_).with_for_update())
    if row.settled_at is not None:
        if (row.settled_by_id, row.outcome) != (me().id, wish.words):
            raise Refused("settled-already", f"{row.settled_by}: {row.outcome}", ids=[row.id])
        return row
    if wish.asset_id and not db().scalar(queries.visible_to(me()).where(AssetRow.id == wish.asset_id)):
        raise Invalid(FieldError(pointer="/asset_id", detail="There is no such thing."))
    row.asset_id = wish.asset_id or row.asset_id
    if wish.fault_id:
        open_fault(row, wish)
    row.settled_at, row.settled_by_id, row.settled_by = now(), me().id, me().name
    row.outcome, row.version = wish.words, row.version + 1
    record(SightingSettled(sighting_id=row.id, asset_id=row.asset_id, fault_id=wish.fault_id))
    return row


def open_fault(row: SightingRow, wish: SettleSighting) -> None:
    """Open the fault that a finder saw, and let it show their photos."""
    if row.asset_id is None:
        raise Invalid(FieldError(pointer="/asset_id", detail="Of which thing?"))
    if wish.fault_id is None or wish.severity is None:
        raise Invalid(FieldError(pointer="/severity", detail="How bad is it?"))
    faults.open_faults([FaultFound(wish.fault_id, row.asset_id, wish.severity, wish.words)])
    shown = {"fault_id": wish.fault_id, "step_id": wish.fault_id}
    db().execute(update(AssetPhotoRow).where(AssetPhotoRow.sighting_id == row.id).values(**shown))


def move_owner(from_id: UUID, to_id: UUID, _same_phone: bool) -> None:
    """Let what a phone without an account reported be an account's."""
    db().execute(update(SightingRow).where(SightingRow.by_id == from_id).values(by_id=to_id))
