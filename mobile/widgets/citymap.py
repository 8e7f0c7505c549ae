"""The city's map: drawn from the pack on the phone, moved by fingers, with marks and a pin.

    map = CityMap(pack=Pack.open(path), illustration_text=parts.word("illustration"))
    map.set_markers([Marker("r1", 29.7160, -95.4310, colour("c62828"), "pin", icons["road"])])
    map.bind(on_tap=lambda _, lat, lon, key: ...)

Everything is degrees, WGS 84. The map draws only when something changed; tiles, words and marks are
reckoned by two threads that `close()` ends.
"""

import logging
import math
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.widget import Widget

from mobile.core.mvt import BrokenTileError
from mobile.core.pack import BrokenPackError, Pack
from mobile.widgets import maplabels, mapwords, vector
from mobile.widgets.mapcanvas import Ground, Sprites, ground_drawings, sprite_drawings
from mobile.widgets.mapfurniture import Furniture
from mobile.widgets.mapgestures import Gestures
from mobile.widgets.mapmarkers import Marker
from mobile.widgets.mapmarks import Marks
from mobile.widgets.mapstyle import (
    BORDER_WIDTH,
    DAY,
    EDGE_WIDTH,
    MAIN_WIDTH,
    NIGHT,
    STREET_WIDTH,
    MapStyle,
    at_zoom,
)
from mobile.widgets.maptiles import TileSet
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import (
    REFERENCE_ZOOM,
    Frame,
    Spot,
    Tile,
    metres_per_reference_pixel,
    tiles_in,
    unworld,
    world,
)

__all__ = ["CityMap", "Marker"]

_log = logging.getLogger(__name__)

FARTHEST, NEAREST = 11.0, 19.0
EVERYWHERE = 2.0
"""The farthest zoom of a map that is not bounded to its pack."""
MARGIN = 0.01
"""Degrees beyond the pack's box that a bounded map may show in its middle."""
WORDS_REST = 0.12
"""Seconds after the last movement until words are placed anew."""
WORDS_A_FRAME = 8


