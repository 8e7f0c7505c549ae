"""From the words of a cell to a value of the wire: numbers, days, yes and no, kinds, as people write them here."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from backend.assets.imports.columns import plain
from backend.core.words import words
from shared_models.assets import AssetKind, AssetState, DataClass, FieldSpec, FieldType
from shared_models.basics import Language

YES = {"true", "yes", "y", "1", "x", "si", "s", "verdadero", "t"}
NO = {"false", "no", "n", "0", "falso", "f"}
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan ene", "feb", "mar", "apr abr", "may", "jun", "jul", "aug ago", "sep", "oct", "nov", "dec dic"),
        1,
    )
    for name in names.split()
}
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
POWER = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
"""How a spreadsheet shows a long number that it took for a quantity: an IMEI, a SIM card's, a serial number."""
ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?")
US = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?)?", re.IGNORECASE
)
MONTH_FIRST = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})")
DAY_FIRST = re.compile(r"(\d{1,2})[ -](?:de )?([A-Za-z]{3})[a-z]*\.?[ -](?:de )?(\d{4})")


class OddCellError(ValueError):
    """A cell does not say what its column holds; the words tell why, and never repeat the cell."""


def text(said: str) -> str:
    """Words, as they are. Refuses what a spreadsheet has made of a long number: its last digits are lost."""
    if POWER.fullmatch(said):
        raise OddCellError(
            "A spreadsheet wrote this as a power of ten, and its last digits are lost. Format the column as text."
        )
    return said


def number(said: str) -> int | float:
    """12, 1,234.5, 85 %."""
    digits = said.removesuffix("%").strip()
    if THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not NUMBER.fullmatch(digits):
        raise OddCellError("A number, as 1234.5.")
    found = float(digits)
    return int(found) if found.is_integer() else found


def whole(said: str) -> int:
    """A whole number."""
    found = number(said)
    if isinstance(found, float):
        raise OddCellError("A whole number.")
    return found


def day(said: str) -> str:
    """A day as the wire writes it: of 2026-03-31, 3/31/2026 (month first, as here), Mar 31, 2026, 31 mar 2026."""
    try:
        if match := ISO.fullmatch(said):
            return date(*(int(part) for part in match.groups())).isoformat()
        if match := US.fullmatch(said):
            month, of_month, year = (int(part) for part in match.groups())
            return date(year if year > 99 else 2000 + year, month, of_month).isoformat()  # noqa: PLR2004 - two digits
        if match := MONTH_FIRST.fullmatch(said):
            return date(int(match[3]), MONTHS[match[1].lower()], int(match[2])).isoformat()
        if match := DAY_FIRST.fullmatch(said):
            return date(int(match[3]), MONTHS[match[2].lower()], int(match[1])).isoformat()
    except (ValueError, KeyError):
        pass
    raise OddCellError("A day, as 2026-03-31 or 3/31/2026.")


def flag(said: str) -> bool:
    """Yes or no."""
    found = plain(said)
    if found in YES:
        return True
    if found in NO:
        return False
    raise OddCellError("Yes or no.")


def tag(said: str) -> str:
    """A tag: capital letters."""
    return text(said).upper()


