"""From the files of a city pack to a `City`."""

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.city import files, geometry
from backend.city.entry import CityError, Entry, each, first_double
from backend.city.request_types import read_request_types
from backend.city.values import (
    Box,
    City,
    Contact,
    Department,
    Elsewhere,
    Facility,
    FacilityKind,
    Hours,
    Outline,
    Point,
    Street,
    StreetLine,
    Text,
)

PACKS = Path(__file__).parent
LANGUAGES = ("en", "es")  # those of Text: a third one is a change of the product, not of a pack
WORLD = Box(-180, -90, 180, 90)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# What `city.toml` holds: facts, each of which must say where it comes from, and our own choices.
FACTS = ("name", "census_place", "bounds", "centre", "telephone", "website", "hours")
CHOICES = ("code", "short_name", "zone", "languages", "surroundings", "elsewhere", "sources")

# The texts that the product shows, so that every city needs them.
NEEDED_WORDS = ("emergency", "illustration", "outside", "privacy", "public-records")


def read_city(folder: Path | str = "westu") -> City:
    """The city whose pack lies in this folder; a relative one is looked for beside this file.

    Raises:
        CityError: a file, an entry or a field is missing, unknown, double or wrong. It names all three.
    """
    pack = PACKS / folder
    facts = Entry("city.toml", "", files.toml(pack, "city.toml")).only(FACTS + CHOICES)
    bounds, surroundings = _box(facts, "bounds"), _box(facts, "surroundings")
    contacts = each(files.tables(pack, "contacts.toml", "contact"), _contact)
    departments = _departments(pack)
    groups, request_types = read_request_types(pack, departments, contacts)
    outlines = _outlines(pack, bounds, surroundings, contacts)
    limits = next(outline.ring for outline in outlines if outline.ours)
    streets = _streets(pack)
    return City(
        code=facts.code("code"),
        name=facts.word("name"),
        short_name=facts.word("short_name"),
        census_place=facts.word("census_place"),
        zone=_zone(facts),
        languages=_languages(facts),
        bounds=bounds,
        surroundings=surroundings,
        centre=facts.point("centre", bounds),
        telephone=facts.telephone("telephone"),
        website=facts.url("website"),
        hours=_hours(facts),
        elsewhere=_elsewhere(facts, contacts),
        sources=_sources(facts),
        contacts=tuple(contacts.values()),
        departments=tuple(departments.values()),
        groups=groups,
        request_types=request_types,
        facilities=_facilities(pack, surroundings, limits),
        outlines=outlines,
        streets=streets,
        street_lines=_street_lines(pack, bounds, streets),
        words=_words(pack),
    )


def _box(facts: Entry, field: str) -> Box:
    box = Box(*facts.degrees(field, Box._fields))
    corners = Point(box.south, box.west), Point(box.north, box.east)
    if box.west >= box.east or box.south >= box.north or not all(map(WORLD.holds, corners)):
        facts.refuse(field, "must run from west to east and from south to north")
    return box


def _zone(facts: Entry) -> str:
    zone = facts.word("zone")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        facts.refuse("zone", f"{zone!r} is no time zone")
    return zone


def _languages(facts: Entry) -> tuple[str, ...]:
    languages = facts.words("languages")
    if sorted(languages) != sorted(LANGUAGES):
        facts.refuse("languages", f"must be {' and '.join(LANGUAGES)}")
    return languages


def _hours(facts: Entry) -> Hours:
    part = facts.part("hours", ("days", "opens", "closes"))
    days, opens, closes = part.words("days"), part.fields.get("opens"), part.fields.get("closes")
    if not set(days) <= set(WEEKDAYS):
        facts.refuse("hours", f"the days must be of {', '.join(WEEKDAYS)}")
    if not isinstance(opens, time) or not isinstance(closes, time) or opens >= closes:
        facts.refuse("hours", "opens and closes must be times of day, in this order")
    return Hours(tuple(sorted(WEEKDAYS.index(day) + 1 for day in days)), opens, closes)


def _sources(facts: Entry) -> dict[str, str]:
    sources = facts.part("sources", FACTS)
    return {fact: sources.url(fact) for fact in FACTS}


def _elsewhere(facts: Entry, contacts: dict[str, Contact]) -> Elsewhere:
    part = facts.part("elsewhere", ("advice", "contacts"))
    return Elsewhere(part.text("advice"), part.callable_contacts("contacts", contacts))


