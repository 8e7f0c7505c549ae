"""The marks on one map: markers, alone and in clusters; the one that is chosen; the pin; where the phone is."""

import math
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

import kivy
from kivy.graphics.texture import Texture

from mobile.widgets import mapmarkers, vector
from mobile.widgets.icons import FONT_FILE
from mobile.widgets.mapcanvas import Ground, Sprites, ground_drawings, sprite_drawings
from mobile.widgets.mapmarkers import Drawn, Marker, MarkerPictures, Squares
from mobile.widgets.mapstyle import FACILITIES_FROM, MapStyle
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import Frame, Spot, Tile, world
from mobile.widgets.vector import TileArt

NUMBERS = str(Path(kivy.kivy_data_dir) / "fonts" / "Roboto-Bold.ttf")  # a bundle has it elsewhere
REACH = 24.0
"""Dp around a mark's middle in which a finger means it."""
ZOOM_STEP = 0.5
"""Clusters are gathered anew for each such step of the zoom, so that they hold still in between."""


class Marks:
    """What is marked, and what a finger would hit. Spots are reference pixels from the map's origin."""

    def __init__(
        self, origin: Spot, sprites: Sprites, ground: Ground, workers: Workers, density: float
    ) -> None:
        self._origin, self._density = origin, density
        self._sprites, self._ground, self._workers = sprites, ground, workers
        self._markers: list[tuple[Marker, Spot]] = []
        self._edition = 0
        """Counts the markers that were set, so that what is drawn of them can be told from older ones."""
        self._pictures = MarkerPictures(density, (), str(FONT_FILE), NUMBERS)
        self._texture: Texture | None = None
        self._gathered: tuple[object, ...] = ()
        self._drawn: list[Drawn] = []
        self._top: tuple[object, ...] = ()
        self._dots: tuple[object, ...] = ()
        self.chosen: Hashable = None
        self.pin: Spot | None = None
        self.here: tuple[Spot, float] | None = None
        """Where the phone is, and how exactly: the radius in reference pixels."""

    def set(self, markers: Iterable[Marker]) -> None:
        """Mark these instead of what was marked."""
        self._markers = [(marker, self.spot(marker.lat, marker.lon)) for marker in markers]
        self._edition += 1
        signs = {marker.sign for marker, _ in self._markers if marker.sign}
        if not signs <= self._pictures.signs:
            signs |= self._pictures.signs
            self._pictures = MarkerPictures(self._density, signs, str(FONT_FILE), NUMBERS)
            self._texture = None

    def spot(self, lat: float, lon: float) -> Spot:
        """Where a place lies on the map."""
        x, y = world(lat, lon)
        return x - self._origin[0], y - self._origin[1]

    def outline(self, corners: Iterable[tuple[float, float]], *, closed: bool, dots: bool) -> None:
        """Draw a line through these corners, or the area within, instead of the one before."""
        spots = [self.spot(*corner) for corner in corners]
        drawn = {"area": vector.Mesh(), "area_edge": vector.Mesh(), "area_dot": vector.Mesh()}
        if spots and closed:
            drawn["area"].area([spots])
        if spots:
            drawn["area_edge"].line([*spots, spots[0]] if closed else spots)
        for spot in spots if dots else ():
            drawn["area_dot"].line([spot, spot])
        for name, mesh in drawn.items():
            self._ground.layers[name].put("all", ground_drawings(mesh))

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, frame: Frame, zoom: float, style: MapStyle, tiles: Mapping[Tile, TileArt]) -> None:
        """Draw what changed since the last time."""
        self._gather(zoom, style)
        self._draw_top(style)
        self._draw_facilities(zoom, style, tiles)
        self._draw_accuracy(frame)

    def _paint(self) -> Texture:
        if self._texture is None:
            self._texture = Texture.create(size=self._pictures.size, colorfmt="rgba", mipmap=False)
            self._texture.blit_buffer(self._pictures.pixels, colorfmt="rgba", bufferfmt="ubyte")
            self._texture.min_filter = self._texture.mag_filter = "linear"
        return self._texture

    def _gather(self, zoom: float, style: MapStyle) -> None:
        step = min(math.floor(zoom / ZOOM_STEP) * ZOOM_STEP, mapmarkers.CLUSTER_UNTIL)
        wanted = (self._edition, step, style)
        if wanted == self._gathered:
            return
        self._gathered = wanted
        markers, pictures = self._markers, self._pictures

        def work() -> tuple[Squares, list[Drawn]]:
            groups = mapmarkers.gather(markers, step)
            return mapmarkers.draw(markers, groups, pictures, style.cluster)

        def then(made: tuple[Squares, list[Drawn]]) -> None:
            if wanted == self._gathered:
                squares, self._drawn = made
                self._sprites.layers["markers"].put("all", sprite_drawings(squares, self._paint()))

        self._workers.ask(work, then)

    def _draw_top(self, style: MapStyle) -> None:
        wanted = (self.chosen, self.pin, self.here, style, self._edition)
        if wanted == self._top:
            return
        self._top = wanted
        squares = Squares()
        if self.here is not None:
            squares.add(self._pictures["here"], self.here[0], style.here)
        for marker, spot in self._markers:
            if self.chosen is not None and marker.key == self.chosen:
                mapmarkers.draw_one(squares, marker, spot, self._pictures, "big")
        if self.pin is not None:
            squares.add(self._pictures["bigpin"], self.pin, style.pin)
        self._sprites.layers["top"].put("all", sprite_drawings(squares, self._paint()))

    def _draw_facilities(self, zoom: float, style: MapStyle, tiles: Mapping[Tile, TileArt]) -> None:
        shown = zoom >= FACILITIES_FROM
        wanted = (shown, style, tuple(tiles), self._pictures)
        if wanted == self._dots:
            return
        self._dots = wanted
        squares = Squares()
        for tile in tiles.values() if shown else ():
            for _, spot in tile.facilities:
                squares.add(self._pictures["facility"], spot, style.facility)
        self._sprites.layers["facilities"].put("all", sprite_drawings(squares, self._paint()))

    def _draw_accuracy(self, frame: Frame) -> None:
        layer = self._ground.layers["accuracy"]
        if self.here is None or not self.here[1]:
            layer.keep(set())
            return
        spot, radius = self.here
        if (spot,) not in layer:
            layer.keep(set())
            mesh = vector.Mesh()
            mesh.line([spot, spot])
            layer.put((spot,), ground_drawings(mesh))
        self._ground.widen("accuracy", 2 * radius * frame.scale)

    # ── fingers ──────────────────────────────────────────────────────────────────────────────────────────

    def hit(self, x: float, y: float, frame: Frame) -> Drawn | None:
        """What a finger at these pixels means: the nearest mark within reach, the front one first."""
        best: tuple[float, Drawn] | None = None
        for drawn in reversed(self._drawn):
            spot_x, spot_y = frame.to_window(drawn.spot)
            away = math.dist((x, y), (spot_x + drawn.head[0], spot_y + drawn.head[1]))
            reach = max(drawn.radius, REACH * self._density)
            if away <= reach and (best is None or away < best[0]):
                best = away, drawn
        return best[1] if best else None

    def holds_pin(self, x: float, y: float, frame: Frame) -> bool:
        """Whether a finger at these pixels is on the pin's head or point."""
        if self.pin is None:
            return False
        at = frame.to_window(self.pin)
        _, up = self._pictures.head("bigpin")
        reach = REACH * self._density
        return math.dist((x, y), (at[0], at[1] + up)) <= reach or math.dist((x, y), at) <= reach / 2
