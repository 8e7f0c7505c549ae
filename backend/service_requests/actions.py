"""Verbs of service requests: open, assign, move, note, close, answer."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from backend import identity, maps
from backend.core import feed, photos, prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.feed import EVERYWHERE, department, person, touch
from backend.core.house import house
from backend.core.ledger import record
from backend.core.limits import Limit, count_tries
from backend.core.problems import Invalid, Refused
from backend.service_requests import queries, rules
from backend.service_requests.events import (
    RequestAnswered,
    RequestAssigned,
    RequestClosed,
    RequestMoved,
    RequestNoted,
    RequestOpened,
    RequestsClaimed,
)
from backend.service_requests.tables import EntryRow, RequestPhotoRow, RequestRow, RequestTypeRow
from shared_models.basics import Language
from shared_models.problems import FieldError
from shared_models.service_requests import (
    AnswerRequest,
    AssignRequest,
    Channel,
    CloseRequest,
    EntryKind,
    MoveRequest,
    NoteRequest,
    OpenRequest,
    Status,
)

PER_PERSON, PER_ADDRESS = 100, 1000
"""Requests that one person, and one address (a household, an office, a phone network), may make in a day."""


def limit_opening(address: str) -> None:
    """Count a request that is made, by person and by address. Raises TooMany."""
    day = timedelta(days=1)
    count_tries(
        house().database,
        Limit("request", str(me().id), PER_PERSON, day),
        Limit("request-address", address, PER_ADDRESS, day),
    )


def open_request(wish: OpenRequest) -> RequestRow:
    """Take a request in. The same id from the same person again is the same request, and changes nothing."""
    values = {"id": wish.id, "type": wish.type, **({"where": wish.where} if wish.where else {})}
    [(version, ours, known, count)] = prepared.run_here(
        queries.opening(placed=wish.where is not None), **values
    )
    if known:
        return mine_again(wish.id)
    kind = queries.TYPES.at(version).get(wish.type)
    if kind is None:
        raise Invalid(FieldError(pointer="/type", detail="There is no such type."))
    rules.refuse_type(kind, wish, named=me().named, language=me().language)
    if not ours:
        refuse_outside(wish)
    moment = now()
    row = RequestRow(
        id=wish.id,
        number=rules.number(moment.year, count),
        type=kind.code,
        description=wish.description,
        where=wish.where,
        address=wish.address,
        status=Status.RECEIVED,
        department=kind.department,
        owner_id=me().id,
        by_account=me().named,
        channel=Channel.APP,
        opened_at=moment,
        updated_at=moment,
    )
    # Whoever sends the same id at the same moment waits here for the first, and then finds it.
    if not insert(row, unless_there="id"):
        return mine_again(wish.id)
    write_entry(row, EntryKind.OPENED, photo_ids=wish.photos)
    record(
        RequestOpened(
            request_id=row.id,
            owner_id=row.owner_id,
            type=row.type,
            department=row.department,
            channel=row.channel,
        )
    )
    touch_request(row)
    set_committed_value(row, "photos", list(dict.fromkeys(wish.photos)))
    return row


def mine_again(id_: UUID) -> RequestRow:
    """The request that has this id already, if it is the asking person's own."""
    row = db().scalar(queries.mine(me()).where(RequestRow.id == id_))
    if row is None:
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[id_])
    return row


def refuse_outside(wish: OpenRequest) -> None:
    """Refuse a place outside the limits (by their outline, never the ZIP code), and say whose it is."""
    assert wish.where is not None
    whose = maps.whose(wish.where)
    if not whose.ours:
        language = me().language
        advice = whose.advice_es if language is Language.ES else whose.advice_en
        contacts = [contact.dump() for contact in whose.contacts]
        raise Refused("outside-city", rules.with_contacts(advice, contacts, language), at="/where")


def refreshed(row: RequestRow) -> RequestRow:
    """The row as the database has it now, with its photos."""
    db().flush()
    db().refresh(row)
    return row


def locked(id_: UUID) -> RequestRow:
    """A request that the asking person works on, locked for a change."""
    return one(queries.workable(me()).where(RequestRow.id == id_).with_for_update(of=RequestRow))


