"""A clock that is an hour off, on a phone or on the server: nothing is lost, refused or doubled for it."""

import pytest

from tests.killed.hands import phone
from tests.killed.test_worker_and_fcm import move_clock
from tests.killed.town import DESK, until

HOUR = 3600


def calls(town, path):
    """How often the server was called so."""
    lines = town.log("server").read_text().splitlines()
    return sum(f'"route": "{path}"' in line for line in lines)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["fast", "slow"])
def test_a_phone_whose_clock_is_an_hour_off_reports_and_hears_as_any_other(town, picture, tmp_path, ahead):
    town.start_server()
    town.await_server()
    before = calls(town, "/v1/identity/refresh")
    with phone(tmp_path / "phone", town.url, ahead=ahead) as someone:
        for n in range(3):
            someone.report(f"report {n}", picture)
            assert someone.turn().online
        assert someone.shown() == {f"report {n}": ("received", False) for n in range(3)}
        assert calls(town, "/v1/identity/refresh") - before <= 1
        assert someone.session.sign_in(DESK, town.password()).ok
        assert someone.turn().online
    assert town.count("request") == 3


@pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_a_server_whose_clock_jumps_by_an_hour_signs_nobody_out(town, picture, tmp_path, off):
    town.start_server(app="tests.killed.programs:moved_app")
    town.start_worker()
    town.await_server()
    with phone(tmp_path / "phone", town.url) as someone, phone(tmp_path / "desk", town.url) as desk:
        assert desk.session.sign_in(DESK, town.password()).ok
        someone.report("before", picture)
        assert someone.turn().online
        assert desk.turn().online
        move_clock(town, off)
        someone.report("after", picture)
        until(lambda: someone.turn().online and not someone.state.waits, "it has gone")
        until(lambda: desk.turn().online, "the desk hears")
        assert not someone.state.sign_in_needed
        assert not desk.state.sign_in_needed
        assert someone.shown() == {"before": ("received", False), "after": ("received", False)}
        assert len(desk.store.view("staff_request")) == 2
        move_clock(town, -off)
        until(lambda: someone.turn().online and desk.turn().online, "the clock is right again")
        assert not someone.state.sign_in_needed
        assert not desk.state.sign_in_needed
    assert town.count("request") == 2
