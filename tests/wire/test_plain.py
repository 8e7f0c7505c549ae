"""Reading and writing without a schema: exactly what the schema would say, or no answer at all."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, post_load

from shared_models.identity import Me
from shared_models.plain import Unusual, reader_of
from shared_models.service_requests import ServiceRequest
from tests.whole.code import wire_values
from tests.wire.values import JSON, values_of

every_value = pytest.mark.parametrize("wire", wire_values(), ids=lambda wire: wire.__name__)
few = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
ODD = JSON | st.sampled_from(
    [
        0, 1, 3.0, 1e400, float("nan"), 2**63, -(2**63) - 1, 10**400, True, "true", "1", "1.5", "newer", "", " a ",
        "n\u0303", "a\x00", "a\u202eb", "\ud800", "٣", "2026-11-23T03:16:17Z", "2026-11-23T03:16:17.000000Z",
        "2026-02-30T03:16:17.000000Z", "2026-11-23T24:00:00.000000Z", "2026-W48-1", "2026-02-30", "2026-11-23",
        "{00000000-0000-4000-8000-000000000000}", "urn:uuid:00000000-0000-4000-8000-000000000000", [None], {},
    ]
)  # fmt: skip


def places(data, path=()):
    """The way to each thing in this JSON."""
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def put(data, path, value):
    """The same JSON with this at that place."""
    if not path:
        return value
    fresh = data.copy()
    fresh[path[0]] = put(data[path[0]], path[1:], value)
    return fresh


@every_value
@few
@given(data=st.data())
def test_what_is_read_without_a_schema_is_what_the_schema_reads(wire, data):
    plain = json.loads(json.dumps(data.draw(values_of(wire)).dump()))
    assert reader_of(wire)(plain) == wire.Reader().load(plain)

    spoiled = put(plain, data.draw(st.sampled_from(list(places(plain)))), data.draw(ODD))
    try:
        read = reader_of(wire)(spoiled)
    except Unusual:
        return
    assert read == wire.Reader().load(spoiled)


@every_value
@few
@given(data=st.data())
def test_what_is_taken_from_a_caller_without_a_schema_is_what_the_schema_takes(wire, data):
    strict, schema = reader_of(wire, strict=True), wire.Schema()
    plain = json.loads(json.dumps(data.draw(values_of(wire)).dump()))

    def taken(said):
        """What marshmallow itself makes of it; None if it refuses."""
        try:
            return Schema.load(schema, said)
        except ValidationError:
            return None

    def is_the_same(said):
        whole = taken(said)
        try:
            read = strict(said)
        except Unusual:
            return whole
        assert whole is not None, "never more lenient"
        assert read == whole
        assert schema.load(said) == whole
        return whole

    if is_the_same(plain) is not None:
        assert strict(plain) == taken(plain), "what is right and usual needs no schema"
    is_the_same(plain | {"nobody_knows": 1})
    where = data.draw(st.sampled_from(list(places(plain))))
    is_the_same(put(plain, where, data.draw(ODD)))
    for far in ("x" * 5000, [], ["x"] * 300, 10**9, -(10**9), " ", "newer"):
        is_the_same(put(plain, where, far))


@every_value
@few
@given(data=st.data())
def test_what_is_written_without_a_schema_is_what_the_schema_writes(wire, data):
    value = data.draw(values_of(wire))
    schema = wire.Schema()
    as_marshmallow = Schema.dump(schema, value)
    assert value.dump() == schema.dump(value) == as_marshmallow
    assert schema.dump(SimpleNamespace(**vars(value))) == as_marshmallow, "of a row as well"
    assert schema.dump(vars(value)) == as_marshmallow, "and of what is looked into by keys"
    assert list(schema.dump(value)) == list(as_marshmallow)
    assert schema.dump([value], many=True) == [as_marshmallow]
    less = dict(vars(value))
    gone = data.draw(st.sampled_from(sorted(less))) if less else ""
    less.pop(gone, None)
    assert schema.dump(SimpleNamespace(**less)) == {
        name: said for name, said in as_marshmallow.items() if name != gone
    }


def test_a_schema_of_some_fields_of_many_values_or_of_parts_is_marshmallows_own():
    value = Me.read(
        {
            "id": "00000000-0000-4000-8000-000000000000", "named": True, "name": "Alice", "email": "", "language": "en",
            "grants": [], "permissions": [], "departments": [],
        }
    )  # fmt: skip
    assert Me.Schema(only=("name",)).dump(value) == {"name": "Alice"}
    assert "name" not in Me.Schema(exclude=("name",)).dump(value)
    assert Me.Schema(many=True).dump([value])[0]["name"] == "Alice"
    with pytest.raises(ValidationError):
        Me.Schema(only=("name",)).load(value.dump())
    assert Me.Schema(unknown="exclude").load(value.dump() | {"more": 1}) == value
    with pytest.raises(ValidationError):
        Me.Schema().load(value.dump() | {"more": 1})
    assert Me.Schema().load(value.dump() | {"more": 1}, unknown="exclude") == value
    assert Me.Schema().load([value.dump()], many=True) == [value]

    class Loud(Me.Schema):
        @post_load
        def shout(self, data, **_):
            return data.name.upper()

    assert Loud().load(value.dump()) == "ALICE", "what is made of a schema has hooks of its own"


def test_what_is_unusual_but_right_is_read_all_the_same_and_what_is_wrong_is_said():
    told = {
        "id": "00000000-0000-4000-8000-000000000000", "named": "true", "name": "Alice", "email": "", "language": "en",
        "grants": [], "permissions": [], "departments": [],
    }  # fmt: skip
    with pytest.raises(Unusual):
        reader_of(Me)(told)
    assert Me.read(told).named is True
    with pytest.raises(ValidationError) as wrong:
        ServiceRequest.read({**told, "id": 7})
    assert "id" in wrong.value.messages


def test_a_phone_reads_what_it_is_told_without_marshmallow():
    program = (
        "import sys; from shared_models.sync import Changes; from shared_models.service_requests import RequestTypes;"
        "page = Changes.read({'cursor': 'c', 'more': False, 'changes': []}); assert page.dump()['cursor'] == 'c';"
        "sys.exit('marshmallow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
