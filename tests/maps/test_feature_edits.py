"""Features edited by hand: who may, what is refused, what is remembered."""

import threading
import uuid
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from backend.core.actor import Context, db, within
from backend.core.house import house
from backend.core.problems import ProblemError
from backend.maps import features
from backend.maps.tables import FeatureChangeRow, FeatureRow, LayerRow
from backend.worker import in_transaction
from shared_models.layers import Geometry, Whom
from tests.maps.layers import a_layer, feature, point


def as_(caller, do):
    """Do this as somebody, in a transaction as the gate makes one."""
    with house().database.writing() as connection, within(Context(connection)) as here:
        here.actor = house().actor_of(caller.token, connection, True)
        done = do()
        here.commit()
        return done


def told(name="hydrants"):
    """What SQL says of a layer: its row's (version, count, edges), and the same counted from the features."""

    def ask():
        layer = db().scalars(select(LayerRow).where(LayerRow.name == name)).one()
        counted = (
            db()
            .execute(
                text("""SELECT count(*), ST_XMin(ST_Extent(geom)), ST_YMin(ST_Extent(geom)), ST_XMax(ST_Extent(geom)),
                    ST_YMax(ST_Extent(geom)) FROM feature WHERE edition_id = :edition"""),
                {"edition": layer.edition_id},
            )
            .one()
        )
        return (
            layer.version,
            (layer.count, *layer.bounds),
            tuple(each for each in counted if each is not None),
        )

    return in_transaction(ask)


@pytest.fixture
def hydrants(app):
    """The number of each of five hydrants of Public Works."""
    return a_layer()[1]


def test_a_feature_is_made_changed_and_removed_with_its_history(hydrants, dan):
    made = as_(dan, lambda: features.add_feature("hydrants", point(-95.42, 29.72, label="H-9", flow=7)))
    changed = as_(
        dan,
        lambda: features.change_feature("hydrants", made.id, {"properties": {"flow": 8}}, made.version),
    )
    replaced = as_(
        dan,
        lambda: features.replace_feature("hydrants", made.id, point(-95.43, 29.71), changed.version),
    )
    assert replaced.props == {"label": None, "flow": None}
    version, row, counted = told()
    assert row == pytest.approx(counted)
    assert (row[0], version) == (6, 4)
    as_(dan, lambda: features.remove_feature("hydrants", made.id, replaced.version))
    version, row, counted = told()
    assert row == pytest.approx(counted)
    assert (row[0], version) == (5, 5)

    lines = in_transaction(
        lambda: (
            db()
            .scalars(
                select(FeatureChangeRow)
                .where(FeatureChangeRow.feature_id == made.id)
                .order_by(FeatureChangeRow.version)
            )
            .all()
        )
    )
    assert [line.kind.value for line in lines] == ["made", "changed", "changed", "removed"]
    assert [line.by for line in lines] == ["Dan"] * 4
    assert lines[0].before is None
    assert lines[-1].after is None
    for earlier, later in pairwise(lines):
        assert earlier.after == later.before
    assert lines[1].after["properties"] == {"label": "H-9", "flow": 8}
    assert lines[0].after["geometry"] == {"type": "Point", "coordinates": [-95.42, 29.72]}


def refused(do, pointer=None, type="invalid"):
    """Assert that this is refused, about this place."""
    with pytest.raises(ProblemError) as found:
        do()
    assert found.value.type == type, found.value
    if pointer is not None:
        assert pointer in [error.pointer for error in found.value.errors], found.value.errors
    return found.value


def test_nobody_edits_over_what_somebody_else_changed(hydrants, dan, make):
    other = make.person("ann", role="crew", department="public-works")
    [id, *_] = hydrants
    changed = as_(dan, lambda: features.change_feature("hydrants", id, {"properties": {"flow": 1}}, 1))
    before = told()
    for do in (
        lambda: features.change_feature("hydrants", id, {"properties": {"flow": 2}}, 1),
        lambda: features.replace_feature("hydrants", id, point(-95.4, 29.7), 1),
        lambda: features.remove_feature("hydrants", id, 1),
    ):
        refused(lambda do=do: as_(other, do), "header:If-Match", "version-differs")
    assert told() == before
    as_(other, lambda: features.change_feature("hydrants", id, {"properties": {"flow": 2}}, changed.version))
    refused(lambda: as_(other, lambda: features.remove_feature("hydrants", 999_999, 1)), type="not-found")
    refused(lambda: as_(other, lambda: features.remove_feature("hydrants", 2**70, 1)), type="not-found")


