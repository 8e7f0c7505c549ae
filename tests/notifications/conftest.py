"""A fake FCM, and firebase-admin brought to it by nothing but its environment."""

import json

import firebase_admin
import pytest
from firebase_admin import credentials

from backend.notifications.clients.fcm import Fcm
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.fakefcm import FakeFcmServer
from backend.notifications.fakefcm.service import write_private


@pytest.fixture(scope="session")
def server():
    with FakeFcmServer() as serving:
        yield serving


@pytest.fixture
def environment(server, monkeypatch):
    """The SDK's environment; the fake has forgotten what earlier tests did."""
    for name in ("https_proxy", "no_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.env().items():
        monkeypatch.setenv(name, value)
    server.fake.forget()


@pytest.fixture(scope="session")
def account(server, tmp_path_factory):
    """The path of the service account that the fake trusts."""
    path = tmp_path_factory.mktemp("account") / "service-account.json"
    write_private(path, json.dumps(server.service_account()))
    return path


TRANSPORTS = {"firebase": Fcm, "pooled": PooledFcm}


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    """Each of the two ways to FCM, for what must hold of both."""
    return TRANSPORTS[request.param]


@pytest.fixture
def fcm(environment, account, transport):
    channel = transport.from_file(account, 8, timeout=2)
    yield channel
    channel.close()


@pytest.fixture
def sdk(environment, account):
    """The channel through firebase-admin, for what is the SDK's own way."""
    channel = Fcm.from_file(account, threads=8, timeout=2)
    yield channel
    channel.close()


@pytest.fixture
def pooled(environment, account):
    channel = PooledFcm.from_file(account, lines=8, timeout=2)
    yield channel
    channel.close()


@pytest.fixture
def revoked(server, account, tmp_path):
    """The path of an account whose key the fake does not know."""
    with FakeFcmServer() as other:
        told = other.service_account()
    path = tmp_path / "revoked.json"
    path.write_text(json.dumps({**told, "token_uri": f"{server.url}/token"}))
    return path


@pytest.fixture
def firebase(environment, account):
    made = firebase_admin.initialize_app(credentials.Certificate(str(account)), {"httpTimeout": 3}, "fake")
    yield made
    firebase_admin.delete_app(made)


@pytest.fixture
def phone(server):
    """A phone's token; `server.fake.devices[phone]` is the phone."""
    return server.fake.register()
