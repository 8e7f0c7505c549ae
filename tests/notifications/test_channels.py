"""Which channels a worker has, by what it is told; and that a value that is wrong ends it with the variable's name."""

import base64
import os
import secrets
import subprocess
import sys

import pytest

from backend import worker
from backend.notifications.clients.fcm import Fcm
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.clients.mail import Mail
from backend.notifications.clients.webpush import WebPush
from backend.settings import Settings, SettingsError

KEY = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
NEEDED = {"DATABASE_URL": "postgresql://x", "SECRET_KEY": "x" * 32}
BROWSERS = {"VAPID_KEY": KEY, "VAPID_CONTACT": "mailto:it@westu.example"}
MAIL = {"SMTP_URL": "smtp://push:secret@mail.example.org", "MAIL_FROM": "West U <noreply@westu.example>"}


def told(**env):
    return Settings.from_env(NEEDED | env)


@pytest.fixture
def made():
    """The channels of these settings; closed at the end."""
    ways = []

    def make(**env):
        ways.extend(worker.channels(told(**env)))
        return ways

    yield make
    for way in ways:
        way.close()


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(worker, "say", lambda message, *_, **__: lines.append(message))
    return lines


def test_a_worker_runs_with_no_channel_and_says_so_once_for_each(made, said):
    assert made() == []
    assert said == [
        "push by FCM is off: FIREBASE_CREDENTIALS is not set",
        "push to browsers is off: VAPID_KEY is not set",
        "mail is off: SMTP_URL is not set",
    ]


@pytest.mark.parametrize(("transport", "kind"), [("", Fcm), ("firebase", Fcm), ("pooled", PooledFcm)])
def test_each_channel_that_is_set_up_is_there(made, said, account, transport, kind):
    ways = made(FIREBASE_CREDENTIALS=str(account), FCM_TRANSPORT=transport, **BROWSERS, **MAIL)
    assert [type(way) for way in ways] == [kind, WebPush, Mail]
    assert [way.name for way in ways] == ["fcm", "web-push", "mail"]
    assert said == []
    assert sum(way.batch for way in ways) > 0


def test_secrets_may_stand_in_files_and_in_no_trace(made, tmp_path):
    for name, text in {"VAPID_KEY": KEY, "SMTP_URL": MAIL["SMTP_URL"]}.items():
        (tmp_path / name).write_text(f"{text}\n")
    files = {f"{name}_FILE": str(tmp_path / name) for name in ("VAPID_KEY", "SMTP_URL")}
    more = {"VAPID_CONTACT": BROWSERS["VAPID_CONTACT"], "MAIL_FROM": MAIL["MAIL_FROM"]}
    assert [type(way) for way in made(**files, **more)] == [WebPush, Mail]
    assert KEY not in repr(told(**files, **more))
    assert "secret@" not in repr(told(**files, **more))


@pytest.mark.parametrize(
    ("named", "env"),
    [
        ("FCM_TRANSPORT", {"FCM_TRANSPORT": "carrier pigeon"}),
        ("FIREBASE_CREDENTIALS", {"FIREBASE_CREDENTIALS": "/nowhere/account.json"}),
        ("FIREBASE_CREDENTIALS", {"FIREBASE_CREDENTIALS": __file__}),
        ("VAPID_CONTACT", {"VAPID_KEY": KEY}),
        ("VAPID_CONTACT", {**BROWSERS, "VAPID_CONTACT": "it@westu.example"}),
        ("VAPID_KEY", {**BROWSERS, "VAPID_KEY": "too short"}),
        ("VAPID_KEY_FILE", {**BROWSERS, "VAPID_KEY_FILE": "/nowhere/key"}),
        ("WEBPUSH_HOSTS", {**BROWSERS, "WEBPUSH_HOSTS": "https://fcm.googleapis.com"}),
        ("WEBPUSH_HOSTS", {**BROWSERS, "WEBPUSH_HOSTS": "com"}),
        ("MAIL_FROM", {"SMTP_URL": MAIL["SMTP_URL"]}),
        ("MAIL_FROM", {**MAIL, "MAIL_FROM": "West U"}),
        ("SMTP_URL", {**MAIL, "SMTP_URL": "push:secret@mail.example.org"}),
    ],
)
def test_a_value_that_is_wrong_is_named_and_no_secret_is_quoted(made, named, env):
    with pytest.raises(SettingsError, match=named) as refused:
        made(**env)
    assert "secret" not in str(refused.value)
    assert "too short" not in str(refused.value)


def test_hosts_are_read_with_commas_or_spaces():
    hosts = told(
        WEBPUSH_HOSTS="fcm.googleapis.com, Push.Services.Mozilla.com\nnotify.windows.com"
    ).webpush_hosts
    assert hosts == ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com")


def test_a_worker_that_cannot_use_a_value_ends_and_names_it(settings):
    env = {
        "DATABASE_URL": settings.database_url, "SECRET_KEY": settings.secret_key.decode(),
        "FILES_URL": settings.files_url, **BROWSERS, "VAPID_KEY": "too short",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "backend.worker"], env=os.environ | env, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "VAPID_KEY can't be used" in done.stderr
    assert "Traceback" not in done.stderr
