"""Words, dates and times in both languages."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from mobile.core import strings
from mobile.core.strings import MissingWordError, t

CITY = "America/Chicago"
NOON = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)  # 12:05 in Texas


def forms(word):
    return sorted(word.values()) if isinstance(word, dict) else [word]


def test_both_languages_have_the_same_keys():
    assert strings.catalog("es").keys() == strings.catalog("en").keys()


def test_both_languages_name_the_same_values():
    english, spanish = strings.catalog("en"), strings.catalog("es")
    for key, word in english.items():
        names = {name for form in forms(word) for name in re.findall(r"{(\w+)}", form)}
        assert {name for form in forms(spanish[key]) for name in re.findall(r"{(\w+)}", form)} == names, key


def test_no_word_is_empty():
    for language in strings.LANGUAGES:
        assert all(form.strip() for word in strings.catalog(language).values() for form in forms(word))


def test_values_are_filled_in_and_one_is_not_many():
    assert t("kit.step", number=2, count=5) == "Step 2 of 5"
    assert t("kit.letters_left", count=1) == "1 character left"
    assert t("kit.letters_left", count=8) == "8 characters left"
    strings.use("es-MX")
    assert t("kit.letters_left", count=1) == "queda 1 carácter"


def test_a_missing_key_fails_tests_but_not_the_app():
    with pytest.raises(MissingWordError, match="no such key"):
        t("no such key")
    with pytest.raises(MissingWordError, match="number"):
        t("kit.step", count=5)
    strings.be_strict(False)
    assert t("no such key") == "no such key"
    assert t("kit.step", count=5) == "Step {number} of {count}"


def test_a_key_that_only_english_has_is_said_in_english(monkeypatch, tmp_path):
    (tmp_path / "en.toml").write_text('[a]\nb = "Only here"\n')
    (tmp_path / "es.toml").write_text("")
    monkeypatch.setattr(strings, "LOCALE", tmp_path)
    strings.catalog.cache_clear()
    try:
        strings.use("es")
        strings.be_strict(False)
        assert t("a.b") == "Only here"
    finally:
        strings.catalog.cache_clear()


def test_a_language_that_we_lack_is_english():
    strings.use("fr_CA")
    assert strings.language() == "en"


def test_times_are_those_of_the_city():
    assert strings.clock_time(NOON, CITY) == "12:05 PM"
    assert strings.clock_time(NOON - timedelta(hours=12), CITY) == "12:05 AM"
    assert strings.day_and_time(NOON + timedelta(hours=4), CITY, NOON) == "Nov 23, 4:05 PM"
    assert strings.day(datetime(2026, 12, 1, 3, tzinfo=UTC), CITY, NOON) == "Nov 30"
    assert strings.day(datetime(2025, 7, 4, 12, tzinfo=UTC), CITY, NOON) == "Jul 4, 2025"
    strings.use("es")
    assert strings.day_and_time(NOON + timedelta(hours=4), CITY, NOON) == "23 nov, 4:05 p. m."


def test_how_long_ago_is_said_in_the_unit_that_fits():
    def ago(**away):
        return strings.ago(NOON - timedelta(**away), NOON, CITY)

    assert ago(seconds=20) == "just now"
    assert ago(minutes=59) == "59 min ago"
    assert ago(hours=2, minutes=50) == "2 h ago"
    assert ago(days=1) == "1 day ago"
    assert ago(days=6, hours=23) == "6 days ago"
    assert ago(days=8) == "Nov 15"
    assert ago(hours=-3) == "in 3 h"
    strings.use("es")
    assert ago(hours=2) == "hace 2 h"
    assert ago(days=-2) == "en 2 días"
