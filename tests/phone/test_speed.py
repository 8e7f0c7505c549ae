"""What keeps the phone fast, told in counts: statements, widgets, modules. No test looks at a clock."""

import gc
import gzip
import os
import subprocess
import sys
import uuid

import pytest

from mobile.core.lazy import Lazy
from mobile.core.store import Store
from shared_models.sync import Changes

LATE = ("PIL", "httpx", "marshmallow", "mobile.widgets.citymap", "mobile.service_requests.work", "unittest")
"""What the first screen does without."""


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "person.sqlite3")
    yield store
    store.close()


def page(count, *, more=False, **rest):
    told = [
        {"audience": "person:a", "kind": "service_request", "id": str(uuid.uuid4()), "value": {"n": n}}
        for n in range(count)
    ]
    return Changes.read({"cursor": "c", "more": more, "changes": told, **rest})


def said(store, do):
    """The statements that this took."""
    statements = []
    store.db().set_trace_callback(statements.append)
    do()
    store.db().set_trace_callback(None)
    return statements


def test_a_page_of_a_pull_is_one_commit_and_two_statements_a_thing(store):
    statements = said(store, lambda: store.take(page(500), 1))
    assert statements.count("COMMIT") == 1
    assert len(statements) <= 2 * 500 + 6
    assert not any(
        "NOT EXISTS" in one for one in statements
    )  # nobody let go of anything: nothing is looked for


def test_what_no_audience_holds_any_more_is_dropped_all_the_same(store):
    store.take(page(3), 1)
    store.take(page(2, restarted=["person:a"]), 2)
    assert store.count("service_request") == 2
    store.take(page(0, dropped=["person:a"]), 3)
    assert store.count("service_request") == 0


def test_a_long_pull_is_packed_for_whoever_can_unpack_it_and_a_short_one_is_not(alice, make):
    packs = {"Accept-Encoding": "gzip, deflate"}
    assert "Content-Encoding" not in alice.get("/v1/sync", headers=packs).headers
    make.request(by=alice, description="Deep and wide. " * 200)
    plain, packed = alice.get("/v1/sync"), alice.get("/v1/sync", headers=packs)
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data).partition(b'"cursor"')[0] == plain.data.partition(b'"cursor"')[0]
    assert len(packed.data) < len(plain.data) / 2


def test_a_list_of_ten_thousand_makes_what_is_seen_and_few_widgets(kit, robot):
    asked = []

    def row(at):
        asked.append(at)
        return {"key": at, "title": f"Row {at}", "subtitle": "x " * (at % 60), "badge": "Received"}

    listing = kit.RowList(rows=Lazy(10_000, row))
    r = robot(listing)
    r.settle()
    assert max(asked) < 30
    for place in (0.9, 0.5, 0.1, 0.0):
        listing.scroll_y = place
        r.settle()
    assert len(set(asked)) < 150
    assert sum(1 for _ in listing.walk()) < 250
    assert max(row.key for row in r.all(cls="Row")) == 9_999


def test_what_is_seen_stays_where_it_is_when_rows_above_turn_out_to_be_taller(kit, robot):
    rows = [{"key": n, "title": f"Row {n}", "subtitle": "x " * (n * 37 % 150)} for n in range(400)]
    listing = kit.RowList(rows=rows)
    r = robot(listing)
    listing.scroll_y = 0.5
    r.settle()
    for _ in range(60):
        before = {row.key: r.center(row)[1] for row in r.all(cls="Row")}
        listing.scroll_y += 40 / (listing.children[0].height - listing.height)
        r.frames(2)
        moved = {row.key: r.center(row)[1] - before[row.key] for row in r.all(cls="Row") if row.key in before}
        assert moved and all(abs(way + 40) < 2 for way in moved.values()), moved


def test_rows_are_read_from_top_to_bottom_also_after_scrolling(kit, robot):
    listing = kit.RowList(rows=[{"key": n, "title": f"Row {n}"} for n in range(300)])
    r = robot(listing)
    for place in (1, 0.5, 0.52, 0.1):
        listing.scroll_y = place
        r.settle()
        keys = [row.key for row in r.all(cls="Row")]
        assert keys == sorted(keys)


def test_the_first_screen_imports_nothing_that_it_does_not_need(tmp_path):
    program = f"""
import sys
import mobile.main
from tests import headless
headless.install((412, 892))
from mobile.app import WestUApp
from tests.robot import Robot, choose_window
app = WestUApp(server="http://127.0.0.1:9", home={str(tmp_path)!r}, threads=False)
app.home = __import__("pathlib").Path(app.home)
app._run_prepare()
print([name for name in {LATE!r} if name in sys.modules])
"""
    env = os.environ | {"KIVY_GL_BACKEND": "mock", "SDL_VIDEODRIVER": "dummy", "KIVY_NO_CONFIG": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr[-2000:]


def test_screens_that_are_left_and_shown_again_leave_no_widget_behind(show_app):
    from kivy.uix.widget import Widget

    from mobile.app import SCREENS

    shown = show_app()
    alive = []
    for _ in range(3):
        for name in SCREENS:
            shown.parts.nav.go(name, id=uuid.uuid4())
            shown.robot.frames(3)
        gc.collect()
        alive.append(sum(issubclass(type(one), Widget) for one in gc.get_objects()))
    assert alive[2] <= alive[1]
