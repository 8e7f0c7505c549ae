"""A workbook as a template. What we can't ask is refused by its row and column."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import load_workbook

from backend.checks import rules
from backend.checks.xlsform.names import PASS_FAIL, PERCENT
from backend.core.problems import Refused
from shared_models.assets import AssetKind, Severity
from shared_models.problems import FieldError
from shared_models.templates import (
    MOST_LINES,
    NA,
    Cadence,
    Condition,
    Limit,
    Line,
    LineType,
    Option,
    WriteTemplate,
)  # fmt: skip

MOST_BYTES = 1024 * 1024
MOST_UNPACKED = 20 * MOST_BYTES
MOST_PARTS, MOST_ROWS, MOST_COLUMNS = 200, 1000, 60
DOCTYPE = tuple(
    mark.encode(codec) for mark in ("<!DOCTYPE", "<!ENTITY") for codec in ("ascii", "utf-16-le", "utf-16-be")
)
"""No part of a workbook has one (ECMA-376 part 2, §8.1.1); with them a small file unfolds into a huge one."""

TYPES = {
    "integer": LineType.NUMBER, "decimal": LineType.NUMBER, "text": LineType.TEXT, "string": LineType.TEXT,
    "date": LineType.DATE, "barcode": LineType.SCAN, "image": LineType.PHOTO, "photo": LineType.PHOTO,
}  # fmt: skip
OF_THE_CHECK = frozenset({"start", "end", "today", "deviceid", "username"})
"""What a check says anyway."""
YES = frozenset({"yes", "true", "true()", "1"})
NO = frozenset({"", "no", "false", "false()", "0"})

_EQUALS = re.compile(r"\$\{([^}]+)\}\s*=\s*(?:'([^']*)'|\"([^\"]*)\")")
_SELECTED = re.compile(r"selected\(\s*\$\{([^}]+)\}\s*,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")
_LIMIT = re.compile(
    r"(critical|major|minor)\s*([<>])\s*(-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?)"
)

Sheet = list[tuple[int, dict[str, str]]]
"""The rows of a sheet below its head: (number, value by column)."""


class Odd(list[FieldError]):
    """What could not be taken, by sheet, row and column."""

    def add(self, sheet: str, row: int, column: str, words: str) -> None:
        """Note one."""
        self.append(
            FieldError(pointer=f"/{sheet}/{row}/{column}", detail=f"Row {row}, column {column}: {words}")
        )

    def refuse(self) -> None:
        """Raise Refused if there is any."""
        if self:
            raise Refused("import-refused", self[0].detail, errors=self[:50])


def read_workbook(data: bytes) -> dict[str, Any]:
    """What a workbook says: fields of ``WriteTemplate`` but its id; ``kind`` and ``code`` may be None.

    Raises Refused("import-refused") with the place of each thing that we can't ask.
    """
    sheets = _sheets(data)
    odd = Odd()
    if "survey" not in sheets:
        odd.add("survey", 1, "type", "the workbook has no sheet of this name")
        odd.refuse()
    settings = sheets["settings"][0][1] if sheets.get("settings") else {}
    lists = _lists(sheets.get("choices", []), odd)
    lines = list(_lines(sheets["survey"], lists, odd))
    if not odd and not 1 <= len(lines) <= MOST_LINES:
        odd.add("survey", 1, "type", f"a template has 1 to {MOST_LINES} lines, not {len(lines)}")
    odd.refuse()
    for error in rules.odd_lines([line for _, line in lines]):
        _, _, number, field = error.pointer.split("/")
        row = lines[int(number)][0]
        odd.add("survey", row, _COLUMN.get(field, "type"), error.detail)
    kind, title = settings.get("westu_kind"), settings.get("form_title", "")
    if kind and kind not in set(AssetKind) - {AssetKind.NEWER}:
        odd.add("settings", 2, "westu_kind", f"{kind} is no kind of thing")
    odd.refuse()
    return {
        "code": _code(settings.get("form_id", "")) or None,
        "kind": kind or None,
        "name_en": title,
        "name_es": settings.get("westu_title_es") or title,
        "lines": [line.dump() for _, line in lines],
    }


_COLUMN = {"code": "name", "when": "relevant", "limits": "westu_limits", "severity": "westu_severity"}


def _sheets(data: bytes) -> dict[str, Sheet]:
    """The sheets by name. Refuses what is no workbook, or unpacks to far more than it is."""
    try:
        words = _hostile(data)
        if not words:
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            return {sheet.title: list(_rows(sheet)) for sheet in book.worksheets}
    except Exception:  # noqa: BLE001 - hostile bytes make a reader of workbooks raise anything
        words = "Send a workbook (.xlsx) with a sheet named survey."
    raise Refused("import-refused", words)


def _hostile(data: bytes) -> str:
    """What speaks against unpacking it; empty for nothing."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        # Python's zipfile never unpacks more of a part than is said of it here.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            return "This workbook unfolds into more than a form needs."
        if any(mark in packed.read(part) for part in parts for mark in DOCTYPE):
            return "No workbook has a document type in it."
    return ""


