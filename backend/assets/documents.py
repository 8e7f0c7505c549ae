"""Files and photos of things: kept as they were sent, told by what their first bytes say, never shown by a browser."""

import hashlib
import io
import zipfile
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from flask import Response
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.assets import queries
from backend.assets.actions import locked, refuse_keeping
from backend.assets.events import DocumentDropped, DocumentKept
from backend.assets.tables import AssetPhotoRow, AssetRow, DocumentRow
from backend.core import photos
from backend.core.actor import Actor, context, db, me
from backend.core.bodies import caller_address, whole_body
from backend.core.clock import now
from backend.core.database import one
from backend.core.house import house
from backend.core.ledger import record
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, Refused
from shared_models.papers import AddPhotos, SendDocument, ThingPhotos
from shared_models.problems import FieldError

PER_DAY = 500
"""Files that one person may send in a day; a whole shelf of certificates stays below."""

OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


class Sent(NamedTuple):
    """A file that arrived."""

    data: bytes
    sha256: str
    media_type: str


def taken() -> Sent:
    """Before any transaction: count the try, read the body, see what it is. Raises what names the fault."""
    count_tries(house().database, Limit("document", str(me().id), PER_DAY, timedelta(days=1)))
    data = whole_body(caller_address())
    return Sent(data, hashlib.sha256(data).hexdigest(), media_type_of(data) if data else "")


def media_type_of(data: bytes) -> str:
    """What these bytes are, whatever their sender calls them. Raises Invalid for anything else."""
    for begin, media_type in MAGIC:
        if data.startswith(begin):
            return media_type
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                names = set(packed.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            names = set()
        for part, media_type in OFFICE.items():
            # One with macros in it is a program.
            if part in names and not any(name.lower().endswith("vbaproject.bin") for name in names):
                return media_type
    elif media_type := text_type_of(data):
        return media_type
    raise Invalid(
        FieldError(pointer="/", detail="Send a PDF, PNG, JPEG, text, CSV, DOCX or XLSX without macros.")
    )


def text_type_of(data: bytes) -> str:
    """Of words in UTF-8: a table if each of the first lines has as many commas (or tabs, semicolons), else a text."""
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if any(sign < " " and sign not in "\t\r\n\f" for sign in set(words)):
        return ""
    lines = [line for line in words.splitlines()[:20] if line.strip()]
    for mark in ",;\t":
        counts = {line.count(mark) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return "text/csv"
    return "text/plain"


def visible_to(actor: Actor) -> Select[DocumentRow]:
    """The files of things that this person may know of."""
    things = queries.visible_to(actor).with_only_columns(AssetRow.id)
    return select(DocumentRow).where(DocumentRow.asset_id.in_(things))


def of_thing(id_: UUID) -> list[DocumentRow]:
    """The files of a thing, the newest first. Raises NotFound for a thing that the asking person may not know of."""
    one(queries.visible_to(me()).where(AssetRow.id == id_))
    held = select(DocumentRow).where(DocumentRow.asset_id == id_)
    return list(db().scalars(held.order_by(DocumentRow.sent_at.desc(), DocumentRow.id)))


def theirs(id_: UUID) -> AssetRow:
    """A thing that the asking person keeps, locked. Raises NotFound, Forbidden."""
    row = locked(id_)
    refuse_keeping(row.department)
    return row


def keep(asset_id: UUID, asked: SendDocument, sent: Sent) -> DocumentRow:
    """Keep a file of a thing. Again with the same bytes only its name and last day may change.

    Raises Refused("already-there") where the id is another file's, or of another thing.
    """
    if not sent.data:
        raise Invalid(FieldError(pointer="/", detail="The file is empty."))
    thing, id_ = theirs(asset_id), asked.document_id
    made = upsert(DocumentRow).values(
        id=id_,
        asset_id=thing.id,
        name=asked.name,
        media_type=sent.media_type,
        bytes=len(sent.data),
        sha256=sent.sha256,
        valid_until_on=asked.valid_until_on,
        sent_at=now(),
        sent_by_id=me().id,
    )
    new = db().scalar(made.on_conflict_do_nothing().returning(DocumentRow.id)) is not None
    row = db().get_one(DocumentRow, id_)
    if (row.asset_id, row.sha256) != (thing.id, sent.sha256):
        raise Refused("already-there", "Choose a new id for a new file.", ids=[id_])
    if new:
        house().files.put(file_name(id_, row.sha256), sent.data)
    changed = (row.name, row.valid_until_on) != (asked.name, asked.valid_until_on)
    row.name, row.valid_until_on = asked.name, asked.valid_until_on
    if new or changed:
        record(DocumentKept(asset_id=thing.id, document_id=id_, bytes=row.bytes))
    return row


def bytes_of(id_: UUID) -> Response:
    """A file as it was sent: to be saved, not to be opened in our name."""
    row = one(visible_to(me()).where(DocumentRow.id == id_))
    answer = Response(house().files.get(file_name(row.id, row.sha256)), mimetype=row.media_type)
    answer.headers["Content-Disposition"] = attachment(row.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    answer.set_etag(row.sha256)
    return answer


def attachment(name: str) -> str:
    """The header that has a file saved under this name (RFC 6266), whatever signs are in it."""
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\/' else "_" for sign in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def drop(id_: UUID) -> None:
    """Drop a file of a thing; its bytes go once that is so."""
    row = one(visible_to(me()).where(DocumentRow.id == id_).with_for_update(of=DocumentRow))
    theirs(row.asset_id)
    db().delete(row)
    record(DocumentDropped(asset_id=row.asset_id, document_id=id_))
    context().afterwards.append(partial(house().files.drop, file_name(row.id, row.sha256)))


def file_name(id_: UUID, sha256: str) -> str:
    """Where a file's bytes lie in the store."""
    return f"documents/{id_.hex[:2]}/{id_.hex}-{sha256[:16]}"


def add_photos(id_: UUID, asked: AddPhotos) -> ThingPhotos:
    """Let these photos, which the asking person sent, show a thing. Those that show another already stay there."""
    thing = theirs(id_)
    if asked.photos:
        photos.hold(asked.photos, AssetPhotoRow, asset_id=thing.id)
    return photos_of(id_)


def photos_of(id_: UUID) -> ThingPhotos:
    """The photos of a thing. Raises NotFound for a thing that the asking person may not know of."""
    one(queries.visible_to(me()).where(AssetRow.id == id_))
    held = select(AssetPhotoRow.photo_id).where(
        AssetPhotoRow.asset_id == id_, AssetPhotoRow.fault_id.is_(None)
    )
    return ThingPhotos(photos=tuple(db().scalars(held.order_by(AssetPhotoRow.number))))