def test_of_many_who_edit_the_same_version_at_once_one_wins(hydrants, dan):
    [id, *_] = hydrants
    app = dan.app
    won, lost, together = [], [], threading.Barrier(4)

    def edit(flow):
        with app.app_context():
            together.wait()
            try:
                as_(dan, lambda: features.change_feature("hydrants", id, {"properties": {"flow": flow}}, 1))
                won.append(flow)
            except ProblemError as problem:
                lost.append(problem.type)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lost == ["version-differs"] * 3
    rows = in_transaction(
        lambda: (
            db().execute(text("SELECT count(*), max(after->'properties'->>'flow') FROM feature_change")).all()
        )
    )
    assert rows == [(1, str(won[0]))]


def test_a_layer_is_edited_by_those_for_whom_it_is(app, make, dan):
    police = make.person("pat", role="crew", department="police")
    resident = make.person("resident")
    a_layer("ours", edited_by=Whom.DEPARTMENT)
    a_layer("staffs", edited_by=Whom.STAFF)
    a_layer("nobodys", edited_by=Whom.NOBODY)
    a_layer("hidden", edited_by=Whom.STAFF, seen_by=Whom.DEPARTMENT, department="fire")
    who = {"dan": dan, "police": police, "resident": resident}
    may = {("dan", "ours"), ("dan", "staffs"), ("police", "staffs")}
    for name, caller in who.items():
        for layer in ("ours", "staffs", "nobodys"):
            add = partial(features.add_feature, layer, point(-95.43, 29.71))
            if (name, layer) in may:
                assert as_(caller, add).id
            else:
                refused(partial(as_, caller, add), type="forbidden")
        refused(
            partial(as_, caller, partial(features.add_feature, "hidden", point(-95.43, 29.71))),
            type="not-found",
        )
    given = next(iter(house().layers), None)
    if given:
        refused(
            lambda: as_(make.person("erin", role="admin"), lambda: features.add_feature(given, point(0, 0))),
            type="forbidden",
        )


WRONG = [
    ({"type": "FeatureCollection"}, "/type"),
    (point(-95.43, 29.71, colour="red"), "/properties/colour"),
    (point(-95.43, 29.71, flow="7"), "/properties/flow"),
    (point(-95.43, 29.71, flow=True), "/properties/flow"),
    (point(-95.43, 29.71, flow=1.5), "/properties/flow"),
    (point(-95.43, 29.71, flow=float("inf")), "/properties/flow"),
    (point(-95.43, 29.71, label=7), "/properties/label"),
    (point(-95.43, 29.71, label="a\0"), "/properties/label"),
    (point(-95.43, 29.71, label="a" * 10_001), "/properties/label"),
    (feature(None) | {"properties": []}, "/properties"),
    (feature(None) | {"crs": {}}, "/crs"),
    (feature({"type": "LineString", "coordinates": [[-95.43, 29.71], [-95.42, 29.71]]}), "/geometry/type"),
    (feature({"type": "Point"}), "/geometry/coordinates"),
    (feature([]), "/geometry/type"),
    (point(29.71, -95.43), "/geometry/coordinates"),
    (point(float("nan"), 29.71), "/geometry/coordinates"),
    (point("-95", 29.71), "/geometry/coordinates"),
    (feature({"type": "Point", "coordinates": [1]}), "/geometry/coordinates"),
]


def test_what_a_layer_does_not_hold_is_refused_with_its_place(hydrants, dan):
    before = told()
    for wish, pointer in WRONG:
        refused(lambda wish=wish: as_(dan, lambda: features.add_feature("hydrants", wish)), pointer)
        refused(
            lambda wish=wish: as_(dan, lambda: features.replace_feature("hydrants", hydrants[0], wish, 1)),
            pointer,
        )
    refused(lambda: as_(dan, lambda: features.change_feature("hydrants", hydrants[0], {"id": 7}, 1)), "/id")
    refused(lambda: as_(dan, lambda: features.change_feature("hydrants", hydrants[0], [], 1)), "/")
    refused(
        lambda: as_(dan, lambda: features.change_feature("hydrants", hydrants[0], {"type": None}, 1)), "/type"
    )
    assert told() == before