def assign_request(id_: UUID, wish: AssignRequest) -> RequestRow:
    """Give a request to a department, perhaps to one of its people."""
    row = locked(id_)
    if wish.version is not None and wish.version != row.version:
        raise Refused(
            "changed-meanwhile", "Look at it again before you assign it.", at="/version", ids=[row.id]
        )
    if not identity.has_department(wish.department):
        raise Invalid(FieldError(pointer="/department", detail="There is no such department."))
    if wish.assignee_id is not None and not identity.is_colleague(me(), wish.assignee_id, wish.department):
        raise Invalid(FieldError(pointer="/assignee_id", detail="This is nobody whom you can give work to."))
    rules.refuse_step(row, Status.ASSIGNED)
    if wish.department != row.department:
        hand_over(row, wish.department)
    row.department, row.assignee_id, row.status = wish.department, wish.assignee_id, Status.ASSIGNED
    changed(row)
    write_entry(row, EntryKind.ASSIGNED)
    record(
        RequestAssigned(
            request_id=row.id,
            owner_id=row.owner_id,
            type=row.type,
            department=row.department,
            assignee_id=row.assignee_id,
        )
    )
    return refreshed(row)


def move_request(id_: UUID, wish: MoveRequest) -> RequestRow:
    """Say how far the work has come. Closing and reopening have verbs of their own."""
    row = locked(id_)
    if wish.status is Status.CLOSED:
        raise Invalid(FieldError(pointer="/status", detail="Close it with a reason instead."))
    rules.refuse_step(row, wish.status)
    row.status = wish.status
    if wish.status is Status.RECEIVED:
        row.assignee_id = None  # handed back: it is nobody's until it is given away again
    changed(row)
    write_entry(row, EntryKind.MOVED, words=wish.words)
    record(RequestMoved(request_id=row.id, owner_id=row.owner_id, type=row.type, status=row.status))
    return refreshed(row)


def note_request(id_: UUID, wish: NoteRequest) -> EntryRow:
    """Add a note. The same id again is the same note."""
    row = locked(id_)
    known = db().scalar(queries.entries_of_workable(me(), row.id).where(EntryRow.id == wish.id))
    if known is not None:
        if (known.words, known.public) != (wish.words, wish.public):
            raise Refused("already-there", "Choose a new id for another note.", at="/id", ids=[known.id])
        return known
    changed(row)
    entry = write_entry(
        row, EntryKind.NOTE, words=wish.words, photo_ids=wish.photos, public=wish.public, id_=wish.id
    )
    record(
        RequestNoted(
            request_id=row.id,
            owner_id=row.owner_id,
            type=row.type,
            entry_id=entry.id,
            public=wish.public,
        )
    )
    db().flush()
    db().refresh(entry)
    return entry


def close_request(id_: UUID, wish: CloseRequest) -> RequestRow:
    """Close a request that is open and say why; whoever made it may answer for a while."""
    row = locked(id_)
    rules.refuse_step(row, Status.CLOSED)
    rules.refuse_bare_close(wish)
    moment = now()
    row.status, row.closed_at, row.close_reason, row.fixed = Status.CLOSED, moment, wish.reason, None
    kind = db().get_one(RequestTypeRow, row.type)
    row.answer_until_at = rules.answer_until(kind, moment) if row.owner_id else None
    changed(row)
    write_entry(row, EntryKind.CLOSED, words=wish.words, photo_ids=wish.photos)
    record(RequestClosed(request_id=row.id, owner_id=row.owner_id, type=row.type, reason=wish.reason))
    return refreshed(row)


def answer_request(id_: UUID, wish: AnswerRequest) -> RequestRow:
    """Whoever made a closed request says whether it is fixed; ``not fixed`` gives it back to the same crew."""
    row = one(queries.mine(me()).where(RequestRow.id == id_).with_for_update(of=RequestRow))
    if row.status is not Status.CLOSED:
        raise Refused(
            "request-not-open", "It is not closed, so there is nothing to answer yet.", ids=[row.id]
        )
    if row.answer_until_at is None or now() > row.answer_until_at:
        raise Refused("answer-too-late", "Please make a new request.", ids=[row.id])
    if row.fixed and wish.fixed:
        return row  # said before: nothing new
    row.fixed = wish.fixed
    if not wish.fixed:
        row.status = Status.ASSIGNED if row.assignee_id else Status.RECEIVED
        row.closed_at, row.close_reason, row.answer_until_at = None, None, None
        row.reopened += 1
    changed(row)
    kind = EntryKind.ANSWERED if wish.fixed else EntryKind.REOPENED
    write_entry(row, kind, words=wish.words, photo_ids=wish.photos, by_staff=False)
    record(
        RequestAnswered(
            request_id=row.id,
            owner_id=row.owner_id,
            type=row.type,
            fixed=wish.fixed,
            assignee_id=row.assignee_id,
        )
    )
    return refreshed(row)


