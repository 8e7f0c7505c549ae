"""What the server says to people, in their language: ``backend/locale/<language>.toml``."""

import tomllib
from functools import cache
from pathlib import Path

from flask import request

from shared_models.basics import Language

FOLDER = Path(__file__).parent.parent / "locale"


@cache
def catalog(language: Language) -> dict[str, str]:
    """All words of a language, by dotted name."""
    found: dict[str, str] = {}

    def walk(table: dict[str, object], name: str) -> None:
        for key, value in table.items():
            dotted = f"{name}.{key}" if name else key
            if isinstance(value, dict):
                walk(value, dotted)
            else:
                found[dotted] = str(value)

    walk(tomllib.loads((FOLDER / f"{language.value}.toml").read_text("utf-8")), "")
    return found


def words(language: Language, name: str, **values: str) -> str:
    """The words of this name, with the values put in. A name that is missing is a KeyError: a bug of ours."""
    return catalog(language)[name].format(**values)


def title_and_body(language: Language, name: str, **values: str) -> tuple[str, str]:
    """The two texts of a message of this name."""
    return words(language, f"{name}.title", **values), words(language, f"{name}.body", **values)


def reader_language() -> Language:
    """The language of whoever reads a page: as they chose on it (``?lang=``), else as their browser says."""
    known = [language.value for language in Language if language is not Language.NEWER]
    chosen = request.args.get("lang", "")
    return Language(chosen if chosen in known else request.accept_languages.best_match(known, known[0]))
