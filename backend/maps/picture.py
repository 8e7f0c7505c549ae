"""A picture of a part of the map, drawn by the server: for reports on paper and on pages without a script."""

import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Path, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from sqlalchemy import Select, func, select

from backend.core.actor import Actor, db
from backend.core.database import WGS84
from backend.core.paper import printable
from backend.maps import analysis, heavy
from backend.maps.around import QUARTER, shape_of, source_of
from backend.maps.tables import OutlineRow, StreetRow
from shared_models.reports import AskMap, Question

WIDTH, HEIGHT = 540.0, 360.0
"""In points."""
MARGIN = 0.06
LEAST_SPAN = 0.0015
"""Degrees that are shown at least: one point alone is shown with what lies about it."""
PAPER, LIMITS, STREET, MARK, PLACE = "#f4f2ee", "#7a8894", "#c3c8cc", "#0b5fa5", "#b3261e"
INK, PLATE = "#17212b", "#ffffff"
NIGHT = {
    PAPER: "#18212a",
    LIMITS: "#8a9bab",
    STREET: "#3d4a57",
    MARK: "#7db8f0",
    PLACE: "#ff9aa2",
    INK: "#e8eef4",
    PLATE: "#10161c",
}
"""What each colour is at night."""
LETTERS = 13.0
"""How high letters are: on a phone the picture is two thirds as large."""
MOST_DRAWN = 5000


class Shape(NamedTuple):
    """Something to draw: GeoJSON, its colour, how dense it is filled, and what is written on it."""

    geometry: dict[str, Any]
    colour: str = MARK
    fill: float = 0.35
    words: tuple[str, ...] = ()
    """Lines; where there is no room for all of them, the last of them alone."""


Box = tuple[float, float, float, float]
"""West, south, east, north."""


def drawn(shapes: Sequence[Shape], ground: Sequence[Shape], box: Box, *, night: bool = False) -> Drawing:
    """The picture: the ground, what the report is about, north up, with a scale. Places are in Web Mercator."""
    to = Frame(box, night=night)
    picture = Drawing(WIDTH, HEIGHT)
    picture.add(Rect(0, 0, WIDTH, HEIGHT, fillColor=to.colour(PAPER), strokeColor=None))
    for shape in (*ground, *shapes):
        for part in parts(shape, to):
            picture.add(part)
    taken: list[Box] = []
    for shape in shapes:  # above all areas: none hides another's words
        for part in written(shape, to, taken):
            picture.add(part)
    for part in scale_bar(to, box):
        picture.add(part)
    picture.add(Rect(0, 0, WIDTH, HEIGHT, fillColor=None, strokeColor=to.colour(LIMITS), strokeWidth=0.8))
    return picture


def svg(picture: Drawing) -> str:
    """The picture for a browser."""
    text: str = renderSVG.drawToString(picture)
    return text


class Frame:
    """Turns a longitude and latitude into points of the picture, and a colour of the day into one that is seen now."""

    def __init__(self, box: Box, *, night: bool = False) -> None:
        self.night = night
        west, south, east, north = box
        left, right, bottom, top = west, east, mercator(south), mercator(north)
        self.scale = min(WIDTH / (right - left), HEIGHT / (top - bottom))
        self.left = (left + right) / 2 - WIDTH / self.scale / 2
        self.bottom = (bottom + top) / 2 - HEIGHT / self.scale / 2

    @property
    def box(self) -> Box:
        """All that the picture shows: more than was asked for, one way, where that has another shape."""
        right, top = self.left + WIDTH / self.scale, self.bottom + HEIGHT / self.scale
        return self.left, unmercator(self.bottom), right, unmercator(top)

    def colour(self, name: str, alpha: float = 1.0) -> Color:
        """A colour, by day or by night."""
        found = HexColor(NIGHT[name] if self.night else name)
        return Color(found.red, found.green, found.blue, alpha=alpha)

    def __call__(self, place: Sequence[float]) -> tuple[float, float]:
        """In points, from the lower left corner."""
        return (place[0] - self.left) * self.scale, (mercator(place[1]) - self.bottom) * self.scale


def mercator(lat: float) -> float:
    """How far north, in degrees of longitude."""
    return math.degrees(math.asinh(math.tan(math.radians(lat))))


def unmercator(north: float) -> float:
    """The latitude so far north."""
    return math.degrees(math.atan(math.sinh(math.radians(north))))


