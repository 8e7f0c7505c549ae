"""Photos: sent ahead, made anew from their pixels, seen by whom they concern, swept up if nothing holds them."""

import io
import struct
import uuid
import zlib
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from sqlalchemy import select

from backend.core import photos
from backend.core.actor import db
from backend.core.clock import later
from backend.core.house import house
from backend.core.limits import count_try
from backend.core.photos import PhotoRow, file_name, made_anew
from backend.core.problems import ProblemError
from backend.worker import in_transaction
from shared_models.photos import LONG_SIDE, MOST_BYTES, THUMB_SIDE, PhotoSize
from tests.cast import problem
from tests.races import all_at_once

CANARY = b"canary-5800-University-Blvd"


def picture(form="JPEG", size=(64, 48), mode="RGB", colour="orange", **options):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, form, **options)
    return out.getvalue()


def gps():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = CANARY.decode()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (29.0, 43.0, 4.08)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "W", (95.0, 25.0, 54.12)
    return exif.tobytes()


def put(by, data, id=None, kind="image/jpeg"):
    return by.call("PUT", f"/v1/photos/{id or uuid.uuid4()}", data=data, content_type=kind)


def got(by, id, size=None):
    answer = by.get(f"/v1/photos/{id}", query_string={"size": size} if size else {})
    assert answer.status_code == 200, answer.get_json()
    assert answer.mimetype == "image/jpeg"
    return answer.data


