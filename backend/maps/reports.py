"""Reports: questions that were kept under a title, and their answers as a table, on paper and as a page.

Nothing of an answer is kept. Whoever opens a report is answered anew with their own rights: an address that was passed
on never tells more than the map itself would.
"""

import csv
import io
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from sqlalchemy import Select, delete, false, or_, select

from backend.core.actor import Actor, asking, db, me
from backend.core.clock import now
from backend.core.database import one
from backend.core.ledger import record
from backend.core.paper import guarded, printable
from backend.core.problems import Invalid, Refused
from backend.core.words import reader_language, words
from backend.maps import analysis, around, heavy, picture, queries, sources
from backend.maps.events import AreaSaved, ReportShared
from backend.maps.tables import ReportRow, ZoneRow
from shared_models.basics import Language, Point
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.reports import AskMap, KeepReport, MapAnswer, Report, SaveArea, SavedArea, ShareReport
from shared_models.wire import wire_fields

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=12)
HEAD = ParagraphStyle("head", parent=TEXT, fontName="Helvetica-Bold", fontSize=16, leading=20)
RIGHT = ParagraphStyle("right", parent=TEXT, alignment=2)


def visible_to(actor: Actor | None) -> Select[ReportRow]:
    """The reports that this person may open: their own, and any whose address was passed on."""
    mine = ReportRow.owner_id == actor.id if actor else false()
    return select(ReportRow).where(or_(ReportRow.shared, mine))


def mine(actor: Actor) -> Select[ReportRow]:
    """The reports that they kept."""
    return select(ReportRow).where(ReportRow.owner_id == actor.id)


def keep_report(wish: KeepReport) -> ReportRow:
    """Keep a question. The same id with the same words again is the same report; others are refused."""
    known = db().get(ReportRow, wish.id)
    if known is not None:
        if (known.owner_id, known.title, known.asked) != (me().id, wish.title, wish.asked.dump()):
            raise Refused("already-there", "Another report has this id.", at="/id")
        return known
    analysis.answered(me(), wish.asked)  # what can't be answered is not kept
    moment = now()
    row = ReportRow(
        id=wish.id, title=wish.title, asked=wish.asked.dump(), owner_id=me().id, owner=me().name,
        shared=False, version=1, made_at=moment, changed_at=moment,
    )  # fmt: skip
    db().add(row)
    db().flush()
    return row


def share_report(id_: UUID, wish: ShareReport) -> ReportRow:
    """Let whoever has the address open it, or only me again. Raises NotFound."""
    row = one(mine(me()).where(ReportRow.id == id_).with_for_update())
    if row.shared != wish.shared:
        row.shared, row.version, row.changed_at = wish.shared, row.version + 1, now()
        record(ReportShared(report_id=row.id, shared=row.shared))
    return row


def drop_report(id_: UUID) -> None:
    """Keep it no longer. Raises NotFound."""
    one(mine(me()).where(ReportRow.id == id_).with_for_update())
    db().execute(delete(ReportRow).where(ReportRow.id == id_))


def opened(id_: UUID) -> tuple[ReportRow, AskMap]:
    """A report that the caller may open. Raises NotFound."""
    row = one(visible_to(asking()).where(ReportRow.id == id_))
    return row, AskMap.read(row.asked)


def told_report(id_: UUID) -> Report:
    """A report, as callers are told: what it asks only where they may see each layer that it names. Raises NotFound."""
    row, asked = opened(id_)
    actor = asking()
    names = {name for name in (asked.layer, asked.of, asked.around and asked.around.layer) if name}
    mine = actor is not None and row.owner_id == actor.id
    known = mine or len(sources.several(actor, sorted(names))) == len(names)
    told = {name: getattr(row, name) for name in wire_fields(Report)}
    return Report(**told | {"asked": asked if known else None})


def answer(id_: UUID) -> MapAnswer:
    """What a report answers now. Raises NotFound."""
    return analysis.answered(asking(), opened(id_)[1])


# ── areas to tell people in ──────────────────────────────────────────────────────────────────────────────


def save_area(wish: SaveArea) -> SavedArea:
    """Keep what lies so near to a place as a zone of its own. The same id again is the same area.

    Raises Invalid: it is no area, or lies outside the city; and as ``heavy.in_turn``.
    """
    code = f"area-{wish.id.hex}"
    row = db().get(ZoneRow, code)
    if row is None:
        with heavy.in_turn():
            corners = around.corners_around(me(), wish.around, wish.metres)
        if odd := queries.odd_area(corners):
            raise Invalid(FieldError(pointer="/around", detail=odd))
        row = ZoneRow(
            code=code, name_en=wish.name_en, name_es=wish.name_es,
            area=[corner.dump() for corner in corners], saved_at=now(), saved_by=me().id,
        )  # fmt: skip
        db().add(row)
        db().flush()
        record(AreaSaved(area_id=wish.id, metres=round(wish.metres), corners=len(corners)))
    elif (row.name_en, row.name_es, row.saved_by) != (wish.name_en, wish.name_es, me().id):
        raise Refused("already-there", "Another area has this id.", at="/id")
    return told_area(wish.id, row)


