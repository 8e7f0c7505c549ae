"""What tests of all routes know of those below ``/ogc``: their ids are names of layers, and a feature's says its layer too."""

import json

from tests.maps.layers import point

COLLECTION, FEATURE = "/ogc/collections/{id}", "/ogc/collections/{layer}/items/{id}"
QUAD = "tiles/WebMercatorQuad"
LAYER = "layer's name"
NAMED = {COLLECTION: LAYER, FEATURE: "feature"} | dict.fromkeys(
    (
        f"{COLLECTION}/{each}"
        for each in (
            "items",
            "queryables",
            "schema",
            "tiles",
            QUAD,
            f"{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
        )
    ),
    LAYER,
)


def path_with(path, id):
    """A path with this id in it; a feature's says its layer as well, as ``hydrants/12``."""
    layer, _, own = id.rpartition("/") if "{layer}" in path else ("", "", id)
    return path.replace("{layer}", layer or own).replace("{id}", own)


def sent(kind, body, **headers):
    return lambda _: {"data": json.dumps(body), "content_type": kind, "headers": headers}


SEEN = {"If-Match": '"1"'}
HYDRANT = point(-95.43, 29.716, label="H-9", flow=900)
SENT = {
    ("POST", f"{COLLECTION}/items"): sent("application/geo+json", HYDRANT),
    ("PUT", FEATURE): sent("application/geo+json", HYDRANT, **SEEN),
    ("PATCH", FEATURE): sent("application/merge-patch+json", {"properties": {"flow": 5}}, **SEEN),
    ("DELETE", FEATURE): lambda _: {"headers": SEEN},
}
