"""Addresses of the web map that say what can't be: it says what it can, and nothing comes down."""

import pytest

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
