"""A check in the making: what is asked, how it is answered by exception, and that no moment of it is ever lost."""

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from mobile.checks import asked, known
from mobile.checks import run as runs
from mobile.checks.run_model import CheckRun
from mobile.core.store import Store
from shared_models.checks import FinishCheck, SlotOutcome
from tests.checks.car import full_car, id_of, put

UNIT = id_of("kit P-21")
SIGNATURE = "M10 10L300 200L500 20"


class Parts(SimpleNamespace):
    """What the model uses of the app, on a disk."""

    def may(self, _permission):
        return True

    def sync_now(self):
        pass

    def tell_changed(self):
        pass


@pytest.fixture
def disk(tmp_path):
    return tmp_path / "phone.sqlite"


@pytest.fixture
def open_phone(disk):
    """Return a function that starts the app's core anew: only the disk is left of what was."""
    me = SimpleNamespace(id=uuid.UUID(int=7), name="Ann Garcia")
    made = []

    def start():
        while made:
            made.pop().close()
        store = Store(disk)
        made.append(store)
        if not store.count("kit"):
            put(store, full_car(me.id))
        model = CheckRun()
        model.parts = Parts(
            store=store,
            me=me,
            zone="America/Chicago",
            sync=SimpleNamespace(state=SimpleNamespace(online=False)),
        )
        return model

    yield start
    for store in made:
        store.close()


def next_step(model):
    """The next tap or scan, by what is shown alone."""
    if model.step == "audit":
        return model.all_here
    if model.step == "sign":
        return model.finish if model.signature else lambda: model.sign(SIGNATURE)
    for row in model.rows:
        if row["by_hand"] and not row["value"]:
            value = model.part.thing.tag if row["scans"] else row["values"][0]
            return lambda: model.answer(model.line_of(row["key"]), value)
    return model.pass_all


def go_through(model):
    """To the end; how many taps, scans and signatures it took."""
    n = 0
    while model.run.kit_id and n < 60:
        next_step(model)()
        n += 1
    return n


def test_a_full_car_is_answered_by_exception(open_phone):
    model = open_phone()
    model.begin(UNIT)
    assert (model.step, model.ready, len(model.rows)) == ("audit", True, 5)
    taken = go_through(model)
    store = model.parts.store
    [change] = store.outbox()
    sent = FinishCheck.read(change.body)
    assert [part.template for part in sent.parts] == ["mdt", "mobile-radio", "dash-camera", "body-camera"]
    assert {part.asset_id for part in sent.parts} == {id_of(f"WU-010{n}") for n in (1, 2, 3, 4)}
    assert [len(part.answers) for part in sent.parts] == [11, 11, 12, 9]
    assert {found.outcome for found in sent.slots} == {SlotOutcome.THERE}
    assert (change.method, change.path, sent.signature) == ("POST", "/v1/checks/", SIGNATURE)
    assert taken == 16


def test_what_must_be_entered_by_hand_holds_one_up_and_is_named(open_phone):
    model = open_phone()
    model.begin(UNIT)
    model.all_here()
    model.pass_all()
    assert (model.step, model.part.template.code) == ("thing", "mdt")
    assert model.complaint == "Please enter: Scan the terminal"
    model.scan("WU-0101")
    assert model.part.template.code == "mobile-radio"
    model.scan("WU-0102")
    model.pass_all()
    assert model.complaint == "Please enter: Test call: quality 1 to 5"


def test_it_is_due_until_it_was_done_and_again_where_the_city_did_not_take_it(open_phone):
    model = open_phone()
    store = model.parts.store

    def due():
        from zoneinfo import ZoneInfo

        found = known.read(store).duties(ZoneInfo("America/Chicago"), datetime.now(UTC))
        return {
            one.template
            for one in found
            if (one.kit_id, one.cadence, one.done_at) == (UNIT, "shift-start", None)
        }

    assert due() == {"mdt", "mobile-radio", "dash-camera"}
    model.begin(UNIT)
    go_through(model)
    assert due() == set()
    from shared_models.problems import Problem

    store.refused(store.outbox()[0], Problem(type="not-found", title="", status=404))
    assert due() == {"mdt", "mobile-radio", "dash-camera"}


