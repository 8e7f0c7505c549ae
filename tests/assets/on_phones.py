"""Things, models, units and faults as they lie on a phone, with no server behind them."""

import uuid
from datetime import timedelta

from mobile.core.session import utc_now
from shared_models.sync import Change, Changes
from shared_models.wire import instant_text
from tests.make import HERE

RADIO, MDT, CAMERA, CAR = "portable-radio", "mdt", "body-camera", "vehicle"


def moment(**ago):
    return instant_text(utc_now() - timedelta(**ago))


def thing(tag, kind=RADIO, state="stock", **more):
    """A thing; `holder` is (id, name)."""
    holder = more.pop("holder", (None, ""))
    return {
        "id": str(uuid.uuid4()), "tag": tag, "kind": kind, "model_id": None, "serial": f"S-{tag}", "name": "",
        "department": "public-works", "state": state, "data_class": "internal", "fields": {}, "pool": False,
        "holder_id": str(holder[0]) if holder[0] else None, "holder": holder[1], "kit_id": None, "unit": "",
        "place": "IT room, shelf 2", "where": None, "seen_at": None, "battery": None, "battery_health": None,
        "firmware": "", "patched_on": None, "support_until_on": None, "worst_fault": None, "faults": 0, "note": "",
        "made_at": moment(days=90), "updated_at": moment(days=1), "version": 3, **more,
    }  # fmt: skip


def model(kind=RADIO, **more):
    return {
        "id": str(uuid.uuid4()), "kind": kind, "make": "Motorola", "name": "APX 6000", "fields": [], "issue_battery": 60,
        "approved_firmware": "", "patch_days": None, "support_until_on": "2031-12-31", "note": "",
        "updated_at": moment(days=9), "version": 1, **more,
    }  # fmt: skip


def kit(code, **more):
    return {
        "id": str(uuid.uuid4()), "code": code, "name": f"Truck {code}", "department": "public-works", "asset_id": None,
        "slots": [], "retired": False, "updated_at": moment(days=9), "version": 1, **more,
    }  # fmt: skip


def fault(of, severity="major", state="open", **more):
    return {
        "id": str(uuid.uuid4()), "number": "F-26-00012", "asset_id": of["id"], "tag": of["tag"],
        "department": of["department"], "kit_id": of["kit_id"], "unit": of["unit"], "severity": severity, "state": state,
        "words": "No audio on the main talkgroup since last night, also after a restart and with another battery.",
        "line": "", "check_id": None, "photos": [], "reported_at": moment(hours=5), "reporter_id": None,
        "reporter": "Ann Alejandra Montgomery", "worker_id": None, "worker": "", "replacement_id": None,
        "approved": False, "sanitised": False, "vendor": "", "rejected": 0, "updated_at": moment(hours=5),
        "closed_at": None, "version": 1, **more,
    }  # fmt: skip


def promise(of, person, begin, hours, **more):
    """Promised to (id, name), from so many hours on, for so many hours."""
    from_at = utc_now() + timedelta(hours=begin)
    return {
        "id": str(uuid.uuid4()), "asset_id": of["id"], "person_id": str(person[0]), "person": person[1],
        "from_at": instant_text(from_at), "until_at": instant_text(from_at + timedelta(hours=hours)), "note": "",
        "ended_at": None, "version": 1, **more,
    }  # fmt: skip


def put(store, **values):
    """Let the store hold these, by kind, as the sync brings them."""
    changes = tuple(
        Change(audience="sample", kind=kind, id=uuid.UUID(value["id"]), value=value)
        for kind, items in values.items()
        for value in items
    )
    page = Changes(changes=changes, cursor=store.get("cursor"), more=True, restarted=(), dropped=())
    store.take(page, store.begin_pull())


KINDS = ("asset", "asset_model", "kit", "fault", "reservation")


def forget(store):
    """Nothing of all that is left, nor what was asked of it."""
    with store.db() as db:
        for kind in KINDS:
            db.execute("DELETE FROM member WHERE kind = ?", (kind,))
            db.execute("DELETE FROM thing WHERE kind = ?", (kind,))
        kinds = (*KINDS, "sighting", "stocktake", "attest")
        marks = ", ".join("?" * len(kinds))
        db.execute(f"DELETE FROM waiting WHERE kind IN ({marks})", kinds)
        db.execute("DELETE FROM meta WHERE name = 'my_unit' OR name LIKE 'draft:stocktake:%'")
        db.execute("DELETE FROM document WHERE name IN ('sightings', 'stocktakes', 'holders')")
    store._touch()


def shift(me, name):
    """What a crew of public works has around it: by kind, and by name."""
    radio_model, mdt_model = (
        model(),
        model("mdt", make="Panasonic", name="FZ-55", issue_battery=30, patch_days=60),
    )
    unit = kit("PW-7")
    inside = {"kit_id": unit["id"], "unit": "PW-7"}
    mine = thing(
        "WU-00101", state="in-use", holder=(me, name), name="Crew 7 portable", model_id=radio_model["id"], battery=82,
        battery_health=91, firmware="R21.40", where=HERE, seen_at=moment(hours=2), place="Public Works yard",
        fields={"radio_id": "7010012", "alias": "PW 7 Alpha", "band": "7/800 MHz", "encryption": "aes-256", "otar": True},
        support_until_on="2031-12-31", note="Belt clip was changed in May.", **inside,
    )  # fmt: skip
    named = {
        "mine": mine,
        "mdt": thing(
            "WU-00210", "mdt", "in-use", model_id=mdt_model["id"], name="PW7-MDT", battery=64, **inside
        ),
        "broken": thing(
            "WU-00102", state="in-use", holder=(me, name), worst_fault="critical", faults=1, **inside
        ),
        "low": thing("WU-00103", model_id=radio_model["id"], battery=35, pool=True),
        "spare": thing(
            "WU-00104", model_id=radio_model["id"], battery=100, pool=True, name="Spare portable 4"
        ),
        "other": thing("WU-00105", state="in-use", holder=(uuid.uuid4(), "Bob Montgomery Villanueva")),
        "camera": thing("WU-00301", "body-camera", "repair", worst_fault="major", faults=1),
        "lost": thing("WU-00302", "tablet", "lost"),
        "car": thing("WU-00900", "vehicle", "in-use", name="PW-7", place="Yard", **inside),
    }
    faults = {
        "open": fault(named["broken"], "critical"),
        "repair": fault(named["camera"], "major", "in-repair", number="F-26-00009", worker="Tess"),
        "fixed": fault(
            named["mdt"], "minor", "fixed", number="F-26-00003", words="The space bar sticks.", rejected=1
        ),
    }
    kinds = {
        "asset": list(named.values()), "asset_model": [radio_model, mdt_model], "kit": [unit],
        "fault": list(faults.values()),
    }  # fmt: skip
    return kinds, named, faults
