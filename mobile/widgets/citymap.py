"""The city's map: drawn from the pack on the phone, moved by fingers, with marks and a pin.

    map = CityMap(pack=Pack.open(path), illustration_text=words("map.illustration"))
    map.set_markers([Marker("r1", 29.7160, -95.4310, colour("c62828"), "pin", ICON)])
    map.bind(on_tap=lambda _, lat, lon, key: ...)

Everything is degrees, WGS 84. The map draws only when something changed; tiles, words and marks are
reckoned by two threads that `close()` ends.
"""

import logging
import math
from collections.abc import Hashable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import kivy
from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.graphics.texture import Texture
from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.widget import Widget

from mobile.core.mvt import BrokenTileError
from mobile.core.pack import BrokenPackError, Pack
from mobile.widgets import maplabels, mapmarkers, mapwords, vector
from mobile.widgets.mapcanvas import Ground, Sprites, ground_drawings, sprite_drawings
from mobile.widgets.mapfurniture import Furniture
from mobile.widgets.mapgestures import Gestures
from mobile.widgets.mapmarkers import Drawn, Marker, MarkerPictures
from mobile.widgets.mapstyle import (
    BORDER_WIDTH,
    DAY,
    EDGE_WIDTH,
    FACILITIES_FROM,
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

_log = logging.getLogger(__name__)
