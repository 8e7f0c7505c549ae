"""Look-up: what somebody types, or a scanner reads, and the things that it may mean; the best first."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from backend.assets import queries
from backend.assets.queries import MOST_ACTORS, in_words, visible_to
from backend.assets.tables import AssetRow, IdentifierRow
from backend.core.actor import Actor
from backend.core.database import like_text
from shared_models.assets import ENDED, LookUp, Scanned, plain_code, tag_of

EXACT, BEGINS, WORD_BEGINS, INSIDE, ALIKE = 0.0, 1.0, 2.0, 3.0, 4.0
"""How well a thing fits: its code; the beginning of one; of a word of it; somewhere in it; but for typing errors."""
MOST_LOOKED_AT = 500
"""What is ranked of what contains the words: whoever types two letters will type a third."""
FEWEST_LETTERS = 4
"""Of what may be mistyped: a number that is nearly another is another thing's."""
SHORTEST_INSIDE = 3
"""Letters from which on an index can find them inside words."""


def codes_of(wanted: Scanned) -> dict[str, str]:
    """What a scan may stand for: a label's address or tag, or any code of the thing itself. Often they are the same."""
    return {"code": plain_code(wanted.code), "tag": plain_code(tag_of(wanted.code))}


@lru_cache(MOST_ACTORS)
def scanned(actor: Actor) -> Select[AssetRow]:
    """The things that have exactly one of two codes, which the caller gives when it is run (``codes_of``).

    What lives stands before what has ended and had the code once.
    """
    # An array of two, not one of any length: PostgreSQL would plan that anew each time, for fear of ten.
    codes = array([bindparam(name, type_=Text(), required=True) for name in ("code", "tag")])
    own = select(IdentifierRow.asset_id).where(IdentifierRow.code == any_(codes), IdentifierRow.code != "")
    return (
        visible_to(actor).where(AssetRow.id.in_(own)).order_by(_ended(), AssetRow.tag, AssetRow.id).limit(20)
    )


def looked_up(actor: Actor, wanted: LookUp) -> Select[AssetRow]:
    """The things that these words may mean: an exact identifier, the beginning of one, words of it.

    Where nothing has them, things with words alike: somebody mistyped.
    """
    return _best(actor, wanted)[0]


def on_map(actor: Actor, words: str, limit: int) -> Select[Any]:
    """Those of them that the map shows (``MapLayer.find``)."""
    found, rank = _best(actor, LookUp(q=words, limit=limit))
    row, spot = AssetRow, AssetRow.where
    shown = queries.on_map(actor).with_only_columns(row.id)
    title = func.concat_ws(" · ", row.tag, func.nullif(row.name, ""))
    told: tuple[Any, ...] = (row.id, title, row.place, func.ST_Y(spot), func.ST_X(spot), func.floor(rank))
    return found.where(row.id.in_(shown)).with_only_columns(*told)


def _best(actor: Actor, wanted: LookUp) -> tuple[Select[AssetRow], ColumnElement[float]]:
    """The query, and how well each fits: its column."""
    words, code = wanted.q.lower(), plain_code(tag_of(wanted.q))
    coded = _coded(actor, code, EXACT), _coded(actor, code, BEGINS)
    sure = union_all(*coded, _contained(actor, words, code)).cte("sure")
    ranked = select(sure.c.id, sure.c.rank).subquery("ranked")
    if sum(letter.isalpha() for letter in words) >= FEWEST_LETTERS:
        alike = _alike(actor, words, wanted.limit).where(~select(sure.c.id).exists())
        ranked = union_all(select(sure.c.id, sure.c.rank), alike).subquery("ranked")
    best = select(ranked.c.id, func.min(ranked.c.rank).label("rank")).group_by(ranked.c.id).subquery("best")
    found = visible_to(actor).join(best, best.c.id == AssetRow.id)
    ordered = found.order_by(_ended(), best.c.rank, AssetRow.tag, AssetRow.id).limit(wanted.limit)
    return ordered.execution_options(plan_anew=True), best.c.rank


def _ended() -> ColumnElement[bool]:
    return AssetRow.state == any_(literal(sorted(ENDED), ARRAY(Text)))


def _coded(actor: Actor, code: str, rank: float) -> Select[Any]:
    """Things one of whose identifiers is this (EXACT), or begins with it."""
    if not code:
        begins: ColumnElement[bool] = false()
    elif rank == EXACT:
        begins = IdentifierRow.code == code
    else:
        begins = IdentifierRow.code.like(like_text(code) + "%", escape="\\")
    mine = visible_to(actor).join(IdentifierRow, IdentifierRow.asset_id == AssetRow.id).where(begins)
    told: Any = literal(rank).label("rank")
    return mine.with_only_columns(AssetRow.id, told).limit(MOST_LOOKED_AT)


def _contained(actor: Actor, words: str, code: str) -> Select[Any]:
    """Things that have all of the words; those first of which a word begins with them."""
    begins = AssetRow.words.like(f"% {like_text(words)}%", escape="\\")
    # Whatever has the words at the beginning of one has them inside: the index is asked once.
    inside: list[ColumnElement[bool]] = [
        and_(*in_words(words)) if len(words) >= SHORTEST_INSIDE and words.split() else begins
    ]
    if len(code) >= SHORTEST_INSIDE and code.lower() != words:
        inside.append(AssetRow.words.like(f"%{code.lower()}%"))
    rank = case((begins, WORD_BEGINS), else_=INSIDE)
    found = visible_to(actor).where(or_(*inside))
    return found.with_only_columns(AssetRow.id, rank.label("rank")).limit(MOST_LOOKED_AT)


def _alike(actor: Actor, words: str, limit: int) -> Select[Any]:
    """Things with words that are nearly these: somebody mistyped."""
    near = func.word_similarity(words, AssetRow.words)
    found = visible_to(actor).where(literal(words).op("<%", is_comparison=True)(AssetRow.words))
    return (
        found.with_only_columns(AssetRow.id, (ALIKE + 1 - near).label("rank")).order_by("rank").limit(limit)
    )
