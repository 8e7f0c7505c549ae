"""Drawing an area: each tap on the map is a corner."""

from typing import Any

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, let_go, load_kv
from mobile.widgets import button, page
from mobile.widgets.citymap import CityMap
from mobile.widgets.mapmarkers import Marker
from mobile.widgets.mapstyle import colour
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = ["AreaPane", "button", "page"]

load_kv(__file__)

CITY_ZOOM = 14.0
CORNER = colour("B3261E")


class AreaPane(BoxLayout):
    """The map with the corners so far, and the ways to take one back, begin anew, and be done."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        parts = self.model.parts
        centre = parts.city.get("centre") or {}
        self.map = CityMap(
            pack=parts.pack,
            motion=theme.motion,
            night=theme.dark,
            zoom=CITY_ZOOM,
            illustration_text=words.t("report.place.illustration"),
            **{name: centre[name] for name in ("lat", "lon") if name in centre},
        )
        self.map.bind(on_tap=self._tapped)
        self.ids.ground.add_widget(self.map)
        self.model.bind(area=self._show)
        follow(theme, self._dress, "dark")
        self._show()
        if len(self.model.area) > 1:
            self.map.fit(self.model.area)

    def close(self) -> None:
        """Let go of the map and its threads."""
        self.model.unbind(area=self._show)
        theme.unbind(dark=self._dress)
        self.map.close()
        let_go(self)

    def _dress(self, *_: object) -> None:
        self.map.night = theme.dark

    def _tapped(self, _: Any, lat: float, lon: float, key: Any) -> None:
        if key is None:
            self.model.corner(lat, lon)

    def _show(self, *_: object) -> None:
        corners = [tuple(corner) for corner in self.model.area]
        self.map.set_area(corners)
        self.map.set_markers([Marker(at, lat, lon, CORNER, "dot") for at, (lat, lon) in enumerate(corners)])
