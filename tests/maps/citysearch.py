"""The addresses, streets and corners of the City of Cambridge, to be searched: on the server, and in a phone's pack."""

import json
import sqlite3

from sqlalchemy import insert, text

from backend.core.actor import db
from backend.maps import gazetteer
from backend.maps.tables import LayerRow, OutlineRow
from backend.worker import in_transaction
from shared_models.layers import Part
from shared_models.places import Place
from tests.maps import citylayers, damage

SEED = 902417
"""None of those (1, 5, 77, 20261127) with which search was built."""
LAYERS = {
    "addresses": (Part.ADDRESSES, {"line": "full_address"}),
    "streets": (
        Part.STREETS,
        {
            "name": "street",
            "left_from": "l_from",
            "left_to": "l_to",
            "right_from": "r_from",
            "right_to": "r_to",
        },
    ),
    "intersections": (Part.INTERSECTIONS, {"name": "intersection"}),
}
LIMITS = "SRID=4326;POLYGON((-71.17 42.35,-71.06 42.35,-71.06 42.41,-71.17 42.41,-71.17 42.35))"
SHAPE = {
    "type": "Polygon",
    "coordinates": [[[-71.17, 42.35], [-71.06, 42.35], [-71.06, 42.41], [-71.17, 42.41], [-71.17, 42.35]]],
}


def fill():
    """Load all of it into the database."""
    outline = {"code": "cambridge", "name": "Cambridge", "ours": False, "limits": LIMITS}
    in_transaction(
        lambda: db().execute(insert(OutlineRow).values(**outline, advice_en="", advice_es="", contacts=[]))
    )
    for name, (part, fields) in LAYERS.items():
        id_ = citylayers.load(name, part=part, part_fields=fields)
        in_transaction(lambda id_=id_: gazetteer.refresh(db().get_one(LayerRow, id_)))


def with_search(file, tables):
    """Put what is found of the city into a pack of another."""
    pack = sqlite3.connect(file)
    with pack:
        pack.execute("INSERT INTO outline VALUES ('cambridge', 'Cambridge', 0, ?)", (json.dumps(SHAPE),))
        for table, rows in tables:
            marks = ",".join("?" * len(rows[0]))
            pack.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    pack.close()


def addresses():
    """All addresses of the city, by their numbers."""
    query = "SELECT f.id, props FROM feature f JOIN layer l USING (edition_id) WHERE name = 'addresses' ORDER BY f.id"
    return damage.of_features("addresses", db().execute(text(query)).all())


def corners():
    """All corners of the city, by their numbers."""
    query = (
        "SELECT DISTINCT feature, id, kind, name FROM landmark WHERE kind = 'intersection' ORDER BY feature"
    )
    return [Place(id_, kind, name, "", 0.0, 0.0) for _, id_, kind, name in db().execute(text(query))]
