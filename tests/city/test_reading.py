"""A damaged pack is refused, and the error names the file, the entry and the field."""

import json
import shutil
from pathlib import Path

import pytest

from backend import city
from backend.city import CityError, read_city

PACK = Path(city.__file__).parent / "westu"
POTHOLE = 'code = "pothole"\ngroup = "streets"\nname.en = "Pothole or damaged street"\n'
LAMP_REASON = 'reason.en = "CenterPoint maintains'
KIRBY = '"street": "Kirby Dr", "illustration": true'

# file, what stands there once, what stands there instead, and the entry and the field that the error names
DAMAGES = [
    ("city.toml", 'name = "West University Place"\nshort', "short", "", "name"),
    ("city.toml", 'code = "westu"', 'code = "West U"', "", "code"),
    ("city.toml", 'code = "westu"', 'code = "westu"\nmayor = "?"', "", "mayor"),
    ("city.toml", "America/Chicago", "America/Westu", "", "zone"),
    ("city.toml", '["en", "es"]', '["en"]', "", "languages"),
    ("city.toml", '"713-668-4441"', '"call us"', "", "telephone"),
    ("city.toml", '"713-668-4441"', '"1-2"', "", "telephone"),
    ("city.toml", '"713-668-4441"', '""', "", "telephone"),
    ("city.toml", '"https://westutx.gov"', '"westutx.gov"', "", "website"),
    ("city.toml", "west = -95.447384", "west = -95.4", "", "bounds"),
    ("city.toml", "west = -95.447384", "west = nan", "", "bounds"),
    ("city.toml", "west = -95.447384, ", "", "bounds", "west"),
    ("city.toml", "lat = 29.71583", "lat = 29.9", "", "centre"),
    ("city.toml", "lat = 29.71583", 'lat = "north"', "centre", "lat"),
    ("city.toml", "closes = 17:30:00", "closes = 07:00:00", "", "hours"),
    ("city.toml", '"mon", ', '"monday", ', "", "hours"),
    ("city.toml", '"houston-311", "city-hall"', '"houston-312", "city-hall"', "elsewhere", "contacts"),
    ("city.toml", "advice.es", "advice.fr", "elsewhere advice", "fr"),
    ("city.toml", '\nhours = "https', '\nhour = "https', "sources", "hour"),
    ("city.toml", 'zone = "America/Chicago"', "zone = ", "", ""),
    ("contacts.toml", 'code = "centerpoint"', 'code = "city-hall"', "contact city-hall", "code"),
    ("contacts.toml", 'name.es = "Emergencias"', "", "contact emergency", "name"),
    ("contacts.toml", '"9-1-1"', '"nine"', "contact emergency", "telephone"),
    ("contacts.toml", 'telephone = "9-1-1"\nsource', 'telephone = "9-1-1"\nsources', "contact emergency", "sources"),
    ("departments.toml", 'code = "fire"', 'code = "police"', "department police", "code"),
    ("departments.toml", 'part_of = "finance"', 'part_of = "money"', "department utility-billing", "part_of"),
    ("departments.toml", 'part_of = "finance"', 'part_of = "forestry"', "department utility-billing", "part_of"),
    ("departments.toml", "pwinfo@westutx.gov", "pwinfo", "department public-works", "email"),
    ("departments.toml", 'name.es = "Comunicaciones"', 'name.es = ""', "department communications", "name"),
    ("departments.toml", 'name.en = "Fire', 'title.en = "Fire', "department fire", "title"),
    ("request_types.toml", POTHOLE, POTHOLE + "sla = 3\n", "type pothole", "sla"),
    ("request_types.toml", POTHOLE, POTHOLE.replace('"pothole"', '"Pot hole"'), "type Pot hole", "code"),
    ("request_types.toml", POTHOLE, POTHOLE.replace('"pothole"', '"drainage"'), "type drainage", "code"),
    ("request_types.toml", POTHOLE, POTHOLE.replace('"streets"', '"street"'), "type pothole", "group"),
    ("request_types.toml", POTHOLE, POTHOLE.replace("name.en", "# name.en"), "type pothole", "name"),
    ("request_types.toml", 'calle dañada"\ndepartment = "public', 'calle dañada"\ndepartment = "pub', "type pothole", "department"),
    ("request_types.toml", LAMP_REASON, f"# {LAMP_REASON}", "type street-light-out", "reason"),
    ("request_types.toml", 'outcome = "resident-duty"\nreason.en = "The owner of the property must keep trees from', 'outcome = "handled"\nreason.en = "The owner', "type tree-blocks-sign", "reason"),
    ("request_types.toml", 'contacts = ["centerpoint", "city-hall"]', 'contacts = ["centerpoint"]', "type street-light-out", "contacts"),
    ("request_types.toml", 'contacts = ["centerpoint", "city-hall"]', "", "type street-light-out", "contacts"),
    ("request_types.toml", 'contacts = ["centerpoint", "city-hall"]', 'contacts = ["mayor"]', "type street-light-out", "contacts"),
    ("request_types.toml", 'outcome = "referred"\nreason.en = "Brays', 'outcome = "passed on"\nreason.en = "Brays', "type bayou-problem", "outcome"),
    ("request_types.toml", '"pothole", "pot hole"', '"pothole", "Pothole"', "type pothole synonyms", "en"),
    ("request_types.toml", '"pothole", "pot hole"', '"pothole", " pot hole"', "type pothole synonyms", "en"),
    ("request_types.toml", "duplicate_radius_m = 300", "duplicate_radius_m = -300", "type discolored-water", "duplicate_radius_m"),
    ("request_types.toml", "reopen_days = 30", "reopen_days = true", "defaults", "reopen_days"),
    ("request_types.toml", "[defaults]", "[default]", "", "default"),
    ("request_types.toml", 'code = "animals"\nname', 'code = "water"\nname', "group water", "code"),
    ("facilities.toml", 'kind = "pool"', 'kind = "lake"', "facility colonial-park-pool", "kind"),
    ("facilities.toml", "lat = 29.698500", "lat = 29.6", "facility city-kennel", "point"),
    ("facilities.toml", "lat = 29.698500", "lat = 29.7158", "facility city-kennel", "point"),
    ("facilities.toml", "point = { lat = 29.698500, lon = -95.421800 }", "", "facility city-kennel", "point"),
    ("facilities.toml", 'code = "wier-park"', 'code = "judson-park"', "facility judson-park", "code"),
    ("facilities.toml", 'name.es = "Parque Wier"', "", "facility wier-park", "name"),
    ("limits.geojson", '"ours": true', '"ours": false', "features westu properties", "advice"),
    ("limits.geojson", '"ours": true', '"ours": true, "contacts": ["bellaire"]', "features westu properties", "contacts"),
    ("limits.geojson", '["bellaire", "city-hall"]', '["bellaire"]', "features bellaire properties", "contacts"),
    ("limits.geojson", '"es": "Este lugar está en Bellaire. Por favor, comuníquese con esa ciudad."', '"es": ""', "features bellaire properties", "advice"),
    ("limits.geojson", '"code": "bellaire"', '"code": "westu"', "features westu", "code"),
    ("limits.geojson", '"FeatureCollection"', '"Features"', "", "type"),
    ("streets.csv", "name,address_points", "name,points", "", "columns"),
    ("streets.csv", "Academy St,21", "Academy St,many", "row 1", "address_points"),
    ("streets.csv", "Academy St,21", "Academy St,21,22", "row 1", "columns"),
    ("streets.csv", "Academy St,21", "Academy St", "row 1", "columns"),
    ("streets.csv", "Academy St,21", "KIRBY DR,21", "Kirby Dr", "name"),
    ("street_lines.geojson", KIRBY, KIRBY.replace("Kirby Dr", "Kirby"), "features Kirby", "street"),
    ("street_lines.geojson", KIRBY, KIRBY.replace("Kirby Dr", "Lake St"), "Lake St", "street"),
    ("street_lines.geojson", KIRBY, KIRBY.replace("true", "1"), "features Kirby Dr properties", "illustration"),
    ("street_lines.geojson", KIRBY, f'{KIRBY}, "width": 3', "features Kirby Dr properties", "width"),
    ("city.toml", "[hours]\n", "hours = 3\n[hour]\n", "", "hour"),
    ("departments.toml", 'name.en = "Forestry"\nname.es = "Silvicultura Urbana"', 'name = "Forestry"', "department forestry", "name"),
    ("departments.toml", 'address = "3814 University Blvd"', 'address = "3814 University Blvd "', "department police", "address"),
    ("departments.toml", 'address = "3814 University Blvd"', "address = 3814", "department police", "address"),
    ("request_types.toml", 'contacts = ["centerpoint", "city-hall"]', 'contacts = "centerpoint"', "type street-light-out", "contacts"),
    ("street_lines.geojson", '"type": "Feature",', '"type": "Thing",', "features Academy St", "type"),
    ("street_lines.geojson", '"features": [', '"features": [3, ', "", "features"),
    ("street_lines.geojson", '"properties": {"street": "Academy St", "illustration": true}', '"properties": []', "features number 1", "properties"),
    ("street_lines.geojson", '"type": "LineString"', '"type": "Point"', "features Academy St", "geometry"),
    ("words.toml", "[emergency]", "[emergencies]", "", "emergency"),
    ("words.toml", 'es = "Díganos', 'de = "Díganos', "welcome", "de"),
]  # fmt: skip

