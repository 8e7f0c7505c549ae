"""The FCM channel through the real, unpatched firebase-admin, over TLS, against the fake."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from backend.notifications.clients import Broken, Gone, Job, Rejected, Retry, Sent, Urgency
from backend.notifications.clients.fcm import Fcm
from backend.notifications.fakefcm import FakeFcmServer, Fault


def job(token, **changes):
    made = Job(
        delivery=1,
        endpoint=uuid4(),
        address={"token": token},
        mid=uuid4(),
        kind="request-status",
        urgency=Urgency.STATUS,
        title="Your report",
        body="Work has begun.",
        data={"id": str(uuid4())},
        collapse=None,
        expires_at=datetime.now(UTC) + timedelta(hours=6),
    )
    return replace(made, **changes)


def posts(server):
    return [r for r in tuple(server.fake.requests) if r.path.endswith("messages:send")]


def met(server, fcm, *faults, **changes):
    """What becomes of one message that meets these faults."""
    token = server.fake.register()
    server.fake.fault(token, *faults)
    return fcm.send([job(token, **changes)])[0]


def test_a_message_reaches_the_device_with_ids_only_in_its_data(server, fcm):
    token = server.fake.register()
    told = job(token)
    [outcome] = fcm.send([told])
    [got] = server.fake.devices[token].inbox
    assert outcome == Sent(got.name)
    assert got.data == {"mid": str(told.mid), "kind": "request-status", "id": told.data["id"]}
    assert got.notification["title"] == "Your report"
    assert got.message["android"]["priority"] == "NORMAL"
    assert got.message["apns"]["headers"]["apns-priority"] == "5"


def test_an_installation_id_goes_to_its_own_field(server, fcm):
    fid = server.fake.register()
    [outcome] = fcm.send([job(fid, address={"fid": fid})])
    assert isinstance(outcome, Sent)
    assert json.loads(posts(server)[-1].body)["message"]["fid"] == fid


def test_an_alert_is_a_data_message_of_high_priority(server, fcm):
    token = server.fake.register()
    fcm.send([job(token, kind="alert", urgency=Urgency.ALERT, title="Boil water", collapse="boil")])
    [got] = server.fake.devices[token].inbox
    assert got.notification == {}
    assert got.message["android"]["priority"] == "HIGH"
    assert (got.data["title"], got.data["channel"], got.data["collapse"]) == ("Boil water", "alerts", "boil")
    assert got.message["apns"]["payload"]["aps"]["alert"]["title"] == "Boil water"


def test_alerts_survive_reminders_on_a_phone_that_was_off(server, fcm):
    token = server.fake.register()
    phone = server.fake.devices[token]
    phone.online = False
    for n in range(6):
        fcm.send([job(token, kind="alert", urgency=Urgency.ALERT, data={"id": str(n)}, collapse=f"a{n}")])
    for n in range(3):
        fcm.send([job(token, kind="waste", urgency=Urgency.REMINDER, data={"id": str(n)}, collapse=f"w{n}")])
    phone.come_online()
    assert [got.data["id"] for got in phone.inbox] == ["0", "1", "2", "3", "4", "5", "2"]


@pytest.mark.parametrize(
    ("code", "kind", "requests"),
    [
        ("UNREGISTERED", Gone, 1),
        ("SENDER_ID_MISMATCH", Gone, 1),
        ("INVALID_ARGUMENT", Rejected, 1),
        ("THIRD_PARTY_AUTH_ERROR", Broken, 3),  # a 401: google-auth signs in and posts again, twice
        ("HTML", Retry, 1),
    ],
)
def test_each_error_has_its_outcome(server, fcm, code, kind, requests):
    assert isinstance(met(server, fcm, Fault(code)), kind)
    assert len(posts(server)) == requests


def test_a_phone_that_was_wiped_is_gone(server, fcm):
    token = server.fake.register()
    server.fake.uninstall(token)
    assert fcm.send([job(token)]) == [Gone("UNREGISTERED")]


def test_a_token_that_fcm_cannot_read_is_gone(fcm):
    [outcome] = fcm.send([job("no token at all")])
    assert isinstance(outcome, Gone)


def test_a_quota_without_retry_after_holds_the_channel_a_minute(server, fcm):
    assert met(server, fcm, Fault("QUOTA_EXCEEDED")) == Retry("quota", 60.0, whole_channel=True)
    assert len(posts(server)) == 1


def test_a_short_retry_after_is_waited_for_by_the_sdk_itself(server, fcm):
    assert isinstance(met(server, fcm, Fault("QUOTA_EXCEEDED", times=1, retry_after=1)), Sent)
    assert len(posts(server)) == 2


def test_a_retry_after_that_outlasts_our_patience_holds_the_channel(server, fcm):
    fcm.patience = 0.2
    outcome = met(server, fcm, Fault("QUOTA_EXCEEDED", times=1, retry_after=1))
    assert outcome == Retry("no answer in time", 60.0, whole_channel=True)


def test_an_outage_that_passes_is_ridden_out_by_the_sdk(server, fcm):
    assert isinstance(met(server, fcm, Fault("UNAVAILABLE", times=1), Fault("INTERNAL", times=1)), Sent)
    assert len(posts(server)) == 3


def test_what_the_sdk_gives_up_on_is_tried_again_when_the_service_says(server, fcm):
    # Each is posted five times. Retry-After 1 spares this test the SDK's own 0, 1, 2 and 4 seconds.
    tokens = [server.fake.register(), server.fake.register()]
    server.fake.fault(tokens[0], Fault("UNAVAILABLE", retry_after=1))
    server.fake.fault(tokens[1], Fault("QUOTA_EXCEEDED", retry_after=1))
    outage, quota = fcm.send([job(token) for token in tokens])
    assert (type(outage), outage.after, outage.whole_channel) == (Retry, 1.0, False)
    assert quota == Retry("quota", 1.0, whole_channel=True)
    assert len(posts(server)) == 10


def test_a_lost_answer_sends_twice_with_the_same_mid(server, fcm):
    token = server.fake.register()
    server.fake.fault(token, Fault("DROP", times=1))
    told = job(token)
    assert isinstance(fcm.send([told])[0], Sent)
    assert [got.data["mid"] for got in server.fake.devices[token].inbox] == [str(told.mid)] * 2


def test_no_answer_at_all_is_tried_again_later(server, environment, account):
    channel = Fcm.from_file(account, threads=1, timeout=0.5)
    try:
        assert isinstance(met(server, channel, Fault("HANG")), Retry)
    finally:
        channel.close()
    assert len(posts(server)) == 2


def test_one_bad_address_costs_the_others_nothing(server, fcm):
    tokens = [server.fake.register() for _ in range(16)]
    server.fake.uninstall(tokens[3])
    server.fake.fault(tokens[5], Fault("INVALID_ARGUMENT"))
    outcomes = fcm.send([job(token) for token in tokens])
    assert [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Sent)] == [3, 5]
    assert (type(outcomes[3]), type(outcomes[5])) == (Gone, Rejected)


def test_a_payload_that_is_too_big_is_rejected_and_a_long_text_is_cut(server, fcm):
    assert isinstance(met(server, fcm, data={"id": "x" * 4096}), Rejected)
    token = server.fake.register()
    assert isinstance(fcm.send([job(token, body="ü" * 4096)])[0], Sent)
    body = server.fake.devices[token].inbox[-1].notification["body"]
    assert len(body.encode()) <= 1000
    assert body.endswith("ü…")


def test_what_the_sdk_itself_refuses_is_rejected(server, fcm):
    assert isinstance(met(server, fcm, data={"id": 7}), Rejected)
    assert posts(server) == []


def test_another_projects_key_closes_no_address(server, fcm):
    tokens = [server.fake.register() for _ in range(16)]
    server.fake.foreign.update(tokens[:4])
    outcomes = fcm.send([job(token) for token in tokens])
    assert [type(outcome) for outcome in outcomes] == [Broken] * 4 + [Sent] * 12
    few = fcm.send([job(token) for token in tokens[:3]])
    assert few == [Gone("SENDER_ID_MISMATCH")] * 3


def test_one_batch_asks_for_one_access_token(server, environment, account):
    before = server.fake.accounts.grants
    channel = Fcm.from_file(account, threads=8)
    try:
        outcomes = channel.send([job(server.fake.register()) for _ in range(channel.batch)])
    finally:
        channel.close()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert server.fake.accounts.grants == before + 1


def test_a_revoked_account_is_broken_and_posts_nothing(server, environment, account, tmp_path):
    with FakeFcmServer() as other:
        revoked = other.service_account()
    path = tmp_path / "revoked.json"
    path.write_text(json.dumps({**revoked, "token_uri": f"{server.url}/token"}))
    channel = Fcm.from_file(path, threads=2)
    try:
        outcomes = channel.send([job(server.fake.register()) for _ in range(4)])
    finally:
        channel.close()
    assert [type(outcome) for outcome in outcomes] == [Broken] * 4
    assert posts(server) == []


def test_an_account_of_another_project_is_broken(server, environment, account, tmp_path):
    path = tmp_path / "elsewhere.json"
    path.write_text(json.dumps({**json.loads(account.read_text()), "project_id": "elsewhere"}))
    channel = Fcm.from_file(path, threads=2)
    try:
        [outcome] = channel.send([job(server.fake.register())])
    finally:
        channel.close()
    assert isinstance(outcome, Broken)


def test_a_network_that_is_down_holds_the_channel_and_no_address_is_closed(environment, account, tmp_path):
    path = tmp_path / "unreachable.json"
    with FakeFcmServer() as closed:
        url = closed.url
    path.write_text(json.dumps({**json.loads(account.read_text()), "token_uri": f"{url}/token"}))
    channel = Fcm.from_file(path, threads=2, timeout=1)
    try:
        [outcome] = channel.send([job("x" * 30)])
    finally:
        channel.close()
    assert isinstance(outcome, Retry)
    assert outcome.whole_channel


def test_a_file_that_is_no_service_account_is_refused_at_once(tmp_path):
    with pytest.raises(OSError, match="nothing"):
        Fcm.from_file(tmp_path / "nothing.json")
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(ValueError, match="service account"):
        Fcm.from_file(tmp_path / "empty.json")


def test_nothing_to_send_is_no_request(server, fcm):
    assert fcm.send([]) == []
    assert posts(server) == []


def test_a_batch_is_twice_the_threads_and_its_lease_outlasts_the_sdk(fcm):
    assert fcm.batch == 16
    assert fcm.lease >= timedelta(minutes=10)


def test_who_knows_only_the_contract_does_not_load_the_sdk():
    code = (
        "import sys, backend.notifications.clients; "
        "sys.exit(any(name.startswith(('firebase_admin', 'google.auth')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
