"""How readings run over time, and which models fail again and again."""

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import Integer, Select, Text, Uuid, select, text

from backend.core import prepared
from backend.core.actor import Actor
from backend.core.clock import now
from backend.core.problems import NotFound
from backend.core.ready import ALL_TEXTS, BETWEEN, expression
from shared_models.checks import Repeat, RepeatsWanted, Trend, TrendPoint, TrendWanted
from shared_models.permissions import Permission

WEEK_S = 7 * 24 * 3600.0


def trend_of(actor: Actor, wanted: TrendWanted) -> Trend:
    """The readings of one line of one thing, the oldest first: of each check that asked for it. Raises NotFound.

    A line without its template (``battery``) means that line of any template.
    """
    rows = prepared.run_here(
        _POINTS,
        id=wanted.asset_id,
        everywhere=actor.may_everywhere(Permission.CHECK_READ),
        reach=actor.departments(Permission.CHECK_READ),
        me=actor.id,
        line=wanted.line,
        since=now() - timedelta(days=wanted.days),
    )
    if not rows:
        raise NotFound
    points = tuple(TrendPoint(at=at, value=value) for at, value in rows if at is not None)
    return Trend(asset_id=wanted.asset_id, line=wanted.line, points=points, slope=slope_of(points))


_POINTS = text("""
    SELECT answer.at, answer.number FROM asset LEFT JOIN LATERAL (
        SELECT at, number FROM check_answer
        WHERE asset_id = asset.id AND at >= :since AND number IS NOT NULL
          AND (line = :line OR split_part(line, ':', 2) = :line)
        ORDER BY at DESC LIMIT 1000
    ) AS answer ON true
    WHERE asset.id = :id
      AND (:everywhere OR asset.department = ANY(CAST(:reach AS text[])) OR asset.holder_id = :me)
    ORDER BY answer.at
""")


def slope_of(points: tuple[TrendPoint, ...]) -> float | None:
    """By how much the readings change in a week, by least squares; None with fewer than three, or all at one moment."""
    if len(points) < 3 or all(a.at == b.at for a, b in pairwise(points)):  # noqa: PLR2004 - two points are always a line
        return None
    weeks = [(point.at - points[0].at).total_seconds() / WEEK_S for point in points]
    middle, mean = sum(weeks) / len(weeks), sum(point.value for point in points) / len(points)
    spread = sum((week - middle) ** 2 for week in weeks)
    rise = sum((week - middle) * (point.value - mean) for week, point in zip(weeks, points, strict=True))
    return round(rise / spread, 4)


_REPEATS = (
    text("""
    SELECT asset.model_id, coalesce(model.make, '') AS make, coalesce(model.name, '') AS model, asset.kind,
           count(DISTINCT asset.id) AS things, sum(failed.count) AS faults,
           count(DISTINCT asset.id) FILTER (WHERE failed.count > 1) AS repeated
    FROM (
        SELECT asset_id, count(*) AS count FROM fault WHERE reported_at >= :since AND state <> 'dismissed'
        GROUP BY asset_id
    ) AS failed
    JOIN asset ON asset.id = failed.asset_id LEFT JOIN asset_model AS model ON model.id = asset.model_id
    WHERE (:everywhere OR asset.department = ANY(CAST(:reach AS text[])))
      AND asset.kind = coalesce(CAST(:kind AS text), asset.kind)
    GROUP BY asset.model_id, model.make, model.name, asset.kind
    ORDER BY repeated DESC, faults DESC, make, model, asset.kind LIMIT 200
    """)
    .columns(
        model_id=Uuid, make=Text, model=Text, kind=Text, things=Integer, faults=Integer, repeated=Integer
    )
    .subquery("found")
)


def _repeats() -> Select[str]:
    return select(ALL_TEXTS).select_from(select(*expression(Repeat, _REPEATS.c)).subquery("_told"))


_REPEAT_TEXTS = _repeats()


def repeats_text(actor: Actor, wanted: RepeatsWanted) -> str:
    """The JSON text of ``Repeats``: models by how many of their things failed more than once."""
    [(texts,)] = prepared.run_here(
        _REPEAT_TEXTS,
        since=now() - timedelta(days=wanted.days),
        everywhere=actor.may_everywhere(Permission.CHECK_READ),
        reach=actor.departments(Permission.CHECK_READ),
        kind=wanted.kind.value if wanted.kind else None,
    )
    return f'{{"items":[{",".join(texts.split(BETWEEN) if texts is not None else ())}]}}'
