"""The work on the map."""

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests import looks
from mobile.service_requests.work_map_model import Dot, WorkMap
from mobile.widgets import appbar, badge, chip, choice, mapbutton, mapcard, when
from mobile.widgets.citymap import CityMap
from mobile.widgets.icons import ICONS
from mobile.widgets.mapmarkers import Marker
from mobile.widgets.mapstyle import colour
from mobile.widgets.snackbar import snack
from mobile.widgets.theme import theme
from mobile.widgets.words import words
from shared_models.service_requests import Status

__all__ = ["WorkMapScreen", "appbar", "badge", "chip", "choice", "mapbutton", "mapcard", "when"]

load_kv(__file__)

REST = 0.4
"""Seconds that the map must rest before the server is asked what lies in sight."""
STREET = 17.0
COVERED, CLEAR = 0.5, 0.65
"""Up to which share of the map's height its card may cover a mark, and where the mark goes then."""


class WorkMapScreen(Screen):
    """All requests with a place; a tap on one tells of it."""

    model = ObjectProperty(rebind=True)
    roomy = BooleanProperty(
        True
    )  # else a chip stands for the choice of which requests: the map wants the height
    map = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = WorkMap()
        self._rests = Clock.create_trigger(lambda _: self._look(), REST)
        self._view: tuple[float, float, float] | None = None
        super().__init__(**kwargs)
        self.model.bind(dots=self._mark, chosen=self._choose, older=self._turn_older)
        theme.bind(dark=self._dress)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, **args: Any) -> None:
        """Show the map where it was left, or around the place `lat`, `lon`."""
        if self.map is None:
            self.map = CityMap(pack=self.model.parts.pack, label=words.t("work_map.title"))
            self.map.bind(on_tap=lambda _, _lat, _lon, key: self.model.choose(str(key or "")))
            self.map.bind(lat=self._moved, lon=self._moved, zoom=self._moved, size=self._moved)
            self.ids.ground.add_widget(self.map)
            self._dress()
            self._place_map(args)
        self.model.load()
        self._mark()

    def on_leave(self) -> None:
        """Let go of the map's threads."""
        if self.map is not None:
            self._view = self.map.lat, self.map.lon, self.map.zoom
            self._rests.cancel()
            self.ids.ground.remove_widget(self.map)
            self.map.close()
            self.map = None

    def _say_again(self, *_: object) -> None:
        if self.map is not None:
            self.model.load()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def _place_map(self, args: dict[str, Any]) -> None:
        centre = self.model.parts.city.get("centre", {})
        start = centre.get("lat", self.map.lat), centre.get("lon", self.map.lon), self.map.zoom
        lat, lon, zoom = self._view or start
        if "lat" in args:
            lat, lon, zoom = args["lat"], args["lon"], STREET
        self.map.lat, self.map.lon, self.map.zoom = lat, lon, zoom

    def _dress(self, *_: object) -> None:
        if self.map is not None:
            self.map.night, self.map.motion = theme.dark, theme.motion
            self.map.bounded = not self.model.older
            self.map.illustration_text = words.t("report.place.illustration")

    # ── marks ────────────────────────────────────────────────────────────────────────────────────────────

    def _mark(self, *_: object) -> None:
        if self.map is not None:
            self.map.set_markers([self._marker(dot) for dot in self.model.dots])

    def _marker(self, dot: Dot) -> Marker:
        tint = colour(looks.pin_colour(dot.status).removeprefix("#"))
        if not dot.here or dot.status is Status.CLOSED:
            return Marker(str(dot.id), dot.lat, dot.lon, tint)
        kind = self.model.parts.types().get(dot.type)
        sign = ICONS[looks.group_icon(kind.group_code if kind else "")]
        return Marker(str(dot.id), dot.lat, dot.lon, tint, "pin", sign)

    def _choose(self, *_: object) -> None:
        if self.map is None:
            return
        self.map.chosen = self.model.chosen or None
        dot = next((one for one in self.model.dots if str(one.id) == self.model.chosen), None)
        if dot is None:
            return
        _, south, _, north = self.map.box()
        share = (dot.lat - south) / (north - south)
        if share < COVERED:
            self.map.lat -= (CLEAR - share) * (north - south)

    # ── moving ───────────────────────────────────────────────────────────────────────────────────────────

    def _turn_older(self, *_: object) -> None:
        self._dress()
        self._look()

    def _moved(self, *_: object) -> None:
        if self.model.older:
            self._rests()

    def _look(self) -> None:
        if self.map is not None and self.map.width > 1:
            self.model.look(clipped(self.map.box()))

    def show_all(self) -> None:
        """Show everything that was found, wherever it is."""
        self.model.find_all(self._fit)

    def _fit(self, places: list[tuple[float, float]]) -> None:
        if self.map is None:
            return
        if places:
            self.map.fit(places)
        else:
            snack(words.t("work_map.nothing"))

    def find_me(self) -> None:
        """Show where the phone is."""
        on_main = self.model.parts.tasks.on_main
        self.model.parts.location.once(lambda found: on_main(self._found_me, found))

    def _found_me(self, found: tuple[float, float, float] | None) -> None:
        if self.map is None:
            return
        if found is None:
            snack(words.t("work_map.no_place"))
            return
        self.map.here_at(*found)
        self.map.lat, self.map.lon = found[:2]
        self.map.zoom = max(self.map.zoom, STREET - 1)

    def open_item(self) -> None:
        """Show all about the chosen one."""
        self.nav.go("work_item", id=self.model.chosen)


def clipped(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The part of this box that is on Earth."""
    west, south, east, north = box
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)