# A square inside the bounds of West U, as corners to be spoilt.
A, B, C, D = [-95.44, 29.71], [-95.43, 29.71], [-95.43, 29.72], [-95.44, 29.72]
BAD_RINGS = {
    "not closed": [A, B, C, D],
    "clockwise": [A, D, C, B, A],
    "crossing itself": [A, [-95.43, 29.715], [-95.435, 29.718], [-95.435, 29.705], A],
    "counter-clockwise but crossing itself": [A, B, C, [-95.437, 29.709], D, A],
    "touching itself at a corner": [A, B, C, B, D, A],
    "touching itself along a side": [A, B, C, [-95.435, 29.71], D, A],
    "too short": [A, B, A],
    "outside the bounds": [A, B, [-95.43, 29.73], D, A],
    "with a height": [[*A, 3], B, C, D, A],
    "with words": [A, B, ["east", "north"], D, A],
}


@pytest.fixture
def pack(tmp_path):
    """A copy of the pack, to be damaged."""
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def test_a_copy_of_the_pack_in_another_folder_reads_the_same(pack):
    assert read_city(pack) == read_city() == read_city(str(PACK))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: f"{damage[0]}-{damage[3]}-{damage[4]}")
def test_a_damaged_entry_is_refused_by_file_entry_and_field(pack, damage):
    file, good, bad, entry, field = damage
    text = (pack / file).read_text(encoding="utf-8")
    assert good in text
    (pack / file).write_text(text.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(CityError) as refusal:
        read_city(pack)
    assert (refusal.value.file, refusal.value.entry, refusal.value.field) == (file, entry, field)
    assert all(part in str(refusal.value) for part in (file, entry, field, refusal.value.why))


@pytest.mark.parametrize("file", sorted(path.name for path in PACK.iterdir()))
def test_a_missing_file_is_named(pack, file):
    (pack / file).unlink()
    with pytest.raises(CityError, match=file):
        read_city(pack)


@pytest.mark.parametrize("fault", BAD_RINGS)
def test_an_outline_that_is_no_proper_ring_is_refused(pack, fault):
    lines = (pack / "limits.geojson").read_text(encoding="utf-8").splitlines()
    ours = next(number for number, line in enumerate(lines) if '"westu"' in line)
    start = lines[ours].partition('"coordinates": ')[0]
    ring = str(BAD_RINGS[fault]).replace("'", '"')
    lines[ours] = f'{start}"coordinates": [{ring}]}}}},'
    (pack / "limits.geojson").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CityError) as refusal:
        read_city(pack)
    assert (refusal.value.file, refusal.value.entry, refusal.value.field) == (
        "limits.geojson",
        "features westu",
        "geometry",
    )