@cache
def kinds() -> dict[str, str]:
    """The kinds by what they are called: their codes, our words for them in both languages, and what else people say."""
    found = {plain(kind.value): kind.value for kind in AssetKind if kind is not AssetKind.NEWER}
    more = {
        AssetKind.MDT: "mdc, mobile data terminal, mobile data computer, terminal de datos",
        AssetKind.PORTABLE_RADIO: "portable, handheld, ht, hand held radio, radio portatil, radio, walkie talkie",
        AssetKind.MOBILE_RADIO: "vehicle radio, base radio, car radio, radio movil",
        AssetKind.BODY_CAMERA: "bwc, body worn camera, bodycam, camara corporal",
        AssetKind.DASH_CAMERA: "dashcam, in car camera, in car video, icv, camara de tablero",
        AssetKind.DOCK: "docking station, charger, base",
        AssetKind.BATTERY: "batteries, bateria",
        AssetKind.VEHICLE: "car, truck, patrol car, engine, ambulance, vehiculo, auto",
        AssetKind.COMPUTER: "laptop, desktop, pc, workstation, notebook, computadora, portatil",
        AssetKind.SERVER: "servidor",
        AssetKind.NETWORK: "switch, router, firewall, access point, ap, red",
        AssetKind.PHONE: "cell phone, mobile phone, smartphone, cellphone, telephone, telefono, celular",
        AssetKind.TABLET: "ipad, tableta",
        AssetKind.DOOR_READER: "card reader, badge reader, lector de puerta",
        AssetKind.SURVEILLANCE_CAMERA: "cctv, security camera, ip camera, camara de vigilancia",
        AssetKind.PANIC_BUTTON: "boton de panico",
        AssetKind.UPS: "battery backup",
        AssetKind.SOFTWARE: "license, licence, programa, licencia",
        AssetKind.OTHER: "misc, equipment, otro, equipo",
    }
    for kind, names in more.items():
        for name in (
            *names.split(", "),
            *(words(each, f"kind.{kind.value}") for each in (Language.EN, Language.ES)),
        ):
            found.setdefault(plain(name), kind.value)
    return found


STATES = {
    **{plain(state.value): state.value for state in AssetState if state is not AssetState.NEWER},
    "instock": "stock", "available": "stock", "spare": "stock", "readytodeploy": "stock", "enalmacen": "stock", "disponible": "stock",
    "onorder": "ordered", "pedido": "ordered", "deployed": "in-use", "issued": "in-use", "assigned": "in-use", "enuso": "in-use",
    "oos": "out-of-service", "broken": "out-of-service", "fueradeservicio": "out-of-service", "inrepair": "repair",
    "enreparacion": "repair", "perdido": "lost", "retirado": "retired", "surplus": "retired", "desechado": "disposed",
}  # fmt: skip
CLASSES = {
    **{plain(each.value): each.value for each in DataClass if each is not DataClass.NEWER},
    "criminaljustice": "cji", "cjis": "cji", "publico": "public", "interno": "internal",
}  # fmt: skip


def one_of(known: Callable[[], dict[str, str]], what: str) -> Callable[[str], str]:
    """A reader of words of a closed list."""

    def read(said: str) -> str:
        found = known().get(plain(said))
        if found is None:
            raise OddCellError(f"{what}: {', '.join(dict.fromkeys(known().values()))}.")
        return found

    return read


READ: dict[str, Callable[[str], Any]] = {
    "tag": tag,
    "kind": one_of(kinds, "One of the kinds"),
    "make": text,
    "model": text,
    "serial": text,
    "name": text,
    "department": text,
    "state": one_of(lambda: STATES, "One of the states"),
    "data_class": one_of(lambda: CLASSES, "One of the classes"),
    "pool": flag,
    "place": text,
    "lat": number,
    "lon": number,
    "battery": whole,
    "battery_health": whole,
    "firmware": text,
    "patched_on": day,
    "support_until_on": day,
    "note": text,
}
"""How each target that all things have is read."""
BY_TYPE: dict[FieldType, Callable[[str], Any]] = {
    FieldType.NUMBER: number,
    FieldType.PERCENT: number,
    FieldType.DATE: day,
    FieldType.FLAG: flag,
}


def field(spec: FieldSpec | None, said: str) -> Any:
    """The value of a typed field, as the wire has it."""
    if spec is None:
        return said
    if spec.type is FieldType.CHOICE:
        return next((choice for choice in spec.choices if plain(choice) == plain(said)), said)
    return BY_TYPE.get(spec.type, text)(said)


def unguarded(said: str) -> str:
    """A cell without the apostrophe that our exports put before what a spreadsheet would run as a formula."""
    return said[1:] if GUARDED.match(said) else said


GUARDED = re.compile(r"''*[=+\-@\t\r]")
