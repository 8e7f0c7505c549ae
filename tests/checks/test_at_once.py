"""Checks that come at the same moment, and what nobody can take back."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from backend.core.actor import db
from backend.worker import in_transaction
from tests.races import all_at_once


def count(table):
    return in_transaction(lambda: db().scalar(text(f'SELECT count(*) FROM "{table}"')))


def test_the_same_check_sent_six_times_at_once_is_one_check_with_one_fault(town, gil):
    kit, things = town.kit()
    dim = {"value": "fail", "note": "Dim"}
    sent = town.check(town.part(gil, things["mdt"], "mdt", screen=dim), kit=kit)
    answers = all_at_once(6, lambda _: gil.post("/v1/checks/", sent))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.get_data() for answer in answers}) == 1
    assert (count("check"), count("fault")) == (1, 1)


def test_two_who_check_the_same_things_the_other_way_round_do_not_wait_for_each_other_for_ever(
    town, gil, sue
):
    kit, things = town.kit()
    dim = {"value": "fail", "note": "Dim"}

    def sent(n):
        mdt = town.part(gil, things["mdt"], "mdt", **({"screen": dim} if n % 2 else {}))
        radio = town.part(gil, things["mobile-radio"], "mobile-radio", **({} if n % 2 else {"speaker": dim}))
        return town.check(*((mdt, radio) if n % 2 else (radio, mdt)), kit=kit)

    checks = [sent(n) for n in range(6)]
    answers = all_at_once(6, lambda n: (gil, sue)[n % 2].post("/v1/checks/", checks[n]))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert (count("check"), count("fault")) == (6, 2)


@pytest.mark.parametrize("table", ["check", "check_answer"])
def test_what_was_checked_can_be_neither_changed_nor_removed(town, gil, table):
    thing = town.thing("portable-radio")
    town.done(gil, town.check(town.part(gil, thing, "portable-radio")))
    for change in (f'UPDATE "{table}" SET asset_id = asset_id', f'DELETE FROM "{table}"'):
        words = change.replace("asset_id", "unit") if table == "check" else change
        with pytest.raises(ProgrammingError, match="permission denied"):
            in_transaction(lambda words=words: db().execute(text(words)))
