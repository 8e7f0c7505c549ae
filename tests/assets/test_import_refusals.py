"""Hostile and broken files: each is refused with its reason, soon, and leaves nothing behind."""

import contextlib
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.assets.imports import table_in, xlsx_file
from backend.core.problems import ProblemError
from tests.assets.test_import import report, send, things, workbook
from tests.cast import problem

PLAIN = workbook(["Tag", "Kind", "Department"], ["WU-1", "radio", "police"])


def packed(change=None, more=(), name="xl/worksheets/sheet1.xml"):
    """The plain workbook with one part changed and others added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(PLAIN)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in source.infolist():
            content = source.read(part)
            made.writestr(part.filename, change(content) if change and part.filename == name else content)
        for other, content in more:
            made.writestr(other, content)
    return out.getvalue()


def locked():
    """A workbook whose parts say that they need a password."""
    data = bytearray(PLAIN)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def bomb():
    """60 KB that unfold into 70 MB."""
    return packed(more=[("xl/media/zeros.bin", b"\0" * 70_000_000)])


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ENTITY = packed(lambda content: LAUGHS + content.partition(b"?>")[2])
FOREIGN = packed(
    lambda content: (
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">' + content.partition(b"?>")[2]
    )
)

HOSTILE = {
    "nothing": (b"", 422, "empty"),
    "only spaces": (b"  \n \n", 422, "nothing in this file"),
    "an older workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 422, "Save it as XLSX"),
    "a PDF": (b"%PDF-1.7\n", 422, "Save it as XLSX"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), 422, ""),
    "a program": (b"MZ\x90\0" + bytes(range(256)) * 4, 422, ""),
    "no text in any encoding": (b"Tag,\x81\x8d\x8f", 422, "no text"),
    "an open quotation mark": (b'Tag,Note\nWU-1,"never closed\n', 422, "quotation mark"),
    "an archive that is none": (b"PK\x03\x04" + b"\0" * 100, 422, "can't be read"),
    "a cut workbook": (PLAIN[: len(PLAIN) // 2], 422, "can't be read"),
    "the same workbook, packed anew": (packed(), 200, ""),
    "a zip bomb": (bomb(), 413, "unfolds"),
    "parts without end": (packed(more=[(f"x/{n}.bin", b"") for n in range(1001)]), 413, "unfolds"),
    "a billion laughs": (ENTITY, 422, "document type"),
    "a foreign entity": (FOREIGN, 422, "document type"),
    "macros": (packed(more=[("xl/vbaProject.bin", b"x")]), 422, "macros"),
    "a password": (locked(), 422, "password"),
    "broken XML": (packed(lambda content: content[:-20]), 422, "can't be read"),
    "too many columns": (b",".join(b"c%d" % n for n in range(101)) + b"\n1\n", 413, "columns"),
    "too many columns of a sheet": (workbook([f"c{n}" for n in range(101)]), 413, "columns"),
    "a row at the end of the world": (
        packed(lambda content: content.replace(b'<row r="2"', b'<row r="1048576"')),
        413,
        "lines",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_with_its_reason(erin, name):
    data, status, reason = HOSTILE[name]
    answer = send(erin, data, dry_run="true")

    if status == 200:
        assert answer.status_code == 200
        return
    told = problem(answer, status, "too-large" if status == 413 else "invalid")
    assert reason in told["detail"] + " ".join(error["detail"] for error in told["errors"])
    assert things() == {}


def test_a_bomb_is_not_unfolded():
    data = bomb()
    tracemalloc.start()
    with pytest.raises(ProblemError):
        table_in(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_part_that_lies_about_its_length_is_not_unfolded_either():
    data = bytearray(bomb())
    name = b"xl/media/zeros.bin"
    at = data.rindex(name) - 46  # its entry in the central directory (APPNOTE 4.3.12)
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    tracemalloc.start()
    with contextlib.suppress(ProblemError):
        table_in(bytes(data))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_cells_of_another_sheet_and_of_hidden_ones_are_not_taken(erin):
    book = openpyxl.Workbook()
    book.active.title = "Secret"
    book.active.sheet_state = "hidden"
    book.active.append(["Tag", "Kind", "Department"])
    book.active.append(["WU-9", "radio", "police"])
    seen = book.create_sheet("Shown")
    seen.append(["Tag", "Kind", "Department"])
    seen.append(["WU-1", "radio", "police"])
    out = io.BytesIO()
    book.save(out)
    assert send(erin, out.getvalue()).status_code == 200
    assert set(things()) == {"WU-1"}


def test_what_a_cell_says_is_never_repeated_in_a_reason(erin):
    secret = "Jane Doe 713-555-0100"
    told = report(erin, f"Tag,Kind,Department,Battery,Patched on\nWU-1,{secret},{secret},{secret},{secret}\n")
    assert len(told["refused"]) >= 2
    assert secret not in str(told)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, len(PLAIN) - 1), byte=st.integers(0, 255), cut=st.integers(0, 40))
def test_any_altered_workbook_is_read_or_refused_and_never_a_fault(at, byte, cut):
    data = bytearray(PLAIN)
    data[at] = byte
    del data[at + 1 : at + 1 + cut]
    try:
        table_in(bytes(data))
    except ProblemError as problem_:
        assert problem_.status in {413, 422}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_and_never_a_fault(data):
    try:
        table = table_in(data)
    except ProblemError as problem_:
        assert problem_.status in {413, 422, 429}
    else:
        assert all(len(row.cells) == len(table.header) for row in table.rows)


def test_one_workbook_is_read_at_a_time_and_the_next_one_waits(erin, monkeypatch):
    class Busy:
        def acquire(self, timeout):
            assert timeout > 0
            return False

    monkeypatch.setattr(xlsx_file, "_reading", Busy())
    assert problem(send(erin, PLAIN), 429, "slow-down")
