"""Features edited by hand: each with its history, none over what somebody else changed meanwhile.

A wish is a GeoJSON feature (RFC 7946), as a dict. Whoever edits has seen a version (``If-Match``) and edits that one.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select, text

from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.problems import Forbidden, Invalid, NotFound, Refused
from backend.maps import rules, sources
from backend.maps.events import FeatureChanged
from backend.maps.layers import after_change, begin_change, count_anew
from backend.maps.tables import EditionRow, FeatureChangeRow, FeatureRow, LayerRow
from shared_models.basics import CODE
from shared_models.layers import FeatureChangeKind, Geometry, LayerField, Whom
from shared_models.permissions import Permission
from shared_models.problems import FieldError

Box = tuple[float, float, float, float]


class Content(NamedTuple):
    """What a feature is to hold, checked."""

    shape: str | None
    """GeoJSON of its geometry; None: it lies nowhere."""
    props: dict[str, Any]
    ref: str | None


# ── the verbs ────────────────────────────────────────────────────────────────────────────────────────────


def add_feature(name: str, wish: Mapping[str, Any]) -> FeatureRow:
    """Make a feature in the layer of this name; its number is ours to give.

    Raises NotFound, Forbidden (nobody, or not this person, edits the layer), Invalid with a pointer to what is wrong.
    """
    layer = _opened(name)
    _refuse_partial(wish)
    content = _content(layer, wish)
    _refuse_taken(layer, content.ref, None)
    version = begin_change(layer)
    edition = _edition_of(layer)
    [(id_,)] = prepared.run_here(
        _ADD, edition=edition, version=version, at=layer.changed_at, **_told_to_sql(content)
    )
    after, box = _told(layer, id_)
    _resize(layer, None, box, 1)
    return _written(layer, id_, version, FeatureChangeKind.MADE, None, after)


def replace_feature(name: str, id_: int, wish: Mapping[str, Any], seen: int) -> FeatureRow:
    """Let a feature be exactly this; a field that is not said becomes null. Its number stays, whatever the wish calls it.

    Raises as ``add_feature``, and Refused("version-differs") where it is not the version that was seen.
    """
    layer = _opened(name)
    row = _seen(layer, id_, seen)
    _refuse_partial(wish)
    return _changed(layer, row, wish)


def change_feature(name: str, id_: int, patch: Mapping[str, Any], seen: int) -> FeatureRow:
    """Change what a merge patch (RFC 7396) says of the feature, as GeoJSON; null unsets. Raises as ``replace_feature``."""
    layer = _opened(name)
    row = _seen(layer, id_, seen)
    if not isinstance(patch, Mapping):
        raise Invalid(FieldError(pointer="/", detail="A merge patch of a feature is an object."))
    if patch.get("id", id_) not in (id_, str(id_)):
        raise Invalid(FieldError(pointer="/id", detail="A feature keeps its number."))
    before, _ = _told(layer, id_)
    return _changed(layer, row, merged(before, patch))


def remove_feature(name: str, id_: int, seen: int) -> None:
    """Remove a feature; its history stays. Raises NotFound, Forbidden, Refused("version-differs")."""
    layer = _opened(name)
    row = _seen(layer, id_, seen)
    before, box = _told(layer, id_)
    version = begin_change(layer)
    db().delete(row)
    db().flush()
    _resize(layer, box, None, -1)
    _remember(layer, id_, version, FeatureChangeKind.REMOVED, before, None)
    after_change(layer)


def merged(target: Any, patch: Any) -> Any:
    """What a merge patch makes of a value (RFC 7396 §2)."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def changes_of(layer_id: UUID, feature_id: int | None = None) -> Select[FeatureChangeRow]:
    """What was changed by hand in a layer that the asking person may see, or in one feature. Raises NotFound."""
    layer = one(sources.layer_of(me(), layer_id))
    found = select(FeatureChangeRow).where(FeatureChangeRow.layer_id == layer.id)
    return found if feature_id is None else found.where(FeatureChangeRow.feature_id == feature_id)


# ── may they, and what they saw ──────────────────────────────────────────────────────────────────────────


