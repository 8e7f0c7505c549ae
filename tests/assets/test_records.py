"""Custody records that are handed on: whole as they were made, and no altered value passes for one."""

import copy
import json
import re
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.assets import records
from backend.cli import main
from shared_models.basics import Language
from shared_models.custody import Act, CustodyEntry, digest_of, link
from tests.assets.paper import pages
from tests.cast import problem

SIGNED = "M100 300L200 50L300 300L400 80M500 200L900 210"


@pytest.fixture
def chain(erin, make):
    """A radio that was handed out and taken back, both signed for."""
    radio = make.asset(erin, tag="PD-00001", serial="481TXK0001", name="Portable 1")
    ann = make.person("ann", role="crew", department="police")
    for verb, said in (
        ("hand-out", {"to_id": str(ann.id), "condition": "Scratch on the display, ñandú"}),
        ("take-back", {"place": "Locker 4", "condition": "As it was"}),
    ):
        wish = {"id": str(uuid.uuid4()), "signature": SIGNED, "battery": 95, **said}
        answer = erin.post(f"/v1/custody/{radio['id']}/{verb}", wish)
        assert answer.status_code == 201, answer.get_json()
    return radio["id"]


def record_of(who, id):
    answer = who.get(f"/v1/custody/{id}/record")
    assert answer.status_code == 200
    return answer.data


def pdf_of(who, id):
    answer = who.get(f"/v1/custody/{id}/record.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.get_json()
    return answer.data


def made(count=3, signature=SIGNED):
    """A record as bytes, without a house: what the verifier is for."""
    asset, previous, entries = str(uuid.UUID(int=7)), "0" * 64, []
    for n in range(1, count + 1):
        entry = {
            "id": str(uuid.UUID(int=100 + n)), "asset_id": asset, "n": n,
            "act": (Act.HANDED_OUT if n % 2 else Act.TAKEN_BACK).value,
            "done_at": f"2026-11-2{n % 8}T03:15:22.000000Z", "taken_at": f"2026-11-2{n % 8}T03:15:23.000000Z",
            "by_id": str(uuid.UUID(int=1)), "by": "Erin", "from_id": None, "from_name": "", "to_id": str(uuid.UUID(int=2)),
            "to_name": "Ann <b>& Co</b> 漢", "unit": "M-12", "place": "Locker", "condition": "Fine, ñandú", "signature": signature,
            "override": "", "fault_id": None, "previous": previous,
        }  # fmt: skip
        entry["hash"] = previous = link(entry)
        CustodyEntry.check(entry)
        entries.append(entry)
    record = {
        "tag": "PD-00001",
        "serial": "481TXK0001",
        "made_at": "2026-11-27T03:15:22.000000Z",
        "entries": entries,
    }
    return record | {"digest": digest_of(record)}


def as_bytes(record):
    return json.dumps(record, ensure_ascii=False).encode()


RECORD = as_bytes(made())
VALUES = [
    at
    for match in re.finditer(rb': (?:"((?:\\.|[^"\\])*)"|([^",\[\]{}]+))', RECORD)
    for at in range(*(match.span(1) if match[1] is not None else match.span(2)))
]
"""Where in the record a byte of a value stands."""


def test_a_record_as_json_and_as_pdf_is_whole_and_the_command_says_so(erin, chain, tmp_path, capsys):
    json_file, pdf_file = tmp_path / "record.json", tmp_path / "record.pdf"
    json_file.write_bytes(record_of(erin, chain))
    pdf_file.write_bytes(pdf_of(erin, chain))

    for file in (json_file, pdf_file):
        assert main(["custody", "verify", str(file)]) == 0
        said = capsys.readouterr().out
        assert "whole: PD-00001, 3 entries" in said
        assert json.loads(json_file.read_bytes())["entries"][-1]["hash"] in said


def test_the_command_names_the_entry_that_was_altered(erin, chain, tmp_path, capsys):
    told = json.loads(record_of(erin, chain))
    file = tmp_path / "record.json"
    told["entries"][1]["to_name"] = "Somebody Else"
    told["digest"] = digest_of(told)
    file.write_bytes(as_bytes(told))

    assert main(["custody", "verify", str(file)]) == 1
    assert "broken at entry 2" in capsys.readouterr().out
    assert main(["custody", "verify", str(tmp_path / "none.json")]) == 1
    file.write_bytes(b"nothing of the kind")
    assert main(["custody", "verify", str(file)]) == 1


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.sampled_from(VALUES), bit=st.integers(0, 7))
def test_any_bit_of_any_value_that_is_flipped_is_noticed(at, bit):
    flipped = bytearray(RECORD)
    flipped[at] ^= 1 << bit
    assert records.verify(RECORD).whole
    assert not records.verify(bytes(flipped)).whole


