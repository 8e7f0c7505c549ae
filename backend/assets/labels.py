"""Labels: a PDF whose places fit the sheets that are sold, each with a QR code, bars, and whom to call.

The QR code holds the address of the tag's page, so that any phone's camera opens it; the bars (Code 128) hold the tag
alone, for scanners that type. Sizes are in points, 1/72 inch, as PDF counts.
"""

import io
from collections.abc import Sequence
from typing import NamedTuple

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.units import inch, mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from backend.assets import queries, tag_page
from backend.assets.tables import AssetRow
from backend.core.actor import db, me
from backend.core.house import house
from backend.core.paper import printable
from backend.core.problems import Invalid, NotFound
from backend.core.words import words
from backend.maps import CityTold
from shared_models.basics import Language
from shared_models.papers import LabelSheet, PrintLabels
from shared_models.problems import FieldError

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
PADDING = 5.0
"""Kept free inside each label: printers shift a sheet by as much."""
QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
QUIET_BARS = 10
"""Modules of white beside Code 128 (ISO/IEC 15417)."""
SMALLEST = 5.0
FOUND = "found"


class Sheet(NamedTuple):
    """Where labels lie: the page, so many columns and rows of this size, the first of them, and the step to the next."""

    page: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    left: float
    top: float
    across: float
    down: float

    def place(self, number: int) -> tuple[float, float]:
        """The lower left corner of the label of this number on its page; they are filled row by row."""
        row, column = divmod(number, self.columns)
        return (
            self.left + column * self.across,
            self.page[1] - self.top - row * self.down - self.size[1],
        )


LETTER, A4 = (8.5 * inch, 11 * inch), (210 * mm, 297 * mm)
# From the makers' own templates.
SHEETS: dict[LabelSheet, Sheet] = {
    LabelSheet.AVERY_5160: Sheet(
        LETTER, 3, 10, (2.625 * inch, 1 * inch), 0.1875 * inch, 0.5 * inch, 2.75 * inch, 1 * inch
    ),
    LabelSheet.AVERY_5163: Sheet(
        LETTER, 2, 5, (4 * inch, 2 * inch), 0.15625 * inch, 0.5 * inch, 4.1875 * inch, 2 * inch
    ),
    LabelSheet.L7160: Sheet(A4, 3, 7, (63.5 * mm, 38.1 * mm), 7.21 * mm, 15.15 * mm, 66.04 * mm, 38.1 * mm),
    LabelSheet.ROLL_62MM: Sheet((62 * mm, 29 * mm), 1, 1, (62 * mm, 29 * mm), 0, 0, 0, 0),
}


class Label(NamedTuple):
    """What one label says."""

    tag: str
    name: str


def print_labels(asked: PrintLabels) -> bytes:
    """A PDF with the labels of these things, in the order asked.

    Raises Invalid, and NotFound if one of them is nothing that the asking person may know of.
    """
    if bool(asked.ids) == bool(asked.tags):
        raise Invalid(FieldError(pointer="/ids", detail="Say either ids or tags."))
    sheet = SHEETS[asked.sheet]
    if asked.skip >= sheet.columns * sheet.rows:
        raise Invalid(FieldError(pointer="/skip", detail="The sheet has fewer places."))
    wanted: Sequence[object] = asked.ids or asked.tags
    key = AssetRow.id if asked.ids else AssetRow.tag
    query = (
        queries.visible_to(me()).where(key.in_(wanted)).with_only_columns(key, AssetRow.tag, AssetRow.name)
    )
    found = {row[0]: Label(row[1], row[2]) for row in db().execute(query)}
    if len(found) < len(set(wanted)):
        raise NotFound
    in_order = [found[each] for each in wanted]
    return drawn(in_order, sheet, asked.skip, house().settings.public_url, tag_page.finders_city())


def drawn(labels: Sequence[Label], sheet: Sheet, skip: int, address: str, of: CityTold) -> bytes:
    """The pages with these labels."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=sheet.page, pageCompression=1, invariant=1)
    canvas.setTitle("Labels")
    canvas.setAuthor(of.name)
    for number, label in enumerate(labels, start=skip):
        place = number % (sheet.columns * sheet.rows)
        if number > skip and place == 0:
            canvas.showPage()
        canvas.saveState()
        canvas.translate(*sheet.place(place))
        draw(canvas, label, sheet.size, address, of)
        canvas.restoreState()
    canvas.save()
    return out.getvalue()


def draw(canvas: Canvas, label: Label, size: tuple[float, float], address: str, of: CityTold) -> None:
    """One label, with its lower left corner at the origin: the QR code left, words beside it, bars below."""
    width, height = size
    bars = height * 0.2
    draw_bars(canvas, label.tag, PADDING, PADDING, width - 2 * PADDING, bars)
    floor = PADDING + bars + 2
    side = min(height - PADDING - floor, width * 0.42)
    draw_qr(canvas, f"{address}/t/{label.tag}", PADDING, height - PADDING - side, side)
    left = PADDING + side + 2
    room, unit = width - PADDING - left, min((height - PADDING - floor) / 46, 2)
    found = " · ".join(words(language, f"label.{FOUND}") for language in (Language.EN, Language.ES))
    lines = [(label.tag, BOLD, 11.0), (label.name, PLAIN, 8.0), (of.name, PLAIN, 6.5)]
    if of.telephone:
        lines += [(found, PLAIN, 6.0), (of.telephone, BOLD, 8.0)]
    base = height - PADDING
    for said, font, points in lines:
        base -= points * unit * 1.08
        text, fitting = fitted(said, font, points * unit, room, whole=said == label.tag)
        canvas.setFont(font, fitting)
        canvas.drawString(left, base + points * unit * 0.22, text)


def fitted(said: str, font: str, points: float, room: float, *, whole: bool = False) -> tuple[str, float]:
    """These words and the size at which they fit into the room: smaller if that is enough, else cut short.

    ``whole``: never cut; a tag that is cut is another tag.
    """
    text = printable(said)
    wide = stringWidth(text, font, points)
    if wide <= room:
        return text, points
    fitting = points * room / wide
    if whole or fitting >= max(SMALLEST, points * 0.75):
        return text, fitting
    fitting = max(SMALLEST, points * 0.75)
    while text and stringWidth(text + "…", font, fitting) > room:
        text = text[:-1].rstrip()
    return text + "…", fitting


def draw_qr(canvas: Canvas, said: str, left: float, bottom: float, side: float) -> None:
    """A QR code in a square, its quiet zone inside."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(said)
    code.make()
    count = code.getModuleCount()
    module = side / (count + 2 * QUIET)
    top = bottom + side - QUIET * module
    for row in range(count):
        column = 0
        while column < count:
            begin = column
            while column < count and code.isDark(row, column):
                column += 1
            if column > begin:  # a run of dark modules is one bar: seams between them would show
                canvas.rect(
                    left + (QUIET + begin) * module,
                    top - (row + 1) * module,
                    (column - begin) * module,
                    module,
                    stroke=0,
                    fill=1,
                )
            column += 1


def draw_bars(canvas: Canvas, said: str, left: float, bottom: float, room: float, height: float) -> None:
    """Code 128 in this room, as wide as it may be: with white beside it, and no bar thicker than 0.5 mm."""
    modules = Code128(said, barWidth=1, quiet=False).width + 2 * QUIET_BARS
    module = min(room / modules, 0.5 * mm)
    bars = Code128(said, barWidth=module, barHeight=height, quiet=False)
    bars.drawOn(canvas, left + (room - bars.width) / 2, bottom)
