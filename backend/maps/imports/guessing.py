"""What a layer is, where nobody says it: guessed from its name, its fields and what stands in them.

The names of fields are those that cities and their programs use (NENA's CLDXF and GIS data model, TIGER/Line, OpenStreetMap,
Esri's templates). A guess goes only where nothing is said, and whoever loads is told of it.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from backend.maps.imports import looks
from backend.maps.imports.process import Lines
from shared_models.layers import Part

MOST_LOOKED_AT = 1_000
WHOLE_ADDRESS = "whole_address"
"""The field that an address is called by where a file has only its parts."""
FULL, DISTINCT, TELLING = 0.95, 0.9, 0.8
"""Shares: of features that must have what names them; of those that differ in it; of those that a name must tell apart."""
FEW, SHARE = 20, 0.04
"""What tells so many apart, or such a share, may be written as a title."""


class Field(NamedTuple):
    """One field, and what stands in it, of those features that were looked at."""

    name: str
    kind: str
    filled: int
    values: frozenset[str]

    @property
    def telling(self) -> float:
        """How many of those that say something say something of their own."""
        return len(self.values) / self.filled if self.filled else 0.0


class Seen(NamedTuple):
    """A file, as far as it is looked at."""

    name: str
    """Of the layer."""
    shape: str
    """``point``, ``line``, ``area``, ``mixed``."""
    found: int
    fields: Mapping[str, Field]
    """By their names without ``_``: so the same of all who write ``St_Name``, ``STNAME`` or ``st_name``."""
    rows: list[dict[str, Any]]

    def among(self, *names: str) -> str:
        """The first of these fields that there is and that says something; empty: none."""
        return next(
            (self.fields[name].name for name in names if name in self.fields and self.fields[name].values), ""
        )

    def like(self, pattern: str) -> str:
        """The first field whose name is of this form."""
        return next(
            (
                field.name
                for name, field in self.fields.items()
                if re.fullmatch(pattern, name) and field.values
            ),
            "",
        )

    def named(self, pattern: str) -> bool:
        """Whether the layer's name has such a word."""
        return re.search(pattern, self.name) is not None


