"""The whole app: it opens with no server ever seen, each screen of it reads whole, and it draws only what is new."""

import tomllib
import uuid
from pathlib import Path

import pytest

import mobile
from mobile import content, identity, notifications, service_requests
from mobile.core.store import Waiting
from mobile.service_requests import changes
from shared_models.basics import Point
from shared_models.problems import Problem
from shared_models.service_requests import OpenRequest
from tests.make import HERE
from tests.phones import GOOD, NONE

PHONE, DESK = (412, 892), (1280, 800)
LOOKS = {
    "English, light": (PHONE, "light", "en", 1.0),
    "Spanish, dark, twice as large": (PHONE, "dark", "es", 2.0),
    "Spanish on a desk, twice as large": (DESK, "light", "es", 2.0),
}
SCREENS = [name for domain in (service_requests, content, notifications, identity) for name in domain.SCREENS]
KIND_OF = {"request": "service_request", "work_item": "staff_request"}
"""Screens that show one thing, and of which kind."""


@pytest.fixture
def fresh(show_app):
    """The app on a phone that has never seen a server."""
    shown = show_app()
    shown.air.rest = NONE
    shown.sync()
    return shown


@pytest.fixture
def full(show_app, carol, dan, make, jpeg):
    """The app of somebody at the desk who also lives here: requests of her own, work, and notifications."""
    photo = carol.send_photo(jpeg())
    own = make.request(by=carol, photos=[photo], description="Deep and wide, at the school crossing")
    make.request(by=dan, description="Another one")
    path = f"/v1/service-requests/{own['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/move", {"status": "in-progress"})
    dan.post(f"{path}/close", {"reason": "fixed", "words": "Filled this morning."})
    make.worked()
    shown = show_app()
    shown.sign_in(carol)
    shown.first = uuid.UUID(own["id"])
    return shown


@pytest.fixture
def refused(full):
    """The same, where something of each thing waits and something was refused."""
    store = full.parts.store
    full.air.rest = NONE
    wish = OpenRequest(id=uuid.uuid4(), type="pothole", description="Waits", where=Point(**HERE))
    changes.open_request(store, wish, full.parts.types()["pothole"], {})
    for kind in KIND_OF.values():
        path = f"/v1/service-requests/{full.first}/notes"
        store.add(Waiting("POST", path, {"words": "Is it done?"}, kind, full.first))
        store.refused(store.outbox()[-1], Problem(type="request-not-open", title="", status=409))
    full.sync()
    return full


def faults(shown):
    """What is wrong with the screen that is shown: words cut off, small targets, controls with no name."""
    wrong = {
        "cut": shown.robot.clipped(beyond=True),
        "small": shown.robot.small_targets(beyond=True),
        "nameless": shown.robot.nameless(beyond=True),
    }
    return {what: which for what, which in wrong.items() if which}


@pytest.mark.parametrize("state", ["fresh", "full", "refused"])
def test_each_screen_opens_and_reads_whole_in_every_look(request, kit, state):
    shown = request.getfixturevalue(state)
    id = getattr(shown, "first", uuid.uuid4())
    found = {}
    for look, (size, mode, language, scale) in LOOKS.items():
        shown.robot.resize(*size)
        kit.theme.mode, kit.words.language, kit.theme.text_scale = mode, language, scale
        for name in SCREENS:
            shown.parts.nav.go(name, **({"id": id} if name in KIND_OF else {}))
            shown.robot.settle()
            if wrong := faults(shown):
                found[f"{name}: {look}"] = wrong
    assert found == {}


def test_the_app_opens_and_says_that_there_is_no_connection_with_no_server_ever_seen(fresh):
    assert fresh.parts.nav.current == "requests"
    assert fresh.robot.find(text="No connection")
    assert fresh.robot.find(text="You can go on. What you do leaves by itself later.")
    assert fresh.parts.types() and fresh.parts.word("privacy")
    fresh.air.rest = GOOD
    fresh.sync()
    assert fresh.robot.all(text="No connection") == []


def test_a_device_that_speaks_a_language_that_we_lack_is_answered_in_english(show_app, monkeypatch):
    monkeypatch.setenv("LANG", "C.UTF-8")
    shown = show_app()
    shown.sync()
    assert shown.parts.sync.state.online and shown.parts.me.language.value == "en"


def test_who_works_requests_has_the_tabs_for_it_and_who_signs_out_has_not(full, kit):
    names = [tab["name"] for tab in full.app.tabs.tabs]
    assert names == ["requests", "work", "work_map", "inbox", "more"]
    full.parts.nav.go("work")
    full.parts.sync.sign_out()
    full.robot.settle()
    assert [tab["name"] for tab in full.app.tabs.tabs] == ["requests", "inbox", "more"]
    assert full.parts.nav.current == "requests"


def test_a_wide_window_has_its_tabs_at_the_side_and_the_list_beside_the_detail(full):
    full.robot.resize(*DESK)
    full.parts.nav.go("more")
    full.parts.nav.go("password")
    full.robot.settle()
    assert full.app.tabs.rail and full.parts.nav.panes() == ["more", "password"]
    full.robot.resize(*PHONE)
    full.robot.settle()
    assert not full.app.tabs.rail and full.parts.nav.panes() == ["password"]


def test_back_goes_home_and_at_home_closes_nothing_on_a_desk(fresh):
    fresh.parts.nav.go("more")
    fresh.parts.nav.go("sign_in")
    assert fresh.app.frame.bare
    fresh.robot.back()
    assert fresh.parts.nav.current == "more" and not fresh.app.frame.bare
    fresh.robot.back()
    fresh.robot.back()
    assert fresh.parts.nav.current == "requests"


def test_a_turn_of_the_sync_that_brings_nothing_draws_nothing_anew(full, make, carol, dan):
    full.parts.nav.go("inbox")
    full.robot.settle()
    loads = []
    pane = full.parts.nav.children[0]
    pane.model.bind(rows=lambda *_: loads.append("drawn"))
    reload = pane.reload
    pane.reload = lambda: (loads.append("reloaded"), reload())
    full.app._shown = ()
    full.sync()
    assert loads == ["reloaded"]
    full.sync()
    assert loads == ["reloaded"]
    make.request(by=dan)
    full.sync()
    assert loads.count("reloaded") == 2


def test_the_version_is_that_of_the_package():
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert mobile.__version__ == project["version"]
