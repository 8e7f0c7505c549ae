"""Which things, kits and faults, and who may see them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Text,
    Uuid,
    any_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from backend.assets.tables import (
    AssetChangeRow,
    AssetRow,
    DocumentRow,
    FaultRow,
    KitRow,
    ModelRow,
    ReservationRow,
    SavedFilterRow,
)
from backend.core.actor import Actor, db
from backend.core.clock import now
from backend.core.database import like_text
from backend.core.filtering import Wanted, where
from backend.core.problems import Invalid
from shared_models.asset_fields import FIELDS
from shared_models.assets import ENDED, AssetFilter, SavedFilter, SavedFilters
from shared_models.faults import WINDOW_DAYS
from shared_models.kits import KitFilter
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.register import ModelFilter

MOST_ACTORS = 500
"""Whose queries are remembered."""
KNOWN_FIELDS = frozenset(spec.code for specs in FIELDS.values() for spec in specs)


def within_reach(
    actor: Actor, department: InstrumentedAttribute[str], permission: Permission = Permission.ASSET_READ
) -> ColumnElement[bool]:
    """Whether something of this department is this person's to know of, or to do this with: of all, or of theirs."""
    if actor.may_everywhere(permission):
        return true()
    mine = actor.departments(permission)
    return department == any_(literal(mine, ARRAY(Text))) if mine else false()


# An actor with their grants says it all, so that the query of somebody who asks again is there already.
@lru_cache(MOST_ACTORS)
def visible_to(actor: Actor) -> Select[AssetRow]:
    """The things that this person may know of: those within their reach, and what they hold themselves."""
    return select(AssetRow).where(
        or_(within_reach(actor, AssetRow.department), AssetRow.holder_id == actor.id)
    )


def on_phones(actor: Actor) -> Select[AssetRow]:
    """What of it is on phones: all that still lives."""
    return visible_to(actor).where(AssetRow.state.not_in(sorted(ENDED)))


def on_map(actor: Actor | None) -> Select[Any]:
    """The things of which this person may know and of which it is known where they are, as a layer of the map tells of them."""
    row = AssetRow
    told: tuple[Any, ...] = (row.tag, row.kind, row.name, row.state, row.department, row.seen_at)
    place: tuple[Any, ...] = (
        row.id,
        row.where.label("geom"),
        row.updated_at.label("changed_at"),
        row.version,
    )
    found = select(row).where(false()) if actor is None else on_phones(actor)
    return found.where(row.where.is_not(None)).with_only_columns(*place, *told)


def kits_visible_to(actor: Actor) -> Select[KitRow]:
    """The kits within this person's reach."""
    return select(KitRow).where(within_reach(actor, KitRow.department))


def models_visible_to(actor: Actor) -> Select[ModelRow]:
    """The models: for all who may know of things."""
    found = select(ModelRow)
    return found if actor.may(Permission.ASSET_READ) else found.where(false())


def faults_visible_to(actor: Actor) -> Select[FaultRow]:
    """The faults of things within this person's reach, and those that they reported."""
    return select(FaultRow).where(
        or_(within_reach(actor, FaultRow.department), FaultRow.reporter_id == actor.id)
    )


def faults_on_phones(actor: Actor) -> Select[FaultRow]:
    """Faults that are open, or were closed not long ago."""
    since = now() - timedelta(days=WINDOW_DAYS)
    return faults_visible_to(actor).where(or_(FaultRow.closed_at.is_(None), FaultRow.closed_at >= since))


def matching(actor: Actor, wanted: Wanted[AssetFilter]) -> Select[AssetRow]:
    """Those of the things. Raises Invalid for a typed field that no kind and no model has."""
    odd = {each.code for each in wanted.filters if each.code} - KNOWN_FIELDS
    if odd and (unknown := odd - set(db().scalars(fields_of_models(odd)))):
        raise Invalid(
            *(FieldError(pointer=f"?fields.{code}", detail="Unknown field.") for code in sorted(unknown))
        )
    found = visible_to(actor)
    if wanted.filters:
        found = found.where(*where(AssetRow, wanted.filters))
    return found.where(*in_words(wanted.page.q)).execution_options(plan_anew=True) if wanted.page.q else found


def in_words(q: str) -> list[ColumnElement[bool]]:
    """Whether each of these words stands in what is searched of a thing, or in its model's name."""
    return [_in_words(number).bindparams(**{f"like{number}": like}) for number, like in enumerate(likes(q))]


@cache
def _in_words(number: int) -> Any:
    """The condition for one word, written once: SQLAlchemy takes longer to put it together than PostgreSQL to find it."""
    return text(_IN_WORDS.replace(":like", f":like{number}"))


