"""One pane on a phone, two from 840 dp on; a window that is drawn wider or turned loses nothing that was typed."""

import pytest

PHONE, TURNED, TABLET, DESK = (411, 891), (891, 411), (840, 1200), (1366, 768)
TYPED = "Half a sen"


@pytest.fixture
def phone(show_app, kit, make, alice, tmp_path, jpeg):
    """Alice's phone with two requests of hers, one of them closed as fixed."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    desk = make.person("carol", role="desk")
    requests = [make.request(by=alice, description=words) for words in ("One", "Two")]
    done = desk.post(f"/v1/service-requests/{requests[1]['id']}/close", {"reason": "fixed", "words": "Done."})
    assert done.status_code == 200
    shown = show_app(pictures=tmp_path, here=(29.7178, -95.4317))
    kit.theme.motion = False
    shown.robot.resize(*PHONE)
    shown.sign_in(alice)
    shown.ids = [one["id"] for one in requests]
    return shown


def drawn(shown, *sizes):
    for size in sizes:
        shown.robot.resize(*size)
        shown.robot.settle()


def test_one_pane_on_a_phone_two_from_840_dp_on(phone):
    nav = phone.parts.nav
    nav.go("request", id=phone.ids[0])
    for width, panes in ((411, 1), (839, 1), (840, 2), (1000, 2), (1366, 2), (839, 1), (840, 2)):
        drawn(phone, (width, 900))
        assert len(nav.panes()) == panes, width
        assert nav.panes()[-1] == "request"
    assert {pane.name: pane.width for pane in nav.children}["requests"] == nav.list_width


def test_tabs_stand_below_on_a_phone_and_beside_where_it_is_wide_or_lies_on_its_side(phone):
    for size, rail in ((PHONE, False), (TURNED, True), (DESK, True), (PHONE, False)):
        drawn(phone, size)
        assert phone.app.tabs.rail is rail, size
        assert phone.robot.clipped() == []


def type_into(shown, label):
    line = next(w for w in shown.robot.all(cls="WritingLine") if label in w.label)
    line.focus = True
    shown.robot.type(TYPED)
    return line


@pytest.mark.parametrize(
    ("screen", "label"), [("sign_up", "Name"), ("password", "New password"), ("claim", "Code")]
)
def test_a_form_keeps_what_was_typed_across_the_border(phone, screen, label):
    phone.parts.nav.go(screen)
    phone.robot.settle()
    line = type_into(phone, label)
    drawn(phone, DESK, TURNED, PHONE, TABLET)
    assert line.text == TYPED and phone.robot.visible(line, beyond=True)
    assert line.focus
    phone.robot.type("tence")
    assert line.text == f"{TYPED}tence"


def test_a_report_keeps_its_words_its_address_and_its_step(phone):
    model = phone.parts.nav.go("report").model
    model.begin()
    model._go("place")
    phone.robot.until(lambda: model.place.near)
    model.place.address = ""
    phone.robot.settle()
    type_into(phone, "Address or corner, for the crew")
    drawn(phone, DESK, PHONE, TURNED)
    assert model.draft.address == TYPED
    model.draft.type = "pothole"
    model._go("words")
    phone.robot.settle()
    type_into(phone, "What should we know")
    drawn(phone, PHONE, DESK)
    assert (model.step, model.words) == ("words", TYPED)


def test_an_answer_that_is_being_written_stays_while_the_list_comes_beside_it(phone):
    screen = phone.parts.nav.go("request", id=phone.ids[1])
    phone.robot.settle()
    screen.ids.verdict.answer("not_fixed")
    screen.ids.why.text = TYPED
    for size, panes in ((DESK, 2), (PHONE, 1), (TABLET, 2)):
        drawn(phone, size)
        assert len(phone.parts.nav.panes()) == panes
        assert (screen.ids.why.text, screen.verdict) == (TYPED, "not_fixed")


def test_a_sheet_stays_open_with_what_was_typed_and_becomes_a_dialog(phone):
    phone.parts.nav.go("more").edit_name()
    phone.robot.settle()
    sheet = phone.robot.find(cls="NameSheet")
    sheet.ids.name.text = TYPED
    drawn(phone, DESK)
    panel = sheet.ids.panel
    assert sheet.ids.name.text == TYPED
    assert abs(panel.center_y - phone.robot.win.height / 2) < 2 and panel.width == 640
    drawn(phone, PHONE)
    assert (sheet.ids.name.text, panel.y, panel.width) == (TYPED, 0, 411)
