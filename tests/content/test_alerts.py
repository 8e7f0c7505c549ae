"""Alerts: written by one, published by another, read by everybody; each revision stays as it was said."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.core.clock import later, now
from tests.cast import problem
from tests.make import HERE, said

SQUARE = [
    {"lat": 29.713, "lon": -95.436},
    {"lat": 29.713, "lon": -95.428},
    {"lat": 29.721, "lon": -95.428},
    {"lat": 29.721, "lon": -95.436},
]
"""Around HERE."""


@pytest.fixture
def out(nobody):
    """What everybody reads."""
    return lambda: nobody.get("/v1/alerts/").get_json()["items"]


@pytest.fixture
def ledger(app):
    """(kind, fields) of what was written down about alerts."""

    def look():
        with app.extensions["westu"].database.reading() as session:
            return session.execute(
                text("SELECT kind, fields FROM event WHERE kind LIKE 'content.%' ORDER BY seq")
            ).all()

    return look


def publish(by, draft, **more):
    return by.post(f"/v1/alerts/{draft['id']}/publish", {"version": draft["version"], **more})


def change(by, alert, **more):
    return by.post(f"/v1/alerts/{alert['id']}/change", {"version": alert["version"], **said(**more)})


def test_nobody_reads_a_draft_and_everybody_what_is_out(carol, erin, make, out):
    draft = make.draft(by=carol)
    assert out() == []

    told = publish(erin, draft).get_json()

    [alert] = out()
    assert (alert["id"], alert["revision"], alert["state"]) == (draft["id"], 1, "published")
    assert alert["headline_es"] == "Hierva el agua"
    assert {"author", "author_id", "publisher", "zone", "emergency"} & set(alert) == set()
    assert (told["author"], told["publisher"], told["emergency"]) == ("Carol", "Erin", False)


def test_who_wrote_it_does_not_publish_it_but_in_an_emergency_which_is_written_down(carol, make, out, ledger):
    draft = make.draft(by=carol)
    problem(publish(carol, draft), 409, "alert-needs-second")
    assert out() == []

    assert publish(carol, draft, emergency=True).get_json()["emergency"] is True
    [(_, fields)] = [row for row in ledger() if row.kind == "content.alert-published"]
    assert fields["emergency"] is True and fields["author_id"] == str(carol.id)


def test_who_changed_it_last_counts_as_the_author(carol, erin, make):
    draft = make.draft(by=carol)
    changed = change(erin, draft, text_en="Boil it for three minutes.").get_json()

    problem(publish(erin, changed), 409, "alert-needs-second")
    assert publish(carol, changed).status_code == 200


def test_what_was_changed_meanwhile_is_not_published_unread(carol, erin, make, out):
    draft = make.draft(by=carol)
    change(carol, draft, headline_en="Something else")

    problem(publish(erin, draft), 409, "changed-meanwhile")
    assert out() == []


def test_an_emergency_of_two_people_is_none(carol, erin, make):
    assert publish(erin, make.draft(by=carol), emergency=True).get_json()["emergency"] is False


def test_a_change_of_what_is_out_stays_inside_until_somebody_else_publishes_it(carol, erin, make, out):
    alert = make.alert(by=carol, publisher=erin)
    changed = change(carol, alert, headline_en="Boil your water twice").get_json()
    assert changed["changed"] is True
    assert out()[0]["headline_en"] == "Boil your water"

    publish(erin, changed)

    [told] = out()
    assert (told["headline_en"], told["revision"]) == ("Boil your water twice", 2)


def test_published_twice_is_published_once(carol, erin, make, out):
    draft = make.draft(by=carol)
    first = publish(erin, draft).get_json()
    again = publish(erin, first)

    assert again.status_code == 200 and again.get_json()["revision"] == 1
    assert len(out()) == 1


def test_a_cancelled_alert_is_told_as_over_until_its_time_is_over(carol, erin, make, out):
    alert = make.alert(by=carol, publisher=erin)
    change(carol, alert, headline_en="Never went out")
    over = carol.post(f"/v1/alerts/{alert['id']}/cancel", {"text_en": "All clear.", "text_es": "Ya pasó."})

    assert over.status_code == 200
    [told] = out()
    assert (told["state"], told["headline_en"], told["text_en"]) == (
        "cancelled",
        "Boil your water",
        "All clear.",
    )
    assert (over.get_json()["author"], over.get_json()["publisher"]) == ("Carol", "Carol")
    again = carol.post(f"/v1/alerts/{alert['id']}/cancel", {"text_en": "x", "text_es": "x"})
    problem(again, 409, "alert-over")
    problem(change(carol, over.get_json()), 409, "alert-over")
    with later(timedelta(hours=7)):
        assert out() == []


def test_a_draft_can_not_be_cancelled(carol, make):
    draft = make.draft(by=carol)
    problem(
        carol.post(f"/v1/alerts/{draft['id']}/cancel", {"text_en": "x", "text_es": "x"}), 409, "alert-over"
    )


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"headline_es": ""}, "/headline_es"),
        ({"text_en": ""}, "/text_en"),
        ({"audience": "area", "area": SQUARE[:2]}, "/area"),
        ({"audience": "area"}, "/area"),
        ({"audience": "area", "area": [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]}, "/area"),
        ({"audience": "area", "area": [SQUARE[0]] * 3}, "/area"),
        (
            {"audience": "area", "area": [{"lat": 0, "lon": n} for n in range(3)] + [{"lat": 1, "lon": 1}]},
            "/area",
        ),
        ({"expires_in": timedelta(minutes=1)}, "/expires_at"),
        ({"expires_in": timedelta(days=31)}, "/expires_at"),
    ],
)
def test_what_is_not_ready_is_a_draft_and_does_not_go_out(carol, erin, make, out, more, pointer):
    more = dict(more)
    if wait := more.pop("expires_in", None):
        more["expires_at"] = (now() + wait).isoformat()
    refused = problem(publish(erin, make.draft(by=carol, **more)), 409, "alert-not-ready")
    assert {error["pointer"] for error in refused["errors"]} == {pointer}
    assert out() == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"audience": "zone"}, "/zone"),
        ({"audience": "zone", "zone": "no-such"}, "/zone"),
        ({"zone": "one"}, "/zone"),
        ({"area": SQUARE}, "/area"),
        ({"audience": "newer"}, "/audience"),
        ({"headline_en": "x" * 121}, "/headline_en"),
        ({"headline_en": "two\nlines"}, "/headline_en"),
    ],
)
def test_what_can_not_be_meant_is_no_draft(carol, more, pointer):
    refused = problem(carol.post("/v1/alerts/", {"id": str(uuid.uuid4()), **said(**more)}), 422, "invalid")
    assert {error["pointer"] for error in refused["errors"]} == {pointer}


def test_a_zone_is_taken_as_it_is_now(carol, erin, make, out, app):
    from backend import maps
    from backend.worker import in_transaction

    zone = {"code": "one", "name_en": "Zone 1", "name_es": "Zona 1", "area": SQUARE}
    in_transaction(lambda: maps.load_zones([zone]))
    make.alert(by=carol, publisher=erin, audience="zone", zone="one")
    in_transaction(lambda: maps.load_zones([]))

    assert out()[0]["area"] == SQUARE
    assert carol.get("/v1/alerts/work").get_json()["items"][0]["zone"] is None


def test_the_same_draft_sent_twice_is_one_and_nobody_takes_anothers_id(carol, erin, make):
    draft = {"id": str(uuid.uuid4()), **said()}
    first, again = carol.post("/v1/alerts/", draft), carol.post("/v1/alerts/", draft)
    assert first.get_json() == again.get_json()
    problem(erin.post("/v1/alerts/", draft), 409, "already-there")
    assert len(carol.get("/v1/alerts/work").get_json()["items"]) == 1


def test_nothing_new_is_told_in_a_word(carol, erin, make, nobody):
    make.alert(by=carol, publisher=erin)
    first = nobody.get("/v1/alerts/")
    known = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "no-cache"
    assert nobody.get("/v1/alerts/", headers=known).status_code == 304

    make.alert(by=carol, publisher=erin)
    assert nobody.get("/v1/alerts/", headers=known).status_code == 200


def test_drafts_are_on_the_phones_of_those_who_write_them_alone(carol, erin, dan, alice, make):
    draft = make.draft(by=carol)
    for person in (carol, erin):
        changes, *_ = person.pull()
        assert [c["id"] for c in changes if c["kind"] == "staff_alert"] == [draft["id"]]
    for person in (dan, alice):
        changes, *_ = person.pull()
        assert [c for c in changes if c["kind"] == "staff_alert"] == []


def test_what_the_city_said_can_not_be_changed_by_the_application(carol, erin, make, app):
    from sqlalchemy.exc import ProgrammingError

    make.alert(by=carol, publisher=erin)
    with app.extensions["westu"].database.writing() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("UPDATE alert_revision SET text_en = 'never said'"))


def test_households_are_unknown_until_the_city_loads_its_addresses(carol, make, tmp_path, app):
    from backend.seed import load_addresses
    from backend.worker import in_transaction

    draft = make.draft(by=carol, audience="area", area=SQUARE)
    reach = f"/v1/notifications/sendings/{draft['id']}/reach"
    assert carol.get(reach).get_json()["households"] is None

    file = tmp_path / "addresses.csv"
    file.write_text(f"id,line,lat,lon\n1,Made up 1,{HERE['lat']},{HERE['lon']}\n2,Made up 2,29.7,-95.5\n")
    assert in_transaction(lambda: load_addresses(file)) == 2
    assert carol.get(reach).get_json()["households"] == 1


def test_an_area_that_is_not_drawn_yet_reaches_nobody_and_says_so(carol, make):
    draft = make.draft(by=carol, audience="area", area=SQUARE[:2])
    for what in ("reach", "progress"):
        problem(carol.get(f"/v1/notifications/sendings/{draft['id']}/{what}"), 409, "alert-not-ready")
