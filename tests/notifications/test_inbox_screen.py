"""The inbox on the phone: what was told, by day, read once and for all phones."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.phones import GOOD, NONE


@pytest.fixture
def told(make, alice, carol, dan):
    """A request of Alice's that was worked and closed, so that she has three notifications; gives its id."""
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/move", {"status": "in-progress"})
    dan.post(f"{path}/close", {"reason": "fixed"})
    make.worked()
    return request["id"]


@pytest.fixture
def inbox(show_app, alice, told):
    """The app with Alice signed in, at her inbox."""
    shown = show_app()
    shown.sign_in(alice)
    shown.parts.nav.go("inbox")
    shown.robot.settle()
    return shown


def badge(shown):
    return next(tab["count"] for tab in shown.app.tabs.tabs if tab["name"] == "inbox")


def read_at_server(person):
    items = person.get("/v1/notifications/").get_json()["items"]
    return sum(item["read_at"] is not None for item in items)


def test_what_was_told_stands_newest_first_under_its_day_and_counts_at_the_tab(inbox, pictures):
    rows = inbox.parts.nav.children[0].model.rows
    assert [row.get("heading", False) for row in rows] == [True, False, False, False]
    assert rows[0]["title"] == "Today"
    assert [row["title"].split(" ")[-1] for row in rows[1:]] == ["closed", "begun", "crew"]
    assert badge(inbox) == 3
    pictures(inbox.robot, "inbox")


def test_a_tap_opens_what_it_is_about_and_marks_it_read_for_all_phones_even_without_signal(
    inbox, told, alice
):
    inbox.air.rest = NONE
    row = inbox.robot.all(cls="Row")[0]
    inbox.robot.tap(row)
    assert inbox.parts.nav.current == "request"
    assert str(inbox.parts.nav.children[0].args["id"]) == told
    inbox.parts.sync.turn()
    assert badge(inbox) == 2 and read_at_server(alice) == 0

    inbox.air.rest = GOOD
    inbox.sync()
    inbox.sync()
    assert badge(inbox) == 2 and read_at_server(alice) == 1


def test_all_are_marked_at_once_and_stay_so_after_the_server_has_answered(inbox, alice):
    inbox.robot.tap(text="Mark all as read")
    assert badge(inbox) == 0
    assert inbox.robot.all(text="Mark all as read") == []
    inbox.sync()
    inbox.sync()
    assert badge(inbox) == 0 and read_at_server(alice) == 3
    assert inbox.parts.store.outbox() == []


def test_an_empty_inbox_says_what_will_be_here(show_app, pictures):
    shown = show_app()
    shown.air.rest = NONE
    shown.parts.nav.go("inbox")
    shown.sync()
    assert shown.robot.find(text="Nothing yet")
    assert badge(shown) == 0
    pictures(shown.robot, "inbox-empty")


def test_older_days_have_their_names(inbox):
    model = inbox.parts.nav.children[0].model
    now = datetime.now(UTC)
    model.load(now + timedelta(days=1))
    assert model.rows[0]["title"] == "Yesterday"
    model.load(now + timedelta(days=5))
    assert model.rows[0]["title"] not in ("Today", "Yesterday")


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize(("look", "language"), [("light", "en"), ("dark", "es")])
def test_it_reads_whole_in_every_look(inbox, kit, look, language, scale, pictures):
    kit.theme.mode, kit.theme.text_scale, kit.words.language = look, scale, language
    inbox.robot.settle()
    assert inbox.robot.clipped() == []
    assert inbox.robot.small_targets() == []
    assert inbox.robot.nameless() == []
    pictures(inbox.robot, f"inbox-{look}-{language}-{scale}")


@pytest.fixture
def pictures(tmp_path):
    """Keep a picture of what is shown, in the folder of SHOTS if that is set."""
    from tests.robot import choose_window

    folder = Path(os.environ.get("SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(robot, name):
        if choose_window() == "gl":
            robot.settle()
            robot.shot(folder / f"{name}.png")

    return keep