def _rows(sheet: Any) -> Iterator[tuple[int, dict[str, str]]]:
    head: list[str] | None = None
    for number, row in enumerate(
        sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True), start=1
    ):
        values = ["" if value is None else _words(value) for value in row]
        if head is None:
            head = values
        elif any(values):
            yield number, {name: value for name, value in zip(head, values, strict=False) if name}


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _lists(rows: Sheet, odd: Odd) -> dict[str, list[Option]]:
    found: dict[str, list[Option]] = {}
    for number, row in rows:
        name = row.get("list_name") or row.get("list name", "")
        if not name:
            continue
        severity = _word(Severity, row, "westu_severity", "choices", number, odd)
        english, spanish = _both(row, "label")
        code = _code(row.get("name", ""))
        if not code or not english:
            odd.add(
                "choices", number, "name" if not code else "label", "this is needed, and at most 40 signs"
            )
            continue
        found.setdefault(name, []).append(
            Option(code=code, label_en=english, label_es=spanish, severity=severity)
        )
    return found


def _lines(rows: Sheet, lists: Mapping[str, list[Option]], odd: Odd) -> Iterator[tuple[int, Line]]:
    said = ("", "")
    for number, row in rows:
        kind, _, name = row.get("type", "").partition(" ")
        if not row.get("type") or kind in OF_THE_CHECK:
            continue
        if kind == "note":  # words between questions stand before the hint of the next one
            english, spanish = _both(row, "label")
            said = f"{said[0]} {english}".strip(), f"{said[1]} {spanish}".strip()
            continue
        line = _line(number, row, kind, name.strip(), lists, odd)
        if line is not None:
            told = line.dump()
            for field, words in zip(("hint_en", "hint_es"), said, strict=True):
                told[field] = f"{words} {told[field]}".strip()
            said = ("", "")
            if wrong := Line.Schema().validate(told):
                field = next(iter(wrong))
                odd.add("survey", number, _COLUMN.get(field, field), "too long, or not as it must be")
            else:
                yield number, Line.check(told)


def _line(
    number: int, row: dict[str, str], kind: str, name: str, lists: Mapping[str, list[Option]], odd: Odd
) -> Line | None:
    before = len(odd)
    type_, options = _type(number, row, kind, name, lists, odd)
    code = _code(row.get("name", ""))
    if not code:
        odd.add("survey", number, "name", "a name is needed: at most 40 letters, digits and hyphens")
    english, spanish = _both(row, "label")
    if not english:
        odd.add("survey", number, "label", "a label is needed")
    if row.get("required", "").lower() not in YES | NO:
        odd.add("survey", number, "required", "yes or no, please")
    for column in ("calculation", "choice_filter", "repeat_count", "default", "trigger"):
        if row.get(column):
            odd.add("survey", number, column, "this can't be carried over")
    when = _condition(number, row.get("relevant", ""), odd)
    limits = tuple(_limits(number, row.get("westu_limits", ""), odd))
    cadence = _word(Cadence, row, "westu_cadence", "survey", number, odd) or Cadence.SHIFT_START
    severity = _word(Severity, row, "westu_severity", "survey", number, odd)
    cji = _word(Severity, row, "westu_cji", "survey", number, odd)
    if len(odd) > before:
        return None
    hint = _both(row, "hint")
    return Line(
        code=code,
        type=type_,
        label_en=english,
        label_es=spanish,
        hint_en=hint[0],
        hint_es=hint[1],
        cadence=cadence,
        severity=severity,
        options=() if type_ is LineType.PF else tuple(options),
        limits=limits,
        unit=row.get("westu_unit", ""),
        when=when,
        cji_severity=cji,
        required=row.get("required", "").lower() in YES,
        na=type_ is LineType.PF and any(option.code == NA for option in options),
        expect=row.get("westu_expect", ""),
    )