def _contact(entry: Entry) -> Contact:
    entry.only(("code", "name", "telephone", "url", "source"))
    telephone = entry.telephone_or_none("telephone")
    return Contact(
        code=entry.code("code"),
        name=entry.text("name"),
        telephone=telephone,
        url=entry.url("url") if entry.has("url") else None,
        source=entry.url("source") if telephone or entry.has("source") else None,
    )


def _departments(pack: Path) -> dict[str, Department]:
    entries = list(files.tables(pack, "departments.toml", "department"))
    departments = each(entries, _department)
    for entry in entries:
        if entry.has("part_of"):
            whole = departments[entry.known("part_of", departments, "department")]
            if whole.part_of is not None:
                entry.refuse("part_of", f"{whole.code!r} is itself a part of another department")
    return departments


def _department(entry: Entry) -> Department:
    entry.only(("code", "name", "part_of", "telephone", "email", "address", "source"))
    return Department(
        code=entry.code("code"),
        name=entry.text("name"),
        part_of=entry.word_or_none("part_of"),
        telephone=entry.telephone_or_none("telephone"),
        email=entry.email_or_none("email"),
        address=entry.word_or_none("address"),
        source=entry.url("source"),
    )


def _facilities(pack: Path, surroundings: Box, limits: tuple[Point, ...]) -> tuple[Facility, ...]:
    def facility(entry: Entry) -> Facility:
        entry.only(
            ("code", "name", "kind", "address", "telephone", "point", "illustration", "outside", "source")
        )
        point, outside = entry.point("point", surroundings), entry.flag("outside")
        if geometry.holds(limits, point) is outside:
            entry.refuse("point", f"lies {'inside' if outside else 'outside'} the city's limits")
        return Facility(
            code=entry.code("code"),
            name=entry.text("name"),
            kind=entry.choice("kind", FacilityKind),
            address=entry.word_or_none("address"),
            telephone=entry.telephone_or_none("telephone"),
            point=point,
            illustration=entry.flag("illustration"),
            outside=outside,
            source=entry.url("source"),
        )

    return tuple(each(files.tables(pack, "facilities.toml", "facility"), facility).values())


def _outlines(
    pack: Path, bounds: Box, surroundings: Box, contacts: dict[str, Contact]
) -> tuple[Outline, ...]:
    def outline(feature: Entry) -> Outline:
        about = feature.part("properties", ("code", "name", "ours", "advice", "contacts", "source"))
        ours = about.flag("ours")
        for field in ("advice", "contacts"):
            if ours and about.has(field):
                about.refuse(field, "belongs to a neighbour's outline")
        return Outline(
            code=about.code("code"),
            name=about.word("name"),
            ours=ours,
            ring=geometry.ring(feature, bounds if ours else surroundings),
            advice=None if ours else about.text("advice"),
            contacts=() if ours else about.callable_contacts("contacts", contacts),
            source=about.url("source"),
        )

    found = tuple(each(files.features(pack, "limits.geojson", "code"), outline).values())
    if sum(outline.ours for outline in found) != 1:
        raise CityError("limits.geojson", "", "ours", "must be true for one outline, no more and no less")
    return found


def _streets(pack: Path) -> tuple[Street, ...]:
    def street(entry: Entry) -> Street:
        count = entry.word("address_points")
        if not count.isdecimal():
            entry.refuse("address_points", f"{count!r} must be a whole number")
        return Street(entry.word("name"), int(count))

    streets = tuple(map(street, files.lines(pack, "streets.csv", ("name", "address_points"))))
    if twice := first_double(street.name for street in streets):
        raise CityError("streets.csv", twice, "name", "stands there twice")
    return streets


def _street_lines(pack: Path, bounds: Box, streets: tuple[Street, ...]) -> tuple[StreetLine, ...]:
    names = {street.name for street in streets}

    def street_line(feature: Entry) -> StreetLine:
        about = feature.part("properties", ("street", "illustration"))
        street = about.word("street")
        if street not in names:
            feature.refuse("street", f"{street!r} is not in streets.csv")
        return StreetLine(street, geometry.line(feature, bounds), about.flag("illustration"))

    lines = tuple(map(street_line, files.features(pack, "street_lines.geojson", "street")))
    if twice := first_double(line.street for line in lines):
        raise CityError("street_lines.geojson", twice, "street", "stands there twice")
    return lines


def _words(pack: Path) -> dict[str, Text]:
    entry = Entry("words.toml", "", files.toml(pack, "words.toml"))
    for key in NEEDED_WORDS:
        if not entry.has(key):
            entry.refuse(key, "missing")
    return {key: entry.text(key) for key in entry.fields}
