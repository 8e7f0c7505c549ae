"""The pack of West University Place says what the city's pages say, in both languages."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from backend.city import Outcome, PlaceNeed, Text, read_city

FACTS = Path(__file__).parents[3] / "shared" / "city-facts.md"

# Each row of the facts' table of request types (section 1a), and the types that stand for it.
ROWS = {
    "Missed trash / recycling / yard waste / bulk": "missed-trash missed-recycling missed-yard-waste missed-bulk",
    "Replacement recycling bin ($10 may apply)": "replacement-recycling-bin",
    "Set-out violation; special collection (min. $50)": "set-out-violation special-collection",
    "Reduced solid-waste rate, over 65 or disabled": "reduced-waste-rate",
    "Storm debris pile missed": "missed-storm-debris",
    "Unsafe tree or branch in right-of-way": "unsafe-tree",
    "Tree removal application; Tree Trust tree (by 28–30 Nov)": "tree-removal-application tree-trust-tree",  # noqa: RUF001 - as the facts print it
    'Tree blocks sign, sidewalk (80" clearance), road (13\'6") or corner triangle': (
        "tree-blocks-sign tree-blocks-sidewalk tree-blocks-road tree-blocks-corner"
    ),
    "Water usage question, discoloured water (hydrant flushing, Nov–Dec)": "water-usage-question discolored-water",  # noqa: RUF001 - as the facts print it
    "Sewer / lift station; drainage, street flooding": "sewer-problem lift-station drainage street-flooding",
    "Start / stop utility service, bill, e-bill": "start-utility-service stop-utility-service utility-bill e-bill",
    "Street light out: **CenterPoint maintains**": "street-light-out",
    "Electricity, gas, cable: **not a city service**": "electricity natural-gas cable",
    "Barking dog, dog at large / leash law, stray cat, wildlife": "barking-dog dog-at-large stray-cat wildlife",
    "Bees, rats on private property: **city does not treat**": "bees-private-property rats-private-property",
    "Leaf-blower / quiet-hours noise (limits since 27 Jul 2020)": "leaf-blower-noise quiet-hours-noise",
    "Abandoned vehicle, parking complaint, ongoing-scene question": (
        "abandoned-vehicle parking-complaint scene-question"
    ),
    "Alarm permit, Direct Link sign-up, false-alarm fee": "alarm-permit direct-link false-alarm-fee",
    "Commend / complain about an officer": "officer-commendation officer-complaint",
    "Public information request (city; separate form for police)": "public-information-request police-records-request",
    "Park / pool / pavilion question": "park-question pool-question pavilion-question",
    "Building, floodplain maps, permits": "building-question floodplain-map permit-question",
}
# What the facts tell outside that table: the pothole, and the other two bodies that the city refers people to.
BESIDE_THE_ROWS = {"pothole", "bissonnet-street", "bayou-problem"}

CITY = read_city()
TYPES = {each.code: each for each in CITY.request_types}


def texts(value):
    """Every `Text` in a value, however deep."""
    if isinstance(value, Text):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from texts(tuple(value.values()))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)


def test_the_pack_is_that_of_west_university_place():
    assert (CITY.code, CITY.short_name, CITY.census_place) == ("westu", "West U", "4877956")
    assert (CITY.zone, CITY.languages, CITY.telephone) == ("America/Chicago", ("en", "es"), "713-668-4441")
    assert CITY.hours.weekdays == (1, 2, 3, 4, 5)
    assert f"{CITY.hours.opens:%H:%M}-{CITY.hours.closes:%H:%M}" == "07:30-17:30"


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_facts_is_a_request_type(row):
    assert set(ROWS[row].split()) <= set(TYPES)


def test_no_request_type_stands_for_nothing_in_the_facts():
    assert set(TYPES) == BESIDE_THE_ROWS | {code for codes in ROWS.values() for code in codes.split()}


@pytest.fixture
def facts():
    """The text of the city's facts, or NOT RUN."""
    if not FACTS.exists():
        print("NOT RUN: ../shared/city-facts.md is missing")
        pytest.skip("NOT RUN: ../shared/city-facts.md is missing")
    return FACTS.read_text(encoding="utf-8")