def test_a_failing_line_asks_for_what_its_severity_demands_and_opens_a_fault(open_phone, tmp_path):
    model = open_phone()
    model.begin(UNIT)
    model.all_here()
    boots, gps = model.line_of("boots"), model.line_of("gps")
    model.answer(boots, "fail")
    model.answer(gps, "fail")
    model.pass_all()
    model.scan("WU-0101")
    assert model.part.template.code == "mdt"
    assert [line.code for line in asked.left(model.run, model.part)] == ["boots", "gps"]
    model.explain(gps, "Shows the old station", {})
    model.explain(boots, "short", {})
    assert [line.code for line in asked.left(model.run, model.part)] == ["boots"]
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"picture")
    id_ = uuid.uuid4()
    model.explain(boots, "", {id_: photo})
    assert model.ready
    replies = model.run.answers[model.part.key]
    assert replies["boots"].fault_id and replies["gps"].fault_id and not replies["tag"].fault_id
    fault = replies["boots"].fault_id
    model.answer(boots, "pass")
    assert model.run.answers[model.run.parts[0][0] + ":mdt"]["boots"].fault_id == ""
    assert fault


def test_a_spare_is_put_in_and_looked_at_in_the_same_flow(open_phone):
    model = open_phone()
    model.begin(UNIT)
    model.all_here()
    part = model.part
    model.answer(model.line_of("boots"), "fail")
    model.explain(model.line_of("boots"), "Black screen, no camera at hand", {})
    [spare, _] = known.spares(model.parts.store, part.thing)
    model.swap(model.line_of("boots"), spare)
    go_through(model)
    check, swap = model.parts.store.outbox()
    sent = FinishCheck.read(check.body)
    assert [part.asset_id for part in sent.parts].count(spare.id) == 1
    fault = next(answer.fault_id for answer in sent.parts[0].answers if answer.line == "boots")
    assert swap.path == f"/v1/custody/{part.thing.id}/swap"
    assert (swap.body["replacement_id"], swap.body["fault_id"]) == (str(spare.id), str(fault))


def test_the_audit_takes_another_one_a_missing_one_and_what_is_mine(open_phone):
    model = open_phone()
    model.begin(UNIT)
    mdt, radio, dash, body, _ = (model.slot_of(row["key"]) for row in model.rows)
    model.scan("WU-0901")  # a spare MDT stands in the car
    model.slot_missing(dash)
    model.scan("https://city.test/t/WU-0104")
    assert model.run.slot(mdt.id).outcome == "other"
    assert model.run.slot(mdt.id).asset_id == str(id_of("WU-0901"))
    assert (model.run.slot(body.id).outcome, model.run.slot(body.id).code) == (
        "there",
        "https://city.test/t/WU-0104",
    )
    model.scan("NOBODY-KNOWS")
    assert model.complaint == "NOBODY-KNOWS fits no place of this unit."
    model.all_here()
    assert model.run.slot(radio.id).outcome == "there"
    assert [template for _, template, _ in model.run.parts] == ["mdt", "mobile-radio", "body-camera"]
    assert model.run.parts[0][0] == str(id_of("WU-0901"))  # the check is tied to what is really there


def test_each_answer_is_on_disk_before_it_is_shown(open_phone):
    """Killed after each step: coming back resumes exactly, and in the end there is one check and no draft."""
    straight = open_phone()
    straight.begin(UNIT)
    began, before, rows, n = straight.run.id, "", [], 0
    while True:
        model = open_phone()
        model.begin(UNIT)
        if n:
            assert (model.run.id, model.run.text()) == (began, before)
            assert [row["badge"] for row in model.rows] == rows
        todo = next_step(model)
        before_text = model.run.text()
        todo()
        if not model.parts.store.get(runs.key_of(str(UNIT))):
            break
        assert model.run.text() != before_text or n == 0
        began, before, rows, n = model.run.id, model.run.text(), [row["badge"] for row in model.rows], n + 1
    assert n == 15
    [change] = open_phone().parts.store.outbox()
    assert str(change.about) == began


def test_what_could_not_be_written_is_not_taken_as_said(open_phone, monkeypatch):
    import sqlite3

    model = open_phone()
    model.begin(UNIT)
    told = []
    model.bind(on_no_room=lambda *_: told.append(True))

    def full(*_args):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(runs, "keep", full)
    model.all_here()
    assert (model.step, model.run.slots, told) == ("audit", {}, [True])
