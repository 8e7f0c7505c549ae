"""What holds for things; pure decisions, no database."""

import ipaddress
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from backend.assets.tables import AssetRow
from backend.core.problems import Forbidden, Invalid, Refused
from shared_models.asset_fields import FIELDS, fields_of
from shared_models.assets import (
    ENDED,
    NEXT_STATE,
    AssetKind,
    AssetState,
    DataClass,
    FieldSpec,
    FieldType,
    MoveAsset,
    plain_code,
)
from shared_models.custody import STAYS_INSIDE
from shared_models.kits import KitSlot
from shared_models.problems import FieldError
from shared_models.schemas import Text

BEGINS = frozenset({AssetState.ORDERED, AssetState.STOCK})
"""How a thing may begin."""
LONGEST_TEXT = 400
LARGEST_NUMBER = 10**15
OUR_NAMES = frozenset({"tag", "serial"})
"""What all things say of themselves: no field of a model may take these names."""
SECRETS = re.compile(r"(^|_)(secret|password|passphrase|passwd|psk|pin|private|token|keys?)(_|$)")
"""Names of fields that would hold what the register must never know. (``key_set`` is a name of keys, not a key.)"""
KEY_SET = "key_set"
HEX_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}[ :-]?){16,}")
"""128 bits and more in hexadecimal: what a key loader shows, not what a radio's record says."""
HAS_KEYS = frozenset({AssetKind.PORTABLE_RADIO, AssetKind.MOBILE_RADIO})
IMEI_DIGITS, MAC_DIGITS = 15, 12


def words_of(row: AssetRow) -> str:
    """All that search looks at: tag, serial, name, holder, unit, place, and the fields that are searched.

    What a model adds to its kind's fields is searched wherever it is a text. Each word has a space before it, the first
    one too: so a search can ask for where words begin.
    """
    found = [
        row.tag,
        plain_code(row.tag),
        row.serial,
        plain_code(row.serial),
        row.name,
        row.holder,
        row.unit,
        row.place,
        row.kind.value,
    ]
    specs = {spec.code: spec for spec in FIELDS[row.kind]}
    for code, value in row.fields.items():
        spec = specs.get(code)
        if isinstance(value, str) if spec is None else spec.searched:
            found += [str(value), plain_code(str(value))] if spec is None or spec.identifies else [str(value)]
    return "".join(f" {word}" for word in dict.fromkeys(found) if word).lower()


def identifiers_of(row: AssetRow, specs: Iterable[FieldSpec]) -> dict[tuple[str, str], str]:
    """(kind, code) of everything by which a scan finds this thing, with the place that says it.

    A hardware address is one whatever its field is called, and so is an IMEI.
    """
    found = {("tag", plain_code(row.tag)): "/tag", ("serial", plain_code(row.serial)): "/serial"}
    for spec in specs:
        if spec.identifies and spec.code in row.fields:
            kind = spec.type.value if spec.type in {FieldType.MAC, FieldType.IMEI} else spec.code
            found.setdefault((kind, plain_code(str(row.fields[spec.code]))), f"/fields/{spec.code}")
    return {named: at for named, at in found.items() if named[1]}


def typed(
    kind: AssetKind, more: tuple[FieldSpec, ...], said: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldError]]:
    """The typed fields of a thing as they are kept, and what is wrong with what was said of them.

    ``more``: what its model adds. What is null or empty is not there.
    """
    specs = {spec.code: spec for spec in fields_of(kind, more)}
    kept: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for code, value in said.items():
        try:
            if (found := _kept(kind, specs.get(code), value)) is not None:
                kept[code] = found
        except ValidationError as error:
            wrong.append(FieldError(pointer=f"/fields/{pointer_step(code)}", detail=str(error.messages[0])))
    return kept, wrong


def lacking(
    kind: AssetKind, more: tuple[FieldSpec, ...], kept: Mapping[str, Any], wrong: Sequence[FieldError]
) -> list[FieldError]:
    """The typed fields that have to be said and are neither kept nor ``wrong`` already."""
    told = {error.pointer for error in wrong}
    return [
        FieldError(pointer=f"/fields/{spec.code}", detail="This has to be said.")
        for spec in fields_of(kind, more)
        if spec.required and spec.code not in kept and f"/fields/{spec.code}" not in told
    ]


