"""The kit: what each widget does, and that nothing is cut at any text size."""

import pytest

from tests import gallery
from tests.robot import differs

ENTER, SPACE, TAB = 13, 32, 9


@pytest.mark.parametrize("look", gallery.LOOKS, ids=lambda look: "-".join(map(str, look)))
@pytest.mark.parametrize("page", gallery.PAGES)
def test_nothing_is_cut_and_everything_can_be_hit_and_named(kit, robot, tmp_path, page, look):
    make, flush = gallery.PAGES[page]
    gallery.wear(kit, look)
    r = robot(gallery.page_of(kit, make(kit, gallery.illustrations(tmp_path)), flush))
    r.settle()
    assert r.clipped(beyond=True) == []
    assert r.small_targets(beyond=True) == []
    assert r.nameless(beyond=True) == []


@pytest.mark.parametrize("name", gallery.OVERLAYS)
@pytest.mark.parametrize("look", gallery.LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_what_comes_over_the_screen_fits_it(kit, robot, name, look):
    gallery.wear(kit, look)
    r = robot(kit.Text())
    gallery.OVERLAYS[name](kit)
    r.settle()
    assert r.clipped() == []
    assert r.small_targets() == []


def test_text_size_and_language_change_what_is_on_the_screen(kit, robot):
    row = kit.Row(title="Deep pothole in the right lane", subtitle="Here", badge="Received")
    steps = kit.Steps(step=2, count=5)
    page = kit.ScrollPage()
    page.add_widget(row)
    page.add_widget(steps)
    r = robot(page)
    r.settle()
    before = row.height
    kit.theme.text_scale = 2
    kit.words.language = "es"
    r.settle()
    assert row.height > 1.4 * before
    assert r.find(text="Paso 2 de 5")


def test_dark_is_drawn_dark(kit, robot, pixels, tmp_path):
    r = robot(gallery.page_of(kit, [kit.PushButton(text="Send")], flush=False))
    light = r.shot(tmp_path / "light.png")
    assert differs(light, r.shot(tmp_path / "again.png")) == 0
    kit.theme.mode = "dark"
    assert differs(light, r.shot(tmp_path / "dark.png")) > 0.9


def test_a_change_of_theme_leaves_each_text_its_own_style(kit, robot):
    entry = kit.TimelineEntry(title="Received", time="Nov 23", words="We will look.")
    r = robot(gallery.page_of(kit, [entry], flush=False))
    kit.theme.text_scale, kit.theme.mode = 2, "dark"
    title, time = r.find(text="Received", cls="Text"), r.find(text="Nov 23", cls="Text")
    assert (title.font_size, tuple(title.color)) == (kit.theme.body, tuple(kit.theme.text))
    assert (time.font_size, tuple(time.color)) == (kit.theme.small, tuple(kit.theme.muted))
    title.color = (1, 0, 0, 1)
    kit.theme.mode = "light"
    assert tuple(title.color) == (1, 0, 0, 1)


def heard(widget, event):
    calls = []
    widget.bind(**{event: lambda _widget, *args: calls.append(args)})
    return calls


def test_a_button_tells_of_a_tap_but_not_while_it_is_busy_or_disabled(kit, robot):
    button = kit.PushButton(text="Send")
    r = robot(gallery.page_of(kit, [button], flush=False))
    taps = heard(button, "on_release")
    r.tap(text="Send")
    assert len(taps) == 1
    button.busy = True
    r.tap(button)
    button.trigger()
    button.busy, button.disabled = False, True
    r.tap(button)
    button.trigger()
    assert len(taps) == 1


def test_the_keyboard_reaches_everything_in_reading_order(kit, robot):
    first, second = kit.PushButton(text="First"), kit.PushButton(text="Second", disabled=True)
    field, toggle = kit.Field(label="Words"), kit.Toggle(title="Tell me")
    r = robot(gallery.page_of(kit, [first, second, field, toggle], flush=False))
    keys = kit.Keys(lambda: False)
    taps, changes = heard(first, "on_release"), heard(toggle, "on_change")
    r.key(TAB)
    assert first.focus
    r.key(ENTER)
    assert len(taps) == 1
    r.key(TAB)
    assert field.ids.line.focus
    r.type("hole")
    assert field.text == "hole"
    r.key(TAB)
    assert toggle.focus
    assert not field.ids.line.focus
    r.key(SPACE)
    assert changes == [(True,)]
    r.key(TAB, "shift")
    assert field.ids.line.focus
    r.tap(first)
    assert not first.focus
    keys.stop()


def test_focus_stays_within_an_open_sheet(kit, robot):
    below = kit.PushButton(text="Below")
    r = robot(gallery.page_of(kit, [below], flush=False))
    keys = kit.Keys(lambda: False)
    sheet = kit.confirm("Delete?", "", "Delete", lambda: None)
    r.settle()
    seen = set()
    for _ in range(4):
        r.key(TAB)
        seen |= {widget.label for widget in r.all(cls="PushButton") if widget.focus}
    assert seen == {"Cancel", "Delete"}
    assert not below.focus
    sheet.dismiss()
    keys.stop()


def test_what_gets_the_focus_is_scrolled_into_view(kit, robot):
    buttons = [kit.PushButton(text=f"Button {number}") for number in range(40)]
    r = robot(gallery.page_of(kit, buttons, flush=False))
    keys = kit.Keys(lambda: False)
    r.key(TAB, "shift")
    assert buttons[-1].focus
    r.until(lambda: r.visible(buttons[-1]))
    keys.stop()


def test_a_field_keeps_its_limit_counts_and_forgets_its_error_when_written_in(kit, robot):
    field = kit.Field(label="Words", most=10, error="Too short")
    r = robot(gallery.page_of(kit, [field], flush=False))
    assert r.find(text="Too short")
    r.type("abcdefghijkl", cls="WritingLine")
    assert field.text == field.ids.line.text == "abcdefghij"
    assert field.error == ""
    assert r.find(text="0 characters left")
    field.text = "abc"
    assert field.ids.line.text == "abc"


def test_a_password_is_hidden_until_asked_for(kit, robot):
    field = kit.Field(label="Password", kind="password", text="horse")
    r = robot(gallery.page_of(kit, [field], flush=False))
    assert field.ids.line.password
    r.tap(text="Show password")
    assert not field.ids.line.password
    r.tap(text="Hide password")
    assert field.ids.line.password


def test_a_search_waits_for_a_pause_and_enter_does_not(kit, robot):
    search = kit.SearchField()
    r = robot(gallery.page_of(kit, [search], flush=False))
    asked = heard(search, "on_search")
    r.type("pot", cls="WritingLine")
    assert asked == []
    r.until(lambda: asked == [("pot",)])
    search.text = "pothole"
    search.search()
    assert asked[1:] == [("pothole",)]
    r.tap(text="Clear")
    assert asked[2:] == [("",)]


def test_choosing_marks_one_and_says_which(kit, robot):
    options = [{"key": "a", "title": "Road"}, {"key": "b", "title": "Water"}]
    choices = kit.ChoiceList(options=options)
    parts = kit.Segmented(options=[{"key": 1, "text": "One"}, {"key": 2, "text": "Two"}], value=1)
    r = robot(gallery.page_of(kit, [choices, parts], flush=False))
    chosen, changed = heard(choices, "on_choose"), heard(parts, "on_choose")
    r.tap(text="Water")
    r.tap(text="Two")
    assert (chosen, choices.value) == ([("b",)], "b")
    assert (changed, parts.value) == ([(2,)], 2)
    assert [choice.on for choice in choices.children] == [True, False]


def test_segments_stack_where_they_do_not_fit(kit, robot):
    words = ("A rather long choice", "Another long choice", "The third of them")
    parts = kit.Segmented(options=[{"key": word, "text": word} for word in words])
    r = robot(gallery.page_of(kit, [parts], flush=False))
    assert parts.stacked
    r.resize(1200, 800)
    assert not parts.stacked


def test_a_switch_turns_with_a_tap(kit, robot):
    toggle = kit.Toggle(title="Tell me")
    r = robot(gallery.page_of(kit, [toggle], flush=False))
    kit.theme.motion = True
    r.tap(text="Tell me")
    assert toggle.active
    r.until(lambda: toggle.knob == 1)
    kit.theme.motion = False
    r.tap(text="Tell me")
    assert toggle.knob == 0


def test_photos_are_added_opened_and_removed(kit, robot, tmp_path):
    source = gallery.illustrations(tmp_path)[0]
    strip = kit.PhotoStrip(photos=[{"key": "a", "source": source}], editable=True, most=2)
    r = robot(gallery.page_of(kit, [strip], flush=False))
    added, opened, removed = heard(strip, "on_add"), heard(strip, "on_open"), heard(strip, "on_remove")
    r.tap(text="Add photo")
    r.tap(text="Photo 1")
    r.tap(text="Remove photo 1")
    assert (added, opened, removed) == ([()], [("a",)], [("a",)])
    strip.photos = [{"key": "a", "source": source}, {"key": "b", "source": "/no/such/file.jpg"}]
    r.settle()
    assert not r.all(text="Add photo")
    assert [picture.missing for picture in r.all(cls="Picture")] == [False, True]


def test_the_verdict_is_said_once_per_tap(kit, robot):
    verdict = kit.Verdict(question="Was it fixed?")
    r = robot(gallery.page_of(kit, [verdict], flush=False))
    said = heard(verdict, "on_answer")
    r.tap(text="Not fixed")
    assert (said, verdict.value) == ([("not_fixed",)], "not_fixed")


def test_a_banner_takes_no_room_when_it_has_nothing_to_say(kit, robot):
    banner = kit.Banner(kind="refused", text="Closed in the meantime.", action_text="See why")
    r = robot(gallery.page_of(kit, [banner], flush=True))
    asked = heard(banner, "on_action")
    assert banner.height > 40
    r.tap(text="See why")
    assert asked == [()]
    banner.text = ""
    r.settle()
    assert banner.height == 0
    assert not r.all(text="See why")


def test_a_question_calls_only_after_yes(kit, robot):
    r = robot(kit.Text())
    done = []
    kit.confirm("Delete?", "It is gone then.", "Delete", lambda: done.append(1))
    r.settle()
    r.tap(text="Cancel")
    r.settle()
    assert (done, r.all(cls="ConfirmSheet")) == ([], [])
    kit.confirm("Delete?", "It is gone then.", "Delete", lambda: done.append(1))
    r.settle()
    r.tap(text="Delete")
    assert done == [1]


def test_a_sheet_keeps_touches_from_what_lies_below_and_goes_with_one_beside_it(kit, robot):
    button = kit.PushButton(text="Below")
    r = robot(gallery.page_of(kit, [button], flush=False))
    taps = heard(button, "on_release")
    kit.theme.motion = True
    sheet = kit.Sheet(title="Note")
    gone = heard(sheet, "on_dismiss")
    sheet.open()
    r.settle()
    r.tap(button)
    assert (taps, len(gone)) == ([], 1)
    r.until(lambda: sheet.parent is None)
    r.tap(button)
    assert len(taps) == 1


def test_a_newer_snackbar_takes_the_place_of_the_older(kit, robot):
    r = robot(kit.Text())
    undone = []
    kit.snack("Saved")
    kit.snack("Deleted", "Undo", lambda: undone.append(1))
    r.settle()
    assert not r.all(text="Saved")
    r.tap(text="Undo")
    assert undone == [1]
    assert not r.all(text="Deleted")


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_snackbar_covers_no_footer_of_the_screen_that_is_shown_below_it(kit, robot, scale):
    from kivy.uix.boxlayout import BoxLayout

    kit.theme.text_scale = scale
    screen, bar = BoxLayout(orientation="vertical"), kit.BottomBar()
    for words in ("Report something", "Cancel"):
        bar.add_widget(kit.PushButton(text=words))
    screen.add_widget(kit.ScrollPage())
    screen.add_widget(bar)
    tabs = kit.TabBar(tabs=[{"name": name, "icon": "map", "text": name.title()} for name in ("map", "inbox")])
    frame = kit.Frame(content=screen, tabs=tabs)
    r = robot(frame)
    said = kit.snack("Sent").children[0]
    r.settle()
    above_both = said.y
    assert above_both > bar.top > tabs.top

    screen.remove_widget(bar)
    r.until(lambda: above_both > said.y > tabs.top)

    r.resize(1280, 800)
    assert tabs.rail
    r.until(lambda: said.y < 100)


def test_tabs_say_which_was_tapped_and_move_to_the_side_of_a_wide_window(kit, robot):
    from mobile.core.nav import Nav

    tabs = kit.TabBar(tabs=[{"name": name, "icon": "map", "text": name.title()} for name in ("map", "inbox")])
    frame = kit.Frame(content=Nav({}, ("map",)), tabs=tabs)
    r = robot(frame)
    chosen = heard(tabs, "on_select")
    r.tap(text="Inbox")
    assert chosen == [("inbox",)]
    assert tabs.top < 200
    r.resize(1280, 800)
    assert tabs.rail
    assert tabs.height == 800
    assert tabs.width < 150
    assert frame.content.x == tabs.right
    assert tabs.children[-1].top > 700
    assert r.clipped() == []
    frame.bare = True
    r.frames(2)
    assert frame.content.size == frame.size


def test_the_system_s_edges_stay_clear(kit, robot):
    bar, bottom = kit.AppBar(title="Here"), kit.BottomBar()
    bottom.add_widget(kit.PushButton(text="Go"))
    r = robot(gallery.page_of(kit, [bar, bottom], flush=True))
    heights = bar.height, bottom.height
    kit.theme.inset_top, kit.theme.inset_bottom = 30, 20
    r.settle()
    assert (bar.height - heights[0], bottom.height - heights[1]) == (30, 20)
    kit.theme.inset_top = kit.theme.inset_bottom = 0


def test_waiting_shapes_stand_still_for_those_who_want_no_motion(kit, robot):
    shapes, arc = kit.Skeleton(rows=3), kit.Busy()
    r = robot(gallery.page_of(kit, [shapes, arc], flush=False))
    r.frames(5)
    assert (shapes.glow, arc.turn) == (1, 0)
    kit.theme.motion = True
    r.until(lambda: shapes.glow < 1 and arc.turn > 0)
    shapes.active = False
    r.settle()
    assert shapes.height == 0
