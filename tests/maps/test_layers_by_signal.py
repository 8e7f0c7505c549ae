"""Layers that only the server has, on the phone of somebody who may see them."""

from types import SimpleNamespace

import pytest

from backend.core.actor import db
from backend.maps.tables import FeatureRow, LayerRow
from backend.worker import in_transaction
from mobile.core import mvt
from mobile.core.pack import Pack, tile_position
from mobile.maps.sources import Sources
from shared_models.layers import Whom
from tests.maps.layers import POINTS, a_layer
from tests.maps.window import SHIPPED_PACK
from tests.phones import GOOD, NONE, PhoneSim

HERE = (16, *(int(number) for number in tile_position(POINTS[0][1], POINTS[0][0], 16)))


@pytest.fixture
def phone_of(app, tmp_path):
    """A function: somebody's phone, with signal, as far as the layers of the map need it."""
    made = []

    def phone(person):
        sim = PhoneSim(app, tmp_path / person.email)
        made.append(sim)
        assert sim.sign_in(person).ok
        pack = Pack.open(SHIPPED_PACK)
        parts = SimpleNamespace(home=sim.home, store=sim.store, sync=sim.sync, pack=pack, me=person)
        return sim, Sources(parts)

    yield phone
    for sim in made:
        sim.session.close()


def by_name(sources):
    return {shown.layer.name: shown.tiles for shown in sources.all()}


def labels(tile, name):
    return {feature.properties["label"] for feature in mvt.decode(tile)[name].features}


def test_a_layer_that_only_the_server_has_is_on_the_phone_of_whoever_may_see_it(make, phone_of):
    a_layer("valves", seen_by=Whom.DEPARTMENT, department="fire")
    crew = make.person("crew", role="crew", department="fire")
    _, mine = phone_of(crew)
    _, another = phone_of(make.person("other", role="crew", department="police"))

    assert mine.fetch() and another.fetch()
    assert not mine.fetch(), "nothing is new"
    assert "valves" in by_name(mine) and "valves" not in by_name(another)
    assert "H-1" in labels(by_name(mine)["valves"].tile(*HERE), "valves")


def test_a_tile_is_kept_sealed_for_when_there_is_no_signal_and_fetched_anew_once_the_layer_changed(
    make, phone_of
):
    id_, _ = a_layer("valves", seen_by=Whom.STAFF)
    sim, sources = phone_of(make.person("crew", role="crew", department="fire"))
    sources.fetch()
    tile = by_name(sources)["valves"].tile(*HERE)
    sim.air.rest = NONE
    assert by_name(sources)["valves"].tile(*HERE) == tile
    assert by_name(sources)["valves"].tile(HERE[0], HERE[1] + 9, HERE[2]) is None, "never fetched"
    kept = [file for file in (sim.home / "cache" / "tiles").iterdir() if file.name != "key"]
    assert kept and not any(b"H-1" in file.read_bytes() for file in kept)

    def change():
        layer = db().get_one(LayerRow, id_)
        layer.version += 1
        for row in db().query(FeatureRow).where(FeatureRow.edition_id == layer.edition_id):
            row.props = {**row.props, "label": "V-" + row.props["label"]}

    in_transaction(change)
    sim.air.rest = GOOD
    assert sources.fetch()
    assert "V-H-1" in labels(by_name(sources)["valves"].tile(*HERE), "valves")


def test_what_a_domain_hands_down_is_shown_by_signal_alone_and_never_kept(make, phone_of):
    person = make.person("crew", role="crew", department="public-works")
    make.request(by=make.person("alice"), where={"lat": POINTS[0][1], "lon": POINTS[0][0]})
    sim, sources = phone_of(person)
    sources.fetch()
    requests = by_name(sources)["requests"]
    assert len(mvt.decode(requests.tile(*HERE))["requests"].features) == 1
    sim.air.rest = NONE
    assert requests.tile(*HERE) is None
    folder = sim.home / "cache" / "tiles"
    assert not folder.exists() or [*folder.iterdir()] == []
