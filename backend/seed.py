"""Taking over a city pack: departments, request types, limits, streets, places; and the people of the demo."""

import base64
import csv
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from backend import checks, demo, identity, maps, service_requests
from backend.city import City, Contact, RequestType, read_city
from backend.settings import Settings
from shared_models.basics import Language
from shared_models.basics import Point as WirePoint
from shared_models.content import FEWEST_CORNERS, MOST_CORNERS
from shared_models.identity import Role
from shared_models.maps import Zone

DEMO = (
    ("alice@example.org", "Alice Resident", Role.RESIDENT, None),
    ("bob@example.org", "Bob Neighbor", Role.RESIDENT, None),
    ("carol@example.org", "Carol Desk", Role.DESK, None),
    ("dan@example.org", "Dan Crew", Role.CREW, "public-works"),
    ("tess@example.org", "Tess Technician", Role.TECHNICIAN, None),
    ("sam@example.org", "Sam Sergeant", Role.SUPERVISOR, "police"),
    ("kim@example.org", "Kim Officer", Role.CREW, "police"),
    ("lee@example.org", "Lee Firefighter", Role.CREW, "fire"),
    ("erin@example.org", "Erin Admin", Role.ADMIN, None),
)
"""Who plays in the demo. Their addresses are of a domain that nobody can have (RFC 2606)."""

DEMO_IDS = UUID("8f7d9a52-5c1e-4b6f-9b0a-2f1f6a3d7c11")


def load_city(code: str) -> str:
    """Bring the database up to date with a city pack, and make the phone's pack; gives its version."""
    pack = read_city(code)
    identity.load_departments(department_rows(pack))
    service_requests.load_types(type_rows(pack))
    checks.load_defaults(pack.zone)
    maps.load(outline_rows(pack), street_rows(pack), place_rows(pack))
    return maps.make_pack(
        {
            "city": json.dumps(city_document(pack), ensure_ascii=False, sort_keys=True).encode(),
            "request_types": service_requests.types_text()[0],
        }
    )


def load_zones(file: Path) -> int:
    """Take over the city's zones from GeoJSON: a Polygon each, with ``code``, ``name_en``, ``name_es``; gives how many.

    Raises ValueError for what is none.
    """
    try:
        features = json.loads(file.read_text("utf-8"))["features"]
        rows: list[dict[str, Any]] = [
            {
                **{name: str(feature["properties"][name]) for name in ("code", "name_en", "name_es")},
                "area": [
                    WirePoint(lat=round(float(lat), 6), lon=round(float(lon), 6)).dump()
                    for lon, lat, *_ in feature["geometry"]["coordinates"][0][:-1]
                ],
            }
            for feature in features
            if feature["geometry"]["type"] == "Polygon"
        ]
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not zones as we know them: {error!r}") from error
    if len(rows) < len(features):
        raise ValueError("each zone must be one Polygon")
    for row in rows:
        if wrong := Zone.Schema().validate(row):
            raise ValueError(f"zone {row['code']} is not on Earth, or misnamed: {wrong}")
        if not FEWEST_CORNERS <= len(row["area"]) <= MOST_CORNERS:
            raise ValueError(
                f"zone {row['code']} has {len(row['area'])} corners; a push has room for {MOST_CORNERS}"
            )
    return maps.load_zones(rows)


