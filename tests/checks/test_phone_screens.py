"""The screens of checks, driven by a robot: a full car within the taps and seconds that a shift has for it."""

import uuid

import pytest

from mobile.checks import known
from shared_models.checks import FinishCheck
from tests.checks.car import full_car, id_of, put
from tests.phones import NONE

UNIT = id_of("kit P-21")
TAP_S, SCAN_S, SIGN_S = 1.5, 2.5, 4.0
GLOVE = 64
"""dp: the least side of what a gloved finger taps."""


@pytest.fixture
def crew(show_app, kit, make):
    """The phone of somebody on patrol, in the dark, with no signal: what it knows came with the last sync."""
    ann = make.person("ann", role="crew", department="police")
    shown = show_app(pictures=None)
    shown.sign_in(ann)
    put(shown.parts.store, full_car(ann.id))
    shown.air.rest = NONE
    shown.sync()
    kit.theme.mode, kit.theme.motion = "dark", False
    shown.app._changed()
    shown.robot.settle()
    return shown


class Hands:
    """A person in gloves: counts what they do."""

    def __init__(self, shown):
        self.shown, self.robot = shown, shown.robot
        self.taps = self.scans = self.signatures = 0
        self.small = []

    def tap(self, **wanted):
        widget = self.robot.find(**wanted)
        for _ in range(20):
            if self._reachable(widget):
                break
            self.scroll(widget)
        if min(widget.size) < GLOVE:
            self.small.append((getattr(widget, "label", ""), widget.size))
        self.robot.tap(widget)
        self.robot.settle()
        self.taps += 1

    def _reachable(self, widget):
        return self.robot.visible(widget)

    def scroll(self, widget):
        self.robot.swipe(200, 500, 200, 300)

    def scan(self, code):
        """A scanner plays a keyboard."""
        [field] = [one for one in self.robot.all(cls="ScanField") if one.in_front]
        field._tell(code)
        self.robot.settle()
        self.scans += 1

    def sign(self):
        pad = self.robot.find(cls="Pad")
        x, y = pad.to_window(pad.x, pad.y)
        self.robot.swipe(x + pad.width * 0.2, y + pad.height * 0.3, x + pad.width * 0.7, y + pad.height * 0.7)
        self.robot.settle()
        self.signatures += 1

    @property
    def seconds(self):
        return TAP_S * self.taps + SCAN_S * self.scans + SIGN_S * self.signatures


def by_hand(model):
    return next((row for row in model.rows if row["by_hand"] and not row["value"]), None)


def test_a_full_car_in_25_taps_and_60_seconds_with_gloves_in_the_dark_and_no_signal(crew):
    hands, nav, store = Hands(crew), crew.parts.nav, crew.parts.store
    hands.tap(text="Checks")
    assert nav.current == "due"
    hands.scan("WU-0100")  # the label of the car
    assert nav.current == "check_run"
    model = nav.children[0].model
    hands.tap(id="all_here")
    while model.step == "thing":
        row = by_hand(model)
        if row is None:
            hands.tap(id="all_pass")
        elif row["scans"]:
            hands.scan(model.part.thing.tag)
        else:
            hands.tap(text=f"{row['title']}: {row['values'][0]}", cls="Quick")
    hands.sign()
    hands.tap(id="finish")
    print(
        f"\na full car: {hands.taps} taps, {hands.scans} scans, {hands.signatures} signature: Σ {hands.seconds:.1f} s"
    )
    assert nav.current == "due"
    [change] = [one for one in store.outbox() if one.kind == known.CHECK]
    sent = FinishCheck.read(change.body)
    assert {part.template for part in sent.parts} == {"mdt", "mobile-radio", "body-camera", "dash-camera"}
    assert sent.signature
    assert hands.small == []
    assert hands.taps <= 25
    assert hands.seconds <= 60
    assert crew.robot.find(text="Check finished. It leaves by itself as soon as there is signal.")
    assert uuid.UUID(str(change.about)) == sent.id


def test_a_line_that_fails_is_explained_swapped_and_signed_in_one_flow_with_no_signal(crew):
    robot, nav, store = crew.robot, crew.parts.nav, crew.parts.store
    model = nav.go("check_run", kit=str(UNIT)).model
    robot.settle()
    robot.tap(id="all_here")
    step = nav.children[0]._step
    step.pick("boots")
    sheet = robot.find(cls="LineSheet")
    sheet.answer("fail")
    assert "Critical" in sheet.fails
    sheet.done()
    assert sheet.complaint == "Still missing: a photo or words."
    robot.settle()
    assert {min(chip.size) >= GLOVE for chip in robot.all(cls="Chip") if chip.text} == {True}
    robot.tap(text="Does not turn on", cls="Chip")
    sheet.swap()
    robot.settle()
    robot.tap(cls="Choice")
    robot.settle()
    assert sheet.swapped.startswith("Swapped for WU-09")
    robot.tap(id="done")
    robot.settle()
    assert robot.all(cls="LineSheet") == []
    while model.step == "thing":
        row = by_hand(model)
        if row is None:
            model.pass_all()
        else:
            model.answer(
                model.line_of(row["key"]), model.part.thing.tag if row["scans"] else row["values"][0]
            )
    model.sign("M10 10L90 90")
    robot.settle()
    assert robot.find(text="1 line failed")
    robot.tap(id="finish")
    check, swap = (one for one in store.outbox() if one.kind in (known.CHECK, known.THING))
    sent = FinishCheck.read(check.body)
    assert sorted(part.template for part in sent.parts).count("mdt") == 2
    [fault] = [answer.fault_id for part in sent.parts for answer in part.answers if answer.fault_id]
    assert swap.body["fault_id"] == str(fault)


def test_a_check_that_was_begun_is_left_kept_found_again_and_thrown_away(crew):
    robot, nav, store = crew.robot, crew.parts.nav, crew.parts.store
    model = nav.go("check_run", kit=str(UNIT)).model
    robot.settle()
    robot.tap(id="all_here")
    id_ = model.run.id
    nav.children[0].leave()
    robot.settle()
    robot.tap(text="Keep it for later")
    assert nav.current == "due"
    rows = nav.children[0].model.rows
    assert (rows[0]["key"], rows[0]["badge"]) == (f"kit:{UNIT}", "Begun")
    nav.children[0].pick(f"kit:{UNIT}")
    assert (model.run.id, model.step) == (id_, "thing")
    nav.children[0].leave()
    robot.settle()
    robot.tap(text="Throw it away")
    from mobile.checks import run as runs

    assert runs.begun(store, UNIT) is None
    assert [one for one in store.outbox() if one.kind == known.CHECK] == []
