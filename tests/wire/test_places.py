"""Finding places as people type them, and telling in whose limits a point lies."""

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.likeness import fold, typos
from shared_models.places import (
    EARTH_RADIUS,
    Outline,
    Place,
    PlaceIndex,
    metres_between,
    point_in_polygon,
    search,
    whose,
)

STREETS = """University Blvd; Edloe St; Amherst St; Auden St; Bellaire Blvd; Belmont St; Bissonnet St;
Buffalo Spwy; Byron St; Case St; Cason St; College St; Duke St; Georgetown St; Jarrard St; Judson St; Kirby Dr;
Marquette St; Mercer St; Mt Vernon St; North Blvd; South Blvd; Northwestern St; Southwestern St; Oberlin St;
Pittsburgh St; Rice Blvd; Riley St; Robinhood St; Rutgers Pl; Rutgers St; Sewanee St; Stella Link Rd; Sunset Blvd;
Tangley St; Tangley Rd; Vanderbilt St; Wakeforest St; Weslayan St; Westchester St; W 11th Pl; Milton St"""
NAMES = [name.strip() for name in STREETS.replace("\n", " ").split(";")]


def street(n, name):
    return Place(f"s{n}", "street", name, "", 29.71 + n * 1e-4, -95.43)


PLACES = [
    Place("hall", "facility", "City Hall", "3800 University Blvd", 29.7180, -95.4310),
    Place("police", "facility", "Police", "3814 University Blvd", 29.7181, -95.4315),
    Place("rec", "facility", "Recreation Center", "4210 Bellaire Blvd", 29.7060, -95.4420),
    Place("pool", "facility", "Colonial Park Pool", "4130 Byron St", 29.7100, -95.4400),
    *(street(n, name) for n, name in enumerate(NAMES)),
    *(
        Place(f"x-{a}-{b}", "intersection", f"{a} & {b}", "", 29.71 + i * 1e-3, -95.43 + j * 1e-3)
        for i, a in enumerate(("Edloe St", "Auden St", "Buffalo Spwy", "Wakeforest St"))
        for j, b in enumerate(("University Blvd", "Rice Blvd", "Bissonnet St", "Tangley St"))
    ),
]
INDEX = PlaceIndex(PLACES, localities=["West University Place", "Bellaire"])


def titles(query, **options):
    return [hit.title for hit in INDEX.search(query, **options)]


def first(query):
    return next(iter(titles(query)), None)


def test_case_accents_and_punctuation_do_not_matter():
    assert fold("  ÉDLOE,  st. ") == fold("edloe street") == ["edloe", "street"]
    assert fold("O'Brien Blvd") == fold("obrien BOULEVARD")
    assert fold("N. Univ Ave") == ["north", "university", "avenue"]
    assert fold("Edloe & Rice") == fold("edloe/rice") == fold("Edloe @ Rice") == ["edloe", "and", "rice"]


def test_an_address_finds_the_facility_that_has_it():
    for query in (
        "3800 univ blvd",
        "3800 University Boulevard",
        "3800 unversity blvd",
        "3800 university",
        "university blvd 3800",
        "3800 University Blvd, West University Place, TX 77005",
    ):
        assert first(query) == "City Hall", query
    assert first("3814 univ") == "Police"


def test_an_address_of_no_facility_finds_the_street_and_keeps_the_number():
    hit = INDEX.search("3701 univ blvd")[0]
    assert (hit.place.kind, hit.title, hit.number) == ("street", "3701 University Blvd", "3701")
    assert first("12b edloe") == "12B Edloe St"


def test_a_corner_is_found_by_its_two_streets_in_either_order():
    for query in (
        "edloe & univercity",
        "university and edloe",
        "Edloe at Univ",
        "univ @ edlo",
        "edloe university",
    ):
        assert first(query) == "Edloe St & University Blvd", query


def test_a_street_is_found_while_its_name_is_being_typed():
    for query in ("un", "univ", "univers", "university b"):
        assert "University Blvd" in titles(query)[:3], query
    assert first("ste") == "Stella Link Rd"
    assert "Stella Link Rd" in titles("st", limit=50)


def test_a_wrong_street_type_costs_little():
    assert first("edloe avenue") == "Edloe St"
    assert titles("rutgers")[:2] == ["Rutgers Pl", "Rutgers St"]
    assert first("rutgers st") == "Rutgers St"
    assert first("rutgers place") == "Rutgers Pl"


def test_a_street_named_like_a_direction_is_found():
    assert first("north blvd") == "North Blvd"
    assert first("s boulevard") == "South Blvd"
    assert first("w 11th") == "W 11th Pl"
    assert first("mount vernon") == "Mt Vernon St"


def test_words_run_together_or_torn_apart_are_found():
    assert first("buffalospeedway") == "Buffalo Spwy"
    assert "Wakeforest St" in titles("wake forest")[:3]
    assert first("robin hood") == "Robinhood St"


def test_a_facility_is_found_by_name():
    assert first("city hall") == "City Hall"
    assert first("rec center") == "Recreation Center"
    assert first("colonial pool") == "Colonial Park Pool"


