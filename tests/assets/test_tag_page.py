"""The page that a label's address opens: what anybody is told, what nobody is, and what a finder says to the city."""

import base64
import hashlib
import re
import uuid
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from backend.assets import tag_page
from backend.assets.tables import SightingRow
from backend.core.actor import db
from backend.core.clock import later
from backend.worker import in_transaction
from tests.cast import problem

CITY_HALL = "713-668-4441"
SECRETS = {
    "name": "Sergeant's own",
    "serial": "SECRET-SERIAL-9",
    "place": "Evidence room",
    "note": "do not tell",
}


class Page(HTMLParser):
    """A page as a browser takes it apart."""

    def __init__(self, answer):
        super().__init__()
        self.tags, self.said, self.filled, self.answer = [], [], {}, answer
        self.feed(answer.get_data(as_text=True))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "input" and attrs["type"] in {"hidden", "text"}:
            self.filled[attrs["name"]] = attrs.get("value", "")

    def handle_data(self, data):
        self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said[:]).split())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def opened(who, tag, **options):
    headers = {"Accept": "text/html", **options.pop("headers", {})}
    return Page(who.get(f"/t/{tag}", headers=headers, **options))


def sent(who, tag, form, **headers):
    return who.call("POST", f"/t/{tag}", data=form, headers={"Accept": "text/html", **headers})


def sightings():
    return in_transaction(lambda: list(db().query(SightingRow).order_by(SightingRow.at)))


@pytest.fixture
def radio(erin, make):
    return make.asset(erin, tag="PD-00001", fields={"radio_id": "7001", "alias": "PD-01"}, **SECRETS)


def test_the_page_says_what_sort_of_thing_it_is_whose_and_whom_to_call_and_no_more(nobody, radio):
    page = opened(nobody, "PD-00001")

    assert page.answer.status_code == 200
    for said in (
        "Property of West University Place",
        "PD-00001",
        "the city's property: radio",
        CITY_HALL,
        "9-1-1",
    ):
        assert said in page.text
    for secret in (*SECRETS.values(), "7001", "PD-01 ", "police", "Police", "stock", radio["id"]):
        assert secret not in page.answer.get_data(as_text=True), secret
    assert {"href": f"tel:{CITY_HALL}"} in page.all("a")
    assert nobody.get("/v1/assets/tags/PD-00001").get_json() == {
        "tag": "PD-00001",
        "kind": "portable-radio",
        "city": "West University Place",
        "telephone": CITY_HALL,
    }


def test_a_tag_that_nobody_has_opens_the_same_page_without_a_kind(nobody, erin, make):
    make.asset(erin, tag="WU-00001", kind="other")

    def told(tag):
        page = opened(nobody, tag)
        words = re.sub(r"value=\"[0-9a-f-]*\"", "", page.answer.get_data(as_text=True))
        return (
            page.answer.status_code,
            words.replace(tag, "TAG"),
            nobody.get(f"/v1/assets/tags/{tag}").get_json()["kind"],
        )

    assert told("WU-00001") == told("WU-00002")
    page = opened(nobody, "<script>alert(1)")
    assert "alert" not in page.answer.get_data(as_text=True)
    assert page.answer.status_code == 200


def test_the_page_loads_nothing_and_is_no_frame_and_runs_no_script(nobody, radio):
    page = opened(nobody, "PD-00001")
    policy = page.answer.headers["Content-Security-Policy"]
    text = page.answer.get_data(as_text=True)

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert not [
        tag for tag, attrs in page.tags if tag in {"script", "img", "link", "iframe"} or "style" in attrs
    ]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not re.search(r"https?://|//[a-z]", text)
    assert page.answer.headers["Cache-Control"] == "no-store"


def test_the_page_speaks_the_readers_language_and_offers_the_other(nobody, radio):
    for asked, language in (("es-MX,es;q=0.9,en;q=0.5", "es"), ("fr", "en"), ("en", "en"), ("", "en")):
        page = opened(nobody, "PD-00001", headers={"Accept-Language": asked})
        assert page.all("html") == [{"lang": language}]
        assert page.answer.headers["Content-Language"] == language
        assert ("Lo encontré" in page.text) is (language == "es")
        other = {"es": "en", "en": "es"}[language]
        assert {"href": f"?lang={other}", "lang": other, "hreflang": other} in page.all("a")
    page = opened(nobody, "PD-00001?lang=es", headers={"Accept-Language": "en"})
    assert page.all("html") == [{"lang": "es"}]
    assert page.all("form")[0]["action"] == "?lang=es"
    assert opened(nobody, "PD-00001?lang=xx").all("html") == [{"lang": "en"}]


def test_the_page_can_be_read_aloud_used_by_keys_and_with_letters_twice_as_large(nobody, radio):
    page = opened(nobody, "PD-00001")
    labelled = {attrs["for"] for attrs in page.all("label") if "for" in attrs}
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}

    for attrs in (*page.all("textarea"), *(each for each in page.all("input") if each["type"] == "text")):
        assert attrs["id"] in labelled
        assert attrs["aria-describedby"] in ids
    assert (
        len(page.all("fieldset"))
        == len(page.all("legend"))
        == len(page.all("h1"))
        == len(page.all("main"))
        == 1
    )
    assert {"name": "viewport", "content": "width=device-width,initial-scale=1"} in page.all("meta")
    assert [each for _, attrs in page.tags if (each := attrs.get("tabindex"))] == []
    sizes = re.findall(r"(?:width|height|font(?:-size)?|padding|margin):[^;}]*?([0-9.]+px)", tag_page.STYLE)
    assert sizes == [], "whatever holds words grows with the reader's letters"
    assert "outline:3px" in tag_page.STYLE


