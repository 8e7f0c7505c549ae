"""The city's map: drawn from the pack on the phone, moved by fingers, with marks and a pin.

    map = CityMap(pack=Pack.open(path), illustration_text=parts.word("illustration"))
    map.set_markers([Marker("r1", 29.7160, -95.4310, colour("c62828"), "pin", icons["road"])])
    map.bind(on_tap=lambda _, lat, lon, key: ...)

Everything is degrees, WGS 84. The map draws only when something changed; tiles, words and marks are
reckoned by two threads that `close()` ends.
"""

import math
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.widget import Widget

from mobile.core.artfile import ArtFile
from mobile.core.maplayers import Shown
from mobile.core.pack import Pack
from mobile.widgets.mapcanvas import Ground, Sprites
from mobile.widgets.mapfurniture import Furniture
from mobile.widgets.mapgestures import Gestures
from mobile.widgets.mapground import PackGround
from mobile.widgets.maplabels import Footprint
from mobile.widgets.mapmarkers import Marker
from mobile.widgets.mapmarks import Marks
from mobile.widgets.mapnames import Names, View
from mobile.widgets.mapoverlays import Overlays
from mobile.widgets.mapstyle import DAY, FACILITIES_FROM, NIGHT
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import (
    REFERENCE_ZOOM,
    Box,
    Frame,
    Spot,
    metres_per_reference_pixel,
    unworld,
    world,
)

__all__ = ["CityMap", "Marker"]

FARTHEST, NEAREST = 11.0, 19.0
EVERYWHERE = 2.0
"""The farthest zoom of a map that is not bounded to its pack."""
MARGIN = 0.01
"""Degrees beyond the pack's box that a bounded map may show in its middle."""
FIT_MARGIN = 48.0
"""Dp around what `fit` shows."""
_DOT = 4.0
"""Dp of a facility's dot that no word may cover."""
_REDRAWN = ("lat", "lon", "zoom", "size", "pos", "night", "chosen", "units", "illustration_text")


class PinGrab(NamedTuple):
    """A finger that holds the pin."""

    finger: Any
    away: Spot
    """From the finger to the pin's point, in pixels."""
    began: Spot


class Fitted(NamedTuple):
    """What was asked to be shown, and the middle and zoom that came of it."""

    places: list[tuple[float, float]]
    nearest: float
    view: tuple[float, float, float]


