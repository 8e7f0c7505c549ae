"""A desktop that plays a phone hears what the FCM channel sends: sender, SDK, TLS, fake, device."""

import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from backend.notifications.clients import Job, Sent
from backend.notifications.fakefcm import FakeFcm, FakeFcmServer, Fault, rules
from mobile.core.device.push import FakeFcmPush, Mids, NoPush

SOON = 20  # seconds to wait for what must come; never waited for in full


def job(token):
    return Job(
        delivery=1,
        endpoint=uuid4(),
        address={"token": token},
        mid=uuid4(),
        kind="request-status",
        urgency=2,
        title="Your report",
        body="Work has begun.",
        data={"id": str(uuid4())},
        collapse=None,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def until(condition):
    """What the condition gives as soon as it holds."""
    end = time.monotonic() + SOON
    while not (value := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
    return value


class Ear(queue.SimpleQueue):
    """Collects what a device hears."""

    def next(self):
        return self.get(timeout=SOON)


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def desktop(server, tmp_path):
    device = FakeFcmPush(server.url, tmp_path)
    yield device
    device.stop()


def test_a_message_is_heard_end_to_end(fcm, desktop, ear):
    desktop.listen(ear.put)
    address = desktop.token()
    assert address["platform"] == "desktop"
    told = job(address["token"])
    [outcome] = fcm.send([told])
    assert isinstance(outcome, Sent)
    assert ear.next() == {"mid": str(told.mid), "kind": "request-status", "id": told.data["id"]}


def test_a_repeat_is_heard_once(server, sdk, desktop, ear):
    token = desktop.token()["token"]
    desktop.listen(ear.put)
    server.fake.fault(token, Fault("DROP", times=1))
    twice, other = job(token), job(token)
    sdk.send([twice])
    sdk.send([other])
    assert len(server.fake.devices[token].inbox) == 3
    assert [ear.next()["mid"], ear.next()["mid"]] == [str(twice.mid), str(other.mid)]
    assert ear.empty()


def test_what_was_sent_while_the_app_was_shut_is_heard_at_its_next_start(server, fcm, desktop, ear, tmp_path):
    token = desktop.token()["token"]
    desktop.listen(ear.put)
    heard, missed = job(token), job(token)
    fcm.send([heard])
    assert ear.next()["mid"] == str(heard.mid)
    desktop.stop()
    fcm.send([missed])
    again = FakeFcmPush(server.url, tmp_path)
    assert again.token() == {"platform": "desktop", "token": token}
    again.listen(ear.put)
    try:
        assert ear.next()["mid"] == str(missed.mid)
    finally:
        again.stop()
    assert ear.empty()


def test_a_listener_that_fails_hears_the_next_message(fcm, desktop, ear, caplog):
    def fails_once(data):
        ear.put(data)
        if data["mid"] == str(first.mid):
            raise RuntimeError("a mistake of the app's")

    token = desktop.token()["token"]
    first, second = job(token), job(token)
    desktop.listen(fails_once)
    fcm.send([first])
    fcm.send([second])
    assert [ear.next()["mid"], ear.next()["mid"]] == [str(first.mid), str(second.mid)]
    assert "not understood" in caplog.text


def test_a_restart_of_the_fake_keeps_the_token_and_is_ridden_out(tmp_path, ear, monkeypatch):
    monkeypatch.setattr(FakeFcmPush, "AWAY", 0.05)
    kept, app = tmp_path / "fake", tmp_path / "app"
    kept.mkdir()
    app.mkdir()
    with FakeFcmServer(FakeFcm(folder=kept)) as before:
        port = int(before.url.rpartition(":")[2])
        desktop = FakeFcmPush(before.url, app)
        address = desktop.token()
        desktop.listen(ear.put)
    try:
        with FakeFcmServer(FakeFcm(folder=kept), port=port) as after:
            order = {"message": {"token": address["token"], "data": {"mid": "1"}}}
            deliver(after.fake, order)
            assert ear.next() == {"mid": "1"}
            assert desktop.token() == address
            desktop.stop()
    finally:
        desktop.stop()


def deliver(fake, body):
    """Hand a message over as the fake does once it has let a sender in."""
    fake._deliver("projects/demo-city/messages/1", rules.read(body))


def test_a_fake_that_forgot_the_token_gives_a_new_one(server, desktop, ear):
    old = desktop.token()["token"]
    server.fake.uninstall(old)
    desktop.listen(ear.put)
    new = until(lambda: (token := desktop.token()["token"]) != old and token)
    deliver(server.fake, {"message": {"token": new, "data": {"mid": "1"}}})
    assert ear.next() == {"mid": "1"}


def test_without_a_fake_there_is_no_token_and_stopping_works(tmp_path):
    with FakeFcmServer() as gone:
        url = gone.url
    device = FakeFcmPush(url, tmp_path)
    assert device.token() is None
    device.listen(lambda _: None)
    device.stop()
    assert [thread for thread in threading.enumerate() if thread.name == "push"] == []


def test_stopping_ends_a_question_that_is_held_open(server, desktop, ear):
    token = desktop.token()["token"]
    desktop.listen(ear.put)
    deliver(server.fake, {"message": {"token": token, "data": {"mid": "1"}}})
    assert ear.next() == {"mid": "1"}
    desktop.stop()
    desktop.stop()
    assert [thread for thread in threading.enumerate() if thread.name == "push"] == []


def test_a_listener_may_stop_listening_from_within_and_hears_the_rest_later(server, desktop, ear):
    def enough(data):
        ear.put(data["mid"])
        desktop.stop()

    token = desktop.token()["token"]
    for mid in ("1", "2"):
        deliver(server.fake, {"message": {"token": token, "data": {"mid": mid}}})
    desktop.listen(enough)
    assert ear.next() == "1"
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "push"])
    assert ear.empty()
    desktop.listen(enough)
    assert ear.next() == "2"


def test_no_token_is_logged_nor_readable_by_others(server, desktop, ear, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    token = desktop.token()["token"]
    desktop.listen(ear.put)
    deliver(server.fake, {"message": {"token": token, "data": {"mid": "1"}}})
    assert ear.next()
    desktop.stop()
    assert token not in caplog.text
    assert json.loads((tmp_path / "push.json").read_text())["token"] == token
    assert (tmp_path / "push.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_a_new_device(server, tmp_path):
    (tmp_path / "push.json").write_text("{")
    assert FakeFcmPush(server.url, tmp_path).token() is not None


def test_the_last_three_hundred_mids_are_known():
    mids = Mids()
    assert all(mids.first(str(n)) for n in range(301))
    assert not mids.first("300")
    assert not mids.first("1")
    assert mids.first("0")


def test_a_phone_without_a_push_service_has_no_token_and_hears_nothing():
    push = NoPush()
    push.listen(pytest.fail)
    push.stop()
    assert push.token() is None
