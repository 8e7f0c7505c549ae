"""What is broken, counted, scanned in vain or found, in each state."""

import json
import uuid
from types import SimpleNamespace

from mobile.core import register
from shared_models.faults import Step
from tests.assets import on_phones
from tests.looks.devices import BOSS, world
from tests.looks.scenes import GUEST, STAFF, scene
from tests.phones import NONE


@scene(STAFF, "faults", "full")
def _(phone):
    world(phone)
    phone.go("faults")


@scene(STAFF, "faults", "empty")
def _(phone):
    world(phone, things=False)
    phone.go("faults")


@scene(STAFF, "fault_new", "scan")
def _(phone):
    world(phone)
    phone.go("fault_new")


@scene(STAFF, "fault_new", "lacks")
def _(phone):
    world(phone)
    screen = phone.go("fault_new", id=phone.named["mine"]["id"])
    screen.model.severity = "critical"
    screen.do()


@scene(STAFF, "fault_new", "swap-now")
def _(phone):
    world(phone)
    phone.go("things")
    screen = phone.go("fault_new", id=phone.named["mine"]["id"])
    screen.model.severity = "major"
    screen.ids.written.text = "The speaker crackles"
    screen.do()


def broken(name, state, *rights):
    @scene(STAFF, "fault", state)
    def _(phone):
        world(phone, *rights)
        model = phone.go("fault", id=phone.broken[name]["id"]).model
        phone.until(lambda: model.history_note)

    return _


broken("open", "open")
broken("repair", "repair", *BOSS)
broken("fixed", "asks")


@scene(STAFF, "fault", "gone")
def _(phone):
    world(phone)
    phone.go("fault", id=str(uuid.uuid4()))


@scene(STAFF, "fault", "waiting")
def _(phone):

    store = world(phone, *BOSS)
    screen = phone.go("fault_new", id=phone.named["spare"]["id"])
    screen.model.severity, screen.ids.written.text = "minor", "The clip is broken"
    screen.do()
    fault = next(one for one in register.faults(store, uuid.UUID(phone.named["spare"]["id"])))
    for over in [
        child for child in phone.robot.win.children if type(child).__name__ in ("ConfirmSheet", "Snackbar")
    ]:
        phone.robot.win.remove_widget(over)
    model = phone.go("fault", id=str(fault.id)).model
    model.take(Step.BEGUN)


@scene(STAFF, "fault", "step-away")
def _(phone):
    world(phone, *BOSS)
    phone.go("fault", id=phone.broken["repair"]["id"]).step("sent-away")


# ── the inbox, counting ──────────────────────────────────────────────────────────────────────────────────


def sighting(kind, code, **more):
    return {
        "id": str(uuid.uuid4()), "kind": kind, "code": code, "asset_id": None, "words": "", "contact": "", "where": None,
        "photos": [], "at": on_phones.moment(hours=3), "by_staff": False, "settled_at": None, "settled_by": "",
        "outcome": "", "version": 1, **more,
    }  # fmt: skip


def inbox(phone):
    store = world(phone, *BOSS)
    items = [
        sighting(
            "found",
            "WU-00302",
            words="It lay under the third bench of the playground",
            contact="713-555-0147",
        ),
        sighting("unknown", "XX-99-UNKNOWN", by_staff=True),
    ]
    store.set_document("sightings", "", json.dumps({"items": items, "next": None}).encode())
    screen = phone.go("inbox_things")
    phone.until(lambda: not screen.model.busy)
    return screen, items


@scene(STAFF, "inbox_things", "full")
def _(phone):
    inbox(phone)


@scene(STAFF, "inbox_things", "empty")
def _(phone):
    world(phone, *BOSS)
    model = phone.go("inbox_things").model
    phone.until(lambda: not model.busy)
    model.notice = ""


@scene(STAFF, "inbox_things", "settle")
def _(phone):
    screen, items = inbox(phone)
    screen.pick(items[0]["id"])


@scene(STAFF, "stocktakes", "empty")
def _(phone):
    world(phone, *BOSS)
    model = phone.go("stocktakes").model
    phone.until(lambda: not model.busy)
    model.notice = ""


@scene(STAFF, "stocktakes", "begin")
def _(phone):
    world(phone, *BOSS)
    phone.go("stocktakes").begin()


def counting(phone):
    world(phone, *BOSS)
    model = phone.go("stocktakes").model
    phone.until(lambda: not model.busy)
    id_ = model.begin("Public Works", {"department": "public-works"})
    model.load()
    return id_


@scene(STAFF, "stocktakes", "full")
def _(phone):
    counting(phone)


@scene(STAFF, "stocktake", "counting")
def _(phone):
    model = phone.go("stocktake", id=str(counting(phone))).model
    phone.until(lambda: not model.busy)
    for code in ("WU-00101", "WU-00102", "XX-99"):
        model.scanned(code)


@scene(STAFF, "stocktake", "others")
def _(phone):
    model = phone.go("stocktake", id=str(counting(phone))).model
    model.scanned("WU-00101")
    phone.until(lambda: not model.busy)
    lines = [("WU-00102", "found", "Ann Alejandra Montgomery"), ("XX-77", "unexpected", "Bob Smith")]
    items = [
        {
            "id": str(uuid.uuid4()), "stocktake_id": str(model.id), "asset_id": str(uuid.uuid4()), "tag": tag,
            "outcome": outcome, "counted_at": on_phones.moment(minutes=4), "counted_by": name, "place": "",
        }
        for tag, outcome, name in lines
    ]  # fmt: skip
    model._told(model.id, SimpleNamespace(data={"count": {"closed_at": None}, "items": items}))


@scene(STAFF, "stocktake", "gone")
def _(phone):
    world(phone, *BOSS)
    phone.go("stocktake", id=str(uuid.uuid4()))


# ── a finder without an account ──────────────────────────────────────────────────────────────────────────


@scene(GUEST, "find", "plain")
def _(phone):
    phone.go("find")


@scene(GUEST, "find", "offline")
def _(phone):
    phone.air.rest = NONE
    model = phone.go("find", tag="WU-00302").model
    phone.until(lambda: model.notice)


@scene(GUEST, "find", "lacks")
def _(phone):
    phone.go("find").do()


@scene(GUEST, "find", "sent")
def _(phone):
    store = phone.parts.store
    phone.after.append(lambda: on_phones.forget(store))
    phone.air.rest = NONE
    screen = phone.go("find", tag="WU-00302")
    phone.until(lambda: screen.model.notice)
    screen.do()
