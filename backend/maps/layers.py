"""Layers of the city's own: defined, changed and removed; and what every change of one, or of a feature of it, has in common."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from backend import identity
from backend.core import prepared
from backend.core.actor import asking, db
from backend.core.clock import now
from backend.core.database import one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.problems import Forbidden, Invalid, Refused, shown
from backend.maps import gazetteer, rules, sources
from backend.maps.events import LayerChanged
from backend.maps.tables import LayerRow
from shared_models.layers import DefineLayer, LayerField, LayerStyle, Part, Whom
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.wire import wire_fields

STYLED = frozenset({"style"})
"""What a row keeps in its wire form."""
OWN = frozenset({"id", "geometry"})
"""What each feature has besides its fields: asked for under these names, so no field has one of them."""


def managed(id_: UUID, *, lock: bool = False, seen: int | None = None) -> LayerRow:
    """A layer that the asking person (or, from the shell, anybody) keeps. Raises NotFound, Forbidden.

    ``lock``: whoever changes it at the same time comes after. ``seen``: raises Refused("version-differs") for another one.
    """
    actor = asking()
    query = select(LayerRow).where(LayerRow.id == id_) if actor is None else sources.layer_of(actor, id_)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    layer = one(query)
    refuse_managing(layer.department)
    if seen is not None and layer.version != seen:
        raise Refused("version-differs", f"It is version {layer.version} now.", at="header:If-Match")
    return layer


def refuse_managing(department: str | None) -> None:
    """Refuse whoever does not keep layers of this department; one of no department is everybody's who keeps all."""
    actor = asking()
    right = Permission.MAP_MANAGE
    if actor and not (actor.may_in(right, department) if department else actor.may_everywhere(right)):
        raise Forbidden("You do not keep the layers of that department.")


def define_layer(wish: DefineLayer) -> LayerRow:
    """Make a layer that holds nothing yet. The same id with the same name again is the same layer, and changes nothing.

    Raises Invalid, Forbidden, Refused("already-there") where the name is another layer's.
    """
    refuse_managing(wish.department)
    known = db().scalars(select(LayerRow).where(LayerRow.id == wish.id)).one_or_none()
    if known is not None and known.name == wish.name:
        return managed(known.id)
    if known is not None:
        raise Refused("already-there", "Choose a new id for a new layer.", at="/id")
    if wish.name in house().layers or db().scalar(select(LayerRow.id).where(LayerRow.name == wish.name)):
        raise Refused("already-there", "Another layer has this name.", at="/name")
    values = {name: getattr(wish, name) for name in wire_fields(DefineLayer)}
    values |= {"part_fields": wish.part_fields or {}, "style": LayerStyle.Schema().dump(wish.style)}
    values["fields"] = [LayerField.Schema().dump(field) for field in wish.fields]
    layer = LayerRow(**values, changed_at=now())
    refuse_odd(layer)
    db().add(layer)
    db().flush()
    db().refresh(layer)
    _after(layer, "defined")
    return layer


def change_layer(id_: UUID, wished: Mapping[str, Any], seen: int) -> LayerRow:
    """Change what is said of a layer: the fields that were said. Raises NotFound, Forbidden, Invalid, Refused."""
    layer = managed(id_, lock=True, seen=seen)
    for name, value in wished.items():
        if name == "style" and value is not None:
            layer.style = LayerStyle.Schema().dump(value)
        elif value is not None or name == "department":
            setattr(layer, name, value)
    refuse_odd(layer)
    refuse_managing(layer.department)
    begin_change(layer)
    _after(layer, "changed")
    return layer


def remove_layer(id_: UUID, seen: int) -> None:
    """Remove a layer with all its editions, its features and their history. Raises NotFound, Forbidden, Refused."""
    layer = managed(id_, lock=True, seen=seen)
    version = begin_change(layer)
    layer.edition_id = None
    db().flush()
    record(LayerChanged(layer_id=layer.id, what="removed", version=version))
    db().delete(layer)
    db().flush()


