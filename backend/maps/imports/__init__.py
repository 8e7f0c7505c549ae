"""Files of layers, taken in: GeoJSON, GeoPackage, Shapefile, CSV, FlatGeobuf; whole features, or words why not.

``unpacking`` says what a file is and unpacks it within bounds; ``process`` has it read by a program of its own
(``reader``); ``staging`` brings what was read into one shape, in PostGIS; ``loading`` makes an edition of it.
"""

from backend.maps.imports.loading import editions_of, load, prepared, show, wanted_of
from backend.maps.imports.process import Lines, read_file
from backend.maps.imports.unpacking import MOST_BYTES

__all__ = ["MOST_BYTES", "Lines", "editions_of", "load", "prepared", "read_file", "show", "wanted_of"]
