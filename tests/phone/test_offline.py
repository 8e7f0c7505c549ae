"""Reports made without signal: seen at once, sent later by themselves, once."""

from datetime import timedelta

import pytest

from backend.core.clock import later
from mobile.core.session import _new_phone
from mobile.core.store import Store, Waiting
from tests.phones import GOOD, KILLED_AFTER, KILLED_BEFORE, LOSES_ANSWER, LOSES_REQUEST, NONE, PhoneSim


@pytest.fixture
def phone_of(app, tmp_path):
    """A function that makes a phone; the first call's phone is new and has no account."""
    made = []

    def make(name="phone"):
        made.append(PhoneSim(app, tmp_path / name))
        return made[-1]

    yield make
    for phone in made:
        phone.session.close()


@pytest.fixture
def work(carol):
    """What the desk has on its list: the words of each request, in any order."""

    def told():
        return sorted(
            item["description"] for item in carol.get("/v1/service-requests/work").get_json()["items"]
        )

    return told


def test_a_report_made_in_a_tunnel_arrives_once(phone_of, work):
    phone = phone_of()
    phone.air.rest = NONE
    phone.report("Deep one")
    phone.turn()
    assert phone.requests() == {"Deep one": ("received", True, None)} and work() == []

    phone.air.rest = GOOD
    phone.turn(GOOD, LOSES_ANSWER)
    phone.turn()

    assert phone.requests() == {"Deep one": ("received", False, None)} and work() == ["Deep one"]


@pytest.mark.parametrize("how", [LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER])
@pytest.mark.parametrize("call", range(8))
def test_a_report_with_a_photo_survives_whatever_happens_at_any_call(phone_of, work, jpeg, how, call, carol):
    phone = phone_of()
    phone.report("Deep one", jpeg())
    phone.turn(*[GOOD] * call, how)
    assert "Deep one" in phone.requests()

    phone.turn()

    assert phone.requests() == {"Deep one": ("received", False, None)} and work() == ["Deep one"]
    item = carol.get("/v1/service-requests/work").get_json()["items"][0]
    assert len(item["photos"]) == 1
    assert carol.get(f"/v1/photos/{item['photos'][0]}").status_code == 200
    sent = [
        path.split("/")[2]
        for method, path, how in phone.air.calls
        if how == GOOD and method in ("PUT", "POST")
    ]
    assert sent.index("photos") < sent.index("service-requests")


def test_signing_in_later_brings_the_reports_along_and_a_second_phone_sees_them(phone_of, alice, work):
    phone = phone_of()
    phone.report("Before")
    phone.turn()
    phone.report("Waits")
    assert phone.sign_in(alice).ok
    assert phone.requests() == {"Before": ("received", False, None), "Waits": ("received", True, None)}

    phone.turn()
    second = phone_of("second")
    second.sign_in(alice)
    second.turn()

    assert (
        phone.requests()
        == second.requests()
        == {
            "Before": ("received", False, None),
            "Waits": ("received", False, None),
        }
    )
    assert work() == ["Before", "Waits"]


@pytest.mark.parametrize("how", [LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER])
@pytest.mark.parametrize("call", range(4))
def test_a_report_whose_answer_was_lost_before_the_sign_in_is_not_made_twice(
    phone_of, alice, work, how, call
):
    phone = phone_of()
    phone.report("Once")
    phone.turn(GOOD, LOSES_ANSWER)
    assert phone.sign_in(alice).ok
    phone.turn(*[GOOD] * call, how)
    assert phone.requests()["Once"][0] == "received"

    phone.turn()
    phone.turn()

    assert work() == ["Once"]
    assert phone.requests() == {"Once": ("received", False, None)}


def test_what_the_server_refuses_is_kept_with_its_reason_and_does_not_hold_up_the_rest(phone_of, work):
    phone = phone_of()
    phone.report("A street light", type="street-light-out")
    phone.report("A pothole")
    phone.turn()

    assert phone.requests() == {
        "A street light": ("received", False, "not-handled-here"),
        "A pothole": ("received", False, None),
    }
    assert work() == ["A pothole"]


def test_an_account_whose_session_ended_keeps_what_waits_until_the_next_sign_in(phone_of, alice, erin, work):
    phone = phone_of()
    phone.sign_in(alice)
    phone.turn()
    for session in alice.get("/v1/identity/sessions").get_json()["items"]:
        if not session["this_one"]:
            alice.delete(f"/v1/identity/sessions/{session['id']}")
    phone.report("Kept")
    phone.turn()
    assert (
        phone.sync.state.sign_in_needed
        and phone.requests() == {"Kept": ("received", True, None)}
        and work() == []
    )

    phone.sign_in(alice)
    phone.turn()

    assert work() == ["Kept"] and phone.requests() == {"Kept": ("received", False, None)}


