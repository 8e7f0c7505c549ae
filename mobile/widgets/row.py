"""One line of a list: laid out by hand, since a fling fills several anew in each frame."""

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, SmoothEllipse, Translate
from kivy.graphics import SmoothRoundedRectangle as Rounded
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.core.kv import follow, load_kv
from mobile.widgets.control import Control
from mobile.widgets.icons import FONT, ICONS
from mobile.widgets.picture import Picture
from mobile.widgets.printed import Printed
from mobile.widgets.text import lay_out, text_width
from mobile.widgets.theme import theme
from mobile.widgets.words import words

SHOWN = {  # what a row shows, and what where nothing is said of it
    **dict.fromkeys(("icon", "thumbnail", "title", "subtitle", "aside", "badge", "badge_icon"), ""),
    "tone": "neutral",
    "icon_tone": "neutral",
    "dot": False,
    "plain": False,
    "chevron": True,
    "key": None,
}
WHITE = (1, 1, 1, 1)


class Row(Control, Widget):
    """Icon or thumbnail, title, subtitle, a last line of badge and aside, chevron; as tall as its words want.

    In a `RowList` the data's `key` says which thing it is; a tap dispatches the list's `on_pick(key)`.
    """

    key = ObjectProperty(None, allownone=True)
    icon = StringProperty()
    tone = StringProperty("neutral")  # of the badge
    icon_tone = StringProperty("neutral")
    thumbnail = StringProperty()
    title = StringProperty()
    subtitle = StringProperty()
    aside = StringProperty()  # small words beside the badge: a time
    badge = StringProperty()
    badge_icon = StringProperty()
    stacked = BooleanProperty(False)  # the aside stands below the badge: both do not fit on a line
    dot = BooleanProperty(False)  # not seen yet: a dot on the icon
    plain = BooleanProperty(False)  # seen before: the title is not bold
    chosen = BooleanProperty(False)
    chevron = BooleanProperty(True)
    wanted_height = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        self._list: Any = None
        self._taking = False
        self._picture: Picture | None = None
        self._drawn: dict[str, Any] = {}
        self._soon = Clock.create_trigger(lambda _: self.arrange(), -1)
        super().__init__(**{"size_hint_y": None, **kwargs})
        self._draw()
        for name in (*SHOWN, "chosen", "width"):
            self.fbind(name, self._again)
        self.fbind("pos", self._move)
        follow(theme, self._again, "surface", "text", "body", "text_scale")
        follow(words, self._again, "t")
        self.arrange()

    # ── what is on the canvas; all of it lies in the row's own coordinates ──────────────────────────────────

    def _draw(self) -> None:
        with self.canvas.before:
            PushMatrix()
            self._place = Translate(*self.pos)
            self._paper, self._sheet = Color(), Rectangle()
            self._chosen_ink, self._chosen_sheet = Color(), Rectangle(size=(0, 0))
            self._bar_ink, self._bar = Color(), Rectangle(size=(0, 0))
            self._line_ink, self._line = Color(), Rectangle()
            self._face_ink, self._face = Color(), Rounded(size=(0, 0))
            self._badge_ink, self._badge_paper = Color(), Rounded(size=(0, 0))
        with self.canvas.after:
            self._edge_ink, self._edge = Color(), SmoothEllipse(size=(0, 0))
            self._dot_ink, self._dot = Color(), SmoothEllipse(size=(0, 0))
            PopMatrix()
        for name in ("face", "title", "subtitle", "aside", "badge", "badge_icon", "forward"):
            self._drawn[name] = Printed()
            self.add_widget(self._drawn[name])

    def _move(self, *_: object) -> None:
        self._place.xy = self.pos

    def to_parent(self, x: float, y: float, **_: Any) -> tuple[float, float]:
        """From the row's own coordinates."""
        return x + self.x, y + self.y

    def to_local(self, x: float, y: float, **_: Any) -> tuple[float, float]:
        """To the row's own coordinates."""
        return x - self.x, y - self.y

    # ── where everything is ──────────────────────────────────────────────────────────────────────────────

    def _again(self, *_: object) -> None:
        if not self._taking:
            self._soon()

    def arrange(self) -> None:
        """Print and place everything for the width that it has, and be as tall as that wants."""
        self._soon.cancel()
        faced = bool(self.icon or self.thumbnail)
        face = max(dp(44), theme.icon + dp(16)) if faced else 0
        forward = theme.icon_small if self.chevron else 0
        left = theme.l + face + (theme.m if faced else 0)
        right = self.width - (theme.s if self.chevron else theme.l) - forward - theme.s
        tall = self._print_words(left, right)
        self.wanted_height = max(dp(64), max(tall, face) + 2 * theme.m)
        self.height = self.wanted_height
        self._put_words(left, right, (self.height + tall) / 2)
        self._put_face(face)
        arrow = self._drawn["forward"]
        arrow.print(
            ICONS["forward"] if forward else "", theme.icon_small, theme.muted, 1e4, line=1, font=FONT
        )
        arrow.put(right + theme.s, (self.height + arrow.texture_size[1]) / 2)
        self._put_paper(left)
        said = (words.t("kit.new") if self.dot else "", self.title, self.subtitle, self.badge)
        self.label = ", ".join(part for part in said if part)

    def _print_words(self, left: float, right: float) -> float:
        """Print them, and give the height of all."""
        drawn, width = self._drawn, right - left
        title = drawn["title"].print(self.title, theme.body, theme.text, width, bold=not self.plain)[1]
        subtitle = drawn["subtitle"].print(self.subtitle, theme.small, theme.muted, width)[1]
        self._badge_size = badge = self._print_badge(width)
        both = bool(self.badge and self.aside)
        alone = text_width(self.aside, theme.caption) if both else 0
        self.stacked = both and badge[0] + theme.s + alone > width
        beside = badge[0] + theme.s if both and not self.stacked else 0.0
        aside = drawn["aside"].print(self.aside, theme.caption, theme.muted, width - beside)[1]
        last = badge[1] + (dp(4) if both else 0) + aside if self.stacked else max(badge[1], aside)
        self._last_line = last
        gap = (dp(6) if self.badge else dp(2)) if last else 0
        return float(title + (subtitle + dp(4) if subtitle else 0) + gap + last)

    def _print_badge(self, most: float) -> tuple[float, float]:
        ink, size = theme.ink[self.tone], theme.caption
        sign = ICONS.get(self.badge_icon, "") if self.badge else ""
        self._drawn["badge_icon"].print(sign, size * 1.15, ink, 1e4, line=1, font=FONT)
        signed = size * 1.15 + theme.xs if sign else 0
        word = self._drawn["badge"].print(
            self.badge, size, ink, max(1, most - dp(20) - signed), bold=True, line=1
        )
        return (word[0] + dp(20) + signed, max(dp(26), word[1] + theme.s)) if self.badge else (0, 0)

    def _put_words(self, left: float, right: float, top: float) -> None:
        drawn, badge = self._drawn, self._badge_size
        drawn["title"].put(left, top)
        y = top - drawn["title"].texture_size[1]
        drawn["subtitle"].put(left, y - dp(2))
        if drawn["subtitle"].text:
            y -= drawn["subtitle"].texture_size[1] + dp(4)
        y -= dp(6) if self.badge else dp(2)
        aside = drawn["aside"]
        if self.stacked:
            self._put_badge(left, y)
            aside.put(left, y - badge[1] - dp(4))
        else:
            self._put_badge(left, y - (self._last_line - badge[1]) / 2)
            indent = badge[0] + theme.s if self.badge else 0
            aside.put(left + indent, y - (self._last_line - aside.texture_size[1]) / 2)

    def _put_badge(self, x: float, top: float) -> None:
        width, height = self._badge_size
        paper = self._badge_paper
        paper.size, paper.pos = (width, height), (x, top - height)
        if self.badge:
            paper.radius = [min(height / 2, theme.caption)]
            self._badge_ink.rgba = theme.fill[self.tone]
        sign, word = self._drawn["badge_icon"], self._drawn["badge"]
        sign.put(x + dp(10), top - (height - sign.texture_size[1]) / 2)
        signed = theme.caption * 1.15 + theme.xs if sign.text else 0
        word.put(x + dp(10) + signed, top - (height - word.texture_size[1]) / 2)

    def _put_dot(self, x: float, y: float) -> None:
        """A dot with an edge of the paper, so that it shows on any face; its centre is there."""
        self._edge_ink.rgba, self._dot_ink.rgba = theme.surface, theme.primary
        for round_, wide in ((self._edge, dp(16)), (self._dot, dp(12))):
            round_.size = (wide, wide) if self.dot else (0, 0)
            round_.pos = (x - wide / 2, y - wide / 2)

    def _put_face(self, side: float) -> None:
        x, y = theme.l, self.height - theme.m - side
        self._face.size, self._face.pos = (side, side), (x, y)
        if side:
            self._face.radius = [theme.radius_small]
            self._face_ink.rgba = theme.fill[self.icon_tone]
        icon = self._drawn["face"]
        ink = theme.ink[self.icon_tone]
        size = icon.print(ICONS.get(self.icon, ""), theme.icon, ink, 1e4, line=1, font=FONT)
        icon.put(x + (side - size[0]) / 2, y + (side + size[1]) / 2)
        if self.thumbnail and self._picture is None:
            self._picture = Picture(size_hint=(None, None), corner=theme.radius_small)
            self.add_widget(self._picture)
        if self._picture is not None:
            self._picture.source, self._picture.opacity = self.thumbnail, 1 if self.thumbnail else 0
            self._picture.size, self._picture.pos = (side, side), (x, y)
        self._put_dot(x + side - dp(3), y + side - dp(3))

    def _put_paper(self, left: float) -> None:
        self._paper.rgba, self._sheet.size = theme.surface, self.size
        self._line_ink.rgba = theme.line
        self._line.pos, self._line.size = (left, 0), (self.width - left, dp(1))
        self._chosen_sheet.size = self.size if self.chosen else (0, 0)
        self._bar.size = (dp(4), self.height) if self.chosen else (0, 0)
        if self.chosen:
            self._chosen_ink.rgba = (*theme.soft[:3], 0.5)
            self._bar_ink.rgba = theme.primary

    # ── in a list ────────────────────────────────────────────────────────────────────────────────────────

    def take(self, of: Any, data: dict[str, Any], width: float) -> None:
        """Become this line of that list, in this width: the view was another row before."""
        self._taking = True
        for name, nothing in SHOWN.items():
            setattr(self, name, data.get(name, nothing))
        self._list = None  # while it becomes another row nobody has moved the focus
        self.focus = self.key is not None and self.key == of.focused
        self._list = of
        self.chosen = self.key is not None and self.key == of.chosen
        self.width = width
        self._taking = False
        self.arrange()

    def on_focus(self, _: object, focus: bool) -> None:
        """Let the list know: another view may be this row in the next frame."""
        if self._list is not None:
            self._list.focused = self.key if focus else None

    def on_release(self) -> None:
        """Let the list know."""
        if self._list is not None:
            self._list.dispatch("on_pick", self.key)


