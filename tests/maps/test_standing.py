"""Answers that stand are given again without the work of making them, and only while all that they rest on is so."""

from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

import psycopg
import pytest
from sqlalchemy import select, update

from backend.core import prepared
from backend.core.actor import db
from backend.core.clock import now
from backend.core.direct import Asked, Line
from backend.identity import actions
from backend.identity.tables import GrantRow, PersonRow, SessionRow
from backend.maps import tiles
from backend.maps.tables import LayerRow
from backend.worker import in_transaction
from mobile.core import mvt
from shared_models.layers import Whom
from tests.cast import problem
from tests.maps.layers import a_layer
from tests.maps.test_ogc_edit import MERGE, send
from tests.maps.test_tiles import HERE, QUAD
from tests.statements import messages

TILE = f"/ogc/collections/hydrants/tiles/{QUAD}/{HERE}"
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def hydrants(app):
    """A layer of five points for the staff: (its id, the features' numbers)."""
    return a_layer(seen_by=Whom.STAFF)


@pytest.fixture
def tess(make):
    """Somebody who may see it."""
    return make.person("tess", role="technician")


@contextmanager
def closed(app):
    """Flask is asked for nothing."""
    with mock.patch.object(app, "full_dispatch_request", side_effect=AssertionError("Flask was asked")):
        yield


def change(statement):
    in_transaction(lambda: db().execute(statement))


def thrice(caller, **options):
    """Ask three times: a tile is made, then given from what is kept, and then it stands."""
    for _ in range(3):
        answer = caller.get(TILE, **options)
    return answer


def said(answer):
    """An answer without the number of its request."""
    headers = {name: value for name, value in answer.headers.items() if name != "Request-Id"}
    return answer.status, headers, answer.data


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("how", [{}, GZIP, "304"])
def test_what_stands_is_said_in_the_same_words_by_one_message(app, hydrants, tess, nobody, known, how):
    caller = tess if known else nobody
    if not known:
        change(update(LayerRow).values(seen_by=Whom.PUBLIC))
    headers = {"If-None-Match": caller.get(TILE).headers["ETag"]} if how == "304" else how
    first = thrice(caller, headers=headers)

    with closed(app), messages() as sent:
        again = caller.get(TILE, headers=headers)

    assert said(again) == said(first)
    assert again.status_code == (304 if how == "304" else 200)
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert sent == [2 if known else 1]


def test_it_is_counted_and_logged_as_any_other(app, hydrants, tess, caplog):
    thrice(tess)
    with (
        closed(app),
        mock.patch("backend.core.standing.say") as say,
        mock.patch("backend.core.metrics.answered") as counted,
    ):
        number = tess.get(TILE).headers["Request-Id"]

    [told] = say.call_args_list
    assert told.kwargs["request_id"] == number
    assert (told.kwargs["status"], told.kwargs["method"]) == (200, "GET")
    assert "hydrants" not in told.kwargs["route"], "the route, never the address"
    assert counted.call_args.args[:3] == ("GET", told.kwargs["route"], 200)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda who: update(SessionRow).where(SessionRow.person_id == who.id).values(ended_at=now()), 401),
        (lambda who: update(SessionRow).where(SessionRow.person_id == who.id).values(until_at=now()), 401),
        (lambda who: update(PersonRow).where(PersonRow.id == who.id).values(disabled_at=now()), 401),
        (lambda who: update(GrantRow).where(GrantRow.person_id == who.id).values(ended_at=now()), 404),
        (lambda who: update(LayerRow).values(seen_by=Whom.DEPARTMENT, department="police"), 200),
        (lambda who: update(LayerRow).values(name="gone"), 404),
    ],
)
@pytest.mark.parametrize("how", [GZIP, "304"])
@pytest.mark.parametrize("noticed", [False, True])
def test_it_stands_no_longer_than_what_it_rests_on(hydrants, make, end, status, how, noticed):
    tess = make.person("tess", role="technician")
    headers = {"If-None-Match": tess.get(TILE).headers["ETag"]} if how == "304" else how
    before = thrice(tess, headers=headers)

    change(end(tess))
    if noticed:  # another call of theirs has had the server learn it
        tess.get("/v1/me")
        tess.get("/ogc/collections/hydrants/items?limit=1")

    after = tess.get(TILE, headers=headers)
    assert after.status_code == (before.status_code if status == 200 else status)


def test_a_token_that_runs_out_is_out(hydrants, tess, monkeypatch):
    thrice(tess)
    later = now() + timedelta(hours=2)
    monkeypatch.setattr(actions, "now", lambda: later)
    problem(tess.get(TILE), 401, "sign-in")


