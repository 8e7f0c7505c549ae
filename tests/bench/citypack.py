"""The city pack that the map's benchmark pans over: Cambridge's parcels as areas, and 5,000 points among them."""

import gzip
import json
import math
import random
from collections import defaultdict
from pathlib import Path

from mobile.core.pack import tile_position
from tests.maps.layered import BUFFER, EXTENT, encoded, layer_of, layered_pack
from tests.maps.tinytiles import pack

DATA = Path("../shared/data/cambridge/parcels.geojson.gz")
ZOOMS = (14, 15, 16)
POINTS = 5000


def parcels():
    """Each parcel of the file as a feature: id, rings of (lat, lon), properties; its holes and parts too."""
    with gzip.open(DATA) as file:
        told = json.load(file)["features"]
    made = []
    for n, one in enumerate(told):
        geometry = one["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = [[(lat, lon) for lon, lat, *_ in ring] for part in parts for ring in part]
        made.append((n, rings, {"lot": str(n)}))
    return made


def middles(features):
    """The middle of each parcel's box."""
    found = []
    for _, rings, _ in features:
        lats, lons = [lat for lat, _ in rings[0]], [lon for _, lon in rings[0]]
        found.append(((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2))
    return found


def make(file):
    """Write the pack, once."""
    areas = parcels()
    chosen = random.Random(1).sample(middles(areas), POINTS)
    points = [(n, [[spot]], {"name": f"P {n}"}) for n, spot in enumerate(chosen)]
    layers = [
        layer_of("parcels", "area", areas, style={"colour": "#7a4a2b", "width": 1.2, "fill": 0.2, "label": "lot"}),
        layer_of("points", "point", points, style={"colour": "#c62828", "width": 4.0, "label": "name"}),
    ]  # fmt: skip
    spots = middles(areas)
    south, north = min(lat for lat, _ in spots), max(lat for lat, _ in spots)
    west, east = min(lon for _, lon in spots), max(lon for _, lon in spots)
    tiles = defaultdict(bytes)
    for layer in layers:
        for z in ZOOMS:
            for (x, y), held in by_tile(layer["features"], z).items():
                tiles[z, x, y] += encoded(layer | {"features": held}, z, x, y)
    file.parent.mkdir(parents=True, exist_ok=True)
    bounds = f"{west},{south},{east},{north}"
    bare = pack(
        file.with_suffix(".bare"), tiles, bounds=bounds, minzoom=str(ZOOMS[0]), maxzoom=str(ZOOMS[-1])
    )
    layered_pack(file, [one | {"features": []} for one in layers], base=bare)
    bare.unlink()


def by_tile(features, z):
    """Which features each tile holds: those whose box reaches it."""
    found = defaultdict(list)
    margin = BUFFER / EXTENT
    for one in features:
        spots = [tile_position(lat, lon, z) for lat, lon in one[1][0]]
        xs, ys = [x for x, _ in spots], [y for _, y in spots]
        for x in range(math.floor(min(xs) - margin), math.floor(max(xs) + margin) + 1):
            for y in range(math.floor(min(ys) - margin), math.floor(max(ys) + margin) + 1):
                found[x, y].append(one)
    return found
