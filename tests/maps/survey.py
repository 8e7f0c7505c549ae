"""A small layer with a field of each kind, features of each shape and some of none, and SQL that asks it directly."""

from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from shared_models.layers import Geometry
from tests.maps.layers import a_layer, feature, point

FIELDS = [
    {"name": name, "kind": kind, "title_en": name.capitalize(), "title_es": name.upper()}
    for name, kind in (
        ("name", "text"),
        ("alias", "text"),
        ("score", "number"),
        ("floors", "integer"),
        ("most_floors", "integer"),
        ("open", "boolean"),
        ("built", "date"),
        ("begins", "instant"),
        ("ends", "instant"),
    )
]


def shape(kind, coordinates):
    return {"type": kind, "coordinates": coordinates}


def square(west, south, size=0.01):
    east, north = west + size, south + size
    return shape("Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]])


FEATURES = [
    point(-95.43, 29.71, name="Edloe", alias="Edloe", score=1.5, floors=1, most_floors=3, open=True,
          built="1950-04-01", begins="2025-01-01T08:00:00Z", ends="2025-01-01T10:00:00Z"),
    point(-95.42, 29.72, name="edloe", alias="Edloe", score=-2.25, floors=2, most_floors=2, open=False,
          built="1951-04-01", begins="2025-01-01T10:00:00Z", ends="2025-01-02T10:00:00Z"),
    point(-95.41, 29.73, name="Ñandú", alias="Nandu", score=3.0, floors=3, most_floors=2, open=True,
          built="1950-04-01", begins="2025-06-01T00:00:00Z", ends="2025-06-30T23:59:59Z"),
    feature(shape("LineString", [[-95.44, 29.70], [-95.40, 29.74]]), name="Buffalo Speedway", alias="%_\\",
            score=0.0, floors=0, most_floors=9, open=False, built="2000-02-29",
            begins="2024-12-31T00:00:00Z", ends="2025-12-31T00:00:00Z"),
    feature(shape("MultiLineString", [[[-95.5, 29.7], [-95.45, 29.7]], [[-95.45, 29.7], [-95.45, 29.75]]]),
            name="Straße", alias="STRASSE", score=1e9, floors=7, most_floors=7, open=True, built="2026-01-01",
            begins="2025-01-01T08:00:00Z", ends="2025-01-01T09:00:00Z"),
    feature(square(-95.435, 29.705), name="O'Brien's", alias="it''s", score=12.5, floors=12, most_floors=13,
            open=True, built="1999-12-31", begins="2025-01-01T09:00:00Z", ends="2025-01-01T10:00:00Z"),
    feature(square(-95.425, 29.705), name="Οδος", alias="ΟΔΟΣ", score=12.5, floors=5, most_floors=6, open=False,
            built="1999-12-31", begins="2026-01-01T00:00:00Z", ends="2026-01-01T00:00:00Z"),
    feature(shape("MultiPolygon", [square(179.99, 0.0, 0.01)["coordinates"], square(-180.0, 0.0, 0.01)["coordinates"]]),
            name="Antimeridian", alias="Zed", score=2.0, floors=4, most_floors=4, open=True, built="1970-01-01"),
    feature(None, name="Nowhere", alias="nowhere"),
    feature(None),
    point(-95.4, 29.7, name="", alias="Empty", floors=100, open=False),
]  # fmt: skip


def a_survey(name="survey", **more):
    """Make the layer; gives its features' numbers, in their order."""
    fields = {"geometry": Geometry.MIXED, "time_field": "begins", "title_field": "name"} | more
    return a_layer(name, FEATURES, FIELDS, **fields)[1]


ROWS = """
    WITH f AS (
        SELECT feature.id, geom, props ->> 'name' COLLATE "C" AS name, props ->> 'alias' COLLATE "C" AS alias,
               CAST(props ->> 'score' AS float8) AS score, CAST(props ->> 'floors' AS int) AS floors,
               CAST(props ->> 'most_floors' AS int) AS most_floors, CAST(props ->> 'open' AS bool) AS open,
               CAST(props ->> 'built' AS date) AS built, CAST(props ->> 'begins' AS timestamptz) AS begins,
               CAST(props ->> 'ends' AS timestamptz) AS ends
        FROM feature JOIN layer ON layer.edition_id = feature.edition_id WHERE layer.name = :layer
    ) SELECT id FROM f WHERE """


def asked_directly(where, layer="survey"):
    """The numbers of the features for which this holds, as SQL says."""
    words = text(ROWS + where.replace(":", r"\:") + " ORDER BY id").bindparams(layer=layer)
    return in_transaction(lambda: list(db().scalars(words)))


def told(caller, layer="survey", **query):
    """The numbers of the features that are told, page by page, and how many pages it took."""
    at, found, pages = f"/ogc/collections/{layer}/items", [], 0
    answer = caller.get(at, query_string={name.replace("_", "-"): value for name, value in query.items()})
    while True:
        assert answer.status_code == 200, (query, answer.get_json())
        page = answer.get_json()
        assert page["numberReturned"] == len(page["features"])
        found += [each["id"] for each in page["features"]]
        pages += 1
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return found, pages
        answer = caller.get(following[0].partition("8000")[2])
