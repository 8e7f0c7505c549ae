"""What can roll, one unit, what was done and templates, in each state."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared_models.checks import Repeat, Repeats, Trend, TrendPoint
from tests.checks.car import MDT, a_board, a_fault, id_of
from tests.looks.checking import SECOND, UNIT, check, refused, sent, world
from tests.looks.scenes import STAFF, scene

# ── what can roll ────────────────────────────────────────────────────────────────────────────────────────


def board(phone, *more):
    store = world(phone, *a_board(), ("fault", a_fault()), *more)
    phone.parts.sync.state.synced_at = datetime.now(UTC)
    return store


@scene(STAFF, "board", "full")
def _(phone):
    board(phone)
    phone.go("board").model.department = ""


@scene(STAFF, "board", "department")
def _(phone):
    board(phone)
    phone.go("board").model.department = "fire"
    phone.screen.model.load()


@scene(STAFF, "board", "choose")
def _(phone):
    board(phone)
    phone.go("board").pick_department()


@scene(STAFF, "board", "stale")
def _(phone):
    board(phone)
    phone.parts.sync.state.synced_at = datetime.now(UTC) - timedelta(minutes=7)
    phone.go("board").model.department = ""


@scene(STAFF, "board", "empty")
def _(phone):
    world(phone, cars=False)
    phone.go("board")


@scene(STAFF, "wall", "live")
def _(phone):
    board(phone)
    phone.go("board")
    phone.go("wall")


@scene(STAFF, "wall", "stale")
def _(phone):
    board(phone)
    phone.parts.sync.state.synced_at = datetime.now(UTC) - timedelta(minutes=7)
    phone.go("board")
    phone.go("wall")


@scene(STAFF, "unit", "red")
def _(phone):
    board(phone)
    phone.go("board")
    phone.go("unit", id=str(SECOND))
    phone.until(lambda: phone.screen.model.trend_text)


@scene(STAFF, "unit", "amber")
def _(phone):
    board(phone, ("check", check(failed=2)), ("check", check(hours=14)))
    phone.go("board")
    model = phone.go("unit", id=str(UNIT)).model
    phone.until(lambda: model.trend_text)
    now = datetime.now(UTC)
    points = tuple(TrendPoint(at=now - timedelta(days=90 - 9 * n), value=97 - 2.6 * n) for n in range(11))
    thing = model.battery_thing()
    model.take_trend(thing, Trend(asset_id=thing.id, line="battery", points=points, slope=-2.0))
    model.take_repeats(
        Repeats(items=(Repeat(model_id=uuid4(), make="Panasonic", model="TOUGHBOOK 33", kind=MDT, things=31, faults=19, repeated=6),))
    )  # fmt: skip


@scene(STAFF, "unit", "gone")
def _(phone):
    board(phone)
    phone.go("board")
    phone.go("unit", id=str(uuid4()))


# ── what was done, and templates ─────────────────────────────────────────────────────────────────────────


@scene(STAFF, "checks", "full")
def _(phone):
    world(phone, ("check", check(failed=2)), ("check", check(hours=14)))
    phone.go("checks", kit=str(UNIT))


@scene(STAFF, "checks", "empty")
def _(phone):
    world(phone)
    phone.go("checks", kit=str(UNIT))


@scene(STAFF, "check", "failed")
def _(phone):
    one = check(failed=2)
    world(phone, ("check", one))
    phone.go("checks", kit=str(UNIT))
    phone.go("check", id=str(one.id))


@scene(STAFF, "check", "waits")
def _(phone):
    world(phone)
    id_ = sent(phone)
    phone.go("checks", kit=str(UNIT))
    phone.go("check", id=str(id_))


@scene(STAFF, "check", "refused")
def _(phone):
    id_ = refused(phone)
    phone.go("checks", kit=str(UNIT))
    phone.go("check", id=str(id_))


@scene(STAFF, "check", "gone")
def _(phone):
    world(phone)
    phone.go("check", id=str(uuid4()))


@scene(STAFF, "templates", "full")
def _(phone):
    world(phone)
    phone.go("templates")


@scene(STAFF, "templates", "empty")
def _(phone):
    world(phone, cars=False)
    phone.go("templates")


@scene(STAFF, "template", "shown")
def _(phone):
    world(phone)
    phone.go("templates")
    phone.go("template", id=str(id_of("body-camera")))


@scene(STAFF, "template", "gone")
def _(phone):
    world(phone)
    phone.go("template", id=str(uuid4()))
