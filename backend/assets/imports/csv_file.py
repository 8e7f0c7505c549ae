"""CSV, as spreadsheets and other systems write it: commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252."""

import codecs
import csv
import io

from backend.assets.imports.tables import MOST_LINES, Row, Table, refuse, table_of, too_large

MARKS = (",", ";", "\t")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
NAMES = {",": ",", ";": ";", "\t": "tab"}
LOOKED_AT = 20
"""Lines by which the mark between cells is told."""


def read_csv(data: bytes) -> Table:
    """The table in these bytes. Raises Invalid, ProblemError("too-large") with the reason."""
    words, encoding = decoded(data)
    if "\0" in words:
        refuse("This is neither CSV nor XLSX: there are zero bytes in it.")
    mark = mark_of(words)
    lines: list[Row] = []
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=mark, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_LINES:
                too_large(f"A file has at most {MOST_LINES:,} lines.")
            if number > 1 or not words.lower().startswith("sep="):
                lines.append(Row(number, [cell.strip() for cell in cells], {}))
    except csv.Error:
        refuse(f"Line {reader.line_num}: a quotation mark is not where it may be, or one is missing.")
    return table_of(f"csv, {encoding}, {NAMES[mark]}", lines)


def decoded(data: bytes) -> tuple[str, str]:
    """The words, and the encoding that they were in."""
    for begin, codec, name in BOMS:
        if data.startswith(begin):
            return in_codec(data, codec), name
    if b"\0" in data[:4000]:
        # UTF-16 without a mark: of ASCII each second byte is zero, the higher one.
        return in_codec(data, "utf-16-be" if data[:1] == b"\0" else "utf-16-le"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return in_codec(data, "cp1252"), "windows-1252"


def in_codec(data: bytes, codec: str) -> str:
    """The words. Refuses bytes that are none in this encoding."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        refuse("These bytes are no text: save it as CSV in UTF-8, or as XLSX.")


def mark_of(words: str) -> str:
    """The sign between cells: of which most lines at the top have as many as the first, and most of them."""
    if words.lower().startswith("sep=") and words[4:5] in MARKS:  # as Excel writes it
        return words[4]
    top = [line for line in words[:200_000].splitlines() if line.strip()][:LOOKED_AT]
    found = {}
    for mark in MARKS:
        counts = [len(line) for line in csv.reader(top, delimiter=mark)]
        found[mark] = (counts[0] if counts else 0, counts.count(counts[0]) if counts else 0)
    return max(MARKS, key=lambda mark: found[mark])
