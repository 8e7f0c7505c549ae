"""Where I live: a pin that stays on this phone."""

from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.area import written
from mobile.core.kv import load_kv
from mobile.core.nav import WIDE, Screen
from mobile.core.parts import Parts
from mobile.core.place import PlaceChoice
from mobile.notifications.settings_model import Wanted
from mobile.widgets import appbar, button, page, when
from mobile.widgets.citymap import CityMap
from mobile.widgets.placefinder import Finder, FoundPlaces, show_choice
from mobile.widgets.snackbar import snack
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = ["HomePlaceScreen", "appbar", "button", "page", "when"]

load_kv(__file__)

STREET_ZOOM, CITY_ZOOM = 17.0, 14.5
SIDE_SHARE = 0.48
"""Of a wide pane, beside the map."""


class HomeAnswer(BoxLayout):
    """What the pin says, and the way to keep it."""

    screen = ObjectProperty()
    place = ObjectProperty(rebind=True)


class HomePlaceScreen(Screen):
    """A pin by a tap, by address or by the phone's own place. It works without signal."""

    wide = BooleanProperty(False)
    has_home = BooleanProperty(False)
    map = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self.place, self.wanted = PlaceChoice(), Wanted()
        super().__init__(**kwargs)
        self._finder, self._found = Finder(place=self.place), FoundPlaces(place=self.place)
        self._answer = HomeAnswer(place=self.place, screen=self)
        self._side = BoxLayout(orientation="vertical")
        self._by_finger = False
        self.place.bind(on_pin=self._show_pin, hits=self._arrange, nothing_found=self._arrange)
        self.ids.body.bind(size=self._measure)
        theme.bind(dark=self._dress)
        words.bind(language=self._dress)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts
        self.place.parts = parts
        self.wanted.prepare(parts)

    def on_enter(self, **_: Any) -> None:
        """Show the home, or the city."""
        if self.map is None:
            self.map = CityMap(
                pack=self.parts.pack,
                motion=theme.motion,
                night=theme.dark,
                illustration_text=words.t("report.place.illustration"),
            )
            self.map.bind(on_tap=self._put, on_pin_moved=self._put)
        chosen = self.parts.preferences.now
        self.has_home = bool(chosen.home)
        self.place.show(self.parts.home_place, chosen.home_label)
        self._show_pin()
        self._arrange()

    def on_leave(self) -> None:
        """Let go of the map and its threads."""
        if self.map is not None:
            for box in (self.ids.body, self._side):
                box.clear_widgets()
            self.map.close()
            self.map = None

    def reload(self) -> None:
        """Nothing here comes from the server."""

    def keep(self) -> None:
        """This is where I live."""
        if self.place.pinned:
            label = self.place.address.strip() or words.t("notify.home.unnamed")
            self.wanted.live_at(written(self.place.lat, self.place.lon), label)
            self.nav.back()
            snack(words.t("notify.home.saved"))

    def forget(self) -> None:
        """Have no home on this phone any more."""
        self.wanted.live_at("", "")
        self.nav.back()
        snack(words.t("notify.home.removed"))

    # ── the map ──────────────────────────────────────────────────────────────────────────────────────────

    def _dress(self, *_: object) -> None:
        if self.map is not None:
            self.map.night = theme.dark
            self.map.illustration_text = words.t("report.place.illustration")

    def _put(self, _: Any, lat: float, lon: float, *_key: Any) -> None:
        self._by_finger = True  # the ground stays where it is under a finger
        self.place.put(lat, lon)
        self._by_finger = False

    def _show_pin(self, *_: object) -> None:
        if self.map is not None:
            centre = self.parts.city.get("centre") or {}
            show_choice(self.map, self.place, centre, STREET_ZOOM, CITY_ZOOM, stays=self._by_finger)

    # ── what stands where ────────────────────────────────────────────────────────────────────────────────

    def _measure(self, body: BoxLayout, size: tuple[float, float]) -> None:
        wide = size[0] >= dp(WIDE) or size[0] > size[1] * 1.3
        if wide != self.wide:
            self.wide = wide
            self._arrange()

    def _arrange(self, *_: object) -> None:
        if self.map is None:
            return
        body, side = self.ids.body, self._side
        for box in (body, side):
            box.clear_widgets()
        searching = bool(self.place.hits or self.place.nothing_found)
        body.orientation = "horizontal" if self.wide else "vertical"
        side.size_hint_x, self.map.size_hint_x = (SIDE_SHARE, 1 - SIDE_SHARE) if self.wide else (1, 1)
        column = side if self.wide else body
        if self.wide:
            body.add_widget(side)
            body.add_widget(self.map)
        column.add_widget(self._finder)
        if searching:
            column.add_widget(self._found)
            return
        column.add_widget(BoxLayout() if self.wide else self.map)
        column.add_widget(self._answer)
