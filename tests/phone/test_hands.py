"""What hands do: signing, scanning, answering with gloves on."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from mobile.core.device.wedge import Wedge
from mobile.core.strokes import LETTERS, name_written, strokes_of, written
from shared_models.custody import Signature

ENTER = 13
PATH = next(part for part in Signature.__metadata__ if hasattr(part, "regex")).regex


def page_with(kit, *made):
    page = kit.ScrollPage()
    for one in made:
        page.add_widget(one)
    return page


def heard(widget, event):
    calls = []
    widget.bind(**{event: lambda _widget, *args: calls.append(*args or ((),))})
    return calls


# ── signing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_drawn_on_the_page_is_path_data_of_the_wire_and_does_not_scroll(kit, robot):
    pad = kit.SignPad(name="Ann Lee")
    page = page_with(kit, pad, *(kit.PushButton(text=f"Button {n}") for n in range(20)))
    r = robot(page)
    r.settle()
    told, x, y = heard(pad, "on_sign"), *r.center(pad.ids.pad)
    r.swipe(x - 100, y - 30, x + 100, y + 40)
    r.swipe(x, y + 40, x + 20, y - 40)
    r.tap_at(x + 150, y)

    assert page.scroll_y == 1 and told[-1] == pad.path
    assert PATH.match(pad.path) and len(strokes_of(pad.path)) == 3
    (x0, y0), *_, (x1, y1) = strokes_of(pad.path)[0]
    assert x0 < x1 and y0 > y1, "x runs right and y down"
    r.tap(text="Clear")
    assert pad.path == "" and told[-1] == "" and r.find(text="Sign here with a finger")


def test_a_touch_beside_the_pad_scrolls_the_page(kit, robot):
    pad = kit.SignPad(name="Ann Lee")
    page = page_with(kit, pad, *(kit.Text(text=f"Line {n}") for n in range(80)))
    r = robot(page)
    r.swipe(200, 200, 200, 500)
    r.settle()
    assert page.scroll_y < 1 and pad.path == ""


def test_who_can_not_draw_signs_by_name_and_a_stroke_begins_anew(kit, robot):
    pad = kit.SignPad(name="Íñigo Núñez-O'Brien")
    r = robot(page_with(kit, pad))
    keys = kit.Keys(lambda: False)
    r.key(9)
    r.key(ENTER)
    assert pad.by_name and PATH.match(pad.path) and 200 < len(pad.path) < 4000
    x, y = r.center(pad.ids.pad)
    r.swipe(x - 50, y, x + 50, y)
    assert not pad.by_name and len(strokes_of(pad.path)) == 1
    keys.stop()


def test_a_signature_stays_small_however_long_the_pen_moves():
    def scribble(turns):
        return [
            (500 + (n * 37) % 400 * (-1) ** n / 1.1, 200 + (n * 53) % 190 * (-1) ** n) for n in range(turns)
        ]

    usual = [[(n, 200 + (n * n // 7) % 30) for n in range(0, 900, 3)]]
    assert len(written(usual)) < 4000
    for turns in (10, 1000, 20_000):
        path = written([scribble(turns)] * 3)
        assert len(path) <= 12_000 and (not path or PATH.match(path))
    assert written([]) == "" and written([[(-5, 999)]]) == "M0 400L0 400"


@pytest.mark.parametrize(
    "name", ["Ann", "Ann Lee", "Maximiliana Hohenzollern-Sigmaringen von Example", "李", "O" * 80]
)
def test_a_written_name_fits_the_box(name):
    path = name_written(name)
    assert PATH.match(path) and len(path) < 4000
    spots = [spot for stroke in strokes_of(path) for spot in stroke]
    assert min(x for x, _ in spots) >= 20 and max(x for x, _ in spots) <= 980
    assert min(y for _, y in spots) >= 0 and max(y for _, y in spots) <= 400
    assert name_written("  ") == ""


def test_each_letter_is_on_its_grid():
    for strokes in LETTERS.values():
        assert all(re.fullmatch(r"([0-4][0-7]){2,}", stroke) for stroke in strokes.split())


# ── scanning ─────────────────────────────────────────────────────────────────────────────────────────────


class Hands:
    """Presses keys at a pace."""

    def __init__(self):
        self.now = 100.0
        self.wedge = Wedge(lambda: self.now)

    def press(self, letters, pace):
        for letter in letters:
            self.now += pace
            self.wedge.key(letter.lower(), shift=letter.isupper())
        self.now += pace
        return self.wedge.enter()


def test_fast_keys_that_end_with_enter_are_a_code_and_typing_is_not():
    assert Hands().press("WU-0042", 0.005) == "WU-0042"
    assert Hands().press("WU-0042", 0.09) == ""
    assert Hands().press("abc", 0.005) == "", "three keys under a rolling hand"
    hands = Hands()
    hands.press("typed", 0.12)
    hands.now += 1
    assert hands.press("WU-7777", 0.01) == "WU-7777"
    hands.wedge.key("x")
    hands.now += 5
    assert hands.press("WU-8888", 0.01) == "WU-8888", "what was typed before is no part of it"


def test_text_that_follows_a_key_is_right_and_not_doubled():
    hands = Hands()
    for key, text in zip("https;//x", "https://x", strict=True):
        hands.now += 0.004
        hands.wedge.key(key)
        hands.wedge.text(text)
    assert hands.wedge.enter() == "https://x"


def scan(r, code):
    """As a keyboard scanner: keys, their texts, Enter."""
    for letter in code:
        r.win.dispatch("on_key_down", ord(letter.lower()), 0, None, ["shift"] if letter.isupper() else [])
        r.win.dispatch("on_textinput", letter)
    r.win.dispatch("on_key_down", ENTER, 0, None, [])
    r.frames(2)


def test_a_keyboard_scanner_is_heard_with_nothing_focused_and_in_another_line(kit, robot):
    field, note = kit.ScanField(), kit.Field(label="Note", multiline=True)
    r = robot(page_with(kit, field, note))
    codes = heard(field, "on_code")
    scan(r, "WU-0042")
    assert codes == ["WU-0042"] and field.text == ""

    r.tap(note.ids.line)
    note.text = "Screen is "
    scan(r, "WU-0043")
    assert codes[1:] == ["WU-0043"] and note.text == "Screen is ", "and taken out again where it was written"

    r.tap(field.ids.line)
    scan(r, "WU-0044")
    assert codes[2:] == ["WU-0044"] and field.text == ""


def test_what_somebody_types_is_never_swallowed(kit, robot):
    field, note = kit.ScanField(), kit.Field(label="Note", multiline=True)
    clock = [0.0]
    field.wedge.now = lambda: clock[0]
    r = robot(page_with(kit, field, note))
    codes, wanted = heard(field, "on_code"), "radio dead"
    r.tap(note.ids.line)
    for letter in wanted:
        clock[0] += 0.07
        r.win.dispatch("on_key_down", ord(letter), 0, None, [])
        r.win.dispatch("on_textinput", letter)
    clock[0] += 0.07
    r.key(ENTER)
    assert note.text.startswith(wanted) and codes == []

    r.tap(field.ids.line)
    for letter in "r-12":
        clock[0] += 0.2
        r.type(letter)
    clock[0] += 0.2
    r.key(ENTER)
    assert codes == ["r-12"], "typed into the field itself and ended by Enter"


def test_a_field_below_a_sheet_or_on_a_left_screen_hears_no_scanner(kit, robot):
    field = kit.ScanField()
    page = page_with(kit, field)
    r = robot(page)
    codes = heard(field, "on_code")
    sheet = kit.Sheet(title="Which?")
    within = kit.ScanField()
    sheet.add_widget(within)
    sheet.open()
    r.settle()
    inner = heard(within, "on_code")
    scan(r, "WU-0042")
    assert (codes, inner) == ([], ["WU-0042"])
    sheet.dismiss()
    r.settle()
    page.clear_content()
    scan(r, "WU-0043")
    assert (codes, inner) == ([], ["WU-0042"])


def test_the_camera_reads_qr_and_code_128_from_a_folder(kit, robot, tmp_path):
    import zxingcpp
    from PIL import Image

    from mobile.core.device.scanner import FolderScanner

    for name, kind, words in (("a", "QRCode", "https://city.test/t/WU-0042"), ("b", "Code128", "WU-0043")):
        made = zxingcpp.create_barcode(words, getattr(zxingcpp.BarcodeFormat, kind))
        Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=3)).save(tmp_path / f"{name}.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "c.png")

    field = kit.ScanField(scanner=FolderScanner(tmp_path), keeps=True)
    r = robot(page_with(kit, field))
    codes, nothing = heard(field, "on_code"), heard(field, "on_nothing")
    r.tap(text="Scan")
    r.tap(text="Scan")
    assert codes == ["https://city.test/t/WU-0042", "WU-0043"] and field.text == "WU-0043"
    r.tap(text="Scan")
    assert len(codes) == 2 and len(nothing) == 1
    field.scanner = FolderScanner()
    r.frames(3)
    assert not r.all(text="Scan")


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_each_answer_is_large_has_word_and_icon_and_says_which_line_it_is_of(kit, robot, scale, mode):
    kit.theme.text_scale, kit.theme.mode = scale, mode
    choice = kit.BigChoice(label="In its mount")
    r = robot(page_with(kit, choice))
    r.settle()
    made = r.all(cls="BigAnswer")
    assert [one.text for one in made] == ["Pass", "Fail", "Does not apply"]
    assert [one.label for one in made] == [f"In its mount: {one.text}" for one in made]
    assert all(min(one.size) >= 64 and one.icon for one in made) and len({one.icon for one in made}) == 3
    assert r.clipped() == []

    told = heard(choice, "on_answer")
    r.tap(text="Fail")
    assert told == ["fail"] and choice.value == "fail" and [one.on for one in made] == [False, True, False]
    choice.value = "pass"
    assert [one.on for one in made] == [True, False, False] and told == ["fail"]


def test_a_line_that_is_always_there_has_no_third_answer_and_speaks_the_language_of_the_day(kit, robot):
    choice = kit.BigChoice(allows_na=False)
    r = robot(page_with(kit, choice))
    assert len(r.all(cls="BigAnswer")) == 2
    kit.words.language = "es"
    r.settle()
    assert [one.text for one in r.all(cls="BigAnswer")] == ["Bien", "Falla"]
    choice.disabled = True
    r.tap(text="Falla")
    assert choice.value == ""


def test_a_percentage_is_one_tap_a_step_or_typed_and_shows_what_it_means(kit, robot):
    pad = kit.PercentPad(label="Battery", least=80, critical=30)
    r = robot(page_with(kit, pad))
    r.settle()
    told = heard(pad, "on_percent")
    assert all(min(one.size) >= 64 for one in (*r.all(cls="QuickPercent"), *r.all(cls="StepButton")))
    r.tap(text="90 %")
    assert (pad.value, pad.tone, pad.shown) == (90, "ok", "90 %")
    r.tap(text="One less")
    assert told == [90, 89] and pad.tone == "ok"

    line = pad.ids.number.ids.line
    line.text = ""
    r.type("64", cls="WritingLine")
    r.key(ENTER)
    assert told[-1] == 64 and pad.tone == "warn"
    line.text = "640"
    r.key(ENTER)
    assert told[-1] == 64 and r.find(text="A whole number from 0 to 100, please.")
    pad.choose(100)
    pad.step(1)
    assert pad.value == 100


def test_what_is_low_is_asked_for_and_no_number_is_taken_that_nobody_read(kit, robot):
    pad = kit.PercentPad(label="Battery", least=80, critical=30)
    r = robot(page_with(kit, pad))
    r.settle()
    told, line = heard(pad, "on_percent"), pad.ids.number.ids.line
    pad.choose(90)
    r.tap(text="< 30 %")
    assert told == [90] and line.focus and line.text == ""
    r.type("12", cls="WritingLine")
    r.key(ENTER)
    assert told == [90, 12] and (pad.value, pad.tone) == (12, "bad")
    assert [one.text for one in r.all(cls="QuickPercent") if one.on] == ["< 30 %"]


def test_a_step_from_nothing_begins_at_the_end_and_leaving_the_line_takes_what_was_typed(kit, robot):
    pad, note = kit.PercentPad(), kit.Field(label="Note")
    r = robot(page_with(kit, pad, note))
    r.type("7", cls="WritingLine")
    r.tap(note.ids.line)
    assert pad.value == 7 and pad.tone == "neutral"
    pad.value = None
    pad.step(-1)
    assert pad.value == 100


def test_within_a_screens_own_rule_they_are_as_they_are_alone(kit, robot):
    from kivy.lang import Builder

    made = Builder.load_string("""
