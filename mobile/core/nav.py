"""Screens by name, made when first shown; one pane on a phone, a list beside its detail on a wide window."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from kivy.animation import Animation
from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

WIDE = 840  # dp from which two panes stand side by side (Material's "expanded" window class)


class Screen(BoxLayout):
    """One screen. `args` are those of the last `nav.go`; `on_enter` and `on_leave` tell it when it is shown."""

    __events__ = ("on_enter", "on_leave")

    nav = ObjectProperty(None, allownone=True)
    name = StringProperty()
    args = DictProperty()
    beside = BooleanProperty(False)  # another pane stands left of it: no way back is needed

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("orientation", "vertical")
        super().__init__(**kwargs)

    def on_enter(self, **args: Any) -> None:
        """The screen is shown, with the arguments of `nav.go`."""

    def on_leave(self) -> None:
        """The screen is no longer shown."""

    def take_back(self) -> bool:
        """The person wants to go back: true if the screen does so within itself (an earlier step, a question)."""
        return False


class Place(NamedTuple):
    """Where somebody is: a screen and what it shows."""

    name: str
    args: dict[str, Any]


class Nav(BoxLayout):
    """The way through the app: a path of places that starts at a tab's root.

    Args (keywords):
        screens: name → "package.module:Class"; the module is imported when the screen is first shown.
        tabs: names of the roots; the first is home.
        details: name of a detail → name of the list it stands beside on a wide window.
        prepare: called with each screen once it is made, before it is shown (to hand it its model, say).
    """

    __events__ = ("on_move",)

    current = StringProperty()  # name of the place on top
    tab = StringProperty()  # the root we are under
    deep = BooleanProperty(False)  # there is a place to go back to
    wide = BooleanProperty(False)
    list_width = NumericProperty(dp(400))
    animated = BooleanProperty(True)  # a new screen fades in

    def __init__(
        self,
        screens: Mapping[str, str],
        tabs: Sequence[str],
        details: Mapping[str, str] | None = None,
        prepare: Any = None,
        **kwargs: Any,
    ) -> None:
        self._where = dict(screens)
        self._details = dict(details or {})
        self._prepare = prepare
        self._made: dict[str, Screen] = {}
        self._path: list[Place] = []
        self._tabs = tuple(tabs)
        super().__init__(**kwargs)
        self.bind(width=self._measure)

    # -- moving ---------------------------------------------------------------

    def go(self, name: str, **args: Any) -> Screen:
        """Show this screen. A tab's root starts a new path; a place that is on the path already is returned to."""
        screen = self._screen(name)  # first: if it can't be made, we stay where we are
        place = Place(name, args)
        if name in self._tabs:
            self._path = [place]
            self.tab = name
        else:
            if not self._path:
                self._path = [Place(self._tabs[0], {})]
                self.tab = self._tabs[0]
            names = [step.name for step in self._path]
            kept = names.index(name) if name in names else len(names)
            self._path = [*self._path[:kept], place]
        self._show(enter=True)
        return screen

    def back(self) -> bool:
        """Go one place back; from a tab's root to the home tab. False where there is nowhere to go."""
        if self._path and self._screen(self._path[-1].name).take_back():
            return True
        if len(self._path) > 1:
            self._path.pop()
        elif self._path and self._path[0].name != self._tabs[0]:
            self.tab = self._tabs[0]
            self._path = [Place(self.tab, {})]
        else:
            return False
        self._show(enter=True)
        return True

    def forget(self) -> None:
        """Drop all screens and the path: after signing out nothing of the person is left in memory."""
        self._set_panes([])
        self._made.clear()
        self._path.clear()

    def on_move(self) -> None:
        """Something else is shown now."""

    # -- showing --------------------------------------------------------------

    def panes(self) -> list[str]:
        """Return the names of what is shown now, from left to right."""
        return [pane.name for pane in reversed(self.children)]

    def _measure(self, *_: object) -> None:
        wide = self.width >= dp(WIDE)
        if wide != self.wide:
            self.wide = wide
            if self._path:
                self._show(enter=False)

    def _show(self, *, enter: bool) -> None:
        top = self._path[-1]
        listed = self._details.get(top.name) if self.wide else None
        names = [listed, top.name] if listed else [top.name]
        self.current, self.deep = top.name, len(self._path) > 1
        fresh = [name for name in names if name not in self.panes()]
        self._set_panes([self._screen(name) for name in names])
        for name in names:
            # The list beside a detail keeps what it shows: only a newcomer is told to load.
            if name in fresh or (enter and name == top.name):
                args: dict[str, Any] = next(
                    (step.args for step in reversed(self._path) if step.name == name), {}
                )
                screen = self._screen(name)
                screen.args = args
                screen.dispatch("on_enter", **args)
        self.dispatch("on_move")

    def _set_panes(self, screens: list[Screen]) -> None:
        gone = [pane for pane in self.children if pane not in screens]
        arrived = [screen for screen in screens if screen not in self.children]
        self.clear_widgets()
        for pane in gone:
            pane.dispatch("on_leave")
        for place, screen in enumerate(screens):
            left_of_two = place < len(screens) - 1
            screen.beside = place > 0
            screen.size_hint_x = None if left_of_two else 1
            if left_of_two:
                screen.width = self.list_width
            self.add_widget(screen)
            Animation.cancel_all(screen, "opacity")
            screen.opacity = 1
            if screen in arrived and self.animated:
                screen.opacity = 0
                Animation(opacity=1, d=0.12, t="out_quad").start(screen)

    def _screen(self, name: str) -> Screen:
        if name not in self._made:
            module, _, cls = self._where[name].partition(":")
            screen = getattr(import_module(module), cls)(nav=self, name=name)
            if self._prepare is not None:
                self._prepare(screen)
            self._made[name] = screen
        return self._made[name]