def ring(*corners):
    return feature({"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]})


def test_areas_and_lines_must_be_whole(app, dan):
    a_layer("areas", [], [], geometry=Geometry.AREA)
    a_layer("lines", [], [], geometry=Geometry.LINE)
    bow = ring((-95.44, 29.71), (-95.43, 29.72), (-95.43, 29.71), (-95.44, 29.72), (-95.44, 29.71))
    for name, wish, pointer in (
        ("areas", bow, "/geometry"),
        ("areas", ring((-95.4, 29.7), (-95.3, 29.7), (-95.3, 29.8), (-95.4, 29.8)), "/geometry/coordinates"),
        ("areas", ring((-95.4, 29.7), (-95.3, 29.7), (-95.4, 29.7)), "/geometry/coordinates"),
        ("areas", ring(), "/geometry/coordinates"),
        ("lines", feature({"type": "LineString", "coordinates": [[-95.4, 29.7]]}), "/geometry/coordinates"),
        (
            "lines",
            feature({"type": "LineString", "coordinates": [[-95.4, 29.7], [-95.4000001, 29.7]]}),
            "/geometry",
        ),
    ):
        refused(lambda name=name, wish=wish: as_(dan, lambda: features.add_feature(name, wish)), pointer)
    good = ring((-95.44, 29.71, 5), (-95.4300000001, 29.71, 5), (-95.43, 29.72, 5), (-95.44, 29.71, 5))
    made = as_(dan, lambda: features.add_feature("areas", good))
    [(place,)] = in_transaction(
        lambda: (
            db().execute(text("SELECT ST_AsText(geom) FROM feature WHERE id = :id"), {"id": made.id}).all()
        )
    )
    assert place == "POLYGON((-95.44 29.71,-95.43 29.71,-95.43 29.72,-95.44 29.71))"


def test_the_history_of_a_layer_is_read_by_those_who_work_for_the_city(hydrants, dan, nobody, alice):
    layer, _ = a_layer("valves", [], edited_by=Whom.STAFF)
    made = [
        as_(dan, lambda n=n: features.add_feature("valves", point(-95.43, 29.71, flow=n))) for n in range(3)
    ]
    path = f"/v1/maps/layers/{layer}/changes"
    first = dan.get(path, query_string={"limit": 2}).get_json()
    rest = dan.get(path, query_string={"limit": 2, "after": first["next"]}).get_json()
    assert [each["feature_id"] for each in first["items"] + rest["items"]] == [
        each.id for each in reversed(made)
    ]
    assert rest["next"] is None
    [one] = dan.get(path, query_string={"feature_id": made[1].id}).get_json()["items"]
    assert (one["kind"], one["by"], one["after"]["properties"]["flow"]) == ("made", "Dan", 1)
    assert alice.get(path).status_code == 403
    assert nobody.get(path).status_code == 401
    [fields] = in_transaction(
        lambda: (
            db().scalars(text("SELECT fields FROM event WHERE kind = 'maps.feature-changed' LIMIT 1")).all()
        )
    )
    assert set(fields) == {"layer_id", "feature_id", "version", "what"}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "replace", "patch", "remove", "stale"]),
        st.integers(0, 30),
        st.integers(-5, 5),
        st.integers(0, 2**40),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_edited_a_layer_says_what_is_in_it_and_each_version_what_it_was(app, dan, steps):
    name = f"layer-{uuid.uuid4().hex[:12]}"
    a_layer(name, [], edited_by=Whom.STAFF)
    now, seen = {}, {}
    for what, at, move, flow in steps:
        wish = point(-95.43 + move / 1000, 29.71, flow=flow, label=None)
        ids = sorted(now)
        id = ids[at % len(ids)] if ids else None
        if what == "add" or id is None:
            row = as_(dan, lambda wish=wish: features.add_feature(name, wish))
        elif what == "replace":
            row = as_(
                dan,
                lambda which=id, wish=wish: features.replace_feature(name, which, wish, now[which].version),
            )
        elif what == "patch":
            patch = {"geometry": wish["geometry"], "properties": {"flow": flow}}
            row = as_(
                dan,
                lambda which=id, patch=patch: features.change_feature(name, which, patch, now[which].version),
            )
        elif what == "remove":
            as_(dan, lambda which=id: features.remove_feature(name, which, now[which].version))
            del now[id]
            continue
        else:
            refused(
                lambda which=id: as_(
                    dan, lambda: features.remove_feature(name, which, now[which].version - 1)
                ),
                type="version-differs",
            )
            continue
        assert row.props == {"flow": flow, "label": None}
        assert seen.setdefault((row.id, row.version), flow) == flow
        now[row.id] = row
    version, kept, counted = told(name)
    assert kept == pytest.approx(counted)
    assert kept[0] == len(now)
    assert version == 1 + len(seen) + removed(name)
    rows = in_transaction(
        lambda: (
            db()
            .execute(
                select(FeatureRow.id, FeatureRow.version)
                .join(LayerRow, LayerRow.edition_id == FeatureRow.edition_id)
                .where(LayerRow.name == name)
            )
            .all()
        )
    )
    assert {tuple(row) for row in rows} == {(row.id, row.version) for row in now.values()}


def removed(name):
    """How many lines of the history of a layer say that a feature was removed."""
    query = "SELECT count(*) FROM feature_change JOIN layer ON layer.id = layer_id WHERE name = :name AND kind = 'removed'"
    return in_transaction(lambda: db().scalar(text(query), {"name": name}))
