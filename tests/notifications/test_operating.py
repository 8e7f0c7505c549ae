"""What an operator does from a shell, through the command itself."""

import json

import pytest

from backend import cli
from backend.notifications.clients import Gone, Rejected, Sent
from tests.make import HERE
from tests.notifications.tape import Tape, browser, phone, queue_for_many, sent


@pytest.fixture
def westu(settings, monkeypatch, capsys, app):
    """Run the command with these words; gives (exit code, what it said, what it complained)."""
    for name, value in (
        ("DATABASE_URL", settings.database_url),
        ("DATABASE_OWNER_URL", settings.database_owner_url),
        ("SECRET_KEY", settings.secret_key.decode()),
        ("FILES_URL", settings.files_url),
    ):
        monkeypatch.setenv(name, value)

    def run(*words):
        code = cli.main(list(words))
        return code, *capsys.readouterr()

    return run


def test_a_test_message_tells_what_became_of_it_on_each_address(westu, alice, monkeypatch):
    phone(alice), browser(alice)
    monkeypatch.setattr("backend.pushing.time.sleep", lambda _: sent(Tape(), Tape("web-push")))
    code, out, err = westu("push", "test", "--to", alice.email.upper())
    assert (code, err) == (0, "")
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["fcm", "android", "done"],
        ["web-push", "desktop", "done"],
    ]
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 1
    assert westu("push", "test", "--to", str(alice.id))[0] == 0


def test_a_test_that_fails_says_why_and_its_exit_code_too(westu, alice, monkeypatch):
    phone(alice)
    refusing = Tape(answer=lambda _: Rejected("key of another project"))
    monkeypatch.setattr("backend.pushing.time.sleep", lambda _: sent(refusing))
    code, out, _ = westu("push", "test", "--to", alice.email)
    assert code == 1 and "resting" in out and "key of another project" in out


def test_a_test_without_a_worker_says_what_to_look_at(westu, alice, monkeypatch):
    monkeypatch.setattr("backend.pushing.PATIENCE_S", 0.0)
    phone(alice)
    code, out, err = westu("push", "test", "--to", alice.email)
    assert (code, out.split()[2]) == (1, "queued") and "westu push channels" in err


def test_whoever_can_not_be_reached_is_named(westu, alice):
    assert westu("push", "test", "--to", "nobody@example.org")[::2] == (
        1,
        "Nobody is known as nobody@example.org.\n",
    )
    code, _, err = westu("push", "test", "--to", alice.email)
    assert code == 1 and "no open address" in err


def test_a_channel_that_stopped_is_seen_and_goes_on_once_it_is_told_to(westu, make):
    queue_for_many(None, [f"token-{n}" for n in range(10)], good=True)
    sent(Tape(answer=lambda _: Gone("UNREGISTERED")), rounds=1)
    _, out, _ = westu("push", "channels")
    line = next(line for line in out.splitlines() if line.startswith("fcm"))
    assert "stopped" in line and "10 of 10 good addresses dead" in line

    assert westu("push", "resume", "fcm", "--close-dead") == (
        0,
        "fcm goes on. 10 dead addresses were closed.\n",
        "",
    )
    assert "stopped" not in westu("push", "channels")[1]


def test_what_got_stuck_is_replayed(westu, make):
    queue_for_many(make.person("many").id, ["token-1", "token-2"])
    sent(Tape(answer=lambda _: Rejected("too long")), rounds=1)
    assert westu("push", "replay", "--channel", "mail")[1] == "0 deliveries are tried again.\n"
    assert westu("push", "replay")[1] == "2 deliveries are tried again.\n"
    assert len(sent(Tape(answer=lambda _: Sent("x")))) == 2


def test_zones_and_addresses_are_the_citys_own(westu, tmp_path, nobody):
    ring = [[-95.436, 29.713], [-95.428, 29.713], [-95.428, 29.721], [-95.436, 29.713]]
    zone = {
        "type": "Feature",
        "properties": {"code": "one", "name_en": "Zone 1", "name_es": "Zona 1"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "zones.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    assert westu("load", "zones", str(file))[:2] == (0, "1 zones taken, in place of those before.\n")
    [told] = nobody.get("/v1/maps/zones").get_json()["items"]
    assert (told["code"], len(told["area"])) == ("one", 3)

    for odd in ("{", "[]", json.dumps({"features": [zone | {"geometry": {"type": "Point"}}]})):
        file.write_text(odd)
        code, _, err = westu("load", "zones", str(file))
        assert code == 1 and "Nothing was taken" in err
    assert len(nobody.get("/v1/maps/zones").get_json()["items"]) == 1

    addresses = tmp_path / "addresses.csv"
    addresses.write_text(f"id,line,lat,lon\n1,Made up 1,{HERE['lat']},{HERE['lon']}\n")
    assert westu("load", "addresses", str(addresses))[0] == 0
    addresses.write_text("id,line\n1,x\n")
    assert "no column lat, lon" in westu("load", "addresses", str(addresses))[2]
