"""FCM over our own connections: the very bytes of firebase-admin, each posted once."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.notifications.clients import Broken, Rejected, Retry, Sent, Urgency
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.fakefcm import Fault
from backend.notifications.fakefcm import server as fake_server
from backend.notifications.fakefcm.errors import rpc_error
from tests.notifications.jobs import job, met, posts

FAR = datetime.now(UTC) + timedelta(weeks=9)
"""So that what is left of it is four weeks for both, whenever each is sent."""


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"collapse": "request-7", "title": "¿Ñandú? 🚰 \u2028 </script>", "body": "“ü”\n" * 400},
        {"data": {"id": "1", "about": "request"}, "kind": "alert", "title": "", "body": ""},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_both_transports_post_the_same_bytes_and_headers(server, sdk, pooled, urgency, changes):
    told = job(server.fake.register(), **{"urgency": urgency, "expires_at": FAR, **changes})
    fid = replace(told, address={"fid": server.fake.register()})
    for channel in (sdk, pooled):
        assert [type(channel.send([each])[0]) for each in (told, fid)] == [Sent, Sent]
    theirs, theirs_fid, ours, ours_fid = posts(server)
    assert (ours.path, ours.body, ours_fid.body) == (theirs.path, theirs.body, theirs_fid.body)
    for name in ("content-type", "x-goog-api-format-version", "x-firebase-client"):
        assert ours.headers[name] == theirs.headers[name]


def test_a_retry_after_is_left_to_the_outbox(server, pooled):
    assert met(server, pooled, Fault("QUOTA_EXCEEDED", times=1, retry_after=7)) == Retry("quota", 7.0, True)
    outage = met(server, pooled, Fault("UNAVAILABLE", times=1, retry_after=9))
    assert (type(outage), outage.after) == (Retry, 9.0)
    assert len(posts(server)) == 2


def test_each_error_is_posted_once(server, pooled):
    for code in ("INTERNAL", "UNAVAILABLE", "QUOTA_EXCEEDED", "HTML", "DROP"):
        before = len(posts(server))
        assert isinstance(met(server, pooled, Fault(code)), Retry)
        assert len(posts(server)) == before + 1, code


def test_a_connection_that_is_cut_is_tried_again_with_the_same_mid(server, pooled):
    token = server.fake.register()
    server.fake.fault(token, Fault("DROP", times=1))
    others = [server.fake.register() for _ in range(3)]
    told = job(token)
    cut, *sent = pooled.send([told, *(job(other) for other in others)])
    assert (type(cut), cut.whole_channel, {type(each) for each in sent}) == (Retry, False, {Sent})
    assert isinstance(pooled.send([told])[0], Sent)
    assert [got.data["mid"] for got in server.fake.devices[token].inbox] == [str(told.mid)] * 2


def test_a_message_without_an_answer_costs_its_deadline_and_no_other(server, environment, account):
    channel = PooledFcm.from_file(account, lines=2, timeout=0.5)
    token = server.fake.register()
    server.fake.fault(token, Fault("HANG"))
    try:
        began = time.monotonic()
        outcomes = channel.send([job(token), *(job(server.fake.register()) for _ in range(9))])
        took = time.monotonic() - began
    finally:
        channel.close()
    assert [type(outcome) for outcome in outcomes] == [Retry] + [Sent] * 9
    assert took >= 0.5
    assert len(posts(server)) == 10


def test_third_party_auth_error_is_posted_once_and_asks_for_no_new_token(server, pooled):
    pooled.send([job(server.fake.register())])
    grants, before = server.fake.accounts.grants, len(posts(server))
    assert isinstance(met(server, pooled, Fault("THIRD_PARTY_AUTH_ERROR")), Broken)
    assert (len(posts(server)) - before, server.fake.accounts.grants - grants) == (1, 0)


def test_a_token_that_is_refused_is_fetched_anew_once_for_the_whole_batch(server, pooled):
    assert isinstance(pooled.send([job(server.fake.register())])[0], Sent)
    server.fake.accounts._granted.clear()
    grants, before = server.fake.accounts.grants, len(posts(server))
    outcomes = pooled.send([job(server.fake.register()) for _ in range(10)])
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert (len(posts(server)) - before, server.fake.accounts.grants - grants) == (20, 1)


def test_an_account_whose_every_token_is_refused_is_broken_after_one_more(server, pooled, monkeypatch):
    grants = server.fake.accounts.grants
    monkeypatch.setattr(
        server.fake.accounts, "refusal", lambda _: rpc_error(401, "UNAUTHENTICATED", "Invalid credentials.")
    )
    outcomes = pooled.send([job(server.fake.register()) for _ in range(3)])
    assert [type(outcome) for outcome in outcomes] == [Broken] * 3
    assert (len(posts(server)), server.fake.accounts.grants - grants) == (6, 2)


def test_a_proxy_that_refuses_is_heard_at_once(server, pooled, monkeypatch):
    monkeypatch.setattr(fake_server, "GOOGLE", ())
    server.refused.clear()
    outcomes = pooled.send([job(server.fake.register()) for _ in range(2)])
    assert {(type(outcome), outcome.whole_channel) for outcome in outcomes} == {(Retry, True)}
    assert server.refused.count("fcm.googleapis.com") == 2


def test_a_service_that_the_machine_does_not_trust_gets_nothing(server, environment, account, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    channel = PooledFcm.from_file(account, lines=2, timeout=2)
    try:
        [outcome] = channel.send([job(server.fake.register())])
    finally:
        channel.close()
    assert isinstance(outcome, Retry)
    assert "certificate" in outcome.why.lower()
    assert posts(server) == []


def test_connections_stay_open_from_one_batch_to_the_next(server, pooled):
    before = server.http1
    for _ in range(3):
        assert {type(o) for o in pooled.send([job(server.fake.register()) for _ in range(24)])} == {Sent}
    assert server.http1 - before <= 8


def test_connections_that_were_closed_between_two_batches_are_not_used(server, pooled):
    def close_all():
        for writer in server._open:
            writer.close()

    assert {type(o) for o in pooled.send([job(server.fake.register()) for _ in range(8)])} == {Sent}
    server._loop.call_soon_threadsafe(close_all)
    time.sleep(0.1)  # the farewell is under way
    assert {type(o) for o in pooled.send([job(server.fake.register()) for _ in range(8)])} == {Sent}


def test_what_the_sdks_encoder_refuses_is_rejected_alone(server, pooled):
    good = server.fake.register()
    outcomes = pooled.send([job(server.fake.register(), data={"id": 7}), job(good)])
    assert [type(outcome) for outcome in outcomes] == [Rejected, Sent]
