"""Editions of a layer: one is made of a file, shown in place of the one before, and shown again when that was better."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import Select, delete, func, select, text

from backend.core.actor import Context, asking, context, db, me, within
from backend.core.clock import now
from backend.core.database import one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, Refused, field_errors
from backend.maps.events import EditionLoaded, EditionShown
from backend.maps.imports import guessing, looks
from backend.maps.imports.process import Lines, read_file
from backend.maps.imports.staging import stage, unstage
from backend.maps.layers import after_change, begin_change, count_anew, managed, odd_names, said_names
from backend.maps.tables import EditionRow, LayerRow
from shared_models.layers import Edition, LoadLayer, Refusal
from shared_models.problems import FieldError
from shared_models.wire import wire_fields

KEPT = 5
"""Editions of a layer that are kept: the newest ones, and the one that is shown."""
PER_HOUR = 120
"""Files that one person may send in an hour: each takes a processor for a while."""


def wanted_of(said: Mapping[str, str]) -> LoadLayer:
    """How a file is to be taken, as the query says it: read before the body is. Raises Invalid."""
    try:
        wanted: LoadLayer = LoadLayer.Schema().load(dict(said))
    except ValidationError as error:
        raise Invalid(
            *(
                FieldError(pointer="?" + each.pointer.strip("/"), detail=each.detail)
                for each in field_errors(error.messages)
            )
        ) from None
    return wanted


def prepared(id_: UUID, wanted: LoadLayer, data: bytes) -> Lines:
    """Before any transaction: see that there is such a layer, count the try, have the file read. Raises what names the fault."""
    with house().database.reading() as connection, within(Context(connection, me(), context().request_id)):
        layer = managed(id_)
        kinds = {field["name"]: field["kind"] for field in layer.fields}
    count_tries(house().database, Limit("layer-load", str(me().id), PER_HOUR, timedelta(hours=1)))
    return read_file(wanted, data, kinds)


def load(id_: UUID, wanted: LoadLayer, lines: Lines) -> Edition:
    """Make an edition of a file, and show it. The same edition with the same file again is the same, and changes nothing.

    Raises NotFound, Forbidden, Invalid (with what is wrong with which row, if none can be taken), Refused("already-there").
    With ``trial`` nothing is left of it but what is told.
    """
    with lines.file:
        layer = managed(id_, lock=True)
        known = db().scalars(select(EditionRow).where(EditionRow.id == wanted.id)).one_or_none()
        if known is not None:
            if (known.layer_id, known.sha256) != (layer.id, lines.sha256):
                raise Refused("already-there", "Choose a new id for a new file.", ids=[wanted.id])
            return told(known, layer)
        if not wanted.trial:
            return told(_loaded(layer, wanted, lines), layer)
        attempt = db().begin_nested()
        found = told(_loaded(layer, wanted, lines), layer, shown=False)
        attempt.rollback()
        return found


def _loaded(layer: LayerRow, wanted: LoadLayer, lines: Lines) -> EditionRow:
    if guessing.WHOLE_ADDRESS in said_names(layer).values():
        lines = guessing.with_whole_addresses(lines)
    fields = fields_of(layer, lines.fields)
    names = {field["name"] for field in fields}
    if wrong := odd_names(layer, names):
        raise Invalid(*wrong)
    staged = stage(lines, layer.geometry, keyed=bool(lines.key))
    if not staged.taken and lines.found:
        raise Refused(
            "import-refused",
            "None of its features can be taken.",
            errors=[
                FieldError(pointer=f"/rows/{each['row']}", detail=each["why"])
                for each in staged.refusals[:20]
            ],
        )
    staged = staged._replace(refusals=[*renamed(lines.fields), *staged.refusals])
    version = begin_change(layer)
    newest = select(func.max(EditionRow.number)).where(EditionRow.layer_id == layer.id)
    row = EditionRow(
        id=wanted.id, layer_id=layer.id, number=(db().scalar(newest) or 0) + 1, made_at=now(), made_by=_asking_id(),
        file=base_name(wanted.file), format=lines.format, crs=lines.crs, sha256=lines.sha256, key=lines.key, fields=fields,
        found=lines.found, **staged._asdict(),
    )  # fmt: skip
    db().add(row)
    db().flush()
    values = {"edition": row.number_of_all, "layer": layer.id, "shown": layer.edition_id, "key": lines.key}
    db().execute(_TAKE, values | {"version": version, "at": layer.changed_at})
    unstage()
    _point(layer, row)
    record(
        EditionLoaded(
            layer_id=layer.id, edition_id=row.id, number=row.number, taken=row.taken, mended=row.mended, refused=row.refused
        )
    )  # fmt: skip
    _drop_old(layer)
    return row


def base_name(said: str) -> str:
    """The name of a file without the folders that its sender says before it."""
    return re.split(r"[/\\]", said)[-1]


def _asking_id() -> UUID | None:
    actor = asking()
    return actor.id if actor else None


# The same thing keeps its number: as it has it in the newest edition that knows it by the same field. What did not
# change keeps its version too, so that whoever has it need not fetch it again.
_TAKE = text("""
    INSERT INTO feature (edition_id, id, ref, geom, props, version, changed_at)
    SELECT :edition, coalesce(had.id, nextval('feature_number')), checked.ref, checked.shape, checked.props,
           CASE WHEN same.id IS NULL THEN :version ELSE same.version END,
           CASE WHEN same.id IS NULL THEN :at ELSE same.changed_at END
    FROM checked
    LEFT JOIN (
        SELECT DISTINCT ON (feature.ref) feature.ref, feature.id
        FROM feature JOIN edition ON edition.number_of_all = feature.edition_id
        WHERE edition.layer_id = :layer AND edition.key = :key AND feature.ref IS NOT NULL
        ORDER BY feature.ref, edition.number DESC
    ) AS had ON had.ref = checked.ref
    LEFT JOIN feature AS same ON same.edition_id = :shown AND same.id = had.id
         AND same.geom IS NOT DISTINCT FROM checked.shape AND same.props = checked.props
    WHERE checked.why IS NULL
    ORDER BY checked.n