def look(name: str, lines: Lines) -> Seen:
    """Look at a file: all of it where it is small, else features from all over it."""
    step = max(1, lines.found // MOST_LOOKED_AT)
    lines.file.seek(0)
    rows = [
        json.loads(_plain(line.split(b"\t", 4)[3].decode())) for line in islice(lines.file, 0, None, step)
    ]
    lines.file.seek(0)
    fields: dict[str, Field] = {}
    for field in lines.fields:
        said = [str(row[field["name"]]).strip() for row in rows if row.get(field["name"]) is not None]
        said = [value for value in said if value]
        fields.setdefault(
            field["name"].replace("_", ""), Field(field["name"], field["kind"], len(said), frozenset(said))
        )
    return Seen(name, lines.kinds[0] if len(lines.kinds) == 1 else "mixed", lines.found, fields, rows)


def _plain(cell: str) -> str:
    """A cell of COPY as it was: of JSON, in which no line ends and no tab stands."""
    return cell.replace("\\\\", "\\")


def guess(name: str, lines: Lines, part: Part | None = None) -> dict[str, Any]:
    """``part``, ``part_fields``, ``title_field`` of a layer, and of its ``style`` all but the colours.

    ``part``: what is said already of what it is.
    """
    seen = look(name, lines)
    tried = PARTS if part is None else {part: PARTS[part]} if part in PARTS else {}
    is_, fields = next(
        ((each, found) for each, find in tried.items() if (found := find(seen, part is not None))),
        (part or Part.NONE, {}),
    )
    title = title_of(seen, is_, fields)
    label = title if is_ in (Part.STREETS, Part.PLACES, Part.INTERSECTIONS) else ""
    if is_ is Part.ADDRESSES:
        label = seen.among(*NUMBER) or title
    return {
        "part": is_.value,
        "part_fields": fields,
        "title_field": title,
        "style": {
            "label": label,
            "from_zoom": looks.zoom_of(seen.shape, seen.found),
            **looks.WIDTHS.get(seen.shape, {}),
        },
    }


# ── what it is to search ─────────────────────────────────────────────────────────────────────────────────

NUMBER = (
    "housenumber", "housenum", "houseno", "hsenum", "hseno", "streetnumber", "streetnum", "streetno", "stnumber", "stnum", "stno",
    "addnumber", "addrnum", "addrnumber", "addressnumber", "addressnum", "addrhn", "addrhousenumber", "number", "num",
)  # fmt: skip
SUFFIX = ("numbersuffix", "numsuf", "addnumsuf", "addrnumsuf", "housenumbersuffix", "housesuf", "stnumsuf")
DIRECTION = (
    "predir",
    "streetdir",
    "stpredir",
    "stdir",
    "dirprefix",
    "prefixdir",
    "predirection",
    "streetprefix",
    "prefix",
)
STREET = (
    "streetname",
    "stname",
    "streetnam",
    "street",
    "addrstreet",
    "roadname",
    "rdname",
    "road",
    "fullname",
    "strname",
)
TYPE = (
    "streettype",
    "sttype",
    "streetsuffix",
    "stsuffix",
    "strtype",
    "stpostyp",
    "suftype",
    "posttype",
    "suffix",
    "sttyp",
)
WHOLE = (
    "fulladdress", "fulladdr", "wholeaddress", "addressfull", "addrfull", "fullstreetaddress", "siteaddress", "siteaddr", "situsaddress",
    "situsaddr", "propertyaddress", "streetaddress", "addressline", "address", "addr",
)  # fmt: skip
WHOLE_STREET = (
    "fullname",
    "fullstreetname",
    "streetfull",
    "fullstreet",
    "stfullname",
    "streetlabel",
    "street",
    "roadname",
    "label",
)
PARCEL = (
    "maplot",
    "parcelid",
    "parcelno",
    "parcelnum",
    "parcelnumber",
    "parcel",
    "apn",
    "mapparid",
    "hcadnum",
    "blocklot",
    "lotblock",
)
PARCEL_THERE = (
    "ml",
    "pin",
    "pid",
    "parid",
    "gpin",
    "folio",
    "acct",
    "account",
    "accountno",
    "taxid",
    "locid",
)
"""Names that mean a parcel only in a layer of parcels."""
NAMES = r"(site|place|facility|fac|park|school|bldg|building|stop|station|library|common|feature|poi|landmark|map|full|official|display)?name"
THINGS = (
    r"hydrant|parking|pole|light|lamp|tree|sign|meter|permit|solar|crime|incident|request|crash|rack|case"
)
"""What lies at an address and is none."""


def _addresses(seen: Seen, is_: bool) -> dict[str, str]:
    whole, number = seen.among(*WHOLE), seen.among(*NUMBER)
    street = seen.among(*STREET)
    numbered = sum(re.match(r"\d+\S*\s+\S", str(row.get(whole) or "")) is not None for row in seen.rows)
    if whole and numbered < FULL * len(seen.rows):
        whole = ""
    doors = [(row.get(number), row.get(street), row.get(whole)) for row in seen.rows if row.get(number)]
    apart = len(set(doors)) >= DISTINCT * len(seen.rows) and len(doors) >= FULL * len(seen.rows)
    named = seen.named(r"addr|house.?num")
    parts = bool(number and street and (apart or named) and (named or not seen.named(THINGS)))
    if not is_ and (seen.shape != "point" or not (parts or (whole and named))):
        return {}
    if whole:
        return {"line": whole}
    found = {
        "number": number,
        "direction": seen.among(*DIRECTION),
        "street": street,
        "type": seen.among(*TYPE),
    }
    return {part: field for part, field in found.items() if field} if number and street else {}


def _streets(seen: Seen, is_: bool) -> dict[str, str]:
    plain, kind = seen.among("streetname", "stname", "streetnam"), seen.among(*TYPE)
    name = seen.among(*WHOLE_STREET) or (seen.among("name") if not plain else "")
    ranges = {
        f"{side}_{end}": seen.like(RANGE.format(side=f"{side[0]}|{side}", end=said))
        for side in ("left", "right")
        for end, said in (("from", "fr|from|f(?=_?add)"), ("to", "to|t(?=_?add)"))
    }
    ranged = all(ranges.values())
    lines = seen.shape == "line" or (seen.shape == "mixed" and ranged)
    streets = ranged or (plain and kind) or seen.named(r"(^|[-_ ])(street|road|centerline|centreline)s?$")
    if not (name or plain) or not (is_ or (lines and streets)):
        return {}
    found = {"name": name} if name else {"direction": seen.among(*DIRECTION), "street": plain, "type": kind}
    return {part: field for part, field in (found | (ranges if ranged else {})).items() if field}


RANGE = r"(?:{side})(?:{end})(?:add|addr|address)?|(?:{end})(?:add|addr|address)?(?:{side})"
"""``l_from``, ``left_from_address``, ``FromAddr_L``, ``LFROMADD``, ``L_F_ADD``."""


def _intersections(seen: Seen, is_: bool) -> dict[str, str]:
    name = seen.among("intersection", "intersections", "crossstreets", "name", "label", "fullname")
    corners = seen.shape == "point" and seen.named("intersection|corner|junction")
    return {"name": name} if name and (is_ or corners) else {}


def _parcels(seen: Seen, is_: bool) -> dict[str, str]:
    there = is_ or seen.named("parcel|cadast|tax.?lot|lots?$")
    number = seen.among("ml", *PARCEL, *PARCEL_THERE) if there else seen.among(*PARCEL)
    if not number or not (is_ or seen.shape in ("area", "mixed")):
        return {}
    if not there and seen.fields[number.replace("_", "")].telling < DISTINCT:
        return {}
    return {"number": number} | ({"detail": detail} if (detail := seen.among(*WHOLE)) else {})


def _places(seen: Seen, is_: bool) -> dict[str, str]:
    name = called(seen) or (seen.among("title", "label", "location") if is_ else "")
    if not name or not (is_ or seen.shape in ("point", "area")):
        return {}
    return {"name": name} | ({"detail": detail} if (detail := seen.among(*WHOLE)) else {})


PARTS: Mapping[Part, Callable[[Seen, bool], dict[str, str]]] = {
    Part.PARCELS: _parcels,
    Part.ADDRESSES: _addresses,
    Part.STREETS: _streets,
    Part.INTERSECTIONS: _intersections,
    Part.PLACES: _places,
}


def called(seen: Seen) -> str:
    """The field that holds what features are called; empty: none does."""
    if name := seen.among("name"):
        return name
    found = (seen.like(NAMES), seen.like("location"))
    return next(
        (name for name in found if name and seen.fields[name.replace("_", "")].telling >= TELLING), ""
    )


# ── what a feature is called ───────────────────────────────────────────────────────────

NOBODYS = r".*(globalid|objectid|guid|uuid|editor|creat|modif|updat|user|url|link|email|phone|shape).*"
"""Names of fields that hold nothing a reader would know a thing by."""


def title_of(seen: Seen, part: Part, fields: Mapping[str, str]) -> str:
    """The field that names a feature: by usual names, else the text that tells most apart; empty: none does."""
    if part is Part.ADDRESSES and fields:
        return fields.get("line", WHOLE_ADDRESS)
    if part is Part.STREETS and fields:
        return fields.get("name") or fields.get("street", "")
    if part in (Part.PARCELS, Part.INTERSECTIONS) and fields:
        return fields.get("number") or fields.get("name", "")
    usual = called(seen) or seen.among("label", *WHOLE[:10], "title")
    if usual:
        return usual
    texts = [
        field
        for name, field in seen.fields.items()
        if field.kind == "text"
        and not re.fullmatch(NOBODYS, name)
        and not any(value.startswith(("http:", "https:")) for value in field.values)
        and len(field.values) > 1
        and len(field.values) >= min(FEW, SHARE * len(seen.rows))
    ]
    return max(texts, key=lambda each: len(each.values)).name if texts else ""


# ── addresses of parts ───────────────────────────────────────────────────────────────────────────────────


def with_whole_addresses(lines: Lines) -> Lines:
    """The same with a field more, ``WHOLE_ADDRESS``, of the parts that each address has; as it is where it has none."""
    names = {field["name"].replace("_", ""): field["name"] for field in lines.fields}
    parts = [
        next((names[each] for each in some if each in names), "")
        for some in (NUMBER, SUFFIX, DIRECTION, STREET, TYPE)
    ]
    number, _, _, street, _ = parts
    if not (number and street) or WHOLE_ADDRESS in names.values():
        return lines
    out = io.BytesIO()
    lines.file.seek(0)
    for line in lines.file:
        row, ref, shape, cell, why = line.decode().rstrip("\n").split("\t")
        props = json.loads(_plain(cell))
        if props:
            said = [str(props[name]).strip() for name in parts if name and props.get(name) is not None]
            props[WHOLE_ADDRESS] = " ".join(each for each in said if each) or None
        words = json.dumps(props, ensure_ascii=False, separators=(",", ":")).replace("\\", "\\\\")
        out.write(f"{row}\t{ref}\t{shape}\t{words}\t{why}\n".encode())
    lines.file.close()
    out.seek(0)
    field = {"name": WHOLE_ADDRESS, "kind": "text", "said": "Whole address"}
    return replace(lines, file=out, fields=(*lines.fields, field))
