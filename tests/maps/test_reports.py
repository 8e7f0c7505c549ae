"""Questions asked of the map, reports kept of them, and areas to tell people in."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from shared_models.content import MOST_CORNERS
from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import POINTS, a_layer, feature, point

FIRST = {"lat": POINTS[0][1], "lon": POINTS[0][0]}
HERE = {"kind": "point", "corners": [FIRST]}


def square(west, east, **props):
    ring = [[west, 29.70], [east, 29.70], [east, 29.73], [west, 29.73], [west, 29.70]]
    return feature({"type": "Polygon", "coordinates": [ring]}, **props)


@pytest.fixture
def hydrants(app):
    return a_layer()


@pytest.fixture
def halves(app):
    """Two areas that share a border on the third hydrant, and one far off."""
    middle = POINTS[2][0]
    areas = [
        square(-95.44, middle, label="West"),
        square(middle, -95.42, label="East"),
        square(-95.1, -95.0, label="Far"),
    ]
    return a_layer("halves", areas, [{"name": "label", "kind": "text"}], geometry=Geometry.AREA)


def ask(caller, **asked):
    return caller.post("/v1/maps/ask", {"layer": "hydrants", **asked})


def titles(answer):
    return [row["title"] for row in answer["rows"]]


def lines(answer):
    return [(row["title"], *row["numbers"]) for row in answer["rows"]]


def sql(statement, **values):
    return in_transaction(lambda: db().execute(text(statement), values).all())


def test_what_lies_near_is_what_postgis_says_and_the_nearest_stands_first(hydrants, crew):
    answer = ask(crew, question="within", around=HERE, metres=200, sum_of="flow").get_json()
    near = sql(
        """SELECT id, round(ST_Distance(geom::geography, ST_MakePoint(:lon, :lat)::geography)::numeric, 1) FROM feature
        WHERE ST_DWithin(geom::geography, ST_MakePoint(:lon, :lat)::geography, 200) ORDER BY 2""",
        **FIRST,
    )
    assert [(row["key"], row["numbers"][0]) for row in answer["rows"]] == [
        (str(id_), float(metres)) for id_, metres in near
    ]
    assert titles(answer) == ["H-1", "H-2", "H-3"]
    assert (answer["count"], answer["more"], answer["illustration"]) == (3, False, True)
    assert [row["numbers"][1] for row in answer["rows"]] == [100, 200, 300]
    assert [column["name"] for column in answer["columns"]] == ["metres", "sum"]


def test_what_lies_near_a_feature_or_any_feature_of_another_layer(hydrants, halves, crew):
    _, [first, *_] = hydrants
    by_feature = ask(crew, question="within", around={"layer": "hydrants", "feature": str(first)}, metres=100)
    assert titles(by_feature.get_json()) == ["H-1", "H-2"]
    a_layer("benches", [point(POINTS[4][0], POINTS[4][1]), point(POINTS[4][0], POINTS[4][1])])
    by_layer = ask(crew, question="within", of="benches", metres=100).get_json()
    assert titles(by_layer) == ["H-5", "H-4"]
    assert by_layer["count"] == 2  # each once, however many benches it is near to


def test_each_feature_is_counted_in_one_area_and_an_area_with_none_is_told(hydrants, halves, crew):
    answer = ask(crew, question="by-area", of="halves", sum_of="flow").get_json()
    assert lines(answer) == [("West", 3, 600), ("East", 2, 900), ("Far", 0, 0)]
    assert answer["count"] == 5
    a_layer("lamps", [point(-96.0, 29.7, label="L"), point(*POINTS[0], label="M"), feature(None, label="N")])
    lamps = crew.post("/v1/maps/ask", {"layer": "lamps", "question": "by-area", "of": "halves"}).get_json()
    assert lines(lamps) == [("West", 1), ("East", 0), ("Far", 0), ("", 1)]
    assert lamps["rows"][-1]["key"] is None


def test_change_over_time_is_by_the_citys_own_days_and_tells_periods_with_none(app, crew):
    fields = [
        {"name": "label", "kind": "text"},
        {"name": "at", "kind": "instant"},
        {"name": "n", "kind": "integer"},
    ]
    moments = [
        "2026-01-05T12:00:00Z",
        "2026-02-01T03:00:00Z",
        "2026-04-10T12:00:00Z",
    ]  # the second: 31 Jan in Texas
    works = [point(*POINTS[0], label=str(n), at=at, n=n) for n, at in enumerate(moments, start=1)]
    a_layer("works", works, fields, time_field="at")
    asked = {"layer": "works", "question": "over-time", "sum_of": "n"}
    months = crew.post("/v1/maps/ask", asked).get_json()
    assert lines(months) == [
        ("2026-01-01", 2, 3),
        ("2026-02-01", 0, 0),
        ("2026-03-01", 0, 0),
        ("2026-04-01", 1, 3),
    ]
    since = crew.post("/v1/maps/ask", {**asked, "from_on": "2026-01-31", "every": "year"}).get_json()
    assert lines(since) == [("2026-01-01", 2, 5)]


def test_only_what_a_filter_is_true_of_is_counted(hydrants, halves, crew):
    asked = {"question": "by-area", "of": "halves", "filter": "flow >= 200 AND label <> 'H-5'"}
    assert lines(ask(crew, **asked).get_json()) == [("West", 2), ("East", 1), ("Far", 0)]
    for words in ("flow >=", "depth > 1"):
        found = problem(ask(crew, **asked | {"filter": words}), 422, "invalid")
        assert found["errors"][0]["pointer"] == "/filter"
    unsaid = problem(ask(crew, question="over-time", filter="flow > 1"), 422, "invalid")
    assert unsaid["errors"][0]["pointer"] == "/filter"


def test_changes_by_hand_are_counted_by_their_kind_where_features_have_no_time(hydrants, crew):
    _, [first, *_] = hydrants
    place = "/ogc/collections/hydrants/items"
    made = crew.call(
        "POST",
        place,
        data=json.dumps(point(*POINTS[0], label="H-9", flow=1)),
        content_type="application/geo+json",
    )
    assert made.status_code == 201
    seen = {"If-Match": crew.get(f"{place}/{first}").headers["ETag"]}
    assert crew.call("DELETE", f"{place}/{first}", headers=seen).status_code in {200, 204}
    [row] = ask(crew, question="over-time", every="year").get_json()["rows"]
    assert row["numbers"] == [1, 0, 1]


def test_a_question_that_makes_no_sense_is_refused_by_its_field(hydrants, halves, crew):
    drawn = {"kind": "area", "corners": [FIRST, {"lat": 29.72, "lon": -95.43}, {"lat": 29.72, "lon": -95.42}]}
    bow = {"kind": "area", "corners": [
        {"lat": 29.71, "lon": -95.43}, {"lat": 29.72, "lon": -95.42}, {"lat": 29.72, "lon": -95.43}, {"lat": 29.71, "lon": -95.42}
    ]}  # fmt: skip
    for pointer, asked in {
        "/layer": {"question": "within", "layer": "nothing", "around": HERE},
        "/of": {"question": "by-area", "of": "hydrants"},
        "/around": {"question": "within", "around": HERE, "of": "halves"},
        "/sum_of": {"question": "within", "around": HERE, "sum_of": "label"},
        "/around/corners": {"question": "within", "around": {"kind": "line", "corners": [FIRST]}},
        "/around/layer": {"question": "within", "around": {"layer": "no", "feature": "1"}},
        "/from_on": {"question": "by-area", "of": "halves", "from_on": "2026-01-01"},
        "/metres": {"question": "within", "around": HERE, "metres": -1},
    }.items():
        assert problem(ask(crew, **asked), 422, "invalid")["errors"][0]["pointer"] == pointer
    assert problem(ask(crew, question="within", around=bow), 422, "invalid")
    for corners in (
        [(-90, -180), (90, 180)],
        [(29.7, -95.4), (29.7, -80.0)],
        [(86, 0), (86.1, 0)],
        [(0, 180), (1, 180)],
    ):
        wide = {"kind": "line", "corners": [{"lat": lat, "lon": lon} for lat, lon in corners]}
        for answer in (ask(crew, question="within", around=wide), save(crew, wide)):
            assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/around/corners"
    assert ask(crew, question="within", around=drawn).status_code == 200


def test_a_layer_that_somebody_may_not_see_is_no_layer_in_a_question(make, crew):
    a_layer("cameras", seen_by=Whom.DEPARTMENT, department="police")
    police = make.person("police", role="crew", department="police")
    asked = {"layer": "cameras", "question": "within", "around": HERE, "metres": 10}
    assert police.post("/v1/maps/ask", asked).get_json()["count"] == 1
    problem(crew.post("/v1/maps/ask", asked), 422, "invalid")
    problem(make.person("resident").post("/v1/maps/ask", asked), 403, "forbidden")


# ── reports ──────────────────────────────────────────────────────────────────────────────────────────────


def keep(caller, **asked):
    asked = {"question": "within", "layer": "hydrants", "around": HERE, "metres": 200} | asked
    body = {"id": str(uuid.uuid4()), "title": "Hydrants <near> City Hall", "asked": asked}
    answer = caller.post("/v1/maps/reports/", body)
    assert answer.status_code == 201, answer.get_json()
    assert caller.post("/v1/maps/reports/", body).get_json() == answer.get_json()
    problem(caller.post("/v1/maps/reports/", body | {"title": "Another"}), 409, "already-there")
    return f"/v1/maps/reports/{body['id']}", f"/map/reports/{body['id']}"


def test_a_report_is_its_makers_own_until_it_is_shared_and_then_whoever_has_the_address_opens_it(
    hydrants, crew, make, nobody
):
    other = make.person("other", role="crew", department="fire")
    path, page = keep(crew)
    forms = [path, *(f"{path}/{form}" for form in ("answer", "csv", "pdf", "picture")), page]
    for stranger in (nobody, other):
        for form in forms[:-1]:
            problem(stranger.get(form), 404, "not-found")
        assert stranger.get(page).status_code == 404
    problem(other.post(f"{path}/share", {"shared": True}), 404, "not-found")
    assert crew.post(f"{path}/share", {"shared": True}).get_json()["version"] == 2
    assert [nobody.get(form).status_code for form in forms] == [200] * 6
    assert [report["id"] for report in crew.get("/v1/maps/reports/").get_json()["items"]] == [
        path.split("/")[-1]
    ]
    assert other.get("/v1/maps/reports/").get_json()["items"] == []
    crew.post(f"{path}/share", {"shared": False})
    assert nobody.get(page).status_code == 404
    assert crew.delete(path).status_code == 204
    problem(crew.get(path), 404, "not-found")


def test_an_address_that_was_passed_on_tells_nobody_of_a_layer_that_is_not_theirs(crew, make, nobody):
    a_layer(seen_by=Whom.STAFF)
    path, page = keep(crew)
    crew.post(f"{path}/share", {"shared": True})
    assert make.person("other", role="crew", department="fire").get(f"{path}/answer").get_json()["count"] == 3
    for form in (f"{path}/answer", f"{path}/csv", f"{path}/pdf", f"{path}/picture"):
        problem(nobody.get(form), 422, "invalid")
    assert nobody.get(page).status_code == 404


def test_a_report_leaves_as_a_table_as_paper_and_as_a_picture(crew, nobody):
    a_layer(
        features=[
            point(*POINTS[0], label="=HYPERLINK(1)", flow=1),
            point(*POINTS[1], label="<b>Ñ</b>", flow=2),
        ]
    )
    path, page = keep(crew, metres=500, sum_of="flow")
    crew.post(f"{path}/share", {"shared": True})

    table = list(csv.reader(io.StringIO(nobody.get(f"{path}/csv?lang=es").data.decode("utf-8-sig"))))
    assert table[0] == ["id", "Hydrants", "Distancia (m)", "Caudal"]
    assert [row[1:] for row in table[1:]] == [["'=HYPERLINK(1)", "0.0", "1.0"], ["<b>Ñ</b>", "96.8", "2.0"]]

    paper = nobody.get(f"{path}/pdf")
    assert paper.data.startswith(b"%PDF") and paper.headers["Content-Disposition"].endswith('City-Hall.pdf"')

    picture = nobody.get(f"{path}/picture")
    assert picture.mimetype == "image/svg+xml" and picture.data.count(b"<circle") == 3  # two, and where from

    html = nobody.get(page, headers={"Accept-Language": "es"}).data.decode()
    assert '<html lang="es">' in html and "Ilustración" in html
    assert "&lt;b&gt;Ñ&lt;/b&gt;" in html and "<b>Ñ" not in html and "Hydrants &lt;near&gt;" in html


def test_pictures_of_each_question_show_what_is_counted(hydrants, halves, crew):
    for asked, sign, count in (
        ({"question": "by-area", "of": "halves"}, b"<path", 3),
        ({"question": "within", "of": "halves", "metres": 0}, b"<circle", 5),
    ):
        path, _ = keep(crew, around=None, **asked)
        assert crew.get(f"{path}/picture").data.count(sign) >= count


# ── areas to tell people in ──────────────────────────────────────────────────────────────────────────────


CLOSURE = {
    "kind": "line",
    "corners": [
        {"lat": 29.7160, "lon": -95.4310},
        {"lat": 29.7160, "lon": -95.4290},
        {"lat": 29.7175, "lon": -95.4290},
    ],
}


def save(caller, around, metres=300, **more):
    body = {"id": str(uuid.uuid4()), "name_en": "Around the closure", "name_es": "Alrededor del cierre"}
    return caller.post("/v1/maps/areas/", body | {"around": around, "metres": metres} | more)


@pytest.mark.parametrize("metres", [5, 300, 2000])
def test_an_area_around_a_closure_holds_all_that_lies_so_near_and_hardly_more(crew, metres):
    area = save(crew, CLOSURE, metres).get_json()["area"]
    assert 3 <= len(area) <= MOST_CORNERS
    ring = ",".join(f"{corner['lon']} {corner['lat']}" for corner in (*area, area[0]))
    line = ",".join(f"{corner['lon']} {corner['lat']}" for corner in CLOSURE["corners"])
    [(missing, farthest)] = sql(
        f"""WITH told AS (SELECT ST_GeomFromText('POLYGON(({ring}))', 4326) AS area),
        line AS (SELECT ST_GeomFromText('LINESTRING({line})', 4326) AS shape)
        SELECT ST_Area(ST_Difference(ST_Buffer(shape::geography, {metres}, 'quad_segs=16')::geometry, area)::geography),
               (SELECT max(ST_Distance(corner.geom::geography, shape::geography)) FROM ST_DumpPoints(area) AS corner)
        FROM told, line"""
    )
    assert missing < 1  # square metres
    assert metres - 0.1 <= farthest <= metres + 3


def test_an_alert_takes_a_saved_area_as_its_zone(crew, make, nobody):
    told = save(crew, CLOSURE).get_json()
    desk = make.person("desk", role="desk")
    zones = {zone["code"]: zone for zone in desk.get("/v1/maps/zones").get_json()["items"]}
    assert zones[told["code"]]["area"] == told["area"]
    assert desk.get("/v1/maps/zones").headers["Cache-Control"] == "private, no-cache"
    assert told["code"] not in {zone["code"] for zone in nobody.get("/v1/maps/zones").get_json()["items"]}
    until = datetime(2030, 1, 1, tzinfo=UTC).isoformat()
    draft = make.draft(desk, audience="zone", zone=told["code"], expires_at=until)
    assert draft["area"] == told["area"]
    assert crew.delete(f"/v1/maps/areas/{told['id']}").status_code == 204
    assert told["code"] not in {zone["code"] for zone in desk.get("/v1/maps/zones").get_json()["items"]}
    assert desk.get(f"/v1/alerts/work/{draft['id']}").get_json()["area"] == told["area"]


def test_an_area_that_is_no_area_is_refused_by_its_field(hydrants, crew, make):
    a_layer(
        "pair",
        [feature({"type": "MultiPoint", "coordinates": [[-95.43, 29.71], [-95.42, 29.72]]}, label="P")],
    )
    [(pair,)] = sql("SELECT max(id) FROM feature")
    for around in ({"layer": "pair", "feature": str(pair)}, {"layer": "hydrants", "feature": "0"}):
        assert problem(save(crew, around, 50), 422, "invalid")["errors"][0]["pointer"] == "/around"
    assert save(crew, {"layer": "pair", "feature": str(pair)}, 1500).status_code == 201
    problem(save(make.person("resident"), CLOSURE), 403, "forbidden")
