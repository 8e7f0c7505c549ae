"""What search finds of layers: for whom, as of now, and where a pack takes it along."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from backend.core.actor import db
from backend.maps import gazetteer
from backend.maps.tables import LayerRow
from backend.worker import in_transaction
from mobile.core.packrows import PackRows
from shared_models.layers import Part, Whom
from tests.cast import problem
from tests.maps.layers import a_layer, feature, point

HERE = -95.4310, 29.7160
ADDRESS = [{"name": "number", "kind": "text"}, {"name": "street", "kind": "text"}]
NAMED = [{"name": "label", "kind": "text"}, {"name": "about", "kind": "text"}]


def searched(name, part, features, fields=NAMED, part_fields=None, **more):
    """A layer that search reads; returns (its id, its features' numbers)."""
    wanted = {"name": "label", "detail": "about"} if part_fields is None else part_fields
    id_, made = a_layer(name, features, fields, part=part, part_fields=wanted, **more)
    in_transaction(lambda: gazetteer.refresh(db().get_one(LayerRow, id_)))
    return id_, made


def houses(name="houses", street="Quince St", numbers=(2, 6, 10), **more):
    rows = [
        point(HERE[0] + number / 10_000, HERE[1], number=str(number), street=street) for number in numbers
    ]
    return searched(name, Part.ADDRESSES, rows, ADDRESS, {"number": "number", "street": "street"}, **more)


def found(caller, typed, **more):
    answer = caller.get("/v1/maps/places", query_string={"q": typed} | more)
    assert answer.status_code == 200, answer.get_json()
    return [(item["title"], item["kind"], item["how"]) for item in answer.get_json()["items"]]


def test_what_is_in_a_layer_is_found_by_those_who_may_see_the_layer(app, make, nobody):
    houses()
    houses("bunkers", "Larch St", seen_by=Whom.STAFF)
    houses("vaults", "Medlar St", seen_by=Whom.DEPARTMENT, department="fire")
    crew = make.person("crew", role="crew", department="fire")
    other = make.person("other", role="crew", department="police")

    def seen(who):
        return {
            title
            for typed in ("6 quince", "6 larch", "6 medlar", "4 medlr")
            for title, kind, _ in found(who, typed)
            if kind == "address"
        }

    assert seen(nobody) == seen(make.person("resident")) == {"6 Quince St"}
    assert seen(other) == {"6 Quince St", "6 Larch St"}
    assert seen(crew) == {"6 Quince St", "6 Larch St", "6 Medlar St", "4 Medlar St"}
    assert "Medlar" not in json.dumps(
        [rows for _, rows in in_transaction(lambda: list(gazetteer.search_rows()))]
    )


def test_an_edit_is_found_at_once_and_what_was_removed_is_not(app, nobody):
    id_, (first, second, _) = houses()
    assert found(nobody, "6 quince")[0] == ("6 Quince St", "address", "exact")

    def edit():
        layer = db().get_one(LayerRow, id_)
        layer.version += 1
        db().flush()
        where = {"edition": layer.edition_id, "version": layer.version}
        db().execute(
            text(
                "UPDATE feature SET version = :version, props = jsonb_set(props, '{street}', '\"Sorrel Ln\"')"
                " WHERE edition_id = :edition AND id = :id"
            ),
            where | {"id": first},
        )
        db().execute(
            text("DELETE FROM feature WHERE edition_id = :edition AND id = :id"),
            {"edition": layer.edition_id, "id": second},
        )
        gazetteer.refresh(layer)

    in_transaction(edit)
    assert found(nobody, "2 sorel ln")[0] == ("2 Sorrel Ln", "address", "exact")
    assert ("6 Quince St", "address", "exact") not in found(nobody, "6 quince")
    assert found(nobody, "10 quince")[0] == ("10 Quince St", "address", "exact")


def test_a_layer_that_is_no_longer_searched_is_not_found(app, nobody):
    id_, _ = houses()
    assert found(nobody, "6 quince st")

    def turn_off():
        layer = db().get_one(LayerRow, id_)
        layer.part = Part.NONE
        gazetteer.refresh(layer)

    in_transaction(turn_off)
    assert [hit for hit in found(nobody, "6 quince st") if "Quince" in hit[0]] == []


def test_the_city_s_own_list_of_addresses_is_found_and_counted(app, nobody, tmp_path):
    from backend.seed import load_addresses

    file = tmp_path / "addresses.csv"
    file.write_text("id,line,lat,lon\n1,3801 University Blvd,29.7178,-95.4317\n2,Made up,29.7179,-95.4318\n")
    assert in_transaction(lambda: load_addresses(file)) == 2
    assert found(nobody, "3801 univ blvd")[0] == ("3801 University Blvd", "address", "exact")
    file.write_text("id,line,lat,lon\n3,3803 University Blvd,29.7178,-95.4317\n")
    assert in_transaction(lambda: load_addresses(file)) == 1
    assert found(nobody, "3803 univ blvd")[0] == ("3803 University Blvd", "address", "exact")
    assert ("3801 University Blvd", "address", "exact") not in found(nobody, "3801 univ blvd")


def test_parcels_places_and_corners_of_layers_are_found_by_what_they_are_called(app, nobody):
    searched(
        "parcels",
        Part.PARCELS,
        [point(*HERE, label="127-123", about="1 Quince St"), point(*HERE, label="127-12")],
    )
    searched("gardens", Part.PLACES, [point(*HERE, label="Botanical Garden", about="9 Sorrel Ln")])
    searched("corners", Part.INTERSECTIONS, [point(*HERE, label="Quince St & Sorrel Ln & 3rd St")])
    searched(
        "roads",
        Part.STREETS,
        [
            feature(
                {"type": "LineString", "coordinates": [[-95.43, 29.71], [-95.42, 29.71]]},
                label=name,
                about="101",
            )
            for name in ("Quince St", "Sorrel Ln", "Third St")
        ],
        part_fields={"name": "label", "left_from": "about", "left_to": "about"},
    )

    assert found(nobody, "127 123") == [("127-123", "parcel", "exact")]
    assert found(nobody, "127") == []  # a number by itself is a parcel's only if it is all of it
    assert [title for title, *_ in found(nobody, "127-1")] == ["127-12", "127-123"]
    assert found(nobody, "botanicl garden")[0] == ("Botanical Garden", "place", "exact")
    for typed in ("quince & sorrel", "sorel at third", "3rd y quince", "quince third"):
        assert found(nobody, typed)[0] == ("Quince St & Sorrel Ln & 3rd St", "intersection", "exact"), typed
    searched("byways", Part.INTERSECTIONS, [point(*HERE, label="Quince St & Mews Row")])
    assert found(nobody, "mewz row & quince")[0][0] == "Quince St & Mews Row"  # a street of corners alone
    assert found(nobody, "101 sorrel ln")[0] == ("101 Sorrel Ln", "address", "range")


def test_only_the_kinds_that_are_wanted_are_answered_and_a_point_off_earth_is_refused(app, nobody):
    houses(street="University Blvd")

    assert {kind for _, kind, _ in found(nobody, "university", kinds="intersection")} == {"intersection"}
    assert {kind for _, kind, _ in found(nobody, "6 university", kinds="address,facility")} == {
        "address",
        "facility",
    }
    for wrong in ({"near": "91,0"}, {"near": "1"}, {"near": "nan,1"}, {"kinds": "a b"}, {"kinds": ","}):
        document = problem(
            nobody.get("/v1/maps/places", query_string={"q": "university"} | wrong), 422, "invalid"
        )
        assert document["errors"][0]["pointer"] in ("?near", "?kinds")


def test_the_names_are_read_once_by_callers_who_come_together(house, app, nobody):
    houses()
    with ThreadPoolExecutor(4) as crowd:
        answers = list(
            crowd.map(lambda _: house.test_client().get("/v1/maps/places?q=6+quince").get_json(), range(8))
        )
    assert all(answer["items"][0]["title"] == "6 Quince St" for answer in answers)


@pytest.fixture
def rows():
    """Rows as a pack has them, of three streets."""
    pack = sqlite3.connect(":memory:")
    pack.executescript(gazetteer.PACK_TABLES)
    pack.execute("INSERT INTO street_name VALUES (1, 'quince street', 'Quince St', 29716000, -95431000, 1)")
    pack.execute("INSERT INTO address VALUES (1, 6, '6-R', 29716000, -95431000, 'houses/1')")
    pack.execute("INSERT INTO stretch VALUES (1, 2, 8, '29716000 -95431000 29717000 -95431000')")
    yield PackRows(lambda sql, values: pack.execute(sql, values).fetchall())
    pack.close()


def test_a_pack_s_rows_are_read_in_degrees_and_unknown_streets_have_none(rows):
    [door] = rows.doors(["quince street", "no such street"], 1, 9)
    [stretch] = rows.stretches(["quince street"], 5)

    assert (door.mark, door.text, door.lat, door.lon) == ("6r", "6-R", 29.716, -95.431)
    assert stretch.course == ((29.716, -95.431), (29.717, -95.431))
    assert list(rows.doors(["no such street"], 1, 9)) == []
    assert rows.streets()[0].illustration is True
