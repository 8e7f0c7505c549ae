"""Taking in another city's history: what is taken, that again is not twice, and what phones hear of it."""

import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from tests.history import (
    LOS_ANGELES_MAP,
    asked,
    los_angeles,
    made_rows,
    requests,
    row,
    take,
    take_much,
    write,
)

WORK = "/v1/service-requests/work"


def epochs(archive):
    return dict(
        asked(archive, "SELECT name, epoch FROM audience WHERE name LIKE 'dept:%' OR name LIKE 'staff:%'")
    )


# ── what is taken ────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_becomes_a_request_as_the_map_says(archive, taken):
    done, refused = taken(row())

    assert (done.taken, refused) == (1, [])
    (request,) = requests(archive)
    assert (request.import_name, request.import_key, request.type) == ("made", "A-1", "made-wild-pig")
    assert (request.status, request.close_reason, request.department) == ("closed", "fixed", "animal-control")
    assert (request.description, request.address) == ("Wild pig (A-1)", "3800 University Blvd")
    assert request.opened_at == datetime(2020, 7, 1, 13, 0, tzinfo=UTC)
    assert request.closed_at == datetime(2020, 7, 2, 14, 30, tzinfo=UTC)
    assert request.updated_at == datetime(2020, 7, 3, 15, 0, tzinfo=UTC)
    assert (request.owner_id, request.by_account, request.channel) == (None, False, "import")
    assert (request.version, request.on_phones, request.answer_until_at, request.fixed) == (
        1,
        False,
        None,
        None,
    )


def test_numbers_go_on_as_those_of_any_request(archive, taken, make, alice):
    from backend.service_requests.rules import number

    before = int(make.request(by=alice)["number"].split("-")[1])
    taken(row(number="B", opened="2019-12-31T20:00"), row(number="A", opened="2021-01-01T00:00", state="New"))

    found = dict(asked(archive, "SELECT import_key, number FROM request WHERE import_key IS NOT NULL"))
    assert found == {"B": number(2020, before + 1), "A": number(2021, before + 2)}
    assert int(make.request(by=alice)["number"].split("-")[1]) == before + 3


def test_columns_that_the_map_does_not_name_stay_in_the_file(archive, taken):
    taken(row())

    assert asked(archive, "SELECT count(*) FROM request WHERE request::text LIKE '%Nobody%'") == [(0,)]
    assert asked(archive, "SELECT count(*) FROM request_entry e WHERE e::text LIKE '%Nobody%'") == [(0,)]
    assert asked(archive, "SELECT count(*) FROM event WHERE event::text LIKE '%Nobody%'") == [(0,)]


def test_a_type_is_ours_or_is_made_and_never_offered(archive, taken, nobody):
    offered = nobody.get("/v1/service-requests/types").get_json()
    taken(row(number="A", kind="Hole in street"), row(number="B"), row(number="C", kind="Árbol caído / mal"),
          row(number="D", kind="The longest name of a type that anybody ever wrote"), row(number="E", kind="坑"))  # fmt: skip

    types = [request.type for request in requests(archive)]
    assert types[:3] == ["pothole", "made-wild-pig", "made-arbol-caido-mal"]
    assert len(set(types)) == 5 and all(len(type) <= 40 for type in types)
    made = asked(
        archive,
        "SELECT name_en, name_es, department, group_en FROM request_type WHERE NOT offered ORDER BY name_en",
    )
    assert made[0][:2] == ("The longest name of a type that anybody ever wrote",) * 2
    assert ("Wild pig", "Wild pig", "animal-control", "Made for tests") in made
    assert [request.department for request in requests(archive)][:3] == [
        "public-works",
        "animal-control",
        "public-works",
    ]
    assert nobody.get("/v1/service-requests/types").get_json() == offered


