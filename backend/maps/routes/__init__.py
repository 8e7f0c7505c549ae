"""Maps over HTTP, in a file for each subject."""

from backend.maps.routes import ground, layers

blp = ground.blp
MORE = (layers.blp,)

__all__ = ["MORE", "blp"]
