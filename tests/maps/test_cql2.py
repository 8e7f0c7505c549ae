"""CQL2: each filter finds what SQL finds that was asked directly, in words and in JSON; what it can't say is refused.

The filters go through the constructs of the standard's conformance tests (21-065r2, Annex A), class by class.
"""

import json

import cql2
import pytest

from backend.maps.ogc import filters
from tests.cast import problem
from tests.maps.survey import a_survey, asked_directly, told

NEAR = "ST_MakeEnvelope(-95.432, 29.7, -95.418, 29.716, 4326)"
AREA = "POLYGON((-95.432 29.7, -95.418 29.7, -95.418 29.716, -95.432 29.716, -95.432 29.7))"
LINE = "LINESTRING(-95.44 29.71, -95.40 29.71)"
LINE_SQL = f"ST_GeomFromText('{LINE}', 4326)"
NOON = "2025-01-01T09:30:00Z"

BASIC = [
    *((f"name{op}'Edloe'", f"name{op}'Edloe'") for op in ("=", "<>", "<", ">", "<=", ">=")),
    *((f"score{op}2", f"score{op}2") for op in ("=", "<>", "<", ">", "<=", ">=")),
    *((f"floors {op} 3.5", f"floors {op} 3.5") for op in ("=", "<>", "<", ">", "<=", ">=")),
    *((f"built {op} DATE('1999-12-31')", f"built {op} '1999-12-31'") for op in ("=", "<>", "<", ">", "<=", ">=")),
    *(
        (f"begins {op} TIMESTAMP('2025-01-01T08:00:00Z')", f"begins {op} '2025-01-01 08:00+00'")
        for op in ("=", "<>", "<", ">", "<=", ">=")
    ),
    ("begins >= DATE('2025-06-01')", "begins >= '2025-06-01 00:00+00'"),
    ("built >= '1999-12-31'", "built >= '1999-12-31'"),
    ("begins >= TIMESTAMP('2025-01-01T10:00:00+02:00')", "begins >= '2025-01-01 08:00+00'"),
    ("open = true", "open"),
    ("open = false", "NOT open"),
    ("open <> true", "NOT open"),
    ("open", "open"),
    ("true", "true"),
    ("false", "false"),
    ("name IS NULL", "name IS NULL"),
    ("name IS NOT NULL", "name IS NOT NULL"),
    ("geometry IS NULL", "geom IS NULL"),
    ("geometry is not null", "geom IS NOT NULL"),
    ("name = 'O''Brien''s'", "name = 'O''Brien''s'"),
    ("name = ''", "name = ''"),
    ("name > 'a'", "name > 'a'"),
    ("score = 1e9", "score = 1e9"),
    ("score = -2.25", "score = -2.25"),
    ("id > 0 AND floors > 6", "floors > 6"),
    ("NOT floors > 3", "NOT floors > 3"),
    ("NOT (floors > 3 OR open = true) AND score < 100", "NOT (floors > 3 OR open) AND score < 100"),
    ("floors > 3 OR open = true AND name = 'Edloe'", "floors > 3 OR (open AND name = 'Edloe')"),
    ("(floors > 3 OR open = true) AND name = 'Edloe'", "(floors > 3 OR open) AND name = 'Edloe'"),
    ("(NOT (name<>'Edloe') AND floors<5) OR (open IS NULL and score>0) or not (floors<5 OR score>0)",
     "(NOT name<>'Edloe' AND floors<5) OR (open IS NULL AND score>0) OR NOT (floors<5 OR score>0)"),
]  # fmt: skip
ADVANCED = [
    ("name LIKE 'Ed%'", "name LIKE 'Ed%'"),
    ("name NOT LIKE 'Ed%'", "name NOT LIKE 'Ed%'"),
    ("name LIKE '_dloe'", "name IN ('Edloe', 'edloe')"),
    (r"alias LIKE '\%\_\\'", "alias = '%_\\'"),
    ("floors BETWEEN 2 AND 5", "floors BETWEEN 2 AND 5"),
    ("floors NOT BETWEEN 2 AND 5", "floors NOT BETWEEN 2 AND 5"),
    ("name IN ('Edloe', 'Zed', '')", "name IN ('Edloe', 'Zed', '')"),
    ("floors NOT IN (1, 2, 3)", "floors NOT IN (1, 2, 3)"),
    ("built IN (DATE('1950-04-01'), DATE('2000-02-29'))", "built IN ('1950-04-01', '2000-02-29')"),
    ("begins in (TIMESTAMP('2025-01-01T08:00:00Z'))", "begins = '2025-01-01 08:00+00'"),
    ("open in (true)", "open"),
    ("score IN (2, -2.25, 100)", "score IN (2, -2.25, 100)"),
    (f"floors IN ({', '.join(map(str, range(4000)))})", "floors >= 0"),
    (f"name IN ('Edloe', {', '.join(repr(str(n)) for n in range(4000))})", "name = 'Edloe'"),
]
SPELLING = [
    ("CASEI(name) = CASEI('EDLOE')", "name IN ('Edloe', 'edloe')"),
    ("casei(name) LIKE casei('ED%')", "lower(name) LIKE 'ed%'"),
    ("CASEI(name) IN (CASEI('ÑANDÚ'), CASEI('x'))", "name = 'Ñandú'"),
    ("CASEI(name) = CASEI('STRASSE')", "name = 'Straße'"),
    ("CASEI(name) = CASEI(alias)", "alias IN ('Edloe', 'STRASSE', 'ΟΔΟΣ', 'nowhere')"),
    ("ACCENTI(name) = ACCENTI(alias)", "alias = 'Nandu' OR name = alias"),
    ("ACCENTI(CASEI(name)) = ACCENTI(CASEI('NANDU'))", "name = 'Ñandú'"),
]
BOTH_SIDES = [
    ("'Edloe' < name", "'Edloe' < name"),
    ("3 >= floors", "3 >= floors"),
    ("name = alias", "name = alias"),
    ("floors < most_floors", "floors < most_floors"),
    ("floors BETWEEN score AND most_floors", "floors BETWEEN score AND most_floors"),
    ("3.14 = 3.14", "true"),
    ("'foo' <> 'foo'", "false"),
    ("DATE('2022-04-14') > built", "built < '2022-04-14'"),
    ("'Edloe' LIKE 'E%'", "true"),
    ("most_floors > floors + 1", "most_floors > floors + 1"),
    ("floors * 2 - 1 = most_floors", "floors * 2 - 1 = most_floors"),
    ("floors / 2 = 3.5", "floors = 7"),
    ("floors div 2 = 3", "floors / 2 = 3"),
    ("floors % 2 = 1", "floors % 2 = 1"),
    ("floors ^ 2 > 20", "floors * floors > 20"),
    ("100 / floors > 40", "floors BETWEEN 1 AND 2"),
    (f"S_INTERSECTS({AREA}, geometry)", f"ST_Intersects(geom, {NEAR})"),
    (f"S_CONTAINS({AREA}, geometry)", f"ST_Within(geom, {NEAR})"),
]
SPATIAL = [
    ("S_INTERSECTS(geometry, BBOX(-95.432,29.7,-95.418,29.716))", f"ST_Intersects(geom, {NEAR})"),
    ("S_INTERSECTS(geometry, BBOX(-95.432,29.7,0,-95.418,29.716,9))", f"ST_Intersects(geom, {NEAR})"),
    ("S_INTERSECTS(geometry, BBOX(179.5,-1,-179.995,1))", "name = 'Antimeridian'"),
    ("S_INTERSECTS(geometry, BBOX(-95.43,29.71,-95.43,29.71))", "ST_Covers(geom, ST_Point(-95.43, 29.71, 4326))"),
    ("S_INTERSECTS(geometry, POINT(-95.43 29.71))", "ST_Covers(geom, ST_Point(-95.43, 29.71, 4326))"),
    (f"S_INTERSECTS(geometry, {LINE})", f"ST_Intersects(geom, {LINE_SQL})"),
    (f"S_INTERSECTS(geometry, {AREA})", f"ST_Intersects(geom, {NEAR})"),
    ("S_INTERSECTS(geometry, MULTIPOINT((-95.43 29.71),(-95.41 29.73)))", "ST_Intersects(geom, ST_GeomFromText('MULTIPOINT(-95.43 29.71,-95.41 29.73)', 4326))"),
    (f"S_INTERSECTS(geometry, MULTILINESTRING({LINE[10:]}, (0 0, 1 1)))", f"ST_Intersects(geom, {LINE_SQL})"),
    (f"S_INTERSECTS(geometry, MULTIPOLYGON({AREA[7:]}))", f"ST_Intersects(geom, {NEAR})"),
    (f"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0), {AREA}))", f"ST_Intersects(geom, {NEAR})"),
    (f"NOT S_INTERSECTS(geometry, {AREA})", f"NOT ST_Intersects(geom, {NEAR})"),
    (f"S_DISJOINT(geometry, {AREA})", f"ST_Disjoint(geom, {NEAR})"),
    ("S_EQUALS(geometry, POINT(-95.43 29.71))", "name = 'Edloe'"),
    ("S_TOUCHES(geometry, POINT(-95.435 29.705))", "ST_Touches(geom, ST_Point(-95.435, 29.705, 4326))"),
    (f"S_CROSSES(geometry, {AREA})", f"ST_Crosses(geom, {NEAR})"),
    (f"S_CROSSES(geometry, {LINE})", f"ST_Crosses(geom, {LINE_SQL})"),
    (f"S_WITHIN(geometry, {AREA})", f"ST_Within(geom, {NEAR})"),
    ("S_CONTAINS(geometry, POINT(-95.43 29.71))", "ST_Contains(geom, ST_Point(-95.43, 29.71, 4326))"),
    (f"S_OVERLAPS(geometry, {AREA})", f"ST_Overlaps(geom, {NEAR})"),
]  # fmt: skip
DAYS, HOURS = "INTERVAL('1950-01-01','1950-12-31')", "INTERVAL('2025-01-01T08:00:00Z','2025-01-01T10:00:00Z')"
OWN = "INTERVAL(begins, ends)"
EIGHT, TEN = "'2025-01-01 08:00+00'", "'2025-01-01 10:00+00'"
TEMPORAL = [
    ("T_AFTER(built, DATE('1999-12-31'))", "built > '1999-12-31'"),
    ("T_BEFORE(built, DATE('1999-12-31'))", "built < '1999-12-31'"),
    ("T_EQUALS(built, DATE('1999-12-31'))", "built = '1999-12-31'"),
    ("T_DISJOINT(built, DATE('1999-12-31'))", "built <> '1999-12-31'"),
    ("T_INTERSECTS(built, DATE('1999-12-31'))", "built = '1999-12-31'"),
    (f"T_AFTER(built, {DAYS})", "built > '1950-12-31'"),
    (f"T_BEFORE({DAYS}, built)", "built > '1950-12-31'"),
    (f"T_INTERSECTS(built, {DAYS})", "built BETWEEN '1950-01-01' AND '1950-12-31'"),
    ("T_INTERSECTS(built, INTERVAL('..','1950-12-31'))", "built <= '1950-12-31'"),
    ("T_INTERSECTS(built, INTERVAL('2000-01-01','..'))", "built >= '2000-01-01'"),
    (f"T_AFTER(begins, TIMESTAMP('{NOON}'))", f"begins > '{NOON}'"),
    (f"T_BEFORE(begins, TIMESTAMP('{NOON}'))", f"begins < '{NOON}'"),
    ("T_AFTER(begins, DATE('2025-01-01'))", "begins >= '2025-01-02 00:00+00'"),
    ("T_INTERSECTS(begins, DATE('2025-01-01'))", "begins >= '2025-01-01 00:00+00' AND begins < '2025-01-02 00:00+00'"),
    ("T_DURING(begins, INTERVAL('2025-01-01','2025-06-01'))",
     "begins > '2025-01-01 00:00+00' AND begins < '2025-06-02 00:00+00'"),
    (f"T_INTERSECTS({OWN}, {HOURS})", f"begins <= {TEN} AND ends >= {EIGHT}"),
    (f"T_DISJOINT({OWN}, {HOURS})", f"begins > {TEN} OR ends < {EIGHT}"),
    (f"T_EQUALS({OWN}, {HOURS})", f"begins = {EIGHT} AND ends = {TEN}"),
    (f"T_CONTAINS({OWN}, {HOURS})", f"begins < {EIGHT} AND ends > {TEN}"),
    (f"T_DURING({OWN}, {HOURS})", f"begins > {EIGHT} AND ends < {TEN}"),
    (f"T_STARTS({OWN}, {HOURS})", f"begins = {EIGHT} AND ends < {TEN}"),
    (f"T_STARTEDBY({HOURS}, {OWN})", f"begins = {EIGHT} AND ends < {TEN}"),
    (f"T_FINISHES({OWN}, {HOURS})", f"begins > {EIGHT} AND ends = {TEN}"),
    (f"T_FINISHEDBY({HOURS}, {OWN})", f"begins > {EIGHT} AND ends = {TEN}"),
    (f"T_MEETS({HOURS}, {OWN})", f"begins = {TEN}"),
    (f"T_METBY({OWN}, {HOURS})", f"begins = {TEN}"),
    (f"T_OVERLAPS({OWN}, INTERVAL('2025-01-01T09:00:00Z','2025-01-02T00:00:00Z'))",
     "begins < '2025-01-01 09:00+00' AND ends > '2025-01-01 09:00+00' AND ends < '2025-01-02 00:00+00'"),
    (f"T_OVERLAPPEDBY({OWN}, INTERVAL('2025-01-01T00:00:00Z','2025-01-01T09:30:00Z'))",
     f"begins > '2025-01-01 00:00+00' AND begins < '{NOON}' AND ends > '{NOON}'"),
    (f"T_AFTER({OWN}, INTERVAL('..','2025-05-31T00:00:00Z'))", "begins > '2025-05-31 00:00+00'"),
]  # fmt: skip
CLASSES = {
    "basic": BASIC,
    "advanced": ADVANCED,
    "spelling": SPELLING,
    "both sides": BOTH_SIDES,
    "spatial": SPATIAL,
    "temporal": TEMPORAL,
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_filter_finds_what_sql_finds_that_was_asked_directly(name, app, nobody):
    a_survey()
    wrong, found = {}, 0
    for number, (words, where) in enumerate(CLASSES[name]):
        expected = asked_directly(where)
        as_json = json.dumps(cql2.parse_text(words).to_json())
        assert filters.read(as_json, "cql2-json") == filters.read(words)
        language, said = ("cql2-json", as_json) if number % 4 == 1 else ("cql2-text", words)
        ids, _ = told(nobody, filter=said, filter_lang=language)
        found += len(ids)
        if ids != expected:
            wrong[said] = (ids, expected)
    assert not wrong
    assert found > len(CLASSES[name])


NO_FILTERS = [
    ("", "read"),
    ("name =", "read, from sign"),
    ("name = 'x' garbage", "read, from sign"),
    ("nonsense = 1", "no field 'nonsense'"),
    ("name = 1", "compare a text with a number"),
    ("floors = 'x'", "compare a number with a text"),
    ("open = 1", "compare"),
    ("built = 'soon'", "no instant"),
    ("built = DATE('2025-02-30')", "no date"),
    ("begins > TIMESTAMP('yesterday')", "no instant"),
    ("name", "this is a text"),
    ("floors + 1", "this is a number"),
    ("name = NULL", "null"),
    ("avg(floors) > 1", "no function 'avg'"),
    ("A_CONTAINS(name, ('a', 'b'))", "no function 'a_contains'"),
    ("geometry = geometry", "compare"),
    ("S_INTERSECTS(name, POINT(1 2))", "about a geometry, not a text"),
    ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 0)))", "at least four positions"),
    ("S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 1)))", "ends where it began"),
    ("S_INTERSECTS(geometry, BBOX(0,1,0,0))", "above"),
    ("T_AFTER(name, DATE('2025-01-01'))", "about times"),
    ("floors > 1e999", "too large"),
    ("name LIKE 'Edlo\\'", "worked out"),
    ("10 ^ 400 > floors", "worked out"),
    ("name = '\0'", "number 0"),
    ("(" * 61 + "open" + ")" * 61, "too deeply"),
    ("NOT " * 40 + "open", "too deeply"),
    ("floors = " + "-" * 50_000 + "1", "too deeply"),
    ("(" * 50_000, "too deeply"),
    (" OR ".join(["open"] * 600), "more than 500 parts"),
    ("name = '" + "x" * 60_000 + "'", "longer than"),
]


