"""Colours that read, sizes that follow the person."""

import gc
import threading
import weakref

import pytest

from mobile.widgets.contrast import contrast
from mobile.widgets.palette import PALETTES, SHAPE_PAIRS, TEXT_PAIRS


@pytest.mark.parametrize("mode", PALETTES)
def test_every_text_reads_on_every_ground_that_it_may_stand_on(mode):
    colours = PALETTES[mode]
    poor = {
        pair: ratio for pair in TEXT_PAIRS if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("mode", PALETTES)
def test_every_outline_can_be_told_from_its_ground(mode):
    colours = PALETTES[mode]
    poor = {
        pair: ratio for pair in SHAPE_PAIRS if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 3
    }
    assert poor == {}


def test_contrast_is_what_wcag_says():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#FFFFFF") == 1
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_both_looks_have_the_same_colours():
    assert PALETTES["light"].keys() == PALETTES["dark"].keys()


def test_the_look_follows_the_device_until_the_person_chooses(kit):
    kit.theme.mode = "system"
    assert not kit.theme.dark
    kit.theme.system_dark = True
    dark = tuple(kit.theme.bg)
    assert kit.theme.dark
    kit.theme.mode = "light"
    assert tuple(kit.theme.bg) != dark
    kit.theme.system_dark = False


def test_text_size_stays_between_one_and_two(kit):
    kit.theme.text_scale = 9
    assert kit.theme.text_scale == 2
    kit.theme.text_scale = 0.1
    assert kit.theme.text_scale == 1


def test_a_widget_that_was_taken_away_is_not_collected_in_the_middle_of_a_change_of_theme(kit):
    collecting = []
    follow = lambda *_: collecting.append(gc.isenabled())  # noqa: E731 - bound below
    kit.theme.bind(surface=follow, body=follow)
    kit.words.bind(t=follow)
    kit.theme.mode, kit.theme.text_scale, kit.words.language = "dark", 2.0, "es"
    kit.theme.unbind(surface=follow, body=follow)
    kit.words.unbind(t=follow)
    assert (collecting, gc.isenabled()) == ([False, False, False], True)


def test_a_change_of_theme_waits_for_what_another_thread_is_collecting(kit):
    from mobile.core.kv import nothing_collected

    class Gone:
        """Something in a ring, as a widget and its children are."""

    begun, go_on, gone = threading.Event(), threading.Event(), Gone()
    gone.ring = gone
    _dead = weakref.ref(gone, lambda _: (begun.set(), go_on.wait(5)))
    del gone
    other = threading.Thread(target=gc.collect)
    other.start()
    assert begun.wait(5)  # dead by now, and its rules not yet unbound
    threading.Timer(0.2, go_on.set).start()
    with nothing_collected():
        assert go_on.is_set()
    other.join()


def test_what_follows_the_theme_or_the_words_is_forgotten_with_its_widget(kit):
    from kivy.base import EventLoop

    from mobile.checks.rows import RowBox

    def followers():
        EventLoop.idle()  # what waits for the next frame holds its widget
        gc.collect()
        told = (kit.theme, ("surface", "text", "body", "text_scale", "focus")), (kit.words, ("t", "language"))
        return [len(list(of.get_property_observers(name))) for of, names in told for name in names]

    def made():
        return RowBox(rows=[{"key": "boots", "title": "Boots", "values": ["yes", "no"], "badge": "Open"}])

    made()
    before = followers()
    boxes = [made() for _ in range(3)]
    assert all(now > then for now, then in zip(followers(), before, strict=True))
    boxes.clear()
    assert followers() == before