def _opened(name: str) -> LayerRow:
    """A layer that the asking person edits, locked: whoever edits it at the same time comes after."""
    actor = me()
    given = house().layers.get(name)
    if given is not None and sources.may_see(actor, given):
        raise Forbidden("What this layer shows is changed where it is kept, not on the map.")
    if not CODE.regex.fullmatch(name):
        raise NotFound
    layer = one(sources.visible_to(actor).where(LayerRow.name == name).with_for_update())
    match layer.edited_by:
        case Whom.STAFF:
            may = actor.may(Permission.MAP_EDIT)
        case Whom.DEPARTMENT:
            may = layer.department is not None and actor.may_in(Permission.MAP_EDIT, layer.department)
        case _:
            may = False
    if not may:
        raise Forbidden("This layer is not for you to edit.")
    return layer


def _seen(layer: LayerRow, id_: int, seen: int) -> FeatureRow:
    """The feature as it is shown, if that is what was seen."""
    if layer.edition_id is None or not 0 < id_ < 2**63:
        raise NotFound
    query = select(FeatureRow).where(FeatureRow.edition_id == layer.edition_id, FeatureRow.id == id_)
    row = one(query.execution_options(populate_existing=True))
    if row.version != seen:
        raise Refused("version-differs", f"It is version {row.version} now.", at="header:If-Match")
    return row


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────


def _changed(layer: LayerRow, row: FeatureRow, wish: Mapping[str, Any]) -> FeatureRow:
    content = _content(layer, wish)
    _refuse_taken(layer, content.ref, row.id)
    before, box = _told(layer, row.id)
    version = begin_change(layer)
    prepared.run_here(
        _CHANGE,
        edition=layer.edition_id,
        id=row.id,
        version=version,
        at=layer.changed_at,
        **_told_to_sql(content),
    )
    after, new_box = _told(layer, row.id)
    _resize(layer, box, new_box, 0)
    return _written(layer, row.id, version, FeatureChangeKind.CHANGED, before, after)


def _written(
    layer: LayerRow, id_: int, version: int, kind: FeatureChangeKind, before: Any, after: Any
) -> FeatureRow:
    _remember(layer, id_, version, kind, before, after)
    after_change(layer)
    query = select(FeatureRow).where(FeatureRow.edition_id == layer.edition_id, FeatureRow.id == id_)
    return one(query.execution_options(populate_existing=True))


def _remember(
    layer: LayerRow, id_: int, version: int, kind: FeatureChangeKind, before: Any, after: Any
) -> None:
    """Write the line of the history, and that it happened."""
    db().add(
        FeatureChangeRow(
            id=uuid.uuid4(), layer_id=layer.id, feature_id=id_, version=version, kind=kind, at=layer.changed_at,
            by_id=me().id, by=me().name, before=before, after=after,
        )
    )  # fmt: skip
    record(FeatureChanged(layer_id=layer.id, feature_id=id_, version=version, what=kind))


def _edition_of(layer: LayerRow) -> int:
    """The edition that is shown; a layer that is drawn by hand from the start gets an empty first one."""
    if layer.edition_id is None:
        first = EditionRow(
            id=uuid.uuid4(), layer_id=layer.id, number=1, made_at=now(), made_by=me().id, file="", format="",
            crs="EPSG:4326", sha256="", fields=layer.fields, found=0, taken=0, mended=0, refused=0, refusals=[],
        )  # fmt: skip
        db().add(first)
        db().flush()
        layer.edition_id, layer.edition = first.number_of_all, first.number
        db().flush()
    return layer.edition_id


def _told_to_sql(content: Content) -> dict[str, Any]:
    return {"shape": content.shape, "props": json.dumps(content.props), "ref": content.ref}


_ADD = text("""
    INSERT INTO feature (edition_id, ref, geom, props, version, changed_at)
    VALUES (:edition, :ref, ST_SetSRID(ST_GeomFromGeoJSON(CAST(:shape AS text)), 4326), CAST(:props AS jsonb), :version, :at)
    RETURNING id
""")
_CHANGE = text("""
    UPDATE feature SET ref = :ref, geom = ST_SetSRID(ST_GeomFromGeoJSON(CAST(:shape AS text)), 4326),
        props = CAST(:props AS jsonb), version = :version, changed_at = :at
    WHERE edition_id = :edition AND id = :id
""")
_TOLD = text("""
    SELECT json_build_object('type', 'Feature', 'id', id, 'geometry', CAST(ST_AsGeoJSON(geom, 6) AS json),
               'properties', props),
           ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)
    FROM feature WHERE edition_id = :edition AND id = :id
""")


def _told(layer: LayerRow, id_: int) -> tuple[dict[str, Any], Box | None]:
    """A feature as GeoJSON, and its edges: west, south, east, north."""
    [(feature, *box)] = prepared.run_here(_TOLD, edition=layer.edition_id, id=id_)
    west, south, east, north = box
    return feature, None if west is None else (west, south, east, north)