BoxLayout:
    orientation: "vertical"
    PercentPad:
        id: percent
        value: 90
        least: 80
    BigChoice:
        label: "Boots"
        value: "fail"
        disabled: True
    SignPad:
        id: pad
        name: "Ann Lee"
        path: "M0 0L10 10"
    ScanField:
        text: "WU-1"
    Plot:
        unit: " %"
""")
    r = robot(made)
    r.settle()
    assert [one.text for one in r.all(cls="QuickPercent") if one.on] == ["90 %"]
    assert made.ids.percent.tone == "ok" and made.ids.pad.path == "M0 0L10 10"
    assert all(one.disabled for one in r.all(cls="BigAnswer"))
    assert [one.text for one in r.all(cls="BigAnswer") if one.on] == ["Fail"]


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────


def plot_of(kit, days, **how):
    begin = datetime(2026, 9, 28, tzinfo=UTC)
    return kit.Plot(points=[(begin + timedelta(days=day), value) for day, value in days], **how)


def test_a_plot_says_in_words_what_it_draws(kit):
    assert plot_of(kit, [(0, 92), (56, 71)], unit=" %").said == "From 92 % to 71 % in 8 weeks"
    assert (
        plot_of(kit, [(0, 92), (1, 71)], unit=" %", threshold=80).said
        == "From 92 % to 71 % in 1 day, below the limit"
    )
    assert (
        plot_of(kit, [(0, 4), (150, 4)]).said == "4 for 5 months" and plot_of(kit, [(0, 4.5)]).said == "4.5"
    )
    empty = plot_of(kit, [])
    assert empty.said == "Nothing measured yet" and not empty.drawn
    kit.words.language = "es"
    assert empty.said == "Aún no hay mediciones"


def test_a_plot_draws_each_value_where_it_belongs_and_narrow_it_is_words_alone(kit, robot):
    plot = plot_of(kit, [(0, 0), (5, 50), (10, 100)], unit=" %", threshold=50)
    r = robot(page_with(kit, plot))
    r.settle()
    area = r.find(cls="PlotArea")
    (left, low), middle, (right, high) = (area.place(spot) for spot in plot.points)
    assert (left, low, right, high) == (area.x, area.y, area.right, area.top)
    assert middle == (area.center_x, area.center_y) and area.height_of(plot.threshold) == area.center_y
    assert {"0 %", "100 %", "limit 50 %", "Sep 28", "Oct 8"} <= set(r.texts())
    r.resize(200, 600)
    r.settle()
    assert not plot.drawn and r.all(cls="PlotArea") == [] and r.find(text=plot.said)
