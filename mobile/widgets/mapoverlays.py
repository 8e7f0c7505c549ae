"""The city's layers on one map: each a few meshes a tile, built by workers, in the colours of its style."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from kivy.clock import Clock

from mobile.core import mvt
from mobile.core.artfile import ArtFile
from mobile.core.maplayers import MapLayer, Shown
from mobile.core.mvt import BrokenTileError
from mobile.core.pack import BrokenPackError
from mobile.widgets.layerart import LayerArt, build_layer, key_of, packed, unpacked
from mobile.widgets.mapcanvas import Ground, Painted, ground_drawings
from mobile.widgets.maplabels import Footprint, Wish
from mobile.widgets.mapstyle import (
    LAYER_NAMES_FROM,
    LAYER_RIM,
    LAYER_WIDTH,
    MapStyle,
    colour,
)
from mobile.widgets.maptiles import TileSet
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import REFERENCE_ZOOM, Box, Spot, Tile, nearest_first, tiles_in, world
from shared_models.mapstyle import at_zoom

_log = logging.getLogger(__name__)

NAMES_AT_MOST = 140
"""Names of layers that are placed at once: more can't be read, and each is a texture."""
DOTS_AT_MOST = 500
_DOT = 4.0
"""Dp around a point that no name covers."""
_LETTER = 6.5
"""Dp of a letter, about: an area that is narrower than its name bears none."""
VERTICES_A_FRAME = 60_000
"""What the graphics chip is given in one frame of what was made ready; a tile goes whole."""
_LOOKS = {mvt.POINT: "spot", mvt.LINE: "along", mvt.POLYGON: "within"}


class Overlay:
    """One layer on the map."""

    def __init__(self, shown: Shown, origin: Spot, kept: ArtFile | None, workers: Workers) -> None:
        """What it makes ready to draw is taken from `kept`, or kept there; what comes from the network is not."""
        self.shown, self._origin, self.workers = shown, origin, workers
        self._kept = None if shown.slow else kept
        self._tiles: TileSet[LayerArt] = TileSet()
        self._drawn: dict[Tile, LayerArt] = {}
        self.ended = False
        self.fill, self.line, self.rim, self.dot = Painted(), Painted(), Painted(), Painted()

    @property
    def complete(self) -> bool:
        """Whether everything in view is there."""
        return self._tiles.complete

    def show(self, view: Box, zoom: float) -> list[Tile]:
        """Draw the tiles of this view that are there; gives those that must now be built, the nearest to its middle first."""
        missing = self._tiles.want(self._in_view(view, zoom))
        drawn = self._tiles.to_draw()
        if drawn.keys() == self._drawn.keys():
            return missing
        self._drawn = drawn
        for held, part in ((self.fill, "fill"), (self.line, "line"), (self.rim, "dot"), (self.dot, "dot")):
            held.keep(set(drawn))
            for tile, art in drawn.items():
                mesh = getattr(art, part)
                if tile not in held and mesh.parts:
                    held.put(tile, ground_drawings(mesh))
        return missing

    def dress(self, style: MapStyle, zoom: float, density: float, *, night: bool) -> None:
        """Give it the colours of day or night and the widths of the zoom."""
        own = self.shown.layer.style
        ink = colour((own.night if night else own.colour).removeprefix("#"))
        width = own.width * at_zoom(LAYER_WIDTH, zoom) * density
        self.fill.dress((*ink[:3], own.fill), 1)
        self.line.dress(ink, width)
        self.rim.dress(style.rim, 2 * (width + LAYER_RIM * density))
        self.dot.dress(ink, 2 * width)

    def names(self, view: Box, zoom: float) -> list[Wish]:
        """The names of its features that are in view and have the room."""
        if zoom < LAYER_NAMES_FROM:
            return []
        left, bottom, right, top = view
        scale = 2 ** (zoom - REFERENCE_ZOOM)
        return [
            Wish((name.words, _LOOKS[name.kind]), name.line)
            for art in self._drawn.values()
            for name in art.names
            if (name.kind != mvt.POLYGON or name.room * scale >= _LETTER * len(name.words))
            and any(left <= x <= right and bottom <= y <= top for x, y in name.line)
        ]

    def spots(self, view: Box) -> Iterator[Spot]:
        """Its points that are in view."""
        left, bottom, right, top = view
        for art in self._drawn.values():
            yield from ((x, y) for x, y in art.spots if left <= x <= right and bottom <= y <= top)

    def end(self) -> None:
        """It is shown no more: what is being built for it is not handed over."""
        self.ended = True

    # ── tiles ────────────────────────────────────────────────────────────────────────────────────────────

    def _in_view(self, view: Box, zoom: float) -> list[Tile]:
        tiles = self.shown.tiles
        if zoom < self.shown.layer.style.from_zoom:
            return []
        z = min(max(round(zoom), tiles.minzoom), tiles.maxzoom)
        west, south, east, north = tiles.bounds
        x, y = self._origin
        left, bottom, right, top = view
        held = tiles_in((*world(south, west), *world(north, east)), z)
        seen = left + x, bottom + y, right + x, top + y
        return nearest_first(held & tiles_in(seen, z), seen)

    def build(self, tile: Tile) -> tuple[bool, LayerArt | None]:
        """In a worker: whether the tile was still wanted, and what to draw of it, if anything."""
        if self.ended or not self._tiles.wants(tile):
            return False, None
        try:
            data = self.shown.tiles.tile(*tile)
            return True, self._art(data, tile) if data else None
        except (BrokenTileError, BrokenPackError) as error:
            _log.warning("tile %s of %s can't be drawn: %s", tile, self.shown.layer.name, error)
            return True, None

    def _art(self, data: bytes, tile: Tile) -> LayerArt | None:
        """As it was kept, else made now."""
        if self._kept is None:
            return build_layer(data, tile, self._origin, self.shown.layer)
        key = key_of(data, tile, self._origin, self.shown.layer)
        if body := self._kept.get(key):
            return unpacked(body)
        if art := build_layer(data, tile, self._origin, self.shown.layer):
            self._kept.put(key, partial(packed, art))
        return art

    def arrived(self, tile: Tile, was_wanted: bool, art: LayerArt | None) -> bool:
        """Take what was built; gives whether that changes what is to be drawn or built."""
        if self.ended:
            return False
        if was_wanted:
            self._tiles.arrived(tile, art)
            return True
        return self._tiles.gave_up(tile)