def told_area(id_: UUID, row: ZoneRow) -> SavedArea:
    """A saved area, as callers are told."""
    area = tuple(Point.read(corner) for corner in row.area)
    return SavedArea(
        id=id_, code=row.code, name_en=row.name_en, name_es=row.name_es, area=area,
        households=queries.households(area), saved_at=row.saved_at or now(),
    )  # fmt: skip


def drop_area(id_: UUID) -> None:
    """Keep an area no longer: alerts that took it keep its outline. Raises NotFound.

    Whoever saved it may; and, for those who left, whoever makes reports for all departments.
    """
    found = select(ZoneRow).where(ZoneRow.code == f"area-{id_.hex}", ZoneRow.saved_at.is_not(None))
    if not me().may_everywhere(Permission.REPORT_MAKE):
        found = found.where(ZoneRow.saved_by == me().id)
    row = one(found.with_for_update())
    db().execute(delete(ZoneRow).where(ZoneRow.code == row.code))


# ── forms of an answer ───────────────────────────────────────────────────────────────────────────────────


def said(language: Language, name: str, **values: str) -> str:
    """What a report says in its language."""
    return words(language, f"report.{name}", **values)


def lines_of(
    told: MapAnswer, language: Language, word: Callable[[str], Any], number: Callable[[float], Any]
) -> Iterator[list[Any]]:
    """The table: its head, then its rows; each cell made by ``word`` or ``number``."""
    spanish = language is Language.ES
    heads = (column.title_es if spanish else column.title_en for column in told.columns)
    yield ["id", word(told.about_es if spanish else told.about_en), *map(word, heads)]
    for row in told.rows:
        title = row.title if row.key is not None else said(language, "nowhere")
        yield [row.key or "", word(title), *(number(value) for value in row.numbers)]


def as_csv(id_: UUID) -> Response:
    """The table of a report, UTF-8 with a byte order mark: so that spreadsheets read it as such."""
    row, asked = opened(id_)
    told = analysis.answered(asking(), asked)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerows(lines_of(told, reader_language(), guarded, str))
    return attached(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", row, "csv")


def as_svg(id_: UUID) -> Response:
    """The picture of a report; ``?night=1``: in the colours of the night."""
    text = picture.svg(drawing(opened(id_)[1], night=request.args.get("night") == "1"))
    response = Response(text, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def drawing(asked: AskMap, *, night: bool = False) -> Drawing:
    """The picture of an answer, on the ground of the city; empty where there is neither."""
    shapes = picture.pictured(asking(), asked)
    box = picture.around(shapes)
    ground = picture.ground_of(box)
    box = box or picture.around(ground)
    return picture.drawn(shapes, ground, box, night=night) if box else Drawing(0, 0)


def as_pdf(id_: UUID) -> Response:
    """A report on paper: its title, the picture, the table."""
    row, asked = opened(id_)
    out, language = io.BytesIO(), reader_language()
    document = SimpleDocTemplate(
        out, pagesize=letter, leftMargin=36, rightMargin=36, topMargin=36, bottomMargin=40,
        title=printable(row.title), author=queries.city().name, lang=language.value,
    )  # fmt: skip

    def foot(canvas: Any, _: Any) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(36, 24, printable(f"{queries.city().name} · {row.title}"))
        canvas.drawRightString(letter[0] - 36, 24, str(canvas.getPageNumber()))

    document.build(story(row, asked, language), onFirstPage=foot, onLaterPages=foot)
    return attached(out.getvalue(), "application/pdf", row, "pdf")


def story(row: ReportRow, asked: AskMap, language: Language) -> list[Flowable]:
    """What stands on the pages."""
    told = analysis.answered(asking(), asked)

    def word(said: str) -> Paragraph:
        return Paragraph(escape(printable(said)), TEXT)

    def number(value: float) -> Paragraph:
        return Paragraph(shown(value), RIGHT)

    lines = [line[1:] for line in lines_of(told, language, word, number)]
    for head in lines[0][1:]:
        head.style = RIGHT
    table = Table(lines, repeatRows=1, colWidths=[540 / len(lines[0])] * len(lines[0]))
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#8a9bab")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4eaf0")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    beside = [Paragraph(escape(printable(line)), TEXT) for line in notes(told, language)]
    return [
        Paragraph(escape(printable(row.title)), HEAD),
        *beside,
        Spacer(0, 6),
        drawing(asked),
        Spacer(0, 8),
        table,
    ]


def notes(told: MapAnswer, language: Language) -> list[str]:
    """What must be said beside a table: of how many and when; that rows are missing; that things are invented."""
    at = told.asked_at.astimezone(ZoneInfo(analysis.city_zone()))
    found = [said(language, "count", count=f"{told.count:,}", at=f"{at:%Y-%m-%d %H:%M %Z}")]
    if told.more:
        found.append(said(language, "more", count=f"{len(told.rows):,}"))
    if told.illustration:
        found.append(said(language, "illustration"))
    return found


def shown(number: float) -> str:
    """A number for people, to one decimal."""
    return f"{number:,.1f}".removesuffix(".0")


def attached(body: bytes, mimetype: str, row: ReportRow, ending: str) -> Response:
    """A file that a browser keeps under the title of its report."""
    response = Response(body, content_type=mimetype)
    name = (
        "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in row.title).strip("-")
        or "report"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name[:60]}.{ending}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response
