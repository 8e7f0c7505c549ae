"""Which events, and who may see them."""

import json
import re
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal,
    literal_column,
    select,
    text,
)

from backend.core import prepared
from backend.core.actor import Actor, context, db
from backend.core.ledger import EventRow, SealRow, first_broken, known_kinds
from backend.core.problems import Invalid, Refused
from backend.core.ready import expression
from shared_models.audit import ChainState, FedEvent, FeedWanted, LedgerFilter
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.webhooks import SOURCES


def visible_to(actor: Actor) -> Select[EventRow]:
    """All events, for those who audit; none for others."""
    found = select(EventRow)
    return found if actor.may_everywhere(Permission.AUDIT_READ) else found.where(false())


def matching(actor: Actor, wanted: LedgerFilter) -> Select[EventRow]:
    """Those of a kind, by somebody, about something."""
    found = visible_to(actor)
    for column, value in (
        (EventRow.kind, wanted.kind),
        (EventRow.actor_id, wanted.actor_id),
        (EventRow.subject_id, wanted.subject_id),
    ):
        if value is not None:
            found = found.where(column == value)
    return found


def chain_state() -> ChainState:
    """Whether the hash chain holds, from its first link to its last."""
    broken = first_broken()
    sealed = db().scalar(select(func.count()).select_from(SealRow)) or 0
    return ChainState(sealed=sealed, sound=broken is None, first_broken=broken)


# ── the feed of events ───────────────────────────────────────────────────────────────────────────────────────

LOOKED_AT = 20_000
"""Links that one answer looks through at the most: whoever wants a rare kind comes again, and holds nobody up."""
PROOF = 12
"""Digits of a link's hash in a place: after a restore the same number may stand for another event."""
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9a-f]{12})")

_BOUNDS = text("""
    SELECT n, substr(encode(hash, 'hex'), 1, :proof) FROM seal
    WHERE n = :after OR n = (SELECT max(n) FROM seal WHERE n <= CAST(:after AS bigint) + :most) ORDER BY n
""")


@cache
def fed_texts() -> Select[tuple[str]]:
    """The JSON text of each event that other systems are told, in the order of the chain."""
    department = EventRow.fields["department"].astext
    source = func.split_part(EventRow.kind, ".", 1) + ".*"
    kinds: Any = bindparam("kinds", type_=ARRAY(Text))
    asked: Any = bindparam("department", type_=Text())
    told = (
        select(
            (cast(SealRow.n, Text) + "." + func.substr(func.encode(SealRow.hash, "hex"), 1, PROOF)).label(
                "place"
            ),
            EventRow.id,
            EventRow.kind.label("type"),
            literal(1).label("version"),
            EventRow.at,
            EventRow.subject_id.label("subject"),
            department.label("department"),
            EventRow.fields.label("data"),
        )
        .join(EventRow, EventRow.seq == SealRow.event_seq)
        .where(
            SealRow.n > bindparam("after", type_=BigInteger()),
            SealRow.n <= bindparam("until", type_=BigInteger()),
            (EventRow.kind == any_(kinds)) | (source == any_(kinds)),
            asked.is_(None) | (department == asked),
        )
        .order_by(SealRow.n)
        .limit(bindparam("most", type_=BigInteger()))
        .subquery()
    )
    event = select(*expression(FedEvent, told.c)).subquery("_told")
    return select(literal_column("row_to_json(_told)::text")).select_from(event)


def fed(actor: Actor, wanted: FeedWanted) -> str:
    """What happened after a place in the ledger, in the order in which it was sealed, as the JSON of a ``FeedPage``.

    The number of a link is given to committed events alone, one worker at a time and without a gap: up to the last link
    that is there, nothing is still to come, however late a change commits. Two statements, in this order: what is sealed
    between them is left for the next answer. Refuses a place of another history.
    """
    after, proof = read_place(wanted.after)
    kinds = read_kinds(wanted.kinds)
    if not actor.may_everywhere(Permission.WEBHOOK_MANAGE):
        kinds = []
    bounds = prepared.run_here(_BOUNDS, after=after, most=LOOKED_AT, proof=PROOF)
    if after and (after, proof) not in [tuple(bound) for bound in bounds]:
        raise Refused("feed-elsewhere", "Begin again without `after`.", at="?after")
    until, its_proof = bounds[-1] if bounds else (0, "")
    values = {"after": after, "until": until, "kinds": kinds, "department": wanted.department}
    items = [item for (item,) in prepared.run_here(fed_texts(), **values, most=wanted.limit + 1)]
    told = items[: wanted.limit]
    place = (
        json.loads(told[-1])["place"]
        if len(items) > wanted.limit
        else f"{until}.{its_proof}"
        if until
        else ""
    )
    more = len(items) > wanted.limit or until == after + LOOKED_AT
    context().found = len(told)
    return f'{{"items":[{",".join(told)}],"next":{json.dumps(place)},"more":{json.dumps(more)}}}'


def read_place(words: str) -> tuple[int, str]:
    """(number, proof) of a place in the ledger. Raises Invalid for what we did not write."""
    if not words:
        return 0, ""
    match = _PLACE.fullmatch(words)
    if match is None:
        raise Invalid(FieldError(pointer="?after", detail="Not the `next` of an answer of ours."))
    return int(match[1]), match[2]


def read_kinds(words: str) -> list[str]:
    """The kinds that are asked for, all that other systems are told if none are. Raises Invalid for one that is never told."""
    all_ = [f"{source}.*" for source in SOURCES]
    asked = [kind.strip() for kind in words.split(",") if kind.strip()]
    for kind in asked:
        if kind.partition(".")[0] not in SOURCES or (kind not in all_ and kind not in known_kinds()):
            raise Invalid(FieldError(pointer="?kinds", detail="There is no such kind of event."))
    return asked or all_
