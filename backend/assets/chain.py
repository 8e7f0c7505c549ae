"""The custody chain and the slots of units: what custody, faults and counts write alike."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm.attributes import set_committed_value

from backend.assets import handling
from backend.assets.tables import AssetRow, FaultStepRow, KitRow
from backend.core import prepared
from backend.core.actor import asking, db
from backend.core.clock import now
from backend.core.database import Base, told
from backend.core.feed import THINGS, things, touch
from shared_models.custody import FIRST, Act, CustodyEntry, link


def linked(
    row: AssetRow,
    act: Act,
    *,
    id_: UUID | None = None,
    done_at: datetime | None = None,
    **said: Any,
) -> CustodyEntry:
    """The next entry of the chain of this thing, which is locked, or new; ``append`` writes it.

    ``said`` are fields of ``CustodyEntry``; unit and place are the thing's own unless said. Link it before the change is
    written down: the ledger then pins the chain.
    """
    actor, moment = asking(), now()
    values: dict[str, Any] = {
        "id": id_ or uuid.uuid4(),
        "asset_id": row.id,
        "n": (row.links or 0) + 1,
        "act": act,
        "done_at": done_at or moment,
        "taken_at": moment,
        "by_id": actor.id if actor else None,
        "by": actor.name if actor else "",
        "from_id": None,
        "from_name": "",
        "to_id": None,
        "to_name": "",
        "unit": row.unit,
        "place": row.place,
        "condition": "",
        "signature": "",
        "override": "",
        "fault_id": None,
        "previous": row.chain or FIRST,
        **said,
    }
    entry = CustodyEntry(**values, hash=link(CustodyEntry(**values, hash="").dump()))
    # Written by ``append``, together with the entry: of this the session has nothing left to write.
    set_committed_value(row, "links", entry.n)
    set_committed_value(row, "chain", entry.hash)
    return entry


def append(
    entries: Sequence[CustodyEntry],
    changes: Sequence[Mapping[str, Any]] = (),
    steps: Sequence[FaultStepRow] = (),
) -> None:
    """Write these entries, the newest of as many things, and the lines of change logs and of faults that go with them.

    One statement for all.
    """
    if entries or changes or steps:
        prepared.run_here(
            _APPEND, entries=as_json(entries), changes=json.dumps(changes), steps=rows_as_json(steps)
        )


def rows_as_json(rows: Iterable[Base]) -> str:
    """Rows as one JSON array, as ``jsonb_populate_recordset`` reads it."""
    return json.dumps([told(row) for row in rows])


def as_json(entries: Sequence[CustodyEntry]) -> str:
    """Entries as one JSON array, as ``jsonb_populate_recordset`` reads it."""
    return json.dumps([entry.dump() for entry in entries])


_APPEND = text("""
    WITH said AS (
        SELECT * FROM jsonb_populate_recordset(CAST(NULL AS custody_entry), CAST(:entries AS jsonb))
    ), written AS (
        INSERT INTO custody_entry SELECT * FROM said
    ), logged AS (
        INSERT INTO asset_change
        SELECT * FROM jsonb_populate_recordset(CAST(NULL AS asset_change), CAST(:changes AS jsonb))
    ), stepped AS (
        INSERT INTO fault_step
        SELECT * FROM jsonb_populate_recordset(CAST(NULL AS fault_step), CAST(:steps AS jsonb))
    )
    UPDATE asset SET links = said.n, chain = said.hash FROM said WHERE asset.id = said.asset_id
""")


# ── units and their slots ────────────────────────────────────────────────────────────────────────────────


def locked_kits(*ids: UUID | None) -> dict[UUID, KitRow]:
    """These kits, locked after their things."""
    wanted = {id_ for id_ in ids if id_}
    return {row.id: row for row in db().scalars(handling.kits_locked(wanted))} if wanted else {}


def leave_slot(row: AssetRow, kits: Mapping[UUID, KitRow]) -> None:
    """Take a thing out of the slot in which it is, if it is in one."""
    if row.kit_id and (kit := kits.get(row.kit_id)):
        reslot(kit, {slot["id"]: None for slot in kit.slots if slot["asset_id"] == str(row.id)})
        recarry(kit, row.id, None)
    row.kit_id, row.unit = None, ""


def reslot(kit: KitRow, put: dict[str, str | None]) -> None:
    """Let these slots of a locked kit hold these things."""
    if put:
        kit.slots = [{**slot, "asset_id": put.get(slot["id"], slot["asset_id"])} for slot in kit.slots]
        kit.version, kit.updated_at = kit.version + 1, now()
        touch({THINGS, things(kit.department)}, "kit", kit.id)


def recarry(kit: KitRow, was: UUID, now_by: UUID | None) -> None:
    """Let a locked kit that was carried by this thing be carried by that one, or by nothing."""
    if kit.asset_id == was:
        kit.asset_id = now_by
        kit.version, kit.updated_at = kit.version + 1, now()
        touch({THINGS, things(kit.department)}, "kit", kit.id)
