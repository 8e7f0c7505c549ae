"""The phone's core hears from the real stream when to pull, and polls where there is none."""

import dataclasses
import threading

import httpx
import pytest

from mobile.core.api import Answer
from mobile.core.stream import GONE_S, Stream
from mobile.core.sync import IN_BACK_S, IN_FRONT_S, TOLD_S
from tests.phones import NONE, PhoneSim
from tests.robot import choose_window
from tests.streaming import StreamProcess, until


@pytest.fixture(scope="module")
def process(house, settings, tmp_path_factory):
    made = StreamProcess(settings, tmp_path_factory.mktemp("stream") / "log")
    yield made
    made.end()


class TwoPlaces(httpx.BaseTransport):
    """The server by the test's own air, and everything else by the real network."""

    def __init__(self, air):
        self.air, self.network, self.lock = air, httpx.HTTPTransport(), threading.Lock()

    def handle_request(self, request):
        if request.url.host == "city.test":
            with self.lock:  # the air is for one caller at a time
                return self.air.handle_request(request)
        return self.network.handle_request(request)

    def close(self):
        self.network.close()


@pytest.fixture
def phone(app, tmp_path):
    """A phone's core; the server sends it on to where no stream is."""
    made = PhoneSim(app, tmp_path / "phone")
    made.pulls = []
    made.api.transport = TwoPlaces(made.air)
    made.stream = Stream(made.sync, lambda: made.pulls.append(1))
    yield made
    made.api.close()
    made.session.close()


@pytest.fixture
def heard(app, process, phone):
    """The phone, where the server sends it on to the real stream."""
    house = app.extensions["westu"]
    settings = dataclasses.replace(house.settings, stream_url=process.url)
    app.extensions["westu"] = dataclasses.replace(house, settings=settings)
    yield phone
    app.extensions["westu"] = house


@pytest.fixture
def running(heard, monkeypatch):
    """The phone with its two loops, as the app runs them, but that it never polls."""
    choose_window()
    monkeypatch.setattr("mobile.core.sync.IN_FRONT_S", 3600.0)
    from mobile.core.tasks import Tasks

    tasks = Tasks()
    heard.loop = tasks.loop(heard.sync.turn)
    heard.stream.pull_now = heard.loop.wake
    tasks.loop(heard.stream.turn)
    until(lambda: heard.sync.told and heard.store.get("cursor"))
    yield heard
    heard.stream.end()
    assert tasks.stop(10)


def test_a_change_on_the_server_makes_the_phone_pull_without_polling(running, carol, make):
    running.sign_in(carol)
    running.sync.refresh_me()
    running.loop.wake()
    until(lambda: running.sync.me() and running.sync.me().email == carol.email)
    until(lambda: running.sync.told)

    request = make.request(by=make.person("alice"))

    until(lambda: request["id"] in running.said("staff_request"))


def test_a_phone_that_is_told_rests_long_and_one_that_is_not_polls(phone):
    assert phone.sync.turn() == IN_FRONT_S
    phone.sync.told = True
    assert phone.sync.turn() == TOLD_S
    phone.sync.told, phone.sync.in_front = False, False
    assert phone.sync.turn() == IN_BACK_S


def test_when_the_stream_ends_the_phone_looks_for_itself_and_polls(heard):
    told = []
    heard.stream.pull_now = lambda: told.append(heard.sync.told) or heard.stream.rest()
    heard.stream.turn()
    assert told == [True, False], "told while it was open, and once more when it ended"
    assert heard.sync.turn() == IN_FRONT_S


def test_with_no_stream_to_be_found_it_tries_again_ever_more_seldom(phone):
    phone.sync.turn()
    pauses = [phone.stream.turn() for _ in range(8)]
    assert pauses[0] <= 2 and 30 <= pauses[-1] <= 60
    assert phone.pulls == []
    phone.air.rest = NONE
    assert 30 <= phone.stream.turn() <= 60


@pytest.mark.parametrize(
    ("status", "headers", "least"),
    [(404, {}, GONE_S), (429, {"retry-after": "70"}, 70), (503, {"retry-after": "30"}, 30), (401, {}, 1)],
)
def test_a_refusal_is_heeded(phone, monkeypatch, status, headers, least):
    phone.sync.turn()
    monkeypatch.setattr(phone.api, "listen", lambda *_, **__: Answer(status, None, headers))
    assert least <= phone.stream.turn() <= max(least, 2)
    assert (phone.session._kept.get("access_until") is None) == (status == 401)


def test_an_app_that_is_too_old_to_be_let_in_asks_seldom(app, phone):
    house = app.extensions["westu"]
    app.extensions["westu"] = dataclasses.replace(
        house, settings=dataclasses.replace(house.settings, oldest_wire=99)
    )
    try:
        assert phone.stream.turn() == GONE_S
    finally:
        app.extensions["westu"] = house


def test_in_the_back_it_does_not_listen(phone, monkeypatch):
    monkeypatch.setattr(phone.api, "listen", None)
    phone.sync.in_front = False
    assert phone.stream.turn() == IN_BACK_S


def test_a_token_that_goes_by_tls_is_sent_nowhere_without(app, phone):
    from mobile.core.api import Api, NoSignal

    asked = []

    def answer(request):
        asked.append(request.url.scheme)
        return httpx.Response(307, headers={"Location": "http://city.test/v1/stream"})

    api = Api("https://city.test", httpx.MockTransport(answer))
    with pytest.raises(NoSignal):
        api.listen("/v1/stream", token="t", said=lambda _: True)
    assert asked == ["https"]


def test_the_server_names_the_streams_port_on_the_host_that_was_called(app, alice):
    port = app.extensions["westu"].settings.stream_port
    for called, host in (("city.test:8000", "city.test"), ("[::1]:8000", "[::1]")):
        answer = alice.get("/v1/stream", headers={"Host": called})
        assert (answer.status_code, answer.headers["Location"]) == (307, f"http://{host}:{port}/v1/stream")