def parts(shape: Shape, to: Frame) -> Iterable[Any]:
    """What a shape is drawn with."""
    line = to.colour(shape.colour)
    inside = to.colour(shape.colour, shape.fill) if shape.fill else None
    kind, coordinates = shape.geometry["type"], shape.geometry.get("coordinates", ())
    many = coordinates if kind.startswith("Multi") else [coordinates]
    for one in many:
        if kind.endswith("Point"):
            x, y = to(one)
            yield Circle(x, y, 3.2, fillColor=line, strokeColor=to.colour(PLATE), strokeWidth=0.7)
        elif kind.endswith("LineString"):
            flat = [number for place in one for number in to(place)]
            yield PolyLine(flat, strokeColor=line, strokeWidth=1.2, strokeLineJoin=1, strokeLineCap=1)
        elif kind.endswith("Polygon"):
            yield area(one, to, line, inside)
    if kind == "GeometryCollection":
        for inner in shape.geometry["geometries"]:
            yield from parts(shape._replace(geometry=inner), to)


def written(shape: Shape, to: Frame, taken: list[Box]) -> Iterable[Any]:
    """What stands on an area, on a plate of its own, so that it is read on any colour: as much as there is room for.

    ``taken``: where plates are already; none is laid upon another.
    """
    kind = shape.geometry["type"]
    if not shape.words or not kind.endswith("Polygon"):
        return
    many = shape.geometry["coordinates"] if kind.startswith("Multi") else [shape.geometry["coordinates"]]
    corners = [to(corner) for corner in max((part[0] for part in many), key=len)]
    wide, high = (
        max(corner[axis] for corner in corners) - min(corner[axis] for corner in corners) for axis in (0, 1)
    )
    x, y = middle(corners)
    for said in ([printable(line) for line in shape.words], [printable(shape.words[-1])]):
        half, rise = wide_of(said) / 2 + 3, len(said) * LETTERS / 2 + 2
        plate = x - half, y - rise, x + half, y + rise
        if 2 * half <= wide and 2 * rise <= high and not any(meet(plate, other) for other in taken):
            taken.append(plate)
            break
    else:
        return
    yield Rect(
        x - half, y - rise, 2 * half, 2 * rise, rx=3, ry=3, fillColor=to.colour(PLATE, 0.85), strokeColor=None
    )
    for number, line in enumerate(said, start=1):
        yield String(
            x, y + rise - number * LETTERS + 1, line, fontSize=LETTERS, textAnchor="middle", fontName="Helvetica-Bold",
            fillColor=to.colour(INK),
        )  # fmt: skip