@pytest.mark.parametrize(("lat", "lon"), [("", ""), ("0", "0"), ("0.0", "-0.000")])
def test_what_has_no_coordinates_is_kept_without_a_place(archive, taken, lat, lon):
    done, refused = taken(row(lat=lat, lon=lon))

    assert (done.taken, refused) == (1, [])
    assert requests(archive)[0].where is None


def test_what_is_closed_without_a_time_was_closed_when_it_was_last_changed(archive, taken):
    taken(row(number="A", closed=""), row(number="B", closed="", updated=""), row(number="C", state="New"))

    assert [request.closed_at for request in requests(archive)] == [
        datetime(2020, 7, 3, 15, 0, tzinfo=UTC), datetime(2020, 7, 1, 13, 0, tzinfo=UTC), None,
    ]  # fmt: skip


def test_staff_see_when_it_was_opened_and_how_it_ended_in_the_file_s_own_word(archive, taken, carol):
    taken(row(state="Void"))

    id = requests(archive)[0].id
    history = carol.get(f"{WORK}/{id}/history").get_json()["items"]
    assert [(entry["kind"], entry["at"], entry["words"], entry["status"]) for entry in history] == [
        ("closed", "2020-07-02T14:30:00.000000Z", "Void", "closed"),
        ("opened", "2020-07-01T13:00:00.000000Z", "", "received"),
    ]


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "utc"),
    [
        ("2020-07-01 08:00", "2020-07-01T13:00"),
        ("2020-07-01T08:00:00-07:00", "2020-07-01T15:00"),
        ("2020-07-01T08:00:00Z", "2020-07-01T08:00"),
        ("7/1/2020 8:00", "2020-07-01T13:00"),
        ("2020-07-01", "2020-07-01T05:00"),
        ("2020-03-08T02:30", "2020-03-08T08:30"),  # skipped in spring: 2:30 was 3:30
        ("2020-03-08T03:30", "2020-03-08T08:30"),
        ("2019-11-03T01:30", "2019-11-03T06:30"),  # twice in autumn: the first
    ],
)
def test_a_local_time_is_read_in_the_map_s_zone(archive, taken, words, utc):
    taken(row(opened=words))

    assert requests(archive)[0].opened_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_what_ended_in_the_hour_that_came_twice_did_not_end_before_it_began(archive, taken):
    taken(row(opened="2019-11-03T01:50", closed="2019-11-03T01:10"))

    assert requests(archive)[0].closed_at == datetime(2019, 11, 3, 7, 10, tzinfo=UTC)


# ── again ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_again_changes_nothing_and_no_phone_hears_of_it(archive, taken):
    rows = row(number="A"), row(number="B", state="New")
    taken(*rows)
    before, entries, heard = (
        requests(archive),
        asked(archive, "SELECT * FROM request_entry ORDER BY id"),
        epochs(archive),
    )

    done, _ = taken(*rows)

    assert (done.taken, done.changed, done.same) == (0, 0, 2)
    assert requests(archive) == before
    assert asked(archive, "SELECT * FROM request_entry ORDER BY id") == entries
    assert epochs(archive) == heard


def test_a_newer_file_changes_only_what_differs(archive, taken):
    taken(row(number="A", state="New"), row(number="B"), row(number="C"))
    before = {request.import_key: request for request in requests(archive)}

    done, _ = taken(row(number="A"), row(number="B"), row(number="D"))

    assert (done.taken, done.changed, done.same) == (1, 1, 1)
    after = {request.import_key: request for request in requests(archive)}
    assert (after["A"].status, after["A"].version, after["A"].number) == ("closed", 2, before["A"].number)
    assert (after["B"], after["C"]) == (before["B"], before["C"])
    kinds = "SELECT kind FROM request_entry WHERE request_id = :id ORDER BY at"
    assert asked(archive, kinds, id=before["A"].id) == [("opened",), ("closed",)]


