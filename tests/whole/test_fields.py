"""Each field of each route, read from the wire: whatever is wrong in it is refused by its name, and leaves nothing behind."""

import json
import unicodedata
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_models.problems import Problem
from shared_models.wire import Length, Regexp, Verbatim, unwrap, wire_fields
from tests.whole.asking import Way, ways
from tests.whole.things import MINE, Things, forget_tries, kept
from tests.wire.wrong import needed, written, wrong

SAID = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'; DROP TABLE person; --", "${7*7}{{7*7}}%s{0}",
    "שלום עולם", "مرحبا\u200f", "🚧👩🏽‍🚒🏳️‍🌈", "Pen\u0303a", "漢字ｶﾅ", "\u200b", "=cmd|'/C calc'!A0", "a\r\nb", "%00%0d%0a", "\\u0000",
)  # fmt: skip
"""What people (and others) write: each is taken as words, and told back as it was."""
SOAKED, TRIED = 5000, 80


@pytest.fixture
def things(app):
    made = Things(app)
    made.known("admin")  # before anything is counted
    return made


def some(values, turn, *, soak):
    """All of them in the long form; otherwise a third, in turn: each field gets some, and all are tried somewhere."""
    return values if soak else values[turn % 3 :: 3]


def fields_of(way: Way, place):
    """(name, annotation) of what the route takes in this place."""
    wire = way.wire(place)
    if wire is None:
        return []
    taken = way.takes(place)
    named = set((taken() if isinstance(taken, type) else taken).fields)
    return [(name, hint) for name, hint in wire_fields(wire).items() if name in named]


def pointer(place, name, steps):
    return "?" + name if place == "query" else "/" + "/".join(map(str, (name, *steps)))


def asked(way, things, id=None, **options):
    """The answer; every refusal is a problem that a phone can read."""
    caller = things.known("stranger" if way.public else "admin")
    answer = caller.call(way.method, way.at(id or uuid.uuid4()), **options)
    assert answer.status_code < 500, (str(way), options, answer.get_json())
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        Problem.read(answer.get_json())
    return answer


def body(value):
    """JSON as others write it: with NaN, and with halves of a pair."""
    return {"data": json.dumps(value), "content_type": "application/json"}


def test_whatever_is_wrong_in_a_field_of_a_body_is_refused_by_its_name(app, things, soak):
    count, turn, odd = 0, 0, []
    for way in ways(app):
        if not fields_of(way, "json"):
            continue
        fine, before = way.sent(things)["json"], kept()
        for name, hint in fields_of(way, "json"):
            turn += 1
            for steps, value in some(wrong(hint), turn, soak=soak):
                answer = asked(way, things, **body(fine | {name: value}))
                count += 1
                if not names(answer, {pointer("json", name, steps)}):
                    odd.append(
                        (
                            str(way),
                            name,
                            steps,
                            str(value)[:40],
                            answer.status_code,
                            str(answer.get_json())[:200],
                        )
                    )
        for name in needed(way.wire("json")):
            answer = asked(way, things, **body({other: v for other, v in fine.items() if other != name}))
            assert names(answer, {f"/{name}"}), (str(way), name)
        for extra in ("owner_id", "role", "is_admin", "__proto__", "", "a/b~c"):
            if extra not in dict(fields_of(way, "json")):
                answer = asked(way, things, **body(fine | {extra: 1}))
                assert names(answer, {"/" + extra.replace("~", "~0").replace("/", "~1")}), (
                    str(way),
                    extra,
                    answer.get_json(),
                )
        assert kept() == before, way
    assert odd == [], "\n".join(map(str, odd))
    assert count > (1000 if soak else 300)


def names(answer, pointers):
    """Whether it is a refusal that names these places and no others."""
    told = answer.get_json()
    refused = 400 if answer.request.path.startswith("/ogc/") else 422  # as the OGC's standards ask for
    return answer.status_code == refused and {error["pointer"] for error in told["errors"]} == pointers


