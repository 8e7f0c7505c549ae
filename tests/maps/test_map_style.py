"""One style for the app and for browsers, and the files of the page."""

import gzip
import re

import pytest

from backend.core.words import catalog
from backend.maps import web_map
from mobile.widgets import mapstyle as phone
from shared_models import mapstyle
from shared_models.basics import Language
from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import HYDRANTS, a_layer
from tests.statements import statements


def style(who, **how):
    return who.get("/v1/maps/style", query_string=how)


def layer(told, id):
    return next(each for each in told["layers"] if each["id"] == id)


def test_app_and_browsers_draw_the_ground_in_the_same_colours_and_widths(nobody):
    for night, on_phone in ((False, phone.DAY), (True, phone.NIGHT)):
        told = style(nobody, night=str(night).lower()).get_json()
        for kind, of in {
            "fill": "ours neighbour veil",
            "line": "street street_edge main main_edge border",
        }.items():
            for name in of.split():
                assert phone.colour(layer(told, name)["paint"][f"{kind}-color"]) == getattr(on_phone, name), (
                    name
                )
        assert phone.colour(layer(told, "outside")["paint"]["background-color"]) == on_phone.outside
        for name, ink in (
            ("street_names", "words"),
            ("main_names", "main_words"),
            ("city_names", "city_words"),
        ):
            assert phone.colour(layer(told, name)["paint"]["text-color"]) == getattr(on_phone, ink)
    for name, stops in (
        ("street", phone.STREET_WIDTH),
        ("main", phone.MAIN_WIDTH),
        ("border", phone.BORDER_WIDTH),
    ):
        *_, zoom = grown = layer(told, name)["paint"]["line-width"]
        at = dict(zip(grown[3::2], grown[4::2], strict=True))
        for zoom in range(12, 20):  # the app's; MapLibre's tiles are twice as large
            assert value(at, zoom - 1) == pytest.approx(mapstyle.at_zoom(stops, zoom), rel=0.03)
    assert layer(told, "street_names")["minzoom"] == phone.STREET_NAMES_FROM - 1
    assert set(mapstyle.DAY) == set(mapstyle.NIGHT) == set(phone.MapStyle.__slots__)


def value(stops, zoom):
    """As MapLibre reckons it between two stops."""
    below, above = max(s for s in stops if s <= zoom), min(s for s in stops if s >= zoom)
    if below == above:
        return stops[below]
    part = (1.7 ** (zoom - below) - 1) / (1.7 ** (above - below) - 1)
    return stops[below] + part * (stops[above] - stops[below])


def test_a_layer_looks_as_its_style_says_and_only_to_those_who_may_see_it(nobody, make):
    look = {
        "colour": "#d01c8b",
        "night": "#ff66c4",
        "width": 5.5,
        "fill": 0.5,
        "label": "label",
        "from_zoom": 14,
    }
    a_layer(style=look, attribution="<b>us</b>")
    a_layer("parks", geometry=Geometry.AREA, style=look, on=False, seen_by=Whom.STAFF)
    staff = make.person("crew", role="crew", department="fire")

    told = style(nobody).get_json()
    point = layer(told, "hydrants:point")
    assert (point["paint"]["circle-color"], point["minzoom"]) == ("#d01c8b", 13)
    assert point["paint"]["circle-stroke-width"] == phone.LAYER_RIM
    grown = point["paint"]["circle-radius"]
    for zoom, radius in zip(grown[3::2], grown[4::2], strict=True):
        assert radius == pytest.approx(5.5 * mapstyle.at_zoom(phone.LAYER_WIDTH, zoom + 1), abs=0.01)
    assert layer(told, "hydrants:label")["minzoom"] == phone.LAYER_NAMES_FROM - 1
    assert point["layout"] == {"visibility": "visible"}
    assert layer(told, "hydrants:label")["layout"]["text-field"] == ["to-string", ["get", "label"]]
    assert told["sources"]["hydrants"]["tiles"] == ["http://localhost/v1/maps/tiles/hydrants/{z}/{x}/{y}"]
    assert told["sources"]["hydrants"]["attribution"] == "&lt;b&gt;us&lt;/b&gt;"
    assert "parks" not in told["sources"]
    night = style(staff, night="true").get_json()
    assert layer(night, "parks:area")["paint"] == {
        "fill-color": "#ff66c4", "fill-opacity": 0.5, "fill-antialias": False,
    }  # fmt: skip
    assert layer(night, "parks:line")["layout"]["visibility"] == "none"
    assert [each["id"] for each in night["layers"]][-2:] == ["hydrants:label", "parks:label"]


