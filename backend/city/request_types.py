"""The file of request types: what a resident may ask for, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from backend.city import files
from backend.city.entry import Entry, each
from backend.city.values import (
    Contact,
    Department,
    Group,
    Outcome,
    PhotoWish,
    PlaceNeed,
    RequestType,
    Synonyms,
)

FILE = "request_types.toml"
TABLES = ("defaults", "group", "type")
KNOWN = tuple(field.name for field in fields(RequestType))


def read_request_types(
    pack: Path, departments: Mapping[str, Department], contacts: Mapping[str, Contact]
) -> tuple[tuple[Group, ...], tuple[RequestType, ...]]:
    """The groups and the request types of a pack, in the file's order.

    Raises:
        CityError: something is missing, unknown, double or wrong.
    """
    groups = each(files.tables(pack, FILE, "group", beside=TABLES), _group)
    defaults = Entry(FILE, "", files.toml(pack, FILE)).part("defaults", ("duplicate_radius_m", "reopen_days"))

    def request_type(entry: Entry) -> RequestType:
        entry.only(KNOWN)
        outcome, place = entry.choice("outcome", Outcome), entry.choice("place", PlaceNeed)
        handled = outcome is Outcome.HANDLED
        if handled and entry.has("reason"):
            entry.refuse("reason", "belongs to a type that the city does not handle")
        return RequestType(
            code=entry.code("code"),
            group=entry.known("group", groups, "group"),
            name=entry.text("name"),
            department=entry.known("department", departments, "department"),
            outcome=outcome,
            reason=None if handled else entry.text("reason"),
            notice=entry.text_or_none("notice"),
            contacts=_contacts(entry, contacts, handled=handled),
            synonyms=_synonyms(entry),
            photo=entry.choice("photo", PhotoWish),
            place=place,
            anonymous=entry.flag("anonymous"),
            duplicate_radius_m=_duplicate_radius(entry, defaults, place),
            reopen_days=(entry if entry.has("reopen_days") else defaults).count("reopen_days"),
            source=entry.url("source"),
            inferred=entry.flag("inferred") if entry.has("inferred") else False,
        )

    types = each(files.tables(pack, FILE, "type", beside=TABLES), request_type)
    return tuple(groups.values()), tuple(types.values())


def _group(entry: Entry) -> Group:
    entry.only(("code", "name"))
    return Group(entry.code("code"), entry.text("name"))


def _contacts(entry: Entry, contacts: Mapping[str, Contact], *, handled: bool) -> tuple[Contact, ...]:
    """Whom to call: nobody need be named for what the city handles, somebody with a telephone for all else."""
    if handled and not entry.has("contacts"):
        return ()
    return entry.callable_contacts("contacts", contacts)


def _synonyms(entry: Entry) -> Synonyms:
    both = entry.part("synonyms", ("en", "es"))
    return Synonyms(both.words("en"), both.words("es"))


def _duplicate_radius(entry: Entry, defaults: Entry, place: PlaceNeed) -> int | None:
    """The entry's own radius, else the pack's where a place is needed, else none."""
    if entry.has("duplicate_radius_m"):
        return entry.count("duplicate_radius_m")
    return defaults.count("duplicate_radius_m") if place is PlaceNeed.NEEDED else None
