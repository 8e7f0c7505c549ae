"""What is promised, on the phone: made, seen by whom it concerns, in the way of others, ended; with signal and without."""

from datetime import UTC, datetime, timedelta

import pytest

from mobile.assets.reserve_model import EVENING_END, MORNING_END, NOW, begins, ends
from tests.assets.hands import act, barred
from tests.assets.phone_hands import go, said
from tests.assets.test_reservation_feeds import promise
from tests.phones import GOOD, NONE

ZONE = "America/Chicago"


def open_promises(by):
    return by.get("/v1/custody/reservations?open=true").get_json()["items"]


def test_a_spare_is_reserved_with_no_signal_seen_at_once_and_in_the_way_of_others(phone_of, radios, kim, lee):
    spare = radios[2]
    shown = phone_of(kim)
    shown.air.rest = NONE
    thing = go(shown, "thing", id=spare["id"])
    assert "reserve" in {line["key"] for line in thing.model.others}
    thing.do("reserve")
    shown.robot.settle()
    screen = shown.parts.nav.children[0]
    screen.model.end = "3"
    screen.ids.note.text = "For the parade"
    screen.do()
    shown.robot.settle()
    assert shown.parts.nav.current == "thing"
    [line] = thing.model.promises
    assert line["title"] == kim.name and "For the parade" in line["subtitle"] and line["icon"] == "waiting"
    assert "Promised" in said(shown) and open_promises(kim) == []
    mine = go(shown, "reservations").model
    assert [line["title"] for line in mine.mine] == ["WU-003"] and mine.others == []

    shown.air.rest = GOOD
    shown.sync()
    [told] = open_promises(kim)
    assert (told["asset_id"], told["person_id"]) == (spare["id"], str(kim.id))
    length = datetime.fromisoformat(told["until_at"]) - datetime.fromisoformat(told["from_at"])
    assert length == timedelta(days=3)
    [line] = go(shown, "thing", id=spare["id"]).model.promises
    assert line["icon"] == "calendar" and line["title"] == kim.name
    shown.robot.close()

    assert barred(act(lee, spare, "hand-out", to_id=str(lee.id))) == {"reserved"}
    other = phone_of(lee)
    model = go(other, "hand", id=spare["id"], mode="take").model
    assert "It is reserved for somebody else." in model.bars[0] and model.barred
    line = go(other, "thing", id=spare["id"]).model.promises[0]
    assert line["title"] == kim.name
    other.parts.nav.children[0].end_promise(line["key"])
    assert "Only whoever has it" in said(other), "nobody ends what is another's"
    assert other.parts.store.outbox() == []
    screen = go(other, "reserve", id=spare["id"])
    screen.do()
    assert kim.name in screen.model.error and other.parts.store.outbox() == []
    screen.model.begin = "5"
    screen.do()
    assert other.parts.store.waits() == 1, "after it, it is free"


def test_i_end_what_i_no_longer_need_and_then_others_can_have_it(phone_of, radios, kim, lee):
    made = promise(kim, radios[2])
    shown = phone_of(kim)
    shown.air.rest = NONE
    model = go(shown, "thing", id=radios[2]["id"]).model
    shown.parts.nav.children[0].end_promise(made["id"])
    shown.robot.settle()
    shown.robot.tap(text="End it")
    shown.robot.settle()
    assert model.promises == [] and "Promised" not in said(shown) and len(open_promises(kim)) == 1
    shown.air.rest = GOOD
    shown.sync()
    assert open_promises(kim) == []
    assert act(lee, radios[2], "hand-out", to_id=str(lee.id)).status_code == 201


def test_a_reservation_that_the_server_does_not_take_is_told_on_the_thing(phone_of, radios, kim, lee):
    shown = phone_of(kim)
    shown.air.rest = NONE
    go(shown, "reserve", id=radios[2]["id"]).do()
    promise(lee, radios[2], hours=30)
    shown.air.rest = GOOD
    shown.sync()
    model = go(shown, "thing", id=radios[2]["id"]).model
    assert model.refusal["title"] == "The reservation was not accepted"
    assert {line["title"]: line["tone"] for line in model.promises} == {kim.name: "bad", lee.name: "neutral"}
    assert go(shown, "hand", id=radios[2]["id"], mode="take").model.bars, "and only lee's counts"
    go(shown, "thing", id=radios[2]["id"])
    shown.robot.tap(text="Put away")
    assert model.refusal == {} and [line["title"] for line in model.promises] == [lee.name]


def test_who_answers_for_the_things_promises_them_to_others_and_for_longer(phone_of, radios, sam, kim):
    shown = phone_of(sam)
    screen = go(shown, "reserve", id=radios[2]["id"])
    shown.robot.until(lambda: len(screen.model.people) >= 2)
    assert "90" in {one["key"] for one in screen.model.end_options()}
    screen.model.choose(kim.id)
    screen.model.end = "90"
    screen.do()
    shown.sync()
    assert [(one["person"], one["ended_at"]) for one in open_promises(sam)] == [(kim.name, None)]
    assert [line["title"] for line in go(shown, "reservations").model.others] == ["WU-003"]
    shown.robot.close()
    crew = phone_of(kim)
    screen = go(crew, "reserve", id=radios[1]["id"])
    assert "90" not in {one["key"] for one in screen.model.end_options()} and not screen.model.may_whom


@pytest.mark.parametrize(
    ("now", "evening", "morning"),
    [
        (
            "2026-11-27T15:00",
            "2026-11-28T00:00",
            "2026-11-28T12:00",
        ),  # 9:00 there: today at 18, tomorrow at 6
        ("2026-11-28T01:00", "2026-11-29T00:00", "2026-11-28T12:00"),  # 19:00 there
        ("2026-11-27T11:00", "2026-11-28T00:00", "2026-11-27T12:00"),  # 5:00 there
    ],
)
def test_hours_are_those_of_the_clock_in_the_city(now, evening, morning):
    begin = begins(NOW, datetime.fromisoformat(now).replace(tzinfo=UTC), ZONE)
    for key, at in ((EVENING_END, evening), (MORNING_END, morning)):
        assert ends(key, begin, ZONE).astimezone(UTC) == datetime.fromisoformat(at).replace(tzinfo=UTC)
    tomorrow = begins("1", begin, ZONE)
    assert (tomorrow.hour, tomorrow.minute) == (6, 0) and tomorrow > begin
