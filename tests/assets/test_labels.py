"""Labels: what is printed is read back from the page's pixels; nothing leaves its place on the sheet."""

import uuid

import pytest

from backend.assets.labels import SHEETS, Label, drawn, fitted, printable
from backend.maps import CityTold
from shared_models.papers import LabelSheet
from tests.assets.paper import pages
from tests.cast import problem

CITY_HALL = "713-668-4441"
CITY = CityTold("West University Place", "West U", CITY_HALL, "https://westutx.gov")
LABELS = "/v1/assets/labels"
LONG = "Backup battery for the second floor's emergency radio repeater, ñandú edition " * 2


def inside(box, place, size):
    x, y = place
    return x <= box[0] and y <= box[1] and box[2] <= x + size[0] and box[3] <= y + size[1]


def test_a_scanner_reads_each_label_and_a_camera_finds_its_page(erin, make):
    tags = [f"WU-{n:05}" for n in range(1, 32)]
    ids = [make.asset(erin, tag=tag, name=f"Portable {tag[-2:]}")["id"] for tag in tags]

    answer = erin.post(LABELS, {"ids": ids, "sheet": "avery-5160"})

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    first, second = pages(answer.data)
    read = {(format, text) for page in (first, second) for format, text, _ in page.codes()}
    assert read == {("Code128", tag) for tag in tags} | {
        ("QRCode", f"http://127.0.0.1:8000/t/{tag}") for tag in tags
    }
    said = " ".join(word.text for word in second.words)
    assert "WU-00031" in said
    assert "Portable 31" in said
    assert "West University Place" in said
    assert CITY_HALL in said
    assert "If found · Si lo encuentra" in said


@pytest.mark.parametrize("sheet", list(LabelSheet))
def test_no_sign_of_a_label_leaves_its_place_however_long_its_words_are(sheet):
    form = SHEETS[sheet]
    labels = [Label("W" * 24, LONG), Label("WU-1", LONG), Label("WU-00001", ""), Label("M" * 20, "M" * 120)]
    count = form.columns * form.rows

    for number, label in enumerate(labels):
        skip = (number * 7) % count
        [page] = pages(drawn([label], form, skip, "https://assets.example.org", CITY))
        place = form.place(skip)
        drawn_boxes = [*page.bars, *(word.box for word in page.words)]
        assert len(drawn_boxes) > 100
        assert [box for box in drawn_boxes if not inside(box, place, form.size)] == []
        assert label.tag in [word.text for word in page.words], "a tag is never cut"
        read = {format: text for format, text, _ in page.codes()}
        assert read == {"QRCode": f"https://assets.example.org/t/{label.tag}", "Code128": label.tag}


@pytest.mark.parametrize("sheet", list(LabelSheet))
def test_words_lie_neither_over_one_another_nor_over_the_codes(sheet):
    form = SHEETS[sheet]
    [page] = pages(drawn([Label("WU-00123", LONG)], form, 0, "https://assets.example.org", CITY))

    boxes = [word.box for word in page.words]
    codes = [box for _, _, box in page.codes()]
    for number, box in enumerate(boxes):
        for other in (*boxes[number + 1 :], *codes):
            apart = box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
            assert apart, (box, other)


@pytest.mark.parametrize("sheet", list(LabelSheet))
def test_all_places_of_a_sheet_lie_on_its_page_and_apart(sheet):
    form = SHEETS[sheet]
    places = [form.place(n) for n in range(form.columns * form.rows)]
    for x, y in places:
        assert inside((x, y, x + form.size[0] - 0.01, y + form.size[1] - 0.01), (0, 0), form.page)
        for other in places:
            if other != (x, y):
                assert abs(other[0] - x) >= form.size[0] - 0.01 or abs(other[1] - y) >= form.size[1] - 0.01


def test_places_that_are_used_already_stay_empty(erin, make):
    make.asset(erin, tag="WU-00001")
    make.asset(erin, tag="WU-00002")
    answer = erin.post(LABELS, {"tags": ["WU-00002", "WU-00001"], "sheet": "l7160", "skip": 20})

    first, second = pages(answer.data)
    form = SHEETS[LabelSheet.L7160]
    assert [text for format, text, _ in first.codes() if format == "Code128"] == ["WU-00002"]
    assert all(inside(box, form.place(20), form.size) for box in first.bars)
    assert [text for format, text, _ in second.codes() if format == "Code128"] == ["WU-00001"]
    assert all(inside(box, form.place(0), form.size) for box in second.bars)


def test_labels_are_printed_of_what_one_may_know_of_and_nothing_else(dan, erin, make):
    ours = make.asset(erin, tag="WU-00001", department="public-works")["id"]
    theirs = make.asset(erin, tag="PD-00001", department="police")["id"]

    assert dan.post(LABELS, {"ids": [ours]}).status_code == 200
    problem(dan.post(LABELS, {"ids": [ours, theirs]}), 404, "not-found")
    problem(erin.post(LABELS, {"ids": [str(uuid.uuid4())]}), 404, "not-found")
    problem(make.person("bob").post(LABELS, {"ids": [ours]}), 403, "forbidden")
    for asked, pointer in (
        ({}, "/ids"),
        ({"ids": [ours], "tags": ["WU-00001"]}, "/ids"),
        ({"ids": [ours], "sheet": "l7160", "skip": 21}, "/skip"),
        ({"ids": [ours], "sheet": "roll-62mm", "skip": 1}, "/skip"),
        ({"tags": ["wu 1"]}, "/tags/0"),
    ):
        told = problem(erin.post(LABELS, asked), 422, "invalid")
        assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_words_are_made_smaller_before_they_are_cut_and_unknown_signs_are_marked():
    assert fitted("Unit 12", "Helvetica", 8, 100) == ("Unit 12", 8)
    text, size = fitted("Radio of Unit 12", "Helvetica", 8, 50)
    assert (text, 6 <= size < 8) == ("Radio of Unit 12", True)
    assert fitted(LONG, "Helvetica", 8, 50)[0].endswith("…")
    assert printable("Ñandú 漢") == "Ñandú ?"
