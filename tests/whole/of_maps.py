"""How the routes of maps are called well, and the things that their ids name."""

import uuid

from backend.core.actor import db
from backend.core.clock import now
from backend.maps.queries import newest_version
from backend.maps.tables import LayerRow, ReportRow, ZoneRow
from backend.worker import in_transaction
from shared_models.layers import Whom
from tests.maps.layers import a_layer
from tests.whole import of_layers, of_ogc

REPORT = "/v1/maps/reports/{id}"
NAMED = {
    "/v1/maps/layers/{id}": "layer",
    REPORT: "report",
    f"{REPORT}/share": "report",
    f"{REPORT}/answer": "report",
    f"{REPORT}/csv": "report",
    f"{REPORT}/pdf": "report",
    f"{REPORT}/picture": "report",
    "/map/reports/{id}": "report",
    "/v1/maps/areas/{id}": "area",
    "/v1/maps/tiles/{id}": "layer's name",
    "/v1/maps/tiles/{id}/{z}/{x}/{y}": "layer's name",
    **of_layers.NAMED,
    **of_ogc.NAMED,
}
"""What the id in a path names."""


def a_question(layer="of-all"):
    here = {"kind": "point", "corners": [{"lat": 29.716, "lon": -95.431}]}
    return {"question": "within", "layer": layer, "around": here, "metres": 100}


def asked(make):
    """A question about a layer that everybody may see."""
    if not getattr(make, "layer_of_all", None):
        make.layer_of_all = a_layer(f"all-{uuid.uuid4().hex[:8]}")
        make.name_of_all = in_transaction(lambda: name_of(make.layer_of_all[0]))
    return a_question(make.name_of_all)


def name_of(id_):
    return db().get_one(LayerRow, id_).name


def newest_pack():
    return in_transaction(lambda: db().scalar(newest_version()))


SENT = {
    ("GET", "/v1/maps/whose"): lambda make: {"query_string": {"lat": 29.716, "lon": -95.431}},
    ("GET", "/v1/maps/here"): lambda make: {"query_string": {"lat": 29.716, "lon": -95.431}},
    ("GET", "/v1/maps/pack/changes"): lambda make: {"query_string": {"since": newest_pack()}},
    ("GET", "/v1/maps/places"): lambda make: {"query_string": {"q": "university"}},
    ("POST", "/v1/maps/ask"): lambda make: {"json": asked(make)},
    ("POST", "/v1/maps/reports/"): lambda make: {
        "json": {"id": str(uuid.uuid4()), "title": "Near", "asked": asked(make)}
    },
    ("POST", f"{REPORT}/share"): lambda make: {"json": {"shared": True}},
    ("POST", "/v1/maps/areas/"): lambda make: {
        "json": {
            "id": str(uuid.uuid4()),
            "name_en": "Around",
            "name_es": "Alrededor",
            "around": a_question()["around"],
            "metres": 300,
        }
    },
    **of_layers.SENT,
    **of_ogc.SENT,
}
"""What is sent."""


def layer_of(make, whose, caller, home, other):
    """A layer for my department; what else is for another one."""
    department = home if whose == "my department's" else other
    return a_layer(f"layer-{uuid.uuid4().hex[:8]}", seen_by=Whom.DEPARTMENT, department=department)[0]


def feature_of(make, whose, caller, home, other):
    """``layer/number`` of a feature in such a layer."""
    department, name = home if whose == "my department's" else other, f"layer-{uuid.uuid4().hex[:8]}"
    _, [number, *_] = a_layer(name, seen_by=Whom.DEPARTMENT, department=department)
    return f"{name}/{number}"


def report_of(make, whose, caller, home, other):
    """A report that I keep; what else is somebody else's, and not shared."""
    owner = caller if whose == "mine" and caller.id else make.known("colleague")
    question, id_, moment = asked(make), uuid.uuid4(), now()
    row = ReportRow(
        id=id_, title="Near", asked=question, owner_id=owner.id, owner="Fay", shared=False, version=1,
        made_at=moment, changed_at=moment,
    )  # fmt: skip
    in_transaction(lambda: db().add(row))
    return id_


def area_of(make, whose, caller, home, other):
    """An area that I saved; what else somebody else did."""
    id_, corner = uuid.uuid4(), {"lat": 29.716, "lon": -95.431}
    row = ZoneRow(
        code=f"area-{id_.hex}", name_en="Around", name_es="Alrededor", area=[corner] * 3, saved_at=now(),
        saved_by=caller.id if whose == "mine" and caller.id else make.known("colleague").id,
    )  # fmt: skip
    in_transaction(lambda: db().add(row))
    return id_


KINDS = {
    "layer": layer_of,
    "layer's name": lambda *asked: feature_of(*asked).partition("/")[0],
    "feature": feature_of,
    "report": report_of,
    "area": area_of,
}


def thing(make, kind, whose, caller, home, other):
    """The id of a thing of this kind."""
    return KINDS[kind](make, whose, caller, home, other)
