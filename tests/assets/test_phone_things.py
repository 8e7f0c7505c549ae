"""Devices on the phone: looked up, handed out, taken, passed on and given back; with signal and without."""

import uuid

import pytest

from tests.assets.hands import act, now_of, take
from tests.assets.phone_hands import go, rows, said, scan, seen, sign
from tests.phones import GOOD, NONE


def test_mine_stand_first_and_a_thing_is_found_as_one_types_with_no_signal(phone_of, radios, kim):
    take(kim, radios[0])
    shown = phone_of(kim)
    shown.air.rest = NONE
    model = go(shown, "things").model
    assert rows(model) == ["Mine", "WU-001 · Car 421 portable", "All others", "WU-002", "WU-003"]
    assert model.rows[1]["badge"] == "In use" and model.rows[3]["badge"] == "In stock"
    for typed, found in (("421", ["WU-001"]), ("7010012", ["WU-001"]), ("wu-003", ["WU-003"]), ("zzz", [])):
        shown.robot.find(cls="ScanField").text = typed
        shown.robot.frames(2)
        assert [row["title"].split(" · ")[0] for row in model.rows][1:2] == found, typed  # the best
    assert model.empty and "Nothing fits" in said(shown)


@pytest.mark.parametrize("code", ["WU-001", "https://city.test/t/WU-001", "7010012"])
def test_a_scan_opens_what_it_is(phone_of, radios, kim, code):
    shown = phone_of(kim)
    go(shown, "things")
    scan(shown, code)
    assert shown.parts.nav.current == "thing" and "WU-001" in said(shown)


def test_an_unknown_scan_says_so_asks_nothing_and_reaches_the_inbox(phone_of, radios, kim, tess):
    shown = phone_of(kim)
    shown.air.rest = NONE
    go(shown, "things")
    scan(shown, "XX-77")
    assert "XX-77 is not known here" in said(shown) and shown.parts.nav.current == "things"
    shown.air.rest = GOOD
    shown.sync()
    assert [one["code"] for one in tess.get("/v1/sightings/?open=true").get_json()["items"]] == ["XX-77"]


def test_at_roll_call_one_is_handed_out_after_the_other_each_signed_for(phone_of, radios, sam, kim, lee):
    shown = phone_of(sam)
    screen = go(shown, "hand")
    shown.robot.until(lambda: len(screen.model.people) >= 3)
    shown.air.rest = NONE
    for radio, person in ((radios[0], kim), (radios[2], lee)):
        scan(shown, radio["tag"])
        screen.model.choose(person.id)
        screen.do()
        assert "sign" in screen.model.errors and not seen(shown, radio)[2]
        sign(screen)
        screen.do()
        assert seen(shown, radio) == ("in-use", person.name, True)
    assert screen.model.done_count == 2 and shown.parts.nav.current == "hand"
    shown.air.rest = GOOD
    shown.sync()
    for radio, person in ((radios[0], kim), (radios[2], lee)):
        assert now_of(sam, radio)["holder"] == person.name
        entry = sam.get(f"/v1/custody/{radio['id']}").get_json()["items"][0]
        assert (entry["act"], entry["to_id"]) == ("handed-out", str(person.id)) and entry["signature"]
        assert seen(shown, radio) == ("in-use", person.name, False)


def test_what_stands_against_it_is_told_before_the_way_and_only_who_answers_for_it_overrides(
    phone_of, radios, kim, sam
):
    low = radios[1]
    assert kim.get(f"/v1/custody/{low['id']}/bars").get_json()["items"] == ["battery"]
    crew = phone_of(kim)
    screen = go(crew, "hand", id=low["id"], mode="take")
    assert "Its battery is too low" in screen.model.bars[0] and screen.model.barred
    sign(screen)
    screen.do()
    assert crew.parts.store.outbox() == []
    screen.model.battery = 80  # it was charged meanwhile
    assert (screen.model.bars, screen.model.barred) == ([], "")
    crew.robot.close()

    boss = phone_of(sam)
    screen = go(boss, "hand", id=low["id"])
    screen.model.choose(sam.id)
    sign(screen)
    screen.do()
    assert list(screen.model.errors) == ["why"]
    screen.ids.why.text = "Nothing else is left"
    screen.do()
    boss.sync()
    entry = sam.get(f"/v1/custody/{low['id']}").get_json()["items"][0]
    assert (entry["to_id"], entry["override"]) == (str(sam.id), "Nothing else is left")


def test_a_second_holder_is_refused_in_words_with_what_to_do_and_the_true_holder_is_shown(
    phone_of, radios, kim, lee
):
    shown = phone_of(kim)
    shown.air.rest = NONE
    screen = go(shown, "hand", id=radios[0]["id"], mode="take")
    sign(screen)
    screen.do()
    assert seen(shown, radios[0]) == ("in-use", kim.name, True)
    take(lee, radios[0])
    shown.air.rest = GOOD
    shown.sync()
    assert seen(shown, radios[0]) == ("in-use", lee.name, False)
    model = go(shown, "thing", id=radios[0]["id"]).model
    assert model.refusal["title"] == "The hand-out was not accepted"
    assert "Somebody has it." in model.refusal["text"]
    shown.robot.tap(text="Put away")
    assert model.refusal == {} and "Lee has it." in said(shown)