_IN_WORDS = """(asset.words LIKE :like OR asset.model_id = ANY (ARRAY(
    SELECT id FROM asset_model WHERE lower(make || ' ' || name) LIKE :like
)))"""


def likes(q: str) -> list[str]:
    """The words of a search as LIKE takes them."""
    return [f"%{like_text(word)}%" for word in q.lower().split()]


def fields_of_models(codes: Collection[str]) -> Select[str]:
    """Those of these codes that a model has as a field."""
    each = func.jsonb_array_elements(ModelRow.fields).table_valued("value").render_derived()
    code = func.jsonb_extract_path_text(each.c.value, "code")
    return (
        select(code)
        .select_from(ModelRow)
        .join(each, true())
        .where(code == any_(literal(list(codes), ARRAY(Text))))
    )


def matching_models(actor: Actor, wanted: Wanted[ModelFilter]) -> Select[ModelRow]:
    """Those of the models."""
    named = func.lower(ModelRow.make + " " + ModelRow.name)
    found = models_visible_to(actor).where(*where(ModelRow, wanted.filters))
    if wanted.page.kind:
        found = found.where(ModelRow.kind == wanted.page.kind)
    return found.where(*(named.like(like, escape="\\") for like in likes(wanted.page.q)))


def matching_kits(actor: Actor, wanted: Wanted[KitFilter]) -> Select[KitRow]:
    """Those of the kits."""
    named = func.lower(KitRow.code + " " + KitRow.name)
    found = kits_visible_to(actor).where(*where(KitRow, wanted.filters))
    if wanted.page.department:
        found = found.where(KitRow.department == wanted.page.department)
    return found.where(*(named.like(like, escape="\\") for like in likes(wanted.page.q)))


def changes_of(actor: Actor, asset_id: UUID) -> Select[AssetChangeRow]:
    """The change log of a thing that this person may know of."""
    mine = visible_to(actor).with_only_columns(AssetRow.id)
    return select(AssetChangeRow).where(
        AssetChangeRow.asset_id == asset_id, AssetChangeRow.asset_id.in_(mine)
    )


def filters_visible_to(actor: Actor) -> Select[SavedFilterRow]:
    """The filters that were kept by this person, and those that others share."""
    return select(SavedFilterRow).where(or_(SavedFilterRow.owner_id == actor.id, SavedFilterRow.shared))


def filters_of(actor: Actor) -> Select[SavedFilterRow]:
    """The filters that this person kept."""
    return select(SavedFilterRow).where(SavedFilterRow.owner_id == actor.id)


def saved_filter(actor: Actor, row: SavedFilterRow) -> SavedFilter:
    """A filter that was kept, as this person sees it."""
    mine = row.owner_id == actor.id
    return SavedFilter(
        id=row.id, name=row.name, query=row.query, shared=row.shared, mine=mine, updated_at=row.updated_at
    )


def saved_filters(actor: Actor) -> SavedFilters:
    """The filters that this person may use, mine first, by their names."""
    found = [saved_filter(actor, row) for row in db().scalars(filters_visible_to(actor))]
    return SavedFilters(items=tuple(sorted(found, key=lambda each: (not each.mine, each.name, each.id))))


def these(found: Select[AssetRow], ids: Collection[UUID]) -> Select[AssetRow]:
    """Of the things that a query finds, those with these ids."""
    return found.where(AssetRow.id == any_(literal(list(ids), ARRAY(Uuid))))


def locking(found: Select[AssetRow]) -> Select[AssetRow]:
    """The same, each locked, in the order in which everybody locks them."""
    return found.order_by(AssetRow.id).with_for_update(of=AssetRow)


def with_tags(tags: Collection[str]) -> Select[UUID, str]:
    """(id, tag) of the things that have these tags, whoever may see them: a tag is given once."""
    return select(AssetRow.id, AssetRow.tag).where(AssetRow.tag == any_(literal(list(tags), ARRAY(Text))))


def namesakes(row: ModelRow) -> Select[UUID]:
    """Other models of this kind, make and name."""
    same = (ModelRow.kind == row.kind, ModelRow.make == row.make, ModelRow.name == row.name)
    return select(ModelRow.id).where(*same, ModelRow.id != row.id)


def saying(model_id: UUID, codes: Collection[str]) -> Select[UUID]:
    """A thing of this model that says something in one of these fields."""
    some = AssetRow.fields.has_any(literal(list(codes), ARRAY(Text)))
    return select(AssetRow.id).where(AssetRow.model_id == model_id, some).limit(1)


def supported_until(model_id: UUID, until: date | None) -> Select[AssetRow]:
    """The things of this model that have this end of support and still live."""
    mine = (AssetRow.model_id == model_id, AssetRow.support_until_on.is_not_distinct_from(until))
    return select(AssetRow).where(*mine, AssetRow.state.not_in(sorted(ENDED)))


