"""A page, a feature or a tile costs PostgreSQL one message: what is known of its layer is made sure of on the way."""

from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, update

from backend.core import prepared
from backend.core.actor import db
from backend.core.direct import Asked, line
from backend.core.house import house
from backend.maps import heavy, sources, tiles
from backend.maps.ogc import items
from backend.maps.tables import FeatureRow, LayerRow
from backend.worker import in_transaction
from mobile.core import mvt
from shared_models.layers import Whom
from tests.cast import problem
from tests.maps.layers import a_layer
from tests.maps.test_ogc_edit import MERGE, send
from tests.maps.test_reports import keep
from tests.maps.test_tiles import COLUMN, HERE, QUAD, ROW, Z
from tests.races import Meanwhile, amid
from tests.statements import messages

ITEMS = "/ogc/collections/hydrants/items"
TILE = f"/ogc/collections/hydrants/tiles/{QUAD}/{HERE}"


@pytest.fixture
def hydrants(app):
    """A public layer of five points: (its id, the features' numbers)."""
    return a_layer()


@pytest.fixture(name="messages")
def _messages():
    with messages() as sent:
        yield sent


@pytest.mark.parametrize("path", [f"{ITEMS}?bbox=-96,29,-95,30", f"{ITEMS}/{{}}", TILE])
@pytest.mark.parametrize("known", [True, False])
def test_who_asks_the_layer_and_what_is_asked_of_it_go_together(
    hydrants, make, nobody, messages, path, known
):
    caller = make.person("tess", role="technician") if known else nobody
    path = path.format(hydrants[1][0])
    first = caller.get(path)
    tiles.kept.clear()
    caller.get(path)
    tiles.kept.clear()
    messages.clear()

    again = caller.get(path)

    assert messages == [3 if known else 2]
    assert (again.status_code, len(again.data)) == (200, len(first.data))


def test_a_kept_tile_asks_the_layer_alone(hydrants, nobody, messages):
    tag = nobody.get(TILE).headers["ETag"]
    messages.clear()

    assert nobody.get(TILE).status_code == 200
    assert nobody.get(TILE, headers={"If-None-Match": tag}).status_code == 304
    assert messages == [1, 1]


def test_a_layer_that_is_hidden_is_hidden_with_the_next_call_and_shown_again_with_the_one_behind(
    hydrants, nobody, messages
):
    def show(whom):
        in_transaction(lambda: db().execute(update(LayerRow).values(seen_by=whom)))

    paths = [f"{ITEMS}?limit=3", f"{ITEMS}/{hydrants[1][0]}", TILE]
    assert [nobody.get(path).status_code for path in paths] == [200] * 3
    show(Whom.STAFF)
    assert [nobody.get(path).status_code for path in paths] == [404] * 3
    show(Whom.PUBLIC)
    assert [nobody.get(path).status_code for path in paths] == [200] * 3


def test_an_edit_is_in_the_next_page_and_the_next_tile_and_both_are_then_known(hydrants, crew, messages):
    id_ = hydrants[1][0]

    def told():
        [drawn] = [
            each for each in mvt.decode(crew.get(TILE, query_string={"properties": "*"}).data)["hydrants"].features
            if each.id == id_
        ]  # fmt: skip
        return crew.get(f"{ITEMS}/{id_}").get_json()["properties"]["label"], drawn.properties["label"]

    before = told()
    seen = crew.get(f"{ITEMS}/{id_}").headers["ETag"]
    edit = {"properties": {"label": "H-77"}}
    assert send(crew, "PATCH", f"{ITEMS}/{id_}", edit, MERGE, If_Match=seen).status_code == 204

    assert before != ("H-77", "H-77")
    assert told() == ("H-77", "H-77")
    messages.clear()
    assert told() == ("H-77", "H-77")
    assert len(messages) == 2


def test_names_that_are_none_are_not_kept(hydrants, nobody):
    def kept():
        return sum(len(key[-1]) for key in list(prepared._told))

    nobody.get(ITEMS)
    before = kept()
    for name in ("x" * 60_000, *(f"none-{number}" for number in range(30))):
        assert nobody.get(f"/ogc/collections/{name}/items").status_code == 404
        assert nobody.get(f"/ogc/tiles/{QUAD}/{HERE}?collections={name[:5000]}").status_code == 400
    assert kept() == before


def test_an_edit_during_a_long_question_does_not_have_it_worked_out_twice(hydrants, crew, monkeypatch):
    path = f"{ITEMS}?filter=flow>0"
    nobody_waits = heavy.bounded
    began = []

    @contextmanager
    def bounded(*seconds):
        with nobody_waits(*seconds):
            began.append(1)
            if len(began) == 1:
                with house().database.writing() as connection:
                    connection.execute(update(LayerRow).values(version=LayerRow.version + 1))
                    connection.commit()
            yield

    assert crew.get(path).status_code == 200
    monkeypatch.setattr(items, "bounded", bounded)
    assert crew.get(path).status_code == 200
    assert began == [1]