def png_header(width, height):
    """A PNG that says it is so large, and has no pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


# ── sent ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_photo_under_the_same_id_again_changes_nothing(alice, jpeg):
    id, data = uuid.uuid4(), jpeg()

    answers = [put(alice, data, id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json() == {"id": str(id), "width": 640, "height": 480}


def test_the_same_photo_sent_by_many_at_once_is_one(alice, jpeg):
    id, data = uuid.uuid4(), jpeg()

    answers = all_at_once(6, lambda _: put(alice, data, id))

    assert {answer.status_code for answer in answers} == {200}
    assert got(alice, id)


def test_an_id_that_is_taken_is_refused_and_leaves_no_file(alice, bob, jpeg, settings):
    id = alice.send_photo(jpeg())
    before = got(alice, id)

    for by, data in ((alice, jpeg("blue")), (bob, jpeg("blue")), (bob, jpeg())):
        told = problem(put(by, data, id), 409, "photo-differs")
        assert told["ids"] == [str(id)]

    assert got(alice, id) == before
    assert len(files_of(settings, id)) == 2


def files_of(settings, id):
    from urllib.parse import urlsplit

    return sorted(Path(urlsplit(settings.files_url).path).rglob(f"{id.hex}*"))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_three_forms_are_taken_and_leave_as_jpeg_in_two_sizes(alice, form):
    id = uuid.uuid4()
    told = put(alice, picture(form, (3000, 2000)), id).get_json()

    full, thumb = (Image.open(io.BytesIO(got(alice, id, size))) for size in PhotoSize)
    assert (full.format, thumb.format) == ("JPEG", "JPEG")
    assert full.size == (told["width"], told["height"]) == (LONG_SIDE, 1067)
    assert thumb.size == (THUMB_SIDE, 213)


@pytest.mark.parametrize("data", [
    picture("PNG", mode="RGBA", colour=(255, 0, 0, 0)),
    picture("PNG", mode="P", colour=3, transparency=3),
    picture("PNG", mode="LA", colour=(0, 0)),
    picture("PNG", mode="1"),
    picture("PNG", mode="I;16"),
    picture("JPEG", mode="L"),
    picture("JPEG", mode="CMYK", colour=(0, 0, 0, 0)),
    picture("WEBP", mode="RGBA", colour=(0, 0, 0, 0)),
    picture("JPEG", (1, 1)),
    picture("JPEG", (5000, 1)),
], ids=range(10))  # fmt: skip
def test_any_colours_a_camera_or_a_screen_knows_are_taken(alice, data):
    id = uuid.uuid4()
    assert put(alice, data, id).status_code == 200
    assert Image.open(io.BytesIO(got(alice, id))).mode == "RGB"


def test_what_is_transparent_becomes_white(alice):
    id = uuid.uuid4()
    put(alice, picture("PNG", mode="RGBA", colour=(255, 0, 0, 0)), id)

    assert min(Image.open(io.BytesIO(got(alice, id))).getpixel((9, 9))) > 250


def test_a_photo_is_turned_as_the_camera_was_held(alice):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    told = put(alice, picture(size=(200, 100), exif=exif.tobytes())).get_json()

    assert (told["width"], told["height"]) == (100, 200)


# ── made anew ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [
    picture("JPEG", exif=gps(), comment=CANARY),
    picture("PNG", exif=gps()),
    picture("WEBP", exif=gps(), xmp=b"<x>" + CANARY + b"</x>"),
    picture("JPEG", icc_profile=CANARY * 10),
    picture("JPEG") + b"<script>" + CANARY + b"</script>",
    picture("JPEG") + b"PK\x03\x04" + CANARY,
    picture("JPEG") + picture("JPEG", exif=gps()),
], ids=["jpeg exif", "png exif", "webp exif and xmp", "colour profile", "html behind", "zip behind", "second picture"])  # fmt: skip
def test_what_a_camera_or_a_stranger_hid_in_a_photo_is_gone_from_both_sizes(alice, data):
    id = uuid.uuid4()
    if b"<script>" not in data and b"PK\x03\x04" not in data:
        assert CANARY in data or CANARY[:8] in data
    assert put(alice, data, id).status_code == 200

    for size in PhotoSize:
        kept = got(alice, id, size)
        assert CANARY not in kept
        assert b"Exif" not in kept
        opened = Image.open(io.BytesIO(kept))
        assert not opened.getexif()
        assert {"exif", "icc_profile", "comment", "xmp"}.isdisjoint(opened.info)


def test_a_photo_says_to_a_browser_that_it_is_a_photo_and_private(alice, jpeg):
    answer = alice.get(f"/v1/photos/{alice.send_photo(jpeg())}")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────


GIF = picture("GIF", mode="P", colour=0)
HTML = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize("data", [
    b"x", b"\0" * 1000, HTML, b"%PDF-1.7 " + HTML, GIF, GIF[:6] + b"/*" + GIF[6:] + HTML,
    b"GIF89a/*" + picture("JPEG") + b"*/=1;",
    HTML + picture("JPEG"),
    picture("BMP"), picture("TIFF"), picture("ICO"), picture("PPM"),
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    picture("JPEG")[:300], picture("PNG")[:60], picture("WEBP")[:40],
    b"\xff\xd8\xff\xe0" + b"\0" * 100, b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffWEBP",
    png_header(0, 10), png_header(64, 48),
], ids=range(22))  # fmt: skip
def test_what_is_no_whole_photo_is_refused(alice, data):
    problem(put(alice, data), 422, "not-a-photo")


def test_an_empty_photo_is_refused_by_name(alice):
    assert problem(put(alice, b""), 422, "invalid")["errors"][0]["pointer"] == "/"


@pytest.mark.parametrize(
    "size", [(10_000, 10_000), (50_000_001, 1), (65_500, 65_500), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_of_pixels_is_refused_before_it_is_decoded(alice, size):
    problem(put(alice, png_header(*size)), 413, "too-large")


def test_a_bomb_that_lies_about_nothing_is_refused(alice):
    problem(put(alice, picture("PNG", (8000, 7000), mode="1", colour=0)), 413, "too-large")


def test_what_can_only_be_decoded_whole_has_half_as_many_pixels(alice):
    problem(put(alice, png_header(6000, 4200)), 413, "too-large")
    problem(put(alice, png_header(5000, 5000)), 422, "not-a-photo")


def test_a_picture_that_is_small_to_send_and_large_to_decode_takes_no_more_memory_than_is_there_for_it():
    sixty_megabytes = picture("PNG", (4000, 4000), mode="RGBA", colour=(1, 2, 3, 4))
    assert len(sixty_megabytes) < 200_000
    with peak() as grown:
        made_anew(sixty_megabytes)
    assert grown() < 240


@contextmanager
def peak():
    """``grown()``: by how many MB the process grew at most meanwhile, where the system tells (Linux); else 0."""

    def told(name):
        lines = Path("/proc/self/status").read_text().splitlines() if clear.exists() else []
        return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(name)), 0)

    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")  # forget the highest so far
    before = told("VmRSS")
    yield lambda: told("VmHWM") - before


def test_a_photo_may_have_twelve_megabytes_and_not_thirteen(alice):
    data = picture("JPEG")
    assert put(alice, data + b"\0" * (MOST_BYTES - len(data))).status_code == 200
    problem(put(alice, data + b"\0" * (13 * 1024 * 1024)), 413, "too-large")


@pytest.mark.parametrize("id", ["x", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "0" * 32 + "/.."])
def test_only_an_id_names_a_photo(alice, jpeg, id):
    assert alice.call("PUT", f"/v1/photos/{id}", data=jpeg(), content_type="image/jpeg").status_code == 404


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), form=st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_a_photo_with_bytes_changed_on_its_way_is_made_anew_or_refused(data, form):
    whole = bytearray(picture(form, (40, 30), exif=gps()))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    try:
        full, thumb = made_anew(bytes(whole[:cut]))
    except ProblemError as refused:
        assert refused.type in {"not-a-photo", "too-large"}
    else:
        assert full[0][:2] == thumb[0][:2] == b"\xff\xd8"


def test_who_sends_too_many_waits(alice, bob, jpeg):
    for _ in range(photos.PER_DAY):
        count_try(house().database, "photo", str(alice.id), most=photos.PER_DAY, per=timedelta(days=1))

    answer = put(alice, jpeg())
    problem(answer, 429, "slow-down")
    assert int(answer.headers["Retry-After"]) > 0
    assert put(bob, jpeg()).status_code == 200


def test_one_address_sends_only_so_many(alice, jpeg):
    database, day = house().database, timedelta(days=1)
    from backend.core.limits import TryRow

    count_try(database, "photo-address", "127.0.0.1", most=photos.PER_ADDRESS, per=day)
    in_transaction(lambda: db().execute(TryRow.__table__.update().values(count=photos.PER_ADDRESS)))

    problem(put(alice, jpeg()), 429, "slow-down")


# ── seen ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_seen_by_its_sender_and_through_the_thing_that_holds_it(
    alice, bob, carol, dan, nobody, make, jpeg
):
    id = alice.send_photo(jpeg())
    path = f"/v1/photos/{id}"
    assert alice.get(path).status_code == 200
    for other in (bob, carol, dan):
        problem(other.get(path), 404, "not-found")

    make.request(by=alice, photos=[id])

    assert [person.get(path).status_code for person in (alice, carol, dan)] == [200, 200, 200]
    problem(bob.get(path), 404, "not-found")
    problem(nobody.get(path), 401, "sign-in")
    problem(carol.get(f"/v1/photos/{uuid.uuid4()}"), 404, "not-found")


def test_nobody_can_hang_anothers_photo_on_a_report_of_theirs(alice, bob, jpeg):
    id = alice.send_photo(jpeg())
    wish = {
        "id": str(uuid.uuid4()), "type": "pothole", "where": {"lat": 29.7178, "lon": -95.4317}, "photos": [str(id)],
    }  # fmt: skip

    assert problem(bob.post("/v1/service-requests/", wish), 409, "photo-missing")["ids"] == [str(id)]
    problem(bob.get(f"/v1/photos/{id}"), 404, "not-found")


@pytest.mark.parametrize("query", ["size=huge", "size=", "width=3"])
def test_a_size_that_is_not_kept_is_refused_by_name(alice, jpeg, query):
    told = problem(alice.get(f"/v1/photos/{alice.send_photo(jpeg())}?{query}"), 422, "invalid")
    assert told["errors"][0]["pointer"] == "?" + query.partition("=")[0]


# ── swept ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_nothing_holds_is_swept_up_after_thirty_days_with_its_files(alice, make, jpeg, settings):
    loose, held = alice.send_photo(jpeg()), alice.send_photo(jpeg("blue"))
    make.request(by=alice, photos=[held])

    with later(timedelta(days=29)):
        in_transaction(photos.sweep)
    assert got(alice, loose)
    with later(timedelta(days=31)):
        in_transaction(photos.sweep)

    problem(alice.get(f"/v1/photos/{loose}"), 404, "not-found")
    assert got(alice, held)
    assert (files_of(settings, loose), len(files_of(settings, held))) == ([], 2)
    assert in_transaction(lambda: db().scalars(select(PhotoRow.id)).all()) == [held]


def test_a_photo_that_was_swept_up_can_be_sent_again(alice, make, jpeg):
    id, data = uuid.uuid4(), jpeg()
    put(alice, data, id)
    with later(timedelta(days=31)):
        in_transaction(photos.sweep)

    assert put(alice, data, id).status_code == 200
    make.request(by=alice, photos=[id])
    assert got(alice, id)


def test_sweeping_what_is_gone_from_the_store_does_not_stop(alice, jpeg, settings):
    first, second = alice.send_photo(jpeg()), alice.send_photo(jpeg("blue"))
    row = in_transaction(lambda: db().get_one(PhotoRow, first))
    house().files.drop(file_name(first, row.sha256, PhotoSize.FULL))

    with later(timedelta(days=31)):
        in_transaction(photos.sweep)

    assert files_of(settings, first) == files_of(settings, second) == []