def _after(layer: LayerRow, what: str) -> None:
    record(LayerChanged(layer_id=layer.id, what=what, version=layer.version))
    after_change(layer)


def refuse_odd(layer: LayerRow) -> None:
    """Refuse a layer that contradicts itself. Raises Invalid with everything that is wrong."""
    wrong = []
    if layer.seen_by is Whom.NOBODY:
        wrong.append(FieldError(pointer="/seen_by", detail="A layer is seen by somebody."))
    if layer.edited_by is Whom.PUBLIC:
        wrong.append(FieldError(pointer="/edited_by", detail="The public edits no layer."))
    if Whom.DEPARTMENT in {layer.seen_by, layer.edited_by} and layer.department is None:
        wrong.append(FieldError(pointer="/department", detail="Say which department."))
    if layer.department is not None and layer.department not in identity.departments():
        wrong.append(FieldError(pointer="/department", detail="There is no such department."))
    names = [field["name"] for field in layer.fields]
    wrong += [*_odd_parts(layer), *_odd_fields(names)]
    if names or layer.edition_id is not None:
        wrong += odd_names(layer, names)
    if wrong:
        raise Invalid(*wrong)


def _odd_parts(layer: LayerRow) -> Iterator[FieldError]:
    for part, named in layer.part_fields.items():
        if not (isinstance(named, str) and rules.is_kept(part + named)):
            step = shown(part).replace("~", "~0").replace("/", "~1")
            yield FieldError(pointer=f"/part_fields/{step}", detail="The name of a field.")


def _odd_fields(names: Sequence[str]) -> Iterator[FieldError]:
    for number, name in enumerate(names):
        at = f"/fields/{number}/name"
        if name in OWN:
            yield FieldError(pointer=at, detail="Each feature has this of its own.")
        if name in names[:number]:
            yield FieldError(pointer=at, detail="An earlier field has this name.")


def odd_names(layer: LayerRow, names: Collection[str]) -> list[FieldError]:
    """What a layer says of fields that are not among these."""
    return [
        FieldError(pointer=pointer, detail=f"There is no field {name!r}.")
        for pointer, name in said_names(layer).items()
        if name not in names
    ]


def said_names(layer: LayerRow) -> dict[str, str]:
    """Where a layer says something of a field, and of which."""
    said = {
        "/title_field": layer.title_field,
        "/time_field": layer.time_field,
        "/style/label": layer.style.get("label", ""),
    }
    if layer.part is not Part.NONE:
        said |= {f"/part_fields/{part}": str(name) for part, name in layer.part_fields.items()}
    return {pointer: name for pointer, name in said.items() if name}


# ── what every change has in common ──────────────────────────────────────────────────────────────────────


def begin_change(layer: LayerRow) -> int:
    """Raise the version of a layer that is locked; gives it. What is changed in it is of this version from now on.

    So no version of a feature ever stands for two contents, not even after its layer was rolled back and edited again.
    """
    layer.version += 1
    layer.changed_at = now()
    db().flush()
    return layer.version


def count_anew(layer: LayerRow) -> None:
    """Say anew how many features a layer holds, and between which edges, from what is there."""
    [(count, west, south, east, north)] = prepared.run_here(_COUNTED, edition=layer.edition_id)
    layer.count = count
    layer.bounds = [] if west is None else [west, south, east, north]


_COUNTED = text("""
    SELECT n, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
    FROM (SELECT count(*) AS n, ST_Extent(geom) AS box FROM feature WHERE edition_id = :edition) AS all_of_it
""")


def after_change(layer: LayerRow) -> None:
    """What follows from any change of a layer or of its features, in the same transaction.

    Whoever keeps something that was made of features (an index of search, say) is told here, and nowhere else.
    """
    db().flush()
    gazetteer.refresh(layer)
