"""Templates of checks: what is looked at on one kind of thing, as data, in versions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.assets import AssetKind, Severity
from shared_models.basics import Code, PageWanted
from shared_models.wire import Length, Range, Wire, WireEnum

MOST_LINES = 80
READING = Range(-1e9, 1e9)
"""Between what a number lies that somebody reads off a thing."""
Label = Annotated[str, Length(1, 200)]
Hint = Annotated[str, Length(max=400)]


class LineType(WireEnum):
    """What a line of a template asks for."""

    PF = "pf"
    NUMBER = "num"
    PERCENT = "pct"
    CHOICE = "sel"
    TEXT = "txt"
    DATE = "date"
    SCAN = "scan"
    PHOTO = "photo"
    SIGNATURE = "sign"
    NEWER = "newer"


PASS, FAIL, NA = "pass", "fail", "na"
"""The values of a ``pf`` line."""


class Cadence(WireEnum):
    """How often a line is to be looked at."""

    SHIFT_START = "shift-start"
    SHIFT_END = "shift-end"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    ISSUE = "issue"
    NEWER = "newer"


class Option(Wire):
    """One answer of a choice. With a severity it is a failing one."""

    code: Code
    label_en: Label
    label_es: Label
    severity: Severity | None = None


class Limit(Wire):
    """A number below (or above) this fails with this severity. The worst that applies counts."""

    severity: Severity
    below: Annotated[float | None, READING] = None
    above: Annotated[float | None, READING] = None


class Condition(Wire):
    """The line is asked only while another line's answer is one of these (for a ``pf``: pass, fail, na)."""

    line: Code
    among: Annotated[tuple[str, ...], Length(1, 20)]


class Line(Wire):
    """One line of a template."""

    code: Code
    type: LineType
    label_en: Label
    label_es: Label
    hint_en: Hint = ""
    hint_es: Hint = ""
    cadence: Cadence = Cadence.SHIFT_START
    severity: Annotated[
        Severity | None, "Of a `pf` that fails, a scan that differs; null: it can't fail."
    ] = None
    options: Annotated[tuple[Option, ...], Length(max=20)] = ()
    limits: Annotated[tuple[Limit, ...], Length(max=6)] = ()
    unit: Annotated[str, Length(max=12)] = ""
    when: Condition | None = None
    cji_severity: Annotated[
        Severity | None, "Instead, if it is worse, for a thing that criminal justice information may lie on."
    ] = None
    required: bool = True
    na: Annotated[bool, "`na` may be answered: the thing has no such part."] = False
    expect: Annotated[
        str, Length(max=40), "Of a scan: the field of the thing that it must show (`serial`, `tag`)."
    ] = ""


class TemplateState(WireEnum):
    """A draft is seen by those who write templates; one version at a time is in force."""

    DRAFT = "draft"
    IN_FORCE = "in-force"
    REPLACED = "replaced"
    NEWER = "newer"


class CheckTemplate(Wire):
    """What is looked at on one kind of thing. A version that was ever in force never changes."""

    id: Annotated[UUID, "Of this version."]
    code: Code
    version: int
    state: TemplateState
    kind: AssetKind
    name_en: Label
    name_es: Label
    lines: tuple[Line, ...]
    updated_at: datetime


class CheckTemplates(Wire):
    """Templates; the newest change first."""

    items: tuple[CheckTemplate, ...]
    next: str | None


class WriteTemplate(Wire):
    """What a template asks. A new version of a code replaces the one in force once it is put in force."""

    id: UUID
    code: Code
    kind: AssetKind
    name_en: Label
    name_es: Label
    lines: Annotated[tuple[Line, ...], Length(1, MOST_LINES)]


class TemplateFilter(PageWanted):
    """Which templates."""

    code: Code | None = None
    state: TemplateState | None = None


class ImportTemplate(Wire):
    """Take a workbook (XLSForm) as a new version. What the workbook says itself need not be said."""

    id: UUID
    kind: AssetKind | None = None
    code: Code | None = None
