"""The ground on one map: limits and streets of the pack, built by workers, shown as they arrive."""

import logging
from collections.abc import Callable
from functools import partial

from mobile.core.mvt import BrokenTileError
from mobile.core.pack import BrokenPackError, Pack
from mobile.widgets import vector
from mobile.widgets.mapcanvas import Ground, ground_drawings
from mobile.widgets.mapstyle import (
    AREA_DOT_WIDTH,
    AREA_EDGE_WIDTH,
    BORDER_WIDTH,
    EDGE_WIDTH,
    MAIN_WIDTH,
    STREET_WIDTH,
    MapStyle,
)
from mobile.widgets.maptiles import TileSet
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import Box, Spot, Tile, nearest_first, tiles_in, world
from shared_models.mapstyle import at_zoom

_log = logging.getLogger(__name__)

_BEFORE_TILES = 2
"""So many zooms before the pack's first one its tiles are drawn already, small."""


class PackGround:
    """What of the pack is on the map. Spots are reference pixels from the map's origin."""

    def __init__(
        self, pack: Pack, origin: Spot, canvas: Ground, workers: Workers, changed: Callable[[], None]
    ) -> None:
        """`changed` is called in the main thread when there is more to show."""
        self._pack, self._origin, self._canvas = pack, origin, canvas
        self._workers, self._changed = workers, changed
        self._tiles: TileSet[vector.TileArt] = TileSet()
        self._outlines: vector.OutlineArt | None = None
        self.tiles: dict[Tile, vector.TileArt] = {}
        """What is drawn now."""
        workers.ask(self._build_outlines, self._take_outlines)

    @property
    def complete(self) -> bool:
        """Whether everything in view is there."""
        return self._outlines is not None and self._tiles.complete

    @property
    def names(self) -> list[tuple[str, Spot]]:
        """The cities, each with a spot in its middle."""
        return self._outlines.names if self._outlines else []

    def show(self, view: Box, zoom: float) -> None:
        """Draw the tiles of this view that are there, and have the others built."""
        for tile in self._tiles.want(self._in_view(view, zoom)):
            self._ask(tile)
        self.tiles = self._tiles.to_draw()
        for name in ("street", "main"):
            for layer_name in (f"{name}_edge", name):
                layer = self._canvas.layers[layer_name]
                layer.keep(set(self.tiles))
                for tile, art in self.tiles.items():
                    if tile not in layer:
                        layer.put(tile, ground_drawings(art.meshes[name]))

    def dress(self, style: MapStyle, zoom: float, density: float) -> None:
        """Give all layers the colours of the style and the widths of the zoom."""
        canvas, edge = self._canvas, 2 * at_zoom(EDGE_WIDTH, zoom)
        border = at_zoom(BORDER_WIDTH, zoom)
        widths = {"border": border, "border_edge": border + 3, "neighbour_border": border * 0.6}
        widths["area_edge"], widths["area_dot"] = AREA_EDGE_WIDTH, AREA_DOT_WIDTH
        for name, stops in (("street", STREET_WIDTH), ("main", MAIN_WIDTH)):
            widths[name] = at_zoom(stops, zoom)
            widths[f"{name}_edge"] = widths[name] + edge
        for name in canvas.layers:
            canvas.paint(name, getattr(style, name))
        for name, width in widths.items():
            canvas.widen(name, width * density)

    # ── tiles ────────────────────────────────────────────────────────────────────────────────────────────

    def _in_view(self, view: Box, zoom: float) -> list[Tile]:
        if zoom <= self._pack.minzoom - _BEFORE_TILES:
            return []
        z = min(max(round(zoom), self._pack.minzoom), self._pack.maxzoom)
        west, south, east, north = self._pack.bounds
        x, y = self._origin
        left, bottom, right, top = view
        held = tiles_in((*world(south, west), *world(north, east)), z)
        seen = left + x, bottom + y, right + x, top + y
        return nearest_first(held & tiles_in(seen, z), seen)

    def _ask(self, tile: Tile) -> None:
        self._workers.ask(partial(self._build, tile), partial(self._take, tile))

    def _build(self, tile: Tile) -> tuple[bool, vector.TileArt | None]:
        """In a worker: whether the tile was still wanted, and what to draw of it, if anything."""
        if not self._tiles.wants(tile):
            return False, None
        try:
            data = self._pack.tile(*tile)
            return True, vector.build_tile(data, tile, self._origin) if data else None
        except (BrokenTileError, BrokenPackError) as error:
            _log.warning("tile %s can't be drawn: %s", tile, error)
            return True, None

    def _take(self, tile: Tile, built: tuple[bool, vector.TileArt | None]) -> None:
        was_wanted, art = built
        if was_wanted:
            self._tiles.arrived(tile, art)
            self._changed()
        elif self._tiles.gave_up(tile):
            self._changed()

    # ── limits ───────────────────────────────────────────────────────────────────────────────────────────

    def _build_outlines(self) -> vector.OutlineArt:
        """In a worker: the limits, or none if the pack can't tell them."""
        try:
            return vector.build_outlines(self._pack.outlines, self._origin)
        except BrokenPackError as error:
            _log.warning("the limits can't be drawn: %s", error)
            return vector.build_outlines((), self._origin)

    def _take_outlines(self, art: vector.OutlineArt) -> None:
        self._outlines = art
        for name, mesh in art.meshes.items():
            self._canvas.layers[name].put("all", ground_drawings(mesh))
        self._canvas.layers["border_edge"].put("all", ground_drawings(art.meshes["border"]))
        self._changed()