def test_whoever_has_the_style_is_told_so_until_a_layer_changes(nobody, make):
    a_layer()
    first = style(nobody)
    same = nobody.get("/v1/maps/style", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.get_data()) == (304, b"")
    a_layer("trees")
    after = nobody.get("/v1/maps/style", headers={"If-None-Match": first.headers["ETag"]})
    assert after.status_code == 200
    assert "private" in style(make.person("carol", role="desk")).headers["Cache-Control"]
    problem(style(nobody, night="dusk"), 422, "invalid")


def test_a_tile_of_the_ground_is_there_until_the_city_changes(nobody):
    tile = nobody.get("/v1/maps/ground/15/7698/13549")
    assert tile.status_code == 200
    assert b"Amherst St" in tile.get_data()
    same = nobody.get("/v1/maps/ground/15/7698/13549", headers={"If-None-Match": tile.headers["ETag"]})
    assert same.status_code == 304
    problem(nobody.get("/v1/maps/ground/3/8/0"), 404, "not-found")


def test_the_page_may_load_nothing_of_others_and_runs_only_its_own_files(nobody):
    a_layer(attribution="&", title_en='"><script>alert(1)</script>')
    page = nobody.get("/map?q=<script>alert(2)</script>&bbox=1,2,x,4&at=99,5&lang=xx&layer=no&utm=1")
    body = page.get_data(as_text=True)
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    assert "<script>" not in body
    assert not re.search(r'style="|\son\w+=|javascript:|(?:src|href)="(?:https?:)?//', body)
    assert page.headers["Cache-Control"] == "no-cache"

    version = web_map.files_version()
    files = set(re.findall(rf"/map/{version}/([\w.-]+)", body))
    assert files == {"maplibre-gl.js", "maplibre-gl.css", "map.js", "map.css"}
    for name in files:
        packed = nobody.get(f"/map/{version}/{name}", headers={"Accept-Encoding": "gzip"})
        plain = nobody.get(f"/map/{version}/{name}")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.get_data()) == plain.get_data() != b""
        assert "immutable" in plain.headers["Cache-Control"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert not re.search(rb"url\(['\"]?(?:https?:)?//", plain.get_data())
    for wrong in (f"{version}/../routes.py", f"{version}/x.js", f"{'0' * 16}/map.js"):
        assert nobody.get(f"/map/{wrong}").status_code == 404


def test_the_script_finds_words_for_all_that_it_says_in_both_languages():
    script = web_map.file_bytes("map.js").decode()
    said = set(re.findall(r'say\("([\w-]+)"|words\.(\w+)|words\["([\w-]+)"\]', script))
    said = {next(filter(None, groups)) for groups in said}
    for language in (Language.EN, Language.ES):
        there = {
            n.removeprefix("web-map.script.") for n in catalog(language) if n.startswith("web-map.script.")
        }
        assert said == there


def test_a_layer_that_only_staff_see_is_nowhere_on_the_page(nobody, make):
    a_layer("valves", HYDRANTS, seen_by=Whom.STAFF)
    for part in ("", "list", "here"):
        answer = nobody.get(f"/map?part={part}&chosen=1&layer=valves&at=29.716,-95.431&bbox=-96,29,-95,30")
        assert answer.status_code == 200
        assert "H-1" not in answer.get_data(as_text=True)
        assert "alves" not in answer.get_data(as_text=True).replace("layer=valves", "")


def test_page_and_style_ask_few_statements_however_many_layers_there_are(nobody):
    def sent(path):
        with statements() as seen:
            assert nobody.get(path).status_code == 200
        return len(seen)

    paths = ("/map", "/map?at=29.716,-95.431", "/map?part=list&bbox=-96,29,-95,30", "/v1/maps/style")
    a_layer()
    before = [sent(path) for path in paths]
    for number in range(5):
        a_layer(f"more-{number}")
    assert [sent(path) for path in paths] == before == [3, 5, 3, 3]
