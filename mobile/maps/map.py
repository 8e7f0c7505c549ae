"""The map of the city: its layers, what lies where, what is nearest, how far it is."""

from typing import Any

from kivy.base import EventLoop
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.maps.layers_sheet import LayersSheet
from mobile.maps.map_model import MapModel
from mobile.maps.told_sheet import ToldSheet
from mobile.widgets import appbar, button, chip, mapbutton, mapcard, room, when
from mobile.widgets.citymap import CityMap
from mobile.widgets.keys import focus, overlay
from mobile.widgets.picksheet import LinesSheet, PickSheet
from mobile.widgets.placefinder import Finder, FoundPlaces, show_choice
from mobile.widgets.projection import metres_per_reference_pixel
from mobile.widgets.snackbar import snack
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = ["MapScreen", "appbar", "button", "chip", "mapbutton", "mapcard", "room", "when"]

load_kv(__file__)

STREET, CITY = 17.0, 14.0
FINGER = 22.0
"""Dp around a tap in which something is meant by it."""
PAN = 80.0
"""Dp that an arrow key moves the map."""
ARROWS = {273: (0, -1), 274: (0, 1), 275: (-1, 0), 276: (1, 0)}
"""Up, down, right, left: which way the ground moves under the eye."""
NEARER, FARTHER = frozenset({ord("+"), ord("="), 270}), frozenset({ord("-"), 269})


