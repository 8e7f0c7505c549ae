"""Verbs of how a person wants to be told: kinds and channels, quiet hours, places, and the mailbox that is theirs."""

import hmac
import secrets
import uuid
from datetime import time, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert as upsert

from backend import identity
from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.house import house
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, Refused
from backend.core.words import title_and_body
from backend.notifications import queries
from backend.notifications.actions import close_endpoint, register
from backend.notifications.clients.setup import refuse_off
from backend.notifications.tables import MailCodeRow, WishesRow
from shared_models.notifications import (
    PUSHED,
    ConfirmMail,
    Mail,
    NoticeChannel,
    QuietHours,
    Wishes,
)
from shared_models.problems import FieldError

CODE_LIFE = timedelta(minutes=30)
CODE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is taken for another."""
CODE_LENGTH = 8
MOST_TRIES = 5
CODES_A_DAY = 5


def wishes_now() -> Wishes:
    """What the person wishes for; nothing, until they say so."""
    row = db().get(WishesRow, me().id)
    return Wishes() if row is None else told(row)


def told(row: WishesRow) -> Wishes:
    """The wishes as the person is told them."""
    off = (each.split("/") for each in row.off)
    quiet = None
    if row.quiet_begin is not None and row.quiet_end is not None:
        quiet = QuietHours(begin=f"{row.quiet_begin:%H:%M}", end=f"{row.quiet_end:%H:%M}", zone=row.zone)
    return Wishes.read(
        {
            "off": [{"kind": kind, "channel": channel} for kind, channel in off],
            "quiet": quiet.dump() if quiet else None,
            "places": row.places,
        }
    )


def change_wishes(wish: Wishes) -> Wishes:
    """Take over all that the person wishes for, in place of what they wished for before."""
    refuse_odd(wish)
    quiet = wish.quiet
    spots = [f"{place.where.lon:.6f} {place.where.lat:.6f}" for place in wish.places]
    values = {
        "off": sorted({f"{each.kind.value}/{each.channel.value}" for each in wish.off}),
        "quiet_begin": time.fromisoformat(quiet.begin) if quiet else None,
        "quiet_end": time.fromisoformat(quiet.end) if quiet else None,
        "zone": quiet.zone if quiet else "UTC",
        "places": [place.dump() for place in wish.places],
        "spots": func.ST_GeomFromText(f"MULTIPOINT({','.join(spots)})", 4326) if spots else None,
    }
    db().execute(
        upsert(WishesRow)
        .values(person_id=me().id, **values)
        .on_conflict_do_update(index_elements=[WishesRow.person_id], set_=values)
    )
    return wish


def refuse_odd(wish: Wishes) -> None:
    """Refuse what can't be turned off, and a time zone that there is not."""
    errors = [
        FieldError(pointer=f"/off/{n}/channel", detail="The inbox and the stream are always on.")
        for n, each in enumerate(wish.off)
        if each.channel not in PUSHED
    ]
    if wish.quiet and not db().scalar(queries.zone_known(wish.quiet.zone)):
        errors.append(FieldError(pointer="/quiet/zone", detail="No time zone of this name (IANA)."))
    if errors:
        raise Invalid(*errors)


# ── the mailbox ──────────────────────────────────────────────────────────────────────────────────────────────


def mail_now() -> Mail:
    """Whether the person is written to."""
    email = identity.email_of(me().id)
    open_ = db().scalar(queries.mailbox_of(me()))
    asked = db().scalar(queries.mail_code_of(me()))
    return Mail(email=email, confirmed=open_ is not None, asked=asked is not None)


def ask_for_mail() -> Mail:
    """Write a code to the account's address: that it is typed here proves that the person reads there."""
    refuse_off(house().settings, NoticeChannel.MAIL)
    email = identity.email_of(me().id)
    if not email:
        raise Refused("account-needed", "Make an account first: it has an address.")
    count_tries(house().database, Limit("mail-code", str(me().id), CODES_A_DAY, timedelta(days=1)))
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    values = {"email": email, "code_hash": hashed(code, me().id), "until_at": now() + CODE_LIFE, "tries": 0}
    db().execute(
        upsert(MailCodeRow)
        .values(person_id=me().id, **values)
        .on_conflict_do_update(index_elements=[MailCodeRow.person_id], set_=values)
    )
    queue_code(email, code)
    return Mail(email=email, confirmed=db().scalar(queries.mailbox_of(me())) is not None, asked=True)


_QUEUE_CODE = text("""
    WITH told AS (
        INSERT INTO notification (id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        VALUES (:id, :id, 'news', 1, :title, :body, 'mail-code', :person, :now, :until)
    )
    INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, queued_at, due_at)
    VALUES (:id, :endpoint, 'mail', 1, :now, :now)
""")
_FORGET_CODES = text("""
    DELETE FROM notification WHERE about_kind = 'mail-code' AND (about_id = CAST(:person AS uuid) OR expires_at < :now)
""")


def queue_code(email: str, code: str) -> None:
    """Put the mail with the code on its way. It stands in nobody's inbox: only who reads the mailbox may know it."""
    language = me().language
    known = db().scalar(queries.mailboxes_of(me(), email))
    row = known or register(NoticeChannel.MAIL, {"email": email}, language, proven=False)
    forget_codes(me().id)
    title, body = title_and_body(language, "mail.code", code=code)
    prepared.run_here(
        _QUEUE_CODE,
        id=uuid.uuid4(),
        person=me().id,
        endpoint=row.id,
        title=title,
        body=body,
        now=now(),
        until=now() + CODE_LIFE,
    )


def forget_codes(person_id: UUID | None = None) -> None:
    """Forget the mails with codes of this person, and those that are over."""
    db().execute(_FORGET_CODES, {"person": person_id, "now": now()})


def confirm_mail(wish: ConfirmMail) -> Mail:
    """Take the code that was mailed; from then on the person is written to. Five wrong ones end it."""
    row = db().scalar(queries.mail_code_of(me()).with_for_update())
    if row is None or row.tries >= MOST_TRIES or row.email != identity.email_of(me().id):
        raise Refused("mail-code-ended", "Ask for another one.", at="/code")
    if not hmac.compare_digest(row.code_hash, hashed(wish.code, me().id)):
        row.tries += 1
        raise Refused("mail-code-ended", "This is not the code.", at="/code", keep=True)
    db().delete(row)
    forget_codes(me().id)
    for old in db().scalars(queries.mailbox_of(me())):
        close_endpoint(old.id, "another address")
    register(NoticeChannel.MAIL, {"email": row.email}, None)
    return Mail(email=row.email, confirmed=True, asked=False)


def close_mail() -> Mail:
    """Write to the person no more."""
    for row in db().scalars(queries.mailbox_of(me())):
        close_endpoint(row.id, "turned off")
    return mail_now()


def hashed(code: str, person_id: UUID) -> bytes:
    """A person's code as it is kept, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign in CODE_SIGNS)
    return sha256(f"{person_id} {plain}".encode()).digest()
