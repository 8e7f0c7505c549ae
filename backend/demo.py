"""The things of the demo: units and what belongs in them, from an illustration. Never for a real city."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

from backend import assets, identity
from backend.core.actor import context
from shared_models.assets import AssetKind, DataClass, RegisterAsset
from shared_models.kits import KitSlot, MakeKit
from shared_models.register import RegisterModel

IDS = UUID("5b0f7a44-96a3-4d0e-8c55-0f6e6d4d7e21")
NAMES = {
    "mdt": ("MDT", "MDT"),
    "mobile-radio": ("Mobile radio", "RAD"),
    "portable-radio": ("Portable radio", "POR"),
    "body-camera": ("Body camera", "BWC"),
    "dash-camera": ("Dash camera", "DSH"),
    "car": ("Car", "CAR"),
    "pumper": ("Engine", "ENG"),
}
"""What a slot is called, and how a tag begins."""
PASSES_CJI = frozenset({"mdt", "body-camera", "dash-camera"})
"""What criminal justice information passes through, with the police."""


def load_things(keeper: UUID) -> None:
    """Register the demo's models, things and units in the name of this person. Again changes nothing."""
    pack = tomllib.loads((files("backend") / "demo_things.toml").read_text("utf-8"))
    context().actor = identity.actor_for(keeper)
    models = {model["code"]: model for model in pack["model"]}
    for code, model in models.items():
        told = {name: value for name, value in model.items() if name not in {"code", "kind"}}
        kind = AssetKind(model["kind"])
        assets.register_model(RegisterModel(id=named("model", code), kind=kind, note="Illustration.", **told))
    assets.register_all([*things_of(pack, models), *spares_of(pack, models)])
    for unit in pack["unit"]:
        assets.make_kit(kit_of(unit, models))


def named(*words: str) -> UUID:
    """The id of a thing of the demo: the same each time."""
    return uuid5(IDS, "/".join(words))


def things_of(pack: dict[str, Any], models: dict[str, Any]) -> Iterator[RegisterAsset]:
    """The car of each unit, what it carries, and what its crew takes along."""
    for unit in pack["unit"]:
        number = unit["code"].split()[-1]
        for code in (unit["car"], *unit["holds"], *unit["personal"]):
            name = unit["code"] if code == unit["car"] else f"{NAMES[code][0]} {number}"
            yield thing(unit["department"], code, models, name, f"{unit['code'].split()[0][0]}{number}")


def spares_of(pack: dict[str, Any], models: dict[str, Any]) -> Iterator[RegisterAsset]:
    """The spare pools."""
    for spare in pack["spare"]:
        for n in range(1, spare["count"] + 1):
            name = f"Spare {NAMES[spare['model']][0].lower()} {n}"
            at = f"{spare['department'][0].upper()}S{n}"
            yield thing(spare["department"], spare["model"], models, name, at, pool=True)


def thing(
    department: str, code: str, models: dict[str, Any], name: str, at: str, *, pool: bool = False
) -> RegisterAsset:
    """One thing; its tag, serial and radio ID follow from its place."""
    model, begins = models[code], NAMES[code][1]
    id_ = named(department, code, at)
    radio = {"radio_id": f"7{id_.int % 10**6:06}", "alias": name} if "radio" in code else {}
    return RegisterAsset(
        id=id_,
        tag=f"{begins}-{at}",
        kind=AssetKind(model["kind"]),
        model_id=named("model", code),
        serial=f"{begins}{id_.int % 10**8:08}",
        name=name,
        department=department,
        data_class=DataClass.CJI if department == "police" and code in PASSES_CJI else DataClass.INTERNAL,
        fields=radio,
        pool=pool,
        battery=100 if model.get("issue_battery") else None,
        firmware=model.get("approved_firmware", ""),
        note="Illustration.",
    )


def kit_of(unit: dict[str, Any], models: dict[str, Any]) -> MakeKit:
    """A unit: its car, and a slot for each thing that belongs in it, or comes with whoever works the shift."""
    number = unit["code"].split()[-1]
    at = f"{unit['code'].split()[0][0]}{number}"
    slots = [
        KitSlot(
            id=named("slot", unit["code"], code),
            name=NAMES[code][0],
            kind=AssetKind(models[code]["kind"]),
            personal=code in unit["personal"],
            asset_id=None if code in unit["personal"] else named(unit["department"], code, at),
        )
        for code in (*unit["holds"], *unit["personal"])
    ]
    return MakeKit(
        id=named("unit", unit["code"]),
        code=unit["code"],
        name=unit["name"],
        department=unit["department"],
        asset_id=named(unit["department"], unit["car"], at),
        slots=tuple(slots),
    )