def hide_and_fill(layer, id_):
    """One commit hides a layer and puts into it what is not for all."""

    def change():
        db().execute(update(FeatureRow).where(FeatureRow.id == id_).values(props={"label": "SECRET"}))
        same = update(LayerRow).where(LayerRow.id == layer)
        db().execute(same.values(version=LayerRow.version + 1, seen_by=Whom.STAFF))

    in_transaction(change)


@pytest.mark.parametrize("warm", [0, 3])
@pytest.mark.parametrize("path", [f"{ITEMS}?bbox=-96,29,-95,30", f"{ITEMS}/{{}}", TILE])
@pytest.mark.parametrize("when", ["before", "between"])
def test_what_is_put_into_a_layer_that_is_hidden_with_it_reaches_nobody_who_was_let_in_before(
    app, hydrants, nobody, monkeypatch, warm, path, when
):
    layer, made = hydrants
    path = path.format(made[0])
    for _ in range(warm):
        assert nobody.get(path).status_code == 200
    for kept in (tiles.kept, app.extensions["westu"].standing, *([] if warm else [prepared._told])):
        kept.clear()
    real, done = sources._kept_sources, []

    def kept_sources(states):
        if when == "between":
            found = real(states)
        if not done:
            done.append(hide_and_fill(layer, made[0]))
        return found if when == "between" else real(states)

    monkeypatch.setattr(sources, "_kept_sources", kept_sources)
    assert nobody.get(path).status_code == 404


def test_what_a_read_asks_in_one_message_sees_one_moment(hydrants):
    version = Asked(b"SELECT version FROM layer WHERE name = 'hydrants'", ())

    def read():
        with house().database.reading() as connection:
            first, _, second = line(connection).ask(
                version, Asked(b"SELECT pg_advisory_xact_lock(7)", ()), version
            )
            return first, second, *line(connection).ask(version)

    with amid():
        db().execute(select(func.pg_advisory_xact_lock(7)))
        reading = Meanwhile(read).waits()
        db().execute(update(LayerRow).values(version=LayerRow.version + 1))
    first, second, later = reading.result()

    assert first == second
    assert later[0][0] == first[0][0] + 1


def test_who_reads_what_changes_all_the_time_is_asked_to_come_again(hydrants, nobody, monkeypatch):
    real = sources._kept_sources

    def kept_sources(states):
        found = real(states)
        in_transaction(lambda: db().execute(update(LayerRow).values(version=LayerRow.version + 1)))
        return found

    monkeypatch.setattr(sources, "_kept_sources", kept_sources)
    answer = nobody.get(f"{ITEMS}/{hydrants[1][0]}")
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


BOX = f"{ITEMS}?bbox=-96,29,-95,30"


@pytest.mark.parametrize(
    ("path", "place", "name"),
    [
        (BOX, items, "some_nowhere"),
        (f"/v1/maps/tiles/{Z}/{COLUMN}/{ROW}", sources, "switched_on"),
        (f"/ogc/tiles/{QUAD}/{HERE}", sources, "switched_on"),
        (f"{ITEMS}?filter=flow>0", heavy, "say"),
    ],
)
def test_it_reaches_nobody_by_a_read_of_several_messages_either(
    app, hydrants, nobody, monkeypatch, path, place, name
):
    layer, made = hydrants
    first = nobody.get(path)
    assert (first.status_code, b"H-1" in first.data) == (200, True)
    for kept in (tiles.kept, app.extensions["westu"].standing, items._nowhere):
        kept.clear()
    real, done = getattr(place, name), []

    def hidden_meanwhile(*args):
        before = name == "say"
        found = None if before else real(*args)
        if not done:
            done.append(hide_and_fill(layer, made[0]))
        return real(*args) if before else found

    monkeypatch.setattr(place, name, hidden_meanwhile)
    answer = nobody.get(path)
    assert done
    assert answer.status_code in {204, 404}
    assert b"SECRET" not in answer.data


def test_a_report_is_worked_out_once_though_its_layer_is_edited_meanwhile(hydrants, crew, monkeypatch):
    path, _ = keep(crew)
    real, began = heavy.in_turn, []

    @contextmanager
    def edited_meanwhile():
        with real():
            began.append(1)
            yield
            with house().database.writing() as connection:
                connection.execute(update(LayerRow).values(version=LayerRow.version + 1))
                connection.commit()

    monkeypatch.setattr(heavy, "in_turn", edited_meanwhile)
    assert crew.get(f"{path}/answer").status_code == 200
    assert began == [1]
