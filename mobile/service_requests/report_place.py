"""The step that asks where it is."""

from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, let_go, load_kv
from mobile.core.nav import WIDE
from mobile.service_requests import contacts, remark
from mobile.service_requests.report_step import Step
from mobile.widgets import button, field, page, when
from mobile.widgets.citymap import CityMap
from mobile.widgets.placefinder import Finder, FoundPlaces, show_choice
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = [
    "PlaceAnswer",
    "PlaceStep",
    "button",
    "contacts",
    "field",
    "page",
    "remark",
    "when",
]

load_kv(__file__)

STREET_ZOOM = 17.5
"""A pin is set by the house, so that is what is seen."""
CITY_ZOOM = 15.0
SIDE_SHARE = 0.42
"""Of a wide window, beside the map."""


class PlaceAnswer(Step):
    """What the pin says: near which street, the words for a crew, whose place it is; and the way on."""

    illustrated = BooleanProperty(False)  # something on the map is invented
    can_skip = BooleanProperty(False)
    cramped = BooleanProperty(
        False
    )  # what is not needed to go on scrolls: the map must stay large enough to tap
    above = NumericProperty(0)  # height of what stands above the map


class PlaceStep(Step):
    """A pin on the city's map: by the phone's own place, by a tap, or by address. It works without signal."""

    wide = BooleanProperty(False)
    map = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pack = self.model.parts.pack
        parts = {"flow": self.flow, "model": self.model}
        self._by_finger = False
        self._side = BoxLayout(orientation="vertical")
        self._finder, self._found = Finder(place=self.model.place), FoundPlaces(place=self.model.place)
        self._answer = PlaceAnswer(**parts)
        self.map = CityMap(
            pack=pack,
            zoom=STREET_ZOOM,
            night=theme.dark,
            motion=theme.motion,
            illustration_text=words.t("report.place.illustration"),
        )
        self._finder.bind(top=self._leave_room, y=self._leave_room)
        self.map.bind(note=lambda _, note: setattr(self._answer, "illustrated", bool(note)))
        self.map.bind(on_tap=self._put, on_pin_moved=self._put)
        self.model.place.bind(on_pin=self._show_pin, hits=self._arrange, nothing_found=self._arrange)
        self.bind(width=self._measure)
        follow(theme, self._dress, "dark")
        follow(words, self._dress, "language")
        self._show_pin()
        self._arrange()

    def close(self) -> None:
        """Let go of the map and its threads."""
        self.model.place.unbind(on_pin=self._show_pin, hits=self._arrange, nothing_found=self._arrange)
        theme.unbind(dark=self._dress)
        words.unbind(language=self._dress)
        self.map.close()
        for part in (self, self._finder, self._found, self._answer):
            let_go(part)

    def _dress(self, *_: object) -> None:
        self.map.night = theme.dark
        self.map.illustration_text = words.t("report.place.illustration")

    def _put(self, _: Any, lat: float, lon: float, *_key: Any) -> None:
        self._by_finger = True  # the ground stays where it is under a finger
        self.model.place.put(lat, lon)
        self._by_finger = False

    def _show_pin(self, *_: object) -> None:
        centre = self.model.parts.city.get("centre") or {}
        show_choice(self.map, self.model.place, centre, STREET_ZOOM, CITY_ZOOM, stays=self._by_finger)

    def _leave_room(self, *_: object) -> None:
        self._answer.above = self.flow.height - self._finder.y

    # ── what stands where ────────────────────────────────────────────────────────────────────────────────

    def _measure(self, *_: object) -> None:
        wide = self.width >= dp(WIDE)
        if wide != self.wide:
            self.wide = wide
            self._arrange()

    def _arrange(self, *_: object) -> None:
        searching = bool(self.model.place.hits or self.model.place.nothing_found)
        middle = self._found if searching else self._answer
        side = self._side
        for box in (self, side):
            box.clear_widgets()
        self.orientation = "horizontal" if self.wide else "vertical"
        side.size_hint_x = SIDE_SHARE if self.wide else 1
        if self.wide:
            shown = [self._finder, middle]
            self.add_widget(side)
            self.add_widget(self.map)
        elif searching:
            shown = [self._finder, self._found]
            self.add_widget(side)
        else:
            self.add_widget(self._finder)
            self.add_widget(self.map)
            self.add_widget(self._answer)
            return
        for part in shown:
            side.add_widget(part)
