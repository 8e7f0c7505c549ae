"""Keyboard and mouse on a desk: everything can be reached, seen to be reached, and done."""

import pytest

from tests.checks.car import full_car, put

TAB, ENTER, SPACE, UP, DOWN, LEFT, RIGHT = 9, 13, 32, 273, 274, 276, 275
DESK = (1366, 768)


@pytest.fixture
def desk(show_app, kit, tmp_path, jpeg):
    """The app on a desk: a wide window, no idea where it stands, a folder of pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg())
    shown = show_app(pictures=folder)
    kit.theme.motion = False
    shown.robot.resize(*DESK)
    shown.robot.settle()
    return shown


def label_of(widget):
    return getattr(widget, "label", "")


def focused():
    from mobile.widgets import keys

    return keys.focus()


def tab_to(shown, label, *, most=60):
    """Press Tab until what is called so has the focus; what has it can be seen each time."""
    robot = shown.robot
    for _ in range(most):
        robot.key(TAB)
        now = focused()
        assert now is not None and robot.visible(now), label_of(now)
        if label_of(now).startswith(label):
            return now
    raise AssertionError(f"Tab does not reach {label!r}")


def press(shown, label):
    """Go there by Tab, and press Enter."""
    tab_to(shown, label)
    shown.robot.key(ENTER)
    shown.robot.settle()


def test_a_report_is_made_with_the_keyboard_alone(desk):
    robot, parts = desk.robot, desk.parts
    press(desk, "Report something")
    model = parts.nav.children[0].model
    press(desk, "Take a photo")
    robot.until(lambda: model.photos)
    robot.settle()
    press(desk, "Continue")
    assert model.step == "place"
    tab_to(desk, "Address, corner or place")
    robot.type("3800 univ blvd")
    robot.until(lambda: model.place.hits)
    robot.settle()
    robot.key(TAB)  # over the cross that empties the line, to what was found
    tab_to(desk, "3800 University")
    robot.key(ENTER)
    robot.until(lambda: model.place.near)
    robot.settle()
    press(desk, "Continue")
    assert model.step == "type"
    tab_to(desk, "For example")
    robot.type("hole in road")
    robot.until(lambda: [row["key"] for row in model.type.rows] == ["pothole"])
    robot.settle()
    press(desk, "Pothole or damaged street")
    assert model.step == "words"
    tab_to(desk, "What should we know?")
    robot.type("Deep one")
    press(desk, "Continue")
    press(desk, "Send")
    assert [one.value["description"] for one in parts.store.view("service_request")] == ["Deep one"]
    assert parts.nav.current == "requests"


def test_a_check_is_done_with_the_keyboard_alone(desk, make):
    robot, parts = desk.robot, desk.parts
    ann = make.person("ann", role="crew", department="police")
    desk.sign_in(ann)
    put(parts.store, full_car(ann.id))
    parts.nav.go("due")
    robot.settle()
    tab_to(desk, "Scan")
    robot.type("WU-0100")
    robot.key(ENTER)
    robot.settle()
    assert parts.nav.current == "check_run"
    model = parts.nav.children[0].model
    press(desk, "All here")
    while model.step == "thing":
        row = next((one for one in model.rows if one["by_hand"] and not one["value"]), None)
        if row is None:
            press(desk, "All pass" if model.untouched else "Go on")
        elif row["scans"]:
            tab_to(desk, "Scan it")
            robot.type(model.part.thing.tag)
            robot.key(ENTER)
            robot.settle()
        else:
            press(desk, f"{row['title']}: {row['values'][0]}")
    press(desk, "Sign with my name")
    assert model.signature
    press(desk, "Finish")
    assert parts.nav.current == "due"
    [change] = [one for one in parts.store.outbox() if one.kind == "check"]
    assert change.body["signature"]


def test_tab_goes_through_every_screen_and_its_ring_can_be_seen_everywhere(desk, alice):
    desk.sign_in(alice)
    for name in ("requests", "inbox", "more", "sign_in", "sign_up", "password", "claim", "move", "waiting"):
        desk.parts.nav.go(name)
        desk.robot.settle()
        seen = []
        while not seen or focused() not in seen:
            seen += [focused()] if seen or focused() else []
            desk.robot.key(TAB)
            assert desk.robot.visible(focused()), (name, label_of(focused()))
            if focused() is seen[0] if seen else False:
                break
            assert len(seen) < 80
        from mobile.widgets import keys

        assert {label_of(one) for one in keys.stops()} <= {label_of(one) for one in seen}, name
        focused().focus = False


def test_escape_closes_what_is_on_top_then_goes_back(desk):
    parts = desk.parts
    parts.nav.go("more")
    parts.nav.go("move")
    from mobile.widgets.sheet import confirm

    confirm("Sure?", "", "Yes", bool)
    desk.robot.back()
    assert not desk.robot.all(cls="ConfirmSheet")
    assert parts.nav.current == "move"
    desk.robot.back()
    assert parts.nav.current == "more"


@pytest.fixture
def listed(kit, robot):
    """A long list, with the keys at work; gives the robot, the list and what was picked."""
    rows = kit.RowList(rows=[{"key": number, "title": f"Row {number}"} for number in range(200)])
    keys, picked = kit.Keys(lambda: False), []
    rows.bind(on_pick=lambda _, key: picked.append(key))
    kit.theme.motion = False
    r = robot(rows)
    r.settle()
    yield r, rows, picked
    keys.stop()


def test_arrows_go_down_and_up_a_list_as_far_as_it_reaches_and_enter_picks(listed):
    r, _, picked = listed
    r.key(UP)
    assert focused() is None
    for number in range(30):
        r.key(DOWN)
        assert (focused().key, r.visible(focused())) == (number, True)
    r.key(UP)
    r.key(ENTER)
    assert picked == [28]
    for _ in range(40):
        r.key(UP)
    assert focused().key == 0


def test_arrows_go_along_segments_and_choices_but_never_out_of_a_line_that_is_written_in(kit, robot):
    from tests import gallery

    options = [{"key": key, "text": key} for key in ("One", "Two")]
    segmented, field = kit.Segmented(options=options, value="One"), kit.Field(label="Words")
    keys = kit.Keys(lambda: False)
    r = robot(gallery.page_of(kit, [segmented, field], flush=False))
    r.key(TAB)
    r.key(RIGHT)
    r.key(SPACE)
    assert segmented.value == "Two"
    r.key(RIGHT)
    assert focused().label == "Two"
    r.key(LEFT)
    assert focused().label == "One"
    field.take_focus()
    for part in segmented.children:
        part.focus = False
    r.key(DOWN)
    assert field.ids.line.focus
    keys.stop()


def test_the_wheel_scrolls_a_list_and_zooms_nothing_else(listed):
    from kivy.tests.common import UnitTestTouch

    r, rows, picked = listed
    touch = UnitTestTouch(200, 400)
    touch.button = "scrollup"  # Kivy's name for turning the wheel towards oneself
    touch.profile.append("button")
    before = rows.scroll_y
    for _ in range(3):
        touch.touch_down()
        touch.touch_up()
        r.frames(3)
    assert rows.scroll_y < before
    assert picked == []


def test_what_lies_under_the_mouse_shows_it_and_no_longer_than_that(kit, robot):
    from mobile.widgets.pointer import Pointer
    from tests import gallery

    send, gone = kit.PushButton(text="Send"), kit.PushButton(text="Gone", disabled=True)
    r = robot(gallery.page_of(kit, [send, gone], flush=False))
    r.settle()
    pointer = Pointer()
    for widget, hovered in ((send, True), (gone, False), (send, True)):
        r.win.mouse_pos = r.center(widget)
        assert (send.hovered, gone.hovered) == (hovered, False)
    sheet = kit.confirm("Sure?", "", "Yes", bool)
    r.settle()
    r.win.mouse_pos = (r.center(send)[0], r.center(send)[1] + 1)
    assert not send.hovered  # what is below a sheet can't be clicked
    sheet.dismiss()
    r.win.mouse_pos = r.center(send)
    assert send.hovered
    pointer.stop()
    assert not send.hovered