def test_every_byte_of_every_value_is_looked_at():
    """Each of them, by one bit that leaves most of them readable."""
    for at in VALUES:
        flipped = bytearray(RECORD)
        flipped[at] ^= 1
        assert not records.verify(bytes(flipped)).whole, RECORD[at - 20 : at + 20]


def test_entries_that_are_left_out_added_or_put_in_another_order_are_noticed():
    whole = made(4)
    for change in (
        lambda told: told["entries"].pop(),
        lambda told: told["entries"].pop(0),
        lambda told: told["entries"].pop(2),
        lambda told: told["entries"].reverse(),
        lambda told: told["entries"].append(told["entries"][-1]),
        lambda told: told["entries"].clear(),
        lambda told: told.pop("digest"),
        lambda told: told.update(tag="PD-00002"),
        lambda told: told.update(note="more"),
        lambda told: told["entries"][0].update(note="more"),
        lambda told: told["entries"][0].update(n=1.0),
        lambda told: told["entries"][0].pop("fault_id"),
    ):
        told = copy.deepcopy(whole)
        change(told)
        assert not records.verify(as_bytes(told)).whole
    assert records.verify(as_bytes(whole)).whole
    doubled = as_bytes(whole).replace(b'"tag": "PD-00001"', b'"tag": "PD-00002", "tag": "PD-00001"')
    assert not records.verify(doubled).whole


def test_the_entries_of_two_things_are_no_record_of_one():
    one, other = made(1), made(2)
    entry = other["entries"][1] | {"asset_id": str(uuid.UUID(int=8)), "previous": one["entries"][0]["hash"]}
    entry["hash"] = link(entry)
    one["entries"].append(entry)
    one["digest"] = digest_of(one)
    assert records.verify(as_bytes(one)).words == "broken: its entries are of different things."


def test_the_pages_show_the_chain_with_its_hashes_and_draw_the_signatures(erin, chain):
    told, pdf = json.loads(record_of(erin, chain)), pdf_of(erin, chain)
    [page] = pages(pdf)
    said = " ".join(word.text for word in page.words)

    assert records.attached(pdf).replace(b" ", b"") != b""
    assert json.loads(records.attached(pdf))["entries"] == told["entries"]
    for words in ("Custody record of PD-00001", "481TXK0001", "West University Place", "handed out", "taken back",
                  "Ann", "Scratch on the", "Locker 4", "westu custody verify"):  # fmt: skip
        assert words in said, words
    assert all(entry["hash"][:20] in said.replace(" ", "") for entry in told["entries"])
    signed = [stroke for stroke in page.strokes if len(stroke) == 4]
    assert len(signed) == 2, "the longer stroke of each signature"
    xs, ys = zip(*signed[0], strict=True)
    assert ys[1] > ys[0] and ys[1] > ys[2] and ys[3] > ys[2], "upright, as it was written"
    assert xs == tuple(sorted(xs))


def test_each_page_of_a_long_chain_is_within_the_paper_and_in_the_readers_language():
    told = made(60)
    pdf = records.pages(as_bytes(told), Language.ES, "West University Place")
    found = pages(pdf)

    assert len(found) > 2
    assert "Registro de custodia" in " ".join(word.text for word in found[0].words)
    assert "entregado" in " ".join(word.text for word in found[1].words)
    for page in found:
        for word in page.words:
            assert word.box[0] >= 30 and word.box[2] <= page.size[0] - 30, word
            assert word.box[1] >= 18 and word.box[3] <= page.size[1] - 30, word
    assert records.verify(pdf).whole


def test_pages_that_are_not_the_attached_records_own_are_noticed():
    pdf = records.pages(RECORD, Language.EN, "West University Place")
    assert records.verify(pdf).whole

    other = records.pages(as_bytes(made(2)), Language.EN, "West University Place")
    swapped = pdf.replace(RECORD, as_bytes(made(2)))
    assert not records.verify(swapped).whole
    drawing = rb"(?<=stream\n)[!-~\s]*?~>(?=endstream)"
    forged = re.sub(drawing, lambda _: re.search(drawing, other)[0], pdf, count=1)
    assert forged != pdf
    assert "pages are not its own" in records.verify(forged).words
    altered = pdf.replace(b"Locker", b"Lacker", 1)
    assert "broken at entry 1" in records.verify(altered).words
    assert not records.verify(b"%PDF-1.4 nothing attached").whole
    assert records.verify(pdf.replace(records.PRINTER.encode(), b"westu, reportlab 9.9.9")).whole


def test_a_record_is_for_who_may_know_of_the_thing(erin, dan, chain):
    for path in ("record", "record.pdf"):
        problem(dan.get(f"/v1/custody/{chain}/{path}"), 404, "not-found")
        problem(erin.get(f"/v1/custody/{uuid.uuid4()}/{path}"), 404, "not-found")