def _resize(layer: LayerRow, gone: Box | None, come: Box | None, more: int) -> None:
    """Keep count and edges of the layer right; all features are asked only where one left that made an edge."""
    layer.count += more
    if gone is not None and not _inside(gone, layer.bounds):
        count_anew(layer)
    elif come is not None:
        was = layer.bounds or come
        layer.bounds = [
            min(was[0], come[0]),
            min(was[1], come[1]),
            max(was[2], come[2]),
            max(was[3], come[3]),
        ]


def _inside(box: Box, bounds: list[Any]) -> bool:
    return bool(bounds) and (
        bounds[0] < box[0] and bounds[1] < box[1] and box[2] < bounds[2] and box[3] < bounds[3]
    )


# ── what a wish may say ──────────────────────────────────────────────────────────────────────────────────


def _refuse_partial(wish: Mapping[str, Any]) -> None:
    """Refuse a feature that does not say both members that each has, if only as null (RFC 7946 §3.2). Raises Invalid."""
    if isinstance(wish, Mapping) and wish.get("type") == "Feature":
        lacking = [member for member in ("geometry", "properties") if member not in wish]
        if lacking:
            raise Invalid(
                *(
                    FieldError(pointer=f"/{member}", detail="A feature has this member; null says nothing.")
                    for member in lacking
                )
            )


def _content(layer: LayerRow, wish: Mapping[str, Any]) -> Content:
    """What a GeoJSON feature says, checked against its layer. Raises Invalid with everything that is wrong."""
    if not isinstance(wish, Mapping) or wish.get("type") != "Feature":
        raise Invalid(FieldError(pointer="/type", detail="A GeoJSON object of type Feature."))
    wrong: list[FieldError] = []
    if "crs" in wish:
        wrong.append(
            FieldError(pointer="/crs", detail="Coordinates are WGS 84, longitude first (RFC 7946 §4).")
        )
    props = rules.properties_of(
        wish.get("properties"), [LayerField.read(field) for field in layer.fields], wrong
    )
    shape = shape_of(wish.get("geometry"), layer.geometry, wrong)
    if wrong:
        raise Invalid(*wrong[:20])
    key = db().scalar(select(EditionRow.key).where(EditionRow.number_of_all == layer.edition_id))
    value = props.get(key) if key else None
    return Content(shape, props, None if value is None else str(value))


def _refuse_taken(layer: LayerRow, ref: str | None, id_: int | None) -> None:
    """Refuse a name from edition to edition that another feature has."""
    if ref is None or layer.edition_id is None:
        return
    other = select(FeatureRow.id).where(FeatureRow.edition_id == layer.edition_id, FeatureRow.ref == ref)
    if db().scalar(other) not in (None, id_):
        key = db().scalar(select(EditionRow.key).where(EditionRow.number_of_all == layer.edition_id))
        raise Refused("already-there", "Another feature of this layer has it.", at=f"/properties/{key}")


def shape_of(said: Any, kind: Geometry, wrong: list[FieldError]) -> str | None:
    """GeoJSON of a geometry that may stand in a layer of this kind: in WGS 84, flat, of six decimals, valid.

    What is wrong is added to the list.
    """
    if said is None:
        return None
    at = "/geometry"
    if not isinstance(said, Mapping) or said.get("type") not in rules.KINDS[kind]:
        wrong.append(
            FieldError(pointer=f"{at}/type", detail=f"This layer holds {', '.join(rules.KINDS[kind])}.")
        )
        return None
    name = str(said["type"])
    try:
        coordinates = rules.positions(said.get("coordinates"), name)
    except ValueError as error:
        wrong.append(FieldError(pointer=f"{at}/coordinates", detail=str(error)))
        return None
    shape = json.dumps({"type": name, "coordinates": coordinates})
    [(valid, reason)] = prepared.run_here(_VALID, shape=shape)
    if not valid:
        wrong.append(FieldError(pointer=at, detail=f"{reason}."))
    return shape


_VALID = text("""
    SELECT ST_IsValid(shape) AND (ST_Dimension(shape) <> 1 OR ST_Length(shape) > 0),
           CASE WHEN ST_IsValid(shape) THEN 'A line without length' ELSE ST_IsValidReason(shape) END
    FROM (SELECT ST_GeomFromGeoJSON(CAST(:shape AS text)) AS shape) AS said
""")
