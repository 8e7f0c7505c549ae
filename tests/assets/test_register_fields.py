"""Typed fields: each is checked and kept in one spelling; what looks like a key is never taken."""

import uuid

import pytest

from tests.cast import problem


def sent(caller, kind, fields):
    return caller.post(
        "/v1/assets/",
        {
            "id": str(uuid.uuid4()),
            "tag": f"T-{uuid.uuid4().hex[:8].upper()}",
            "kind": kind,
            "department": "police",
            "fields": fields,
        },
    )


@pytest.mark.parametrize(
    ("kind", "code", "said", "kept"),
    [
        ("mdt", "mac", "00-1b-44-11-3a-b7", "00:1B:44:11:3A:B7"),
        ("mdt", "mac", "001b.4411.3ab7", "00:1B:44:11:3A:B7"),
        ("mdt", "imei", "49-015420-323751-8", "490154203237518"),
        ("mdt", "ip", " 10.20.30.40 ", "10.20.30.40"),
        ("mdt", "ip", "2001:0DB8:0::1", "2001:db8::1"),
        ("mdt", "encrypted", True, True),
        ("ups", "load", 35, 35),
        ("ups", "load", 35.0, 35),
        ("computer", "memory_gb", 0.5, 0.5),
        ("portable-radio", "programmed_on", "2026-02-28", "2026-02-28"),
        ("portable-radio", "encryption", "aes-256", "aes-256"),
        ("portable-radio", "alias", "  PD Uno\u0301 ", "PD Unó"),
        ("portable-radio", "key_set", "Harris County 2026", "Harris County 2026"),
    ],
)
def test_a_field_is_kept_in_one_spelling(tess, kind, code, said, kept):
    answer = sent(tess, kind, {code: said})
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["fields"] == {code: kept}


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("mdt", "mac", "00:1b:44:11:3a"),
        ("mdt", "mac", 12),
        ("mdt", "imei", "490154203237519"),
        ("mdt", "imei", "49015420323751"),
        ("mdt", "ip", "10.20.30.400"),
        ("mdt", "encrypted", "yes"),
        ("mdt", "encrypted", 1),
        ("ups", "load", 101),
        ("ups", "load", "35"),
        ("computer", "memory_gb", True),
        ("computer", "memory_gb", 1e300),
        ("portable-radio", "programmed_on", "2026-02-30"),
        ("portable-radio", "encryption", "rot13"),
        ("portable-radio", "alias", "x" * 401),
        ("portable-radio", "alias", "a\u0000b"),
        ("portable-radio", "alias", ["x"]),
        ("portable-radio", "colour", "red"),
        ("portable-radio", "key_set", "0F1E 2D3C 4B5A 6978 8796 A5B4 C3D2 E1F0"),
        ("portable-radio", "flash_code", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_what_a_field_can_not_be_is_refused_by_its_name(tess, kind, code, said):
    refused = sent(tess, kind, {code: said, "battery_on": None} if kind == "ups" else {code: said})
    problem(refused, 422, "invalid")
    assert [error["pointer"] for error in refused.get_json()["errors"]] == [f"/fields/{code}"]


def test_nothing_and_empty_words_are_no_value(tess):
    assert (
        sent(tess, "portable-radio", {"alias": " ", "band": "", "radio_id": None}).get_json()["fields"] == {}
    )
    assert sent(tess, "portable-radio", None).get_json()["fields"] == {}


def test_a_hardware_address_is_one_whatever_its_field_is_called(tess):
    assert sent(tess, "mdt", {"mac": "001b44113ab7", "imei": "490154203237518"}).status_code == 201
    for kind, fields, wrong in (
        ("tablet", {"wifi_mac": "00:1b:44:11:3a:b7"}, "/fields/wifi_mac"),
        ("phone", {"imei2": "490154203237518"}, "/fields/imei2"),
    ):
        refused = sent(tess, kind, fields)
        problem(refused, 409, "already-there")
        assert [error["pointer"] for error in refused.get_json()["errors"]] == [wrong]
