"""Custody records on paper: readable pages with the record itself attached; and what tells whether one was altered.

A record proves itself: each entry holds the hash of the one before, and the whole has a digest. Who has nothing but the
file can check it (``westu custody verify``), today or in ten years; who has the register can compare the last hash too.
"""

import io
import json
import re
import zlib
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple
from uuid import UUID

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import landscape, letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from backend.assets import handling
from backend.core.actor import me
from backend.core.paper import printable
from backend.core.words import words
from backend.maps import city
from shared_models.basics import Language
from shared_models.custody import CustodyRecord, broken_at, digest_of

ATTACHED = "custody-record.json"
BOX = (1000, 400)
"""In which the strokes of a signature lie."""
SIGNATURE = (80.0, 32.0)
"""How large it is printed, in points."""
STROKE = re.compile(r"([ML])([0-9]{1,4}) ([0-9]{1,4})")
PRINTER = f"westu, reportlab {reportlab.__version__}"

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8, leading=10, splitLongWords=True)
SMALL = ParagraphStyle("small", parent=TEXT, fontName="Courier", fontSize=5.5, leading=6.5, wordWrap="CJK")
HEAD = ParagraphStyle("head", parent=TEXT, fontName="Helvetica-Bold", fontSize=16, leading=20)
TITLE = ParagraphStyle("title", parent=TEXT, fontName="Helvetica-Bold")
WIDTHS = (20, 78, 62, 82, 120, 76, 122, 86, 74)


def printed(id_: UUID) -> bytes:
    """A thing's whole custody chain as a PDF, the record as JSON attached to it. Raises NotFound."""
    return pages(handling.record_text(me(), id_).encode(), me().language, city().name)


def pages(record: bytes, language: Language, of: str) -> bytes:
    """The PDF of a record; of the same record always the same bytes."""
    told = json.loads(record)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=landscape(letter), leftMargin=36, rightMargin=36, topMargin=36, bottomMargin=40,
        title=f"{told['tag']}", author=of, creator=PRINTER, lang=language.value, invariant=1, pageCompression=1,
    )  # fmt: skip

    def first(canvas: Canvas, _: Any) -> None:
        attach(canvas, record)
        foot(canvas, _)

    def foot(canvas: Canvas, _: Any) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(36, 24, printable(f"{told['tag']} · {told['made_at']} · {told['digest']}"))
        canvas.drawRightString(landscape(letter)[0] - 36, 24, str(canvas.getPageNumber()))

    document.build(story(told, language, of), onFirstPage=first, onLaterPages=foot)
    return out.getvalue()


def story(told: dict[str, Any], language: Language, of: str) -> list[Flowable]:
    """What stands on the pages: whose and what it is, how to check it, and the chain as a table."""

    def say(name: str, **values: str) -> str:
        return words(language, f"record.{name}", **values)

    last = told["entries"][-1]["hash"] if told["entries"] else "-"
    facts = {
        "tag": told["tag"], "serial": told["serial"] or "-", "made": moment(told["made_at"]),
        "count": str(len(told["entries"])), "last": last, "digest": told["digest"],
    }  # fmt: skip
    rows: list[list[Flowable]] = [[p(say(f"column-{name}"), TITLE) for name in COLUMNS]]
    rows += [line(entry, language) for entry in told["entries"]]
    chain = Table(rows, colWidths=WIDTHS, repeatRows=1, splitInRow=1)
    chain.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#8a9bab")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4eaf0")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return [
        p(say("title", tag=told["tag"]), HEAD),
        p(of, TEXT),
        Spacer(0, 6),
        *(p(f"{say(f'fact-{name}')}: {value}", TEXT) for name, value in facts.items()),
        Spacer(0, 4),
        p(say("verify", file=ATTACHED), TEXT),
        Spacer(0, 8),
        chain,
    ]


COLUMNS = ("n", "when", "act", "by", "hands", "where", "words", "signature", "hash")


def line(entry: dict[str, Any], language: Language) -> list[Flowable]:
    """One entry as a row of the table."""
    hands = " → ".join(entry[name] or "-" for name in ("from_name", "to_name"))
    said = "\n".join(
        words(language, f"record.{name}", words=entry[name])
        for name in ("condition", "override")
        if entry[name]
    )
    return [
        p(str(entry["n"])),
        p(moment(entry["done_at"])),
        p(words(language, f"act.{entry['act']}")),
        p(entry["by"] or "-"),
        p(hands if entry["from_name"] or entry["to_name"] else "-"),
        p(", ".join(filter(None, (entry["unit"], entry["place"]))) or "-"),
        p(said or "-"),
        Signed(entry["signature"]),
        p(entry["hash"], SMALL),
    ]


