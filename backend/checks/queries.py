"""Which checks, and who may see them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Select,
    Text,
    any_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import false as never
from sqlalchemy.orm import InstrumentedAttribute

from backend.checks.tables import (
    AnswerRow,
    CheckPhotoRow,
    CheckRow,
    DoneRow,
    ReadinessRow,
    ScheduleRow,
    ShiftRow,
    TemplateRow,
)
from backend.core.actor import Actor
from backend.core.clock import now
from backend.core.feed import OLDEST_CURSOR
from backend.core.prepared import rows_of
from backend.core.ready import ALL_TEXTS, BETWEEN, expression
from shared_models.checks import CheckFilter, Level, Readiness
from shared_models.permissions import Permission
from shared_models.templates import TemplateFilter, TemplateState

KEPT = timedelta(days=30)
"""How long a check that was done is on phones."""
TOLD = timedelta(days=3)
"""So long phones are told that it is no longer: the chore runs once a day."""


def within_reach(
    actor: Actor,
    department: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    permission: Permission = Permission.CHECK_READ,
) -> ColumnElement[bool]:
    """Whether something of this department is this person's to know of: of all departments, or of theirs."""
    if actor.may_everywhere(permission):
        return true()
    mine = actor.departments(permission)
    return department == any_(literal(mine, ARRAY(Text))) if mine else never()


def templates_visible_to(actor: Actor) -> Select[TemplateRow]:
    """Templates: those in force for all who read checks, the other versions for those who write them."""
    found = select(TemplateRow)
    if actor.may(Permission.CHECK_WRITE):
        return found
    if actor.may(Permission.CHECK_READ):
        return found.where(TemplateRow.state == TemplateState.IN_FORCE)
    return found.where(never())


def templates_matching(actor: Actor, wanted: TemplateFilter) -> Select[TemplateRow]:
    """The versions that are asked for."""
    where: list[ColumnElement[bool]] = []
    if wanted.code:
        where.append(TemplateRow.code == wanted.code)
    if wanted.state:
        where.append(TemplateRow.state == wanted.state)
    return templates_visible_to(actor).where(*where)


def templates_on_phones(actor: Actor) -> Select[TemplateRow]:
    """What of it is on phones: what is in force, and drafts for those who write them."""
    return templates_visible_to(actor).where(TemplateRow.state != TemplateState.REPLACED)


def schedules_visible_to(actor: Actor) -> Select[ScheduleRow]:
    """When things are due: of all departments, and of those within reach."""
    everybodys = ScheduleRow.department.is_(None) if actor.may(Permission.CHECK_READ) else never()
    return select(ScheduleRow).where(or_(everybodys, within_reach(actor, ScheduleRow.department)))


def schedules_in_order(actor: Actor) -> Select[ScheduleRow]:
    """All of them, by template."""
    row = ScheduleRow
    return schedules_visible_to(actor).order_by(row.template, row.cadence, row.department, row.kits)


def shifts_visible_to(actor: Actor) -> Select[ShiftRow]:
    """The shifts of departments within reach."""
    return select(ShiftRow).where(within_reach(actor, ShiftRow.department))


def shifts_in_order(actor: Actor) -> Select[ShiftRow]:
    """All of them, by department and hour."""
    return shifts_visible_to(actor).order_by(ShiftRow.department, ShiftRow.starts, ShiftRow.code)


def visible_to(actor: Actor) -> Select[CheckRow]:
    """The checks that this person did, and those of departments within their reach."""
    return select(CheckRow).where(or_(within_reach(actor, CheckRow.department), CheckRow.by_id == actor.id))


def matching(actor: Actor, wanted: CheckFilter) -> Select[CheckRow]:
    """The checks that are asked for."""
    where: list[ColumnElement[bool]] = []
    if wanted.kit_id:
        where.append(CheckRow.kit_id == wanted.kit_id)
    if wanted.asset_id:
        of_it = select(AnswerRow.check_id).where(AnswerRow.asset_id == wanted.asset_id)
        where.append(CheckRow.id.in_(of_it))
    if wanted.failed:
        where.append(CheckRow.worst.is_not(None))
    return visible_to(actor).where(*where)


def on_phones(actor: Actor) -> Select[CheckRow]:
    """What of it is on phones: of the last 30 days."""
    return visible_to(actor).where(CheckRow.finished_at >= now() - KEPT)


def leaving(moment: datetime) -> Select[CheckRow]:
    """Checks that left the phones within the last days."""
    old = moment - KEPT
    return select(CheckRow).where(CheckRow.finished_at < old, CheckRow.finished_at >= old - TOLD)


def long_gone(moment: datetime) -> Select[UUID]:
    """Checks that left them so long ago that no cursor is older."""
    return select(CheckRow.id).where(CheckRow.finished_at < moment - KEPT - OLDEST_CURSOR)


def done_visible_to(actor: Actor) -> Select[DoneRow]:
    """When things within reach were last looked at."""
    return select(DoneRow).where(within_reach(actor, DoneRow.department))


def readiness_visible_to(actor: Actor) -> Select[ReadinessRow]:
    """The units within reach, and whether each can roll."""
    return select(ReadinessRow).where(within_reach(actor, ReadinessRow.department))


def photos_visible_to(actor: Actor) -> Select[UUID]:
    """The photos of checks that this person may see."""
    seen = visible_to(actor).with_only_columns(CheckRow.id)
    return select(CheckPhotoRow.photo_id).where(CheckPhotoRow.check_id.in_(seen))


# ── the board ────────────────────────────────────────────────────────────────────────────────────────────


def board_text(actor: Actor, department: str | None) -> tuple[str, str]:
    """The JSON text of what a board shows but for its time: (units, the worst first; how many are at each level)."""
    query = readiness_visible_to(actor)
    if department:
        query = query.where(ReadinessRow.department == department)
    [(texts, *counts)] = rows_of([query], ("board",), lambda: _board(query))
    units = "[" + ",".join(texts.split(BETWEEN) if texts is not None else ()) + "]"
    return units, ",".join(f'"{level.value}":{count}' for level, count in zip(_LEVELS, counts, strict=True))


_LEVELS = (Level.RED, Level.AMBER, Level.GREEN)


def _board(query: Select[ReadinessRow]) -> Executable:
    rank = case({level.value: n for n, level in enumerate(_LEVELS)}, value=literal_column("readiness.level"))
    told = (
        query.with_only_columns(*expression(Readiness, ReadinessRow))
        .order_by(rank, ReadinessRow.unit)
        .subquery("_told")
    )
    counts = [
        func.count().filter(literal_column("_told.level") == literal_column(f"'{level.value}'"))
        for level in _LEVELS
    ]
    return select(ALL_TEXTS, *counts).select_from(told)
