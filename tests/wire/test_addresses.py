"""Addresses taken apart, and street names compared: by a library where it is, by the same numbers where not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import likeness
from shared_models.addresses import Finder, NoRows
from shared_models.likeness import WordList, counted_typos, typos
from shared_models.places import PlaceIndex
from shared_models.streets import key_of, numbered, parts_of, plain_number, street_words, understand
from tests.wire import test_places as ground

CITY = [["cambridge"], ["west", "university", "place"]]
words = st.text("abcde1", max_size=9)


@pytest.mark.parametrize(
    ("typed", "number", "streets"),
    [
        ("3800 univ blvd", "3800", [("univ", "blvd")]),
        ("univ blvd 3800", "3800", [("univ", "blvd")]),
        ("56-R Aberdeen Ave", "56r", [("aberdeen", "ave")]),
        ("56 r aberdeen", "56r", [("aberdeen",)]),
        ("56 e aberdeen", "56", [("e", "aberdeen")]),
        ("56 a st", "56", [("a", "st")]),
        ("7 1/2 brewer st", "7-1/2", [("brewer", "st")]),
        ("7½ Brewer St", "7-1/2", [("brewer", "st")]),
        ("74-92 bent", "74-92", [("bent",)]),
        ("11 3rd st", "11", [("3rd", "st")]),
        ("56aberdeen ave", "56", [("aberdeen", "ave")]),
        ("3rd st", "", [("3rd", "st")]),
        ("12 main st apt 3", "12", [("main", "st")]),
        ("12 main st #4, Cambridge, MA 02139-1234", "12", [("main", "st")]),
        ("cambridge st 12, cambridge ma", "12", [("cambridge", "st")]),
        ("12 cambridge", "12", [("cambridge",)]),
        ("12 massachusetts", "12", [("massachusetts",)]),
        ("12 allston ct", "12", [("allston", "ct")]),
        ("12 elm st tx", "12", [("elm", "st")]),
        ("edloe & univercity", "", [("edloe",), ("univercity",)]),
        ("elm @ oak", "", [("elm",), ("oak",)]),
        ("elm y oak", "", [("elm",), ("oak",)]),
        ("ste", "", [("ste",)]),
    ],
)
def test_a_query_is_taken_apart(typed, number, streets):
    asked = understand(typed, CITY)
    assert (asked.mark, list(asked.streets), asked.joined) == (number, streets, len(streets) > 1)


def test_the_last_word_is_open_only_where_the_query_ends_with_it():
    assert understand("14 aber").open
    assert not any(understand(typed, CITY).open for typed in ("14 aber ", "aber 14", "14 aber, cambridge"))


def test_a_name_is_one_street_however_it_is_written():
    assert key_of("Mt. Auburn St") == key_of("MOUNT AUBURN STREET")
    assert street_words("St Paul St") == street_words("Saint Paul Street") == ["saint", "paul", "street"]
    assert key_of("N 3rd Ave") == key_of("north third avenue")
    assert parts_of(["gray", "gardens", "west"]) == ("gray", "gardens", "west")
    assert parts_of(["north", "boulevard"]) == ("north", "boulevard", "")
    assert numbered("85-1/2  Winter St") == ("85-1/2", "Winter St")
    assert numbered("One Kendall Sq") == ("", "One Kendall Sq")
    assert plain_number("56 R") == plain_number("56-r") == "56r"


@given(words, words, st.integers(0, 3), st.booleans())
def test_letters_are_counted_alike_with_the_library_and_without(a, b, most, open_end):
    assert typos(a, b, most, open_end=open_end) == counted_typos(a, b, most, open_end=open_end)


@given(words, st.lists(words, max_size=12, unique=True), st.integers(0, 3), st.booleans())
def test_a_word_is_compared_with_many_as_it_is_with_one(typed, known, most, open_end):
    those = WordList(known)
    one_by_one = {
        n: wrong
        for n, word in enumerate(known)
        if (wrong := counted_typos(typed, word, most, open_end=open_end)) <= most
    }
    assert those.near(typed, most, open_end=open_end) == one_by_one
    assert those.counted_near(typed, most, open_end=open_end) == one_by_one
    for last in (True, False):
        likes = {word: likeness.likeness(typed, word, last=last) for word in known}
        assert those.alike(typed, last=last) == {word: like for word, like in likes.items() if like > 0}


QUERIES = (
    "3800 univ blvd", "edloe & univercity", "edleo", "buffalospeedway", "wake forest", "robin hood", "rutgers place",
    "w 11th", "ste", "un", "univers", "12b edloe", "colonial pool", "university edloe", "sewane", "weslyan st", "blvd",
)  # fmt: skip


def test_without_the_library_the_same_is_found_in_the_same_order(monkeypatch):
    def answers():
        finder = Finder(ground.PLACES, [], ["Bellaire"])
        return [[(hit.place.id, hit.score) for hit in finder.search(query, NoRows())] for query in QUERIES]

    fast = answers()
    monkeypatch.setattr(likeness, "OSA", None)
    assert answers() == fast
    assert all(fast)


@pytest.mark.parametrize(
    "test",
    [
        ground.test_an_address_finds_the_facility_that_has_it,
        ground.test_an_address_of_no_facility_finds_the_street_and_keeps_the_number,
        ground.test_a_corner_is_found_by_its_two_streets_in_either_order,
        ground.test_a_street_is_found_while_its_name_is_being_typed,
        ground.test_a_wrong_street_type_costs_little,
        ground.test_a_street_named_like_a_direction_is_found,
        ground.test_words_run_together_or_torn_apart_are_found,
        ground.test_a_facility_is_found_by_name,
        ground.test_the_name_of_the_city_is_cut_only_where_a_street_remains,
        ground.test_nonsense_finds_nothing,
        ground.test_the_limit_is_kept,
        ground.test_one_wrong_letter_still_finds_the_street_among_the_first_five,
        ground.test_any_text_can_be_searched,
    ],
    ids=lambda test: test.__name__,
)
def test_whatever_the_index_of_places_finds_is_found_with_addresses_too(test, monkeypatch):
    finder = Finder(ground.PLACES, [], ["West University Place", "Bellaire"])

    class Everything(PlaceIndex):
        def search(self, query, near=None, limit=10):
            return finder.search(query, NoRows(), near, limit)

    monkeypatch.setattr(ground, "INDEX", Everything([]))
    test()


def test_a_street_of_a_number_is_the_same_in_words_and_in_figures():
    assert key_of("Third St") == key_of("3rd Street") == key_of("3 st") == "third street"
    assert key_of("21 St") == key_of("21st St") == "21st street"
    assert key_of("11 Ave") == "eleventh avenue"
    assert key_of("Route 66") == "route 66"
