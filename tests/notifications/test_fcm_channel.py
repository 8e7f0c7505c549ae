"""What holds of both ways to FCM, each real and unpatched, over TLS, against the fake."""

import json
import subprocess
import sys

import pytest

from backend.notifications.clients import Broken, Gone, Rejected, Retry, Sent, Urgency
from backend.notifications.fakefcm import FakeFcmServer, Fault
from tests.notifications.jobs import job, met, posts


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
        ("HTML", Retry, 1),
    ],
)
def test_each_error_has_its_outcome(server, fcm, code, kind, requests):
    assert isinstance(met(server, fcm, Fault(code)), kind)
    assert len(posts(server)) == requests


def test_a_refused_key_of_apples_is_broken(server, fcm):
    outcome = met(server, fcm, Fault("THIRD_PARTY_AUTH_ERROR"))
    assert isinstance(outcome, Broken)
    assert "APNs" in outcome.why


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


def test_one_batch_asks_for_one_access_token(server, environment, account, transport):
    before = server.fake.accounts.grants
    channel = transport.from_file(account, 8)
    try:
        outcomes = channel.send([job(server.fake.register()) for _ in range(channel.batch)])
    finally:
        channel.close()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert server.fake.accounts.grants == before + 1


def test_a_revoked_account_is_broken_and_posts_nothing(server, environment, revoked, transport):
    channel = transport.from_file(revoked, 2)
    try:
        outcomes = channel.send([job(server.fake.register()) for _ in range(4)])
    finally:
        channel.close()
    assert [type(outcome) for outcome in outcomes] == [Broken] * 4
    assert posts(server) == []


def test_an_account_of_another_project_is_broken(server, environment, account, tmp_path, transport):
    path = tmp_path / "elsewhere.json"
    path.write_text(json.dumps({**json.loads(account.read_text()), "project_id": "elsewhere"}))
    channel = transport.from_file(path, 2)
    try:
        [outcome] = channel.send([job(server.fake.register())])
    finally:
        channel.close()
    assert isinstance(outcome, Broken)


def test_a_network_that_is_down_holds_the_channel_and_no_address_is_closed(
    environment, account, tmp_path, transport
):
    path = tmp_path / "unreachable.json"
    with FakeFcmServer() as closed:
        url = closed.url
    path.write_text(json.dumps({**json.loads(account.read_text()), "token_uri": f"{url}/token"}))
    channel = transport.from_file(path, 2, timeout=1)
    try:
        [outcome] = channel.send([job("x" * 30)])
    finally:
        channel.close()
    assert isinstance(outcome, Retry)
    assert outcome.whole_channel


def test_a_file_that_is_no_service_account_is_refused_at_once(transport, tmp_path):
    with pytest.raises(OSError, match="nothing"):
        transport.from_file(tmp_path / "nothing.json")
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(ValueError, match="service account"):
        transport.from_file(tmp_path / "empty.json")


def test_nothing_to_send_is_no_request(server, fcm):
    assert fcm.send([]) == []
    assert posts(server) == []


def test_who_knows_only_the_contract_does_not_load_the_sdk():
    code = (
        "import sys, backend.notifications.clients; "
        "sys.exit(any(name.startswith(('firebase_admin', 'google.auth', 'aiohttp', 'pywebpush')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
