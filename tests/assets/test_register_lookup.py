"""Look-up as somebody types, and scans: the best first, in one statement, and never what one may not know of."""

import pytest

from tests.cast import problem
from tests.statements import statements


def looked_up(caller, q, **more):
    answer = caller.get("/v1/assets/look-up", query_string={"q": q, **more})
    assert answer.status_code == 200, answer.get_json()
    return [item["tag"] for item in answer.get_json()["items"]]


def scanned(caller, code):
    answer = caller.get("/v1/assets/scan", query_string={"code": code})
    assert answer.status_code == 200, answer.get_json()
    return [item["tag"] for item in answer.get_json()["items"]]


@pytest.fixture
def shelf(make, tess):
    make.asset(
        tess, tag="WU-00123", serial="581CTX-0001", name="Motorway",
        fields={"radio_id": "700123", "alias": "PD Sierra 12"}, place="Closet 2, City Hall",
    )  # fmt: skip
    make.asset(tess, tag="WU-00124", serial="581CTX-0002", fields={"radio_id": "700124"})
    make.asset(
        tess, tag="MDT-7", kind="mdt", name="unit-laptop",
        fields={"mac": "00:1B:44:11:3A:B7", "imei": "490154203237518"},
    )  # fmt: skip
    make.asset(
        tess, tag="CAR-700123", kind="vehicle", department="public-works", fields={"plate": "TX 700 123"}
    )


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("WU-00123", ["WU-00123"]),
        ("wu00123", ["WU-00123"]),
        ("https://westu.example.org/t/WU-00123", ["WU-00123"]),
        ("https://westu.example.org/t/wu-00123/?via=qr#x", ["WU-00123"]),
        ("581ctx0001", ["WU-00123"]),
        ("700123", ["WU-00123"]),
        ("TX-700-123", ["CAR-700123"]),
        ("00-1b-44-11-3a-b7", ["MDT-7"]),
        ("49 015420 323751 8", ["MDT-7"]),
        ("WU-0012", []),
        ("%", []),
        ("---", []),
    ],
)
def test_a_scan_finds_what_has_exactly_this_code(shelf, tess, code, found):
    assert scanned(tess, code) == found


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("700123", ["WU-00123", "CAR-700123"]),  # the code itself before what only contains it
        ("70012", ["WU-00123", "WU-00124", "CAR-700123"]),
        ("wu", ["WU-00123", "WU-00124"]),
        ("w", ["WU-00123", "WU-00124"]),
        ("WU-0012", ["WU-00123", "WU-00124"]),
        ("sierra", ["WU-00123"]),
        ("city closet", ["WU-00123"]),
        ("001b.4411", ["MDT-7"]),
        ("001b.4411.3ab7", ["MDT-7"]),
        ("4901542", ["MDT-7"]),
        ("laptop", ["MDT-7"]),
        ("siera", ["WU-00123"]),  # mistyped
        ("lapptop", ["MDT-7"]),
        ("motrway", ["WU-00123"]),
        ("zzzzzz", []),
        ("100%", []),
    ],
)
def test_what_is_typed_finds_the_best_first(shelf, tess, q, found):
    assert looked_up(tess, q) == found


def test_a_holder_and_a_unit_are_found_by_their_names(app, make, tess, kim):
    from backend.assets.actions import locked, state_of, write_down
    from shared_models.assets import AssetState
    from tests.races import amid

    radio, mdt = make.asset(tess, tag="R-1"), make.asset(tess, tag="M-1", kind="mdt")
    make.kit(tess, {"kind": "mdt", "asset_id": mdt["id"]}, code="PD-12")
    with amid(tess):
        row = locked(radio["id"])
        before = state_of(row)
        row.state, row.holder_id, row.holder = AssetState.IN_USE, kim.id, "Kim Novak"
        write_down(row, "handed-out", before)
    assert looked_up(tess, "novak") == ["R-1"]
    assert looked_up(tess, "pd-12") == ["M-1"]


def test_what_has_ended_stands_last_and_gives_its_code_away(make, tess):
    old = make.asset(tess, tag="A-1", fields={"radio_id": "7"})
    tess.post(f"/v1/assets/{old['id']}/move", {"state": "retired", "words": "Worn out"})
    assert scanned(tess, "7") == ["A-1"]
    make.asset(tess, tag="B-1", fields={"radio_id": "7"})
    assert scanned(tess, "7") == ["B-1", "A-1"]
    assert looked_up(tess, "7") == ["B-1", "A-1"]


def test_it_tells_nobody_of_things_out_of_their_reach(shelf, kim, dan, alice):
    assert scanned(kim, "TX700123") == []
    assert scanned(dan, "TX700123") == ["CAR-700123"]
    assert looked_up(dan, "700123") == ["CAR-700123"]
    assert looked_up(kim, "700123") == ["WU-00123"]
    assert looked_up(dan, "siera") == []
    problem(alice.get("/v1/assets/scan?code=1"), 403, "forbidden")
    problem(kim.get("/v1/assets/look-up"), 422, "invalid")


def test_each_is_one_statement_beside_who_asks(shelf, tess):
    for path in (
        "/v1/assets/scan?code=WU-00123",
        "/v1/assets/look-up?q=sierra",
        "/v1/assets/look-up?q=siera",
    ):
        tess.get(path)
        with statements() as sent:
            assert tess.get(path).get_json()["items"]
        assert len(sent) == 2, [each.text for each in sent]
