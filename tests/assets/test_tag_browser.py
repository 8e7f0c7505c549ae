"""The page of a label in a real browser, as somebody has it who sees little, has a keyboard alone and reads Spanish."""

import os
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.assets.browser import Browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="NOT RUN: there is no Chromium on this machine")

SIDEWAYS = """(() => [...document.querySelectorAll('main *')].filter(each => {
    const box = each.getBoundingClientRect();
    return box.width && (box.right > innerWidth + 1 || box.left < -1 || each.scrollWidth > each.clientWidth + 1 &&
        !['INPUT', 'TEXTAREA'].includes(each.tagName) && getComputedStyle(each).display != 'inline');
}).map(each => each.outerHTML.slice(0, 80)))()"""
SMALL = """(() => [...document.querySelectorAll('.pick, textarea, input[type=text], button')].filter(each =>
    each.getBoundingClientRect().height < 44).map(each => each.outerHTML.slice(0, 80)))()"""
"""What can be tapped is at least 44 px high (WCAG 2.2, 2.5.5)."""
AT = """(() => { const at = document.activeElement, box = at.getBoundingClientRect();
    return {name: at.name || at.tagName.toLowerCase(), value: at.value || '', href: at.getAttribute('href') || '',
        inside: box.bottom > 0 && box.top < innerHeight, ring: getComputedStyle(at).outlineStyle != 'none'}; })()"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"), text=32, language="es")
    yield browser
    browser.close()


@pytest.fixture
def address(app):
    """Where this test's server is reached from a browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def tab_to(browser, name):
    """Go on with Tab until this has the keyboard; all that had it on the way was in sight, with a ring around it."""
    for _ in range(12):
        browser.key("Tab")
        at = browser.told(AT)
        if at["name"] == name:
            assert at["inside"] and at["ring"], at
            return at
    raise AssertionError(f"Tab never comes to {name}")


def inbox(by):
    found = by.get("/v1/sightings/?open=true").get_json()["items"]
    return [(one["kind"], one["code"], one["words"], one["contact"]) for one in found]


@pytest.mark.parametrize(("kind", "downs"), [("found", 0), ("broken", 1)])
def test_a_resident_scans_a_label_and_reports_it_with_a_keyboard_alone_in_spanish_at_double_text(
    chromium, address, make, tess, kind, downs
):
    make.asset(tess, tag="PD-00001")
    chromium.asked.clear()
    chromium.open(f"{address}/t/PD-00001")
    assert chromium.told("document.documentElement.lang") == "es"
    assert chromium.told("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 32
    assert "Propiedad de West University Place" in chromium.told("document.body.innerText")
    assert chromium.told(SIDEWAYS) == [] and chromium.told("document.documentElement.scrollWidth") <= 360
    assert chromium.told(SMALL) == []
    if shots := os.environ.get("SHOTS"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        chromium.shot(Path(shots) / f"tag-page-es-2-{kind}.png")

    assert tab_to(chromium, "a")["href"] == "?lang=en", "first the other language"
    tab_to(chromium, "words")
    chromium.type("Estaba en la acera")
    tab_to(chromium, "button")
    chromium.key("Enter")
    assert chromium.told("document.querySelectorAll('input:invalid').length") == 2 and inbox(tess) == []
    assert chromium.told(AT)["name"] == "kind", "nothing is chosen: the keyboard is taken there"
    chromium.key(" ")
    for _ in range(downs):
        chromium.key("ArrowDown")
    assert chromium.told("document.querySelector('input[name=kind]:checked').value") == kind
    tab_to(chromium, "words")
    tab_to(chromium, "contact")
    chromium.type("713-555-0142")
    tab_to(chromium, "button")
    chromium.key("Enter")
    chromium.until("document.querySelector('[role=status]') !== null")
    assert chromium.told("document.documentElement.lang") == "es"
    assert chromium.told(SIDEWAYS) == []
    assert inbox(tess) == [(kind, "PD-00001", "Estaba en la acera", "713-555-0142")]
    assert all(one.startswith(address) for one in chromium.asked), "and nobody else is asked for anything"