def pointer_step(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901), cut to what can be told."""
    return name[:80].replace("~", "~0").replace("/", "~1")


def refuse_key(kind: AssetKind, value: Any) -> None:
    """Refuse what looks like a key: the register knows the names of key sets and nothing of the keys."""
    if isinstance(value, str) and ("PRIVATE KEY" in value or (kind in HAS_KEYS and HEX_KEY.search(value))):
        raise ValidationError(
            "This looks like a key. Key material has no place here: say the key set's name."
        )


def _kept(kind: AssetKind, spec: FieldSpec | None, value: Any) -> Any:
    """The value of one field as it is kept; None for nothing. Raises ValidationError."""
    if spec is None:
        raise ValidationError("A thing of this kind and model has no such field.")
    found = None if value is None or value == "" else _value(spec, value)
    refuse_key(kind, found)
    return None if found == "" else found


def _value(spec: FieldSpec, value: Any) -> Any:
    if spec.type in {FieldType.NUMBER, FieldType.PERCENT}:
        return _number(spec, value)
    if spec.type is FieldType.FLAG:
        if not isinstance(value, bool):
            raise ValidationError("True or false.")
        return value
    if not isinstance(value, str):
        raise ValidationError("A text.")
    words: str = Text().deserialize(value)
    if len(words) > LONGEST_TEXT:
        raise ValidationError(f"At most {LONGEST_TEXT} signs.")
    if not words:
        return ""
    return _WORDS[spec.type](words) if spec.type in _WORDS else _choice(spec, words)


def _number(spec: FieldSpec, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValidationError("A number.")
    if spec.type is FieldType.PERCENT and not 0 <= value <= 100:  # noqa: PLR2004 - that is what percent means
        raise ValidationError("From 0 to 100.")
    if abs(value) > LARGEST_NUMBER:
        raise ValidationError("That is too large.")
    return int(value) if value == int(value) else value


def _choice(spec: FieldSpec, words: str) -> str:
    if words not in spec.choices:
        raise ValidationError(f"One of: {', '.join(spec.choices)}.")
    return words


def _day(words: str) -> str:
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise ValidationError("A day, as 2026-11-27.") from None


def _mac(words: str) -> str:
    """00:1B:44:11:3A:B7, however it was written (IEEE 802's own way, Cisco's, none)."""
    digits = re.sub(r"[:.\- ]", "", words).upper()
    if not re.fullmatch(rf"[0-9A-F]{{{MAC_DIGITS}}}", digits):
        raise ValidationError("Twelve hexadecimal digits, as 00:1B:44:11:3A:B7.")
    return ":".join(digits[at : at + 2] for at in range(0, MAC_DIGITS, 2))


def _imei(words: str) -> str:
    """Fifteen digits of which the last one checks the others (3GPP TS 23.003, annex B)."""
    digits = re.sub(r"[ ./-]", "", words)
    if not re.fullmatch(rf"[0-9]{{{IMEI_DIGITS}}}", digits):
        raise ValidationError("Fifteen digits.")
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(digits))
    if sum(n // 10 + n % 10 for n in doubled) % 10:
        raise ValidationError("Its last digit does not fit the others: look again.")
    return digits


def _ip(words: str) -> str:
    try:
        return str(ipaddress.ip_address(words))
    except ValueError:
        raise ValidationError("An IP address, as 10.20.30.40 or 2001:db8::1.") from None


_WORDS: dict[FieldType, Callable[[str], str]] = {
    FieldType.TEXT: str,
    FieldType.DATE: _day,
    FieldType.MAC: _mac,
    FieldType.IMEI: _imei,
    FieldType.IP: _ip,
}


def odd_specs(kind: AssetKind, specs: Sequence[FieldSpec]) -> list[FieldError]:
    """What is wrong with the fields that a model adds: double or secret names, choices that are none."""
    wrong: list[FieldError] = []
    seen: set[str] = set()
    own = {spec.code: spec for spec in FIELDS[kind]}
    for number, spec in enumerate(specs):
        at = f"/fields/{number}"
        if spec.code in seen or spec.code in OUR_NAMES:
            wrong.append(FieldError(pointer=f"{at}/code", detail="There is a field of this name already."))
        if SECRETS.search(spec.code.replace(KEY_SET, "")):
            wrong.append(
                FieldError(pointer=f"{at}/code", detail="Keys and passwords have no place in the register.")
            )
        if (known := own.get(spec.code)) and known.type is not spec.type:
            wrong.append(
                FieldError(pointer=f"{at}/type", detail=f"Things of this kind have it as {known.type}.")
            )
        if (spec.type is FieldType.CHOICE) != bool(spec.choices):
            wrong.append(
                FieldError(pointer=f"{at}/choices", detail="A choice has choices, and nothing else has.")
            )
        elif len(set(spec.choices)) < len(spec.choices) or "" in spec.choices:
            wrong.append(FieldError(pointer=f"{at}/choices", detail="Each once, and none of them empty."))
        if spec.identifies and spec.type not in {FieldType.TEXT, FieldType.MAC, FieldType.IMEI}:
            wrong.append(FieldError(pointer=f"{at}/identifies", detail="Only a text, a MAC or an IMEI can."))
        seen.add(spec.code)
    return wrong


def members(carrier: UUID | None, slots: Iterable[KitSlot]) -> dict[UUID, tuple[str, AssetKind | None]]:
    """The things that a kit names: where each is named, and what it must be there."""
    found: dict[UUID, tuple[str, AssetKind | None]] = {}
    if carrier:
        found[carrier] = ("/asset_id", None)
    for number, slot in enumerate(slots):
        if slot.asset_id:
            found.setdefault(slot.asset_id, (f"/slots/{number}/asset_id", slot.kind))
    return found


def odd_slots(carrier: UUID | None, slots: Sequence[KitSlot]) -> list[FieldError]:
    """What is wrong with the slots of a kit in themselves."""
    wrong: list[FieldError] = []
    ids: set[UUID] = set()
    held = {carrier} if carrier else set()
    for number, slot in enumerate(slots):
        if slot.id in ids:
            wrong.append(FieldError(pointer=f"/slots/{number}/id", detail="Another slot has this id."))
        if slot.asset_id and slot.asset_id in held:
            wrong.append(
                FieldError(pointer=f"/slots/{number}/asset_id", detail="It has another place in it too.")
            )
        if slot.personal and slot.asset_id:
            words = "What comes with whoever works the shift is never in the kit itself."
            wrong.append(FieldError(pointer=f"/slots/{number}/asset_id", detail=words))
        ids.add(slot.id)
        if slot.asset_id:
            held.add(slot.asset_id)
    return wrong


def odd_member(row: AssetRow | None, pointer: str, kind: AssetKind | None, kit_id: UUID) -> list[FieldError]:
    """What is wrong with a thing being in this place of this kit."""
    if row is None:
        return [FieldError(pointer=pointer, detail="There is no such thing.")]
    if row.state in ENDED:
        return [FieldError(pointer=pointer, detail=f"It is {row.state}.")]
    if kind not in {None, row.kind}:
        return [FieldError(pointer=pointer, detail=f"It is a {row.kind}, and a {kind} belongs there.")]
    if row.kit_id not in {None, kit_id}:
        return [FieldError(pointer=pointer, detail=f"It is in {row.unit}: take it out of there first.")]
    return []


WORDS_NEEDED = ENDED | {AssetState.LOST}


def refuse_move(row: AssetRow, wish: MoveAsset, *, approves: bool) -> None:
    """Refuse what does not follow, what custody has to do, and what needs words or has to leave its kit first.

    ``approves``: the asking person may approve repairs. Of what holds criminal justice information they alone may say
    that it is gone for good, and how it was sanitised before (CJIS MP-6).
    """
    if wish.state is AssetState.IN_USE:
        raise Refused("state-not-next", "Hand it out: then it is in use.", at="/state", ids=[row.id])
    if row.state is AssetState.IN_USE and wish.state is not AssetState.LOST:
        raise Refused("state-not-next", "Take it back first.", at="/state", ids=[row.id])
    if wish.state not in NEXT_STATE[row.state]:
        words = f"What is {row.state} can't become {wish.state}."
        raise Refused("state-not-next", words, at="/state", ids=[row.id])
    if wish.state is AssetState.REPAIR and row.data_class is STAYS_INSIDE:
        words = "It leaves the building only approved and sanitised: report a fault and send it from there."
        raise Refused("state-not-next", words, at="/state", ids=[row.id])
    if wish.state is AssetState.DISPOSED and row.data_class is STAYS_INSIDE and not approves:
        raise Forbidden("Only who approves repairs may say that it is gone, and how it was sanitised.")
    if wish.state in ENDED and row.kit_id:
        words = f"It belongs in {row.unit}: take it out of there first."
        raise Refused("state-not-next", words, at="/state", ids=[row.id])
    if wish.state in WORDS_NEEDED and not wish.words:
        raise Invalid(FieldError(pointer="/words", detail="Say how it came to that."))


def moved_words(wish: MoveAsset) -> str:
    """What the custody chain says of a move."""
    return f"{wish.state}: {wish.words}" if wish.words else str(wish.state)


def odd_lowering(row: AssetRow, was: str, *, approves: bool) -> list[FieldError]:
    """What is wrong with taking a thing out of the class `cji`: whoever mends it could let it leave the building that way.

    ``approves``: the asking person may approve repairs (CJIS MA-2).
    """
    if was != DataClass.CJI or row.data_class is DataClass.CJI:
        return []
    if row.faults:
        return [FieldError(pointer="/data_class", detail="It stays until its faults are closed.")]
    if not approves:
        return [FieldError(pointer="/data_class", detail="Only who approves repairs may say so.")]
    return []
