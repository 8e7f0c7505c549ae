"""How many statements each route sends to PostgreSQL: so few that nothing is asked once per row."""

import pytest

from backend.core import prepared
from tests.statements import statements
from tests.whole.asking import ways
from tests.whole.test_rights import CALLERS, WHOSE, Asking, bundle

MOST_OF_A_READ, MOST_OF_A_CHANGE = 4, 10
"""Who asks, what they may, the ledger of what was looked at and the key of a change included."""
MORE = {
    "POST /v1/assets/imports": "it takes over a whole file, by as many statements for thousands of lines as for one",
    **dict.fromkeys(
        [
            "POST /ogc/collections/{id}/items",
            "PUT /ogc/collections/{layer}/items/{id}",
            "PATCH /ogc/collections/{layer}/items/{id}",
            "DELETE /ogc/collections/{layer}/items/{id}",
        ],
        "it keeps the layer's count and edges and the feature's history right, whatever the number of features",
    ),
    **dict.fromkeys(
        [f"GET /v1/maps/reports/{{id}}/{form}" for form in ("answer", "pdf", "picture")],
        "it asks the report and then its layers, and draws the answer on limits and streets",
    ),
    "GET /map/reports/{id}": "it asks the report, its layers and the answer, and what time it is in the city",
    "POST /v1/maps/layers/{id}/editions": "it takes over a whole file, by as many statements whatever is in it",
    "POST /v1/identity/claim": "it moves everything that a phone has to an account, a statement for each kind of thing",
}
"""What is rare, and touches or draws many kinds of things."""


@pytest.fixture
def sent(app, monkeypatch):
    """The statements that the last call over HTTP sent."""
    seen, serve = [], app.wsgi_app

    def served(*args):
        with statements() as now:
            answer = serve(*args)
        seen[:] = [" ".join(each.text.split()) for each in now]
        return answer

    monkeypatch.setattr(app, "wsgi_app", served)
    return seen


def test_no_route_sends_more_statements_than_it_may(app, sent):
    asking, too_many, done = Asking(app), {}, set()
    prepared._forms.clear()
    for way in ways(app):
        roles = [role for role in CALLERS if way.public or way.permit in bundle(role)]
        for whose in WHOSE if way.kind else ("",):
            for role in roles:
                cell = asking.cell(way, whose, role)
                if cell.status < 400:
                    done.add(str(way))
                most = MOST_OF_A_CHANGE if way.changes else MOST_OF_A_READ
                if len(sent) > most and not way.changes:
                    asking.cell(
                        way, whose, role
                    )  # whoever meets a layer first asks of it twice, and reads it
                if len(sent) > most and str(way) not in MORE:
                    too_many[str(way)] = sent[:]
    assert {str(way) for way in ways(app)} - done == set()
    told = "\n\n".join(f"{way}: {len(all_)}\n  " + "\n  ".join(all_) for way, all_ in too_many.items())
    assert not too_many, told
    ordinary = [form for form, made in prepared._forms.items() if made is None]
    assert ordinary == [], "each query of the house has one text (see core/prepared.py)"
