"""Web Push to a push service over TLS, read by browsers; and to those that mean harm."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.notifications.clients import Broken, Gone, Rejected, Retry, Sent, Urgency
from backend.notifications.clients.vapid import public_key, read_key
from backend.notifications.clients.webpush import WebPush
from tests.notifications.jobs import job
from tests.notifications.push_service import Browser, PushService, b64, names

CONTACT = "mailto:it@westu.example"
KEY = ec.generate_private_key(ec.SECP256R1())
RAW = b64(KEY.private_numbers().private_value.to_bytes(32))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def here(address):
    return address == "127.0.0.1"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with PushService(tmp_path_factory.mktemp("push"), ["push.test", "other.test"]) as serving:
        yield serving


@pytest.fixture
def service(running, monkeypatch):
    running.posts.clear()
    running.answers.clear()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.authority))
    with names(
        monkeypatch, push_test=["127.0.0.1"], other_test=["127.0.0.1"], mixed_test=["1.1.1.1", "127.0.0.1"]
    ):
        yield running


@pytest.fixture
def webpush(service):
    channel = WebPush(RAW, CONTACT, ["test"], timeout=2, reaches=here)
    yield channel
    channel.close()


@pytest.fixture
def browser(service):
    """Makes subscriptions."""
    made = iter(range(1000))
    return lambda host="push.test": Browser(f"https://{host}:{service.port}/send/{next(made)}")


def to(browser, **changes):
    return job("", **{"address": browser.address, **changes})


def test_a_browser_reads_what_was_sent_and_nobody_between_does(service, webpush, browser):
    reader = browser()
    told = to(reader, title="¿Boil water? 🚰", collapse="alert-7", data={"about": "alert", "id": "7"})
    [outcome] = webpush.send([told])
    [post] = service.posts
    assert outcome == Sent(f"https://push.test/m{reader.path}")
    assert reader.reads(post) == {
        "mid": str(told.mid), "kind": told.kind, "title": "¿Boil water? 🚰", "body": told.body,
        "about": "alert", "id": "7", "collapse": "alert-7",
    }  # fmt: skip
    assert b"Boil" not in post.body
    assert post.headers["content-encoding"] == "aes128gcm"


def test_a_post_is_signed_for_its_push_service_alone_with_the_citys_key(service, webpush, browser):
    began = time.time()
    webpush.send([to(browser()), to(browser("other.test"))])
    for post in service.posts:
        claims, key = post.claims()
        assert claims["sub"] == CONTACT
        assert began < claims["exp"] <= time.time() + 24 * 3600
        assert key == public_key(RAW) == public_key(PEM)
    assert {post.host for post in service.posts} == {
        f"push.test:{service.port}",
        f"other.test:{service.port}",
    }


def test_headers_tell_how_long_how_urgent_and_what_is_replaced(service, webpush, browser):
    reader = browser()
    for urgency in Urgency:
        webpush.send([to(reader, urgency=urgency, collapse="x" * 500)])
    webpush.send([to(reader, collapse="another"), to(browser())])
    webpush.send([to(reader, expires_at=datetime(2020, 1, 1, tzinfo=UTC))])
    webpush.send([to(reader, expires_at=datetime.now(UTC) + timedelta(days=900))])
    told = [post.headers for post in service.posts]
    assert [each["urgency"] for each in told[:4]] == ["high", "high", "normal", "low"]
    assert 6 * 3600 - 60 < int(told[0]["ttl"]) <= 6 * 3600
    assert [each["ttl"] for each in told[-2:]] == ["0", str(28 * 24 * 3600)]
    assert all(
        len(each["topic"]) <= 32 and each["topic"].replace("-", "").replace("_", "").isalnum()
        for each in told
    )
    assert len({each["topic"] for each in told[:4]}) == 1
    assert len({each["topic"] for each in told}) == 5  # without a collapse, the mid is one


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, Sent), (202, Sent), (404, Gone), (410, Gone), (400, Rejected), (413, Rejected), (401, Broken), (403, Broken),
     (429, Retry), (500, Retry), (502, Retry), (503, Retry), (301, Retry), (418, Retry)],
)  # fmt: skip
def test_each_answer_has_its_outcome(service, webpush, browser, status, kind):
    reader = browser()
    service.answers[reader.path] = (status, {}, b"<html>no</html>")
    [outcome] = webpush.send([to(reader)])
    assert isinstance(outcome, kind)
    assert len(service.posts) == 1


def test_a_push_service_says_how_long_to_wait_and_is_left_alone_so_long(service, webpush, browser):
    busy, free = browser(), browser("other.test")
    service.answers[busy.path] = (429, {"Retry-After": "120"}, b"")
    assert webpush.send([to(busy)]) == [Retry("HTTP 429", 120.0)]
    later, sent = webpush.send([to(busy), to(free)])
    assert isinstance(later, Retry)
    assert 100 < later.after <= 120
    assert isinstance(sent, Sent)
    assert len(service.posts) == 2


def test_a_push_service_that_hangs_holds_up_nobody_elses_messages(service, webpush, browser):
    stuck, free = [browser() for _ in range(40)], threading.Event()
    for each in stuck:
        service.answers[each.path] = lambda _: free.wait(20)
    others = [browser("other.test") for _ in range(20)]
    began = time.monotonic()
    outcomes = webpush.send([to(each) for each in stuck + others])
    took = time.monotonic() - began
    free.set()
    time.sleep(0.3)  # for its farewells
    assert took < 2 * 2 + 1
    assert {type(each) for each in outcomes[:40]} == {Retry}
    assert {type(each) for each in outcomes[40:]} == {Sent}
    assert not any(each.whole_channel for each in outcomes[:40])
    asked = sum(post.path in {each.path for each in stuck} for post in service.posts)
    assert 8 <= asked <= 10, "the eight that were under way, and two until the third failure was heard"


def test_a_push_service_that_is_back_is_used_again(service, webpush, browser, monkeypatch):
    reader = browser()
    service.answers[reader.path] = (500, {}, b"")
    for _ in range(3):
        webpush.send([to(reader)])
    service.answers.clear()
    assert webpush.send([to(reader)])[0].why.startswith("this push service rests")
    monkeypatch.setattr(time, "monotonic", lambda clock=time.monotonic: clock() + 61)
    assert isinstance(webpush.send([to(reader)])[0], Sent)


def test_push_services_that_failed_long_ago_are_forgotten(service, webpush, browser, monkeypatch):
    reader = browser()
    service.answers[reader.path] = (500, {}, b"")
    webpush.send([to(reader)])
    assert len(webpush._services) == 1
    monkeypatch.setattr(time, "monotonic", lambda clock=time.monotonic: clock() + 601)
    webpush.send([to(browser("other.test"))])
    assert [host.partition(":")[0] for host in webpush._services] == ["other.test"]


def test_one_subscription_of_another_key_does_not_stop_the_channel(service, webpush, browser):
    good, foreign = browser(), browser("other.test")
    service.answers[foreign.path] = (403, {}, b"")
    assert isinstance(webpush.send([to(foreign)])[0], Broken)  # nobody has taken our key yet: it may be wrong
    outcomes = webpush.send([to(foreign), to(good)])
    assert [type(each) for each in outcomes] == [Rejected, Sent]
    assert isinstance(webpush.send([to(foreign)])[0], Rejected)
    many = [browser() for _ in range(4)]
    service.answers.update({each.path: (403, {}, b"") for each in many})
    assert {type(each) for each in webpush.send([to(each) for each in many])} == {Broken}


def test_no_redirect_is_followed(service, webpush, browser):
    reader = browser()
    service.answers[reader.path] = (307, {"Location": f"https://push.test:{service.port}/elsewhere"}, b"")
    assert isinstance(webpush.send([to(reader)])[0], Retry)
    assert [post.path for post in service.posts] == [reader.path]


def test_of_a_huge_answer_little_is_read(service, webpush, browser):
    reader, wrote = browser(), []

    def flood(handler):
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 1000000000\r\n\r\n")
        wrote.extend(handler.wfile.write(b"x" * 65536) for _ in range(1000))

    service.answers[reader.path] = flood
    assert isinstance(webpush.send([to(reader)])[0], Sent)
    assert sum(wrote) < 20_000_000


def test_an_answer_that_drips_costs_its_deadline_alone(service, webpush, browser):
    reader = browser()

    def drip(handler):
        for each in b"HTTP/1.1 201 Created\r\nX-Slow: " + b"y" * 100:
            handler.wfile.write(bytes([each]))
            handler.wfile.flush()
            time.sleep(0.2)  # a sign each time: never silent, and never done before the deadline

    service.answers[reader.path] = drip
    began = time.monotonic()
    assert isinstance(webpush.send([to(reader)])[0], Retry)
    assert time.monotonic() - began < 3


def test_connections_and_the_signature_are_used_again(service, webpush, browser):
    before = service.connections
    for _ in range(3):
        assert {type(each) for each in webpush.send([to(browser()) for _ in range(16)])} == {Sent}
    assert service.connections - before <= 8
    assert len({post.headers["authorization"] for post in service.posts}) == 1


def test_a_name_with_one_private_address_among_its_own_is_not_reached(service, webpush, browser):
    [outcome] = webpush.send([to(browser("mixed.test"))])
    assert isinstance(outcome, Retry)
    assert service.posts == []


def test_loopback_is_not_reached_unless_a_test_says_so(service, browser):
    channel = WebPush(RAW, CONTACT, ["test"], timeout=2)
    try:
        reader = browser()
        literal = replace(
            to(reader), address={**reader.address, "endpoint": f"https://127.0.0.1:{service.port}/x"}
        )
        outcomes = channel.send([to(reader), literal])
    finally:
        channel.close()
    assert [type(each) for each in outcomes] == [Retry, Rejected]
    assert service.posts == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_past_every_reading_of_a_url_no_socket_is_made_for_a_private_address(
    service, browser, monkeypatch, host
):
    monkeypatch.setattr("backend.notifications.clients.webpush.refused_endpoint", lambda *_: None)
    channel = WebPush(RAW, CONTACT, timeout=2)
    try:
        reader = browser()
        address = {**reader.address, "endpoint": f"https://{host}:{service.port}/x"}
        [outcome] = channel.send([to(reader, address=address)])
    finally:
        channel.close()
    assert isinstance(outcome, Retry)
    assert service.posts == []


def test_a_name_that_changes_its_address_after_the_look_leads_nowhere_else(service, browser, monkeypatch):
    # The second answer is never asked for: the connection goes to what was looked at.
    channel = WebPush(RAW, CONTACT, ["test"], timeout=2, reaches=here)
    with names(monkeypatch, push_test=["127.0.0.1"]) as asked:
        try:
            assert isinstance(channel.send([to(browser())])[0], Sent)
        finally:
            channel.close()
    assert asked == ["push.test"]


def test_a_proxy_of_the_environment_is_not_used(service, browser, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    channel = WebPush(RAW, CONTACT, ["test"], timeout=2, reaches=here)
    try:
        assert isinstance(channel.send([to(browser())])[0], Sent)
    finally:
        channel.close()


def test_a_push_service_that_nobody_vouches_for_gets_nothing(service, webpush, browser, monkeypatch):
    with names(monkeypatch, nowhere_test=["127.0.0.1"]):
        [outcome] = webpush.send([to(browser("nowhere.test"))])
    assert isinstance(outcome, Retry)
    assert service.posts == []


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "AAAA"},
        {"p256dh": "!"},
        {"p256dh": b64(b"\x04" + b"\x01" * 64)},
        {"auth": ""},
        {"auth": "é"},
    ],
)
def test_keys_that_nobody_can_use_close_the_address(service, webpush, browser, keys):
    reader = browser()
    [outcome] = webpush.send([to(reader, address={**reader.address, **keys})])
    assert isinstance(outcome, Gone)
    assert service.posts == []


def test_long_texts_fit_and_what_still_does_not_is_rejected(service, webpush, browser):
    reader = browser()
    assert isinstance(webpush.send([to(reader, title="ü" * 4000, body="🚰" * 4000)])[0], Sent)
    assert len(service.posts[-1].body) <= 4096
    assert reader.reads(service.posts[-1])["body"].endswith("🚰…")
    assert isinstance(webpush.send([to(reader, data={"id": "x" * 4000})])[0], Rejected)
    assert len(service.posts) == 1


def test_nothing_to_send_asks_nobody(webpush):
    assert webpush.send([]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "A" * 43 + "!",
        b64(b"1" * 31),
        "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
        b64(bytes(32)),
    ],
)
def test_a_key_that_is_none_is_refused_at_once(text):
    with pytest.raises(ValueError):
        WebPush(text, CONTACT)


def test_both_forms_of_a_key_are_the_same():
    assert (
        read_key(RAW).private_numbers()
        == read_key(PEM).private_numbers()
        == read_key(f"{RAW}=\n").private_numbers()
    )