class AlertRow(Row):
    """A row that no eye misses: a sheet of its own in its tone, with an edge. Its icon and badge say the same in words."""

    __events__ = ("on_pick",)

    def _put_paper(self, left: float) -> None:
        super()._put_paper(left)
        self._paper.rgba, self._line.size = theme.bg, (0, 0)
        fill = theme.fill[self.tone]
        self._sheet.size = (self.width, self.height)
        self._chosen_ink.rgba, self._bar_ink.rgba = fill, theme.ink[self.tone]
        self._chosen_sheet.pos, self._chosen_sheet.size = (0, dp(2)), (self.width, self.height - dp(4))
        self._badge_ink.rgba = theme.surface  # its own fill is what it stands on
        self._bar.pos, self._bar.size = (
            (0, dp(2)),
            (dp(6) if not self.chosen else dp(12), self.height - dp(4)),
        )

    def on_release(self) -> None:
        """Let the list know, or whoever holds it alone."""
        super().on_release()
        self.dispatch("on_pick", self.key)

    def on_pick(self, key: Any) -> None:
        """It was tapped."""


class AlertRows(BoxLayout):
    """Alerts outside of a list: `rows` as a `RowList` has them, `on_pick(key)` after a tap."""

    __events__ = ("on_pick",)

    rows = ObjectProperty(())

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(rows=self._fill)
        self._fill()

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for data in self.rows:
            made = AlertRow(**{name: value for name, value in data.items() if name in SHOWN})
            made.bind(on_pick=lambda _, key: self.dispatch("on_pick", key))
            self.add_widget(made)

    def on_pick(self, key: Any) -> None:
        """This one was tapped."""


class RowHeading(BoxLayout):
    """A few words between rows: the day of what follows, say."""

    title = StringProperty()

    def take(self, of: Any, data: dict[str, Any], width: float) -> None:
        """Become this heading of that list, in this width."""
        self.title, self.width = data.get("title", ""), width
        lay_out(self)
        self.height = self.minimum_height


load_kv(__file__)
