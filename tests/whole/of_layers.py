"""What tests of all routes know of those that define, load and export layers."""

import json
import uuid

from tests.maps.layers import HYDRANTS

LAYER = "/v1/maps/layers/{id}"
NAMED = dict.fromkeys(
    (LAYER, *(f"{LAYER}/{each}" for each in ("editions", "editions/{number}/show", "changes", "export"))),
    "layer",
)
SEEN = {"If-Match": '"1"'}


def a_file(_):
    query = {"id": str(uuid.uuid4()), "file": "hydrants.geojson"}
    data = json.dumps({"type": "FeatureCollection", "features": HYDRANTS})
    return {"data": data, "content_type": "application/octet-stream", "query_string": query}


def a_layer(_):
    wish = {"id": str(uuid.uuid4()), "name": f"layer-{uuid.uuid4().hex[:8]}", "geometry": "point"}
    return {"json": wish | {"title_en": "Things", "title_es": "Cosas"}}


SENT = {
    ("POST", "/v1/maps/layers/"): a_layer,
    ("PATCH", LAYER): lambda _: {"json": {"on": True}, "headers": SEEN},
    ("DELETE", LAYER): lambda _: {"headers": SEEN},
    ("POST", f"{LAYER}/editions"): a_file,
    ("POST", f"{LAYER}/editions/{{number}}/show"): lambda _: {"headers": SEEN},
}