class CityMap(Widget):
    """The map. `lat`, `lon` and `zoom` say what is in its middle; they may be set and watched."""

    __events__ = ("on_tap", "on_hold", "on_pin_moved")

    lat = NumericProperty(0.0)
    lon = NumericProperty(0.0)
    zoom = NumericProperty(14.0)
    night = BooleanProperty(False)
    bounded = BooleanProperty(True)
    """Stays near what the pack holds; False lets it go anywhere (another city's history, say)."""
    still = BooleanProperty(False)
    """A picture only: touches are for what it lies in, a button or a list that scrolls."""
    units = OptionProperty("feet", options=["feet", "metres"])
    illustration_text = StringProperty("")
    """What to say where something drawn is invented."""
    note = StringProperty("")
    """That text, while something drawn is; the map shows it itself, with the makers of the data."""
    label = StringProperty("")
    """What a screen reader says of it."""
    chosen: Hashable = ObjectProperty(None, allownone=True)
    """The key of the marker that is drawn large."""
    busy = BooleanProperty(True)
    """Tiles are on their way."""

    def __init__(
        self, pack: Pack, *, motion: bool = True, kept: ArtFile | None = None, **kwargs: Any
    ) -> None:
        """A map of this pack, in its middle if not told otherwise. It must be open for as long as the map is.

        What it makes ready to draw of layers is `kept` for the next start.

        Spots are exact near the place where the map begins: begin another city's where that city is.
        """
        self.pack = pack
        # No Kivy property: `Widget.on_motion` hands on touches, and would take its change for one.
        self.motion = motion
        kwargs.setdefault("lat", pack.center.lat)
        kwargs.setdefault("lon", pack.center.lon)
        x, y = world(kwargs["lat"], kwargs["lon"])
        self._origin = float(round(x)), float(round(y))  # whole: see layerart
        self._workers = Workers("map")
        self._trigger = Clock.create_trigger(self._draw, -1)
        self._canvas, self._sprites, self._furniture = Ground(), Sprites(), Furniture()
        self._ground = PackGround(pack, self._origin, self._canvas, self._workers, self._trigger)
        self._overlays = Overlays(self._origin, self._canvas, kept, self._workers, self._trigger)
        self._names = Names(self._ground, self._overlays, self._sprites, self._workers, dp(1))
        self._marks = Marks(self._origin, self._sprites, self._canvas, self._workers, dp(1))
        self._gestures = Gestures(self)
        self._pin_grab: PinGrab | None = None
        self._fitted: Fitted | None = None
        self._closed = False
        super().__init__(**kwargs)
        self._begin_canvas()
        self.bind(**{name: lambda *_: self._trigger() for name in _REDRAWN})
        self.bind(size=self._fit_again)
        self._trigger()

    def _begin_canvas(self) -> None:
        with self.canvas:
            StencilPush()
            self._mask = Rectangle()
            StencilUse()
            self._paper = Color()
            self._sheet = Rectangle()
        for part in (self._canvas.context, self._sprites.context, self._furniture.group):
            self.canvas.add(part)
        with self.canvas:
            StencilUnUse()
            self._unmask = Rectangle()
            StencilPop()

    # ── what others ask of it ────────────────────────────────────────────────────────────────────────────

    def set_markers(self, markers: Iterable[Marker]) -> None:
        """Mark these instead of what was marked."""
        self._marks.set(markers)
        self._trigger()

    def set_layers(self, layers: Iterable[Shown]) -> None:
        """Show these layers of the city instead of those before."""
        self._overlays.set(layers)
        self._trigger()

    def set_area(self, corners: Iterable[tuple[float, float]]) -> None:
        """Draw this area instead of the one before; of two corners a line, of none nothing."""
        self._marks.outline(corners, closed=True, dots=False)
        self._trigger()

    def set_path(self, corners: Iterable[tuple[float, float]], *, closed: bool = False) -> None:
        """Draw this line with a dot at each corner instead of the area before; `closed` it is an area with such corners."""
        self._marks.outline(corners, closed=closed, dots=True)
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
        """Show all of these places (latitude, longitude); anew when the size changes, until someone moves on."""
        spots = [world(lat, lon) for lat, lon in places]
        if not spots:
            return
        left, right = min(x for x, _ in spots), max(x for x, _ in spots)
        bottom, top = min(y for _, y in spots), max(y for _, y in spots)
        room = [max(dp(40), side - dp(2 * FIT_MARGIN)) / dp(1) for side in self.size]
        share = max((right - left) / room[0], (top - bottom) / room[1], 1e-9)
        self._rest()
        self.lat, self.lon = unworld((left + right) / 2, (bottom + top) / 2)
        self.zoom = self._allowed(min(nearest, REFERENCE_ZOOM - math.log2(share)))
        corners = [unworld(left, bottom), unworld(right, top)]
        self._fitted = Fitted(corners, nearest, (self.lat, self.lon, self.zoom))

    def _fit_again(self, *_: object) -> None:
        if self._fitted and self._fitted.view == (self.lat, self.lon, self.zoom):
            self.fit(self._fitted.places, nearest=self._fitted.nearest)

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

    @property
    def quiet(self) -> bool:
        """Whether all is drawn that will be, until something changes: ground, marks and names."""
        at_rest = self._workers.idle and self._overlays.idle and self._names.idle
        return at_rest and not (self.busy or self._trigger.is_triggered)

    def close(self) -> None:
        """End the threads; the map draws nothing more."""
        self._closed = True
        self._trigger.cancel()
        self._names.close()
        self._rest()
        self._gestures.close()
        self._overlays.close()
        self._workers.close()

    def on_tap(self, lat: float, lon: float, key: Hashable) -> None:
        """A finger tapped this place, or the marker with this key."""

    def on_hold(self, lat: float, lon: float) -> None:
        """A finger rested on this place."""

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

    def _near(self, lat: float, lon: float) -> tuple[float, float]:
        """The nearest place that may be in the middle."""
        if self.bounded:
            west, south, east, north = self.pack.bounds
            lat = min(max(lat, south - MARGIN), north + MARGIN)
            lon = min(max(lon, west - MARGIN), east + MARGIN)
        return min(max(lat, -85.0), 85.0), min(max(lon, -180.0), 180.0)

    def _view(self, frame: Frame) -> Box:
        return (*frame.to_reference(self.pos), *frame.to_reference((self.right, self.top)))

    def _rest(self) -> None:
        """End a movement that is under way."""
        Animation.cancel_all(self, "zoom", "lat", "lon")

    # ── fingers (see mapgestures.Movable) ────────────────────────────────────────────────────────────────

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the ground by so many pixels."""
        self.lat, self.lon = self._near(*self._place(self.center_x - dx, self.center_y - dy))

    def zoom_by(
        self, steps: float, about: tuple[float, float] | None = None, *, smoothly: bool = False
    ) -> None:
        """Zoom in by so many levels, about a point in pixels that stays where it is."""
        self._rest()
        about = about or self.center
        zoom = self._allowed(self.zoom + steps)
        x, y = world(*self._place(*about))
        # The middle that leaves the place under the finger where it is.
        scale = dp(1) * 2 ** (zoom - REFERENCE_ZOOM)
        middle = x + (self.center_x - about[0]) / scale, y + (self.center_y - about[1]) / scale
        lat, lon = self._near(*unworld(*middle))
        if smoothly and self.motion:
            Animation(zoom=zoom, lat=lat, lon=lon, d=0.18, t="out_quad").start(self)
        else:
            self.zoom, self.lat, self.lon = zoom, lat, lon

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

    def hold(self, x: float, y: float) -> None:
        """A finger rested."""
        self.dispatch("on_hold", *self._place(x, y))

    def on_touch_down(self, touch: Any) -> bool:
        """A finger or the wheel on the map is the map's, but what lies on the map comes first."""
        if super().on_touch_down(touch):
            return True
        if self.still or self._closed or not self.collide_point(*touch.pos):
            return False
        self._rest()
        touch.grab(self)
        wheel = getattr(touch, "is_mouse_scrolling", False)
        if not wheel and self._pin_grab is None and self._marks.holds_pin(touch.x, touch.y, self._frame()):
            x, y = self._frame().to_window(self._marks.pin or (0.0, 0.0))
            self._pin_grab = PinGrab(touch.uid, (x - touch.x, y - touch.y), touch.pos)
            return True
        return self._gestures.down(touch)

    def on_touch_move(self, touch: Any) -> bool:
        """Drag the pin, or the map."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        grab = self._pin_grab
        if grab and grab.finger == touch.uid:
            self._marks.pin = self._frame().to_reference((touch.x + grab.away[0], touch.y + grab.away[1]))
            self._trigger()
        else:
            self._gestures.move(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Let go."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        grab = self._pin_grab
        if grab and grab.finger == touch.uid:
            self._pin_grab = None
            if self._marks.pin and touch.pos != grab.began:
                x, y = self._marks.pin
                self.dispatch("on_pin_moved", *unworld(x + self._origin[0], y + self._origin[1]))
        else:
            self._gestures.up(touch)
        return True

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────

    def _draw(self, *_: object) -> None:
        if self._closed or 0 in self.size:
            return
        frame, style = self._frame(), NIGHT if self.night else DAY
        view = self._view(frame)
        for sheet in (self._mask, self._sheet, self._unmask):
            sheet.pos, sheet.size = self.pos, self.size
        self._paper.rgba = style.outside
        self._canvas.move(frame)
        self._sprites.move(frame)
        self._sprites.dress(style)
        self._ground.dress(style, self.zoom, dp(1))
        self._ground.show(view, self.zoom)
        self._overlays.dress(style, self.zoom, dp(1), night=self.night)
        self._overlays.show(view, self.zoom)
        self.busy = not (self._ground.complete and self._overlays.complete)
        self._marks.chosen = self.chosen
        self._marks.draw(frame, self.zoom, style, self._ground.tiles)
        layers = self._overlays.layers
        invented = any(art.illustration for art in self._ground.tiles.values())
        invented |= any(layer.illustration for layer in layers)
        self.note = self.illustration_text if invented else ""
        told = (self.note, self.pack.attribution, *(layer.attribution for layer in layers))
        credit = list(dict.fromkeys(words for words in told if words))
        length = metres_per_reference_pixel(self.lat) / frame.scale
        self._furniture.show((*self.pos, self.right, self.top), length, self.units, credit, style)
        self._names.show(View(view, frame.scale, self.zoom, self._taken(frame)), style)

    def _taken(self, frame: Frame) -> list[Footprint]:
        """What names must leave free: the furniture, and the dots of the facilities."""
        taken: list[Footprint] = [
            (frame.to_reference(((left + right) / 2, (bottom + top) / 2)), (right - left, top - bottom))
            for left, bottom, right, top in self._furniture.boxes
        ]
        if self.zoom >= FACILITIES_FROM:
            dot = dp(_DOT), dp(_DOT)
            taken += [(spot, dot) for art in self._ground.tiles.values() for _, spot in art.facilities]
        return taken
