"""Photos: sent ahead of what mentions them."""

from typing import Annotated
from uuid import UUID

from shared_models.wire import Wire, WireEnum

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONG_SIDE = 1600
"""The phone shrinks to this many pixels before it sends; the server does so again."""
THUMB_SIDE = 320


class PhotoSize(WireEnum):
    """Which of the two kept sizes."""

    FULL = "full"
    THUMB = "thumb"


class PhotoWanted(Wire):
    """Which size of a photo is asked for."""

    size: PhotoSize = PhotoSize.FULL


class Photo(Wire):
    """A photo that has arrived: made anew from its pixels, so without place, time or camera inside."""

    id: UUID
    width: Annotated[int, "Pixels."]
    height: Annotated[int, "Pixels."]
