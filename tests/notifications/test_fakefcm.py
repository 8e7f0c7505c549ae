"""The fake refuses and loses what Google refuses and loses; asked over TLS through its proxy."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from firebase_admin import exceptions, messaging
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from backend.notifications.fakefcm import FakeFcm, FakeFcmServer, Fault, rules, topics
from backend.notifications.fakefcm.errors import Violation

SEND = "https://fcm.googleapis.com/v1/projects/demo-city/messages:send"


def send(firebase, fid, **parts):
    return messaging.send(messaging.Message(fid=fid, **(parts or {"data": {"k": "v"}})), app=firebase)


def http(server, **options):
    trust = ssl.create_default_context(cafile=server.env()["REQUESTS_CA_BUNDLE"])
    trust.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does by itself from 3.13 on
    return httpx.Client(proxy=server.url, verify=trust, trust_env=False, **options)


def bearer(firebase):
    return {"authorization": f"Bearer {firebase.credential.get_access_token().access_token}"}


def everything(fid):
    """A message with every field that firebase-admin can send."""
    label = messaging.AndroidFCMOptions("label")
    light = messaging.LightSettings(
        color="#102030", light_on_duration_millis=200, light_off_duration_millis=3
    )
    shown = messaging.AndroidNotification(
        title="t",
        body="b",
        icon="i",
        color="#112233",
        sound="s",
        tag="tag",
        click_action="c",
        body_loc_key="k",
        body_loc_args=["a"],
        title_loc_key="k",
        title_loc_args=["a"],
        channel_id="alerts",
        image="https://westu.example/i.png",
        ticker="t",
        sticky=True,
        local_only=False,
        priority="high",
        vibrate_timings_millis=[100, 50.5],
        default_vibrate_timings=False,
        default_sound=True,
        light_settings=light,
        default_light_settings=False,
        visibility="public",
        notification_count=2,
        proxy="if_priority_lowered",
        event_timestamp=datetime(2026, 11, 23, tzinfo=UTC),
    )
    android = messaging.AndroidConfig(
        collapse_key="r",
        priority="high",
        ttl=3600.5,
        restricted_package_name="org.city",
        data={"k": "v"},
        notification=shown,
        fcm_options=label,
        direct_boot_ok=True,
        bandwidth_constrained_ok=True,
        restricted_satellite_ok=True,
    )
    aps = messaging.Aps(
        alert=messaging.ApsAlert(title="t", body="b", loc_key="k", loc_args=["a"]),
        badge=1,
        sound=messaging.CriticalSound("s", critical=True, volume=0.5),
        content_available=True,
        mutable_content=True,
        category="c",
        thread_id="t",
    )
    apns = messaging.APNSConfig(
        headers={"apns-priority": "10"},
        payload=messaging.APNSPayload(aps, own="x"),
        fcm_options=messaging.APNSFCMOptions("label", "https://westu.example/i.png"),
        live_activity_token="live",
    )
    webpush = messaging.WebpushConfig(
        headers={"Urgency": "high"},
        data={"k": "v"},
        notification=messaging.WebpushNotification(title="t", body="b", custom_data={"x": [1]}),
        fcm_options=messaging.WebpushFCMOptions("https://westu.example/"),
    )
    return messaging.Message(
        fid=fid,
        data={"k": "v"},
        notification=messaging.Notification("t", "b", "https://westu.example/i.png"),
        android=android,
        apns=apns,
        webpush=webpush,
        fcm_options=messaging.FCMOptions("label"),
    )


def test_every_field_that_the_sdk_can_send_is_known(server, firebase, phone):
    name = messaging.send(everything(phone), app=firebase)
    [got] = server.fake.devices[phone].inbox
    assert got.name == name
    assert got.message["android"]["ttl"] == "3600.500000000s"
    assert got.message["android"]["notification"]["notificationPriority"] == "PRIORITY_HIGH"


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"colour": "red"}, "Unknown name \"colour\" at 'message'"),
        ({"android": {"notification": {"titel": "t"}}}, 'Unknown name "titel"'),
        ({"data": {"n": 7}}, "TYPE_STRING"),
        ({"data": ["n"]}, "expected an object"),
        ({"android": {"ttl": "an hour"}}, "Duration"),
        ({"android": {"priority": "urgent"}}, "TYPE_ENUM"),
        ({"android": {"direct_boot_ok": "yes"}}, "TYPE_BOOL"),
        ({"android": {"notification": {"notification_count": 1.5}}}, "TYPE_INT32"),
        ({"android": {"notification": {"event_time": "today"}}}, "Timestamp"),
        ({"android": {"notification": {"vibrate_timings": "1s"}}}, "expected a list"),
        ({"apns": {"payload": "x"}}, "Struct"),
        ({"topic": "t"}, "oneof"),
    ],
)
def test_a_malformed_body_is_refused_by_the_layer_in_front(server, firebase, phone, message, complaint):
    with http(server) as client:
        body = {"message": {"token": phone, **message}}
        reply = client.post(SEND, json=body, headers=bearer(firebase))
    error = reply.json()["error"]
    assert (reply.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert complaint in error["message"]
    assert all("FcmError" not in detail["@type"] for detail in error["details"])


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"name": "projects/x"}, "output only"),
        ({"data": {"from": "x"}}, "data payload key"),
        ({"data": {"google.x": "x"}}, "data payload key"),
        ({"android": {"ttl": "2419201s"}}, "TTL"),
        ({"android": {"ttl": "-1s"}}, "TTL"),
        ({"android": {"notification": {"color": "red"}}}, "color"),
        ({"fcm_options": {"analytics_label": "a b"}}, "analytics label"),
        ({"data": {"x": "y" * 4096}}, "too big"),
        ({"apns": {"payload": {"x": "y" * 4096}}}, "too big"),
        (
            {"apns": {"headers": {"apns-priority": "10"}, "payload": {"aps": {"content-available": 1}}}},
            "apns",
        ),
    ],
)
def test_a_message_against_the_rules_is_refused_by_fcm_itself(message, complaint):
    with pytest.raises(Violation, match=complaint) as refused:
        rules.read({"message": {"token": "x" * 30, **message}})
    error = json.loads(refused.value.reply().body)["error"]
    assert error["details"][0]["errorCode"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({}, "must not be empty"),
        ({"data": {}}, "Recipient"),
        ({"token": "a b"}, "registration token"),
        ({"topic": "a b"}, "topic name"),
        ({"condition": "'a' in topics &&"}, "condition"),
        ({"topic": "t", "data": {"x": "y" * 2048}}, r"\(2049 > 2048\)"),
    ],
)
def test_a_message_needs_one_target_that_fcm_can_read(message, complaint):
    with pytest.raises(Violation, match=complaint):
        rules.read({"message": message})


def test_without_a_granted_token_nothing_is_read(server, environment):
    with http(server) as client:
        bare = client.post(SEND, json={"message": {}})
        forged = client.post(SEND, json={"message": {}}, headers={"authorization": "Bearer ya29.forged"})
    assert [reply.status_code for reply in (bare, forged)] == [401, 401]
    assert bare.json()["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"


def test_an_assertion_of_another_key_is_no_grant(server):
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}
    reply = httpx.post(f"{server.url}/token", data=form, trust_env=False)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


def test_before_it_issues_an_account_each_assertion_is_answered_and_none_is_a_grant():
    # A key that it cannot check is refused, not dropped: that would look like a network that is down.
    with FakeFcmServer() as revoked, FakeFcmServer() as new:
        account = revoked.service_account()
        signed = service_account.Credentials.from_service_account_info(
            {**account, "token_uri": f"{new.url}/token"},
            scopes=["https://www.googleapis.com/auth/cloud-platform"],
        )
        with pytest.raises(RefreshError, match="invalid_grant"):
            signed.refresh(Request())


def test_http2_is_spoken_too(server, firebase, phone):
    before = server.http2
    with http(server, http2=True) as client:
        reply = client.post(
            SEND, json={"message": {"token": phone, "data": {"k": "v"}}}, headers=bearer(firebase)
        )
    assert (reply.status_code, reply.http_version) == (200, "HTTP/2")
    assert server.http2 == before + 1


def test_no_other_host_is_reached_through_it(server):
    with http(server) as client, pytest.raises(httpx.ProxyError):
        client.get("https://example.com/")
    assert "example.com" in server.refused


def test_a_dry_run_is_checked_and_delivers_nothing(server, firebase, phone):
    messaging.send(messaging.Message(fid=phone, data={"k": "v"}), dry_run=True, app=firebase)
    assert list(server.fake.devices[phone].inbox) == []
    with pytest.raises(exceptions.InvalidArgumentError):
        messaging.send(messaging.Message(fid=phone, data={"from": "x"}), dry_run=True, app=firebase)


def test_faults_come_in_their_order_and_then_end(server, firebase, phone):
    server.fake.fault(phone, Fault("QUOTA_EXCEEDED", times=1))
    server.fake.fault("*", Fault("INVALID_ARGUMENT", times=1))
    with pytest.raises(messaging.QuotaExceededError):
        send(firebase, phone)
    with pytest.raises(exceptions.InvalidArgumentError):
        send(firebase, phone)
    assert send(firebase, phone).startswith("projects/demo-city/messages/")
    with pytest.raises(ValueError, match="NONSENSE"):
        Fault("NONSENSE")


def test_the_quota_of_a_project_is_counted_by_the_minute(server, firebase, phone, monkeypatch):
    monkeypatch.setattr(server.fake, "quota_per_minute", 0)
    with http(server) as client:
        reply = client.post(
            SEND, json={"message": {"token": phone, "data": {"k": "v"}}}, headers=bearer(firebase)
        )
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "60")


def test_topics_reach_those_who_listen(server, firebase):
    one, two = server.fake.register(), server.fake.register()
    assert messaging.subscribe_to_topic([one, two], "zone.12", app=firebase).success_count == 2
    assert messaging.subscribe_to_topic([one], "zone.12", app=firebase).success_count == 1
    messaging.send(messaging.Message(topic="zone.12", data={"n": "1"}), app=firebase)
    assert messaging.unsubscribe_from_topic([two], "zone.12", app=firebase).success_count == 1
    messaging.send(messaging.Message(condition="'zone.12' in topics", data={"n": "2"}), app=firebase)
    heard = [[got.data["n"] for got in server.fake.devices[phone].inbox] for phone in (one, two)]
    assert heard == [["1", "2"], ["1"]]


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("'a' in topics || 'b' in topics && 'c' in topics", {"A", "BC"}),
        ("('a' in topics || 'b' in topics) && !('c' in topics)", {"A", "B"}),
        ("!'a' in topics && !!'c' in topics", {"BC"}),
    ],
)
def test_a_condition_joins_topics(text, reached):
    members = {"a": {"A"}, "b": {"B", "BC"}, "c": {"BC"}}
    condition = topics.parse(text)
    assert {token for token in ("A", "B", "BC", "none") if condition(token, members)} == reached


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "'a'",
        "a in topics",
        "('a' in topics",
        "'a' in topics)",
        "'a' in topics &&",
        "'a' in topics 'b' in topics",
        " || ".join(["'a' in topics"] * 6),
    ],
)
def test_a_condition_that_fcm_cannot_read_is_none(text):
    assert topics.parse(text) is None


def test_certificates_hold_thirty_days_and_are_new_at_each_start(server):
    def authority(serving):
        pem = Path(serving.env()["REQUESTS_CA_BUNDLE"]).read_bytes()
        return x509.load_pem_x509_certificate(pem)

    with FakeFcmServer() as another:
        assert authority(another).public_key() != authority(server).public_key()
    span = authority(server).not_valid_after_utc - authority(server).not_valid_before_utc
    assert span.days == 30


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind(server, tmp_path):
    taken = int(server.url.rpartition(":")[2])
    before = [thread for thread in threading.enumerate() if thread.name == "fakefcm"]
    with pytest.raises(OSError, match="in use"), FakeFcmServer(folder=tmp_path, port=taken):
        pass
    assert [thread for thread in threading.enumerate() if thread.name == "fakefcm"] == before
    assert not (tmp_path / "env.json").exists()


def test_the_state_names_no_token(server, firebase, phone):
    send(firebase, phone)
    reply = httpx.get(f"{server.url}/_state", trust_env=False)
    assert reply.json()["sent"] >= 1
    assert phone not in reply.text


def test_devices_are_known_again_after_a_restart(tmp_path):
    first = FakeFcm(folder=tmp_path)
    kept, wiped = first.register(), first.register()
    first.uninstall(wiped)
    assert set(FakeFcm(folder=tmp_path).devices) == {kept}
    assert (tmp_path / "devices.json").stat().st_mode & 0o777 == 0o600


def serve(folder):
    command = [sys.executable, "-m", "backend.notifications.fakefcm", "--folder", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("fake FCM on http://127.0.0.1:")
    return process


def test_the_program_serves_until_it_is_told_to_stop(tmp_path):
    process = serve(tmp_path)
    try:
        env = json.loads((tmp_path / "env.json").read_text())
        account = tmp_path / "service-account.json"
        assert set(env) == {"HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_PROXY", "FAKE_FCM_URL"}
        assert account.stat().st_mode & 0o777 == 0o600
        token = httpx.post(f"{env['FAKE_FCM_URL']}/_device", trust_env=False).json()["token"]
        code = (
            "import sys, firebase_admin as f; from firebase_admin import credentials as c, messaging as m; "
            "firebase = f.initialize_app(c.Certificate(sys.argv[1])); "
            "m.send(m.Message(fid=sys.argv[2], data={'k': 'v'}), app=firebase)"
        )
        sender = [sys.executable, "-c", code, str(account), token]
        subprocess.run(sender, env={**os.environ, **env}, check=True, capture_output=True)
        news = httpx.get(f"{env['FAKE_FCM_URL']}/_device/{token}", trust_env=False).json()
        assert [message["data"] for message in news["messages"]] == [{"k": "v"}]
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=10)
    assert (process.returncode, token in rest) == (0, False)
    assert json.loads((tmp_path / "devices.json").read_text()) == [token]
