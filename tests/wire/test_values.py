"""Every wire value: there and back again, read by older phones, and what is refused."""

import json
import unicodedata
from datetime import datetime
from typing import get_args, get_origin
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, validate

from shared_models.basics import Code, Point
from shared_models.identity import Invite, Me, RegisterPhone, Role, SignUp
from shared_models.schemas import field_for
from shared_models.service_requests import AnswerRequest, MoveRequest, OpenRequest, ServiceRequest, Status
from shared_models.sync import Pull
from shared_models.wire import Wire, WireEnum, instant_text, unwrap, wire_fields
from tests.whole.code import wire_modules, wire_values
from tests.wire.values import values_of

every_value = pytest.mark.parametrize("wire", wire_values(), ids=lambda wire: wire.__name__)
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

ASKED_ONLY = {
    "LabelSheet": "never told",
    "PhotoSize": "never told",
    "ExportFormat": "never told",
    "Platform": "told only to the phone that said it",
}
"""Enums without a member for something newer."""


COORDINATES = {"lat", "lon", "west", "south", "east", "north"}
READINGS = {"below", "above", "value", "slope"}
"""What is read off a thing, and the limits of it."""
LENGTHS = {"metres", "within", "width", "fill", "from_zoom"}
"""How far on the ground, and how a layer is drawn."""


def told(value):
    """What is on the line."""
    return json.loads(json.dumps(value.dump(), allow_nan=False))


def with_every(data, kind, change):
    """The same JSON, with ``change`` done to each object of a wire class in it, innermost first."""
    kind, _, _ = unwrap(kind)
    if data is None:
        return None
    if get_origin(kind) is tuple:
        return [with_every(item, get_args(kind)[0], change) for item in data]
    if isinstance(kind, type) and issubclass(kind, Wire):
        inner = {name: with_every(data[name], hint, change) for name, hint in wire_fields(kind).items()}
        return change(inner, kind)
    return data


@every_value
@few
@given(data=st.data())
def test_a_value_survives_the_way_there_and_back_and_older_phones_read_newer_ones(wire, data):
    value = data.draw(values_of(wire))  # once for all three: drawing takes longer than looking
    line = told(value)
    survives(wire, value, line)
    is_read_with_more_at_every_depth(wire, value, line)
    is_read_with_words_of_tomorrow(wire, line)


def survives(wire, value, line):
    """A value comes back as it went."""
    assert wire.check(line) == value
    assert wire.read(line) == value
    assert wire.read(told(wire.read(line))) == value


def is_read_with_more_at_every_depth(wire, value, line):
    """A phone passes over what it does not know; nobody may send it."""
    newer = with_every(line, wire, lambda inner, _: {**inner, "of_tomorrow": {"and": ["more"]}})

    assert wire.read(newer) == value
    with pytest.raises(ValidationError):
        wire.check(newer)


def is_read_with_words_of_tomorrow(wire, before):
    """A phone reads a word that it does not know as something newer; nobody may send it."""

    def invent(inner, kind):
        return {name: word(inner[name], hint) for name, hint in wire_fields(kind).items()}

    def word(plain, hint):
        kind, _, _ = unwrap(hint)
        if plain is None or not (isinstance(kind, type) and issubclass(kind, WireEnum)):
            return plain
        return "of-tomorrow" if "NEWER" in kind.__members__ else plain

    after = with_every(before, wire, invent)
    read = wire.read(after)
    for name, hint in wire_fields(wire).items():
        kind, _, _ = unwrap(hint)
        if isinstance(kind, type) and issubclass(kind, WireEnum) and before[name] is not None:
            assert getattr(read, name) in {kind.__members__.get("NEWER"), kind(before[name])}
    if after != before:
        with pytest.raises(ValidationError):
            wire.check(after)


@every_value
def test_fields_are_named_and_typed_as_the_rules_of_the_wire_say(wire):
    assert wire.__doc__
    for name, hint in wire_fields(wire).items():
        kind, _, _ = unwrap(hint)
        if kind is datetime:
            assert name == "at" or name.endswith("_at"), name
        if kind is float:
            assert name in COORDINATES | READINGS | LENGTHS, name
        if name == "id" and wire.__name__ not in {"PlaceFound", "FeatureHere"}:  # a number, or a domain's own
            assert kind is UUID


@pytest.mark.parametrize("module", wire_modules(), ids=lambda module: module.__name__)
def test_a_list_of_words_that_phones_are_told_has_one_for_something_newer(module):
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, WireEnum) and value is not WireEnum:
            assert "NEWER" in value.__members__ or value.__name__ in ASKED_ONLY, value


