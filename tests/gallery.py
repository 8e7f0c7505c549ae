"""Pictures of every widget in every state: `python -m tests.gallery OUT_DIR [NAME …]`.

Each page is drawn four times side by side: light and English, dark and Spanish, each at text scale 1, then at 2.
Their words and photos are made up for the picture; they are no facts of the city.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mobile.core.device.scanner import FolderScanner
from tests.gallery_words import say
from tests.robot import PHONE, Robot, choose_window, widgets

LOOKS = (("light", 1.0, "en"), ("dark", 1.0, "es"), ("light", 2.0, "es"), ("dark", 2.0, "en"))


def illustrations(folder):
    """Draw two pictures to stand for photos, marked as illustrations."""
    from PIL import Image, ImageDraw, ImageFilter

    paths = []
    for name, ground, hole in (("road", "#8d9296", "#3d4145"), ("leaf", "#7f9b74", "#43603f")):
        picture = Image.effect_noise((480, 360), 38).convert("RGB")
        picture = Image.blend(picture, Image.new("RGB", picture.size, ground), 0.72)
        draw = ImageDraw.Draw(picture)
        draw.ellipse((140, 120, 350, 260), fill=hole)
        draw.ellipse((165, 140, 320, 235), fill="#26292c")
        picture = picture.filter(ImageFilter.GaussianBlur(3))
        ImageDraw.Draw(picture).text((8, 342), "illustration", fill="#ffffff")
        path = folder / f"{name}.png"
        picture.save(path)
        paths.append(str(path))
    return paths


def holding(box, *parts):
    for part in parts:
        box.add_widget(part)
    return box


def bars(kit, photos):
    plain = kit.AppBar(title=say("requests"))
    plain.add_widget(kit.IconButton(icon="search", label="search"))
    deep = kit.AppBar(title=say("long"), subtitle="#26-00412", can_go_back=True)
    deep.add_widget(kit.IconButton(icon="more", label="more", badge=True))
    names = (("requests", "list", 0), ("map", "map", 0), ("inbox", "inbox", 3), ("more", "settings", 120))
    tabs = [{"name": name, "icon": icon, "text": say(name), "count": count} for name, icon, count in names]
    texts = {"offline": "offline", "refused": "conflict", "working": "sending", "done": "saved"}
    banners = [kit.Banner(kind=kind, text=say(texts.get(kind, "note"))) for kind in kit.KINDS_OF_BANNER]
    banners[2].action_text = say("see")
    banners[2].title = say("refused")
    return [plain, deep, *banners, kit.TabBar(tabs=tabs, current="requests")]


def buttons(kit, photos):
    made = [kit.PushButton(text=say("send"), icon="send"), kit.PushButton(text=say("next"), kind="quiet")]
    made += [
        kit.PushButton(text=say("delete"), kind="danger", icon="delete"),
        kit.PushButton(text=say("skip"), kind="text"),
    ]
    made += [kit.PushButton(text=say("sending"), busy=True), kit.PushButton(text=say("send"), disabled=True)]
    made += [kit.PushButton(text=say("long"), icon="road", focus=True)]
    row = holding(
        kit.ButtonRow(),
        kit.PushButton(text=say("skip"), kind="quiet"),
        kit.PushButton(text=say("next"), focus=True),
    )
    badges = [
        kit.Badge(text=say(key), tone=tone)
        for key, tone in zip(("open", "doing", "closed", "waiting", "refused"), kit.TONES, strict=True)
    ]
    return [*made, row, *badges, kit.Badge(text=say("waiting"), tone="warn", icon="waiting")]


def rows(kit, photos):
    made = [
        kit.Row(title=say("pothole"), subtitle=say("where"), badge=say("doing"), tone="info", icon="road", icon_tone="info"),
        kit.Row(title=say("lamp"), subtitle=say("where"), badge=say("closed"), tone="ok", icon="light", icon_tone="ok"),
        kit.Row(title=say("tree"), subtitle=say("where"), badge=say("waiting"), badge_icon="waiting", tone="warn", thumbnail=photos[1]),
        kit.Row(title=say("long"), subtitle=say("conflict"), badge=say("refused"), tone="bad", thumbnail=photos[0], chosen=True),
        kit.Row(title=say("lamp"), icon="light", focus=True),
        kit.Row(title=say("email"), subtitle="alice@example.org", chevron=False),
    ]  # fmt: skip
    made += [
        kit.RowHeading(title=say("time")),
        kit.Row(title=say("lamp"), subtitle=say("note"), aside=say("time"), icon="light", dot=True),
        kit.Row(title=say("lamp"), subtitle=say("note"), aside=say("time"), icon="light", plain=True),
    ]
    return [*made, kit.Skeleton(rows=2)]


def fields(kit, photos):
    return [
        kit.Field(label=say("email"), hint="alice@example.org", kind="email"),
        kit.Field(label=say("email"), text="alice@example", kind="email", error=say("bad_email")),
        kit.Field(label=say("password"), text="correct horse", kind="password"),
        kit.Field(label=say("password"), text="correct horse", kind="password", shown=True),
        kit.Field(
            label=say("words"), hint=say("words_hint"), multiline=True, most=400, help=say("words_hint")
        ),
        kit.Field(label=say("words"), text=say("long"), multiline=True, most=80),
        kit.Field(label=say("number"), text="26-00412", readonly=True),
        kit.SearchField(hint=say("find")),
        kit.SearchField(text=say("road")),
    ]


def choices(kit, photos):
    options = [
        {"key": "road", "title": say("road"), "subtitle": say("road_sub"), "icon": "road"},
        {"key": "water", "title": say("water"), "icon": "water"},
        {"key": "light", "title": say("lights"), "icon": "light"},
    ]
    looks = [{"key": key, "text": say(key)} for key in ("light", "dark", "system")]
    toggles = holding(
        kit.Card(flush=True),
        kit.Toggle(title=say("push"), subtitle=say("push_sub"), active=True),
        kit.Toggle(title=say("push")),
        kit.Toggle(title=say("push"), active=True, disabled=True),
    )
    menu = holding(
        kit.Card(flush=True),
        kit.MenuRow(icon="lock", title=say("password")),
        kit.MenuRow(icon="send", title=say("waiting"), subtitle=say("offline"), focus=True),
        kit.MenuRow(icon="delete", title=say("delete"), tone="bad", chevron=False),
    )
    return [
        menu,
        kit.ChoiceList(options=options, value="road"),
        holding(kit.Section(title=say("look")), kit.Segmented(options=looks, value="dark")),
        toggles,
    ]


def detail(kit, photos):
    facts = holding(
        kit.Card(),
        kit.KeyValue(icon="tag", key=say("number"), value="26-00412"),
        kit.KeyValue(icon="place", key=say("place"), value=say("where")),
        kit.KeyValue(key=say("words"), value=say("long")),
    )
    entries = [
        {"title": say("waiting"), "time": say("time"), "tone": "warn", "waiting": True},
        {"title": say("assigned"), "words": say("note"), "time": say("time")},
        {"title": say("got"), "time": say("time"), "tone": "ok"},
    ]
    return [
        holding(kit.Section(title=say("details"), action_text=say("all")), facts),
        holding(kit.Section(title=say("history")), holding(kit.Card(), kit.Timeline(entries=entries))),
    ]


def report(kit, photos):
    some = [
        {"key": "1", "source": photos[0], "note": "waiting"},
        {"key": "2", "source": photos[1], "note": "sent"},
    ]
    return [
        kit.Steps(step=2, count=5, title=say("step"), words=say("step_sub")),
        kit.PhotoStrip(photos=some, editable=True),
        kit.PhotoStrip(photos=[*some, {"key": "3", "source": ""}]),
        kit.Verdict(question=say("asked"), words=say("asked_sub")),
        kit.Verdict(question=say("asked"), value="fixed"),
        kit.Verdict(value="not_fixed"),
    ]


def hands(kit, photos):
    """What hands do with devices: scan, answer, measure, sign."""
    signed = kit.SignPad(name="Alice Example")
    signed.sign_by_name()
    return [
        kit.ScanField(scanner=FolderScanner(Path())),
        kit.ScanField(text="WU-0042", error=say("conflict")),
        kit.BigChoice(label=say("lamp")),
        kit.BigChoice(label=say("lamp"), value="pass"),
        kit.BigChoice(label=say("lamp"), value="fail"),
        kit.BigChoice(label=say("lamp"), value="na"),
        kit.BigChoice(label=say("lamp"), allows_na=False),
        kit.PercentPad(label=say("lamp"), value=90, least=80, critical=30),
        kit.PercentPad(label=say("lamp"), value=29, least=80, critical=30),
        kit.SignPad(name="Alice Example"),
        signed,
        kit.SignPad(error=say("bad_email")),
    ]


def plots(kit, photos):
    begin = datetime(2026, 9, 28, 12, tzinfo=UTC)

    def falling(values):
        return [(begin + timedelta(days=7 * n), value) for n, value in enumerate(values)]

    return [
        kit.Plot(label=say("lamp"), points=falling([92, 91, 88, 86, 85, 79, 76, 73, 71]), unit=" %", threshold=80, high=100),
        kit.Plot(label=say("lamp"), points=falling([3, 4, 2, 9]), low=0),
        kit.Plot(label=say("lamp"), points=falling([88]), unit=" %"),
        kit.Plot(label=say("lamp")),
    ]  # fmt: skip


def empty(kit, photos):
    return [kit.EmptyState(icon="list", title=say("none"), text=say("none_sub"), action_text=say("report"))]


def sheet(kit):
    made = kit.Sheet(title=say("assigned"), words=say("note"))
    options = [{"key": key, "title": say(key)} for key in ("road", "water")]
    made.add_widget(kit.ChoiceList(options=options, value="road"))
    made.add_widget(kit.Field(label=say("words"), multiline=True))
    made.add_widget(kit.PushButton(text=say("next")))
    made.open()


def confirm(kit):
    kit.confirm(say("really"), say("really_sub"), say("delete"), lambda: None, danger=True)


def snackbar(kit):
    kit.snack(say("saved"), say("undo"))


# name → (what makes its widgets, whether they reach from edge to edge)
PAGES = {
    "bars": (bars, True),
    "buttons": (buttons, False),
    "rows": (rows, True),
    "fields": (fields, False),
    "choices": (choices, False),
    "detail": (detail, False),
    "report": (report, False),
    "hands": (hands, False),
    "plots": (plots, False),
    "empty": (empty, False),
}
OVERLAYS = {"confirm": confirm, "sheet": sheet, "snackbar": snackbar}


def wear(kit, look):
    """Put a look on."""
    kit.theme.mode, kit.theme.text_scale, kit.words.language = look


def page_of(kit, made, flush):
    """Make a page: what scrolls, with these widgets."""
    page = kit.ScrollPage(flush=flush)
    for widget in made:
        page.add_widget(widget)
    return page


def picture_of(kit, page):
    """Return the whole page as a picture, however tall it is."""
    from kivy.graphics import ClearBuffers, ClearColor, Fbo, Translate
    from PIL import Image

    robot = Robot(page)
    robot.settle()
    column = page.ids.column
    size = tuple(int(side) for side in column.size)
    fbo = Fbo(size=size, with_stencilbuffer=True)
    with fbo:
        ClearColor(*kit.theme.bg)
        ClearBuffers()
        Translate(-column.x, -column.y, 0)
    page.remove_widget(column)
    fbo.add(column.canvas)
    fbo.draw()
    picture = Image.frombytes("RGBA", size, fbo.pixels).convert("RGB")
    fbo.remove(column.canvas)
    robot.close()
    return picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def side_by_side(pictures):
    """Put pictures next to each other."""
    from PIL import Image

    width = sum(one.width + 16 for one in pictures) - 16
    wall = Image.new("RGB", (width, max(one.height for one in pictures)), "#808080")
    left = 0
    for one in pictures:
        wall.paste(one, (left, 0))
        left += one.width + 16
    return wall


def draw_page(kit, folder, name, photos):
    """Write one page in each look."""
    make, flush = PAGES[name]
    pictures = []
    for look in LOOKS:
        wear(kit, look)
        pictures.append(picture_of(kit, page_of(kit, make(kit, photos), flush)))
    side_by_side(pictures).save(folder / f"{name}.png")


def draw_overlay(kit, folder, name, photos):
    """Write what comes over a screen, with a screen below it, in each look."""
    from PIL import Image

    pictures = []
    for look in LOOKS:
        wear(kit, look)
        robot = Robot(page_of(kit, rows(kit, photos), flush=True))
        OVERLAYS[name](kit)
        robot.settle()
        pictures.append(Image.open(robot.shot(folder / "one.png")).copy())
        robot.close()
    (folder / "one.png").unlink()
    side_by_side(pictures).save(folder / f"{name}.png")


def phone(kit, photos, wide):
    """Make a whole screen: tabs, app bar, banner and a list; with a detail beside it where there is room."""
    from kivy.uix.boxlayout import BoxLayout

    texts = [
        ("pothole", "doing", "info"),
        ("lamp", "closed", "ok"),
        ("tree", "waiting", "warn"),
        ("long", "refused", "bad"),
    ]
    made = [
        {"key": key, "title": say(key), "subtitle": say("where"), "badge": say(badge), "tone": tone, "icon": "road", "icon_tone": tone}
        for key, badge, tone in texts * 5
    ]  # fmt: skip
    bar = kit.AppBar(title=say("requests"))
    bar.add_widget(kit.IconButton(icon="filter", label="filter"))
    banner = kit.Banner(kind="offline", text=say("offline"))
    listing = holding(
        BoxLayout(orientation="vertical"), bar, banner, kit.RowList(rows=made, chosen="pothole")
    )
    panes = holding(BoxLayout(), listing)
    if wide:
        listing.size_hint_x, listing.width = None, 400
        head = kit.AppBar(title=say("pothole"), subtitle="#26-00412")
        beside = holding(
            BoxLayout(orientation="vertical"), head, page_of(kit, detail(kit, photos), flush=False)
        )
        panes.add_widget(beside)
    names = (("requests", "list", 0), ("map", "map", 0), ("inbox", "inbox", 3), ("more", "settings", 0))
    tabs = [{"name": name, "icon": icon, "text": say(name), "count": count} for name, icon, count in names]
    return kit.Frame(content=panes, tabs=kit.TabBar(tabs=tabs, current="requests"))


def draw_phone(kit, folder, name, photos):
    """Write a whole screen in each look, on a phone or (`wide`) in a large window."""
    from PIL import Image

    pictures = []
    for look in LOOKS if name == "phone" else LOOKS[:2]:
        wear(kit, look)
        size = PHONE if name == "phone" else (1280, 800)
        robot = Robot(phone(kit, photos, wide=size != PHONE))
        robot.resize(*size)
        if name == "wide":
            OVERLAYS["snackbar"](kit)
        robot.settle()
        pictures.append(Image.open(robot.shot(folder / "one.png")).copy())
        robot.close()
    (folder / "one.png").unlink()
    side_by_side(pictures).save(folder / f"{name}.png")


def main():
    """Draw into the folder named on the command line."""
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    if choose_window() != "gl":
        sys.exit("Pictures need libGL and libEGL: apt-get install libegl1 libgl1")
    kit = widgets()
    kit.theme.motion = False
    photos = illustrations(folder)
    drawn_by = dict.fromkeys(PAGES, draw_page) | dict.fromkeys(OVERLAYS, draw_overlay)
    drawn_by |= dict.fromkeys(("phone", "wide"), draw_phone)
    for name in wanted or drawn_by:
        drawn_by[name](kit, folder, name, photos)


if __name__ == "__main__":
    main()
