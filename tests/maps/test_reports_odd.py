"""Questions that are too large, about layers of any kind, or of what there is not; and who is told what of a report."""

import json
import threading
import uuid

import pytest

from backend.maps import heavy
from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import POINTS, a_layer, feature, point
from tests.maps.test_reports import CLOSURE, HERE, ask, keep, save, sql, square, titles

MANY = 300
CORNER = (-95.4310, 29.7160)


@pytest.fixture
def hydrants(app):
    return a_layer()


def crowd(name, **more):
    """A layer of so many points that each question about it works for a while."""
    west, south = CORNER
    places = [point(west + n % 20 / 4000, south + n // 20 / 4000, label=f"{n}") for n in range(MANY)]
    return a_layer(name, places, **more)


def running():
    """What PostgreSQL works on for us, but for this question."""
    return sql(
        """SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
    )


# ── what takes too long ──────────────────────────────────────────────────────────────────────────────────


def test_a_question_over_its_bound_is_refused_by_name_and_nothing_of_it_is_left_running(
    app, crew, nobody, monkeypatch
):
    crowd("lamps")
    path, page = keep(crew, layer="lamps", around=None, of="lamps", metres=1)
    crew.post(f"{path}/share", {"shared": True})
    far = {"question": "within", "layer": "lamps", "of": "lamps", "metres": 50_000}
    assert crew.post("/v1/maps/ask", far | {"metres": 1}).get_json()["count"] == MANY

    monkeypatch.setattr(heavy, "MOST_SECONDS", 0.001)
    told = problem(crew.post("/v1/maps/ask", far), 413, "too-large")
    assert "Narrow it" in told["detail"]
    kept = {"id": str(uuid.uuid4()), "title": "All", "asked": far}
    problem(crew.post("/v1/maps/reports/", kept), 413, "too-large")
    for form in ("answer", "csv", "pdf", "picture"):
        problem(nobody.get(f"{path}/{form}"), 413, "too-large")
    assert nobody.get(page).status_code == 413
    others = " AND ".join(f"CASEI(label)<>'x{number}'" for number in range(60))
    slow = f"/ogc/collections/lamps/items?limit=1000&filter=S_INTERSECTS(geometry,BBOX(-96,29,-95,30)) AND {others}"
    problem(nobody.get(slow), 413, "too-large")
    assert running() == []

    monkeypatch.undo()
    # The bound was of those questions alone: no connection kept it.
    assert nobody.get(f"{path}/answer").get_json()["count"] == MANY
    limits = sql("SELECT current_setting('statement_timeout')")
    assert limits == [("0",)]


def test_few_questions_are_under_way_at_a_time_and_the_rest_are_told_when_to_come_again(
    hydrants, crew, nobody, monkeypatch
):
    path, page = keep(crew)
    crew.post(f"{path}/share", {"shared": True})
    monkeypatch.setattr(heavy, "_callers", threading.BoundedSemaphore(1))
    with heavy._callers:
        told = nobody.get(f"{path}/answer")
        assert problem(told, 429, "slow-down") and told.headers["Retry-After"]
        told = nobody.get(page)
        assert told.status_code == 429 and told.headers["Retry-After"]
        problem(save(crew, CLOSURE), 429, "slow-down")
    assert nobody.get(f"{path}/answer").status_code == 200
    assert save(crew, CLOSURE).status_code == 201


# ── what is nearest ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("metres", [0, 60, 400, 3000])
def test_what_lies_near_any_feature_is_what_postgis_says_of_all_pairs(app, crew, metres):
    west, south = CORNER
    places = [point(west + n % 9 / 900, south + n // 9 / 700, label=f"{n}") for n in range(54)]
    a_layer("lamps", places)
    ring = [[0, 0], [0.0021, 0.0004], [0.0017, 0.0013], [-0.0003, 0.0011], [0, 0]]
    parks = [
        feature(
            {"type": "Polygon", "coordinates": [[[west + east + x, south + north + y] for x, y in ring]]},
            label="P",
        )
        for east, north in ((0.0005, 0.0004), (0.0009, 0.0006), (0.006, 0.004))
    ]
    # (in short pieces: an edge is a straight line in degrees, and PostGIS takes it for a part of a great circle)
    bends = [[west - 0.01 + step * 0.0003, south + step * 0.00006] for step in range(101)]
    stray = feature({"type": "LineString", "coordinates": bends})
    a_layer("parks", [*parks, stray], geometry=Geometry.MIXED)
    told = crew.post(
        "/v1/maps/ask", {"question": "within", "layer": "lamps", "of": "parks", "metres": metres}
    )
    pairs = sql(
        """SELECT lamp.id::text, min(ST_Distance(lamp.geom::geography, park.geom::geography))
        FROM feature AS lamp, feature AS park
        WHERE lamp.edition_id = (SELECT edition_id FROM layer WHERE name = 'lamps')
          AND park.edition_id = (SELECT edition_id FROM layer WHERE name = 'parks')
        GROUP BY lamp.id HAVING min(ST_Distance(lamp.geom::geography, park.geom::geography)) <= :metres""",
        metres=metres,
    )
    found = {row["key"]: row["numbers"][0] for row in told.get_json()["rows"]}
    assert found.keys() == dict(pairs).keys()
    assert all(found[key] == pytest.approx(away, abs=0.06) for key, away in pairs)
    assert list(found.values()) == sorted(found.values())


def test_each_question_is_answered_of_each_layer_that_is_handed_down(app, crew, make):
    a_layer("halves", [square(-95.5, -95.3, label="All")], geometry=Geometry.AREA)
    reporter = make.person("resident")
    make.request(reporter)
    for layer in ("requests", "devices", "facilities"):
        for asked in (
            {"question": "within", "around": HERE, "metres": 5000},
            {"question": "within", "of": "halves", "metres": 10},
            {"question": "within", "of": layer, "metres": 10},
            {"question": "by-area", "of": "halves"},
            {"question": "over-time"},
        ):
            answer = crew.post("/v1/maps/ask", {"layer": layer} | asked)
            if asked["question"] == "over-time" and layer == "facilities":
                problem(answer, 422, "invalid")  # it says of none when it was
                continue
            assert answer.status_code == 200, (layer, asked, answer.get_json())
        near = crew.post("/v1/maps/ask", {"question": "within", "layer": "halves", "of": layer, "metres": 10})
        assert near.status_code == 200, (layer, near.get_json())
    places = crew.get("/ogc/collections/facilities/items").get_json()["features"]
    here = {"layer": "facilities", "feature": places[0]["id"]}
    nearest = crew.post("/v1/maps/ask", {"question": "within", "layer": "facilities", "around": here})
    assert places[0]["properties"]["name"] in titles(nearest.get_json())
    assert save(crew, here, 200).status_code == 201


# ── what can't be answered ───────────────────────────────────────────────────────────────────────────────


def test_a_filter_that_cannot_be_worked_out_is_refused_at_the_filter(hydrants, crew):
    a_layer("halves", [square(-95.5, -95.3, label="All")], geometry=Geometry.AREA)
    for asked in ({"question": "within", "around": HERE}, {"question": "by-area", "of": "halves"}):
        told = problem(ask(crew, **asked, filter="id^99^99>0"), 422, "invalid")
        assert told["errors"][0]["pointer"] == "/filter"


def test_a_feature_that_there_is_not_is_told_and_not_answered_with_nothing(hydrants, crew):
    for number in ("x", "9" * 50, "0", "-1", "\u0661"):
        around = {"layer": "hydrants", "feature": number}
        for answer in (ask(crew, question="within", around=around), save(crew, around)):
            found = problem(answer, 422, "invalid")["errors"][0]
            assert found["pointer"] == "/around" and "no such feature" in found["detail"]


def test_what_a_layer_is_filtered_by_is_refused_under_its_own_name(app, nobody):
    fields = [{"name": name, "kind": name} for name in ("number", "integer", "date", "instant", "text")]
    props = {
        "number": 1.5,
        "integer": 2,
        "date": "2026-01-05",
        "instant": "2026-01-05T12:00:00Z",
        "text": "x",
    }
    layer, _ = a_layer("works", [point(*POINTS[0], **props)], fields, title_field="text")
    place = f"/v1/maps/layers/{layer}/export"
    for name, said in {
        "number": "NaN", "integer": "1.5", "date": "x", "instant": "2026-13-01T00:00:00Z",
    }.items():  # fmt: skip
        told = problem(nobody.get(place, query_string={name: said, "format": "geojson"}), 422, "invalid")
        assert told["errors"][0]["pointer"] == f"?{name}"
        told = problem(nobody.get("/ogc/collections/works/items", query_string={name: said, "filter-lang": "cql2-text"}), 400, "malformed") if name != "integer" else None  # fmt: skip
        assert told is None or told["errors"][0]["pointer"] == f"?{name}"
    for name, said in props.items():
        found = nobody.get(place, query_string={name: str(said), "format": "geojson"})
        assert len(json.loads(found.data)["features"]) == 1, name


# ── whose areas, and where ───────────────────────────────────────────────────────────────────────────────


def test_a_saved_area_is_removed_by_who_saved_it_or_who_makes_reports_for_all(crew, make):
    police = make.person("police", role="crew", department="police")
    told = save(police, CLOSURE).get_json()
    problem(crew.delete(f"/v1/maps/areas/{told['id']}"), 404, "not-found")
    assert told["code"] in {zone["code"] for zone in crew.get("/v1/maps/zones").get_json()["items"]}
    assert police.delete(f"/v1/maps/areas/{told['id']}").status_code == 204
    again = save(police, CLOSURE).get_json()
    assert make.person("desk", role="desk").delete(f"/v1/maps/areas/{again['id']}").status_code == 204


def test_an_area_outside_the_city_is_no_area_to_tell_people_in(crew):
    away = {"kind": "point", "corners": [{"lat": 42.37, "lon": -71.11}]}
    told = problem(save(crew, away), 422, "invalid")["errors"]
    assert told == [{"pointer": "/around", "detail": "It lies outside the city."}]
    assert all(
        not zone["code"].startswith("area-") for zone in crew.get("/v1/maps/zones").get_json()["items"]
    )


# ── what is told of a report ─────────────────────────────────────────────────────────────────────────────


def test_what_a_report_asks_is_told_only_to_whom_each_of_its_layers_is_for(hydrants, crew, make, nobody):
    a_layer("cameras", seen_by=Whom.DEPARTMENT, department="public-works")
    path, _ = keep(crew, layer="cameras", filter="label = 'H-1'")
    both, _ = keep(crew, around=None, of="cameras")
    for each in (path, both):
        crew.post(f"{each}/share", {"shared": True})
        assert crew.get(each).get_json()["asked"]["metres"] == 200
        for stranger in (nobody, make.person(f"other {each[-4:]}", role="crew", department="fire")):
            told = stranger.get(each)
            assert told.get_json()["asked"] is None and "cameras" not in told.text
    mine = {report["id"]: report["asked"] for report in crew.get("/v1/maps/reports/").get_json()["items"]}
    assert mine[path.split("/")[-1]]["layer"] == "cameras"
    shown, _ = keep(crew)
    crew.post(f"{shown}/share", {"shared": True})
    assert nobody.get(shown).get_json()["asked"]["layer"] == "hydrants"


def test_a_page_that_cannot_be_shown_says_so_in_its_readers_language(hydrants, crew, nobody):
    a_layer("cameras", seen_by=Whom.STAFF)
    hidden = keep(crew, layer="cameras")
    removed = keep(crew)
    for path, _ in (hidden, removed):
        crew.post(f"{path}/share", {"shared": True})
    assert nobody.get(removed[1]).status_code == 200
    sql("UPDATE layer SET name = 'gone' WHERE name = 'hydrants' RETURNING id")
    pages = []
    for page in (hidden[1], removed[1], f"/map/reports/{uuid.uuid4()}", "/map/reports/copied-in-pa"):
        told = nobody.get(page, headers={"Accept-Language": "es"})
        assert (told.status_code, told.mimetype) == (404, "text/html")
        assert '<html lang="es">' in told.text and "No se puede mostrar este informe" in told.text
        assert told.headers["Content-Language"] == "es" and "cameras" not in told.text
        pages.append(told.text)
    assert len(set(pages)) == 1  # nobody learns which of them it was
    assert "This report can&#x27;t be shown" in nobody.get(f"{hidden[1]}?lang=en").text


def test_a_report_tells_the_citys_own_time_names_its_areas_and_is_dark_at_night(hydrants, crew, nobody):
    areas = [square(-95.44, POINTS[2][0], label="West"), square(POINTS[2][0], -95.42, label="East")]
    a_layer("halves", areas, geometry=Geometry.AREA)
    path, page = keep(crew, question="by-area", around=None, of="halves")
    crew.post(f"{path}/share", {"shared": True})
    html = nobody.get(page).text
    assert "UTC" not in html and any(zone in html for zone in (" CST.", " CDT."))
    assert f'srcset="{path}/picture?night=1"' in html and "prefers-color-scheme:dark" in html
    day, night = (nobody.get(f"{path}/picture{query}").text for query in ("", "?night=1"))
    for drawn in (day, night):
        assert all(word in drawn for word in ("West", "East", ">3<", ">2<"))
    assert day != night and luminance(day) > 0.8 and luminance(night) < 0.2


def luminance(svg):
    """How bright the ground of a picture is: the first thing that is drawn on it."""
    import re

    first = re.search(r"<rect[^>]*fill: rgb\(([\d.]+)%,([\d.]+)%,([\d.]+)%\)", svg.replace(", ", ","))
    return sum(float(part) for part in first.groups()) / 300
