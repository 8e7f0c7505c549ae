"""Layers of the City of Cambridge as they are published (PDDL), straight into the rows: fast, and with nothing refused."""

import gzip
import json
from pathlib import Path

from sqlalchemy import text, update

from backend.core.actor import db
from backend.core.clock import now
from backend.maps.tables import LayerRow
from backend.worker import in_transaction
from shared_models.layers import Geometry
from tests.maps.layers import a_layer

DATA = Path(__file__).parents[3] / "shared" / "data" / "cambridge"
SHAPES = {"Point": Geometry.POINT, "LineString": Geometry.LINE, "Polygon": Geometry.AREA}
CENTRE = 42.3736, -71.1097
"""Latitude and longitude of City Hall."""


def there():
    """Whether the city's files are at hand."""
    return DATA.is_dir()


def features(name):
    """All features of a file."""
    return json.loads(gzip.decompress((DATA / f"{name}.geojson.gz").read_bytes()))["features"]


def load(name, title_field="", **more):
    """Make a layer of a file; returns its id."""
    found = features(name)
    keys = dict.fromkeys(key for each in found for key in each["properties"])
    kinds = {key: kind_of(found, key) for key in keys}
    names = {key: key.lower() for key in kinds}
    fields = [{"name": names[key], "kind": kind} for key, kind in kinds.items()]
    shape = SHAPES[found[0]["geometry"]["type"].removeprefix("Multi")]
    id_, _ = a_layer(name, [], fields, geometry=shape, title_field=title_field, illustration=False, **more)

    def fill():
        edition_id = db().get_one(LayerRow, id_).edition_id
        cursor = db().connection().connection.cursor()
        cursor.execute("CREATE TEMPORARY TABLE coming (geom text, props jsonb) ON COMMIT DROP")
        with cursor.copy("COPY coming FROM STDIN") as copy:
            for each in found:
                props = {names[key]: value for key, value in each["properties"].items() if value is not None}
                copy.write_row((json.dumps(each["geometry"]), json.dumps(props)))
        db().execute(
            text(
                "INSERT INTO feature (edition_id, geom, props, changed_at)"
                " SELECT :edition, ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(geom), 4326)), props, :now FROM coming"
            ),
            {"edition": edition_id, "now": now()},
        )
        box = db().execute(
            text(
                "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
                " FROM (SELECT ST_Extent(geom) AS e FROM feature WHERE edition_id = :edition) AS whole"
            ),
            {"edition": edition_id},
        )
        db().execute(
            update(LayerRow).where(LayerRow.id == id_).values(bounds=list(box.one()), count=len(found))
        )

    in_transaction(fill)
    return id_


def kind_of(found, key):
    """What a field holds, by its values."""
    types = {type(each["properties"].get(key)) for each in found} - {type(None)}
    if types == {int}:
        return "integer"
    if types and types <= {int, float}:
        return "number"
    return "boolean" if types == {bool} else "text"