def test_the_table_of_rows_is_the_one_of_the_facts(facts):
    section = facts.partition("### 1a.")[2].partition("### 1b.")[0]
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", section, flags=re.MULTILINE)
    assert [row for row in rows if row != "Type"] == list(ROWS)


def test_every_source_is_one_of_the_facts(facts):
    sourced = (*CITY.request_types, *CITY.departments, *CITY.facilities, *CITY.outlines, *CITY.contacts)
    named = {each.source for each in sourced if each.source} | set(CITY.sources.values())
    assert {source for source in named if source not in facts} == set()


def test_every_telephone_number_is_one_of_the_facts(facts):
    told = (*CITY.contacts, *CITY.departments, *CITY.facilities)
    numbers = {each.telephone for each in told if each.telephone} | {CITY.telephone}
    known = facts.replace("-5825 / -5826", "-5825 / 713-662-5826")
    assert {number for number in numbers if number not in known} == set()


@pytest.mark.parametrize("kind", [kind for kind in CITY.request_types if kind.outcome is not Outcome.HANDLED])
def test_whoever_is_turned_away_is_told_why_and_given_a_telephone(kind):
    assert kind.reason is not None
    assert any(contact.telephone for contact in kind.contacts)


def test_all_four_outcomes_occur():
    assert {kind.outcome for kind in CITY.request_types} == set(Outcome)
    assert TYPES["street-light-out"].outcome is Outcome.REFERRED
    assert TYPES["rats-private-property"].outcome is Outcome.NOT_CITY_SERVICE
    assert TYPES["tree-blocks-road"].outcome is Outcome.RESIDENT_DUTY


def test_the_number_of_an_outer_body_is_left_to_the_city_where_no_page_gives_it():
    unknown = {contact.code for contact in CITY.contacts if contact.telephone is None}
    assert unknown == {"centerpoint", "flood-control-district", "bellaire", "southside-place"}


def test_a_pothole_goes_to_public_works_with_place_and_photo():
    pothole = TYPES["pothole"]
    assert (pothole.department, pothole.outcome, pothole.inferred) == ("public-works", Outcome.HANDLED, True)
    assert (pothole.place, pothole.photo, pothole.anonymous) == (PlaceNeed.NEEDED, "wanted", True)
    assert (pothole.duplicate_radius_m, pothole.reopen_days) == (75, 30)
    assert "hole in road" in pothole.synonyms.en
    assert {"bache", "hoyo"} <= set(pothole.synonyms.es)


def test_nearness_makes_no_duplicates_of_what_needs_no_place():
    assert TYPES["utility-bill"].duplicate_radius_m is None


def test_whoever_speaks_of_an_officer_need_not_give_a_name():
    assert TYPES["officer-complaint"].anonymous
    assert TYPES["officer-commendation"].anonymous


def test_every_group_and_department_is_used_or_real():
    assert {kind.group for kind in CITY.request_types} == {group.code for group in CITY.groups}
    assert {kind.department for kind in CITY.request_types} <= {each.code for each in CITY.departments}


def test_every_text_is_in_both_languages():
    found = list(texts(CITY))
    assert len(found) > 150
    same = {text.en for text in found if text.en == text.es}
    assert same == {"CenterPoint"}
    assert all(kind.synonyms.en and kind.synonyms.es for kind in CITY.request_types)


def test_a_text_falls_back_to_english():
    text = Text(en="Street", es="Calle")
    assert [text.in_language(code) for code in ("en", "es", "es-MX", "es_US", "ES", "fr", "")] == [
        "Street", "Calle", "Calle", "Calle", "Calle", "Street", "Street",
    ]  # fmt: skip


def test_the_emergency_line_names_both_numbers():
    for words in (CITY.words["emergency"].en, CITY.words["emergency"].es):
        assert "9-1-1" in words
        assert "713-668-0330" in words


def test_every_place_and_every_street_line_is_labelled_an_illustration():
    assert all(facility.illustration for facility in CITY.facilities)
    assert all(line.illustration for line in CITY.street_lines)
    assert CITY.words["illustration"].in_language("es").startswith("Ilustración")
