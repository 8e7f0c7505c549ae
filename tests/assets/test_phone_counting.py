"""Several count at once: each phone shows what all have scanned, and says when it knows of its own scans alone."""

from uuid import uuid4

import pytest

from tests.assets.phone_hands import go, said, scan
from tests.phones import GOOD, NONE


@pytest.fixture
def count(sam):
    """A count of the police's things, begun on another phone; its id."""
    wish = {"id": str(uuid4()), "name": "Police", "department": "police"}
    assert sam.post("/v1/stocktakes/", wish).status_code == 201
    return wish["id"]


def scanned(by, count, *codes):
    answer = by.post(f"/v1/stocktakes/{count}/count", {"scans": [{"code": code} for code in codes]})
    assert answer.status_code == 200, answer.get_json()


def test_what_others_have_scanned_counts_with_mine_and_says_whose_it_is(
    phone_of, radios, sam, tess, make, count
):
    fire = make.asset(tess, tag="WU-900", department="fire")
    scanned(sam, count, "WU-001")
    scanned(make.signed_in(tess), count, fire["tag"])  # on another device of hers
    shown = phone_of(tess)
    model = go(shown, "stocktakes").model
    shown.robot.until(lambda: model.lines)
    screen = go(shown, "stocktake", id=count)
    model = screen.model
    shown.robot.until(lambda: model.others)
    assert (model.expected, model.found, model.missing, model.unexpected) == (3, 1, 2, 1)
    assert {(one["value"], one["key"]) for one in model.others} == {
        ("WU-001", sam.name),
        ("WU-900", f"Not expected here · {tess.name}"),
    }
    assert "Others have scanned 2 more." in said(shown)
    scan(shown, "WU-003")
    assert (model.found, model.missing, model.last_text) == (2, 1, "WU-003: found")
    scan(shown, "WU-001")
    assert (model.found, model.last_text) == (2, f"WU-001: {sam.name} has scanned it")

    scanned(sam, count, "WU-002")
    shown.sync()
    model.refresh()
    shown.robot.until(lambda: not model.missing)
    assert (model.found, model.missing) == (3, 0)


def test_with_no_signal_it_says_that_only_this_phones_scans_are_shown(phone_of, radios, sam, tess, count):
    scanned(tess, count, "WU-001")
    shown = phone_of(sam)
    go(shown, "stocktakes")
    shown.robot.until(lambda: shown.parts.nav.children[0].model.lines)
    shown.air.rest = NONE
    model = go(shown, "stocktake", id=count).model
    shown.robot.until(lambda: not model.busy)
    scan(shown, "WU-003")
    shown.robot.until(lambda: not model.busy)
    assert "Only what this phone has scanned is shown" in said(shown)
    assert (model.found, model.missing, model.others) == (1, 2, [])
    shown.air.rest = GOOD
    shown.sync()
    model.refresh()
    shown.robot.until(lambda: model.others)
    assert (model.found, model.missing) == (2, 1) and "Only what this phone" not in said(shown)
    fresh = go(shown, "stocktakes").model.begin("Mine", {"department": "police"})
    shown.air.rest = NONE
    model = go(shown, "stocktake", id=str(fresh)).model
    assert model.others == [] and model.found == 0, "of another count it is not theirs"


def test_a_count_that_somebody_else_has_closed_is_over_here_too(phone_of, radios, sam, tess, count):
    shown = phone_of(sam)
    go(shown, "stocktakes")
    shown.robot.until(lambda: shown.parts.nav.children[0].model.lines)
    model = go(shown, "stocktake", id=count).model
    shown.robot.until(lambda: not model.busy)
    assert model.state == "shown"
    assert tess.post(f"/v1/stocktakes/{count}/close", {}).status_code == 200
    model.refresh()
    shown.robot.until(lambda: model.state == "gone")
