"""Writing an alert."""

from typing import Any
from uuid import UUID

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.content import preview
from mobile.content.area_pane import AreaPane
from mobile.content.edit_model import AlertEdit
from mobile.core.kv import follow, load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, chip, choice, field, page, room, when
from mobile.widgets.chip import Chip
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = [
    "AlertEditScreen",
    "appbar",
    "button",
    "card",
    "chip",
    "choice",
    "field",
    "page",
    "preview",
    "room",
    "when",
]

load_kv(__file__)

LEAST_HALF = dp(260)
"""Two fields stand side by side where each has that much, at the size of words that is chosen."""


class Pair(BoxLayout):
    """Two fields side by side, or one below the other where there is no room."""

    beside = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(width=self._measure)
        follow(theme, self._measure, "text_scale")

    def _measure(self, *_: object) -> None:
        self.beside = self.width / 2 >= LEAST_HALF * theme.text_scale


class AlertEditScreen(Screen):
    """The form; and, while an area is drawn, the map in its place."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = AlertEdit()
        self._pane: AreaPane | None = None
        super().__init__(**kwargs)
        self.model.bind(quick=self._fill_quick, mode=self._show_mode)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Go on with what was typed, or begin."""
        self.ids.page.scroll_y = 1
        self.model.begin(UUID(str(id)) if id else None)
        self._show_mode()

    def on_leave(self) -> None:
        """Keep what was typed."""
        self.model.keep()
        self._put_away()

    def reload(self) -> None:
        """A form holds what is being written, and nothing of the store."""

    def _say_again(self, *_: object) -> None:
        if self.get_root_window() is not None:
            self.model.retell()

    def take_back(self) -> bool:
        """From the map back is the form."""
        drawing = bool(self.model.mode == "area")
        self.model.mode = "form"
        return drawing

    def save(self) -> None:
        """Save it and show how it stands; or say at the first field that keeps it from that."""
        id_ = self.model.save()
        if id_ is None:
            return
        self.nav.back()
        self.nav.go("alert_work", id=id_)
        snack(words.t("alert_edit.saved"))

    def discard(self) -> None:
        """Ask, then throw away what was typed."""

        def gone() -> None:
            self.model.discard()
            self.nav.back()

        confirm(
            words.t("alert_edit.discard_ask"),
            words.t("alert_edit.discard_text"),
            words.t("alert_edit.discard"),
            gone,
            danger=True,
        )

    # ── what is made here ────────────────────────────────────────────────────────────────────────────────

    def _fill_quick(self, *_: object) -> None:
        self.ids.quick.clear_widgets()
        for one in self.model.quick:
            made = Chip(text=one["text"], icon="clock")
            made.bind(on_release=lambda _, hours=one["hours"]: self.model.end_in(hours))
            self.ids.quick.add_widget(made)

    def _show_mode(self, *_: object) -> None:
        self._put_away()
        if self.model.mode == "area":
            self._pane = AreaPane(model=self.model)
            self.ids.map.add_widget(self._pane)

    def _put_away(self) -> None:
        if self._pane is not None:
            self.ids.map.clear_widgets()
            self._pane.close()
            self._pane = None
