"""Checks and readiness in each state, as somebody on patrol has them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from mobile.checks import known
from mobile.checks import run as runs
from mobile.checks.run import Run
from shared_models.checks import Check
from shared_models.problems import Problem
from tests.checks.car import full_car, id_of, put
from tests.looks.scenes import STAFF, scene
from tests.phones import NONE

UNIT, SECOND = id_of("kit P-21"), id_of("kit P-22")
SIGNED = "M100 300L200 100L300 300L400 120L500 300"
KINDS = (*known.KINDS, "readiness", "fault")


def world(phone, *values, cars=True, rights=("check:do", "check:read")):
    """These units on the phone, with no signal; forgotten after the scene."""
    store, me = phone.parts.store, phone.parts.me
    before = store.get("me")
    told = json.loads(before)
    told["permissions"] = sorted({*told["permissions"], *rights})
    store.set("me", json.dumps(told))
    phone.after.append(lambda: forget(store, before))
    phone.air.rest = NONE
    put(store, [*(full_car(me.id) if cars else ()), *values], audience="checks")
    phone.app._changed()
    return store


def forget(store, me):
    with store.db() as db:
        for kind in KINDS:
            db.execute("DELETE FROM member WHERE kind = ?", (kind,))
            db.execute("DELETE FROM thing WHERE kind = ?", (kind,))
            db.execute("DELETE FROM waiting WHERE kind = ?", (kind,))
        db.execute("DELETE FROM meta WHERE name LIKE ?", (f"{runs.KEY}%",))
    store.set("me", me)


def check(failed=0, hours=2, **more):
    """A check that was done of unit 21, by the templates that the product comes with."""
    end = datetime.now(UTC) - timedelta(hours=hours)
    part = {
        "asset_id": str(id_of("WU-0101")), "template": "mdt", "template_version": 1, "cadences": ["shift-start"],
        "answers": [
            {"line": "tag", "value": "WU-0101"}, {"line": "mount", "value": "good"},
            {"line": "boots", "value": "fail" if failed else "pass", "note": "The screen stays black." if failed else "",
             "fault_id": str(uuid4()) if failed else None},
        ],
    }  # fmt: skip
    return Check.read(
        {
            "id": str(uuid4()), "kit_id": str(UNIT), "unit": "P-21", "department": "police", "parts": [part],
            "slots": [{"slot_id": str(id_of("slot Dash camera WU-0103")), "outcome": "missing"}] if failed else [],
            "started_at": (end - timedelta(minutes=1)).isoformat(), "finished_at": end.isoformat(), "taken_at": end.isoformat(),
            "by_id": str(uuid4()), "by": "Ann Alejandra Montgomery", "where": None, "signature": SIGNED, "app": "5.0.0",
            "worst": "critical" if failed else None, "failed": failed, "hash": "c0ffee" * 10 + "abcd", **more,
        }
    )  # fmt: skip


# ── what is due ──────────────────────────────────────────────────────────────────────────────────────────


@scene(STAFF, "due", "full")
def _(phone):
    store = world(phone, ("check", check(hours=0)))
    run = Run(kit_id=str(SECOND))
    runs.missing(run, id_of("slot MDT WU-0201"))
    runs.keep(store, run)
    phone.go("due")


@scene(STAFF, "due", "empty")
def _(phone):
    world(phone, cars=False)
    phone.go("due")


@scene(STAFF, "due", "unknown")
def _(phone):
    world(phone)
    phone.go("due").scan("XX-99-NOBODY")


@scene(STAFF, "due", "refused")
def _(phone):
    refused(phone)
    phone.go("due")


def refused(phone):
    world(phone)
    return sent(phone, Problem(type="not-found", title="", status=404))


def sent(phone, problem=None):
    """A check that was finished here and waits, or was refused."""
    model = begin(phone)
    id_ = UUID(model.run.id)
    answer_all(model)
    model.sign(SIGNED)
    assert model.finish()
    store = phone.parts.store
    if problem is not None:
        store.refused(next(one for one in store.outbox() if one.about == id_), problem)
    return id_


# ── the check of a unit ──────────────────────────────────────────────────────────────────────────────────


def begin(phone, kit=UNIT):
    phone.robot.frames(1)
    runs_before = runs.begun(phone.parts.store, kit)
    if runs_before is not None:
        runs.forget(phone.parts.store, runs_before)
    return phone.go("check_run", kit=str(kit)).model


def answer_all(model, until=""):
    """Everything well; up to the thing of this template."""
    if model.step == "audit":
        model.all_here()
    for _ in range(60):
        if model.step != "thing" or (until and model.part.template.code == until):
            return
        row = next((row for row in model.rows if row["by_hand"] and not row["value"]), None)
        if row is None:
            model.pass_all()
        else:
            value = model.part.thing.tag if row["scans"] else row["values"][0]
            model.answer(model.line_of(row["key"]), value)


@scene(STAFF, "check_run", "audit")
def _(phone):
    world(phone)
    begin(phone)


@scene(STAFF, "check_run", "audit-wrong")
def _(phone):
    world(phone)
    model = begin(phone)
    model.slot_missing(model.slot_of(model.rows[2]["key"]))
    model.scan("WU-0901")
    model.scan("XX-99-NOBODY")


@scene(STAFF, "check_run", "slot")
def _(phone):
    world(phone)
    model = begin(phone)
    model.slot_missing(model.slot_of(model.rows[0]["key"]))
    phone.screen._step.pick(model.rows[1]["key"])


@scene(STAFF, "check_run", "thing")
def _(phone):
    world(phone)
    begin(phone).all_here()


@scene(STAFF, "check_run", "thing-lacks")
def _(phone):
    world(phone)
    model = begin(phone)
    answer_all(model, "body-camera")
    model.answer(model.line_of("battery"), "60")
    model.pass_all()


def line_sheet(phone, template, code, *answers):
    world(phone)
    model = begin(phone)
    answer_all(model, template)
    for value in answers:
        model.answer(model.line_of(code), value)
    phone.screen._step.pick(code)
    return phone.robot.find(cls="LineSheet")


@scene(STAFF, "check_run", "line")
def _(phone):
    line_sheet(phone, "mdt", "peripherals")


@scene(STAFF, "check_run", "line-fails")
def _(phone):
    sheet = line_sheet(phone, "mdt", "boots", "fail")
    sheet.done()


@scene(STAFF, "check_run", "line-photo")
def _(phone):
    sheet = line_sheet(phone, "mdt", "boots", "fail")
    sheet.add_photo()
    phone.until(lambda: sheet.shots)
    sheet.write("Does not turn on")


@scene(STAFF, "check_run", "line-choice")
def _(phone):
    line_sheet(phone, "mdt", "network", "weak")


@scene(STAFF, "check_run", "line-percent")
def _(phone):
    line_sheet(phone, "body-camera", "battery", "60")


@scene(STAFF, "check_run", "line-scan")
def _(phone):
    line_sheet(phone, "body-camera", "tag", "WU-0815")


@scene(STAFF, "check_run", "swap")
def _(phone):
    line_sheet(phone, "mdt", "boots", "fail").swap()


@scene(STAFF, "check_run", "sign")
def _(phone):
    world(phone)
    answer_all(begin(phone))


@scene(STAFF, "check_run", "sign-failed")
def _(phone):
    world(phone)
    model = begin(phone)
    answer_all(model, "mdt")
    boots = model.line_of("boots")
    model.answer(boots, "fail")
    model.explain(boots, "Does not turn on, no camera here", {})
    model.swap(boots, known.spares(phone.parts.store, model.part.thing)[0])
    answer_all(model)
    model.sign(SIGNED)


@scene(STAFF, "check_run", "sign-lacks")
def _(phone):
    world(phone)
    model = begin(phone)
    answer_all(model)
    model.finish()


@scene(STAFF, "check_run", "leave")
def _(phone):
    world(phone)
    begin(phone).all_here()
    phone.screen.leave()


@scene(STAFF, "check_run", "gone")
def _(phone):
    world(phone)
    phone.go("check_run", kit=str(uuid4()))
