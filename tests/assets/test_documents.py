"""Files and photos of things: what is sent is told back byte for byte, and is what it says it is."""

import hashlib
import io
import uuid
import zipfile

import pytest
from PIL import Image

from backend.assets.documents import file_name
from backend.core.house import house
from backend.core.ledger import EventRow
from backend.worker import in_transaction
from tests.cast import problem

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def packed(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as office:
        for name in names:
            office.writestr(name, "<x/>")
    return out.getvalue()


def png():
    out = io.BytesIO()
    Image.new("RGB", (3, 2)).save(out, "PNG")
    return out.getvalue()


DOCX, XLSX = packed("word/document.xml"), packed("xl/workbook.xml")


def send(who, asset, data=PDF, id=None, **query):
    return who.put(
        f"/v1/assets/{asset}/documents",
        data=data,
        content_type="application/octet-stream",
        query_string={"document_id": str(id or uuid.uuid4()), "name": "Certificate.pdf"} | query,
    )


@pytest.fixture
def radio(erin, make):
    return make.asset(erin, tag="PD-00001")["id"]


def test_a_file_is_told_back_byte_for_byte_to_be_saved_and_not_opened(erin, radio):
    id = uuid.uuid4()
    told = send(erin, radio, id=id, name="Prüfung «2026».pdf", valid_until_on="2027-03-31")

    assert told.status_code == 200, told.get_json()
    assert told.get_json() | {"sent_at": ""} == {
        "id": str(id),
        "asset_id": radio,
        "name": "Prüfung «2026».pdf",
        "media_type": "application/pdf",
        "bytes": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "valid_until_on": "2027-03-31",
        "sent_at": "",
    }
    answer = erin.get(f"/v1/assets/documents/{id}")
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Pr_fung _2026_.pdf"')
    assert "filename*=UTF-8''Pr%C3%BCfung%20%C2%AB2026%C2%BB.pdf" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert erin.get(f"/v1/assets/{radio}/documents").get_json()["items"] == [told.get_json()]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PDF, "application/pdf"),
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
        ("Serviced, and found well. ñ".encode(), "text/plain"),
        (b"a,b\n1,2\n3,4\n", "text/csv"),
        ("\ufeffa;b\r\n1;2\r\n".encode(), "text/csv"),
        (DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_what_a_file_is_stands_in_its_bytes_and_not_in_its_name(erin, radio, data, media_type):
    assert send(erin, radio, data, name="said.exe").get_json()["media_type"] == media_type


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03" + b"\0" * 60,
        b"\x7fELF" + b"\0" * 60,
        packed("evil.exe"),
        packed("word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04 no archive",
        b"GIF89a" + b"\xff" * 20,
        b"words with a \0 in them",
    ],
)
def test_other_files_are_refused_whatever_they_are_called(erin, radio, data):
    problem(send(erin, radio, data, name="Certificate.pdf"), 422, "invalid")
    assert erin.get(f"/v1/assets/{radio}/documents").get_json() == {"items": []}


def test_the_same_file_again_changes_its_name_alone_and_another_needs_an_id_of_its_own(erin, radio, make):
    id, other = uuid.uuid4(), make.asset(erin)["id"]
    first = send(erin, radio, id=id).get_json()

    again = send(erin, radio, id=id, name="Better name.pdf", valid_until_on="2027-01-31")
    assert again.status_code == 200
    assert again.get_json() == first | {"name": "Better name.pdf", "valid_until_on": "2027-01-31"}
    problem(send(erin, radio, PDF + b"%", id=id), 409, "already-there")
    problem(send(erin, other, id=id), 409, "already-there")
    assert erin.get(f"/v1/assets/documents/{id}").data == PDF
    assert len(erin.get(f"/v1/assets/{radio}/documents").get_json()["items"]) == 1


def test_a_file_may_be_20_megabytes_long_and_no_longer_and_must_not_be_empty(erin, radio):
    assert send(erin, radio, PDF.ljust(20_000_000, b"\n")).status_code == 200
    problem(send(erin, radio, PDF.ljust(20_000_001, b"\n")), 413, "too-large")
    problem(send(erin, radio, b""), 422, "invalid")


def test_a_file_that_is_dropped_is_gone_and_its_bytes_with_it(erin, radio):
    id = uuid.uuid4()
    name = file_name(id, send(erin, radio, id=id).get_json()["sha256"])
    assert house().files.get(name) == PDF

    assert erin.delete(f"/v1/assets/documents/{id}").status_code == 204
    problem(erin.get(f"/v1/assets/documents/{id}"), 404, "not-found")
    with pytest.raises(FileNotFoundError):
        house().files.get(name)
    from backend.core.actor import db

    kinds = in_transaction(lambda: [row.kind for row in db().query(EventRow).order_by(EventRow.id)])
    assert [kind for kind in kinds if "Document" in kind or "document" in kind]


def test_files_are_for_who_may_know_of_the_thing_and_kept_by_who_keeps_it(erin, dan, radio, make):
    id = uuid.uuid4()
    send(erin, radio, id=id)
    ann = make.person("ann", role="crew", department="police")

    assert ann.get(f"/v1/assets/documents/{id}").status_code == 200
    for stranger in (dan, make.person("tess", role="crew", department="fire")):
        problem(stranger.get(f"/v1/assets/documents/{id}"), 404, "not-found")
        problem(stranger.get(f"/v1/assets/{radio}/documents"), 404, "not-found")
    problem(send(ann, radio), 403, "forbidden")
    problem(ann.delete(f"/v1/assets/documents/{id}"), 403, "forbidden")
    keeper = make.person("kim", role="technician", department="public-works")
    problem(send(keeper, radio), 404, "not-found")
    problem(keeper.delete(f"/v1/assets/documents/{id}"), 404, "not-found")


def test_photos_show_a_thing_to_who_may_know_of_it(erin, dan, radio, jpeg, make):
    first, second = erin.send_photo(jpeg("red")), erin.send_photo(jpeg("blue"))
    ann = make.person("ann", role="crew", department="police")
    problem(ann.get(f"/v1/photos/{first}"), 404, "not-found")

    told = erin.post(f"/v1/assets/{radio}/photos", {"photos": [str(second), str(first)]})
    assert told.status_code == 200, told.get_json()
    erin.post(f"/v1/assets/{radio}/photos", {"photos": [str(first)]})
    assert ann.get(f"/v1/assets/{radio}/photos").get_json() == {"photos": [str(second), str(first)]}
    assert ann.get(f"/v1/photos/{first}").status_code == 200
    problem(dan.get(f"/v1/photos/{first}"), 404, "not-found")
    problem(dan.get(f"/v1/assets/{radio}/photos"), 404, "not-found")
    missing = str(uuid.uuid4())
    told = problem(erin.post(f"/v1/assets/{radio}/photos", {"photos": [missing]}), 409, "photo-missing")
    assert told["ids"] == [missing]
    problem(ann.post(f"/v1/assets/{radio}/photos", {"photos": [str(first)]}), 403, "forbidden")


def test_a_day_holds_so_many_files_of_one_person(erin, radio, monkeypatch):
    monkeypatch.setattr("backend.assets.documents.PER_DAY", 2)
    assert [send(erin, radio).status_code for _ in range(3)] == [200, 200, 429]
