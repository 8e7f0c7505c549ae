"""How the routes of checks are called well, and the things that their ids name."""

import io
import uuid
from datetime import timedelta

from openpyxl import Workbook

from backend.checks.xlsform import MEDIA_TYPE
from backend.core.clock import now

TEMPLATE = "/v1/checks/templates/{id}"
NAMED = {
    "/v1/checks/{id}": "check",
    TEMPLATE: "template",
    f"{TEMPLATE}/change": "template",
    f"{TEMPLATE}/put-in-force": "template",
    f"{TEMPLATE}/xlsform": "template",
    "/v1/checks/schedules/{id}": "schedule",
    "/v1/checks/shifts/{id}": "shift",
}
"""What the id in a path names."""


def a_template(code="pump", kind="ups"):
    line = {"code": "runs", "type": "pf", "label_en": "Runs", "label_es": "Funciona"}
    return {
        "id": str(uuid.uuid4()), "code": code, "kind": kind, "name_en": "Pump", "name_es": "Bomba", "lines": [line],
    }  # fmt: skip


def a_form():
    """A workbook with one question."""
    book = Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", "label"])
    book.active.append(["text", "seen", "Seen"])
    settings = book.create_sheet("settings")
    settings.append(["form_title"])
    settings.append(["Seen"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_shift(department="public-works"):
    return {
        "department": department, "code": f"s{uuid.uuid4().hex[:8]}", "name_en": "Day", "name_es": "Día",
        "starts": "07:00", "hours": 12,
    }  # fmt: skip


def in_force(make):
    """The template that all these checks go by, in force."""
    sent = a_template(f"t{uuid.uuid4().hex[:8]}")
    admin = make.known("admin")
    for path, body in (("", sent), (f"/{sent['id']}/put-in-force", None)):
        answer = admin.post(f"/v1/checks/templates{path}", body)
        assert answer.status_code < 300, answer.get_json()
    return sent


def a_schedule(make, department=None):
    return {"template": in_force(make)["code"], "cadence": "weekly", "department": department, "kits": False}


def a_check(make, department="public-works"):
    template = in_force(make)
    thing = make.asset(make.known("admin"), kind="ups", department=department)
    part = {
        "asset_id": thing["id"],
        "template": template["code"],
        "template_version": 1,
        "cadences": ["shift-start"],
        "answers": [{"line": "runs", "value": "pass"}],
    }
    return {
        "id": str(uuid.uuid4()),
        "parts": [part],
        "started_at": (now() - timedelta(minutes=1)).isoformat(),
        "finished_at": now().isoformat(),
        "signature": "M1 1L9 9",
    }


SENT = {
    ("POST", "/v1/checks/"): lambda make: {"json": a_check(make)},
    ("GET", "/v1/checks/trend"): lambda make: {
        "query_string": {
            "asset_id": make.asset(make.known("admin"), kind="ups", department="public-works")["id"]
        }
    },
    ("POST", "/v1/checks/templates"): lambda make: {"json": a_template()},
    ("POST", f"{TEMPLATE}/change"): lambda make: {"json": a_template()},
    ("POST", "/v1/checks/templates/xlsform"): lambda make: {
        "data": a_form(),
        "content_type": MEDIA_TYPE,
        "query_string": {"id": str(uuid.uuid4()), "kind": "ups", "code": "seen"},
    },
    ("PUT", "/v1/checks/schedules/{id}"): lambda make: {"json": a_schedule(make)},
    ("PUT", "/v1/checks/shifts/{id}"): lambda make: {"json": a_shift()},
}
"""A good call of each route that takes something."""


def put(make, path, body):
    """The id under which this was written."""
    id = uuid.uuid4()
    answer = make.known("admin").put(f"{path}/{id}", body)
    assert answer.status_code == 200, answer.get_json()
    return id


def check_of(make, whose, caller, home, other):
    """A check that I did, or one of the thing's department did; who may do none has none."""
    department, by = (other, make.known("officer"))
    if whose == "my department's":
        department, by = home, make.known("colleague")
    elif whose == "mine" and caller.id and caller.get("/v1/checks/due").status_code == 200:
        department, by = home, caller
    sent = a_check(make, department)
    answer = by.post("/v1/checks/", sent)
    assert answer.status_code == 201, answer.get_json()
    return uuid.UUID(sent["id"])


def template_of(make):
    """A draft: of nobody's department."""
    sent = a_template()
    answer = make.known("admin").post("/v1/checks/templates", sent)
    assert answer.status_code == 201, answer.get_json()
    return uuid.UUID(sent["id"])


def thing(make, kind, whose, caller, home, other):
    """The id of a thing of this kind."""
    department = home if whose == "my department's" else other
    return {
        "check": lambda: check_of(make, whose, caller, home, other),
        "template": lambda: template_of(make),
        "schedule": lambda: put(make, "/v1/checks/schedules", a_schedule(make, department)),
        "shift": lambda: put(make, "/v1/checks/shifts", a_shift(department)),
    }[kind]()


KINDS = frozenset(NAMED.values())
