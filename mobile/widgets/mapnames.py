"""The names on one map: wished for by zoom, written a few a frame, placed by a worker, shown."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from kivy.clock import Clock

from mobile.widgets import maplabels
from mobile.widgets.mapcanvas import Sprites, sprite_drawings
from mobile.widgets.mapground import PackGround
from mobile.widgets.maplabels import Footprint, Placed, Wish
from mobile.widgets.mapoverlays import Overlays
from mobile.widgets.mapstyle import MapStyle
from mobile.widgets.mapwords import Words, wishes
from mobile.widgets.mapworkers import Workers
from mobile.widgets.projection import Box

_PAUSE = 0.12
"""Seconds between two placings while the map is moved."""
_A_FRAME = 8
"""Texts that are written in one frame: each costs about half a millisecond."""


class View(NamedTuple):
    """What the names are placed in."""

    box: Box
    """In reference pixels from the map's origin."""
    scale: float
    """Window pixels to a reference pixel."""
    zoom: float
    taken: Sequence[Footprint]
    """What no name may cover."""


class Names:
    """The names of streets, facilities and cities."""

    def __init__(
        self,
        ground: PackGround,
        overlays: Overlays,
        sprites: Sprites,
        workers: Workers,
        density: float,
    ) -> None:
        self._ground, self._overlays = ground, overlays
        self._sprites, self._workers, self._density = sprites, workers, density
        self._words = Words()
        self._placed: list[Placed] = []
        self._scale = 0.0
        self._view: View | None = None
        self._style: MapStyle | None = None
        self._soon = Clock.create_trigger(self._write, _PAUSE)
        self._next_frame = Clock.create_trigger(self._write, 0)

    @property
    def idle(self) -> bool:
        """Whether nothing is about to be written or placed."""
        return not (self._soon.is_triggered or self._next_frame.is_triggered)

    def show(self, view: View, style: MapStyle) -> None:
        """Place the names anew for this view, shortly."""
        self._view = view
        if style is not self._style:
            self._style = style
            self._draw()
        self._soon()

    def close(self) -> None:
        """Nothing is written any more."""
        self._soon.cancel()
        self._next_frame.cancel()

    def _write(self, *_: object) -> None:
        """A few new texts; once all are written a worker finds their places."""
        if self._view is None:
            return
        view = self._view
        wanted = [
            *wishes(self._ground.tiles.values(), self._ground.names, view.zoom),
            *self._overlays.names(view.box, view.zoom),
        ]
        if self._words.write((wish.text for wish in wanted), _A_FRAME):
            self._place(wanted, view)
        else:
            self._next_frame()

    def _place(self, wanted: list[Wish], view: View) -> None:
        sizes, density = self._words.sizes(), self._density
        taken = [*view.taken, *self._overlays.taken(view.box, view.zoom, density)]
        before = self._placed if view.scale == self._scale else ()
        self._workers.ask(
            lambda: maplabels.place(
                wanted, sizes, view.box, scale=view.scale, density=density, taken=taken, before=before
            ),
            partial(self._take, view.scale),
        )

    def _take(self, scale: float, placed: list[Placed]) -> None:
        self._scale = scale
        if placed != self._placed:
            self._placed = placed
            self._draw()

    def _draw(self) -> None:
        if self._style is None:
            return
        squares = [square for one in self._placed if (square := self._words.square(one, self._style))]
        drawings = [drawing for square in squares for drawing in sprite_drawings(*square)]
        self._sprites.layers["words"].put("all", drawings)