def test_an_edit_is_in_the_tile_from_its_commit_on(hydrants, crew):
    def label():
        tile = mvt.decode(crew.get(TILE, query_string={"properties": "*"}).data)["hydrants"]
        return {each.id: each.properties["label"] for each in tile.features}[hydrants[1][0]]

    item = f"/ogc/collections/hydrants/items/{hydrants[1][0]}"
    for turn in range(4):
        seen = crew.get(item).headers["ETag"]
        edit = {"properties": {"label": f"H-7{turn}"}}
        assert send(crew, "PATCH", item, edit, MERGE, If_Match=seen).status_code == 204
        assert [label() for _ in range(4)] == [f"H-7{turn}"] * 4


def test_it_stands_for_this_caller_and_this_request_alone(app, hydrants, tess, nobody, make):
    other = make.person("olga", role="technician")
    packed = thrice(tess, headers=GZIP)

    problem(nobody.get(TILE, headers=GZIP), 404, "not-found")
    problem(nobody.get(TILE, headers=GZIP | {"Authorization": f"Bearer {tess.token}x"}), 401, "sign-in")
    assert said(other.get(TILE, headers=GZIP)) == said(packed)
    assert "Content-Encoding" not in tess.get(TILE).headers
    assert tess.get(TILE, headers=GZIP, query_string={"properties": "*"}).data != packed.data
    assert tess.get(TILE, headers=GZIP | {"If-None-Match": packed.headers["ETag"]}).status_code == 304
    assert tess.call("HEAD", TILE, headers=GZIP).data == b""
    assert tess.call("POST", TILE, {}, headers=GZIP).status_code == 405
    for how in ("chunked", ""):
        problem(tess.get(TILE, headers=GZIP | {"Transfer-Encoding": how}), 411, "length-needed")
    problem(tess.get(TILE, headers=GZIP | {"Westu-Wire": "0"}), 426, "upgrade")
    assert said(tess.get(TILE, headers=GZIP)) == said(packed)


def test_what_asks_anything_else_does_not_stand_whatever_its_view_says(app, hydrants, tess, monkeypatch):
    standing = app.extensions["westu"].standing
    one, says = select(LayerRow.name).limit(1), tiles.stands
    for ask in (lambda: prepared.run_here(one), lambda: db().scalar(one)):
        standing.clear()
        monkeypatch.setattr(tiles, "stands", lambda ask=ask: (ask(), says()))
        thrice(tess)
        assert not standing.things

    monkeypatch.setattr(tiles, "stands", says)
    thrice(tess)
    assert len(standing.things) == 1


def test_an_answer_for_whom_nobody_was_presumed_does_not_rest_on_its_layer_alone(app, hydrants, tess):
    standing = app.extensions["westu"].standing
    standing.clear()
    for _ in range(4):
        actions._seen.clear()
        assert tess.get(TILE).status_code == 200
    assert not standing.things


def test_what_varies_by_more_does_not_stand(app, hydrants, tess, monkeypatch):
    standing, fresh = app.extensions["westu"].standing, tiles.fresh
    standing.clear()

    def by_cookie(*args):
        answer = fresh(*args)
        answer.vary.add("Cookie")
        return answer

    monkeypatch.setattr(tiles, "fresh", by_cookie)
    thrice(tess)
    assert not standing.things


def test_long_words_of_a_caller_are_not_kept(app, hydrants, tess):
    standing = app.extensions["westu"].standing
    standing.clear()
    for number in range(20):
        assert thrice(tess, headers=GZIP | {"If-None-Match": f'"{number}{"x" * 9000}"'}).status_code == 200
    assert not standing.things
    thrice(tess, headers={"If-None-Match": f'"{"x" * 2000}"'})
    assert standing.held > 4000


def test_without_a_database_nothing_stands(hydrants, tess, monkeypatch):
    first = thrice(tess)
    with monkeypatch.context() as away:
        away.setattr(Line, "ask", mock.Mock(side_effect=psycopg.OperationalError))
        problem(tess.get(TILE), 503, "unavailable")
    assert said(tess.get(TILE)) == said(first)


def test_where_all_connections_are_in_use_nobody_waits_twice(app, hydrants, tess, monkeypatch):
    first, pool = thrice(tess), app.extensions["westu"].database.read.pool
    connect = mock.Mock(side_effect=pool.connect)
    with monkeypatch.context() as busy:
        busy.setattr(type(pool), "full", True)
        busy.setattr(pool, "connect", connect)
        assert said(tess.get(TILE)) == said(first)
    assert connect.call_count == 1, "on the way through the gate"
    with closed(app):
        assert said(tess.get(TILE)) == said(first)


def test_a_connection_that_ends_meanwhile_is_not_asked_again(app, hydrants, tess):
    first, database = thrice(tess), app.extensions["westu"].database
    with database.asking() as line:
        line.pgconn.finish()
    for _ in range(3):
        assert said(tess.get(TILE)) == said(first)
    with pytest.raises(psycopg.Error), database.asking() as line:
        line.ask(Asked(b"SELECT 1/0", ()))
    with database.asking() as line:
        assert line.ask(Asked(b"SELECT 1", ())) == [[(1,)]]
