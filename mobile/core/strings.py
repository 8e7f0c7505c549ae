"""Words, dates and times in the person's language. No toolkit: models and the sync use it too.

A catalog is `mobile/locale/<language>.toml`. A key is its dotted path (`inbox.empty`), `{name}` is filled from the
values, and a table of `one` and `other` is chosen by the value `count`.
"""

import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LANGUAGES = {"en": "English", "es": "Español"}
SOURCE = "en"  # the language that each key has
LOCALE = Path(__file__).parent.parent / "locale"

Word = str | dict[str, str]

_now = {"language": SOURCE, "strict": ""}


class MissingWordError(LookupError):
    """A catalog lacks a key, or a text lacks a value that it names."""


def use(language: str) -> None:
    """Speak this language from now on; one that we don't know (`pt_BR`) becomes English."""
    short = language.replace("-", "_").split("_", maxsplit=1)[0].lower()
    _now["language"] = short if short in LANGUAGES else SOURCE


def language() -> str:
    """The language in use: a key of `LANGUAGES`."""
    return _now["language"]


def be_strict(wanted: bool = True) -> None:
    """Raise `MissingWordError` for a missing key or value, as tests want it; else show the next best."""
    _now["strict"] = "yes" if wanted else ""


def t(key: str, **values: object) -> str:
    """Return the text of this key, with its `{names}` filled in.

    A key that the language lacks is answered in English, one that English lacks by the key itself.
    """
    word = catalog(language()).get(key)
    if word is None and not _now["strict"]:
        word = catalog(SOURCE).get(key, key)
    if word is None:
        raise MissingWordError(f"{language()}: {key}")
    if isinstance(word, dict):
        word = word["one" if values.get("count") == 1 else "other"]
    try:
        return word.format(**values)
    except (KeyError, IndexError) as error:
        if _now["strict"]:
            raise MissingWordError(f"{language()}: {key} wants {error}") from None
        return word


@cache
def catalog(language: str) -> dict[str, Word]:
    """Return all words of a language by dotted key; a plural is a dict of `one` and `other`."""
    tree = tomllib.loads((LOCALE / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: dict[str, object], path: str) -> list[tuple[str, Word]]:
    words: list[tuple[str, Word]] = []
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value.keys() != {"one", "other"}:
            words += _flat(value, key)
        elif isinstance(value, dict):
            words.append((key, {form: str(text) for form, text in value.items()}))
        else:
            words.append((key, str(value)))
    return words


def number(count: int) -> str:
    """A count as people of this country read it, in either language: 12,041."""
    return f"{count:,}"


def clock_time(at: datetime, zone: str) -> str:
    """Return the time of day in the city's zone: "4:05 PM", "4:05 p. m."."""
    there = at.astimezone(ZoneInfo(zone))
    return t(
        "dates.morning" if there.hour < 12 else "dates.afternoon",  # noqa: PLR2004 - noon
        time=f"{there.hour % 12 or 12}:{there:%M}",
    )


def hour(text: str) -> str:
    """Return a time of day, `22:00`, as it is said: "10:00 PM"."""
    hours, minutes = text.split(":")
    return clock_time(datetime(2000, 1, 1, int(hours), int(minutes), tzinfo=UTC), "UTC")


def day(at: datetime, zone: str, now: datetime | None = None) -> str:
    """Return the day in the city's zone: "Nov 23", and with its year where that is not the year of `now`."""
    there = at.astimezone(ZoneInfo(zone))
    month = t(f"dates.months.{there.month}")
    if now is not None and now.astimezone(ZoneInfo(zone)).year == there.year:
        return t("dates.day", day=there.day, month=month)
    return t("dates.day_of_year", day=there.day, month=month, year=there.year)


def day_and_time(at: datetime, zone: str, now: datetime | None = None) -> str:
    """Return day and time in the city's zone: "Nov 23, 4:05 PM"."""
    return t("dates.day_and_time", day=day(at, zone, now), time=clock_time(at, zone))


def full_day(at: datetime, zone: str) -> str:
    """Return the day in the city's zone with nothing left out: "Saturday, November 28, 2026"."""
    there = at.astimezone(ZoneInfo(zone))
    names = {
        "weekday": t(f"dates.weekdays.{there.isoweekday()}"),
        "month": t(f"dates.long_months.{there.month}"),
    }
    return t("dates.full_day", day=there.day, year=there.year, **names)


def full_time(at: datetime, zone: str) -> str:
    """Return day and time in the city's zone with nothing left out: "Saturday, November 28, 2026, 4:05 PM"."""
    return t("dates.day_and_time", day=full_day(at, zone), time=clock_time(at, zone))


def ago(at: datetime, now: datetime, zone: str) -> str:
    """Return how long ago that was, or how far ahead it lies: "2 h ago", "in 3 d"; the day beyond a week."""
    away = abs(now - at)
    if away < timedelta(minutes=1):
        return t("dates.now")
    if away >= timedelta(days=7):
        return day(at, zone, now)
    if away < timedelta(hours=1):
        unit, count = "minutes", away // timedelta(minutes=1)
    elif away < timedelta(days=1):
        unit, count = "hours", away // timedelta(hours=1)
    else:
        unit, count = "days", away // timedelta(days=1)
    return t("dates.past" if at <= now else "dates.future", span=t(f"dates.{unit}", count=count))
