"""Where a webhook is never posted to: inside, by a name that leads there, or to a server that nobody vouches for."""

import json
import socket
import uuid

import pytest

from backend.notifications.clients.webhooks import Post, Webhooks
from tests.cast import problem
from tests.notifications.push_service import PushService, names
from tests.notifications.receiver import receiving


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://localhost/", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest",
     "https://[::1]/", "https://2130706433/", "https://intranet/", "https://printer.local/", "https://u:p@example.com/",
     "ftp://example.com/", "https://example.com/#x", "https://[::ffff:10.0.0.1]/", "https://metadata.internal/"],
)  # fmt: skip
def test_a_url_inside_or_without_tls_is_refused_when_it_is_named(erin, url):
    wish = {"id": str(uuid.uuid4()), "name": "X", "kinds": ["assets.*"]}
    refused = problem(erin.post("/v1/webhooks/", wish | {"url": url}), 422, "invalid")
    assert [error["pointer"] for error in refused["errors"]] == ["/url"]
    assert erin.post("/v1/webhooks/", wish | {"url": "https://example.com:8443/in"}).status_code == 201


def test_a_name_that_leads_inside_is_never_connected_to(monkeypatch, receiver):
    public = Webhooks(timeout=2)
    with names(monkeypatch, hook_example_com=["127.0.0.1"], two_example_com=["93.184.216.34", "10.0.0.1"]):
        urls = (
            f"https://hook.example.com:{receiver.port}/",
            "https://two.example.com/",
            "https://127.0.0.1/",
        )
        posts = [post(url) for url in urls]
        answers = public.post(posts)
    public.close()
    assert [answer.status for answer in answers] == [0, 0, 0]
    assert receiver.posts == []


def post(url):
    return Post(uuid.uuid4(), uuid.uuid4(), 1, url, uuid.uuid4(), b"{}", (b"k" * 32,))


def test_it_goes_over_tls_to_a_server_that_the_machine_trusts_by_one_look_up_and_follows_nothing(
    monkeypatch, tmp_path
):
    with (
        PushService(tmp_path, ["hook.example.com"]) as service,
        names(monkeypatch, hook_example_com=["127.0.0.1"]) as asked,
    ):
        url = f"https://hook.example.com:{service.port}/in"
        strict = Webhooks(timeout=2, reaches=lambda address: address == "127.0.0.1")
        [answer] = strict.post([post(url)])
        strict.close()
        assert (answer.status, service.posts) == (0, [])  # whose certificate nobody vouches for
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(service.authority))
        asked.clear()
        trusting = Webhooks(timeout=2, reaches=lambda address: address == "127.0.0.1")
        service.answers["/in"] = (
            302,
            {"Location": f"https://hook.example.com:{service.port}/other"},
            b"",
        )
        [moved] = trusting.post([post(url)])
        service.answers["/in"] = (200, {}, b"x" * 100_000)
        [fine] = trusting.post([post(url)])
        trusting.close()
    assert (moved.status, moved.good, fine.good) == (302, False, True)
    assert [each.path for each in service.posts] == ["/in", "/in"]
    assert asked == ["hook.example.com"]


def test_one_that_hangs_ends_with_its_time_and_holds_nobody_elses_post(receiver):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Webhooks(loopback=True, timeout=0.5)
        slow, fine = way.post([post(f"http://127.0.0.1:{silent.getsockname()[1]}/"), post(receiver.url)])
        way.close()
    assert (slow.status, slow.why, fine.status) == (0, "TimeoutError", 200)
    assert json.loads(receiver.posts[0].raw) == {}
