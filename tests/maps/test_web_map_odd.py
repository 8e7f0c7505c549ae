"""The web map over HTTP: what its addresses say wrongly, and what its list says of the ground."""

import re

import pytest
from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from tests.maps.layers import a_layer

HERE = "at=29.716,-95.431"


@pytest.mark.parametrize(
    "query",
    [
        f"{HERE}&within=nan", f"{HERE}&within=inf", f"{HERE}&within=-1", f"{HERE}&within=1e300", "at=nan,nan", "at=90,180",
        "bbox=nan,nan,nan,nan&part=list", "bbox=-95,29,-95,29&part=list", "bbox=-95.4,29.8,-95.5,29.6", "q=%00", "lang=%00",
        "layer=%00&chosen=1", "part=here", "part=nothing",
    ],
)  # fmt: skip
def test_what_an_address_says_wrongly_it_does_not_say(query, nobody):
    a_layer()
    assert nobody.get(f"/map/?{query}").status_code == 200
    assert nobody.get("/v1/maps/layers/").status_code == 200  # PostgreSQL is there still


def test_the_list_tells_of_the_facilities_that_the_ground_shows(nobody):
    count = """
        SELECT count(*) FROM place, (SELECT ST_Envelope(limits) AS box FROM outline WHERE ours) AS city
        WHERE kind = 'facility' AND "where" && box
    """
    there = in_transaction(lambda: db().scalar(text(count)))
    listed = re.findall('<li data-layer="facilities"', nobody.get("/map/").data.decode())
    assert len(listed) == there > 0
    assert not re.findall("<li data-layer", nobody.get("/map/?chosen=1").data.decode())


def test_many_layers_are_in_a_box_that_is_opened_so_that_what_is_in_view_is_seen(nobody):
    a_layer()
    assert "<details open><summary>" in nobody.get("/map/").data.decode()
    for number in range(9):
        a_layer(f"layer-{number}", features=[])
    page = nobody.get("/map/").data.decode()
    assert "<details><summary>" in page
    assert len(re.findall('type="checkbox" name="layer"', page)) > 9
