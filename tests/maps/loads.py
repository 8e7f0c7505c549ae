"""Layers defined and loaded over HTTP, and files to load."""

import gzip
import io
import json
import struct
import uuid
import zipfile
from pathlib import Path

import numpy as np
from pyogrio import raw

from backend.core.actor import db
from backend.worker import in_transaction
from tests.maps.layers import feature

SHARED = Path(__file__).parents[3] / "shared/data/cambridge"


def define(caller, name="things", geometry="point", **more):
    """A layer that holds nothing yet, as the server told it."""
    wish = {"id": str(uuid.uuid4()), "name": name, "title_en": name, "title_es": name, "geometry": geometry}
    answer = caller.post("/v1/maps/layers/", wish | {"seen_by": "public"} | more)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def send(caller, layer, data, file="things.geojson", **more):
    """Send a file; gives the answer."""
    query = {"id": str(uuid.uuid4()), "file": file} | more
    return caller.call(
        "POST",
        f"/v1/maps/layers/{layer['id']}/editions",
        data=data,
        query_string=query,
        content_type="application/octet-stream",
    )


def loaded(caller, layer, data, file="things.geojson", **more):
    """Send a file that is taken; gives what is told of the edition."""
    answer = send(caller, layer, data, file, **more)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def collection(*features, **more):
    """The bytes of a GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def area(*corners, **props):
    return feature({"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}, **props)


def wkb(*numbers):
    """A point, or a line of several."""
    if len(numbers) == 2:
        return struct.pack("<BIdd", 1, 1, *numbers)
    return struct.pack(f"<BII{len(numbers)}d", 1, 2, len(numbers) // 2, *numbers)


def made(driver, ending, shapes, fields=None, crs="EPSG:4326", kind="Point", folder=None):
    """The bytes of a file that GDAL writes (of a Shapefile: zipped)."""
    import tempfile

    fields = fields or {"label": np.array([f"L{n}" for n in range(len(shapes))], dtype=object)}
    with tempfile.TemporaryDirectory() as here:
        file = Path(here) / f"made.{ending}"
        shapes = np.array(shapes, dtype=object)
        raw.write(
            file, shapes, list(fields.values()), list(fields), driver=driver, crs=crs, geometry_type=kind
        )
        if ending != "shp":
            return file.read_bytes()
        return zipped({f"{folder or ''}{part.name}": part.read_bytes() for part in Path(here).iterdir()})


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


def sql(statement, **values):
    """The rows that SQL finds, asked directly."""
    from sqlalchemy import text

    return in_transaction(lambda: [tuple(row) for row in db().execute(text(statement), values)])


def shared(name):
    """The bytes of one of the files that all share, and its features; skips where it is missing."""
    import pytest

    file = SHARED / f"{name}.geojson.gz"
    if not file.exists():
        pytest.skip(f"NOT RUN: {file} is missing")
    data = file.read_bytes()
    return data, json.loads(gzip.decompress(data))["features"]