def test_what_i_have_is_passed_on_at_relief_and_given_back_signed(phone_of, radios, kim, lee, sam):
    take(kim, radios[0])
    take(kim, radios[2])
    shown = phone_of(kim)
    screen = go(shown, "hand", id=radios[0]["id"], mode="pass_on")
    shown.robot.until(lambda: len(screen.model.people) >= 2)
    screen.model.choose(lee.id)
    assert screen.model.signer == lee.name
    sign(screen)
    screen.do()
    screen = go(shown, "hand", id=radios[2]["id"], mode="give_back")
    assert screen.model.signer == kim.name
    screen.ids.condition.text = "Clip is loose"
    sign(screen)
    screen.do()
    assert seen(shown, radios[2]) == ("stock", "", True)
    shown.sync()
    assert (now_of(sam, radios[0])["holder"], now_of(sam, radios[2])["state"]) == (lee.name, "stock")
    entry = sam.get(f"/v1/custody/{radios[2]['id']}").get_json()["items"][0]
    assert (entry["act"], entry["condition"], bool(entry["signature"])) == (
        "taken-back",
        "Clip is loose",
        True,
    )


def test_the_history_of_hands_needs_signal_and_says_whether_it_is_whole(phone_of, radios, kim):
    take(kim, radios[0])
    shown = phone_of(kim)
    shown.air.rest = NONE
    model = go(shown, "custody", id=radios[0]["id"]).model
    shown.robot.until(lambda: model.notice)
    shown.robot.settle()
    assert "The record is on the server" in said(shown)
    shown.air.rest = GOOD
    shown.robot.tap(text="Try again")
    shown.robot.until(lambda: model.entries)
    assert [entry["title"] for entry in model.entries] == [f"Handed out to {kim.name}", "Registered"]
    assert model.whole and "whole" in model.verdict


def test_i_say_which_of_my_things_i_have(phone_of, radios, kim, lee):
    take(kim, radios[0])
    take(kim, radios[2])
    take(lee, radios[1], battery=90)
    shown = phone_of(kim)
    screen = go(shown, "attest")
    screen.do()
    assert screen.model.error and shown.parts.store.outbox() == []
    scan(shown, "WU-001")
    scan(shown, "WU-002")
    assert screen.model.count_text == "1 of 2 seen" and screen.model.strangers == ["WU-002"]
    screen.do()
    shown.sync()
    assert shown.parts.store.waits() == 0
    acts = [one["act"] for one in kim.get(f"/v1/custody/{radios[0]['id']}").get_json()["items"]]
    assert acts[0] == "attested"


def test_the_address_on_a_label_opens_the_thing_for_staff_and_the_finders_page_for_others(
    phone_of, show_app, radios, kim
):
    crew = phone_of(kim)
    crew.app.open_link("https://city.test/t/WU-001?from=label")
    assert crew.parts.nav.current == "thing"
    crew.app.open_link("https://city.test/t/XX-9")
    assert (crew.parts.nav.current, crew.parts.nav.children[0].model.tag) == ("find", "XX-9")
    crew.robot.close()
    guest = show_app("guest")
    guest.app.open_link("https://city.test/t/WU-001")
    assert (guest.parts.nav.current, guest.parts.nav.children[0].model.tag) == ("find", "WU-001")
    guest.app.open_link("https://city.test/news")
    assert guest.parts.nav.current == "find"


def test_on_a_tablet_the_list_stays_beside_the_thing(phone_of, radios, kim):
    shown = phone_of(kim)
    go(shown, "thing", id=radios[0]["id"])
    shown.robot.resize(960, 1200)
    assert shown.parts.nav.panes() == ["things", "thing"]
    assert shown.parts.nav.children[1].model.chosen == radios[0]["id"]


def test_the_code_on_the_screen_is_read_by_a_scanner():
    import zxingcpp
    from PIL import Image

    from mobile.assets.code import squares

    for text in ("WU-001", "https://westu.example.org/t/WU-00123", "x" * 106):
        found = squares(text)
        side = len(found)
        picture = Image.new("L", (side + 8, side + 8), 255)
        for y, row in enumerate(found):
            for x, dark in enumerate(row):
                picture.putpixel((x + 4, y + 4), 0 if dark else 255)
        large = picture.resize((picture.width * 6,) * 2, Image.Resampling.NEAREST)
        assert [one.text for one in zxingcpp.read_barcodes(large)] == [text]
    with pytest.raises(ValueError, match="x" * 107):
        squares("x" * 107)


def test_one_can_do_no_more_than_ones_rights_allow(radios, kim, sam):
    from datetime import date

    from mobile.assets import rules
    from shared_models.assets import Asset
    from shared_models.custody import Bar
    from shared_models.permissions import Permission

    crew = frozenset({Permission.CUSTODY_TAKE, Permission.FAULT_REPORT})
    me, other = uuid.uuid4(), uuid.uuid4()
    free = Asset.read(now_of(sam, radios[0]))
    taken = Asset.read({**free.dump(), "state": "in-use", "holder_id": str(other)})
    mine = Asset.read({**taken.dump(), "holder_id": str(me)})
    assert rules.deeds(free, me, frozenset()) == []
    assert rules.deeds(free, me, crew) == ["take", "report"]
    assert rules.deeds(taken, me, crew) == ["report"]
    assert rules.deeds(mine, me, crew) == ["give_back", "pass_on", "swap", "report", "attest"]
    assert rules.deeds(taken, me, crew | {Permission.CUSTODY_GIVE}) == [
        "give_back",
        "pass_on",
        "swap",
        "report",
    ]
    assert rules.bars(taken, None, (), battery=None, today=date(2026, 11, 27)) == [Bar.HELD]
    answer = act(kim, radios[0], "hand-out", to_id=str(sam.id))  # nor lets the server crew give to others
    assert answer.get_json()["type"] in {"forbidden", "not-to-be-handed-out"}
