"""Layers of the city's own, made as a loading makes them: rows, without a file."""

import json
import uuid

from geoalchemy2.functions import ST_GeomFromGeoJSON
from sqlalchemy import func, insert, select

from backend.core.actor import db
from backend.core.clock import now
from backend.maps.tables import EditionRow, FeatureRow, LayerRow
from backend.worker import in_transaction
from shared_models.layers import Geometry, LayerStyle, Part, Whom

POINTS = [(-95.4310 + step / 1000, 29.7160) for step in range(5)]
"""Longitude and latitude of five places in the city, 97 m from one to the next."""


def feature(geometry=None, **props):
    """A GeoJSON feature."""
    return {"type": "Feature", "geometry": geometry, "properties": props}


def point(lon, lat, **props):
    """A GeoJSON feature that is a point."""
    return feature({"type": "Point", "coordinates": [lon, lat]}, **props)


HYDRANTS = [
    point(*place, label=f"H-{number}", flow=100 * number) for number, place in enumerate(POINTS, start=1)
]
FIELDS = [
    {"name": "label", "kind": "text", "title_en": "Label", "title_es": "Rótulo"},
    {"name": "flow", "kind": "integer", "title_en": "Flow", "title_es": "Caudal"},
]


def a_layer(name="hydrants", features=HYDRANTS, fields=FIELDS, **more):
    """Make a layer with these features in the app's transaction; returns (its id, the features' numbers)."""

    def make():
        id_, moment = uuid.uuid4(), now()
        values = {
            "title_en": name.capitalize(),
            "title_es": name.capitalize(),
            "about_en": "",
            "about_es": "",
            "geometry": Geometry.POINT,
            "seen_by": Whom.PUBLIC,
            "edited_by": Whom.DEPARTMENT,
            "department": "public-works",
            "title_field": "label",
            "time_field": "",
            "part": Part.NONE,
            "part_fields": {},
            "style": LayerStyle.Schema().dump(LayerStyle()),
            "on": True,
            "illustration": True,
            "attribution": "",
        } | more
        layer = LayerRow(id=id_, name=name, fields=fields, changed_at=moment, **values)
        db().add(layer)
        db().flush()
        counts = {"found": len(features), "taken": len(features), "mended": 0, "refused": 0}
        edition = EditionRow(
            id=uuid.uuid4(),
            layer_id=id_,
            number=1,
            made_at=moment,
            made_by=None,
            file=f"{name}.geojson",
            format="GeoJSON",
            crs="EPSG:4326",
            sha256="0" * 64,
            fields=fields,
            refusals=[],
            **counts,
        )
        db().add(edition)
        db().flush()
        made = [add(edition.number_of_all, each) for each in features]
        layer.edition_id, layer.edition, layer.count = edition.number_of_all, 1, len(features)
        box = (
            db()
            .execute(
                select(
                    *(
                        getattr(func, f"ST_{edge}")(func.ST_Extent(FeatureRow.geom))
                        for edge in ("XMin", "YMin", "XMax", "YMax")
                    )
                ).where(FeatureRow.edition_id == edition.number_of_all)
            )
            .one()
        )
        layer.bounds = [] if box[0] is None else list(box)
        return id_, made

    return in_transaction(make)


def add(edition_id, each):
    shape = each["geometry"]
    geom = None if shape is None else func.ST_SetSRID(ST_GeomFromGeoJSON(json.dumps(shape)), 4326)
    row = {"edition_id": edition_id, "geom": geom, "props": each["properties"], "changed_at": now()}
    return db().execute(insert(FeatureRow).values(**row).returning(FeatureRow.id)).scalar_one()