def test_text_is_normalised_and_trimmed_but_a_password_is_not():
    decomposed = unicodedata.normalize("NFD", "Peña")
    wish = SignUp.check(
        {
            "email": " a@b.us ",
            "password": f" {decomposed} y más ",
            "name": f" {decomposed} ",
        }
    )
    assert (wish.name, wish.email, wish.password) == ("Peña", "a@b.us", f" {decomposed} y más ")


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f", "\u0085", "\ud800"])
@pytest.mark.parametrize(
    ("wire", "field"),
    [(OpenRequest, "description"), (SignUp, "name"), (SignUp, "password"), (Pull, "cursor")],
)
def test_a_control_character_is_refused(wire, field, sign):
    sample = {
        "id": str(uuid4()),
        "type": "pothole",
        "email": "a@b.us",
        "password": "three green parrots",
        "name": "A",
    }
    good = {name: value for name, value in sample.items() if name in wire_fields(wire)}
    assert wire.check(good)
    with pytest.raises(ValidationError) as refused:
        wire.check({**good, field: "abcdefghijk" + sign + "x"})
    assert list(refused.value.messages) == [field]


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), float("-inf"), "NaN", "Infinity", True, "1e999", None, []]
)
def test_a_coordinate_is_a_finite_number(number):
    assert Point.check({"lat": "29.7", "lon": -95}) == Point(lat=29.7, lon=-95)
    with pytest.raises(ValidationError):
        Point.check({"lat": number, "lon": -95})


@pytest.mark.parametrize("number", [3.5, "3.5", True, "", " 1", "1_000", "٣", 2**63, None, "0x1"])
def test_a_whole_number_is_whole(number):
    whole = field_for(int, lenient=False)
    assert (whole.deserialize(3), whole.deserialize("3")) == (3, 3)
    with pytest.raises(ValidationError):
        whole.deserialize(number)


@pytest.mark.parametrize("truth", ["yes", "on", "TRUE", 2, "", None, []])
def test_yes_and_no_are_not_guessed(truth):
    assert [
        AnswerRequest.check({"fixed": plain}).fixed
        for plain in (True, "true", "1", 1, False, "false", "0", 0)
    ] == [True] * 4 + [False] * 4
    with pytest.raises(ValidationError):
        AnswerRequest.check({"fixed": truth})


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-23T03:16:17",
        "2026-11-23",
        "yesterday",
        1763867777,
        "2026-11-23T03:16:17+25:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_moment_has_an_offset(moment):
    instant = field_for(datetime, lenient=False)
    assert instant_text(instant.deserialize("2026-11-22T21:16:17-06:00")) == "2026-11-23T03:16:17.000000Z"
    with pytest.raises(ValidationError):
        instant.deserialize(moment)


@pytest.mark.parametrize(
    "code", ["Public-Works", "public works", "-works", "works\n;", "a!", "ab c", "ñ", "a" * 41, ""]
)
def test_a_code_is_a_code_to_its_end(code):
    field = field_for(Code, lenient=False)
    assert field.deserialize("public-works") == "public-works"
    with pytest.raises(ValidationError):
        field.deserialize(code)


@pytest.mark.parametrize(
    "email", ["a", "a@b", "a@b.", "a b@c.us", "a@b.us x", "a@b.us, c@d.us", "a@@b.us", "a@b.c\nd"]
)
def test_an_email_is_one_address_and_nothing_behind_it(email):
    assert Invite.check({"email": "a.b+c@d.e.us", "role": "desk"}).role is Role.DESK
    with pytest.raises(ValidationError):
        Invite.check({"email": email, "role": "desk"})


def test_nobody_may_send_what_stands_for_something_newer():
    assert MoveRequest.check({"status": "in-progress"}).status is Status.IN_PROGRESS
    with pytest.raises(ValidationError):
        MoveRequest.check({"status": "newer"})


def test_an_older_phone_reads_beyond_the_bounds_of_its_time(make_told):
    assert len(ServiceRequest.read(make_told(photos=[str(uuid4())] * 20, number="x" * 5000)).photos) == 20


@pytest.fixture
def make_told():
    def told_request(**changed):
        plain = {
            "id": str(uuid4()),
            "number": "26-000001",
            "type": "pothole",
            "description": "",
            "where": None,
            "address": "",
            "status": "received",
            "department": "public-works",
            "opened_at": "2026-11-23T03:16:17Z",
            "updated_at": "2026-11-23T03:16:17Z",
            "closed_at": None,
            "close_reason": None,
            "photos": [],
            "fixed": None,
            "answer_until_at": None,
            "version": 1,
        }
        return plain | changed

    return told_request


def test_a_value_can_not_be_changed():
    with pytest.raises(AttributeError):
        Point(lat=1.0, lon=2.0).lat = 3.0


def test_a_field_of_two_types_is_refused_when_the_class_is_made():
    class Odd(Wire):
        """Neither one nor the other."""

        either: int | str

    with pytest.raises(TypeError, match="one type"):
        Odd.Schema()
    with pytest.raises(TypeError, match="No wire field"):
        field_for(bytes, lenient=False)


def test_the_schemas_tell_openapi_the_same_bounds_that_they_check():
    secret = RegisterPhone.Schema().fields["secret"]
    assert [(v.min, v.max) for v in secret.validators if isinstance(v, validate.Length)] == [(43, 200)]
    assert [(v.min, v.max) for v in Point.Schema().fields["lat"].validators] == [(-90, 90)]
    assert Me.Reader().fields["language"].validators == []
