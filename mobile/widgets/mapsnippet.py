"""A small map that shows where something is; a tap opens the large one."""

from typing import Any

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.core.pack import Pack
from mobile.widgets.citymap import CityMap
from mobile.widgets.control import Control
from mobile.widgets.mapmarkers import Marker
from mobile.widgets.mapstyle import colour
from mobile.widgets.theme import theme

load_kv(__file__)

NEAR = 16.5


class StillMap(CityMap):
    """A map that takes no touch: the page that it is on scrolls, and a tap is its frame's."""

    def on_touch_down(self, _: Any) -> bool:
        """Leave it to others."""
        return False


class MapSnippet(Control, BoxLayout):
    """The ground around `place` (latitude, longitude; WGS 84) with a pin of `colour`, or a whole `area`: `on_open`.

    It draws between `begin` (when its screen is shown) and `end` (when it is left: a map has threads).
    """

    __events__ = ("on_open",)

    place = ObjectProperty(None, allownone=True)
    area = ObjectProperty(())  # corners, each (latitude, longitude)
    colour = StringProperty("#50606F")
    illustration_text = StringProperty()
    pack = ObjectProperty(None, allownone=True)
    map = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(
            place=self._show,
            area=self._show,
            colour=self._show,
            pack=self._show,
            illustration_text=self._show,
        )
        follow(theme, self._show, "dark")

    def begin(self, pack: Pack) -> None:
        """Draw from this pack."""
        self.pack = pack

    def end(self) -> None:
        """Draw no more, and let go of the map's threads."""
        self.pack = None

    def _show(self, *_: object) -> None:
        if self.pack is None or not (self.place or self.area):
            self._let_go()
            return
        lat, lon = self.place or self.area[0]
        if self.map is None:
            self.map = StillMap(pack=self.pack, lat=lat, lon=lon, zoom=NEAR, motion=False)
            self.add_widget(self.map)
        self.map.bounded = False
        self.map.lat, self.map.lon, self.map.night = lat, lon, theme.dark
        self.map.illustration_text = self.illustration_text
        pin = Marker("here", lat, lon, colour(self.colour.removeprefix("#")), "pin")
        self.map.set_markers([pin] if self.place else [])
        self.map.set_area(self.area)
        if self.area:
            self.map.fit(self.area)

    def _let_go(self) -> None:
        if self.map is not None:
            self.remove_widget(self.map)
            self.map.close()
            self.map = None

    def on_open(self) -> None:
        """The large map is wanted."""

    def on_release(self) -> None:
        """Say so."""
        self.dispatch("on_open")
