"""The list and the search of those who work, over 10,000 requests: what is told equals what the database says."""

import re

import pytest

from tests.history import plan_of, whole_city
from tests.statements import statements

WORK = "/v1/service-requests/work"


@pytest.fixture(scope="module", params=["Los Angeles", "made"])
def city(request, house, sweeper, settings, tmp_path_factory):
    yield from whole_city(house, sweeper, settings, tmp_path_factory.mktemp("city"), request.param)


def pages(caller, **wanted):
    """All pages of a list."""
    after, found = None, []
    while after != "":
        answer = caller.get(
            WORK, query_string={"limit": 200, **wanted, **({"after": after} if after else {})}
        )
        assert answer.status_code == 200, answer.get_json()
        page = answer.get_json()
        found.append([item["id"] for item in page["items"]])
        after = page["next"] or ""
    return found


def ids(rows):
    return [str(row[0]) for row in rows]


def test_all_pages_together_hold_each_request_once_newest_first(city):
    found = pages(city.carol)

    assert [len(page) for page in found] == [200] * 50
    assert [id for page in found for id in page] == ids(
        city.ask("SELECT id FROM request ORDER BY opened_at DESC, id DESC")
    )


@pytest.mark.parametrize("status", ["received", "assigned", "closed"])
def test_a_status_finds_what_has_it(city, status):
    first = city.carol.get(WORK, query_string={"status": status, "limit": 200}).get_json()["items"]

    assert {item["status"] for item in first} <= {status}
    assert len(first) == min(200, city.count("status = :status", status=status))


def test_open_finds_what_is_not_closed(city):
    found = [id for page in pages(city.carol, open="true") for id in page]

    assert 30 <= len(found) <= 40
    assert found == ids(
        city.ask("SELECT id FROM request WHERE status <> 'closed' ORDER BY opened_at DESC, id DESC")
    )


def test_a_type_finds_what_is_of_it(city):
    type, count = city.ask("SELECT type, count(*) FROM request GROUP BY type ORDER BY count(*) LIMIT 1")[0]

    assert sum(len(page) for page in pages(city.carol, type=type)) == count


def test_filters_narrow_each_other(city):
    type = city.ask("SELECT type FROM request WHERE status <> 'closed' ORDER BY id LIMIT 1")[0][0]
    word = "blvd"
    found = [id for page in pages(city.carol, type=type, status="closed", q=word) for id in page]

    assert found == ids(
        city.ask(
            "SELECT id FROM request WHERE type = :type AND status = 'closed' AND position(:word IN lower(address)) > 0"
            " ORDER BY opened_at DESC, id DESC",
            type=type,
            word=word,
        )
    )


@pytest.mark.parametrize(
    "q", ["blvd", "BLVD", "9 sun", "20-0000", "ñandú", "ÑANDÚ", "100%", "%", "_", "\\", "zz no such"]
)
def test_a_search_finds_what_has_all_its_words(city, q):
    found = [id for page in pages(city.carol, q=q) for id in page]

    words = q.lower().split()
    has = " AND ".join(
        f"position(:w{n} IN lower(number || ' ' || description || ' ' || address)) > 0"
        for n in range(len(words))
    )
    assert found == ids(
        city.ask(
            f"SELECT id FROM request WHERE {has} ORDER BY opened_at DESC, id DESC",
            **{f"w{n}": word for n, word in enumerate(words)},
        )
    )


def test_the_old_system_s_number_finds_its_request(city):
    id, key = city.ask("SELECT id, import_key FROM request ORDER BY import_key LIMIT 1 OFFSET 77")[0]

    assert pages(city.carol, q=key) == [[str(id)]]


def test_a_crew_sees_what_is_its_department_s(city):
    found = city.dan.get(WORK, query_string={"limit": 200}).get_json()["items"]

    assert {item["department"] for item in found} <= {"solid-waste"}
    assert len(found) == min(200, city.count("department = 'solid-waste'"))


def test_a_search_uses_the_index_of_words(city):
    key = city.ask("SELECT import_key FROM request ORDER BY import_key LIMIT 1 OFFSET 77")[0][0]

    assert "ix_request_words" in plan_of(city.app, city.carol, f"{WORK}?q={key}")


def test_a_page_begins_in_the_index_where_the_last_one_ended(city):
    after = city.carol.get(WORK, query_string={"limit": 200}).get_json()["next"]

    plan = plan_of(city.app, city.carol, f"{WORK}?limit=50&after={after}")
    assert "ix_request_opened_at_id" in plan
    assert re.search(r"Index Cond: .*ROW\(opened_at, id\) < ROW\(", plan)


@pytest.mark.parametrize(
    "path", ["", "?q=blvd", "?open=true&limit=200", "/map?west=-119&south=29&east=-95&north=35"]
)
def test_a_reading_takes_no_more_than_four_statements(city, path):
    with statements() as seen:
        assert city.carol.get(WORK + path).status_code == 200

    assert 2 <= len(seen) <= 4, [statement for statement, _ in seen]


def test_a_request_from_an_import_tells_when_it_was_opened_and_closed(city):
    id, opened, closed = city.ask(
        "SELECT id, opened_at, closed_at FROM request WHERE status = 'closed' ORDER BY id LIMIT 1"
    )[0]

    told = city.carol.get(f"{WORK}/{id}").get_json()
    history = city.carol.get(f"{WORK}/{id}/history").get_json()["items"]
    wire = "%Y-%m-%dT%H:%M:%S.%fZ"
    assert (told["channel"], told["by_account"], told["photos"]) == ("import", False, [])
    assert [(entry["kind"], entry["at"], entry["author_id"]) for entry in history] == [
        ("closed", closed.strftime(wire), None),
        ("opened", opened.strftime(wire), None),
    ]