def _type(
    number: int, row: dict[str, str], kind: str, name: str, lists: Mapping[str, list[Option]], odd: Odd
) -> tuple[LineType, list[Option]]:
    constraint = " ".join(row.get("constraint", "").split())
    percent = constraint == PERCENT and kind in {"integer", "decimal"}
    if constraint and not percent:
        odd.add("survey", number, "constraint", f"only {PERCENT} can be carried over")
    if kind == "select_one":
        options = lists.get(name, [])
        if not options:
            odd.add("survey", number, "type", f"the sheet choices has no list {name or '(none)'}")
        codes = tuple(option.code for option in options)
        return (LineType.PF if PASS_FAIL.get(name) == codes else LineType.CHOICE), options
    if kind not in TYPES:
        odd.add("survey", number, "type", f"{kind} can't be carried over")
        return LineType.TEXT, []
    if kind == "image" and "signature" in row.get("appearance", ""):
        return LineType.SIGNATURE, []
    return (LineType.PERCENT if percent else TYPES[kind]), []


def _condition(number: int, words: str, odd: Odd) -> Condition | None:
    if not words:
        return None
    lines, among = set(), []
    for part in re.split(r"\s+or\s+", words.strip()):
        match = _EQUALS.fullmatch(part.strip()) or _SELECTED.fullmatch(part.strip())
        if match is None:
            odd.add("survey", number, "relevant", "only ${x} = 'y', joined by or, can be carried over")
            return None
        lines.add(_code(match[1]))
        among.append(_code(match[2] if match[2] is not None else match[3]))
    if len(lines) > 1 or "" in lines or "" in among:
        odd.add("survey", number, "relevant", "it can look at one line only")
        return None
    return Condition(line=lines.pop(), among=tuple(among))


def _limits(number: int, words: str, odd: Odd) -> Iterator[Limit]:
    for part in filter(None, (each.strip() for each in words.split(";"))):
        match = _LIMIT.fullmatch(part)
        if match is None:
            odd.add("survey", number, "westu_limits", "as critical < 30; major < 80, please")
        else:
            edge = {"<": "below", ">": "above"}[match[2]]
            yield Limit(severity=Severity(match[1]), **{edge: float(match[3])})


def _word(kind: Any, row: dict[str, str], column: str, sheet: str, number: int, odd: Odd) -> Any:
    words = row.get(column, "")
    if not words:
        return None
    if words not in set(kind) - {kind.NEWER}:
        odd.add(sheet, number, column, f"{words} is none of {', '.join(sorted(set(kind) - {kind.NEWER}))}")
        return None
    return kind(words)


def _both(row: dict[str, str], name: str) -> tuple[str, str]:
    """A label or a hint in English and Spanish; where the form speaks one language only, in that."""
    said = {c.partition("::")[2]: words for c, words in row.items() if c.startswith(f"{name}::")}
    english = next((w for c, w in said.items() if _is(c, "en", "english")), row.get(name))
    spanish = next((w for c, w in said.items() if _is(c, "es", "español", "spanish")), None)
    first = next((words for words in (english, spanish, *said.values()) if words), "")
    if name == "label":  # nobody is asked a question without words
        return english or first, spanish or first
    return first if english is None else english, first if spanish is None else spanish


def _is(column: str, *names: str) -> bool:
    return any(part in names for part in re.split(r"[\s()]+", column.strip().lower()))


def _code(name: str) -> str:
    """A name of a form as a code of ours; empty where it can't be one."""
    code = name.strip().lstrip("_").lower().replace("_", "-").replace(".", "-")
    return code if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code) else ""


def template_from(
    said: Mapping[str, Any], id_: Any, kind: AssetKind | None, code: str | None
) -> WriteTemplate:
    """What is to be written of a workbook that was read. Raises Refused for what it does not say and nobody else did."""
    whole = {
        **said,
        "id": str(id_),
        "kind": kind.value if kind else said["kind"],
        "code": code or said["code"],
    }
    odd = Odd()
    for name, column in (("kind", "westu_kind"), ("code", "form_id"), ("name_en", "form_title")):
        if not whole[name]:
            odd.add("settings", 2, column, "this is needed")
    odd.refuse()
    return WriteTemplate.check(whole)