""")


def fields_of(layer: LayerRow, found: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The fields of a new edition: the file's, under the titles that the layer has for them."""
    had = {field["name"]: field for field in layer.fields}
    made = []
    for field in found:
        known = had.get(field["name"], {})
        title = looks.words_of(field["said"].lstrip("=+-@ "))
        made.append(
            {
                "name": field["name"],
                "kind": field["kind"],
                "title_en": known.get("title_en") or title,
                "title_es": known.get("title_es") or title,
            }
        )
    return made


def renamed(found: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """What is told of fields that are called otherwise here than in the file, because a feature has that of its own."""
    return [
        {
            "row": 0,
            "ref": field["said"],
            "why": f"Its field {field['said']} is called {field['name']} here: each feature has {field['said'].lower()} of its own.",
            "mended": True,
        }
        for field in found
        if field["name"] == f"own_{field['said'].lower()}"
    ]


def _point(layer: LayerRow, row: EditionRow) -> None:
    """Show this edition: one pointer, and what is told of the layer."""
    layer.edition_id, layer.edition, layer.fields = row.number_of_all, row.number, row.fields
    db().flush()
    count_anew(layer)
    after_change(layer)


def _drop_old(layer: LayerRow) -> None:
    newest = (
        select(EditionRow.number_of_all)
        .where(EditionRow.layer_id == layer.id)
        .order_by(EditionRow.number.desc())
        .limit(KEPT)
    )
    db().execute(
        delete(EditionRow).where(
            EditionRow.layer_id == layer.id,
            EditionRow.number_of_all.not_in(newest),
            EditionRow.number_of_all != layer.edition_id,
        )
    )


def show(id_: UUID, number: int, seen: int) -> LayerRow:
    """Show an edition that is kept, as it was left. Raises NotFound, Forbidden, Refused("version-differs")."""
    layer = managed(id_, lock=True, seen=seen)
    row = one(select(EditionRow).where(EditionRow.layer_id == layer.id, EditionRow.number == number))
    if wrong := odd_names(layer, {field["name"] for field in row.fields}):
        raise Invalid(*wrong)
    begin_change(layer)
    _point(layer, row)
    record(EditionShown(layer_id=layer.id, number=number))
    return layer


def editions_of(id_: UUID) -> list[Edition]:
    """The editions of a layer that are kept, the newest first. Raises NotFound."""
    layer = managed(id_)
    rows: Select[EditionRow] = select(EditionRow).where(EditionRow.layer_id == layer.id)
    return [told(row, layer) for row in db().scalars(rows.order_by(EditionRow.number.desc()))]


def told(row: EditionRow, layer: LayerRow, *, shown: bool | None = None) -> Edition:
    """An edition, as callers are told."""
    values = {name: getattr(row, name) for name in wire_fields(Edition) if name not in {"refusals", "shown"}}
    values["refusals"] = tuple(Refusal.read(each) for each in row.refusals)
    return Edition(**values, shown=row.number_of_all == layer.edition_id if shown is None else shown)
