"""What a column may hold, and what its header says that it holds: in English, in Spanish, and as other systems name it."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NoReturn

from backend.assets.imports.tables import Table
from backend.core.problems import Invalid
from shared_models.asset_fields import FIELDS
from shared_models.assets import FieldSpec
from shared_models.papers import ImportColumn
from shared_models.problems import FieldError

SAMPLES, SAMPLE = 5, 60

SYNONYMS: dict[str, tuple[str, ...]] = {
    "tag": ("Asset Tag", "Tag", "Asset ID", "Asset No", "Asset Number", "Barcode", "Inventory Number", "Inventory No",
            "Property Tag", "Etiqueta", "Número de inventario", "No. de inventario", "Código de barras", "Placa de inventario"),
    "kind": ("Kind", "Type", "Category", "Asset Type", "Device Type", "Class", "Tipo", "Categoría", "Clase"),
    "make": ("Make", "Manufacturer", "Brand", "Vendor", "Marca", "Fabricante"),
    "model": ("Model", "Model Name", "Model No", "Model Number", "Modelo"),
    "serial": ("Serial", "Serial No", "Serial Number", "S/N", "SN", "Serial #", "Número de serie", "No. de serie", "Serie"),
    "name": ("Name", "Asset Name", "Device Name", "Description", "Nombre", "Descripción"),
    "department": ("Department", "Dept", "Division", "Owner Department", "Departamento", "Depto", "División"),
    "state": ("State", "Status", "Estado", "Situación"),
    "data_class": ("Data class", "Classification", "Clase de datos", "Clasificación"),
    "pool": ("Spare", "Pool", "Loaner", "Repuesto", "De reserva"),
    "place": ("Place", "Location", "Site", "Room", "Building", "Lugar", "Ubicación", "Sitio"),
    "lat": ("Lat", "Latitude", "Latitud"),
    "lon": ("Lon", "Lng", "Long", "Longitude", "Longitud"),
    "battery": ("Battery", "Battery %", "Charge", "Batería", "Carga"),
    "battery_health": ("Battery health", "Battery health %", "Salud de la batería"),
    "firmware": ("Firmware", "Firmware version", "FW", "Versión de firmware"),
    "patched_on": ("Patched", "Patched on", "Last patched", "Patch date", "Último parche", "Fecha de parche"),
    "support_until_on": ("Support until", "End of support", "EOL", "Warranty until", "Warranty expires", "Fin de soporte", "Garantía hasta"),
    "note": ("Note", "Notes", "Comments", "Remarks", "Nota", "Notas", "Comentarios", "Observaciones"),
    "fields.radio_id": ("Unit ID", "Subscriber ID", "RID", "ID de unidad"),
    "fields.alias": ("Radio alias", "Alias de radio"),
    "fields.codeplug": ("Codeplug", "Template"),
    "fields.mac": ("MAC", "Ethernet MAC", "Physical address"),
    "fields.wifi_mac": ("WLAN MAC", "Wireless MAC"),
    "fields.ip": ("IP",),
    "fields.host": ("Hostname", "Computer name", "Nombre de equipo"),
    "fields.imei": ("IMEI/MEID", "IMEI 1"),
    "fields.imei2": ("IMEI 2",),
    "fields.sim": ("ICCID", "SIM", "SIM card", "Tarjeta SIM"),
    "fields.number": ("Phone", "Phone number", "Mobile number", "MDN", "Teléfono", "Número de celular"),
    "fields.carrier": ("Provider", "Compañía"),
    "fields.os": ("OS", "Operating system", "Sistema operativo"),
    "fields.vin": ("VIN number",),
    "fields.plate": ("License plate", "Licence plate", "Plate number", "Placa"),
    "fields.call_sign": ("Callsign", "Unit number"),
    "fields.seats": ("Licenses", "Licences", "Licencias"),
}  # fmt: skip
"""What headers say, besides a target's own name and a field's labels. The first target that has a word keeps it."""


def plain(words: str) -> str:
    """Words as they are compared: small letters and digits, without accents."""
    spread = unicodedata.normalize("NFKD", words.casefold())
    return re.sub(r"[^0-9a-z]", "", "".join(sign for sign in spread if not unicodedata.combining(sign)))


@cache
def known_fields() -> dict[str, FieldSpec]:
    """The typed fields of all kinds by their code; where kinds differ in the words, the first one's."""
    found: dict[str, FieldSpec] = {}
    for specs in FIELDS.values():
        for spec in specs:
            found.setdefault(spec.code, spec)
    return found


BASE = tuple(target for target in SYNONYMS if not target.startswith("fields."))


def targets(more: Iterable[str] = ()) -> list[str]:
    """What a column may hold: what all things say, and the typed fields; ``more``: those of models."""
    codes = dict.fromkeys([*known_fields(), *more])
    return [*BASE, *(f"fields.{code}" for code in codes)]


def headers(more: Mapping[str, FieldSpec]) -> dict[str, str]:
    """Which target each header stands for, as it is compared."""
    found: dict[str, str] = {}
    for target in BASE:
        found.setdefault(plain(target), target)
    for target in BASE:
        for words in SYNONYMS[target]:
            found.setdefault(plain(words), target)
    fields = {**more, **known_fields()}
    for code in fields:
        found.setdefault(plain(code), f"fields.{code}")
    for code, spec in fields.items():
        for words in (*SYNONYMS.get(f"fields.{code}", ()), spec.label_en, spec.label_es):
            found.setdefault(plain(words), f"fields.{code}")
    return found


def guessed(header: Iterable[str], more: Mapping[str, FieldSpec]) -> list[str]:
    """What each column seems to hold; empty for what nobody knows, and for the second that seems to hold the same."""
    known, taken, found = headers(more), set(), []
    for name in header:
        target = known.get(plain(name.removeprefix("fields."))) or ""
        found.append("" if target in taken else target)
        taken.add(target)
    return found


def told(table: Table, more: Mapping[str, FieldSpec]) -> tuple[ImportColumn, ...]:
    """The columns of a file, with some of what stands in them and a guess at what it is."""
    guesses = guessed(table.header, more)
    return tuple(
        ImportColumn(name=name, samples=samples(table, place), guess=guess)
        for place, (name, guess) in enumerate(zip(table.header, guesses, strict=True))
    )


def samples(table: Table, place: int) -> tuple[str, ...]:
    """The first different values of a column."""
    values = dict.fromkeys(row.cells[place][:SAMPLE] for row in table.rows[:200] if row.cells[place])
    return tuple(values)[:SAMPLES]


def mapped(table: Table, mapping: str, more: Mapping[str, FieldSpec]) -> dict[str, int]:
    """Which column each target stands in: as the caller says, or as guessed where they say nothing.

    Raises Invalid that names ``?mapping``.
    """
    if not mapping:
        guesses = guessed(table.header, more)
        return {target: place for place, target in enumerate(guesses) if target}
    try:
        said = json.loads(mapping)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        wrong("A JSON object of columns and what they hold.")
    known, found = set(targets(more)), {}
    for name, target in said.items():
        if name not in table.header:
            wrong(f"There is no column {name[:60]!r}.")
        if not target:
            continue
        if target not in known:
            wrong(f"{str(target)[:60]!r} is nothing that a column may hold.")
        if target in found:
            wrong(f"Two columns can't both hold {target!r}.")
        found[target] = table.header.index(name)
    return found


def wrong(detail: str) -> NoReturn:
    """Refuse the mapping."""
    raise Invalid(FieldError(pointer="?mapping", detail=detail))
