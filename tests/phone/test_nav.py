"""The way through the app's screens."""

import sys
from types import ModuleType

import pytest

SCREENS = {
    "requests": "toy_screens:Listing",
    "inbox": "toy_screens:Plain",
    "request": "toy_screens:Detail",
    "photo": "toy_screens:Plain",
    "late": "toy_screens_late:Plain",
}


@pytest.fixture
def toys(kit, monkeypatch):
    from mobile.core.nav import Screen

    class Plain(Screen):
        def __init__(self, **kwargs):
            self.seen = []
            super().__init__(**kwargs)
            self.add_widget(kit.Text(text=f"this is {self.name}"))

        def on_enter(self, **args):
            self.seen.append(("enter", args))

        def on_leave(self):
            self.seen.append("leave")

    module = ModuleType("toy_screens")
    module.Listing = module.Detail = module.Plain = Plain
    monkeypatch.setitem(sys.modules, "toy_screens", module)
    return module


@pytest.fixture
def nav(kit, toys):
    from mobile.core.nav import Nav

    return Nav(SCREENS, ("requests", "inbox"), {"request": "requests"}, animated=False)


def test_a_screen_is_made_when_first_shown_and_kept(nav, robot):
    r = robot(nav)
    first = nav.go("requests")
    assert r.find(text="this is requests")
    nav.go("inbox")
    assert nav.panes() == ["inbox"]
    assert nav.go("requests") is first
    assert first.seen == [("enter", {}), "leave", ("enter", {})]
    with pytest.raises(ModuleNotFoundError, match="toy_screens_late"):
        nav.go("late")


def test_arguments_reach_the_screen(nav, robot):
    robot(nav)
    screen = nav.go("request", id="7")
    assert screen.args == {"id": "7"}
    assert screen.seen == [("enter", {"id": "7"})]
    nav.go("request", id="8")
    assert screen.seen[1:] == [("enter", {"id": "8"})]


def test_back_goes_up_the_path_then_home_then_says_no(nav, robot):
    robot(nav)
    nav.go("inbox")
    nav.go("request", id="7")
    nav.go("photo")
    assert nav.deep
    assert nav.back()
    assert (nav.current, nav.tab) == ("request", "inbox")
    assert nav.panes() == ["request"]
    assert nav.back()
    assert nav.current == "inbox"
    assert not nav.deep
    assert nav.back()
    assert nav.current == "requests"
    assert not nav.back()


def test_going_to_a_place_on_the_path_returns_to_it(nav, robot):
    robot(nav)
    for name in ("requests", "request", "photo", "request"):
        nav.go(name)
    nav.back()
    assert nav.current == "requests"


def test_a_deep_link_has_a_way_home(nav, robot):
    robot(nav)
    nav.go("request", id="7")
    assert nav.back()
    assert nav.current == "requests"


def test_a_wide_window_shows_the_list_beside_the_detail(nav, robot):
    r = robot(nav)
    nav.go("requests")
    detail = nav.go("request", id="7")
    assert nav.panes() == ["request"]
    assert not detail.beside
    r.resize(1280, 800)
    assert nav.panes() == ["requests", "request"]
    assert detail.beside
    listing = nav._screen("requests")
    assert listing.width == nav.list_width
    assert detail.x == listing.right
    before = list(listing.seen)
    nav.go("request", id="8")
    assert listing.seen == before
    r.resize(412, 892)
    assert nav.panes() == ["request"]
    assert nav.back()
    assert nav.panes() == ["requests"]


def test_escape_goes_back_and_a_sheet_goes_first(nav, robot, kit):
    r = robot(nav)
    keys = kit.Keys(nav.back)
    nav.go("requests")
    nav.go("request")
    sheet = kit.confirm("Really?", "", "Yes", lambda: None)
    r.back()
    assert sheet.parent is None
    assert nav.current == "request"
    r.back()
    assert nav.current == "requests"
    keys.stop()


def test_forgetting_leaves_no_screen_of_the_person(nav, robot):
    robot(nav)
    first = nav.go("requests")
    nav.forget()
    assert nav.panes() == []
    assert nav.go("requests") is not first


def test_each_screen_is_prepared_once(kit, toys, robot):
    from mobile.core.nav import Nav

    prepared = []
    nav = Nav(SCREENS, ("requests",), prepare=lambda screen: prepared.append(screen.name), animated=False)
    robot(nav)
    nav.go("requests")
    nav.go("photo")
    nav.go("requests")
    assert prepared == ["requests", "photo"]


def test_a_new_screen_fades_in(nav, robot):
    r = robot(nav)
    nav.animated = True
    screen = nav.go("requests")
    assert screen.opacity < 1
    r.until(lambda: screen.opacity == 1)
