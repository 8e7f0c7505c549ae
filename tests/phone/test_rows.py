"""Rows and their list: few are drawn, each as tall as its words, and each tap says which."""

import pytest

from tests import gallery


def heard(widget, event):
    calls = []
    widget.bind(**{event: lambda _widget, *args: calls.append(args)})
    return calls


def rows(count):
    return [
        {"key": number, "title": f"Row {number}", "subtitle": "x " * (number % 40)} for number in range(count)
    ]


def test_a_list_of_thousands_draws_a_few_and_says_which_was_tapped(kit, robot):
    listing = kit.RowList(rows=rows(5000))
    r = robot(listing)
    picked = heard(listing, "on_pick")
    r.settle()
    assert len(r.all(cls="Row")) < 30
    r.tap(text="Row 3")
    assert picked == [(3,)]


def test_rows_are_as_tall_as_their_words_also_when_used_again(kit, robot, caplog):
    listing = kit.RowList(rows=rows(200))
    r = robot(listing)
    for place in (1, 0.5, 0.2, 0.5, 1):
        listing.scroll_y = place
        r.settle()
        for row in r.all(cls="Row"):
            assert row.height == row.wanted_height
        assert r.clipped() == []
    kit.theme.text_scale = 2
    r.settle()
    assert all(row.height == row.wanted_height for row in r.all(cls="Row"))
    assert "too much iteration" not in caplog.text


@pytest.mark.parametrize("look", gallery.LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_a_whole_screen_comes_to_rest_uncut(kit, robot, look, caplog):
    gallery.wear(kit, look)
    screen = gallery.phone(kit, [], wide=False)
    r = robot(screen)
    listing = r.find(cls="RowList")
    for place in (1, 0.4, 0.7, 0):
        listing.scroll_y = place
        r.settle()
        assert r.clipped() == []
    assert "too much iteration" not in caplog.text  # Kivy's word for a layout that chases its own tail
    assert r.small_targets() == []


def test_a_row_used_again_keeps_nothing_of_its_former_self(kit, robot):
    listing = kit.RowList(rows=[{"key": 1, "title": "First", "badge": "New", "tone": "bad", "dot": True}])
    r = robot(listing)
    listing.rows = [{"key": 2, "title": "Second"}]
    r.settle()
    row = r.find(cls="Row")
    assert (row.title, row.badge, row.tone, row.dot, row.key) == ("Second", "", "neutral", False, 2)


def test_headings_stand_between_rows_and_are_not_tapped(kit, robot):
    picked = []
    rows = [{"heading": True, "title": "Today"}, {"key": 1, "title": "Closed", "dot": True}]
    rows += [{"heading": True, "title": "Nov 20"}, {"key": 2, "title": "Begun", "plain": True}]
    listing = kit.RowList(rows=rows)
    listing.bind(on_pick=lambda _, key: picked.append(key))
    r = robot(listing)
    r.settle()
    tops = [r.center(r.find(text=text))[1] for text in ("Today", "Closed", "Nov 20", "Begun")]
    r.tap(text="Today")
    r.tap(text="Begun")
    assert picked == [2]
    assert r.find(text="Closed", cls="Printed").bold and not r.find(text="Begun", cls="Printed").bold
    assert r.find(cls="Row").label.startswith("New, Closed")
    assert tops == sorted(tops, reverse=True)


def test_the_chosen_row_is_marked(kit, robot):
    listing = kit.RowList(rows=rows(5), chosen=2)
    r = robot(listing)
    r.settle()
    assert [row.key for row in r.all(cls="Row") if row.chosen] == [2]
    listing.chosen = 3
    r.settle()
    assert [row.key for row in r.all(cls="Row") if row.chosen] == [3]