def test_a_role_that_ended_leaves_no_row_on_the_phone(phone_of, alice, dan, erin, make):
    make.request(by=alice)
    phone = phone_of()
    phone.sign_in(dan)
    phone.turn()
    assert len(phone.said("staff_request")) == len(phone.said("staff_entry")) == 1

    grant = dan.get("/v1/me").get_json()["grants"][0]["id"]
    assert erin.delete(f"/v1/identity/grants/{grant}").status_code == 204
    phone.turn()

    assert phone.said("staff_request") == phone.said("staff_entry") == {}


@pytest.mark.parametrize("how", [LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER])
def test_a_lost_answer_to_a_refresh_signs_nobody_out(phone_of, alice, how):
    phone = phone_of()
    phone.sign_in(alice)
    phone.turn()
    with later(timedelta(minutes=11)):
        phone.turn(how)
        assert phone.air.calls[-1][1] == "/v1/identity/refresh"
        with later(timedelta(hours=5)):
            phone.turn()

    assert not phone.sync.state.sign_in_needed and phone.sync.state.online


@pytest.mark.parametrize("air", [GOOD, NONE, LOSES_ANSWER])
def test_signing_out_leaves_nothing_on_the_phone_and_tells_the_server_where_it_can(
    phone_of, alice, jpeg, air
):
    phone = phone_of()
    phone.sync.push_token = lambda: {"platform": "desktop", "token": "a-token-of-this-phone"}
    phone.sign_in(alice)
    phone.turn()
    phone.report("Deep one", jpeg())
    (phone.home / "photos").mkdir()
    (phone.home / "photos" / "one.jpg").write_bytes(jpeg())

    phone.air.rest = air
    phone.sync.sign_out()

    assert phone.session.account is None and phone.requests() == {} and phone.sync.me() is None
    assert [path.name for path in phone.home.rglob("*.jpg") if path.parent.name == "photos"] == []
    assert len(list((phone.home / "people").glob("*.sqlite3"))) == 1
    open_still = [row["device"] for row in alice.get("/v1/identity/sessions").get_json()["items"]]
    assert len(open_still) == (1 if air == GOOD else 2)


def test_a_phone_says_where_it_is_pushed_when_that_is_new_and_once_a_week(phone_of, alice):
    phone = phone_of()
    phone.sync.push_token = lambda: {"platform": "desktop", "token": "a-token-of-this-phone"}
    phone.sign_in(alice)

    def told():
        return sum(call[:2] == ("PUT", "/v1/notifications/endpoint") for call in phone.air.calls)

    counts = []
    for days in (0, 0, 0, 7, 7, 14):
        with later(timedelta(days=days)):
            phone.turn()
        counts.append(told())
    assert counts == [1, 1, 1, 2, 2, 3]


def test_a_phone_that_dies_while_signing_out_has_forgotten_the_account_when_it_starts(phone_of, alice):
    phone = phone_of()
    phone.sign_in(alice)
    phone.turn()
    phone.report("Deep one")
    left = phone.session.store.path

    phone.session._keep(phone=_new_phone(), account=None, access=None, refresh=None, leaving=left.name)
    phone.kill()

    assert phone.session.account is None and not left.exists() and phone.requests() == {}


def test_a_new_name_is_known_as_soon_as_the_server_has_taken_it(phone_of, alice):
    phone = phone_of()
    phone.sign_in(alice)
    phone.turn()
    phone.store.add(Waiting("PATCH", "/v1/me", {"name": "Alice B."}, "me", alice.id))
    phone.turn()
    assert phone.sync.me().name == "Alice B."


def test_a_pull_that_brings_nothing_is_not_told_as_news(phone_of, alice):
    phone = phone_of()
    phone.sign_in(alice)
    phone.turn()
    before = phone.store.revision()
    phone.turn()
    assert phone.store.revision() == before
    phone.report("Deep one")
    assert phone.store.revision("service_request") > before
    assert phone.store.revision("notification") <= before


def test_whoever_still_reads_a_deleted_store_finds_it_empty_and_makes_no_file(tmp_path):
    store = Store(tmp_path / "person.sqlite3")
    store.set("name", "Alice")
    store.delete()

    assert (
        store.get("name") == "" and store.view("service_request") == [] and store.document("x") == ("", b"")
    )
    assert list(tmp_path.iterdir()) == []
    store.close()