class MapScreen(Screen):
    """The city's map. With a keyboard arrows move it, plus and minus zoom; Tab goes through all that can be asked."""

    model = ObjectProperty(rebind=True)
    roomy = BooleanProperty(
        True
    )  # else a button stands for the line of what can be done: the map wants the height
    searching = BooleanProperty(False)
    map = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = MapModel()
        self._view: tuple[float, float, float] | None = None
        self._by_finger = False
        self._sheet: ToldSheet | None = None
        super().__init__(**kwargs)
        model, place = self.model, self.model.place
        self._finder = Finder(place=place)
        self.ids.finder.add_widget(self._finder)
        self._hint()
        self.ids.found.add_widget(FoundPlaces(place=place))
        model.bind(
            shown=self._draw_layers, corners=self._draw_path, closed=self._draw_path, units=self._dress
        )
        model.bind(on_told=lambda _, told: self.tell(told), on_word=lambda _, said: snack(said))
        model.bind(on_nearest=lambda _, title, lines: self.show_nearest(title, lines))
        place.bind(on_pin=self._show_pin, on_find=lambda *_: self.find_me())
        place.bind(hits=self._look_for, nothing_found=self._look_for)
        theme.bind(dark=self._dress, motion=self._dress)
        words.bind(language=self._say_again)
        self.bind(roomy=self._hint)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, **args: Any) -> None:
        """Show the map where it was left, or around the place `lat`, `lon`."""
        if self.map is None:
            parts = self.model.parts
            self.map = CityMap(pack=parts.pack, kept=parts.drawn, label=words.t("map.label"))
            self.map.bind(on_tap=lambda _, lat, lon, _key: self._tapped(lat, lon))
            self.map.bind(on_hold=lambda _, lat, lon: self.look(lat, lon))
            self.map.bind(on_pin_moved=lambda _, lat, lon: self._put(lat, lon))
            self.ids.ground.add_widget(self.map)
            self._place_map(args)
            self._dress()
        EventLoop.window.bind(on_key_down=self._key)
        self.model.load()
        self._draw_layers()
        self._draw_path()
        if self.model.mode == "place":
            self._show_pin()
        self.model.ask_server()

    def on_leave(self) -> None:
        """Let go of the map's threads."""
        EventLoop.window.unbind(on_key_down=self._key)
        if self.map is not None:
            self._view = self.map.lat, self.map.lon, self.map.zoom
            self.ids.ground.remove_widget(self.map)
            self.map.close()
            self.map = None

    def reload(self) -> None:
        """Something in the store may be new."""
        if self.map is not None:
            self.model.load()

    def take_back(self) -> bool:
        """End what is measured, or searched for, before the map is left."""
        if self.model.place.query:
            self.model.place.query = ""
        elif self.model.mode:
            self.put_away()
        else:
            return False
        return True

    def _place_map(self, args: dict[str, Any]) -> None:
        centre = self.model.parts.city.get("centre", {})
        lat, lon, zoom = self._view or (
            centre.get("lat", self.map.lat),
            centre.get("lon", self.map.lon),
            CITY,
        )
        if "lat" in args:
            lat, lon, zoom = args["lat"], args["lon"], STREET
        self.map.lat, self.map.lon, self.map.zoom = lat, lon, zoom

    def _dress(self, *_: object) -> None:
        if self.map is not None:
            self.map.night, self.map.motion = theme.dark, theme.motion
            self.map.units = self.model.units
            self.map.illustration_text = words.t("map.illustration")
            self.map.label = words.t("map.label")

    def _hint(self, *_: object) -> None:
        self._finder.hint = "" if self.roomy else words.t("map.search")

    def _say_again(self, *_: object) -> None:
        self._dress()
        self._hint()
        self.model.place.retell()
        self.reload()

    # ── what can be done ─────────────────────────────────────────────────────────────────────────────────

    def show_tools(self) -> None:
        """Where the window is too small for a line of chips: the same as a sheet."""
        icons = {"layers": "layers", "here": "locate", "nearest": "nearest", "measure": "measure"}
        lines = [
            {"key": name, "icon": icon, "title": words.t(f"map.{name}"), "subtitle": ""}
            for name, icon in icons.items()
        ]
        sheet = LinesSheet(title=words.t("map.tools"), lines=lines)
        sheet.bind(on_pick=lambda _, name: self.use(name))
        sheet.open()

    def use(self, tool: str) -> None:
        """Begin with one of them; measuring ends by asking for it again."""
        if tool == "measure" and self.model.mode == "measure":
            self.put_away()
            return
        begin = {
            "layers": self.show_layers,
            "here": self.look_at_middle,
            "nearest": self.ask_nearest,
            "measure": self.model.measure,
        }
        begin[tool]()

    # ── layers ───────────────────────────────────────────────────────────────────────────────────────────

    def _draw_layers(self, *_: object) -> None:
        if self.map is not None:
            self.map.set_layers(self.model.shown)

    def show_layers(self) -> None:
        """Let layers be turned on and off."""
        sheet = LayersSheet(title=words.t("map.layers"), rows=list(self.model.rows))
        sheet.bind(on_turn=lambda _, name, on: self.model.turn(name, on))
        sheet.open()

    # ── what is where ────────────────────────────────────────────────────────────────────────────────────

    def _tapped(self, lat: float, lon: float) -> None:
        reach = FINGER * metres_per_reference_pixel(lat) * 2 ** (18 - self.map.zoom)
        self.model.tap((lat, lon), self.map.zoom, reach)

    def look(self, lat: float, lon: float) -> None:
        """Tell what is here."""
        self.model.look((lat, lon), self.map.zoom)

    def look_at_middle(self) -> None:
        """Tell what is in the middle of the map, and mark it: this needs neither a finger nor a mouse."""
        self.map.pin_at(self.map.lat, self.map.lon)
        self.look(self.map.lat, self.map.lon)

    def look_at_pin(self) -> None:
        """Tell what is at the place that was found."""
        self.look(self.model.place.lat, self.model.place.lon)

    def tell(self, told: dict[str, Any]) -> None:
        """Show a sheet of what was found, instead of the one before."""
        pick = told.pop("pick")
        if self._sheet is not None:
            self._sheet.dismiss()
        self._sheet = ToldSheet(**told)
        self._sheet.bind(on_pick=lambda _, key: pick(key), on_dismiss=self._unmark)
        self._sheet.open()

    def _unmark(self, *_: object) -> None:
        if self.map is not None and self.model.mode != "place":
            self.map.unpin()

    # ── nearest ──────────────────────────────────────────────────────────────────────────────────────────

    def ask_nearest(self) -> None:
        """Ask of which layer, then where the phone is."""
        if not self.model.rows:
            self.show_layers()  # it says why there are none
            return
        options = [{"key": row["key"], "title": row["title"]} for row in self.model.rows]
        sheet = PickSheet(title=words.t("map.nearest_of"), options=options)
        sheet.bind(on_pick=lambda _, name: self._locate(lambda found: self._look_near(name, found)))
        sheet.open()

    def _look_near(self, name: str, found: tuple[float, float, float] | None) -> None:
        if self.map is None:
            return
        if found is None:
            snack(words.t("map.from_middle"))
            self.model.nearest(name, (self.map.lat, self.map.lon))
        else:
            self._found_me(found, moves=False)
            self.model.nearest(name, found[:2])

    def show_nearest(self, title: str, lines: list[dict[str, Any]]) -> None:
        """Let one of the nearest be chosen."""
        sheet = LinesSheet(title=title, lines=lines)
        sheet.bind(on_pick=lambda _, which: self._go_to(which))
        sheet.open()

    def _go_to(self, which: int) -> None:
        self.model.go_to(which)
        if self.map is not None:
            self.map.unpin()
            self.map.fit([tuple(corner) for corner in self.model.corners])

    # ── my place ─────────────────────────────────────────────────────────────────────────────────────────

    def find_me(self) -> None:
        """Show where the phone is."""
        self._locate(lambda found: self._found_me(found, moves=True))

    def _locate(self, then: Any) -> None:
        on_main = self.model.parts.tasks.on_main
        self.model.parts.location.once(lambda found: on_main(then, found))

    def _found_me(self, found: tuple[float, float, float] | None, *, moves: bool) -> None:
        if self.map is None:
            return
        if found is None:
            snack(words.t("work_map.no_place"))
            return
        self.model.me = found[0], found[1]
        self.map.here_at(*found)
        if moves:
            self.map.lat, self.map.lon = found[:2]
            self.map.zoom = max(self.map.zoom, STREET - 1)

    # ── places that were searched for ────────────────────────────────────────────────────────────────────

    def _look_for(self, *_: object) -> None:
        self.searching = bool(self.model.place.hits or self.model.place.nothing_found)

    def _put(self, lat: float, lon: float) -> None:
        self._by_finger = True  # the ground stays where it is under a finger
        self.model.place.put(lat, lon)
        self._by_finger = False

    def _show_pin(self, *_: object) -> None:
        if self.map is not None:
            show_choice(self.map, self.model.place, {}, STREET, CITY, stays=self._by_finger)

    # ── measuring, and the card ──────────────────────────────────────────────────────────────────────────

    def _draw_path(self, *_: object) -> None:
        if self.map is not None:
            corners = [tuple(corner) for corner in self.model.corners]
            self.map.set_path(corners, closed=self.model.closed)

    def put_away(self) -> None:
        """Put the card away, with what it is about."""
        self.model.end()
        if self.map is not None:
            self.map.unpin()

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────

    def _key(self, _window: Any, key: int, *_: Any) -> bool:
        """Arrows, plus and minus are the map's, unless a line is being written or a sheet is open."""
        at = focus()
        if self.map is None or self.searching or overlay() is not None or hasattr(at, "do_cursor_movement"):
            return False
        if key in ARROWS:
            aside, up = ARROWS[key]
            self.map.pan_by(aside * dp(PAN), up * dp(PAN))
        elif key in NEARER:
            self.map.zoom_in()
        elif key in FARTHER:
            self.map.zoom_out()
        else:
            return False
        return True
