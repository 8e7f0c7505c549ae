"""A template as a workbook."""

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from backend.checks.xlsform.names import (
    CHOICES,
    ENGLISH,
    HINTS,
    LABELS,
    PASS_FAIL,
    PERCENT,
    PHOTO_PARAMETERS,
    PLAIN,
    SETTINGS,
    SURVEY,
    WORDS,
)  # fmt: skip
from shared_models.templates import CheckTemplate, Limit, Line, LineType, Option


def write_workbook(template: CheckTemplate) -> bytes:
    """The workbook of a template."""
    book = Workbook(write_only=True)
    lists: dict[str, Sequence[Option]] = {}
    survey = [_survey_row(number, line, lists) for number, line in enumerate(template.lines)]
    choices = [
        {
            "list_name": name,
            "name": option.code,
            LABELS[0]: option.label_en,
            LABELS[1]: option.label_es,
            "westu_severity": option.severity or "",
        }
        for name, options in lists.items()
        for option in options
    ]
    settings = {
        "form_title": template.name_en,
        "form_id": template.code,
        "version": str(template.version),
        "default_language": ENGLISH,
        "westu_kind": template.kind.value,
        "westu_title_es": template.name_es,
    }
    for name, columns, rows in (
        ("survey", SURVEY, survey),
        ("choices", CHOICES, choices),
        ("settings", SETTINGS, [settings]),
    ):
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows:
            sheet.append([_cell(sheet, row.get(column, "")) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: str) -> Any:
    """A cell of text: words that begin with = are words, and no formula."""
    cell = WriteOnlyCell(sheet, value=str(value))
    cell.data_type = "s"
    return cell


def _survey_row(number: int, line: Line, lists: dict[str, Sequence[Option]]) -> dict[str, str]:
    said = {
        "type": PLAIN.get(line.type, ""),
        "name": _xml_name(line.code),
        LABELS[0]: line.label_en,
        LABELS[1]: line.label_es,
        HINTS[0]: line.hint_en,
        HINTS[1]: line.hint_es,
        "required": "yes" if line.required else "no",
        "relevant": " or ".join(f"${{{_xml_name(line.when.line)}}} = '{each}'" for each in line.when.among)
        if line.when
        else "",
        "constraint": PERCENT if line.type is LineType.PERCENT else "",
        "appearance": "signature" if line.type is LineType.SIGNATURE else "",
        "parameters": PHOTO_PARAMETERS if line.type is LineType.PHOTO else "",
        "westu_cadence": line.cadence.value,
        "westu_severity": line.severity or "",
        "westu_cji": line.cji_severity or "",
        "westu_limits": "; ".join(_limit_words(limit) for limit in line.limits),
        "westu_expect": line.expect,
        "westu_unit": line.unit,
    }
    if line.type is LineType.PF:
        name = "pf_na" if line.na else "pf"
        options = [Option(code=c, label_en=WORDS[c][0], label_es=WORDS[c][1]) for c in PASS_FAIL[name]]
        lists[name] = options
        said["type"] = f"select_one {name}"
    elif line.type is LineType.CHOICE:
        name = f"list_{number + 1}"
        lists[name] = line.options
        said["type"] = f"select_one {name}"
    return said


def _limit_words(limit: Limit) -> str:
    if limit.below is not None:
        return f"{limit.severity.value} < {limit.below!r}"
    return f"{limit.severity.value} > {limit.above!r}"


def _xml_name(code: str) -> str:
    """A code as a name of XML: those don't begin with a digit."""
    return f"_{code}" if code[0].isdigit() else code