def other_kit(id_: UUID, code: str) -> Select[UUID]:
    """Another kit of this code."""
    return select(KitRow.id).where(KitRow.code == code, KitRow.id != id_)


def in_or_for(kit_id: UUID, ids: Collection[UUID]) -> Select[AssetRow]:
    """The things that are in a kit, and these."""
    return select(AssetRow).where(
        or_(AssetRow.kit_id == kit_id, AssetRow.id == any_(literal(list(ids), ARRAY(Uuid))))
    )


# ── what is told to people ───────────────────────────────────────────────────────────────────────────────────


def about_fault(id_: UUID) -> Row[str, str, str, UUID | None, UUID | None]:
    """Of a fault: ``number, tag, unit, reporter_id, holder_id``; who has its thing."""
    found = (
        select(FaultRow.number, FaultRow.tag, FaultRow.unit, FaultRow.reporter_id, AssetRow.holder_id)
        .join(AssetRow, AssetRow.id == FaultRow.asset_id)
        .where(FaultRow.id == id_)
    )
    return db().execute(found).one()


def crew_of(fault_id: UUID) -> set[UUID | None]:
    """Who has something of the unit in which a fault is."""
    kit = select(FaultRow.kit_id).where(FaultRow.id == fault_id).scalar_subquery()
    found = select(AssetRow.holder_id).where(AssetRow.kit_id == kit, AssetRow.holder_id.is_not(None))
    return set(db().scalars(found.distinct()))


def unit_name(kit_id: UUID) -> str:
    """What a unit is called: its code."""
    return db().get_one(KitRow, kit_id).code


def promises_of(asset_ids: Collection[UUID]) -> Sequence[Row[UUID, UUID, UUID]]:
    """What is promised of these things and not over: reservation, person, thing."""
    row = ReservationRow
    its = row.asset_id == any_(literal(list(asset_ids), ARRAY(Uuid)))
    found = select(row.id, row.person_id, row.asset_id).where(
        its, row.ended_at.is_(None), row.until_at > now()
    )
    return db().execute(found).all()


def promised_between(since: datetime, until: datetime) -> Sequence[Row[UUID, UUID, UUID, str, str]]:
    """What is promised to somebody from a moment in this time on: reservation, person, thing, its tag and department."""
    found = (
        select(ReservationRow.id, ReservationRow.person_id, AssetRow.id, AssetRow.tag, AssetRow.department)
        .join(AssetRow, AssetRow.id == ReservationRow.asset_id)
        .where(
            ReservationRow.from_at > since,
            ReservationRow.from_at <= until,
            ReservationRow.until_at > until,
            ReservationRow.ended_at.is_(None),
        )
        .order_by(ReservationRow.from_at)
    )
    return db().execute(found).all()


def ending(since: date, until: date) -> list[Any]:
    """What loses its support, or a document, in these days: (department, name, day, how many, one thing's id)."""
    return [
        *db().execute(_support_ending(since, until)),
        *db().execute(_documents_ending(since, until)),
    ]


def _support_ending(since: date, until: date) -> Select[str, str, date, int, str]:
    """What loses its support in these days: department, what it is called, the day, how many things, one of them.

    Things of one model that end on one day are one line: a fleet that was bought together ends together.
    """
    ends = func.coalesce(AssetRow.support_until_on, ModelRow.support_until_on)
    called = func.coalesce(func.trim(ModelRow.make + " " + ModelRow.name), cast(AssetRow.kind, Text))
    return (
        select(AssetRow.department, called, ends, func.count(), func.min(cast(AssetRow.id, Text)))
        .outerjoin(ModelRow, ModelRow.id == AssetRow.model_id)
        .where(ends > since, ends <= until, AssetRow.state.not_in(sorted(ENDED)))
        .group_by(AssetRow.department, called, ends)
        .order_by(ends, AssetRow.department, called)
    )


def _documents_ending(since: date, until: date) -> Select[str, str, date | None, int, str]:
    """Documents (a certificate, a calibration) that end in these days: the same of the things that they belong to."""
    return (
        select(
            AssetRow.department,
            AssetRow.tag,
            DocumentRow.valid_until_on,
            func.count(),
            func.min(cast(AssetRow.id, Text)),
        )
        .join(AssetRow, AssetRow.id == DocumentRow.asset_id)
        .where(
            DocumentRow.valid_until_on > since,
            DocumentRow.valid_until_on <= until,
            AssetRow.state.not_in(sorted(ENDED)),
        )
        .group_by(AssetRow.department, AssetRow.tag, DocumentRow.valid_until_on)
        .order_by(DocumentRow.valid_until_on, AssetRow.tag)
    )