def p(said: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """Words as a paragraph: as they are, whatever signs are in them; an arrow as PDF's own fonts have one."""
    return Paragraph(escape(printable(said.replace("→", "»"))).replace("\n", "<br/>"), style)


def moment(said: str) -> str:
    """A moment of the wire as people read it."""
    return f"{said[:10]} {said[11:19]} UTC"


class Signed(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A signature, drawn from its strokes."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.width, self.height = SIGNATURE

    def wrap(self, *_: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height if self.path else 1

    def draw(self) -> None:
        """Draw its strokes; the path counts downwards, paper upwards."""
        if not self.path:
            return
        drawn = self.canv.beginPath()
        for verb, x, y in STROKE.findall(self.path):
            at = int(x) / BOX[0] * self.width, (1 - int(y) / BOX[1]) * self.height
            (drawn.moveTo if verb == "M" else drawn.lineTo)(*at)
        self.canv.setLineWidth(0.8)
        self.canv.drawPath(drawn, stroke=1, fill=0)


def attach(canvas: Canvas, data: bytes) -> None:
    """Put a file into the PDF (ISO 32000-1, 7.11.4), as it is: whoever opens the PDF with any tool finds it."""
    document, name = canvas._doc, pdfdoc.PDFString(ATTACHED)  # noqa: SLF001 - reportlab has no door for attachments
    made = pdfdoc.PDFDictionary(
        {
            "Type": pdfdoc.PDFName("EmbeddedFile"),
            "Subtype": pdfdoc.PDFName("application/json"),
            "Params": pdfdoc.PDFDictionary({"Size": len(data)}),
        }
    )
    file = document.Reference(pdfdoc.PDFStream(made, data, filters=[]))
    spec = pdfdoc.PDFDictionary(
        {"Type": pdfdoc.PDFName("Filespec"), "F": name, "UF": name, "EF": pdfdoc.PDFDictionary({"F": file})}
    )
    tree = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray([name, document.Reference(spec)])})
    document._catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": tree})  # noqa: SLF001


# ── is it whole? ─────────────────────────────────────────────────────────────────────────────────────────


class Verdict(NamedTuple):
    """Whether a record is as it was made, and in words."""

    whole: bool
    words: str


def verify(data: bytes) -> Verdict:
    """Whether a record, as JSON or as the PDF that we print, is as it was made. Needs nothing but these bytes."""
    printed_ = data.startswith(b"%PDF-")
    record = attached(data) if printed_ else data
    if record is None:
        return Verdict(whole=False, words="broken: there is no custody record in this PDF.")
    verdict = verify_json(record)
    if printed_ and verdict.whole and (odd := odd_pages(data, record)):
        return Verdict(whole=False, words=odd)
    return verdict


def verify_json(data: bytes) -> Verdict:
    """Whether a record as JSON is whole: its form, its chain, that it is one thing's, its digest."""
    try:
        told = json.loads(data, object_pairs_hook=without_doubles, parse_constant=no_number)
        CustodyRecord.check(told)
    except Exception:  # noqa: BLE001 - altered bytes make a reader raise anything
        return Verdict(whole=False, words="broken: this is no custody record, or not one any more.")
    entries = told["entries"]
    if n := broken_at(entries):
        return Verdict(whole=False, words=f"broken at entry {n}.")
    if len({entry["asset_id"] for entry in entries}) > 1:
        return Verdict(whole=False, words="broken: its entries are of different things.")
    if told.get("digest") != digest_of(told):
        return Verdict(whole=False, words="broken: its entries are whole, but not what stands around them.")
    last = entries[-1]["hash"] if entries else "none"
    return Verdict(
        whole=True, words=f"whole: {told['tag']}, {len(entries)} entries; the last hash is {last}."
    )


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: two readers could see different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A name stands twice.")
    return found


def no_number(_: str) -> Any:
    """NaN and Infinity are none of JSON's."""
    raise ValueError("Not a number.")


EMBEDDED = re.compile(
    rb"<<(?:(?!>>\s*stream).)*?/EmbeddedFile\b(?:(?!>>\s*stream).)*>>\s*stream\r?\n", re.DOTALL
)
LENGTH = re.compile(rb"/Length (\d{1,9})\b(?! \d+ R)")


def attached(pdf: bytes) -> bytes | None:
    """The file that is attached to a PDF, as ours has it: one, at once readable or deflated. None: there is none."""
    found = list(EMBEDDED.finditer(pdf))
    if len(found) != 1:
        return None
    [head] = found
    about = head.group()[head.group().rfind(b" obj") + 1 :]
    length = LENGTH.search(about)
    if length is None:
        return None
    data = pdf[head.end() : head.end() + int(length[1])]
    try:
        return zlib.decompress(data) if b"/FlateDecode" in about else data
    except zlib.error:
        return None


INFO: dict[str, Callable[[bytes], re.Match[bytes] | None]] = {
    "language": re.compile(rb"/Lang \((\w\w)\)").search,
    "author": re.compile(rb"/Author \(((?:\\.|[^\\()])*)\)").search,
    "creator": re.compile(rb"/Creator \(((?:\\.|[^\\()])*)\)").search,
}


def odd_pages(pdf: bytes, record: bytes) -> str:
    """What is wrong with the pages around a record that is whole; empty for nothing: they are printed anew and compared.

    Pages that another version printed can't be compared; then only the record speaks.
    """
    found = {name: match[1] if (match := search(pdf)) else b"" for name, search in INFO.items()}
    if found["creator"] != PRINTER.encode():
        return ""
    try:
        again = pages(record, Language(found["language"].decode()), unescaped(found["author"]))
    except ValueError:
        again = b""
    return "" if again == pdf else "broken: the attached record is whole, but these pages are not its own."


def unescaped(said: bytes) -> str:
    """A text of PDF's."""
    plain = re.sub(rb"\\([0-7]{3}|.)", lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else m[1], said)
    return plain.decode("utf-16") if plain.startswith((b"\xfe\xff", b"\xff\xfe")) else plain.decode("latin-1")
