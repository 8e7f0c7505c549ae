"""What checks are about, made quickly: things and units as the register leaves them, and good answers to any template."""

import uuid
from datetime import timedelta

from sqlalchemy import update

from backend.assets.tables import AssetRow, IdentifierRow, KitRow
from backend.checks import load_defaults
from backend.core.actor import db
from backend.core.clock import now
from backend.worker import in_transaction
from shared_models.assets import plain_code
from shared_models.templates import LineType

ZONE = "America/Chicago"
GOOD = {
    LineType.PF: "pass",
    LineType.NUMBER: "5",
    LineType.PERCENT: "100",
    LineType.TEXT: "R12.5",
    LineType.DATE: "2026-11-01",
}
NUMBERS = {
    "patch-age": "3",
    "missed-uploads": "0",
    "load": "20",
    "temperature": "70",
    "unknown-macs": "0",
    "mdm-age": "1",
}


class Town:
    def __init__(self, make):
        self.make, self.count = make, 0
        in_transaction(lambda: load_defaults(ZONE))

    def thing(self, kind, **said):
        """A thing, in use unless said; gives its id."""
        self.count += 1
        id = uuid.uuid4()
        values = {
            "tag": f"WU-{self.count:05}",
            "serial": f"S{self.count:05}",
            "name": "",
            "department": "police",
            "state": "in-use",
            "data_class": "internal",
            "fields": {},
            "place": "",
            "firmware": "",
            "note": "",
            "made_at": now(),
            "updated_at": now(),
            "words": "",
            **said,
        }
        label = IdentifierRow(asset_id=id, kind="tag", code=plain_code(values["tag"]))

        def make():
            db().add(AssetRow(id=id, kind=kind, **values))
            db().flush()
            db().add(label)

        in_transaction(make)
        return id

    def kit(self, code="P12", kinds=("mdt", "mobile-radio", "dash-camera"), department="police", **said):
        """A unit with a slot for each of these kinds, filled; gives (its id, the ids of its things by kind)."""
        id, things = uuid.uuid4(), {kind: self.thing(kind, department=department, **said) for kind in kinds}
        slots = [self.slot(kind, asset_id=str(asset)) for kind, asset in things.items()]
        self.write_kit(id, code, slots, department)
        in_transaction(
            lambda: db().execute(
                update(AssetRow).where(AssetRow.id.in_(things.values())).values(kit_id=id, unit=code)
            )
        )
        return id, things

    def write_kit(self, id, code, slots, department="police", **said):
        values = {"code": code, "name": f"Unit {code}", "department": department, "slots": slots, **said}
        in_transaction(lambda: db().merge(KitRow(id=id, updated_at=now(), **values)))

    def slot(self, kind, **said):
        return {
            "id": str(uuid.uuid4()), "name": kind.upper(), "kind": kind, "required": True, "personal": False,
            "asset_id": None, **said,
        }  # fmt: skip

    def change(self, id, **values):
        in_transaction(lambda: db().execute(update(AssetRow).where(AssetRow.id == id).values(**values)))

    def template(self, by, code):
        """The version of a template that is in force, as the server tells it."""
        [found] = by.get(f"/v1/checks/templates?state=in-force&code={code}").get_json()["items"]
        return found

    def part(self, by, asset_id, template, cadences=("shift-start",), **said):
        """Good answers to everything that is asked, but for what is said: an answer, or a value of one."""
        told = self.template(by, template)
        tag = in_transaction(lambda: db().get(AssetRow, asset_id).tag)
        answers, values = [], {}
        said = {name.replace("_", "-"): value for name, value in said.items()}
        for line in told["lines"]:
            when = line["when"]
            asked = when is None or values.get(when["line"]) in when["among"]
            if line["cadence"] not in cadences or not asked or line["type"] == "photo":
                continue
            good = tag if line["type"] == "scan" else line["options"][0]["code"] if line["options"] else None
            value = said.get(line["code"], good or NUMBERS.get(line["code"]) or GOOD[LineType(line["type"])])
            answer = {"line": line["code"], **(value if isinstance(value, dict) else {"value": value})}
            values[line["code"]] = answer["value"]
            answers.append(answer)
        return {
            "asset_id": str(asset_id),
            "template": template,
            "template_version": told["version"],
            "cadences": list(cadences),
            "answers": answers,
        }

    def check(self, *parts, kit=None, slots=(), ago=timedelta(0), **said):
        """What a phone sends."""
        end = now() - ago
        return {
            "id": str(uuid.uuid4()),
            "kit_id": str(kit) if kit else None,
            "parts": list(parts),
            "slots": list(slots),
            "started_at": (end - timedelta(seconds=50)).isoformat(),
            "finished_at": end.isoformat(),
            "signature": "M10 10L20 20",
            "app": "test",
            **said,
        }

    def done(self, by, sent):
        """A check that was taken in."""
        answer = by.post("/v1/checks/", sent)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def asset(self, id):
        return in_transaction(lambda: db().get_one(AssetRow, id))

    def slots(self, kit):
        return in_transaction(lambda: db().get_one(KitRow, kit).slots)