def test_whatever_is_wrong_in_a_query_is_refused_by_its_name(app, things, soak):
    count, turn, odd = 0, 0, []
    for way in ways(app):
        wire = way.wire("query")
        if wire is None:
            continue
        rest = way.sent(things)
        fine = dict(rest.pop("query_string", {}))
        for name, hint in fields_of(way, "query"):
            turn += 1
            values = sorted({written(value) for _, value in wrong(hint)} - {None})
            for value in some(values, turn, soak=soak):
                answer = asked(way, things, **rest, query_string=fine | {name: value})
                count += 1
                if not names(answer, {f"?{name}"}):
                    odd.append((str(way), name, value[:40], answer.status_code, str(answer.get_json())[:200]))
        for name in needed(wire):
            answer = asked(way, things, **rest, query_string={n: v for n, v in fine.items() if n != name})
            assert names(answer, {f"?{name}"}), (str(way), name)
        assert names(asked(way, things, **rest, query_string=fine | {"owner_id": "1"}), {"?owner_id"}), way
    assert odd == [], "\n".join(map(str, odd))
    assert count > (100 if soak else 30)


OTHERWISE = {
    ("POST /v1/stocktakes/{id}/count", "place"): "where the scans are made; the count tells what it is of",
    (
        "POST /v1/sightings/{id}/settle",
        "words",
    ): "what came of it; told as its outcome, beside the finder's words",
}
"""What an answer tells under a name that is asked under it with another meaning."""


def test_what_people_write_is_taken_as_words_and_told_back_as_it_was(app, things):
    told = 0
    for way in ways(app):
        forget_tries()
        for place in ("json", "query"):
            for name, hint in fields_of(way, place):
                kind, _, extras = unwrap(hint)
                if kind is not str or any(isinstance(extra, Regexp) for extra in extras):
                    continue
                words = fitting(extras)
                fine = way.sent(things)
                id = things.thing(way.kind, MINE, things.known("admin")) if way.kind else None
                sent = fine.get("query_string" if place == "query" else "json", {}) | {name: words}
                answer = asked(
                    way, things, id, **({"query_string": sent} if place == "query" else {"json": sent})
                )
                if (str(way), name) in OTHERWISE:
                    continue
                if answer.status_code < 300 and answer.is_json and answer.data and name in answer.get_json():
                    verbatim = any(isinstance(extra, Verbatim) for extra in extras)
                    expected = words if verbatim else unicodedata.normalize("NFC", words).strip()
                    assert answer.get_json()[name] == expected, (str(way), name)
                    told += 1
    assert told >= 4


def fitting(extras):
    """As many of these words as the field takes."""
    length = next((extra for extra in extras if isinstance(extra, Length)), Length(0, 4000))
    found = ""
    for words in SAID:
        if len(f"{found} {words}") <= (length.max or 4000):
            found = f"{found} {words}".strip()
    return found.ljust(length.min or 0, "ñ")


LONE = st.characters(exclude_categories=[])
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(LONE)
    | st.uuids().map(str)
    | st.sampled_from(SAID),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(LONE, max_size=5), inner, max_size=4),
    max_leaves=8,
)
"""Any JSON, with halves of a pair, NUL, NaN and Infinity in it."""


def test_whatever_stands_in_a_body_is_never_a_fault(app, things, soak):
    takers = [(way, name) for way in ways(app) for name, _ in fields_of(way, "json")]

    @settings(
        max_examples=SOAKED if soak else TRIED,
        deadline=None,
        database=None,
        derandomize=not soak,
        suppress_health_check=list(HealthCheck),
    )
    @given(taker=st.sampled_from(takers), value=ANYTHING, whole=st.booleans())
    def run(taker, value, whole):
        way, name = taker
        forget_tries()
        before = kept()
        answer = asked(way, things, **body(value if whole else way.sent(things)["json"] | {name: value}))
        if answer.status_code == 422:
            assert all(error["pointer"] for error in answer.get_json()["errors"])
        if answer.status_code >= 400 and whole:
            assert kept() == before

    run()