class Overlays:
    """All layers on one map, areas below lines below points, each kind in the order that was given."""

    def __init__(
        self,
        origin: Spot,
        canvas: Ground,
        kept: ArtFile | None,
        workers: Workers,
        changed: Callable[[], None],
    ) -> None:
        self._origin, self._canvas, self._kept = origin, canvas, kept
        self._workers, self._changed = workers, changed
        self._arrivals: deque[tuple[Overlay, Tile, bool, LayerArt | None]] = deque()
        self._next_frame = Clock.create_trigger(lambda _: changed(), 0)
        self._slow: Workers | None = None
        self._overlays: list[Overlay] = []

    def set(self, layers: Iterable[Shown]) -> None:
        """Show these instead of what was shown; what stays keeps what is built of it."""
        before = {overlay.shown: overlay for overlay in self._overlays}
        self._overlays = [before.pop(shown) if shown in before else self._begin(shown) for shown in layers]
        for overlay in before.values():
            overlay.end()
        for slot in self._canvas.slots.values():
            slot.clear()
        for overlay in self._overlays:
            self._canvas.slots["fills"].add(overlay.fill.group)
            self._canvas.slots["lines"].add(overlay.line.group)
            self._canvas.slots["points"].add(overlay.rim.group)
            self._canvas.slots["points"].add(overlay.dot.group)

    def _begin(self, shown: Shown) -> Overlay:
        workers = self._workers
        if shown.slow:
            workers = self._slow = self._slow or Workers("slow tiles")
        return Overlay(shown, self._origin, self._kept, workers)

    @property
    def complete(self) -> bool:
        """Whether everything in view is there."""
        return all(overlay.complete for overlay in self._overlays)

    @property
    def idle(self) -> bool:
        """Whether no tile is on its way from the network, or to the graphics chip."""
        return (self._slow is None or self._slow.idle) and not self._arrivals

    @property
    def layers(self) -> Sequence[MapLayer]:
        """What is shown."""
        return [overlay.shown.layer for overlay in self._overlays]

    def show(self, view: Box, zoom: float) -> None:
        """Draw what of this view is there, and have the rest built: all layers where somebody looks before any at the edge."""
        self._accept()
        missing = [
            (rank, tile, overlay)
            for overlay in self._overlays
            for rank, tile in enumerate(overlay.show(view, zoom))
        ]
        for _, tile, overlay in sorted(missing, key=lambda one: one[0]):
            overlay.workers.ask(partial(overlay.build, tile), partial(self._take, overlay, tile))

    def _take(self, overlay: Overlay, tile: Tile, built: tuple[bool, LayerArt | None]) -> None:
        self._arrivals.append((overlay, tile, *built))
        self._changed()

    def _accept(self) -> None:
        """Take over what was built, no more in one frame than it can bear; what lies there until then stays."""
        room = VERTICES_A_FRAME
        while self._arrivals and room > 0:
            overlay, tile, was_wanted, art = self._arrivals.popleft()
            if overlay.arrived(tile, was_wanted, art) and art is not None:
                room -= art.vertices
        if self._arrivals:
            self._next_frame()

    def dress(self, style: MapStyle, zoom: float, density: float, *, night: bool) -> None:
        """Give all layers the colours of day or night and the widths of the zoom."""
        for overlay in self._overlays:
            overlay.dress(style, zoom, density, night=night)

    def names(self, view: Box, zoom: float) -> list[Wish]:
        """The names to show, at most `NAMES_AT_MOST`: of points before lines before areas."""
        wanted = [wish for overlay in self._overlays for wish in overlay.names(view, zoom)]
        wanted.sort(key=lambda wish: list(_LOOKS.values()).index(wish.text[1]))
        return wanted[:NAMES_AT_MOST]

    def taken(self, view: Box, zoom: float, density: float) -> list[Footprint]:
        """The points that no name may cover, where names are shown; of more than can be told apart the first ones."""
        if zoom < LAYER_NAMES_FROM:
            return []
        dots = ((spot, 2 * _DOT * density) for overlay in self._overlays for spot in overlay.spots(view))
        return [(spot, (side, side)) for spot, side in islice(dots, DOTS_AT_MOST)]

    def close(self) -> None:
        """End its threads."""
        self._next_frame.cancel()
        for overlay in self._overlays:
            overlay.end()
        if self._slow is not None:
            self._slow.close()