def test_an_outline_with_a_hole_is_refused(pack):
    path = pack / "limits.geojson"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("]]]}}", f"]], {[A, B, C, A]}]}}}}", 1), encoding="utf-8")
    with pytest.raises(CityError, match="no holes"):
        read_city(pack)


@pytest.mark.parametrize("line", [[], [A], [A, A], "north"])
def test_a_street_line_without_a_course_is_refused(pack, line):
    course = f'{{"type": "LineString", "coordinates": {json.dumps(line)}}}'
    feature = f'{{"type": "Feature", "properties": {{{KIRBY}}}, "geometry": {course}}}'
    whole = f'{{"type": "FeatureCollection", "features": [{feature}]}}'
    (pack / "street_lines.geojson").write_text(whole, encoding="utf-8")
    with pytest.raises(CityError, match=r"street_lines\.geojson: features Kirby Dr: geometry"):
        read_city(pack)


@pytest.mark.parametrize("content", ["[]", "{", '{"type": "FeatureCollection", "features": []}'])
def test_a_file_with_nothing_in_it_is_refused(pack, content):
    (pack / "limits.geojson").write_text(content, encoding="utf-8")
    with pytest.raises(CityError, match=r"limits\.geojson"):
        read_city(pack)


def test_two_cities_cannot_both_be_ours(pack):
    path = pack / "limits.geojson"
    first, ours, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([first, ours, ours.replace('"code": "westu"', '"code": "twin"'), *rest]), encoding="utf-8"
    )
    with pytest.raises(CityError, match="must be true for one outline"):
        read_city(pack)


def test_a_folder_that_is_not_there_is_refused():
    with pytest.raises(CityError, match="cannot be opened"):
        read_city("atlantis")
