"""Maps over HTTP, in a file for each subject."""

from backend.maps.ogc import routes as ogc
from backend.maps.routes import ground, layers, reports, tiles, web_map

blp = ground.blp
MORE = (layers.blp, reports.blp, ogc.blp, tiles.blp, tiles.xyz, web_map.blp, web_map.pages)

__all__ = ["MORE", "blp"]
