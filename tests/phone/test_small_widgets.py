"""Chips, parts that come and go, and a photo shown large."""

import pytest

from tests.robot import differs


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_chips_wrap_and_never_cut_their_words(kit, robot, scale):
    kit.theme.text_scale = scale
    box = kit.Chips()
    for words in ("Department", "Water, sewer and drainage", "Type"):
        box.add_widget(kit.Chip(text=words, icon="tag", opens=True, most=380))
    page = kit.ScrollPage()
    page.add_widget(box)
    r = robot(page)
    r.settle()
    assert (r.clipped(), r.small_targets(), r.nameless()) == ([], [], [])
    assert len(r.all(cls="Chip")) == 3


def test_what_is_hidden_takes_no_room_and_no_touch(kit, robot):
    taps = []
    part, below = kit.When(), kit.PushButton(text="Below")
    part.add_widget(kit.PushButton(text="Within", on_release=lambda *_: taps.append("within")))
    below.bind(on_release=lambda *_: taps.append("below"))
    page = kit.ScrollPage(flush=True)
    page.add_widget(part)
    page.add_widget(below)
    r = robot(page)
    r.tap(text="Within")
    at = r.center(r.find(text="Within"))

    part.shown = False
    r.settle()
    r.tap_at(*at)

    assert taps == ["within", "below"] and r.all(text="Within") == []


def test_a_photo_opens_over_everything_can_be_come_near_to_and_escape_closes_it(
    kit, robot, pixels, tmp_path, jpeg
):
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg("orange"))
    r = robot(kit.Text(text="Below"))
    keys = kit.Keys(lambda: False)
    view = kit.PhotoView(source=str(file))
    view.open()
    r.settle()
    whole = r.shot(tmp_path / "whole.png")

    view.enlarge(206, 446)
    r.frames(3)
    assert differs(whole, r.shot(tmp_path / "near.png")) > 0.1
    view.enlarge(206, 446)
    r.frames(3)
    assert differs(whole, r.shot(tmp_path / "far.png")) < 0.01

    r.back()
    keys.stop()
    assert view.parent is None