def middle(corners: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The centre of gravity of a ring; the first corner of one that encloses nothing."""
    x0, y0 = corners[0]
    twice = x = y = 0.0
    for (x1, y1), (x2, y2) in pairwise((one[0] - x0, one[1] - y0) for one in corners):
        cross = x1 * y2 - x2 * y1
        twice, x, y = twice + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return (x0 + x / (3 * twice), y0 + y / (3 * twice)) if twice else (x0, y0)


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes share anything."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def wide_of(lines: Sequence[str]) -> float:
    """How wide lines are, written in bold; a browser's letters are wider than those of paper."""
    return max(float(stringWidth(line, "Helvetica-Bold", LETTERS)) for line in lines) * 1.1


def area(rings: Any, to: Frame, line: Any, inside: Any) -> Path:
    """An area with its holes: even-odd, so a hole shows what is under it."""
    path = Path(fillColor=inside, strokeColor=line, strokeWidth=0.9, fillMode=0, autoclose=None)
    for ring in rings:
        path.moveTo(*to(ring[0]))
        for place in ring[1:-1]:
            path.lineTo(*to(place))
        path.closePath()
    return path


def scale_bar(to: Frame, box: Box) -> Iterable[Any]:
    """A length on the ground that one can read off, in feet: what the city measures in."""
    feet_per_degree = 111_320 * math.cos(math.radians((box[1] + box[3]) / 2)) / 0.3048
    most = WIDTH / 4 / to.scale * feet_per_degree
    unit = 10 ** math.floor(math.log10(most))
    feet = max(step * unit for step in (1, 2, 5) if step * unit <= most)
    length = feet / feet_per_degree * to.scale
    yield Rect(8, 8, length + 8, 25, fillColor=to.colour(PLATE, 0.85), strokeColor=None)
    yield PolyLine(
        [12, 16, 12, 11, 12 + length, 11, 12 + length, 16], strokeColor=to.colour(INK), strokeWidth=1
    )
    yield String(
        12 + length / 2, 18, f"{feet:,.0f} ft", fontSize=LETTERS, textAnchor="middle", fontName="Helvetica",
        fillColor=to.colour(INK),
    )  # fmt: skip


def around(shapes: Sequence[Shape]) -> Box | None:
    """The box of what is drawn, with a margin; None where that is nothing."""
    places = [place for shape in shapes for place in places_of(shape.geometry)]
    if not places:
        return None
    west, east = min(place[0] for place in places), max(place[0] for place in places)
    south, north = min(place[1] for place in places), max(place[1] for place in places)
    wide = max(east - west, LEAST_SPAN) * (1 + 2 * MARGIN) / 2
    high = max(north - south, LEAST_SPAN) * (1 + 2 * MARGIN) / 2
    middle, across = (west + east) / 2, (south + north) / 2
    return middle - wide, across - high, middle + wide, across + high


def places_of(geometry: dict[str, Any]) -> Iterable[Sequence[float]]:
    """All positions of a GeoJSON geometry."""
    for inner in geometry.get("geometries", ()):
        yield from places_of(inner)
    waiting = [geometry["coordinates"]] if "coordinates" in geometry else []
    while waiting:
        one = waiting.pop()
        if one and isinstance(one[0], int | float):
            yield one
        else:
            waiting.extend(one)


def ground_of(box: Box | None) -> list[Shape]:
    """The limits and streets of the city, cut off at the edge of a picture of this box; everywhere without one."""
    # Limits as a line: the edge of the picture is none of the city's.
    limits = select(func.ST_Boundary(OutlineRow.limits)).where(
        OutlineRow.ours, OutlineRow.limits.is_not(None)
    )
    found = []
    for query, colour in ((select(StreetRow.course), STREET), (limits, LIMITS)):
        shape: Any = query.subquery("ground").c[0]
        whole = select(func.ST_AsGeoJSON(shape, 6))
        if box is not None:
            edge = func.ST_MakeEnvelope(*Frame(box).box, WGS84)
            whole = select(func.ST_AsGeoJSON(func.ST_ClipByBox2D(shape, edge), 6)).where(shape.op("&&")(edge))
        found += [Shape(json.loads(text), colour, 0.0) for text in db().scalars(whole)]
    return found


# ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────


def pictured(actor: Actor | None, asked: AskMap) -> list[Shape]:
    """What a picture of the answer shows: the features that are counted, and where it was measured from or counted in.

    Raises as ``answered``.
    """
    with heavy.in_turn(), analysis.worked_out(asked):
        return shapes_of(actor, asked)


def shapes_of(actor: Actor | None, asked: AskMap) -> list[Shape]:
    """The same, at once."""
    if asked.question is Question.BY_AREA:
        _, told = analysis.in_areas(actor, asked)
        rows = shown(select(told.c.geom, told.c.count, told.c.title).where(told.c.geom.is_not(None)))
        most = max((count for _, count, _ in rows), default=0) or 1
        return [
            Shape(shape, fill=0.05 + 0.6 * count / most, words=(title, f"{count:,}"))
            for shape, count, title in rows
        ]
    if asked.question is Question.WITHIN:
        _, found = analysis.near(actor, asked)
        things = [Shape(shape) for shape, *_ in shown(select(found.c.geom))]
        if asked.around is None:
            return things
        place = shape_of(actor, asked.around).subquery("place")
        reached = func.geometry(func.ST_Buffer(func.geography(place.c.shape), asked.metres, QUARTER))
        around = [shape for shape, *_ in shown(select(reached))] if asked.metres else []
        return [
            *(Shape(shape, PLACE, 0.08) for shape in around),
            *things,
            *(Shape(shape, PLACE) for shape, *_ in shown(select(place.c.shape))),
        ]
    thing = analysis.counted(source_of(actor, asked.layer, "/layer"), asked).subquery("thing")
    return [Shape(shape) for shape, *_ in shown(select(thing.c.geom).where(thing.c.geom.is_not(None)))]


def shown(query: Select[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query, the first column as GeoJSON; not more than a picture can show."""
    first, *others = query.limit(MOST_DRAWN).subquery("shown").c
    found = db().execute(select(func.ST_AsGeoJSON(first, 6), *others))
    return [(json.loads(text), *other) for text, *other in found if text]
