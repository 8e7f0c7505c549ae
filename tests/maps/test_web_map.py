"""The map for browsers, in a real Chromium: what it draws, what it says, and what it asks for."""

import threading

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from backend.core.actor import db
from backend.worker import in_transaction
from shared_models.layers import Geometry, LayerStyle, Whom
from tests.browser import CHROMIUM, Browser, Page
from tests.maps.layers import FIELDS, POINTS, a_layer, feature

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: there is no Chromium on this machine")

AREA = [
    [-95.4330, 29.7170],
    [-95.4312, 29.7170],
    [-95.4312, 29.7185],
    [-95.4330, 29.7185],
    [-95.4330, 29.7170],
]
IN_AREA = (-95.43245, 29.71765)
HERE = "/map#map=16/29.7168/-95.4310"
DRAWN = "typeof map === 'object' && map.loaded() && map.areTilesLoaded() && !map.isMoving()"
NARROW = """
    [...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > innerWidth + 1
        && !each.closest('.maplibregl-map, .unseen, svg')).map(each => each.outerHTML.slice(0, 80))
"""
CONTRASTS = """
(() => {
    const parts = code => code.match(/[\\d.]+/g).map(Number);
    const light = code => {
        const [r, g, b] = parts(code).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const behind = each => {
        for (; each; each = each.parentElement) {
            const code = getComputedStyle(each).backgroundColor;
            if ((parts(code)[3] ?? 1) > .5) return code;
        }
    };
    const words = [...document.querySelectorAll('body *')].filter(each => each.checkVisibility()
        && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && !each.closest('noscript'));
    return words.map(each => {
        const [a, b] = [light(getComputedStyle(each).color), light(behind(each))];
        return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), each.outerHTML.slice(0, 80)];
    }).filter(([ratio]) => ratio < 4.5);
})()
"""


def look(**style):
    return LayerStyle.Schema().dump(LayerStyle(**style))


@pytest.fixture(scope="module")
def city(house, sweeper):
    """A city with a layer of points that is on, and one of areas that is off; the numbers of their features."""
    sweeper()
    with house.app_context():
        _, hydrants = a_layer(
            title_en="Hydrants",
            title_es="Hidrantes",
            attribution="Public Works <b>2026",
            style=look(colour="#d01c8b", night="#ff66c4", width=7, label="label", from_zoom=13),
        )
        _, parks = a_layer(
            "parks",
            [feature({"type": "Polygon", "coordinates": [AREA]}, label="Judson Park", flow=7)],
            FIELDS,
            title_en="Parks",
            title_es="Parques",
            geometry=Geometry.AREA,
            style=look(colour="#1b7837", night="#7fdf8f", fill=1, from_zoom=10),
            on=False,
            illustration=False,
        )
        names = [f"field_{number}" for number in range(12)]
        a_layer(
            "addresses",
            [feature(None, **dict.fromkeys(names, "127-123 ROCKWELL STREET"))],
            [{"name": name, "kind": "text", "title_en": name, "title_es": name} for name in names],
            seen_by=Whom.PUBLIC,
            title_field="",
            on=False,
        )
        yield {"hydrants": hydrants, "parks": parks}
    sweeper()