def test_what_a_filter_can_not_say_is_refused_with_a_reason(app, nobody):
    from backend.core.problems import ProblemError
    from backend.maps import cql2 as ours

    a_survey()
    at = "/ogc/collections/survey/items"
    for words, reason in NO_FILTERS:
        answer = nobody.get(at, query_string={"filter": words})
        told_ = problem(answer, 400, "malformed")
        assert reason in told_["detail"], (words[:80], told_["detail"])
        assert told_["errors"][0]["pointer"] == "?filter"
    for words in (
        "[" * 200,
        '{"op":"="}',
        '{"op":"=","args":[1]}',
        '{"op":{}}',
        "1",
        "[]",
        "null",
        '{"x":1}',
        "\ud800",
    ):
        with pytest.raises(ProblemError):
            ours.condition(None, words, "cql2-json")
    problem(nobody.get(at, query_string={"filter": "open", "filter-lang": "cql"}), 400, "malformed")


def test_a_value_of_a_filter_is_never_read_as_sql(app, nobody):
    a_survey()
    for words in ("x'; DROP TABLE feature; --", "%(id)s", ":name", "'||(SELECT 1)||'", "$1", "\\"):
        ids, _ = told(nobody, filter="name = '" + words.replace("'", "''") + "'")
        assert ids == []
        ids, _ = told(nobody, name=words)
        assert ids == []
    assert len(told(nobody)[0]) == 11
