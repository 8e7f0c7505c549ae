"""Reading what we print: a PDF of ours page by page, its dark rectangles as pixels, its words with their places.

Only what our own pages use of PDF is understood: it is enough to look at them without a viewer.
"""

import re
import zlib
from typing import NamedTuple

import zxingcpp
from PIL import Image, ImageDraw
from reportlab.pdfbase.pdfmetrics import stringWidth

STREAM = re.compile(rb"<<(?P<dict>[^>]*(?:>(?!>)[^>]*)*)>>\s*stream\r?\n")
TOKEN = re.compile(rb"\((?:\\.|[^\\()])*\)|/[^\s/<>\[\]()]+|[^\s/<>\[\]()]+|\[|\]|<<|>>", re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
FONTS = {}


class Word(NamedTuple):
    """Some words, and the box that they fill."""

    text: str
    box: tuple[float, float, float, float]


class Page(NamedTuple):
    """A page as we drew it."""

    size: tuple[float, float]
    bars: list  # (x0, y0, x1, y1)
    words: list[Word]
    strokes: list  # of points

    def pixels(self, dpi=300):
        """The page's dark rectangles, as a printer would put them on paper."""
        scale = dpi / 72
        width, height = (round(side * scale) for side in self.size)
        picture = Image.new("L", (width, height), 255)
        draw = ImageDraw.Draw(picture)
        for x0, y0, x1, y1 in self.bars:
            draw.rectangle((x0 * scale, height - y1 * scale, x1 * scale - 1, height - y0 * scale - 1), fill=0)
        return picture

    def codes(self):
        """What a scanner reads on the page: (format, text, box in points) of each code."""
        scale, height = 300 / 72, self.size[1]
        found = []
        for each in zxingcpp.read_barcodes(self.pixels()):
            at = each.position
            corners = [at.top_left, at.top_right, at.bottom_left, at.bottom_right]
            xs, ys = [c.x / scale for c in corners], [height - c.y / scale for c in corners]
            found.append((each.format.name, each.text, (min(xs), min(ys), max(xs), max(ys))))
        return found


def pages(pdf):
    """The pages of a PDF of ours."""
    fonts = dict(re.findall(rb"/BaseFont /(\S+)[^>]*?/Name /(F\d+)", pdf))
    names = {name.decode(): base.decode() for base, name in fonts.items()}
    objects = {int(n): body for n, body in re.findall(rb"(?m)^(\d+) 0 obj\s(.*?)\sendobj", pdf, re.DOTALL)}
    found = []
    for body in objects.values():
        if re.search(rb"/Type /Page\b(?!s)", body):
            box = re.search(rb"/MediaBox \[ \S+ \S+ (\S+) (\S+) \]", body)
            content = objects[int(re.search(rb"/Contents (\d+) 0 R", body)[1])]
            found.append((body, Page((float(box[1]), float(box[2])), *_drawn(stream(content), names))))
    order = [int(n) for n in re.findall(rb"(\d+) 0 R", re.search(rb"/Kids \[(.*?)\]", pdf, re.DOTALL)[1])]
    by_body = {id(body): page for body, page in found}
    return [by_body[id(objects[n])] for n in order]


def stream(content):
    """The bytes of a stream object."""
    head = STREAM.search(content)
    data = content[head.end() : content.rindex(b"endstream")]
    if b"ASCII85Decode" in head["dict"]:
        import base64

        data = (
            base64.a85decode(data.strip(), adobe=False)
            if not data.strip().endswith(b"~>")
            else base64.a85decode(b"<~" + data.strip(), adobe=True)
        )
    return zlib.decompress(data) if b"FlateDecode" in head["dict"] else data


def _drawn(content, fonts):  # noqa: PLR0912 - one branch for each operator
    bars, words, strokes, stack, states = [], [], [], [], []
    at, font, line, path = (1, 0, 0, 1, 0, 0), ("Helvetica", 0.0), (0, 0), []
    begin, leading, pen = (0, 0), 0.0, []
    for token in TOKEN.findall(content):
        if re.fullmatch(rb"-?[0-9.]+", token):
            stack.append(float(token))
            continue
        if token[:1] in b"(/":
            stack.append(token)
            continue
        if token == b"q":
            states.append(at)
        elif token == b"Q":
            at = states.pop()
        elif token == b"cm":
            at = _times(stack[-6:], at)
        elif token == b"re":
            x, y, w, h = stack[-4:]
            (x0, y0), (x1, y1) = _moved(at, x, y), _moved(at, x + w, y + h)
            path.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        elif token in (b"f", b"f*", b"B"):
            bars += path
            path = []
        elif token in (b"n", b"S"):
            strokes += pen if token == b"S" else []
            path, pen = [], []
        elif token == b"m":
            pen.append([_moved(at, *stack[-2:])])
        elif token == b"l":
            pen[-1].append(_moved(at, *stack[-2:]))
        elif token == b"TL":
            leading = stack[-1]
        elif token == b"T*":
            line = begin = (begin[0], begin[1] - leading)
        elif token == b"Tf":
            font = (fonts[stack[-2][1:].decode()], stack[-1])
        elif token == b"Tm":
            line = begin = (stack[-2], stack[-1])
        elif token == b"Tj":
            text = ESCAPE.sub(_unescaped, stack[-1][1:-1]).decode("cp1252")
            wide = stringWidth(text, *font)
            x, y = line
            (x0, y0), (x1, y1) = _moved(at, x, y - 0.2 * font[1]), _moved(at, x + wide, y + 0.72 * font[1])
            words.append(Word(text, (x0, y0, x1, y1)))
            line = (x + wide, y)
        stack = []
    return bars, words, strokes


def _unescaped(match):
    sign = match[1]
    return (
        bytes([int(sign, 8)]) if len(sign) == 3 else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(sign, sign)
    )


def _times(first, then):
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _moved(at, x, y):
    a, b, c, d, e, f = at
    return (a * x + c * y + e, b * x + d * y + f)
