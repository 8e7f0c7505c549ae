"""Checks in airplane mode, the phone's process killed (SIGKILL) at every step: with signal none is lost, none is doubled.

The phone's core runs in processes of its own, forked for each step: one dies at a statement of its store that is drawn,
the next one has only the disk. `make soak` does a hundred checks, `make test` a few.

What every process of the app reads alike and no death can change (its code and its words) is read once, before the
first fork; all that lies on the phone's disk each process reads for itself.
"""

import gc
import os
import random
import signal
import sys
from types import SimpleNamespace

import pytest
from sqlalchemy import delete

from backend.checks.templates import everybody
from backend.core.actor import db
from backend.core.feed import touch
from backend.core.limits import TryRow
from backend.worker import in_transaction
from mobile.checks import known
from mobile.checks import run as runs
from mobile.checks.run_model import CheckRun
from mobile.core.device.camera import keep_photo
from mobile.core.strings import catalog
from tests import memory
from tests.phones import (
    GOOD,
    KILLED_AFTER,
    KILLED_BEFORE,
    LOSES_ANSWER,
    LOSES_REQUEST,
    NONE,
    PhoneSim,
)

SHORT, LONG = 3, 100
SIGNATURE = "M10 10L300 200L500 20L640 300"
AIR = [GOOD, GOOD, NONE, LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER]
MOST_STATEMENTS = 14
"""A step runs no more than about that many: a death drawn beyond its last one is none."""


def model_on(phone):
    """The app's core over what is on this phone's disk."""
    model = CheckRun()
    model.parts = SimpleNamespace(
        store=phone.store, me=phone.sync.me(), zone="America/Chicago", sync=phone.sync, photos=phone.home / "photos",
        sync_now=lambda: None, tell_changed=lambda: None,
    )  # fmt: skip
    return model


def step(model, picture):
    """The next thing that a person does, by what is shown alone. False: the check is finished."""
    if model.step == "audit":
        model.all_here()
    elif model.step == "sign":
        if model.signature:
            assert model.finish(), model.complaint
            return False
        model.sign(SIGNATURE)
    else:
        part, rows = model.part, {row["key"]: row for row in model.rows}
        broken = model.line_of("boots") or model.line_of("logged-off")  # at the start, at the end of a shift
        reply = model.run.reply(part.key, broken.code) if broken else None
        if broken and reply is None:
            model.answer(broken, "fail")
        elif broken and not reply.photos:
            id_, file = keep_photo(picture, model.parts.photos, model.parts.store.shut_photo)
            model.explain(broken, "Dark, and it stays so", {id_: file})
        elif row := next((row for row in rows.values() if row["by_hand"] and not row["value"]), None):
            value = part.thing.tag if row["scans"] else row["values"][0]
            model.answer(model.line_of(row["key"]), value)
        else:
            model.pass_all()
    return True


def in_another_process(phone, kit, picture, dies_at):
    """Do the next step there, dying at this statement; says ``died``, ``done`` or ``finished``."""
    phone.session.close()  # a connection is not carried over into another process
    child = os.fork()
    if child == 0:
        code = 99
        try:
            phone.start()
            left = [dies_at]

            def count(_sql):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            phone.store.db().set_trace_callback(count)
            model = model_on(phone)
            model.begin(kit)
            code = 0 if step(model, picture) else 7
        except BaseException as error:  # noqa: BLE001 - whatever it is: the parent has to hear of it, and nobody else
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    phone.start()
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return "died"
    return {0: "done", 7: "finished"}[os.WEXITSTATUS(status)]


def test_no_check_is_lost_or_doubled_however_often_the_phone_dies(
    app, town, gil, tmp_path, jpeg, soak, record_property
):
    drawn = int(os.environ.get("SEED") or (random.SystemRandom().randrange(10**6) if soak else 7))
    print(f"SEED={drawn}")
    record_property("seed", drawn)
    chance, wanted = random.Random(drawn), LONG if soak else SHORT
    kit, things = town.kit()
    in_transaction(
        lambda: [touch(everybody("police"), kind, id) for kind, id in [("kit", kit), *(("asset", id) for id in things.values())]]
    )  # fmt: skip
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(jpeg(size=(64, 48)))
    phone = PhoneSim(app, tmp_path / "phone")
    assert phone.sign_in(gil).ok
    phone.turn()
    assert known.read(phone.store).kits.keys() == {kit}

    catalog("en")
    gc.freeze()  # a child that collects would copy the whole house's memory first
    began, deaths, tried = [], 0, 0
    for done in range(wanted):
        finished, shown = False, None
        while not finished:
            draft = runs.begun(phone.store, kit)
            if draft is not None and draft.id not in began:
                began.append(draft.id)
            if shown is not None and draft is not None and draft.id == shown[0]:
                assert shown[1] in ("", draft.text())  # it resumes exactly where it was
            assert phone.store.waits() == done
            tried += 1
            died = in_another_process(phone, kit, picture, chance.randrange(1, MOST_STATEMENTS * 3)) == "died"
            deaths += died
            draft = runs.begun(phone.store, kit)
            shown = (draft.id, draft.text()) if draft is not None else None
            added = phone.store.waits() - done
            finished = added == 1
            assert added in (0, 1)
            assert not (finished and draft is not None), "in the outbox, and still a draft"
    gc.unfreeze()
    memory.settle()
    assert len(phone.store.outbox()) == wanted
    assert deaths > wanted

    for turn in range(60 * wanted):  # signal, of a sort
        if turn % 50 == 0:
            another_day()
        phone.turn(*chance.choices(AIR, k=6))
        if not phone.store.waits():
            break
    another_day()
    for _ in range(3):
        phone.turn()
    assert phone.store.waits() == 0
    assert [one for one in phone.store.outbox() if one.state == "refused"] == []
    told = checks(gil)
    arrived = [one["id"] for one in told]
    lost, doubled = len(set(began) - set(arrived)), len(arrived) - len(set(arrived))
    print(
        f"{wanted} checks, killed {deaths} times in {tried} steps: {len(told)} arrived, {lost} lost, {doubled} doubled"
    )
    assert sorted(arrived) == sorted(began)
    assert len(set(began)) == wanted
    for one in told:
        [photos] = [answer["photos"] for answer in one["parts"][0]["answers"] if answer["photos"]]
        assert one["signature"] == SIGNATURE
        assert len(photos) == 1
        assert gil.get(f"/v1/photos/{photos[0]}?size=thumb").status_code == 200
    phone.session.close()


def another_day():
    """The city takes so many tries of a person a day, and air like this wants several for each photo."""
    in_transaction(lambda: db().execute(delete(TryRow)))


def checks(by):
    found, after = [], ""
    while True:
        page = by.get(f"/v1/checks/?limit=100{after}").get_json()
        found += page["items"]
        if not page["next"]:
            return found
        after = f"&after={page['next']}"


@pytest.fixture(autouse=True)
def _no_threads():
    """A fork carries one thread over: nothing here may have another."""
    import threading

    assert threading.active_count() < 10
