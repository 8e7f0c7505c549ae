"""A full car as a phone knows it: what belongs in it, the templates of it, what is due of it; and its readiness."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from backend.checks.templates import read_defaults
from shared_models.assets import Asset, AssetKind, AssetState, DataClass, Severity
from shared_models.checks import Level, Readiness, Reason, ReasonCode, Schedule, Shift
from shared_models.faults import Fault, FaultState
from shared_models.kits import Kit, KitSlot
from shared_models.templates import CheckTemplate, TemplateState

SPACE = UUID("5b0e8d0e-6f0f-4c8e-9f57-0d9b6f2a7a10")
MDT, MOBILE, BODY, DASH, PORTABLE, CAR = (
    AssetKind.MDT, AssetKind.MOBILE_RADIO, AssetKind.BODY_CAMERA, AssetKind.DASH_CAMERA, AssetKind.PORTABLE_RADIO,
    AssetKind.VEHICLE,
)  # fmt: skip
NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
CITY = ZoneInfo("America/Chicago")


def id_of(name):
    return uuid5(SPACE, name)


DEFAULTS = read_defaults()
TEMPLATES = tuple(
    CheckTemplate(
        id=id_of(wish.code), code=wish.code, version=1, state=TemplateState.IN_FORCE, kind=wish.kind, name_en=wish.name_en,
        name_es=wish.name_es, lines=wish.lines, updated_at=NOW,
    )
    for wish, _ in DEFAULTS
)  # fmt: skip
"""Those that the product comes with."""
SCHEDULES = tuple(
    Schedule(
        id=id_of(f"{wish.template} {wish.cadence} {wish.kits}"), template=wish.template, cadence=wish.cadence,
        department=wish.department, kits=wish.kits, active=wish.active, updated_at=NOW,
    )
    for _, due in DEFAULTS
    for wish in due
)  # fmt: skip


def thing(tag, kind, **more):
    values = {
        "model_id": None, "serial": f"SN-{tag}", "name": "", "department": "police", "state": AssetState.IN_USE,
        "data_class": DataClass.INTERNAL, "fields": {}, "pool": False, "holder_id": None, "holder": "", "kit_id": None,
        "unit": "", "place": "", "where": None, "seen_at": None, "battery": None, "battery_health": None, "firmware": "",
        "patched_on": None, "support_until_on": None, "worst_fault": None, "faults": 0, "note": "",
        "made_at": NOW - timedelta(days=400), "updated_at": NOW, "version": 1,
    }  # fmt: skip
    return Asset(**values | {"id": id_of(tag), "tag": tag, "kind": kind} | more)


def slot(name, kind, of="", **more):
    return KitSlot(
        id=id_of(f"slot {name} {of}"), name=name, kind=kind, asset_id=id_of(of) if of else None, **more
    )


def kit(code, *slots, name="", car="", department="police"):
    return Kit(
        id=id_of(f"kit {code}"), code=code, name=name or code, department=department, asset_id=id_of(car) if car else None,
        slots=slots, retired=False, updated_at=NOW, version=1,
    )  # fmt: skip


def shift_hours(now):
    """When two shifts of twelve hours begin, the first an hour or two ago: its end is not asked for yet at any hour."""
    first = now - timedelta(hours=1)
    return f"{first:%H}:00", f"{first + timedelta(hours=12):%H}:00"


def full_car(me):
    """(kind, value) of everything on the phone of somebody who drives unit 21."""
    unit = kit(
        "P-21", slot("MDT", MDT, "WU-0101"), slot("Mobile radio", MOBILE, "WU-0102"), slot("Dash camera", DASH, "WU-0103"),
        slot("Body camera", BODY, personal=True), slot("Spare radio", PORTABLE, required=False),
        name="Patrol 21", car="WU-0100",
    )  # fmt: skip
    other = kit("P-22", slot("MDT", MDT, "WU-0201"), name="Patrol 22", car="WU-0200")
    member = {"kit_id": unit.id, "unit": unit.code}
    things = [
        thing("WU-0100", CAR, name="P-21"), thing("WU-0101", MDT, **member), thing("WU-0102", MOBILE, **member),
        thing("WU-0103", DASH, **member), thing("WU-0200", CAR, name="P-22"),
        thing("WU-0201", MDT, kit_id=other.id, unit=other.code), thing("WU-0104", BODY, holder_id=me, holder="Me"),
        *(thing(f"WU-09{n:02}", MDT, pool=True, state=AssetState.STOCK, place="Cage") for n in (1, 2)),
        thing("WU-0910", BODY, pool=True, state=AssetState.STOCK, place="Cage"),
    ]  # fmt: skip
    shifts = [
        Shift(id=id_of(f"shift {code}"), department="police", code=code, name_en=code, name_es=code, starts=starts,
              hours=12, updated_at=NOW)
        for code, starts in zip(("day", "night"), shift_hours(datetime.now(CITY)), strict=True)
    ]  # fmt: skip
    return [
        *(("check_template", one) for one in TEMPLATES), *(("kit", one) for one in (unit, other)),
        *(("asset", one) for one in things), *(("check_schedule", one) for one in SCHEDULES),
        *(("shift", one) for one in shifts),
    ]  # fmt: skip


def reason(code, level, name="", detail="", hours=3, **more):
    now = datetime.now(UTC)
    return Reason(
        code=code, level=level, name=name, detail=detail, since_at=now - timedelta(hours=hours), **more
    )


def readiness(kit_, level, *reasons, name=None, department="police"):
    now = datetime.now(UTC)
    return Readiness(
        id=kit_ if isinstance(kit_, UUID) else id_of(f"kit {kit_}"), unit=str(name or kit_), name=f"Patrol {str(name or kit_)[-2:]}",
        department=department, level=level, reasons=reasons, since_at=now - timedelta(hours=5),
        checked_at=now - timedelta(hours=9), checked_by="Ann Garcia-Whitfield", updated_at=now,
    )  # fmt: skip


def a_board():
    """Units in each state."""
    red, amber, green = Level.RED, Level.AMBER, Level.GREEN
    return [
        ("readiness", one)
        for one in (
            readiness("P-22", red, reason(ReasonCode.CRITICAL_FAULT, red, "MDT", asset_id=id_of("WU-0201")),
                      reason(ReasonCode.OVERDUE, amber)),
            readiness("E-1", red, reason(ReasonCode.MISSING, red, "Portable radio 2"), department="fire"),
            readiness("P-21", amber, reason(ReasonCode.BATTERY_WEAK, amber, "Body camera", "61")),
            readiness("L-1", amber, reason(ReasonCode.CERTIFICATE, amber, "Ladder", "2026-12-10"), department="fire"),
            *(readiness(f"P-{n}", green) for n in range(23, 29)),
        )
    ]  # fmt: skip


def a_fault(**more):
    now = datetime.now(UTC)
    values = {
        "id": uuid4(), "number": "F-000123", "asset_id": id_of("WU-0201"), "tag": "WU-0201", "department": "police",
        "kit_id": id_of("kit P-22"), "unit": "P-22", "severity": Severity.CRITICAL, "state": FaultState.OPEN,
        "words": "The screen stays black after the dock light turns green.", "line": "mdt:boots", "check_id": None,
        "photos": (), "reported_at": now - timedelta(hours=3), "reporter_id": None, "reporter": "Ann", "worker_id": None,
        "worker": "", "replacement_id": None, "approved": False, "sanitised": False, "vendor": "", "rejected": 0,
        "updated_at": now, "closed_at": None, "version": 1,
    }  # fmt: skip
    return Fault(**values | more)


def put(store, values, audience="scene"):
    """Let a phone have been told these."""
    rows = [(kind, str(one.id), json.dumps(one.dump())) for kind, one in values]
    with store.db() as db:
        db.executemany(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?, 0)", [(audience, k, i) for k, i, _ in rows]
        )
        db.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", rows)
    store._touch()
