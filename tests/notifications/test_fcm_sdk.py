"""firebase-admin's own ways, real and unpatched: each trap that was met in it, and how the channel gets round it."""

import re
import subprocess
import sys
import threading
import time
import warnings
from datetime import timedelta

import firebase_admin
import pytest
from firebase_admin import credentials, exceptions, messaging
from google.auth.exceptions import GoogleAuthError

from backend.notifications.clients import Broken, Retry, Sent, Urgency
from backend.notifications.clients.fcm import Fcm
from backend.notifications.fakefcm import Fault
from backend.notifications.fakefcm import server as fake_server
from backend.worker import once_through
from tests.notifications.jobs import job, met, posts
from tests.whole.code import files, text_of


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the SDK asks to sleep on our threads, which it then does not."""
    asked, sleep = [], time.sleep

    def wait(seconds):
        (asked.append if threading.current_thread().name.startswith("fcm") else sleep)(seconds)

    monkeypatch.setattr(time, "sleep", wait)
    return asked


def test_a_short_retry_after_is_waited_for_by_the_sdk_itself(server, sdk):
    assert isinstance(met(server, sdk, Fault("QUOTA_EXCEEDED", times=1, retry_after=1)), Sent)
    assert len(posts(server)) == 2


def test_a_retry_after_that_outlasts_our_patience_holds_the_channel(server, sdk):
    sdk.patience = 0.2
    outcome = met(server, sdk, Fault("QUOTA_EXCEEDED", times=1, retry_after=1))
    assert outcome == Retry("no answer in time", 60.0, whole_channel=True)


def test_an_outage_that_passes_is_ridden_out_by_the_sdk(server, sdk):
    assert isinstance(met(server, sdk, Fault("UNAVAILABLE", times=1), Fault("INTERNAL", times=1)), Sent)
    assert len(posts(server)) == 3


def test_what_the_sdk_gives_up_on_is_tried_again_when_the_service_says(server, sdk):
    # Each is posted five times. Retry-After 1 spares this test the SDK's own 0, 1, 2 and 4 seconds.
    tokens = [server.fake.register(), server.fake.register()]
    server.fake.fault(tokens[0], Fault("UNAVAILABLE", retry_after=1))
    server.fake.fault(tokens[1], Fault("QUOTA_EXCEEDED", retry_after=1))
    outage, quota = sdk.send([job(token) for token in tokens])
    assert (type(outage), outage.after, outage.whole_channel) == (Retry, 1.0, False)
    assert quota == Retry("quota", 1.0, whole_channel=True)
    assert len(posts(server)) == 10


def test_a_lost_answer_sends_twice_with_the_same_mid(server, sdk):
    token = server.fake.register()
    server.fake.fault(token, Fault("DROP", times=1))
    told = job(token)
    assert isinstance(sdk.send([told])[0], Sent)
    assert [got.data["mid"] for got in server.fake.devices[token].inbox] == [str(told.mid)] * 2


def test_time_out_posts_twice_and_is_tried_again_later(server, environment, account):
    channel = Fcm.from_file(account, threads=1, timeout=0.5)
    try:
        outcome = met(server, channel, Fault("HANG"))
        assert isinstance(outcome, Retry)
        assert "Failed to establish a connection" in outcome.why  # so says the SDK, though there was one
    finally:
        channel.close()
    assert len(posts(server)) == 2


def test_a_batch_is_twice_the_threads_and_its_lease_outlasts_the_sdk(sdk):
    assert sdk.batch == 16
    assert sdk.lease >= timedelta(minutes=10)


def test_errors_of_the_server_are_posted_five_times_with_growing_waits(server, sdk, waits):
    assert isinstance(met(server, sdk, Fault("INTERNAL")), Retry)
    assert len(posts(server)) == 5
    assert waits == [1.0, 2.0, 4.0], "so the channel adds no loop of its own"


def test_a_quota_without_retry_after_is_not_waited_for_by_the_sdk(server, sdk, waits):
    assert met(server, sdk, Fault("QUOTA_EXCEEDED")) == Retry("quota", 60.0, whole_channel=True)
    assert (len(posts(server)), waits) == (1, [])


def test_third_party_auth_error_is_a_401_that_google_auth_posts_three_times(server, sdk):
    sdk.send([job(server.fake.register())])
    grants, before = server.fake.accounts.grants, len(posts(server))
    assert isinstance(met(server, sdk, Fault("THIRD_PARTY_AUTH_ERROR")), Broken)
    assert (len(posts(server)) - before, server.fake.accounts.grants - grants) == (3, 2)


def test_a_refresh_error_is_no_firebase_error_and_leaks_from_send(server, environment, revoked):
    app = firebase_admin.initialize_app(credentials.Certificate(str(revoked)), name="revoked")
    try:
        with pytest.raises(GoogleAuthError) as leaked:
            messaging.send(messaging.Message(fid=server.fake.register(), data={"k": "v"}), app=app)
    finally:
        firebase_admin.delete_app(app)
    assert not isinstance(leaked.value, exceptions.FirebaseError)


def test_a_proxy_that_refuses_is_tried_eleven_times_and_holds_nobody_longer_than_our_patience(
    server, environment, account, monkeypatch, waits
):
    sdk = Fcm.from_file(account, threads=1, timeout=2)
    monkeypatch.setattr(fake_server, "GOOGLE", ())
    server.refused.clear()
    try:
        [outcome] = sdk.send([job(server.fake.register())])
    finally:
        sdk.close()
    assert isinstance(outcome, Retry)
    assert outcome.whole_channel
    assert server.refused.count("fcm.googleapis.com") == 11
    assert sum(waits) > 2 * sdk.patience, "the SDK alone would have waited so many seconds"
    assert sdk.patience <= 60


def test_nothing_of_ours_calls_the_sdks_async_or_send_each():
    # Async ignores HTTPS_PROXY and Retry-After and dies with a second event loop; send_each starts a thread for each
    # message and loses all results to one bad credential, or to an empty list.
    calls = re.compile(r"\.send_each|_async\(")
    assert [path for path in files("backend/notifications") if calls.search(text_of(path))] == []


def test_send_each_of_nothing_raises_and_the_channel_skips_it(firebase, sdk):
    with pytest.raises(exceptions.UnknownError, match="max_workers"):
        messaging.send_each([], app=firebase)
    assert sdk.send([]) == []


def test_a_cold_start_of_many_threads_asks_for_one_access_token(server, environment, account):
    before = server.fake.accounts.grants
    channel = Fcm.from_file(account, threads=16)
    try:
        assert {type(o) for o in channel.send([job(server.fake.register()) for _ in range(32)])} == {Sent}
    finally:
        channel.close()
    assert server.fake.accounts.grants == before + 1


def test_a_firewall_that_blocks_google_auths_look_up_of_regions_costs_nothing(
    server, account, environment, monkeypatch, caplog
):
    monkeypatch.setattr(fake_server, "GOOGLE", ("fcm.googleapis.com",))
    channel = Fcm.from_file(account, threads=2)
    try:
        assert isinstance(channel.send([job(server.fake.register())])[0], Sent)
    finally:
        channel.close()
    assert set(server.refused) <= {"iamcredentials.googleapis.com", "fcm.googleapis.com"}
    assert [record for record in caplog.records if record.name.startswith("backend")] == []


def test_a_token_is_sent_without_the_sdks_warning_and_hides_no_other(server, sdk):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert isinstance(sdk.send([job(server.fake.register())])[0], Sent)
        warnings.warn("another", DeprecationWarning, stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["another"]


def test_an_empty_message_is_taken_by_the_sdk_and_ours_is_never_empty(server, firebase, sdk):
    token = server.fake.register()
    messaging.send(messaging.Message(fid=token), app=firebase)
    for urgency in Urgency:
        sdk.send([job(token, title="", body="", data={}, urgency=urgency)])
    empty, *ours = server.fake.devices[token].inbox
    assert (empty.data, empty.notification) == ({}, {})
    assert all(got.data["mid"] and got.data["kind"] for got in ours)


def test_what_google_auth_says_when_a_program_ends_does_not_change_how_it_ends(server, environment, account):
    code = (
        "import sys; from backend.notifications.clients.fcm import Fcm; from tests.notifications.jobs import job; "
        f"channel = Fcm.from_file({str(account)!r}, threads=1); "
        f"[sent] = channel.send([job({server.fake.register()!r})]); channel.close(); sys.exit(repr(sent)[:4] != 'Sent')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_messages_to_one_phone_are_never_in_one_batch(alice, carol, make, server, sdk, monkeypatch):
    # Threads send in parallel: within a batch "waste 1" may beat "waste 2".
    token, send, batches = server.fake.register(), sdk.send, []
    alice.put("/v1/notifications/endpoint", {"platform": "android", "token": token})
    for _ in range(3):
        request = make.request(by=alice)
        carol.post(f"/v1/service-requests/{request['id']}/close", {"reason": "fixed"})
    monkeypatch.setattr(
        sdk, "send", lambda jobs: batches.append([job.endpoint for job in jobs]) or send(jobs)
    )
    for _ in range(8):
        once_through([sdk])
    assert [len(batch) for batch in batches] == [1, 1, 1]
    assert len(server.fake.devices[token].inbox) == 3
