"""No untranslated word: each catalog has the same keys and values, each key that is used is there."""

import ast
import re
import string
from pathlib import Path

import pytest

from backend.core.words import catalog, words
from shared_models.basics import Language
from shared_models.service_requests import Status
from tests.whole.code import files, text_catalog, text_of, tree_of

SIDES = ("backend", "mobile")
LANGUAGES = [language for language in Language if language is not Language.NEWER]
WORDS_OF_PEOPLE = re.compile(r"[^\W\d_]{2,}")
SHOWN = re.compile(
    r"^\s*(text|hint_text|hint|title|subtitle|label|badge|aside|yes|no|message|notice|words)\s*:\s*(.*)$"
)


def catalog_file(side, language):
    return Path(f"{side}/locale/{language.value}.toml")


def holes(text):
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("side", SIDES)
def test_all_languages_have_the_same_keys_and_placeholders(side):
    english = text_catalog(catalog_file(side, Language.EN))
    assert english
    for language in LANGUAGES:
        other = text_catalog(catalog_file(side, language))
        assert set(other) == set(english)
        assert [key for key in english if holes(other[key]) != holes(english[key])] == []
        assert [key for key, text in other.items() if not text.strip()] == []


def keys_used(path):
    """(key, whether it is only the beginning of one) of each ``t(…)`` in a file of the phone."""
    if path.suffix == ".py":
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "t"
                and node.args
            ):
                yield from keys_in(node.args[0])
    else:
        for match in re.finditer(r"""\bt\(\s*f?(["'])(.*?)\1""", text_of(path)):
            key = match[2]
            yield (key.partition("{")[0], True) if "{" in key else (key, False)


def keys_in(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, False
    elif isinstance(node, ast.JoinedStr):
        first = node.values[0]
        if isinstance(first, ast.Constant):
            yield first.value, True
    elif isinstance(node, ast.IfExp):
        yield from keys_in(node.body)
        yield from keys_in(node.orelse)


def test_each_key_that_the_phone_asks_for_is_there():
    known = text_catalog(catalog_file("mobile", Language.EN))
    plurals = {key.rpartition(".")[0] for key in known if key.endswith(".other")}
    used = 0
    for path in [*files("mobile"), *files("mobile", ends=".kv")]:
        for key, begins in keys_used(path):
            used += 1
            found = any(name.startswith(key) for name in known) if begins else key in known or key in plurals
            assert found, f"{path}: {key}"
    assert used > 15


def test_each_key_that_the_server_asks_for_is_there():
    known = catalog(Language.EN)
    first_parts = {key.partition(".")[0] for key in known}
    used = set()
    for path in files("backend"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                first, dot, rest = node.value.partition(".")
                if first in first_parts and dot and re.fullmatch(r"[a-z-]*", rest):
                    used.add(node.value)
    assert used
    for name in used:
        complete = {f"{name}.title", f"{name}.body"} <= set(known)
        assert complete or (name.endswith(".") and any(key.startswith(name) for key in known)), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_each_status_that_a_person_is_told_of(language):
    for status in Status:
        if status is not Status.NEWER:
            title = words(language, f"status.{status.value}.title", number="26-000001", type="Pothole")
            assert "26-000001" in title


def said_plainly(node):
    """The literal words that this expression of kv may show: not the keys of ``t(…)``, nor what is compared."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from said_plainly(node.body)
        yield from said_plainly(node.orelse)
    elif isinstance(node, ast.BoolOp | ast.JoinedStr):
        for inner in node.values:
            yield from said_plainly(inner)
    elif isinstance(node, ast.BinOp):
        yield from said_plainly(node.left)
        yield from said_plainly(node.right)


def test_no_screen_says_a_word_that_is_not_in_a_catalog():
    said = []
    for path in files("mobile", ends=".kv"):
        for number, line in enumerate(text_of(path).splitlines(), 1):
            shown = SHOWN.match(line)
            if shown and shown[2]:
                words_shown = said_plainly(ast.parse(shown[2], mode="eval").body)
                said += [f"{path}:{number}: {word}" for word in words_shown if WORDS_OF_PEOPLE.search(word)]
    assert said == []
