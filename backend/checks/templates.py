"""Templates: the product's own, and what a city makes of them, in versions."""

import tomllib
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from backend import identity
from backend.checks import queries, rules
from backend.checks.events import ScheduleWritten, ShiftWritten, TemplateWritten
from backend.checks.tables import ClockRow, ScheduleRow, ShiftRow, TemplateRow
from backend.core.actor import asking, db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.feed import THINGS, things, touch
from backend.core.ledger import record
from backend.core.problems import Invalid, Refused
from shared_models.assets import AssetKind
from shared_models.checks import WriteSchedule, WriteShift
from shared_models.problems import FieldError
from shared_models.templates import Cadence, CheckTemplate, Line, TemplateState, WriteTemplate
from shared_models.verdicts import SHIFTS

DEFAULTS = Path(__file__).parent / "defaults"
OURS = UUID("5b0f5a3e-2f0c-4a76-9a55-7c1e6f0d9b21")
"""Names the product's own templates and schedules (RFC 9562 §5.5): each installation has them under the same ids."""


# ── the product's own ────────────────────────────────────────────────────────────────────────────────────


def read_defaults() -> list[tuple[WriteTemplate, list[WriteSchedule]]]:
    """The templates that the product comes with, and when each is due."""
    return [read_default(file) for file in sorted(DEFAULTS.glob("*.toml"))]


def read_default(file: Path) -> tuple[WriteTemplate, list[WriteSchedule]]:
    """One of them."""
    said = tomllib.loads(file.read_text("utf-8"))
    template = WriteTemplate.check(
        {
            "id": str(uuid.uuid5(OURS, said["code"])),
            "code": said["code"],
            "kind": said["kind"],
            "name_en": said["name"]["en"],
            "name_es": said["name"]["es"],
            "lines": [_in_wire_form(line) for line in said["line"]],
        }
    )
    due = [
        WriteSchedule(template=template.code, cadence=Cadence(cadence), kits=kits)
        for name, kits in (("kits", True), ("all", False))
        for cadence in said["due"].get(name, ())
    ]
    return template, due


def _in_wire_form(said: dict[str, Any]) -> dict[str, Any]:
    """``label.en`` as ``label_en``, in a line and in its options."""
    plain: dict[str, Any] = {}
    for name, value in said.items():
        if name in {"label", "hint"}:
            plain |= {f"{name}_{language}": words for language, words in value.items()}
        else:
            plain[name] = [_in_wire_form(option) for option in value] if name == "options" else value
    return plain


def load_defaults(zone: str) -> None:
    """Bring the product's templates into the database, and the city's clock.

    A template that somebody in this city has written is theirs: it stays as it is. One that is still ours is replaced by
    what we have now, as a new version. Schedules are made once, with their template; what a city says of them stays.
    """
    db().merge(ClockRow(id=1, zone=zone))
    known: dict[str, list[TemplateRow]] = {}
    for row in db().scalars(select(TemplateRow).order_by(TemplateRow.version)):
        known.setdefault(row.code, []).append(row)
    for template, due in read_defaults():
        versions = known.get(template.code, [])
        lines = [line.dump() for line in template.lines]
        if any(row.author_id for row in versions) or (versions and versions[-1].lines == lines):
            continue
        number = versions[-1].version + 1 if versions else 1
        row = _row(template, number)
        row.id, row.author_id = uuid.uuid5(OURS, f"{template.code}:{number}"), None
        _replace(template.code)
        row.state = TemplateState.IN_FORCE
        insert(row)
        touch(everybody(), "check_template", row.id)
        if not versions:
            for wish in due:
                name = f"{wish.template}:{wish.cadence.value}:{wish.kits}"
                write_schedule(uuid.uuid5(OURS, name), wish)


# ── what a city writes ───────────────────────────────────────────────────────────────────────────────────


def write_template(wish: WriteTemplate) -> TemplateRow:
    """Begin a new version of a template, or a template of one's own. The same id again changes nothing."""
    rules.refuse_odd(wish)
    known = db().scalar(select(TemplateRow).where(TemplateRow.id == wish.id))
    if known is not None:
        return _mine_again(known, wish)
    newest = select(func.coalesce(func.max(TemplateRow.version), 0)).where(TemplateRow.code == wish.code)
    row = _row(wish, (db().scalar(newest) or 0) + 1)
    if not insert(row, unless_there="id"):
        return _mine_again(one(queries.templates_visible_to(me()).where(TemplateRow.id == wish.id)), wish)
    _written(row)
    return row


def change_template(id_: UUID, wish: WriteTemplate) -> TemplateRow:
    """Write a draft anew. What was ever in force never changes: checks point at it."""
    rules.refuse_odd(wish)
    row = _locked(id_)
    if row.state is not TemplateState.DRAFT:
        raise Refused("state-not-next", "Begin a new version instead.", ids=[row.id])
    if wish.code != row.code:
        raise Invalid(FieldError(pointer="/code", detail="A version keeps the code of its template."))
    row.kind, row.name_en, row.name_es = wish.kind, wish.name_en, wish.name_es
    row.lines = [line.dump() for line in wish.lines]
    row.author_id, row.updated_at = me().id, now()
    _written(row)
    return row


def put_in_force(id_: UUID) -> TemplateRow:
    """Let this version be the one that is asked from now on. Refuses one that a newer version has replaced."""
    row = _locked(id_)
    if row.state is TemplateState.IN_FORCE:
        return row
    rules.refuse_odd_row(row)
    newer = select(TemplateRow.id).where(
        TemplateRow.code == row.code,
        TemplateRow.version > row.version,
        TemplateRow.state != TemplateState.DRAFT,
    )
    if row.state is not TemplateState.DRAFT or db().scalar(newer.limit(1)):
        raise Refused("state-not-next", "A newer version is in force.", ids=[row.id])
    _replace(row.code)
    row.state, row.updated_at = TemplateState.IN_FORCE, now()
    _written(row)
    return row


