"""Photos: ``PUT`` under an id that the phone chose, kept in two sizes made anew from the pixels.

Making them anew drops whatever a camera wrote into the file (place, time, serial number) and whatever was
hidden behind the picture. The same id, sender and bytes again is a 200, so a lost answer costs nothing.
"""

import hashlib
import io
import threading
import time
from datetime import datetime, timedelta
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

from flask import Response, g
from PIL import Image, ImageOps
from sqlalchemy import ForeignKey, LargeBinary, Select, TextClause, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import metrics, prepared
from backend.core.actor import Actor, context, db, me
from backend.core.bodies import caller_address, whole_body
from backend.core.clock import now
from backend.core.database import Base, one
from backend.core.files import FilesAway
from backend.core.house import house
from backend.core.http import Blueprint
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, ProblemError, Refused, TooMany
from shared_models.permissions import Permission
from shared_models.photos import LONG_SIDE, MOST_BYTES, MOST_PIXELS, THUMB_SIDE, Photo, PhotoSize, PhotoWanted
from shared_models.problems import FieldError

ORPHAN_LIFE = timedelta(days=30)
PER_DAY = 200
"""Photos that one person may send in a day; a crew's busiest day in the field stays below."""
PER_ADDRESS = 2000
"""Photos that may come from one address in a day; all crews may stand behind one."""

Image.MAX_IMAGE_PIXELS = None
"""Pillow's own limit only warns; ours is looked at before a pixel is decoded (see _made_anew)."""

MOST_WHOLE = MOST_PIXELS // 2
"""Pixels of a PNG or WebP, which can only be decoded whole; a JPEG is decoded at an eighth of its size, or less."""

_decoding = threading.BoundedSemaphore(2)
"""At most two pictures are decoded at a time: each may take 400 MB while it is."""


class PhotoRow(Base):
    """One photo, and the thing that holds it once something does."""

    __tablename__ = "photo"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(index=True)
    held_at: Mapped[datetime | None]


blp = Blueprint(
    "photos", __name__, url_prefix="/v1/photos", description="Photos, sent ahead of what mentions them."
)


def decode() -> "Sent":
    """Before any transaction: count the try, read the body, make the pictures."""
    day = timedelta(days=1)
    count_tries(
        house().database,
        Limit("photo", str(me().id), PER_DAY, day),
        Limit("photo-address", caller_address(), PER_ADDRESS, day),
    )
    data = whole_body(caller_address())
    return Sent(hashlib.sha256(data).digest(), *made_anew(data))