def changed(row: RequestRow) -> None:
    """Count the change, and let the phones of all concerned know."""
    row.version += 1
    row.updated_at = now()
    row.on_phones = True
    touch_request(row)


def touch_request(row: RequestRow) -> None:
    """Tell the feeds of whoever made it and of those who work on it."""
    if row.owner_id:
        touch({person(row.owner_id)}, "service_request", row.id)
    touch({EVERYWHERE, department(row.department)}, "staff_request", row.id)


def hand_over(row: RequestRow, to: str) -> None:
    """Let the phones of the crew that has it forget it and its history, and those of the next crew hold both."""
    touch_request(row)
    for id_ in db().scalars(select(EntryRow.id).where(EntryRow.request_id == row.id)):
        touch({department(row.department), department(to)}, "staff_entry", id_)


def write_entry(
    row: RequestRow,
    kind: EntryKind,
    *,
    words: str = "",
    photo_ids: tuple[UUID, ...] = (),
    public: bool = True,
    by_staff: bool | None = None,
    id_: UUID | None = None,
) -> EntryRow:
    """Add a line to a request's history, with its photos, and tell the feeds."""
    staff = kind is not EntryKind.OPENED if by_staff is None else by_staff
    entry = EntryRow(
        id=id_ or uuid.uuid4(),
        request_id=row.id,
        kind=kind,
        at=now(),
        words=words,
        status=row.status,
        department=row.department,
        close_reason=row.close_reason if kind is EntryKind.CLOSED else None,
        public=public,
        by_staff=staff,
        author_id=me().id if staff else None,
    )
    insert(entry)
    hold_photos(entry, photo_ids)
    if row.owner_id and public:
        touch({person(row.owner_id)}, "request_entry", entry.id)
    touch({EVERYWHERE, department(row.department)}, "staff_entry", entry.id)
    return entry


def hold_photos(entry: EntryRow, ids: tuple[UUID, ...]) -> None:
    """Let this line of the history hold these photos. Refuses one that another thing holds."""
    if not ids:
        return
    ids = tuple(dict.fromkeys(ids))
    kept = photos.hold(ids, RequestPhotoRow, entry_id=entry.id, request_id=entry.request_id)
    if taken := [id_ for id_ in ids if id_ not in kept]:
        raise Refused("already-there", "This photo belongs to another report.", at="/photos", ids=taken)


def move_owner(from_id: UUID, to_id: UUID, _same_phone: bool) -> None:
    """Give the requests of a phone without an account to an account, with their history and photos."""
    moved = list(
        db().scalars(
            update(RequestRow)
            .where(RequestRow.owner_id == from_id)
            .values(owner_id=to_id, version=RequestRow.version + 1, by_account=True)
            .returning(RequestRow)
        )
    )
    for row in moved:
        touch({EVERYWHERE, department(row.department)}, "staff_request", row.id)
    if moved:
        record(RequestsClaimed(owner_id=to_id, count=len(moved)))


def load_types(rows: Iterable[RequestTypeRow]) -> None:
    """Take over the types of a city pack; those that it does not have are not offered any more."""
    codes = []
    for row in rows:
        db().merge(row)
        codes.append(row.code)
    db().execute(update(RequestTypeRow).where(RequestTypeRow.code.not_in(codes)).values(offered=False))


def leave_phones(most: int = 500) -> None:
    """A chore: requests closed long ago leave the phones; much later the feeds forget them."""
    moment = now()
    for row in db().scalars(queries.left_window(moment, most)):
        row.on_phones = False
        touch_request(row)
        for entry in db().scalars(select(EntryRow).where(EntryRow.request_id == row.id)):
            if row.owner_id and entry.public:
                touch({person(row.owner_id)}, "request_entry", entry.id)
            touch({EVERYWHERE, department(row.department)}, "staff_entry", entry.id)
    gone = queries.long_gone(moment)
    for kind in ("service_request", "staff_request"):
        feed.forget(kind, gone)
    for kind in ("request_entry", "staff_entry"):
        feed.forget(kind, select(EntryRow.id).where(EntryRow.request_id.in_(gone)))
