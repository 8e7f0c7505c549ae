"""What is promised is on the phones of those whom it concerns, and leaves them once it is over or another's."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import now
from shared_models.wire import instant_text
from tests.assets.test_register_feeds import change


def promise(by, thing, *, hours=4, **more):
    """Promise a thing for these hours from now on; the promise."""
    body = {
        "id": str(uuid.uuid4()), "asset_id": thing["id"], "from_at": instant_text(now()),
        "until_at": instant_text(now() + timedelta(hours=hours)), **more,
    }  # fmt: skip
    answer = by.post("/v1/custody/reservations", body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def promises(by, cursor=None):
    """What a pull says of promises, by id; and its cursor."""
    changes, cursor, *_ = by.pull(cursor) if cursor else by.pull()
    return {line["id"]: line["value"] for line in changes if line["kind"] == "reservation"}, cursor


@pytest.fixture
def radio(make, tess):
    return make.asset(tess, tag="PD-1")


def test_a_promise_reaches_the_phones_of_the_things_department_and_leaves_them_when_it_ends(
    make, tess, kim, lee, dan, radio
):
    cursors = {by.name: promises(by)[1] for by in (kim, lee, dan, tess)}
    made = promise(kim, radio, note="For the parade")
    for by in (kim, lee, tess):
        told, cursors[by.name] = promises(by, cursors[by.name])
        assert told == {made["id"]: made}
    assert promises(dan, cursors[dan.name])[0] == {}, "another department's"
    assert promises(lee)[0] == {made["id"]: made}, "and whoever begins later has it too"

    assert kim.post(f"/v1/custody/reservations/{made['id']}/end").status_code == 200
    for by in (kim, lee, tess):
        assert promises(by, cursors[by.name])[0] == {made["id"]: None}


def test_the_promises_of_a_thing_that_changes_department_go_with_it_and_stay_with_whom_they_are_made(
    make, tess, kim, lee, dan, radio
):
    made = promise(kim, radio)
    cursors = {by.name: promises(by)[1] for by in (kim, lee, dan)}
    change(tess, radio, department="public-works")
    assert promises(lee, cursors[lee.name])[0] == {made["id"]: None}
    assert promises(dan, cursors[dan.name])[0] == {made["id"]: made}
    assert promises(kim, cursors[kim.name])[0] == {made["id"]: made}
