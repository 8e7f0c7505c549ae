"""One line of a list, and the list that shows thousands of them."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile.core.kv import load_kv
from mobile.widgets import badge, picture
from mobile.widgets.control import Control
from mobile.widgets.text import lay_out, text_width
from mobile.widgets.theme import theme

__all__ = ["Row", "RowHeading", "RowList", "badge", "picture"]

load_kv(__file__)


class Row(Control, RecycleDataViewBehavior, BoxLayout):
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
        super().__init__(**kwargs)
        theme.bind(text_scale=self._stack)
        self.bind(width=self._stack, badge=self._stack, aside=self._stack, wanted_height=self._grow)
        self._stack()
        self._grow()

    def _stack(self, *_: object) -> None:
        # Before the heights: they follow from it.
        used = (
            self.padding[0]
            + self.padding[2]
            + (self.ids.face.width + theme.m)
            + 2 * theme.s
            + theme.icon_small
        )
        badge = (
            text_width(self.badge, theme.caption, True) + 2 * theme.m + (theme.l if self.badge_icon else 0)
        )
        self.stacked = bool(self.badge and self.aside) and (
            badge + text_width(self.aside, theme.caption) > self.width - used
        )

    def _grow(self, *_: object) -> None:
        self.height = self.wanted_height

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> None:
        """Take the data's values, and this class's own for those it lacks: the view was another row before."""
        for name in ("icon", "thumbnail", "title", "subtitle", "aside", "badge", "badge_icon"):
            setattr(self, name, data.get(name, ""))
        for name, value in (
            ("tone", "neutral"),
            ("icon_tone", "neutral"),
            ("dot", False),
            ("plain", False),
            ("chevron", True),
        ):
            setattr(self, name, data.get(name, value))
        self.key = data.get("key")
        self._list = None  # while it becomes another row nobody has moved the focus
        self.focus = self.key is not None and self.key == rv.focused
        self._list = rv
        self.chosen = self.key is not None and self.key == rv.chosen

    def refresh_view_layout(self, rv: Any, index: int, layout: dict[str, Any], viewport: Any) -> None:
        """Take place and width from the list, but not the height that it guessed."""
        super().refresh_view_layout(rv, index, layout, viewport)
        # Kivy would lay out later in the frame. Until then a view that is used again has the height of the row that
        # it was; the list would believe that, move its rows, and never come to rest. So it is done now.
        self._stack()
        lay_out(self)
        self._grow()

    def on_focus(self, _: object, focus: bool) -> None:
        """Let the list know: another view may be this row in the next frame."""
        if self._list is not None:
            self._list.focused = self.key if focus else None

    def on_release(self) -> None:
        """Let the list know."""
        if self._list is not None:
            self._list.dispatch("on_pick", self.key)


class RowHeading(RecycleDataViewBehavior, BoxLayout):
    """A few words between rows: the day of what follows, say."""

    title = StringProperty()

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> None:
        """Take the words."""
        self.title = data.get("title", "")

    def refresh_view_layout(self, rv: Any, index: int, layout: dict[str, Any], viewport: Any) -> None:
        """Take place and width, but not the height that was guessed (as `Row`)."""
        super().refresh_view_layout(rv, index, layout, viewport)
        lay_out(self)
        self.height = self.minimum_height


class RowList(RecycleView):
    """A list of `rows` (dicts of `Row`'s properties) that draws only what is seen; a tap dispatches `on_pick(key)`.

    A dict of `{"heading": True, "title": …}` is a heading between rows.
    """

    __events__ = ("on_pick",)

    rows = ListProperty()
    lines = ListProperty()  # the rows, each with the name of its class
    focused = ObjectProperty(None, allownone=True)  # key of the row that has the keyboard's focus
    chosen = ObjectProperty(None, allownone=True)  # key of the row whose detail stands beside the list

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Heights are known only of rows that were drawn: what they rest on changed, so forget them.
        theme.bind(text_scale=self._again)
        self.bind(width=self._again, chosen=self._again)

    def on_rows(self, _: object, rows: list[dict[str, Any]]) -> None:
        """Let each line be drawn by its class."""
        self.lines = [{**row, "view": "RowHeading" if row.get("heading") else "Row"} for row in rows]

    def on_pick(self, key: Any) -> None:
        """A row was tapped."""

    def _again(self, *_: object) -> None:
        self.refresh_from_data()
