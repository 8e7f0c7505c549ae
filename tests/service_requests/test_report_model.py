"""The report without a window: the draft on disk, the steps, the pin, the topics."""

import io
import time
from types import SimpleNamespace

import pytest
from PIL import Image

from mobile.core import strings
from mobile.core.device.camera import FolderCamera, keep_photo, photo_place, thumbnail_of
from mobile.core.device.location import FixedLocation, NoLocation
from mobile.core.device.push import NoPush
from mobile.core.pack import Pack
from mobile.core.parts import Parts
from mobile.core.preferences import PreferencesFile
from mobile.core.store import Store
from mobile.core.tasks import Tasks
from mobile.service_requests import draft as drafts
from mobile.service_requests.draft import Draft, steps_for
from shared_models.service_requests import Outcome
from tests.make import HERE

AT = (HERE["lat"], HERE["lon"])
ELSEWHERE = (29.75, -95.36)


@pytest.fixture
def parts(tmp_path):
    """A phone's parts with nobody signed in and no network: only what the models of the report touch."""
    from mobile.app import SHIPPED_PACK

    store, tasks = Store(tmp_path / "phone.sqlite3"), Tasks()
    made = Parts(
        home=tmp_path, session=SimpleNamespace(store=store, account=None), tasks=tasks, pack=Pack.open(SHIPPED_PACK),
        sync=SimpleNamespace(state=SimpleNamespace(online=False), me=lambda: None), camera=FolderCamera(),
        location=NoLocation(), push=NoPush(), nav=None, preferences=PreferencesFile(tmp_path),
    )  # fmt: skip
    yield made
    tasks.stop()
    made.pack.close()
    store.close()


@pytest.fixture
def report(parts):
    from mobile.service_requests.report_model import Report

    model = Report()
    model.prepare(parts)
    model.begin()
    return model


def until(check, timeout=5):
    """Let the main thread's clock tick until this is so."""
    from kivy.clock import Clock

    end = time.monotonic() + timeout
    while time.monotonic() < end:
        Clock.tick()
        if answer := check():
            return answer
    raise AssertionError(f"not reached: {check}")


def photo(folder, place=None):
    """A picture, perhaps one that says where it was taken."""
    exif = Image.Exif()
    if place is not None:
        lat, lon = place
        exif.get_ifd(0x8825).update({1: "N" if lat >= 0 else "S", 2: (abs(lat), 0.0, 0.0),
                                     3: "E" if lon >= 0 else "W", 4: (abs(lon), 0.0, 0.0)})  # fmt: skip
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "orange").save(out, "JPEG", exif=exif)
    file = folder / "taken.jpg"
    file.write_bytes(out.getvalue())
    return file


def kind(parts, code):
    return parts.types()[code]


def test_a_kept_photo_is_small_and_bare_and_has_a_thumbnail(tmp_path):
    source = photo(tmp_path, AT)
    assert photo_place(source) == pytest.approx(AT, abs=1e-4)
    _, file = keep_photo(source, tmp_path / "photos")
    with Image.open(file) as kept, Image.open(thumbnail_of(file)) as small:
        assert (kept.size, max(small.size)) == ((1600, 1067), 320)
        assert not kept.getexif()
    assert photo_place(file) is None


def test_a_draft_is_read_back_as_it_was_kept_but_for_photos_that_are_gone(tmp_path, parts):
    id_, file = keep_photo(photo(tmp_path), tmp_path / "photos")
    draft = Draft(
        step="words", photos={id_: file}, at=AT, address="3500 Rice Blvd", type="pothole", words="Deep\none"
    )
    drafts.keep(parts.store, draft)
    assert drafts.begun(parts.store) == draft
    file.unlink()
    assert drafts.begun(parts.store).photos == {}
    drafts.forget(parts.store)
    assert drafts.begun(parts.store) is None


def test_a_draft_comes_along_into_the_account_that_is_signed_in_to(tmp_path, parts):
    drafts.keep(parts.store, Draft(words="Deep one"))
    account = Store(tmp_path / "account.sqlite3")
    account.take_from(parts.store)
    assert drafts.begun(account).words == "Deep one"
    account.close()


def test_what_needs_no_place_is_not_asked_for_one(parts):
    assert steps_for(Draft(), None) == ("photo", "place", "type", "words", "review")
    assert "place" not in steps_for(Draft(), kind(parts, "utility-bill"))
    assert steps_for(Draft(placeless=True), None) == ("photo", "type", "words", "review")
    assert steps_for(Draft(placeless=True), kind(parts, "pothole"))[2] == "place"


