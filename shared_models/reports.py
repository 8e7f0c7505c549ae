"""Questions asked of the map, what is answered, reports that are kept of them, and areas to tell people in."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import PageWanted, Point
from shared_models.layers import Geometry
from shared_models.wire import Length, Range, Wire, WireEnum

MOST_ROWS = 1000
"""Of an answer; how many there are in all is always told."""
FARTHEST = 50_000.0
"""Metres."""
MOST_AROUND = 1000
"""Corners of a line or an area that is drawn for a question."""
Name = Annotated[str, Length(1, 40)]
"""Of a layer."""
FieldName = Annotated[str, Length(max=63)]


class Question(WireEnum):
    """What is asked."""

    WITHIN = "within"
    BY_AREA = "by-area"
    OVER_TIME = "over-time"
    NEWER = "newer"


class Every(WireEnum):
    """The length of the periods that a change over time is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    NEWER = "newer"


class Around(Wire):
    """A place to measure from: one feature of a layer, or what was drawn."""

    layer: Name | None = None
    feature: Annotated[str | None, Length(1, 80), "Its id, with its layer."] = None
    kind: Geometry | None = None
    corners: Annotated[
        tuple[Point, ...],
        Length(max=MOST_AROUND),
        "Of what was drawn: one for a point, the ends and bends of a line, the corners of an area.",
    ] = ()


class AskMap(Wire):
    """A question. `within`: what of a layer lies so near to a place, or to any feature of another layer, the nearest first.

    `by-area`: how many lie in each area of another layer, and the sum of a field. `over-time`: how many of each period, by
    the layer's time field, or where it has none by what was changed in it by hand.
    """

    question: Question
    layer: Annotated[Name, "What is counted."]
    around: Around | None = None
    of: Annotated[
        Name | None, "The other layer: of areas for `by-area`; for `within` instead of a place."
    ] = None
    metres: Annotated[float, Range(0, FARTHEST)] = 0.0
    sum_of: Annotated[FieldName, "A field with numbers; empty: only count."] = ""
    every: Every = Every.MONTH
    from_on: date | None = None
    until_on: date | None = None
    filter: Annotated[
        str, Length(max=2000), "CQL2 text (OGC 21-065r2): only what it is true of is counted."
    ] = ""


class AnswerColumn(Wire):
    """A column of numbers of an answer."""

    name: str
    title_en: str
    title_es: str


class AnswerRow(Wire):
    """A row of an answer: what it is about, and a number for each column."""

    key: Annotated[
        str | None, "Id of the feature or area, first day of the period; null: what lies in no area."
    ]
    title: str
    numbers: tuple[Annotated[float, Range(-1e15, 1e15)], ...]


class MapAnswer(Wire):
    """An answer as a table. Distances in metres."""

    about_en: Annotated[str, "What the rows are: the title of their layer, or the period."]
    about_es: str
    columns: tuple[AnswerColumn, ...]
    rows: tuple[AnswerRow, ...]
    count: Annotated[int, "How many features it is about, also those whose rows are left out."]
    more: Annotated[bool, "There are more rows than are told."]
    illustration: Annotated[bool, "Some of it is invented, and each page says so."]
    asked_at: datetime


class KeepReport(Wire):
    """Keep a question under a title. Whoever opens it later is answered anew, with their own rights."""

    id: UUID
    title: Annotated[str, Length(1, 120)]
    asked: AskMap


class Report(Wire):
    """A report that was kept."""

    id: UUID
    title: str
    asked: Annotated[AskMap | None, "null: it names a layer that you may not see."]
    owner: str
    shared: Annotated[
        bool, "Whoever has its address may open it; they see of its layers what they may see anyhow."
    ]
    version: int
    made_at: datetime
    changed_at: datetime


class Reports(Wire):
    """Reports of mine, the newest first."""

    items: tuple[Report, ...]
    next: str | None


class ShareReport(Wire):
    """Let whoever has the address open it, or nobody else any more."""

    shared: bool


class SaveArea(Wire):
    """Keep what lies so near to a place as an area with a name: an alert takes it as its zone."""

    id: UUID
    name_en: Annotated[str, Length(1, 80)]
    name_es: Annotated[str, Length(1, 80)]
    around: Around
    metres: Annotated[float, Range(1, 5000)]


class SavedArea(Wire):
    """An area that was saved. Its corners hold all that lies within the metres, and at most 3 m more."""

    id: UUID
    code: Annotated[str, "What an alert says as its `zone`."]
    name_en: str
    name_es: str
    area: tuple[Point, ...]
    households: Annotated[int | None, "Addresses in it; null: the city has loaded none."]
    saved_at: datetime


class ReportFilter(PageWanted):
    """Which reports."""