def load_addresses(file: Path) -> int:
    """Take over the city's addresses from CSV with ``id, line, lat, lon``; gives how many. Raises ValueError."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if missing := {"id", "line", "lat", "lon"} - set(rows.fieldnames or ()):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
        found = [
            {
                "id": row["id"],
                "line": row["line"],
                "where": WirePoint(lat=float(row["lat"]), lon=float(row["lon"])),
            }
            for row in rows
        ]
    return maps.load_addresses(found)


def department_rows(pack: City) -> Iterator[identity.DepartmentRow]:
    """The departments; those that others are a part of come first."""
    for d in sorted(pack.departments, key=lambda d: d.part_of is not None):
        yield identity.DepartmentRow(
            code=d.code,
            name_en=d.name.en,
            name_es=d.name.es,
            part_of=d.part_of,
            telephone=d.telephone or "",
            email=d.email or "",
        )


def type_rows(pack: City) -> Iterator[service_requests.RequestTypeRow]:
    """The request types, in the order of the list."""
    groups = {group.code: group for group in pack.groups}
    for place, kind in enumerate(pack.request_types):
        group = groups[kind.group]
        yield service_requests.RequestTypeRow(
            code=kind.code,
            place=place,
            offered=True,
            group_code=group.code,
            group_en=group.name.en,
            group_es=group.name.es,
            name_en=kind.name.en,
            name_es=kind.name.es,
            department=kind.department,
            outcome=kind.outcome.value,
            **reason_and_notice(kind),
            contacts=[contact(c) for c in kind.contacts],
            synonyms_en=list(kind.synonyms.en),
            synonyms_es=list(kind.synonyms.es),
            photo=kind.photo.value,
            place_needed=kind.place.value == "needed",
            anonymous=kind.anonymous,
            duplicate_radius_m=kind.duplicate_radius_m,
            reopen_days=kind.reopen_days,
        )


def reason_and_notice(kind: RequestType) -> dict[str, str]:
    """The texts of a type, empty where it has none."""
    return {
        f"{name}_{language}": getattr(text, language) if text else ""
        for name, text in (("reason", kind.reason), ("notice", kind.notice))
        for language in ("en", "es")
    }


def contact(of: Contact) -> dict[str, str]:
    """A contact in its wire form."""
    return {
        "name_en": of.name.en,
        "name_es": of.name.es,
        "telephone": of.telephone or "",
        "url": of.url or "",
    }


def outline_rows(pack: City) -> Iterator[dict[str, Any]]:
    """The limits, and the row that speaks for everywhere else."""
    for o in pack.outlines:
        ring = [[point.lon, point.lat] for point in o.ring]
        yield {
            "code": o.code,
            "name": o.name,
            "ours": o.ours,
            "advice_en": o.advice.en if o.advice else "",
            "advice_es": o.advice.es if o.advice else "",
            "contacts": [contact(c) for c in o.contacts],
            "limits": json.dumps({"type": "Polygon", "coordinates": [ring]}),
        }
    yield {
        "code": "elsewhere",
        "name": "",
        "ours": False,
        "advice_en": pack.elsewhere.advice.en,
        "advice_es": pack.elsewhere.advice.es,
        "contacts": [contact(c) for c in pack.elsewhere.contacts],
        "limits": None,
    }


def street_rows(pack: City) -> Iterator[dict[str, Any]]:
    """The courses of streets; a street of several lines is one row."""
    courses: dict[str, list[list[list[float]]]] = {}
    for line in pack.street_lines:
        courses.setdefault(line.street, []).append([[p.lon, p.lat] for p in line.line])
    illustrated = {line.street for line in pack.street_lines if line.illustration}
    for name, lines in courses.items():
        course = json.dumps({"type": "MultiLineString", "coordinates": lines})
        yield {"name": name, "illustration": name in illustrated, "course": course}


def place_rows(pack: City) -> Iterator[dict[str, Any]]:
    """What can be found by name: facilities, streets (their middle), and where two streets meet."""
    for f in pack.facilities:
        yield {
            "id": f"facility:{f.code}",
            "kind": "facility",
            "name": f.name.en,
            "detail": f.address or "",
            "illustration": f.illustration,
            "where": WirePoint(lat=f.point.lat, lon=f.point.lon),
        }
    drawn: dict[str, Any] = {}
    for line in pack.street_lines:
        drawn.setdefault(line.street, line)
    for name, line in sorted(drawn.items()):
        middle = line.line[len(line.line) // 2] if len(line.line) > 2 else between(*line.line)  # noqa: PLR2004
        yield {
            "id": f"street:{name}",
            "kind": "street",
            "name": name,
            "detail": "",
            "illustration": line.illustration,
            "where": WirePoint(lat=round(middle[0], 6), lon=round(middle[1], 6)),
        }
    for first, second, where in crossings(list(pack.street_lines)):
        yield {
            "id": f"intersection:{first.street} & {second.street}",
            "kind": "intersection",
            "name": f"{first.street} & {second.street}",
            "detail": "",
            "illustration": first.illustration or second.illustration,
            "where": where,
        }


def between(a: Any, b: Any) -> tuple[float, float]:
    """The middle of two points."""
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def crossings(lines: list[Any]) -> Iterator[tuple[Any, Any, WirePoint]]:
    """Where two streets cross, once per pair of names."""
    seen = set()
    for n, first in enumerate(lines):
        for second in lines[n + 1 :]:
            pair = tuple(sorted((first.street, second.street)))
            if first.street == second.street or pair in seen:
                continue
            where = crossing(first.line, second.line)
            if where is not None:
                seen.add(pair)
                yield first, second, where


def crossing(a: Any, b: Any) -> WirePoint | None:
    """Where two lines first meet."""
    for p, q in itertools.pairwise(a):
        for r, s in itertools.pairwise(b):
            width, height = q[1] - p[1], q[0] - p[0]
            across, up = s[1] - r[1], s[0] - r[0]
            turn = width * up - height * across
            if not turn:
                continue
            along = ((r[1] - p[1]) * up - (r[0] - p[0]) * across) / turn
            other = ((r[1] - p[1]) * height - (r[0] - p[0]) * width) / turn
            if 0 <= along <= 1 and 0 <= other <= 1:
                return WirePoint(lat=round(p[0] + along * height, 6), lon=round(p[1] + along * width, 6))
    return None


def city_document(pack: City) -> dict[str, Any]:
    """What the phone has to know of the city with no signal."""
    return {
        "code": pack.code,
        "name": pack.name,
        "short_name": pack.short_name,
        "zone": pack.zone,
        "languages": list(pack.languages),
        "telephone": pack.telephone,
        "website": pack.website,
        "centre": {"lat": pack.centre.lat, "lon": pack.centre.lon},
        "departments": [
            {"code": d.code, "name_en": d.name.en, "name_es": d.name.es} for d in pack.departments
        ],
        "outlines": [
            {key: value for key, value in row.items() if key != "limits"} for row in outline_rows(pack)
        ],
        "words": {key: {"en": text.en, "es": text.es} for key, text in pack.words.items()},
    }


def demo_password(settings: Settings, email: str) -> str:
    """The password of somebody in the demo: made from this installation's own key, so it is no default."""
    made = hmac.new(settings.secret_key, b"demo:" + email.encode(), hashlib.sha256).digest()
    plain = base64.b32encode(made).decode().lower()
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:12]}"


def load_demo(settings: Settings) -> None:
    """Make the people of the demo, with the passwords that ``westu people`` prints."""
    for email, name, role, department in DEMO:
        identity.ensure_account(
            uuid5(DEMO_IDS, email),
            email=email,
            name=name,
            password=demo_password(settings, email),
            language=Language.EN,
            role=role,
            department=department,
        )


def load_demo_things() -> None:
    """Register the things of the demo, in the name of its administrator."""
    demo.load_things(uuid5(DEMO_IDS, "erin@example.org"))


def told_people(settings: Settings) -> list[str]:
    """The people of the demo, a line each."""
    return [
        f"{email:<20} {demo_password(settings, email)}   {name}, {role.value}{f' in {department}' if department else ''}"
        for email, name, role, department in DEMO
    ]