def _row(wish: WriteTemplate, version: int) -> TemplateRow:
    return TemplateRow(
        id=wish.id,
        code=wish.code,
        version=version,
        state=TemplateState.DRAFT,
        kind=wish.kind,
        name_en=wish.name_en,
        name_es=wish.name_es,
        lines=[line.dump() for line in wish.lines],
        author_id=actor.id if (actor := asking()) else None,
        updated_at=now(),
    )


def _replace(code: str) -> None:
    """Let the version of this code that is in force be replaced."""
    in_force = TemplateRow.code == code, TemplateRow.state == TemplateState.IN_FORCE
    for row in db().scalars(select(TemplateRow).where(*in_force).with_for_update()):
        row.state, row.updated_at = TemplateState.REPLACED, now()
        touch(everybody(), "check_template", row.id)
    db().flush()


def _mine_again(row: TemplateRow, wish: WriteTemplate) -> TemplateRow:
    if row.author_id != me().id or row.code != wish.code:
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    return row


def _locked(id_: UUID) -> TemplateRow:
    return one(
        queries.templates_visible_to(me()).where(TemplateRow.id == id_).with_for_update(of=TemplateRow)
    )


def _written(row: TemplateRow) -> None:
    db().flush()
    record(TemplateWritten(template_id=row.id, code=row.code, version=row.version, state=row.state))
    touch(everybody(), "check_template", row.id)


def template_of(row: TemplateRow) -> CheckTemplate:
    """A version as a value."""
    return CheckTemplate(
        id=row.id,
        code=row.code,
        version=row.version,
        state=row.state,
        kind=AssetKind(row.kind),
        name_en=row.name_en,
        name_es=row.name_es,
        lines=lines_of(row.lines),
        updated_at=row.updated_at,
    )


def seen(id_: UUID) -> CheckTemplate:
    """A version that the asking person may see. Raises NotFound."""
    return template_of(one(queries.templates_visible_to(me()).where(TemplateRow.id == id_)))


def lines_of(kept: Iterable[Any]) -> tuple[Line, ...]:
    """Lines as they are kept, as values."""
    return tuple(Line.read(line) for line in kept)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────


def write_schedule(id_: UUID, wish: WriteSchedule) -> ScheduleRow:
    """Say when something is due, or that it is not any more (``active``). The same again changes nothing."""
    if wish.department is not None and not identity.has_department(wish.department):
        raise Invalid(FieldError(pointer="/department", detail="There is no such department."))
    if not db().scalar(select(TemplateRow.id).where(TemplateRow.code == wish.template).limit(1)):
        raise Invalid(FieldError(pointer="/template", detail="There is no such template."))
    if wish.cadence in SHIFTS and not wish.kits:
        raise Invalid(
            FieldError(pointer="/kits", detail="At a shift it is the members of kits that are checked.")
        )
    row = db().get(ScheduleRow, id_, with_for_update=True)
    same = select(ScheduleRow.id).where(
        ScheduleRow.template == wish.template,
        ScheduleRow.cadence == wish.cadence,
        ScheduleRow.department.is_not_distinct_from(wish.department),
        ScheduleRow.kits == wish.kits,
        ScheduleRow.id != id_,
    )
    if other := db().scalar(same):
        raise Refused("already-there", "There is one that says the same.", ids=[other])
    before = everybody(row.department) if row else set()
    row = row or ScheduleRow(id=id_)
    for name in ("template", "cadence", "department", "kits", "active"):
        setattr(row, name, getattr(wish, name))
    row.updated_at = now()
    db().add(row)
    db().flush()
    record(ScheduleWritten(schedule_id=id_, template=row.template, cadence=row.cadence, active=row.active))
    touch(before | everybody(row.department), "check_schedule", id_)
    return row


def write_shift(id_: UUID, wish: WriteShift) -> ShiftRow:
    """Say when a shift of a department begins, by the city's clock, and how long it lasts."""
    rules.refuse_odd_hour(wish.starts)
    if not identity.has_department(wish.department):
        raise Invalid(FieldError(pointer="/department", detail="There is no such department."))
    same = select(ShiftRow.id).where(
        ShiftRow.department == wish.department, ShiftRow.code == wish.code, ShiftRow.id != id_
    )
    if other := db().scalar(same):
        raise Refused("already-there", "There is a shift of this code.", at="/code", ids=[other])
    row = db().get(ShiftRow, id_, with_for_update=True)
    before = everybody(row.department) if row else set()
    row = row or ShiftRow(id=id_)
    for name in ("department", "code", "name_en", "name_es", "starts", "hours"):
        setattr(row, name, getattr(wish, name))
    row.updated_at = now()
    db().add(row)
    db().flush()
    record(ShiftWritten(shift_id=id_, department=row.department, ended=False))
    touch(before | everybody(row.department), "shift", id_)
    return row


def end_shift(id_: UUID) -> None:
    """There is no such shift any more."""
    row = one(queries.shifts_visible_to(me()).where(ShiftRow.id == id_).with_for_update(of=ShiftRow))
    record(ShiftWritten(shift_id=id_, department=row.department, ended=True))
    touch(everybody(row.department), "shift", id_)
    db().delete(row)


def everybody(department: str | None = None) -> set[str]:
    """Whose phones hold what is said of a department's checks, or of everybody's."""
    return {THINGS, *(things(code) for code in ([department] if department else identity.departments()))}