@blp.put("/<uuid:id>", permit=Permission.PHOTO_SEND, takes_key=False, most_bytes=MOST_BYTES, prepare=decode)
@blp.doc(
    requestBody={"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
)
@blp.response(200, Photo.Schema)
def put_photo(id: UUID) -> PhotoRow:
    """Send a photo: JPEG, PNG or WebP, under an id of your own (a UUID). Again with the same bytes changes nothing."""
    return put(id, g.prepared)


@blp.get("/<uuid:id>", permit=Permission.PHOTO_READ)
@blp.arguments(PhotoWanted.Schema, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="image/jpeg")
def get_photo(wanted: PhotoWanted, id: UUID) -> Response:
    """A photo that you sent, or that belongs to something you may see."""
    row = one(visible_to(me()).where(PhotoRow.id == id))
    answer = Response(house().files.get(file_name(row.id, row.sha256, wanted.size)), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def visible_to(actor: Actor) -> Select[PhotoRow]:
    """The photos that this person sent, and those of things that they may see."""
    held = [PhotoRow.id.in_(domain(actor)) for domain in house().photos]
    return select(PhotoRow).where(or_(PhotoRow.sender_id == actor.id, *held))


def put(id_: UUID, sent: "Sent") -> PhotoRow:
    """Keep a photo. Refuses another one under an id that is taken."""
    width, height = sent.full[1]
    db().execute(
        upsert(PhotoRow)
        .values(
            id=id_,
            sender_id=me().id,
            sha256=sent.sha256,
            width=width,
            height=height,
            sent_at=now(),
        )
        .on_conflict_do_nothing()
    )
    row = db().get_one(PhotoRow, id_)
    if row.sender_id != me().id or row.sha256 != sent.sha256:
        raise Refused("photo-differs", "Choose a new id for a new photo.", at="/id", ids=[id_])
    # Between the row and the commit: no row is ever without its files, and what is refused leaves no file.
    full, thumb = (file_name(id_, sent.sha256, size) for size in (PhotoSize.FULL, PhotoSize.THUMB))
    house().files.put(full, sent.full[0])
    try:
        house().files.put(thumb, sent.thumb[0])
    except FilesAway:
        house().files.drop(full)
        raise
    return row


Picture = tuple[bytes, tuple[int, int]]
"""The bytes of a JPEG, and its width and height."""


class Sent(NamedTuple):
    """What arrived, decoded."""

    sha256: bytes
    full: Picture
    thumb: Picture


def made_anew(data: bytes) -> tuple[Picture, Picture]:
    """The two sizes of a picture, as JPEG without anything but pixels. Raises what names the fault."""
    if not data:
        raise Invalid(FieldError(pointer="/", detail="The photo is empty."))
    if not _decoding.acquire(timeout=20):
        raise TooMany(5)
    began, outcome = time.perf_counter(), "refused"
    try:
        made = _made_anew(data)
    except ProblemError:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes make a decoder raise anything: struct.error, KeyError, EOFError
        raise ProblemError("not-a-photo", "Send a whole JPEG, PNG or WebP picture.") from None
    else:
        outcome = "made"
        return made
    finally:
        _decoding.release()
        metrics.photo_decoded(outcome, len(data), time.perf_counter() - began)


def _made_anew(data: bytes) -> tuple[Picture, Picture]:
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as opened:
        most = MOST_PIXELS if opened.format == "JPEG" else MOST_WHOLE
        if opened.width * opened.height > most:
            raise ProblemError("too-large", f"A photo of this kind has at most {most:,} pixels.")
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
        # Made small before anything else: each further step on the whole picture would take as much memory again.
        small: Image.Image = opened if opened.mode in {"RGB", "RGBA", "L"} else opened.convert("RGBA")
        small.thumbnail((LONG_SIDE, LONG_SIDE))
        with_alpha = ImageOps.exif_transpose(small).convert("RGBA")
    picture = Image.new("RGB", with_alpha.size, "white")
    picture.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return _sized(picture, LONG_SIDE, 82), _sized(picture, THUMB_SIDE, 75)


def _sized(picture: Image.Image, side: int, quality: int) -> Picture:
    small = picture.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue(), small.size


def file_name(id_: UUID, sha256: bytes, size: PhotoSize) -> str:
    """Where a photo's bytes lie in the store."""
    return f"photos/{id_.hex[:2]}/{id_.hex}-{sha256.hex()[:16]}-{size.value}.jpg"


def hold(ids: tuple[UUID, ...], by: type[Base], **its: UUID) -> set[UUID]:
    """Let a thing hold these photos of the asking person's, a row of ``by`` for each: its ``photo_id``, and ``its`` ids.

    One statement. Gives the photos that it now holds; any other belongs to another thing already.
    Raises Refused("photo-missing") with the ids that have not arrived, so that the phone sends them again.
    """
    statement = _hold(by, tuple(its))
    [(here, kept)] = prepared.run_here(statement, ids=list(ids), sender=me().id, at=now(), **its)
    if missing := [id_ for id_ in ids if id_ not in (here or ())]:
        raise Refused("photo-missing", "Send the photo first.", at="/photos", ids=dict.fromkeys(missing))
    return set(kept or ())


@cache
def _hold(by: type[Base], its: tuple[str, ...]) -> TextClause:
    """The statement for holders of this class; the order of the ids is that of the rows."""
    columns, values = ", ".join(its), ", ".join(f":{name}" for name in its)
    return text(f"""
        WITH held AS (
            UPDATE photo SET held_at = :at WHERE id = ANY(CAST(:ids AS uuid[])) AND sender_id = :sender RETURNING id
        ), kept AS (
            INSERT INTO {by.__tablename__} (photo_id, {columns})
            SELECT id, {values} FROM held JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS sent(id, n) USING (id)
            ORDER BY n ON CONFLICT DO NOTHING RETURNING photo_id
        )
        SELECT (SELECT array_agg(id) FROM held), (SELECT array_agg(photo_id) FROM kept)
    """)  # noqa: S608 - names of our own tables and columns


def move(from_id: UUID, to_id: UUID) -> None:
    """Let photos that one person sent be another's."""
    db().execute(update(PhotoRow).where(PhotoRow.sender_id == from_id).values(sender_id=to_id))


def sweep(most: int = 200) -> None:
    """Drop photos that nothing has held for 30 days, and their files."""
    old = (
        select(PhotoRow.id)
        .where(PhotoRow.held_at.is_(None), PhotoRow.sent_at < now() - ORPHAN_LIFE)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    gone = delete(PhotoRow).where(PhotoRow.id.in_(old)).returning(PhotoRow.id, PhotoRow.sha256)
    for id_, sha256 in db().execute(gone).all():
        for size in PhotoSize:
            context().afterwards.append(partial(house().files.drop, file_name(id_, sha256, size)))