@pytest.fixture(scope="module")
def server(house, city):
    """The application at an address of this machine."""
    made = make_server("127.0.0.1", 0, house, threaded=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join(10)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = Browser(tmp_path_factory.mktemp("chromium"))
    yield found
    found.end()


@pytest.fixture(scope="module")
def page(browser):
    """One page for all that have a script: it keeps the map's program from one to the next."""
    return Page(browser, width=900, height=640)


@pytest.fixture
def visit(page, server):
    """A function that opens the map: as somebody would for the first time."""

    def visit(path=HERE, *, dark=False, language="en-US", width=900, height=640):
        page.browser.events.clear()
        page.night(dark)
        page.speak(language)
        page.size(width, height)
        page.open(server + path)
        page.until(DRAWN)
        page.until("document.querySelector('#said').textContent")
        return page

    return visit


def colour_at(page, lon, lat):
    """The colour on the map at a place."""
    x, y = page.run(
        f"(({{x, y}}, box) => [x + box.left, y + box.top])(map.project([{lon}, {lat}]), document.querySelector('#map').getBoundingClientRect())"
    )
    return "#" + bytes(page.picture().getpixel((round(x), round(y)))).hex()


def tab_to(page, selector):
    """Go on with the Tab key until the focus is there, and seen."""
    for _ in range(40):
        page.key("Tab")
        if page.run(f"document.activeElement.matches({selector!r})"):
            outline = page.run("getComputedStyle(document.activeElement).outline")
            assert (
                "3px" in outline
                or "auto" in outline
                or page.run("!!document.activeElement.closest('.maplibregl-ctrl')")
            )
            return
    raise AssertionError(f"no key leads to {selector}")


def ids_listed(page):
    return {
        tuple(pair) for pair in page.run("[...document.querySelectorAll('#list [data-id]')].map(e => [e.dataset.layer, e.dataset.id])")
    }  # fmt: skip


def ids_in(box, *layers):
    """As SQL says it, asked directly."""
    return {
        (row.name, str(row.id))
        for row in in_transaction(
            lambda: (
                db()
                .execute(
                    text("""
                    SELECT layer.name, feature.id FROM feature JOIN layer ON layer.edition_id = feature.edition_id
                    WHERE layer.name = ANY(:names)
                    AND ST_Intersects(geom, ST_MakeEnvelope(:west, :south, :east, :north, 4326))
                """),
                    dict(zip(("west", "south", "east", "north"), box, strict=True)) | {"names": list(layers)},
                )
                .all()
            )
        )
    }


def test_the_map_is_drawn_and_a_features_colour_is_at_its_place_by_day_and_by_night(visit, server):
    page = visit()
    assert len(page.picture().crop((0, 80, 500, 600)).getcolors(1 << 20)) > 100
    assert [colour_at(page, *place) for place in POINTS[:2]] == ["#d01c8b"] * 2
    assert colour_at(page, *IN_AREA) != "#1b7837"
    assert page.text(".layer:has([value=hydrants])") == "Hydrants Illustration: not surveyed"
    assert page.run("[...document.querySelectorAll('[name=layer]')].map(e => e.value)") == [
        "addresses", "facilities", "hydrants", "parks",
    ]  # fmt: skip
    credits = page.text(".maplibregl-ctrl-attrib")
    for said in ("Public Works <b>2026", "TIGER/Line", "an illustration, not surveyed"):
        assert said in credits
    foreign = [
        url for url in page.asked() if not url.startswith((server + "/", f"blob:{server}", "data:", "about:"))
    ]
    assert foreign == []
    assert any("/v1/maps/tiles/hydrants/" in url for url in page.asked())
    assert not any("/v1/maps/tiles/parks/" in url for url in page.asked())
    assert page.faults() == []

    page.night(True)
    page.until(f"{DRAWN} && map.getPaintProperty('hydrants:point', 'circle-color') === '#ff66c4'")
    assert colour_at(page, *POINTS[0]) == "#ff66c4"
    assert page.run(CONTRASTS) == []


def test_by_keys_alone_a_layer_is_turned_on_a_place_is_found_and_what_is_here_is_told(visit):
    page = visit()
    page.key("Tab")
    assert page.run("document.activeElement.className") == "skip"
    tab_to(page, "canvas")
    before = page.run("map.getCenter().lng")
    page.key("ArrowRight")
    page.until(f"{DRAWN} && map.getCenter().lng > {before}")
    page.key("ArrowLeft")
    page.until(f"{DRAWN} && Math.abs(map.getCenter().lng - {before}) < 1e-6")
    page.key("+")
    page.until(f"{DRAWN} && map.getZoom() === 17")
    page.run(f"void map.jumpTo({{center: {list(POINTS[1])}}})")
    page.key("Enter")
    page.until("document.activeElement.matches('#here h2')")
    assert page.text("#here h3") == "H-2"
    assert page.text("#here dl") == "Label\nH-2\nFlow\n200"

    page.run("document.activeElement.blur(), document.querySelector('.skip').focus()")
    tab_to(page, "[value=parks]")
    page.key(" ")
    page.run(f"void map.jumpTo({{center: {list(IN_AREA)}, zoom: 16}})")
    page.until(DRAWN)
    page.until("document.querySelector('#list [data-layer=parks]')")
    assert colour_at(page, *IN_AREA) == "#1b7837"
    assert page.run("location.hash").endswith("&layers=facilities,hydrants,parks")

    page.run("document.querySelector('.skip').focus()")
    tab_to(page, "#q")
    page.write("hufington prk")
    page.until("document.querySelector('#places li')")
    assert page.run("[q.role, q.ariaExpanded, q.getAttribute('aria-controls'), places.role]") == [
        "combobox", "true", "places", "listbox",
    ]  # fmt: skip
    page.key("ArrowDown")
    assert page.run("document.getElementById(q.getAttribute('aria-activedescendant')).ariaSelected") == "true"
    page.key("Enter")
    page.until("document.activeElement.matches('#here h2')")
    assert page.run("q.value") == "Huffington Park"
    assert page.run("places.hidden")
    assert page.text("#here").startswith("What is here\n\nWest University Place")
    assert page.faults() == []


def test_the_list_says_what_sql_says_of_the_box_that_the_map_shows(visit, city):
    page = visit(f"{HERE}&layers=hydrants,parks")
    edges = "(b => [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()])(map.getBounds())"
    assert ids_listed(page) == ids_in(page.run(edges), "hydrants", "parks")
    assert len(ids_listed(page)) > len(city["parks"])

    page.run(f"void map.jumpTo({{center: {list(POINTS[4])}, zoom: 18}})")
    page.until("document.querySelectorAll('#list [data-id]').length === 1")
    assert (
        ids_listed(page)
        == ids_in(page.run(edges), "hydrants", "parks")
        == {("hydrants", str(city["hydrants"][4]))}
    )
    assert page.text("#said") == "In view: 1"
    page.run("document.querySelector('#list [data-id] a').click()")
    page.until("document.activeElement.matches('#here h2')")
    assert page.text("#here h3") == "H-5"

    page.run("void map.jumpTo({zoom: 11})")
    page.until("document.querySelector('[value=hydrants]').parentElement.innerText.includes('closer in')")
    page.until("!document.querySelector('#list [data-layer=hydrants]')")
    assert ids_listed(page) == ids_in(page.run(edges), "parks")


def test_a_click_says_what_is_there_in_the_readers_language(visit):
    page = visit(language="es-MX")
    assert page.run("document.documentElement.lang") == "es"
    assert page.text("h1") == "Mapa de West University Place"
    assert page.run("map.getCanvas().ariaLabel").startswith("Mapa. Las flechas")
    x, y = page.run(
        f"(({{x, y}}, b) => [x + b.left, y + b.top])(map.project({list(POINTS[2])}), document.querySelector('#map').getBoundingClientRect())"
    )
    page.click(x, y)
    page.until("document.querySelector('#here h3')")
    assert page.text("#here h3") == "H-3"
    assert page.text("#here dl") == "Rótulo\nH-3\nCaudal\n300"
    assert page.run(CONTRASTS) == []


def test_letters_twice_as_large_and_a_phone_need_no_scrolling_to_the_side(visit):
    page = visit(width=390, height=844)
    for size in ("100%", "200%"):
        for width in (320, 390, 900):
            page.size(width, 844)
            page.run(f"document.documentElement.style.fontSize = '{size}'")
            assert page.run("document.documentElement.scrollWidth <= innerWidth"), (
                size,
                width,
                page.run(NARROW),
            )
            assert page.run(NARROW) == []


BROKEN = """
    [...document.querySelectorAll('.wide td, .wide th')].flatMap(cell => [...cell.childNodes].filter(n => n.nodeType === 3)
        .flatMap(node => [...node.data.matchAll(/\\S+/g)].filter(word => {
            const range = document.createRange();
            range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(word => word[0])))
"""


def test_the_standards_pages_break_no_word_and_scroll_to_the_side_only_in_a_box(page, server):
    for path in (
        "/ogc/collections/hydrants/items?f=html",
        "/ogc/api?f=html",
        "/ogc/?f=html",
        "/ogc/collections?f=html",
    ):
        page.open(server + path)
        for width in (360, 1280):
            page.size(width, 800)
            assert page.run("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert page.run(BROKEN) == [], (path, width)
    page.open(f"{server}/ogc/collections/addresses/items?f=html")
    page.size(360, 800)
    assert page.run(BROKEN) == []
    assert page.run("(box => box.scrollWidth > box.clientWidth)(document.querySelector('.wide'))")


def test_without_a_script_it_is_lists_and_a_form(browser, server, city):
    page = Page(browser, script=False, width=700, height=900)
    page.open(f"{server}/map?chosen=1&layer=parks&layer=hydrants")
    assert ids_listed(page) == {(name, str(each)) for name, ids in city.items() for each in ids}
    assert page.run("document.querySelector('#map').checkVisibility()") is False
    page.send("Runtime.evaluate", expression="document.querySelector('#list [data-layer=parks] a').focus()")
    page.key("Enter")
    page.until("document.querySelector('#here h3')")
    assert page.text("#here h3") == "Judson Park"
    page.run("q.focus()")
    page.write("huffington")
    page.key("Enter")
    page.until("document.querySelector('#found a')")
    assert page.run("document.querySelector('#found a').innerText") == "Huffington Park"
    assert page.run("document.querySelector('[value=parks]').checked")
    page.close()
