"""The board on a phone moves by itself: by the stream, and with it dead by the poll; and a unit asks how it fares."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from backend.checks.templates import everybody
from backend.core.feed import touch
from backend.worker import in_transaction
from mobile.checks import known
from mobile.checks.board_model import Board
from mobile.core.sync import IN_FRONT_S
from shared_models.checks import FinishCheck
from tests.checks.test_phone_run import next_step
from tests.phone.test_stream import heard, phone, process, running  # noqa: F401 - the phone that hears a real stream
from tests.streaming import until


class Parts(SimpleNamespace):
    """What the board uses of the app; each person has a store."""

    zone = "America/Chicago"

    @property
    def store(self):
        return self.sync.store

    def department(self, code):
        return code


def board_of(phone):  # noqa: F811 - a fixture
    board = Board()
    board.parts = Parts(sync=phone.sync)
    board.load()
    return board


def breaks(town, gil, unit):
    """Somebody else checks this unit and finds its MDT dead."""
    kit, things = unit
    boots = {"value": "fail", "note": "Too dark in here"}
    town.done(gil, town.check(town.part(gil, things["mdt"], "mdt", boots=boots), kit=kit))


def reds(board):
    board.load()
    return board.red


def test_the_board_moves_by_the_stream_without_a_poll(running, town, gil):  # noqa: F811 - a fixture
    unit = town.kit()
    tell(unit[0], *unit[1].values())
    running.sign_in(gil)
    running.sync.refresh_me()
    running.loop.wake()
    until(lambda: known.read(running.sync.store).kits and running.sync.told)
    board = board_of(running)
    before = board.red
    breaks(town, gil, unit)
    until(lambda: reds(board) == before + 1)
    assert not board.stale


def test_with_the_stream_dead_the_board_moves_by_the_poll_of_15_s(phone, town, gil):  # noqa: F811 - a fixture
    unit = town.kit()
    tell(unit[0], *unit[1].values())
    assert phone.sign_in(gil).ok
    phone.sync.turn()
    phone.stream.turn()  # there is none
    assert not phone.sync.told
    assert phone.sync.turn() == IN_FRONT_S == 15.0
    board = board_of(phone)
    before = board.red
    breaks(town, gil, unit)
    assert reds(board) == before, "it is not known here yet"
    assert phone.sync.turn() == IN_FRONT_S
    assert reds(board) == before + 1
    assert not board.stale


@pytest.fixture
def crew(show_app, kit, gil):
    """The app of somebody on patrol, with signal."""
    shown = show_app()
    kit.theme.motion = False
    shown.sign_in(gil)
    return shown


def test_a_swap_within_a_check_reaches_the_server_and_is_taken(crew, town, gil, fay):
    kit, things = town.kit()
    spare = town.thing("mdt", state="stock", pool=True)
    tell(kit, *things.values(), spare)
    crew.sync()
    store = crew.parts.store
    model = crew.parts.nav.go("check_run", kit=str(kit)).model
    model.all_here()
    boots, part = model.line_of("boots"), model.part
    model.answer(boots, "fail")
    model.explain(boots, "Black screen, no camera at hand", {})
    [found] = known.spares(store, part.thing)
    assert found.id == spare
    model.swap(boots, found)
    while model.run.kit_id:
        next_step(model)()
    check, swap = store.outbox()
    [fault_id] = [
        one.fault_id for done in FinishCheck.read(check.body).parts for one in done.answers if one.fault_id
    ]
    crew.sync()
    assert [(one.path, one.state, one.problem) for one in store.outbox()] == [], swap.path

    assert {slot["asset_id"] for slot in town.slots(kit)} == {
        str(spare),
        *(str(things[one]) for one in things if one != "mdt"),
    }
    assert (town.asset(spare).kit_id, str(town.asset(spare).state)) == (kit, "in-use")
    assert town.asset(things["mdt"]).kit_id is None
    fault = fay.get(f"/v1/faults/{fault_id}").get_json()
    assert (fault["asset_id"], fault["replacement_id"]) == (str(things["mdt"]), str(spare))
    crew.sync()
    assert store.one("asset", spare).value["unit"] == "P12"


def test_a_unit_asks_how_its_batteries_and_its_models_fare_and_shows_it(crew, town, gil):
    kit, things = town.kit(kinds=("portable-radio",))
    tell(kit, *things.values())
    for ago, percent, line in ((3, "96", "controls"), (2, "92", "body"), (1, "88", "speaker_microphone")):
        fails = {line: {"value": "fail", "note": "It is loose again"}}
        part = town.part(gil, things["portable-radio"], "portable-radio", battery=percent, **fails)
        town.done(gil, town.check(part, kit=kit, ago=timedelta(days=ago)))
    crew.sync()
    screen = crew.parts.nav.go("unit", id=str(kit))
    model = screen.model
    crew.robot.until(lambda: model.plot)
    assert [percent for _, percent in model.plot] == [96, 92, 88]
    assert model.slope
    [row] = model.repeats
    assert row["subtitle"] and model.repeats_shown
    screen.ids.page.scroll_y = 0
    crew.robot.settle()
    assert crew.robot.find(cls="Plot")


def tell(kit, *things):
    """As the register does: these are on the phones of the police from now on."""
    told = [("kit", kit), *(("asset", id_) for id_ in things)]
    in_transaction(lambda: [touch(everybody("police"), kind, id_) for kind, id_ in told])