class CityMap(Widget):
    """The map. `lat`, `lon` and `zoom` say what is in its middle; they may be set and watched."""

    __events__ = ("on_tap", "on_pin_moved")

    lat = NumericProperty(0.0)
    lon = NumericProperty(0.0)
    zoom = NumericProperty(14.0)
    pack: Pack = ObjectProperty()
    night = BooleanProperty(False)
    motion = BooleanProperty(True)
    bounded = BooleanProperty(True)
    """Stays near what the pack holds; False lets it go anywhere (another city's history, say)."""
    units = OptionProperty("feet", options=["feet", "metres"])
    illustration_text = StringProperty("")
    """What to say where something drawn is invented."""
    note = StringProperty("")
    """That text, while something drawn is; the map shows it itself, with the makers of the data."""
    label = StringProperty("")
    chosen: Hashable = ObjectProperty(None, allownone=True)
    """The key of the marker that is drawn large."""
    busy = BooleanProperty(True)
    """Tiles are on their way."""

    def __init__(self, **kwargs: Any) -> None:
        pack: Pack = kwargs["pack"]
        centre = pack.center
        kwargs.setdefault("lat", centre.lat)
        kwargs.setdefault("lon", centre.lon)
        self._origin: Spot = world(centre.lat, centre.lon)
        self._workers = Workers("map")
        self._ground, self._sprites, self._furniture = Ground(), Sprites(), Furniture()
        self._marks = Marks(self._sprites, self._ground, self._workers, dp(1))
        self._marks.begin(self._origin)
        self._tiles, self._gestures, self._words = TileSet(), Gestures(self), mapwords.Words()
        self._outlines: vector.OutlineArt | None = None
        self._placed: list[maplabels.Placed] = []
        self._pin_grab: Any = None
        self._closed = False
        super().__init__(**kwargs)
        self._begin_canvas()
        self._trigger = Clock.create_trigger(self._draw, -1)
        self._words_trigger = Clock.create_trigger(self._write_words, WORDS_REST)
        changes = (
            "lat",
            "lon",
            "zoom",
            "size",
            "pos",
            "night",
            "chosen",
            "units",
            "illustration_text",
            "bounded",
        )
        self.bind(**{name: lambda *_: self._trigger() for name in changes})
        self._workers.ask(lambda: vector.build_outlines(pack.outlines, self._origin), self._have_outlines)
        self._trigger()

    def _begin_canvas(self) -> None:
        with self.canvas:
            StencilPush()
            self._mask = Rectangle()
            StencilUse()
            self._paper = Color()
            self._sheet = Rectangle()
        for part in (self._ground.context, self._sprites.context, self._furniture.group):
            self.canvas.add(part)
        with self.canvas:
            StencilUnUse()
            self._unmask = Rectangle()
            StencilPop()

    # ── what others ask of it ────────────────────────────────────────────────────────────────────────────

    def set_markers(self, markers: Iterable[Marker]) -> None:
        """Mark these instead of what was marked."""
        self._marks.set(markers, self._origin)
        self._trigger()

    def pin_at(self, lat: float, lon: float) -> None:
        """Put the one pin here; a finger can drag it (`on_pin_moved`)."""
        self._marks.pin = self._marks.spot(lat, lon)
        self._trigger()

    def unpin(self) -> None:
        """Take the pin away."""
        self._marks.pin = None
        self._trigger()

    def here_at(self, lat: float, lon: float, accuracy: float = 0.0) -> None:
        """Show where the phone is, to so many metres."""
        radius = accuracy / metres_per_reference_pixel(lat)
        self._marks.here = self._marks.spot(lat, lon), radius
        self._trigger()

    def fit(self, places: Iterable[tuple[float, float]], *, nearest: float = 17.0) -> None:
        """Show all of these places (latitude, longitude)."""
        spots = [world(lat, lon) for lat, lon in places]
        if not spots:
            return
        left, right = min(x for x, _ in spots), max(x for x, _ in spots)
        bottom, top = min(y for _, y in spots), max(y for _, y in spots)
        room = max(dp(40), self.width - dp(96)), max(dp(40), self.height - dp(96))
        share = max((right - left) / room[0], (top - bottom) / room[1], 1e-9)
        self.lat, self.lon = unworld((left + right) / 2, (bottom + top) / 2)
        self.zoom = self._allowed(min(nearest, REFERENCE_ZOOM - math.log2(share * dp(1))))

    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is shown."""
        frame = self._frame()
        south, west = self._place(self.x, self.y, frame)
        north, east = self._place(self.right, self.top, frame)
        return west, south, east, north

    def zoom_in(self) -> None:
        """One step nearer."""
        self.zoom_by(1.0, smoothly=True)

    def zoom_out(self) -> None:
        """One step away."""
        self.zoom_by(-1.0, smoothly=True)

    def close(self) -> None:
        """End the threads; the map draws nothing more."""
        self._closed = True
        self._trigger.cancel()
        self._words_trigger.cancel()
        self._gestures.close()
        Animation.cancel_all(self)
        self._workers.close()

    def on_tap(self, lat: float, lon: float, key: Hashable) -> None:
        """A finger tapped this place, or the marker with this key."""

    def on_pin_moved(self, lat: float, lon: float) -> None:
        """A finger dragged the pin here."""

    # ── the matrix ───────────────────────────────────────────────────────────────────────────────────────

    def _frame(self) -> Frame:
        scale = dp(1) * 2 ** (self.zoom - REFERENCE_ZOOM)
        x, y = world(self.lat, self.lon)
        middle = x - self._origin[0], y - self._origin[1]
        return Frame(self.center_x - middle[0] * scale, self.center_y - middle[1] * scale, scale)

    def _place(self, x: float, y: float, frame: Frame | None = None) -> tuple[float, float]:
        spot = (frame or self._frame()).to_reference((x, y))
        return unworld(spot[0] + self._origin[0], spot[1] + self._origin[1])

    def _allowed(self, zoom: float) -> float:
        return min(max(zoom, FARTHEST if self.bounded else EVERYWHERE), NEAREST)

    def _go(self, lat: float, lon: float) -> None:
        if self.bounded:
            west, south, east, north = self.pack.bounds
            lat = min(max(lat, south - MARGIN), north + MARGIN)
            lon = min(max(lon, west - MARGIN), east + MARGIN)
        self.lat, self.lon = min(max(lat, -85.0), 85.0), min(max(lon, -180.0), 180.0)

    # ── fingers (see mapgestures.Movable) ────────────────────────────────────────────────────────────────

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the ground by so many pixels."""
        self._go(*self._place(self.center_x - dx, self.center_y - dy))

    def zoom_by(
        self, steps: float, about: tuple[float, float] | None = None, *, smoothly: bool = False
    ) -> None:
        """Zoom in by so many levels, about a point in pixels that stays where it is."""
        Animation.cancel_all(self, "zoom", "lat", "lon")
        before, about = self.zoom, about or self.center
        zoom = self._allowed(before + steps)
        lat, lon = self._place(*about)
        # The middle that leaves the place under the finger where it is.
        scale = dp(1) * 2 ** (zoom - REFERENCE_ZOOM)
        x, y = world(lat, lon)
        goal = unworld(x + (self.center_x - about[0]) / scale, y + (self.center_y - about[1]) / scale)
        if smoothly and self.motion:
            Animation(zoom=zoom, lat=goal[0], lon=goal[1], d=0.18, t="out_quad").start(self)
        else:
            self.zoom = zoom
            self._go(*goal)

    def tap(self, x: float, y: float) -> bool:
        """A tap: a cluster opens, a marker is told at once; False where there is only ground."""
        found = self._marks.hit(x, y, self._frame())
        if found is None:
            return False
        if len(found.markers) > 1:
            self.zoom_by(2.0, self._frame().to_window(found.spot), smoothly=True)
        else:
            marker = found.markers[0]
            self.dispatch("on_tap", marker.lat, marker.lon, marker.key)
        return True

    def tap_ground(self, x: float, y: float) -> None:
        """A tap on the ground."""
        self.dispatch("on_tap", *self._place(x, y), None)

    def on_touch_down(self, touch: Any) -> bool:
        """A finger or the wheel on the map is the map's."""
        if not self.collide_point(*touch.pos) or self.disabled:
            return bool(super().on_touch_down(touch))
        touch.grab(self)
        if self._marks.holds_pin(touch.x, touch.y, self._frame()):
            at = self._frame().to_window(self._marks.pin or (0.0, 0.0))
            self._pin_grab = touch.uid, at[0] - touch.x, at[1] - touch.y
            return True
        return self._gestures.down(touch)

    def on_touch_move(self, touch: Any) -> bool:
        """Drag the pin, or the map."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        if self._pin_grab and self._pin_grab[0] == touch.uid:
            at = touch.x + self._pin_grab[1], touch.y + self._pin_grab[2]
            self._marks.pin = self._frame().to_reference(at)
            self._trigger()
        else:
            self._gestures.move(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Let go."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        if self._pin_grab and self._pin_grab[0] == touch.uid:
            self._pin_grab = None
            pin = self._marks.pin or (0.0, 0.0)
            self.dispatch("on_pin_moved", *unworld(pin[0] + self._origin[0], pin[1] + self._origin[1]))
        else:
            self._gestures.up(touch)
        return True

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _style(self) -> MapStyle:
        return NIGHT if self.night else DAY

    def _draw(self, *_: object) -> None:
        if self._closed or 0 in self.size:
            return
        frame, style = self._frame(), self._style
        for sheet in (self._mask, self._sheet, self._unmask):
            sheet.pos, sheet.size = self.pos, self.size
        self._paper.rgba = style.outside
        self._ground.move(frame)
        self._sprites.move(frame)
        self._dress(style)
        self._want_tiles(frame)
        arts = self._show_tiles()
        self._marks.chosen = self.chosen
        self._marks.draw(frame, self.zoom, style, arts)
        self.note = self.illustration_text if any(art.illustration for art in arts) else ""
        credit = " · ".join(words for words in (self.note, self.pack.attribution) if words)
        length = metres_per_reference_pixel(self.lat) / frame.scale
        self._furniture.show((*self.pos, *self.size), length, self.units, credit, style)
        self._words_trigger()

    def _dress(self, style: MapStyle) -> None:
        ground, edge = self._ground, 2 * at_zoom(EDGE_WIDTH, self.zoom)
        for name in self._ground.layers:
            ground.paint(name, getattr(style, name))
        for name, stops in (("street", STREET_WIDTH), ("main", MAIN_WIDTH)):
            width = at_zoom(stops, self.zoom)
            ground.widen(name, dp(width))
            ground.widen(f"{name}_edge", dp(width + edge))
        border = at_zoom(BORDER_WIDTH, self.zoom)
        ground.widen("border", dp(border))
        ground.widen("border_edge", dp(border + 3))
        ground.widen("neighbour_border", dp(border * 0.6))
        self._sprites.rim("words", style.halo)
        for name in ("facilities", "markers", "top"):
            self._sprites.rim(name, style.rim)

    def _want_tiles(self, frame: Frame) -> None:
        z = min(max(round(self.zoom), self.pack.minzoom), self.pack.maxzoom)
        left, bottom = frame.to_reference(self.pos)
        right, top = frame.to_reference((self.right, self.top))
        x, y = self._origin
        inside = self._pack_tiles(z)
        wanted = (
            tiles_in(left + x, bottom + y, right + x, top + y, z)
            if self.zoom > self.pack.minzoom - 2
            else set()
        )
        for tile in self._tiles.want(wanted & inside):
            self._workers.ask(partial(self._build, tile), partial(self._built, tile))
        self.busy = not self._tiles.complete or self._outlines is None

    def _pack_tiles(self, z: int) -> set[Tile]:
        west, south, east, north = self.pack.bounds
        (left, bottom), (right, top) = world(south, west), world(north, east)
        return tiles_in(left, bottom, right, top, z)

    def _build(self, tile: Tile) -> vector.TileArt | str | None:
        if not self._tiles.wants(tile):
            return "late"
        try:
            data = self.pack.tile(*tile)
            return vector.build_tile(data, tile, self._origin) if data else None
        except (BrokenTileError, BrokenPackError) as error:
            _log.warning("tile %s can't be drawn: %s", tile, error)
            return None

    def _built(self, tile: Tile, art: vector.TileArt | str | None) -> None:
        if isinstance(art, str):
            if not self._tiles.gave_up(tile):
                return
        else:
            self._tiles.arrived(tile, art)
        self._trigger()

    def _show_tiles(self) -> list[vector.TileArt]:
        shown = self._tiles.to_draw()
        for name in ("street", "main"):
            for layer_name in (f"{name}_edge", name):
                layer = self._ground.layers[layer_name]
                layer.keep(set(shown))
                for tile, art in shown.items():
                    if tile not in layer:
                        layer.put(tile, ground_drawings(art.meshes[name]))
        return list(shown.values())

    def _have_outlines(self, art: vector.OutlineArt) -> None:
        self._outlines = art
        for name, mesh in art.meshes.items():
            self._ground.layers[name].put("all", ground_drawings(mesh))
        self._ground.layers["border_edge"].put("all", ground_drawings(art.meshes["border"]))
        self._trigger()

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────

    def _write_words(self, *_: object) -> None:
        """A few new texts a frame; once all are written a worker finds their places."""
        if self._closed:
            return
        wishes = mapwords.wishes(self._tiles.to_draw().values(), self._outlines, self.zoom)
        if not self._words.write((wish.text for wish in wishes), WORDS_A_FRAME):
            Clock.schedule_once(self._write_words, 0)
            return
        frame, before, sizes, density = self._frame(), self._placed, self._words.sizes(), dp(1)
        left, bottom = frame.to_reference(self.pos)
        right, top = frame.to_reference((self.right, self.top))
        self._workers.ask(
            lambda: maplabels.place(
                wishes, sizes, (left, bottom, right, top), scale=frame.scale, density=density, before=before
            ),
            self._show_words,
        )

    def _show_words(self, placed: list[maplabels.Placed]) -> None:
        self._placed = placed
        drawings = []
        for one in placed:
            square = self._words.square(one, self._style)
            if square is not None:
                drawings += sprite_drawings(*square)
        self._sprites.layers["words"].put("all", drawings)
