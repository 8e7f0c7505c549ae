"""Search over all addresses of the City of Cambridge, typed badly: the server and the phone's pack, with no signal."""

from collections import Counter

import pytest
from sqlalchemy import delete

from backend.core.actor import db
from backend.maps import gazetteer
from backend.maps.tables import OutlineRow
from backend.worker import in_transaction
from mobile.core.pack import Pack
from shared_models.places import metres_between
from tests.cast import Caller
from tests.maps import citylayers, citysearch, damage

OF_EACH = 150
LEAST = 3000


@pytest.fixture(scope="module")
def city(house, sweeper, tmp_path_factory):
    """The addresses, streets and corners of a city on the server and in a pack: (who asks, the pack, the addresses, the corners)."""
    if not citylayers.there():
        print("NOT RUN: no cambridge in ../shared/data")
        pytest.skip("NOT RUN: the city's layers are not there")
    sweeper()
    with house.app_context():
        citysearch.fill()
        nobody = Caller(house)
        file = tmp_path_factory.mktemp("city") / "pack"
        file.write_bytes(nobody.get("/v1/maps/pack").data)
        citysearch.with_search(file, in_transaction(lambda: list(gazetteer.search_rows())))
        with Pack.open(file) as pack:
            yield nobody, pack, in_transaction(citysearch.addresses), in_transaction(citysearch.corners)
        in_transaction(lambda: db().execute(delete(OutlineRow).where(OutlineRow.code == "cambridge")))
        sweeper()


def offline(pack, query, **more):
    return [(h.place.id, h.title, h.place.lat, h.place.lon, h.how) for h in pack.find(query, limit=5, **more)]


def online(nobody, query, **more):
    found = nobody.get("/v1/maps/places", query_string={"q": query, "limit": 5} | more).get_json()["items"]
    return [(f["id"], f["title"], f["where"]["lat"], f["where"]["lon"], f["how"]) for f in found]


def test_damaged_addresses_and_corners_are_found_and_server_and_phone_answer_alike(city, soak):
    nobody, pack, known, corners = city
    cases = damage.damaged(known, corners, citysearch.SEED, OF_EACH)
    first, among, asked = Counter(), Counter(), Counter()
    for n, case in enumerate(cases):
        found = offline(pack, case.query)
        right = [case.is_right(id_, title) for id_, title, *_ in found]
        asked[case.kind] += 1
        first[case.kind] += right[:1] == [True]
        among[case.kind] += any(right)
        if soak or n % 3 == 0:  # each costs the server a request
            assert online(nobody, case.query) == found, case.query

    print(f"{'seed ' + str(citysearch.SEED):16} asked first %  five %")
    for kind in asked:
        print(f"{kind:16} {asked[kind]:5} {first[kind] / asked[kind]:7.1%} {among[kind] / asked[kind]:7.1%}")
    print(f"{'all':16} {len(cases):5} {first.total() / len(cases):7.2%} {among.total() / len(cases):7.2%}")
    assert len(cases) >= LEAST
    assert first.total() >= 0.975 * len(cases)
    assert among.total() >= 0.99 * len(cases)


@pytest.mark.parametrize(
    ("typed", "title", "how"),
    [
        ("56 r aberdeen ave", "56-R Aberdeen Ave", "exact"),
        ("343 1/2 brodway", "343-1/2 Broadway", "exact"),
        ("18 aberdeen", "18 Aberdeen Ave", "interpolated"),
        ("mass ave & prospect", "Magazine St & Massachusetts Ave & Prospect St & Western Ave", "exact"),
        ("12 lopez st apt 4, cambridge, ma 02139", "12 Lopez St", "exact"),
        ("806 massachusetts", "806 Massachusetts Ave", "exact"),
        ("110 cambridge st cambridge ma", "110 Cambridge St", "exact"),
        ("12 cambridge st", "12 Cambridge Ter", "exact"),  # Cambridge St begins with 110
        ("365 allston st", "365 Allston St", "range"),
        ("99999 broadway", "99999 Broadway", "street"),
    ],
)
def test_what_is_meant_comes_first_and_says_how_its_point_is_known(city, typed, title, how):
    nobody, pack, *_ = city
    found = online(nobody, typed)

    assert (found[0][1], found[0][4]) == (title, how)
    assert offline(pack, typed) == found


def test_an_unknown_number_lies_between_the_known_ones_of_its_side(city):
    nobody, _, known, _ = city
    where = {
        a.line: online(nobody, a.line)[0][2:4]
        for a in known
        if a.line in ("16 Aberdeen Ave", "20 Aberdeen Ave")
    }
    [(_, _, lat, lon, how), *_] = online(nobody, "18 Aberdeen Ave")

    whole = metres_between(*where.values())
    assert how == "interpolated"
    assert sum(metres_between(end, (lat, lon)) for end in where.values()) == pytest.approx(whole, abs=0.5)


def test_a_street_is_answered_while_it_is_typed_and_its_corners_after_it(city):
    nobody, pack, *_ = city
    for typed in ("putn", "putna", "putnam", "putnam av", "putnam ave"):
        assert "Putnam Ave" in [title for _, title, *_ in online(nobody, typed)], typed
        assert offline(pack, typed) == online(nobody, typed), typed
    corners = online(nobody, "putnam ave", kinds="intersection")
    assert len(corners) == 5 and all("Putnam Ave" in title for _, title, *_ in corners)


def test_what_lies_near_a_place_tells_its_address_with_no_signal(city):
    nobody, pack, known, _ = city
    for each in known[::5000]:
        [(id_, title, lat, lon, how), *_] = online(nobody, each.line)
        assert how == "exact"
        here = [(place.id, place.name) for place, away in pack.places_near(lat, lon, 60) if away < 0.1]
        assert (id_, title) in here  # several addresses may share a point
    assert pack.places_near(0.0, 0.0, 60) == []


def test_of_equals_the_nearer_comes_first(city):
    nobody, pack, *_ = city
    ends = {title: (lat, lon) for _, title, lat, lon, _ in online(nobody, "12 lopez")}

    assert {"12 Lopez Ave", "12 Lopez St"} <= ends.keys()
    for title in ("12 Lopez Ave", "12 Lopez St"):
        lat, lon = ends[title]
        found = online(nobody, "12 lopez", near=f"{lat},{lon}")
        assert found[0][1] == title
        assert offline(pack, "12 lopez", near=(lat, lon)) == found