def luminance(colour):
    def linear(part):
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    digits = colour if len(colour) == 6 else "".join(2 * each for each in colour)
    r, g, b = (linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_words_stand_out_from_what_is_behind_them_by_day_and_by_night():
    """WCAG 2.1, 1.4.3 and 1.4.11."""
    for palette in re.findall(r":root\{([^}]*--ink[^}]*)\}", tag_page.STYLE):
        colours = {name: luminance(value) for name, value in re.findall(r"--(\w+):#([0-9a-f]+)", palette)}
        for ink, behind, least in (
            ("ink", "back", 7), ("ink", "box", 7), ("act", "back", 4.5), ("on", "act", 4.5),
            ("bad", "back", 4.5), ("line", "box", 3), ("line", "back", 3),
        ):  # fmt: skip
            dark, light = sorted((colours[ink], colours[behind]))
            assert (light + 0.05) / (dark + 0.05) >= least, (ink, behind)


def test_what_a_finder_says_lies_in_the_inbox_once_however_often_it_is_sent(nobody, erin, radio):
    form = opened(nobody, "PD-00001").filled | {
        "kind": "found",
        "words": "On the bench",
        "contact": "713-555-0100",
    }

    thanks = [sent(nobody, "PD-00001", form) for _ in range(2)]

    assert [answer.status_code for answer in thanks] == [200, 200]
    assert "We will look into it." in Page(thanks[0]).text
    [row] = sightings()
    assert (str(row.asset_id), row.kind, row.code, row.words, row.contact) == (
        radio["id"],
        "found",
        "PD-00001",
        "On the bench",
        "713-555-0100",
    )
    assert (row.by_id, row.by_staff) == (None, False)
    inbox = erin.get("/v1/sightings/").get_json()
    assert [item["words"] for item in inbox["items"]] == ["On the bench"]


def test_a_label_that_nobody_knows_is_taken_in_as_well(nobody):
    form = opened(nobody, "XX-99999").filled | {"kind": "broken", "words": "", "contact": ""}
    assert sent(nobody, "XX-99999", form).status_code == 200
    [row] = sightings()
    assert (row.asset_id, row.code) == (None, "XX-99999")


def test_a_form_that_is_filled_in_wrongly_is_told_so_and_keeps_its_words(nobody, radio):
    filled = opened(nobody, "PD-00001").filled
    for form, words in (
        ({"words": 'It <b>"broke"</b>'}, "Please choose one"),
        ({"kind": "unknown", "words": 'It <b>"broke"</b>'}, "Please choose one"),
        ({"kind": "found", "words": 'It <b>"broke"</b>' + "x" * 2000}, "too long"),
        ({"kind": "found", "words": 'It <b>"broke"</b>', "contact": "x" * 201}, "too long"),
    ):
        answer = sent(nobody, "PD-00001", filled | form)
        page = Page(answer)
        assert answer.status_code == 422
        assert words in page.text
        assert 'It <b>"broke"</b>' in page.text
        assert page.all("b") == []
        assert [attrs for _, attrs in page.tags if attrs.get("role") == "alert"]
    assert sightings() == []


def test_a_form_counts_only_from_our_own_page_and_not_for_ever(nobody, radio):
    filled = opened(nobody, "PD-00001").filled
    form = filled | {"kind": "found", "words": "here"}
    other = opened(nobody, "PD-00002").filled

    for refused in (
        sent(nobody, "PD-00001", form, **{"Sec-Fetch-Site": "cross-site"}),
        sent(nobody, "PD-00001", form | {"id": str(uuid.uuid4())}),
        sent(nobody, "PD-00001", form | {"seal": "0" * 64}),
        sent(nobody, "PD-00001", form | {"seal": other["seal"], "id": other["id"]}),
        sent(nobody, "PD-00001", form | {"minute": "99999999999999999"}),
        sent(nobody, "PD-00001", form | {"minute": "x"}),
        sent(nobody, "PD-00001", {"kind": "found"}),
    ):
        assert refused.status_code == 422
        assert "too old" in Page(refused).text
    with later(timedelta(hours=25)):
        assert sent(nobody, "PD-00001", form).status_code == 422
    assert sightings() == []
    with later(timedelta(hours=23)):
        assert sent(nobody, "PD-00001", form, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert len(sightings()) == 1


def test_one_address_may_ask_and_report_so_often_and_others_go_on(nobody, app, radio, monkeypatch):
    monkeypatch.setattr(tag_page, "SENT", 2)
    monkeypatch.setattr(tag_page, "SEEN", 4)
    answers = []
    for _ in range(3):
        form = opened(nobody, "PD-00001").filled | {"kind": "found"}
        answers.append(sent(nobody, "PD-00001", form))
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "call" in Page(answers[2]).text
    assert int(answers[2].headers["Retry-After"]) > 0
    assert opened(nobody, "PD-00001").answer.status_code == 200
    assert opened(nobody, "PD-00001").answer.status_code == 429
    problem(nobody.get("/v1/assets/tags/PD-00001"), 429, "slow-down")
    problem(nobody.get("/t/PD-00001"), 429, "slow-down")
    assert len(sightings()) == 2
    elsewhere = nobody.call("GET", "/t/PD-00001", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200