def test_the_name_of_the_city_is_cut_only_where_a_street_remains():
    assert first("edloe st, bellaire") == "Edloe St"
    assert first("bellaire") == "Bellaire Blvd"
    assert first("4210 bellaire") == "Recreation Center"


def test_nonsense_finds_nothing():
    for query in ("", "   ", "&", "zzzzqqqq", "\x00", "77005 77005"):
        assert titles(query) == [], query


def test_of_equals_the_nearer_comes_first():
    places = [
        Place("far", "facility", "Park", "", 30.0, -95.0),
        Place("near", "facility", "Park", "", 29.0, -95.0),
    ]
    hits = search("park", places, near=(29.0, -95.0))
    assert [hit.place.id for hit in hits] == ["near", "far"]
    assert hits[0].metres == 0
    assert [hit.metres for hit in search("park", places)] == [None, None]


def test_the_limit_is_kept():
    assert len(titles("r", limit=3)) == 3
    assert len(titles("blvd", limit=3)) == 3


LONG_NAMES = [name for name in NAMES if len(name.split()[0]) >= 6]


@st.composite
def misspelt(draw):
    name = draw(st.sampled_from(LONG_NAMES))
    word, rest = name.split(" ", 1)
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    edit = draw(st.sampled_from(("lose", "add", "change", "swap")))
    wrong = {
        "lose": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    }[edit]
    return name, draw(st.sampled_from((wrong, f"{wrong} {rest}", f"3700 {wrong} {rest}")))


@given(misspelt())
def test_one_wrong_letter_still_finds_the_street_among_the_first_five(case):
    name, query = case
    found = [hit.place.name for hit in INDEX.search(query, limit=5)]
    assert name in found


@given(st.text(max_size=60))
def test_any_text_can_be_searched(query):
    for hit in INDEX.search(query, limit=5):
        assert hit.score > 0


letters = st.text("abc", max_size=7)


@given(letters, letters)
def test_typos_are_counted_alike_from_both_sides(a, b):
    assert typos(a, b, 9) == typos(b, a, 9)
    assert (typos(a, b, 9) == 0) == (a == b)
    assert typos(a, b, 1) == min(2, typos(a, b, 9))


def test_a_swap_of_neighbours_is_one_typo():
    assert typos("edleo", "edloe", 2) == 1
    assert typos("univercity", "university", 2) == 1
    assert typos("unib", "university", 2, open_end=True) == 1


# --- where a point lies -----------------------------------------------------------------------------

SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
        [[1, 1], [1, 3], [3, 3], [3, 1], [1, 1]],
    ],
}


def test_a_hole_is_outside():
    assert point_in_polygon((0.5, 0.5), SQUARE)
    assert not point_in_polygon((2, 2), SQUARE)
    assert not point_in_polygon((5, 2), SQUARE)


def test_any_part_of_a_multipolygon_counts():
    far = [[[10, 10], [11, 10], [11, 11], [10, 10]]]
    both = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], far]}
    assert point_in_polygon((10.2, 10.8), both)
    assert point_in_polygon((0.5, 0.5), both)


def test_a_geometry_without_an_inside_is_refused():
    with pytest.raises(ValueError, match="Polygon"):
        point_in_polygon((0, 0), {"type": "Point", "coordinates": [0, 0]})


corner = st.tuples(st.integers(-5, 5), st.integers(-5, 5))


@given(corner, corner, st.floats(0, 1))
def test_a_point_on_a_shared_border_belongs_to_exactly_one_side(a, b, along):
    """Two halves of a square, cut by any line across it, walked in opposite directions."""
    left, right = (-10, -10 + a[1] / 2), (10, b[1])
    north = {"type": "Polygon", "coordinates": [[left, right, (10, 20), (-10, 20), left]]}
    south = {"type": "Polygon", "coordinates": [[right, left, (-10, -20), (10, -20), right]]}
    on_border = (left[1] + along * (right[1] - left[1]), left[0] + along * (right[0] - left[0]))
    if -10 < on_border[1] < 10:
        assert point_in_polygon(on_border, north) + point_in_polygon(on_border, south) == 1


def test_whose_is_the_first_outline_that_holds_the_point():
    ours = Outline("ours", "Ours", True, SQUARE)
    theirs = Outline(
        "theirs",
        "Theirs",
        False,
        {"type": "Polygon", "coordinates": [[[4, 0], [8, 0], [8, 4], [4, 4], [4, 0]]]},
    )
    assert whose((2, 0.5), [ours, theirs]) is ours
    assert whose((2, 4), [ours, theirs]) is theirs
    assert whose((2, 9), [ours, theirs]) is None


def test_metres_are_those_of_the_sphere():
    assert metres_between((0, 0), (0, 180)) == pytest.approx(math.pi * EARTH_RADIUS)
    assert metres_between((29.7, -95.4), (29.701, -95.4)) == pytest.approx(111.195, abs=0.01)
    assert metres_between((29.7, -95.4), (29.7, -95.4)) == 0