def test_a_place_that_was_skipped_is_asked_for_after_a_topic_that_needs_one(report):
    report.go_on()
    report.skip_place()
    report.type.pick("pothole")
    assert report.step == "place" and not report.can_skip_place
    report.go_on()
    assert report.step == "place"
    report.place.put(*AT)
    report.go_on()
    assert report.step == "words"


def test_the_photo_sets_the_pin_where_it_was_taken_if_that_is_in_the_city(report, tmp_path):
    report.add_photo(photo(tmp_path, ELSEWHERE))
    until(lambda: report.photos)
    assert report.draft.at is None
    report.add_photo(photo(tmp_path, AT))
    until(lambda: len(report.photos) == 2)
    assert report.draft.at == pytest.approx(AT, abs=1e-4) and report.place.good


def test_the_phones_own_place_sets_the_pin_and_the_street_is_written_until_the_person_does(report, parts):
    parts.location = FixedLocation(*AT)
    report.go_on()
    until(lambda: report.place.near)
    street = report.place.address
    assert street and report.place.near == f"Near {street}"
    report.place.address = "The blue house"
    report.place.put(AT[0] + 0.002, AT[1])
    until(lambda: street not in report.place.near)
    assert report.place.address == report.draft.address == "The blue house"


def test_a_device_that_has_no_idea_where_it_is_says_so_only_when_asked(report):
    report.go_on()
    until(lambda: not report.place.looking)
    assert report.place.notice == ""
    report.place.find_me()
    until(lambda: report.place.notice)


@pytest.mark.parametrize("language", ["en", "es"])
def test_outside_every_outline_it_is_elsewhere_and_houston_can_be_called(report, language):
    strings.use(language)
    report.place.put(*ELSEWHERE)
    assert not report.place.good and "311" in report.place.outside_text
    assert [line["telephone"] for line in report.place.contacts] == ["311", "713-668-4441"]


def test_places_are_found_by_address_corner_and_name_without_signal(report):
    for typed, found in (
        ("3500 rice blvd", "3500 Rice Blvd"),
        ("rice & edloe", "Edloe"),
        ("city hal", "City Hall"),
    ):
        report.place.query = typed
        until(lambda: report.place.hits)
        assert found in " ".join(hit["title"] for hit in report.place.hits)
        report.place.query = ""
    report.place.query = "zzzzqq"
    until(lambda: report.place.nothing_found)


def test_only_what_the_city_handles_from_this_person_can_be_chosen(report, parts):
    for code, one in parts.types().items():
        report.type.show(one)
        assert report.type.can_go_on == (one.outcome is Outcome.HANDLED and one.anonymous), code
        assert bool(report.type.outcome) == (one.outcome is not Outcome.HANDLED)
        assert report.type.can_go_on or report.type.account_needed or report.type.reason, code


def test_a_fee_is_told_before_the_topic_is_taken(report, parts):
    report.go_on()
    report.skip_place()
    code = next(code for code, one in parts.types().items() if one.notice_en and report.type.sendable(one))
    report.type.pick(code)
    assert report.type.notice and report.step == "type" and not report.draft.type
    report.type.go_on()
    assert report.draft.type == code


def test_without_a_photo_a_line_of_words_is_needed(report):
    report.go_on()
    report.place.put(*AT)
    report.go_on()
    report.type.pick("pothole")
    report.go_on()
    assert report.step == "words" and report.words_error
    report.words = "Deep one"
    report.go_on()
    assert report.step == "review" and not report.words_error


def test_sending_twice_is_sending_once(report, parts):
    report.go_on()
    report.place.put(*AT)
    report.go_on()
    report.type.pick("pothole")
    report.words = "Deep one"
    report.go_on()
    draft = report.draft
    report.send()
    report.draft = draft
    report.words = draft.words
    report.send()
    (change,) = parts.store.outbox()
    assert change.about == draft.id and change.body["where"] == HERE
    assert drafts.begun(parts.store) is None


def test_a_seventh_photo_is_not_taken(report, tmp_path):
    for count in range(1, 7):
        report.add_photo(photo(tmp_path))
        until(lambda count=count: len(report.photos) == count)
    assert report.full
    report.add_photo(photo(tmp_path))
    assert not report.working


def test_a_file_that_is_no_picture_is_said_to_be_none(report, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    report.add_photo(broken)
    until(lambda: report.photo_error)
    assert not report.photos and not report.working
