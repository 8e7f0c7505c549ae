"""Motion can be turned off, by the person and by the device: then everything is at once where it belongs."""

import pytest

from tests.looks.scenes import moving


@pytest.fixture
def still(kit):
    """A function that says whether nothing moves: no animation, and no box changes from frame to frame."""

    def check(robot):
        robot.frames(2)
        at_once = moving()
        robot.frames(10)  # a screen that is new is laid out in some frames: that is no movement
        before = boxes(robot)
        robot.frames(12)
        return at_once == moving() == [] and boxes(robot) == before

    return check


def boxes(robot):
    return [
        (type(w).__name__, tuple(w.pos), tuple(w.size), w.opacity)
        for root in robot.win.children
        for w in root.walk(restrict=True)
    ]


def things(kit):
    """Everything of the kit that can move, and what sets it moving."""
    toggle, button, skeleton = kit.Toggle(title="Tell me"), kit.PushButton(text="Send"), kit.Skeleton()
    return (
        [toggle, button, skeleton, kit.PushButton(text="Busy", busy=True)],
        [
            lambda: setattr(toggle, "active", not toggle.active),
            lambda: kit.snack("Saved", "Undo"),
            lambda: kit.confirm("Sure?", "", "Yes", lambda: None),
        ],
    )


def test_with_motion_off_nothing_of_the_kit_moves_and_with_it_on_each_does(kit, robot, still):
    from tests import gallery

    for motion in (False, True):
        kit.theme.motion = motion
        widgets, acts = things(kit)
        r = robot(gallery.page_of(kit, widgets, flush=False))
        for act in acts:
            act()
            if motion:
                r.frames(2)
                assert moving()
            else:
                assert still(r)
        for overlay in r.win.children[:-1]:
            overlay.dismiss()
        assert motion or still(r)
        r.close()


def test_with_motion_off_screens_sheets_and_the_map_jump(show_app, kit, still):
    shown = show_app()
    shown.robot.settle()  # the first screen came in while motion was wanted
    kit.theme.motion = False
    for name in ("inbox", "more", "sign_in", "requests"):
        shown.parts.nav.go(name)
        assert still(shown.robot)
    shown.parts.nav.go("report").model.begin()
    shown.screen = shown.parts.nav.children[0]
    shown.screen.model._go("place")
    shown.robot.frames(3)
    ground = shown.screen._step.map
    before = ground.zoom
    ground.zoom_in()
    assert ground.zoom == before + 1
    shown.robot.frames(3)
    assert (ground.zoom, moving()) == (before + 1, [])


def test_a_new_screen_fades_in_only_where_motion_is_wanted(show_app, kit):
    shown = show_app()
    for motion in (True, False):
        kit.theme.motion = motion
        shown.parts.nav.go("inbox")
        assert (shown.parts.nav.children[0].opacity < 1) is motion
        shown.parts.nav.go("requests")


def test_a_device_that_wants_no_motion_has_none_whatever_is_chosen(kit):
    kit.theme.motion = True
    kit.theme.system_still = True
    assert not kit.theme.motion
    kit.theme.motion = True
    assert not kit.theme.motion
    kit.theme.system_still = False
    kit.theme.motion = True
    assert kit.theme.motion


def test_the_choice_is_on_the_screen_you_and_is_kept(show_app, kit):
    shown = show_app()
    screen = shown.parts.nav.go("more")
    screen.choose(motion=False)
    assert not kit.theme.motion and not shown.parts.nav.animated
    shown.robot.close()
    again = show_app()
    assert not kit.theme.motion and not again.parts.nav.animated
