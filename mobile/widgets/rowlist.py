"""A list of any length, of which only what is seen exists."""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import ObjectProperty
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile.core.kv import follow, load_kv
from mobile.widgets.row import AlertRow, Row, RowHeading
from mobile.widgets.theme import theme

__all__ = ["AlertRow", "Row", "RowHeading", "RowList"]

load_kv(__file__)

TRIES = 4
"""Rows that turn out taller than was guessed may push others out of sight; so often that is looked at."""


class RowList(ScrollView):
    """A list of `rows` (dicts of `Row`'s properties) that holds only what is seen; a tap dispatches `on_pick(key)`.

    A dict of `{"heading": True, "title": …}` is a heading between rows, one of `"kind": "alert"` an `AlertRow`. `rows` may be any sequence: only those that
    are seen are asked for. How tall the others are is guessed; what is seen stays where it is when a guess was wrong.
    """

    __events__ = ("on_pick",)

    rows: Sequence[dict[str, Any]] = ObjectProperty(())
    scroll_y: float
    focused = ObjectProperty(None, allownone=True)  # key of the row that has the keyboard's focus
    chosen = ObjectProperty(None, allownone=True)  # key of the row whose detail stands beside the list

    def __init__(self, **kwargs: Any) -> None:
        self._shown: dict[int, Any] = {}
        self._spare: defaultdict[type, deque[Any]] = defaultdict(deque)
        self._heights: list[float] = []  # of the rows down to the lowest that was ever seen
        self._tops: list[float] = [0.0]  # where each of these begins, and the next one
        self._each = 1.0  # what is guessed for all others
        self._busy = False
        self._column = Widget(size_hint_y=None, height=0)
        self._anew = Clock.create_trigger(self._forget, -1)
        super().__init__(**kwargs)
        self.add_widget(self._column)
        # Heights are known only of rows that were drawn: what they rest on changed, so forget them.
        follow(theme, self._forget_soon, "text_scale", "body")
        self.fbind("width", self._anew)
        self.fbind("chosen", self._mark)
        self.fbind("rows", self._take)
        self._take()

    def on_pick(self, key: Any) -> None:
        """A row was tapped."""

    def _mark(self, *_: object) -> None:
        for view in self._shown.values():
            view.chosen = getattr(view, "key", None) is not None and view.key == self.chosen

    # ── what is known of all rows ────────────────────────────────────────────────────────────────────────

    def _guess(self) -> float:
        known = [view.height for view in self._shown.values() if isinstance(view, Row)]
        return float(sum(known) / len(known) if known else max(dp(64), theme.body + theme.small + theme.xxl))

    def _take(self, *_: object) -> None:
        """Other rows. Who looked at the top goes on doing so; else the same distance from the top is seen."""
        top = self._top()
        self._begin()
        self._look_at(top)
        self._show()

    def _forget_soon(self, *_: object) -> None:
        self._anew()

    def _forget(self, *_: object) -> None:
        """The same rows, of other heights: the one on top stays there."""
        first = self._row_at(self._top())
        self._begin()
        self._reach(first)
        self._look_at(self._tops[first])
        self._show()

    def _begin(self) -> None:
        self._each = self._guess()
        self._release(list(self._shown))
        self._heights, self._tops = [], [0.0]

    def _reach(self, at: int) -> None:
        """Count rows down to this place: those that were not seen yet are as tall as guessed."""
        while len(self._heights) <= min(at, len(self.rows) - 1):
            self._heights.append(self._each)
            self._tops.append(self._tops[-1] + self._each)

    def _correct(self, first: int) -> None:
        """Heights from this place on turned out to be others."""
        for at in range(first, len(self._heights)):
            self._tops[at + 1] = self._tops[at] + self._heights[at]

    def _row_at(self, top: float) -> int:
        """The row that is so many pixels below the beginning of the list."""
        self._reach(len(self._heights) + int(max(0.0, top - self._tops[-1]) / self._each))
        return max(0, min(bisect_right(self._tops, top), len(self.rows)) - 1)

    @property
    def _whole(self) -> float:
        return self._tops[-1] + (len(self.rows) - len(self._heights)) * self._each

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────

    def _top(self) -> float:
        """How far below the beginning of the list what is seen begins, in pixels."""
        over = max(0.0, self._whole - float(self.height))
        return over * (1 - min(max(self.scroll_y, 0.0), 1.0))

    def _look_at(self, top: float) -> None:
        """Let what is seen begin there."""
        whole = self._whole
        over = max(0.0, whole - self.height)
        self._busy = True
        if self._column.height != whole:
            self._column.height = whole
        if 0 <= self.scroll_y <= 1:  # beyond is where a finger pulls it to: it springs back by itself
            wanted = 1 - min(max(top / over, 0.0), 1.0) if over else 1.0
            if abs(wanted - self.scroll_y) * over > 1e-6:  # noqa: PLR2004 - nothing that is seen
                self.scroll_y = wanted
        self._busy = False

    def update_from_scroll(self, *args: Any) -> None:
        """It was scrolled, or has another size."""
        super().update_from_scroll(*args)
        if not self._busy:
            self._show()

    def _show(self) -> None:
        """Let those rows exist that are seen, and no others, each where it belongs."""
        if self.width <= 1 or not len(self.rows):
            self._tidy()
            return
        for _ in range(TRIES):
            if self._fill():
                break
        whole = self._column.height
        for at, view in self._shown.items():
            place = ((self.width - view.width) / 2, whole - self._tops[at] - view.height)
            if tuple(view.pos) != place:
                view.pos = place

    def _fill(self) -> bool:
        """Make what is seen now; false if heights were other than guessed, and so something else may be seen."""
        top = self._top()
        first, last = self._row_at(top), self._row_at(top + self.height) + 1
        # What was seen before stays where it is; what comes in above it may turn out to be taller.
        stays = min((at for at in self._shown if first <= at < last), default=first)
        from_top = self._tops[stays] - top
        self._release([at for at in self._shown if not first <= at < last])
        right = True
        for at in range(first, last):
            if at not in self._shown:
                view = self._shown[at] = self._view(at)
                if view.height != self._heights[at]:
                    self._heights[at], right = view.height, False
        self._tidy()
        if not right:
            self._correct(first)
            self._look_at(self._tops[stays] - from_top)
        return right

    def _view(self, at: int) -> Any:
        data = self.rows[at]
        kind: type[Any] = (
            RowHeading if data.get("heading") else AlertRow if data.get("kind") == "alert" else Row
        )
        spare = self._spare[kind]
        view = spare.popleft() if spare else kind()
        if view.parent is None:
            self._column.add_widget(view)
        view.take(self, data, min(self.width, theme.column))
        return view

    def _release(self, places: list[int]) -> None:
        for at in places:
            view = self._shown.pop(at)
            self._spare[type(view)].append(view)

    def _tidy(self) -> None:
        """Views that found no new use leave the column; the others stand in it as they are read, for the keyboard."""
        for views in self._spare.values():
            for view in views:
                if view.parent is not None:
                    self._column.remove_widget(view)
        wanted = [self._shown[at] for at in sorted(self._shown, reverse=True)]
        if self._column.children != wanted:
            self._column.children = wanted
