"""What goes wrong is told in the person's language, and each time with what to do next."""

import re

import pytest

from mobile.core import strings
from mobile.core.problems import in_words
from shared_models.problems import TYPES, Problem

# What a person is asked to do: one of these begins a clause in every message.
NEXT = {
    "en": r"\b(please|try|look|sign in|make|ask|call|wait|choose|take|report|update|check|write|keep|do the step|see)\b",
    "es": r"\b(por favor|int[eé]nte|v[eé]a|vuelv|mir[ea]|m[ií]re|inici|hag|pid|llam|elij|actual[ií]|rev[ií]s|esper|esp[eé]r"
    r"|t[oó]me|rep[oó]rt|env[ií]e|pong|nombr|escr[ií]b|consult|repit|prueb)",
}  # fmt: skip
TABLES = ("refusal", "work_item.why", "work_item.missing", "work.older")
NOT_WRONG = {
    "work_item.missing.title", "work_item.missing.retry", "work.older.search", "work.older.more", "work.older.needs",
    "work.older.asking", "work.older.nothing",
}  # fmt: skip


@pytest.mark.parametrize("language", strings.LANGUAGES)
def test_every_problem_that_the_server_knows_has_words_with_a_next_step(language):
    strings.use(language)
    told = {
        type_: in_words(Problem(type=type_, title="(server)", status=status))
        for type_, (status, _) in TYPES.items()
    }
    assert [type_ for type_, words in told.items() if "(server)" in words] == []
    assert {type_: words for type_, words in told.items() if not asks(language, words)} == {}


@pytest.mark.parametrize("language", strings.LANGUAGES)
def test_every_other_word_about_what_went_wrong_has_a_next_step(language):
    catalog = strings.catalog(language)
    about = {
        key: text
        for key, text in catalog.items()
        if key.rpartition(".")[0] in TABLES and key not in NOT_WRONG
    }
    about |= {
        key: text for key, text in catalog.items() if key.startswith("problem.") and isinstance(text, str)
    }
    assert len(about) > 40
    assert {key: text for key, text in about.items() if not asks(language, text)} == {}


def asks(language, words):
    return re.search(NEXT[language], words.casefold()) is not None