def test_what_staff_have_worked_on_here_is_left_to_them(archive, taken, carol):
    rows = row(number="A", state="New"), row(number="B", state="New")
    taken(*rows)
    id = requests(archive)[0].id
    assert carol.post(f"{WORK[:-5]}/{id}/close", {"reason": "fixed"}).status_code == 200

    done, _ = taken(*rows)

    assert (done.taken, done.changed, done.same, done.worked_on) == (0, 0, 1, 1)
    assert [request.status for request in requests(archive)] == ["closed", "received"]


def test_two_at_once_take_each_row_once(archive, plan, tmp_path):
    file, done = write(tmp_path / "file.csv", made_rows(300)), []

    def import_it():
        with archive.app_context():
            done.append(take(file, plan)[0])

    both = [threading.Thread(target=import_it) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted((one.taken, one.same) for one in done) == [(0, 300), (300, 0)]
    assert len(requests(archive)) == 300


# ── what phones hear ─────────────────────────────────────────────────────────────────────────────────────


def test_an_import_is_one_event_and_one_epoch_and_phones_get_what_is_in_their_window(
    archive, taken, carol, dan
):
    lately = (datetime.now(UTC) - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    cursors = {caller: caller.pull()[1] for caller in (carol, dan)}
    done, _ = taken(
        row(number="A"), row(number="B", state="New"), row(number="C", kind="Noise", state="New"),
        row(number="D", kind="Noise", updated="", closed=lately), row(number="E", kind="Noise"), row(number="F", lat="x"),
    )  # fmt: skip

    assert epochs(archive) == {"staff:requests": 2, "dept:animal-control": 2, "dept:public-works": 2}
    assert [request.on_phones for request in requests(archive)] == [False, True, True, True, False]
    events = asked(
        archive, "SELECT fields, actor_id FROM event WHERE kind = 'service_requests.requests-imported'"
    )
    assert events == [
        ({"name": "made", "count": 5, "changed": 0, "refused": 1, "file_sha256": done.sha256}, None)
    ]
    keys = {str(request.id): request.import_key for request in requests(archive)}
    for caller, seen in ((carol, "BCD"), (dan, "CD")):
        changes, _, _, restarted = caller.pull(cursors[caller])
        held = [
            change["value"] for change in changes if change["kind"] == "staff_request" and change["value"]
        ]
        assert sorted(keys[value["id"]] for value in held) == list(seen)
        assert len(restarted) == 1
        lines = [change["value"] for change in changes if change["kind"] == "staff_entry" and change["value"]]
        assert len(lines) == len(seen) + 1  # all were opened, one was closed


def test_what_a_newer_file_closed_long_ago_leaves_the_phones(archive, taken, carol):
    taken(row(state="New"))
    _, cursor, _, _ = carol.pull()

    taken(row())

    changes, _, _, restarted = carol.pull(cursor)
    assert restarted == ["staff:requests"]
    assert [change["value"] for change in changes if change["kind"] == "staff_request"] == [None]
    assert requests(archive)[0].on_phones is False


def test_a_feed_that_begins_anew_is_pulled_page_by_page_with_nothing_lost(archive, taken, carol):
    taken(*(row(number=f"N-{n:03d}", state="New") for n in range(60)))

    seen, cursor, more = [], "", True
    while more:
        page = carol.get(
            "/v1/sync", query_string={"cursor": cursor, "limit": 7} if cursor else {"limit": 7}
        ).get_json()
        seen += [change["value"]["id"] for change in page["changes"] if change["kind"] == "staff_request"]
        cursor, more = page["cursor"], page["more"]
    assert sorted(seen) == sorted(str(request.id) for request in requests(archive))


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_file_takes_no_more_memory_than_a_short_one(app, plan, tmp_path):
    from backend.service_requests.imports.column_map import read_column_map
    from backend.service_requests.imports.csv_rows import Source, read_rows

    plan = read_column_map(plan)
    files = {count: write(tmp_path / f"{count}.csv", made_rows(count)) for count in (4_000, 8_000)}

    def peak(count):
        source = Source(files[count])
        tracemalloc.start()
        with source, source.text("utf-8-sig") as text:
            assert sum(1 for _ in read_rows(text, plan)) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(8_000) < 1.5 * peak(4_000)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:alembic")
def test_the_command_says_what_it_did_and_lists_what_it_refused(
    archive, plan, tmp_path, settings, monkeypatch, capsys
):
    from backend import cli

    monkeypatch.setattr(cli.Settings, "from_env", classmethod(lambda _: settings))
    monkeypatch.chdir(tmp_path)
    file = write(
        tmp_path / "file.csv", [*made_rows(2000), row(state="Secret word"), row(lat="-95", lon="29")]
    )
    words = ["import", "requests", str(file), "--columns", str(plan)]

    assert cli.main(words) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "Taken: 2,000. Changed: 0. There already: 0.",
        "Refused: 2, listed in file.refused.csv:",
        "        1  state is a status that the map does not name",
        "        1  lat is off the map: latitude and longitude seem to be swapped",
    ]
    assert "76% read, 1,500 rows\n100% read, 2,0" in err and "\r" not in err
    report = (tmp_path / "file.refused.csv").read_text().splitlines()
    assert report == [
        "line,column,reason", "2002,state,is a status that the map does not name",
        "2003,lat,is off the map: latitude and longitude seem to be swapped",
    ]  # fmt: skip

    assert cli.main([*words, "--report", str(tmp_path / "again.csv")]) == 0
    assert "Taken: 0. Changed: 0. There already: 2,000." in capsys.readouterr().out
    assert cli.main([*words, "--report", str(file)]) == 2
    assert cli.main(["import", "requests", "none.csv", "--columns", "la-myla311"]) == 1
    assert "Nothing was taken." in capsys.readouterr().err


def test_on_a_terminal_progress_is_one_line_that_moves(monkeypatch, capsys):
    from backend.cli import Progress

    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    progress = Progress()
    progress.show(50, 100, 1200)
    progress.show(100, 100, 2400)
    progress.end()

    assert capsys.readouterr().err == (
        f"\r[{'#' * 15}{'.' * 15}]  50% 1,200 rows\r[{'#' * 30}] 100% 2,400 rows\n"
    )


def test_los_angeles_goes_in_whole(archive):
    file = los_angeles()
    done, refused = take_much(archive, file, LOS_ANGELES_MAP)

    assert (done.taken, refused) == (10_000, [])
    assert done.sha256 == "3ea2a2e5f87e004d79acc451185b88fecc18e10959b92c777bda2e580de241a8"
    counts = dict(
        asked(archive, "SELECT name_en, count(*) FROM request JOIN request_type ON code = type GROUP BY 1")
    )
    assert counts.pop("Street light out") == 76 + 59
    assert counts == {
        "Bulky Items": 4470, "Graffiti Removal": 2628, "Illegal Dumping Pickup": 901, "Metal/Household Appliances": 833,
        "Homeless Encampment": 405, "Electronic Waste": 335, "Dead Animal Removal": 172, "Other": 115,
        "Report Water Waste": 6,
    }  # fmt: skip
    states = asked(archive, "SELECT status, count(*), count(closed_at) FROM request GROUP BY 1 ORDER BY 1")
    assert states == [("assigned", 15, 0), ("closed", 9969, 9969), ("received", 16, 0)]
    assert asked(archive, """SELECT count(*) FROM request WHERE "where" IS NULL""") == [(11,)]
    assert asked(archive, "SELECT count(*) FROM request WHERE on_phones") == [(31,)]
    assert set(epochs(archive).values()) == {2}
    first = asked(archive, "SELECT opened_at, closed_at FROM request WHERE import_key = '1-1523590121'")[0]
    assert first == (datetime(2020, 1, 1, 8, 5, tzinfo=UTC), datetime(2020, 1, 2, 16, 43, tzinfo=UTC))

    assert take(file, LOS_ANGELES_MAP)[0].same == 10_000
    assert len(requests(archive)) == 10_000
