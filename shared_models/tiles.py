"""Tiles of the map: what may be asked of them."""

from typing import Annotated

from shared_models.wire import Length, Wire

NEAREST_TILES = 22
"""There are tiles down to this zoom: 3.7 cm to a pixel at the equator."""


class TileWanted(Wire):
    """What a tile of one layer is to tell of each feature."""

    properties: Annotated[
        str | None,
        Length(max=4000),
        "Fields by their names, with commas between them; `*`: all. Else what the map draws and names things by.",
    ] = None


class TilesWanted(Wire):
    """Which layers a tile is to hold, in this order."""

    collections: Annotated[
        str | None,
        Length(max=4000),
        "Names of layers, with commas between them. Else those that the map shows until somebody turns them off.",
    ] = None
