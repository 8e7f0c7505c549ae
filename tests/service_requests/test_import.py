"""Taking in another city's history: what is taken, what is refused and why, and that again is not twice."""

import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from tests.history import (
    HEADER,
    LOS_ANGELES_MAP,
    MAP,
    asked,
    forget_types,
    los_angeles,
    made_rows,
    take,
    take_much,
    write,
)

ROW = {
    "number": "A-1", "kind": "Wild pig", "state": "Done", "opened": "2020-07-01T08:00", "closed": "2020-07-02T09:30",
    "updated": "2020-07-03T10:00", "street": "3800 University Blvd", "lat": "29.717800", "lon": "-95.431700",
    "reporter": "Nobody Real",
}  # fmt: skip
WORK = "/v1/service-requests/work"


def row(**changes):
    return tuple((ROW | changes)[column] for column in HEADER)


@pytest.fixture
def plan(tmp_path):
    """The column map that most tests use."""
    file = tmp_path / "map.toml"
    file.write_text(MAP)
    return file


@pytest.fixture
def city(app, sweeper):
    """The application, without the types of former imports."""
    yield app
    forget_types(app, sweeper)


@pytest.fixture
def taken(city, plan, tmp_path):
    """A function that imports rows: (what became of them, those refused)."""

    def take_rows(*rows, header=HEADER):
        return take(write(tmp_path / "file.csv", rows, header), plan)

    return take_rows


def stopped(file, plan):
    from backend.service_requests import ImportStopped

    with pytest.raises(ImportStopped) as error:
        take(file, plan)
    return str(error.value)


def requests(city):
    return asked(city, "SELECT * FROM request ORDER BY import_key")


def epochs(city):
    return dict(
        asked(city, "SELECT name, epoch FROM audience WHERE name LIKE 'dept:%' OR name LIKE 'staff:%'")
    )


# ── what is taken ────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_becomes_a_request_as_the_map_says(city, taken):
    done, refused = taken(row())

    assert (done.taken, refused) == (1, [])
    (request,) = requests(city)
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


def test_numbers_go_on_as_those_of_any_request(city, taken, make, alice):
    from backend.service_requests.rules import number

    before = int(make.request(by=alice)["number"].split("-")[1])
    taken(row(number="B", opened="2019-12-31T20:00"), row(number="A", opened="2021-01-01T00:00", state="New"))

    found = dict(asked(city, "SELECT import_key, number FROM request WHERE import_key IS NOT NULL"))
    assert found == {"B": number(2020, before + 1), "A": number(2021, before + 2)}
    assert int(make.request(by=alice)["number"].split("-")[1]) == before + 3


def test_columns_that_the_map_does_not_name_stay_in_the_file(city, taken):
    taken(row())

    assert asked(city, "SELECT count(*) FROM request WHERE request::text LIKE '%Nobody%'") == [(0,)]
    assert asked(city, "SELECT count(*) FROM request_entry e WHERE e::text LIKE '%Nobody%'") == [(0,)]
    assert asked(city, "SELECT count(*) FROM event WHERE event::text LIKE '%Nobody%'") == [(0,)]


def test_a_type_is_ours_or_is_made_and_never_offered(city, taken, nobody):
    offered = nobody.get("/v1/service-requests/types").get_json()
    taken(row(number="A", kind="Hole in street"), row(number="B"), row(number="C", kind="Árbol caído / mal"),
          row(number="D", kind="The longest name of a type that anybody ever wrote"), row(number="E", kind="坑"))  # fmt: skip

    types = [request.type for request in requests(city)]
    assert types[:3] == ["pothole", "made-wild-pig", "made-arbol-caido-mal"]
    assert len(set(types)) == 5 and all(len(type) <= 40 for type in types)
    made = asked(
        city,
        "SELECT name_en, name_es, department, group_en FROM request_type WHERE NOT offered ORDER BY name_en",
    )
    assert made[0][:2] == ("The longest name of a type that anybody ever wrote",) * 2
    assert ("Wild pig", "Wild pig", "animal-control", "Made for tests") in made
    assert [request.department for request in requests(city)][:3] == [
        "public-works",
        "animal-control",
        "public-works",
    ]
    assert nobody.get("/v1/service-requests/types").get_json() == offered


@pytest.mark.parametrize(("lat", "lon"), [("", ""), ("0", "0"), ("0.0", "-0.000")])
def test_what_has_no_coordinates_is_kept_without_a_place(city, taken, lat, lon):
    done, refused = taken(row(lat=lat, lon=lon))

    assert (done.taken, refused) == (1, [])
    assert requests(city)[0].where is None


def test_what_is_closed_without_a_time_was_closed_when_it_was_last_changed(city, taken):
    taken(row(number="A", closed=""), row(number="B", closed="", updated=""), row(number="C", state="New"))

    assert [request.closed_at for request in requests(city)] == [
        datetime(2020, 7, 3, 15, 0, tzinfo=UTC), datetime(2020, 7, 1, 13, 0, tzinfo=UTC), None,
    ]  # fmt: skip


def test_staff_see_when_it_was_opened_and_how_it_ended_in_the_file_s_own_word(city, taken, carol):
    taken(row(state="Void"))

    id = requests(city)[0].id
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
def test_a_local_time_is_read_in_the_map_s_zone(city, taken, words, utc):
    taken(row(opened=words))

    assert requests(city)[0].opened_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_what_ended_in_the_hour_that_came_twice_did_not_end_before_it_began(city, taken):
    taken(row(opened="2019-11-03T01:50", closed="2019-11-03T01:10"))

    assert requests(city)[0].closed_at == datetime(2019, 11, 3, 7, 10, tzinfo=UTC)


# ── again ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_again_changes_nothing_and_no_phone_hears_of_it(city, taken):
    rows = row(number="A"), row(number="B", state="New")
    taken(*rows)
    before, entries, heard = (
        requests(city),
        asked(city, "SELECT * FROM request_entry ORDER BY id"),
        epochs(city),
    )

    done, _ = taken(*rows)

    assert (done.taken, done.changed, done.same) == (0, 0, 2)
    assert requests(city) == before
    assert asked(city, "SELECT * FROM request_entry ORDER BY id") == entries
    assert epochs(city) == heard


def test_a_newer_file_changes_only_what_differs(city, taken):
    taken(row(number="A", state="New"), row(number="B"), row(number="C"))
    before = {request.import_key: request for request in requests(city)}

    done, _ = taken(row(number="A"), row(number="B"), row(number="D"))

    assert (done.taken, done.changed, done.same) == (1, 1, 1)
    after = {request.import_key: request for request in requests(city)}
    assert (after["A"].status, after["A"].version, after["A"].number) == ("closed", 2, before["A"].number)
    assert (after["B"], after["C"]) == (before["B"], before["C"])
    kinds = "SELECT kind FROM request_entry WHERE request_id = :id ORDER BY at"
    assert asked(city, kinds, id=before["A"].id) == [("opened",), ("closed",)]


def test_what_staff_have_worked_on_here_is_left_to_them(city, taken, carol):
    rows = row(number="A", state="New"), row(number="B", state="New")
    taken(*rows)
    id = requests(city)[0].id
    assert carol.post(f"{WORK[:-5]}/{id}/close", {"reason": "fixed"}).status_code == 200

    done, _ = taken(*rows)

    assert (done.taken, done.changed, done.same, done.worked_on) == (0, 0, 1, 1)
    assert [request.status for request in requests(city)] == ["closed", "received"]


def test_two_at_once_take_each_row_once(city, plan, tmp_path):
    file, done = write(tmp_path / "file.csv", made_rows(300)), []

    def import_it():
        with city.app_context():
            done.append(take(file, plan)[0])

    both = [threading.Thread(target=import_it) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted((one.taken, one.same) for one in done) == [(0, 300), (300, 0)]
    assert len(requests(city)) == 300


# ── what phones hear ─────────────────────────────────────────────────────────────────────────────────────


def test_an_import_is_one_event_and_one_epoch_and_phones_get_what_is_in_their_window(city, taken, carol, dan):
    lately = (datetime.now(UTC) - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    cursors = {caller: caller.pull()[1] for caller in (carol, dan)}
    done, _ = taken(
        row(number="A"), row(number="B", state="New"), row(number="C", kind="Noise", state="New"),
        row(number="D", kind="Noise", updated="", closed=lately), row(number="E", kind="Noise"), row(number="F", lat="x"),
    )  # fmt: skip

    assert epochs(city) == {"staff:requests": 2, "dept:animal-control": 2, "dept:public-works": 2}
    assert [request.on_phones for request in requests(city)] == [False, True, True, True, False]
    events = asked(
        city, "SELECT fields, actor_id FROM event WHERE kind = 'service_requests.requests-imported'"
    )
    assert events == [
        ({"name": "made", "count": 5, "changed": 0, "refused": 1, "file_sha256": done.sha256}, None)
    ]
    keys = {str(request.id): request.import_key for request in requests(city)}
    for caller, seen in ((carol, "BCD"), (dan, "CD")):
        changes, _, _, restarted = caller.pull(cursors[caller])
        held = [
            change["value"] for change in changes if change["kind"] == "staff_request" and change["value"]
        ]
        assert sorted(keys[value["id"]] for value in held) == list(seen)
        assert len(restarted) == 1
        lines = [change["value"] for change in changes if change["kind"] == "staff_entry" and change["value"]]
        assert len(lines) == len(seen) + 1  # all were opened, one was closed


def test_what_a_newer_file_closed_long_ago_leaves_the_phones(city, taken, carol):
    taken(row(state="New"))
    _, cursor, _, _ = carol.pull()

    taken(row())

    changes, _, _, restarted = carol.pull(cursor)
    assert restarted == ["staff:requests"]
    assert [change["value"] for change in changes if change["kind"] == "staff_request"] == [None]
    assert requests(city)[0].on_phones is False


def test_a_feed_that_begins_anew_is_pulled_page_by_page_with_nothing_lost(city, taken, carol):
    taken(*(row(number=f"N-{n:03d}", state="New") for n in range(60)))

    seen, cursor, more = [], "", True
    while more:
        page = carol.get(
            "/v1/sync", query_string={"cursor": cursor, "limit": 7} if cursor else {"limit": 7}
        ).get_json()
        seen += [change["value"]["id"] for change in page["changes"] if change["kind"] == "staff_request"]
        cursor, more = page["cursor"], page["more"]
    assert sorted(seen) == sorted(str(request.id) for request in requests(city))


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("column", "words", "reason"),
    [
        ("number", " ", "is empty"),
        ("number", "9" * 101, "is too long"),
        ("kind", "", "is empty"),
        ("kind", "Pig\0", "holds a control character"),
        ("state", "Doing", "is a status that the map does not name"),
        ("opened", "", "is empty"),
        ("opened", "yesterday", "is no time in a format of the map"),
        ("opened", "2020-02-30", "is no time in a format of the map"),
        ("opened", "0001-01-01T00:00:00+14:00", "is no time in a format of the map"),
        ("opened", "1582-10-15", "lies before 1900"),
        ("opened", "2999-01-01", "lies in the future"),
        ("closed", "2020-06-30", "lies before the request was opened"),
        ("street", "x" * 201, "is too long"),
        ("street", "Rice\x1b[31m Blvd", "holds a control character"),
        ("lat", "", "is empty, and the other half of the place is not"),
        ("lon", "", "is empty, and the other half of the place is not"),
        ("lat", "north", "is no number of degrees"),
        ("lat", "29_7", "is no number of degrees"),
        ("lat", "29,7178", "is no number of degrees"),
        ("lat", "nan", "is no number of degrees"),
        ("lon", "-inf", "is no number of degrees"),
        ("lat", "1e999", "is no number of degrees"),
        ("lat", "-95.4317", "lies off Earth"),
        ("lon", "181", "lies off Earth"),
    ],
)
def test_a_cell_that_cannot_be_read_costs_its_row_and_is_named(city, taken, column, words, reason):
    done, refused = taken(row(number="before"), row(**{column: words}), row(number="last"))

    assert refused == [(3, column, reason)]
    assert (done.taken, done.refused) == (2, {(column, reason): 1})
    assert [request.import_key for request in requests(city)] == ["before", "last"]


@pytest.mark.parametrize(
    ("lat", "lon", "column", "reason"),
    [
        ("-95.43", "29.71", "lat", "is off the map: latitude and longitude seem to be swapped"),
        ("40.71", "-74.00", "lon", "lies outside the map's area"),
        ("120", "500", "lat", "lies off Earth"),
    ],
)
def test_a_map_with_an_area_knows_swapped_coordinates(city, plan, taken, lat, lon, column, reason):
    plan.write_text("area = { west = -96, south = 29, east = -95, north = 30 }\n" + MAP)

    done, refused = taken(row(number="right"), row(lat=lat, lon=lon))

    assert (done.taken, refused) == (1, [(3, column, reason)])


def test_with_limits_a_place_outside_the_city_is_refused_and_one_without_a_place_is_not(city, plan, taken):
    plan.write_text(MAP.replace("limits = false", "limits = true"))

    done, refused = taken(
        row(number="in"), row(number="nowhere", lat="", lon=""), row(number="out", lat="29.80"),
    )  # fmt: skip

    assert (done.taken, refused) == (2, [(4, "lat", "lies outside the city's limits")])


def test_of_rows_with_one_key_the_first_is_taken(city, taken):
    done, refused = taken(row(street="first"), row(number="B"), row(street="second"), row(street="third"))

    reason = "stands in an earlier row already"
    assert (done.taken, refused) == (2, [(4, "number", reason), (5, "number", reason)])
    assert [request.address for request in requests(city)] == ["first", "3800 University Blvd"]


def test_lines_are_counted_as_an_editor_counts_them(city, plan, tmp_path):
    ok = ",".join(row())
    lines = [
        ",".join(HEADER), ok, "", ok.replace("A-1", "B").replace("3800", '"3800\nUpstairs, left"', 1), "too,short",
        ok + ",more", ok.replace("A-1", "C"), ok.replace("A-1", "B"),
    ]  # fmt: skip
    file = tmp_path / "file.csv"
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    done, refused = take(file, plan)

    reason = "has more or fewer cells than the header"
    assert refused == [(6, "", reason), (7, "", reason), (9, "number", "stands in an earlier row already")]
    assert (done.taken, requests(city)[1].address) == (3, "3800\nUpstairs, left University Blvd")


def test_a_cell_of_ten_megabytes_costs_its_row(city, plan, tmp_path):
    huge = "x" * 10_000_000
    file = write(tmp_path / "file.csv", [
        row(number="A", street=huge), row(number="B", reporter=huge), row(number="C", street="x" * 200_000), row(),
    ])  # fmt: skip

    done, refused = take(file, plan)

    assert refused == [
        (2, "street", "is too long"),
        (3, "reporter", "is too long"),
        (4, "street", "is too long"),
    ]
    assert done.taken == 1


def test_a_quotation_mark_that_never_closes_costs_what_it_swallows_and_no_more(city, plan, tmp_path):
    lines = [",".join(row(number=f"N-{n}")) for n in range(14_000)]
    lines[5] = lines[5].replace("Wild pig", '"Wild pig')
    file = tmp_path / "file.csv"
    file.write_text("\n".join([",".join(HEADER), *lines]))

    done, refused = take_much(city, file, plan)

    assert refused[0] == (7, "", "never ends: is a quotation mark missing?")
    assert 1_000 < done.taken < 14_000


def test_bytes_of_another_encoding_cost_their_row(city, plan, tmp_path):
    good, bad = ",".join(row()), ",".join(row(number="B", street="Calle Ñandú"))
    file = tmp_path / "file.csv"
    file.write_bytes(f"{','.join(HEADER)}\n{good}\n".encode() + bad.encode("latin-1"))

    assert take(file, plan)[1] == [(3, "street", "is not in the file's encoding")]

    plan.write_text('encoding = "latin-1"\n' + MAP)
    assert take(file, plan)[1] == []
    assert [request.address for request in requests(city)][1] == "Calle Ñandú"


def test_cells_may_stand_between_other_signs(city, plan, tmp_path):
    plan.write_text('delimiter = "\\t"\n' + MAP)
    file = tmp_path / "file.tsv"
    file.write_text("\t".join(HEADER) + "\n" + "\t".join(row()))

    assert take(file, plan)[0].taken == 1


# ── what stops it ────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_not_the_map_s_is_not_begun(city, plan, tmp_path):
    file = tmp_path / "file.csv"
    assert "cannot be opened: No such file" in stopped(file, plan)
    assert "cannot be opened" in stopped(tmp_path, plan)

    file.write_bytes(b"")
    assert stopped(file, plan) == "The file is empty."
    file.write_bytes(b"PK\x03\x04\x14\x00\xff\xfe\n" * 100)
    assert "this is not CSV" in stopped(file, plan)
    file.write_bytes(b"x" * 3_000_000)
    assert "this is not CSV" in stopped(file, plan)
    file.write_text(",".join(HEADER).replace("state", "State").replace("street", "kind"))
    words = stopped(file, plan)
    assert "columns.status: the file has no column 'state'." in words
    assert "columns.type: the file has more than one column 'kind'." in words
    assert "columns.address: the file has no column 'street'." in words
    assert requests(city) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "made"', "", "name: Missing data for required field."),
        ('name = "made"', 'name = "Made!"', "name: Small letters, digits and hyphens only."),
        ('name = "made"', "name = 1", "name: Not a valid string."),
        ('zone = "America/Chicago"', 'zone = "Texas"', "zone: 'Texas' is no time zone."),
        ('zone = "America/Chicago"', 'zone = "../etc/passwd"', "zone: '../etc/passwd' is no time zone."),
        ('"iso", ', '"%d.%m.", ', "dates: '%d.%m.' does not tell a whole day."),
        ('"iso", ', '"%Y-%m-%d %Q", ', "dates: '%Y-%m-%d %Q' does not tell a whole day."),
        ('["iso", "%m/%d/%Y %H:%M"]', "[]", "dates: Length must be between 1 and 20."),
        ('key = "number"', "", "columns.key: Missing data for required field."),
        ('key = "number"', 'kee = "number"', "columns.kee: Unknown field."),
        ('lon = "lon"', "", "columns: latitude and longitude go together."),
        ('"New" = { status = "received" }', '"New" = { status = "fresh" }', "statuses.New.status: Must be one of:"),
        ('"New" = { status = "received" }', '"New" = { status = "received", reason = "fixed" }',
         "statuses.New: Only closed has a reason."),
        ('code = "pothole"', 'code = "crater"', "types.Hole in street.code: no type has the code 'crater'."),
        ('department = "animal-control"', 'department = "zoo"',
         "types.Wild pig.department: the city has no department 'zoo'."),
        ('department = "public-works"', 'department = "zoo"', "department: the city has no department 'zoo'."),
        ("limits = false", 'limits = "no"', "limits: Not a valid boolean."),
        ("limits = false", 'encoding = "rot13"', "encoding: 'rot13' is no encoding of text."),
        ("limits = false", "delimiter = '\"'", "delimiter: A quotation mark"),
        ("limits = false", "area = { west = 2, south = 1, east = 1, north = 2 }", "area: It must run from west to east"),
        ("limits = false", "area = { west = 2, south = 100, east = 3 }", "area.south: Must be greater than or equal"),
        ("limits = false", "limits = ", "cannot be read: "),
    ],
)  # fmt: skip
def test_a_wrong_map_is_told_by_field(city, plan, tmp_path, old, new, words):
    assert old in MAP or old == 'lon = "lon"'
    plan.write_text(MAP.replace('longitude = "lon"', "") if old == 'lon = "lon"' else MAP.replace(old, new))

    told = stopped(write(tmp_path / "file.csv", [row()]), plan)

    assert words in told
    assert requests(city) == []


def test_a_missing_map_is_told(city, tmp_path):
    assert "cannot be opened: No such file" in stopped(
        write(tmp_path / "file.csv", [row()]), tmp_path / "none.toml"
    )


def test_a_type_made_for_an_import_never_takes_the_place_of_the_city_s(city, plan, taken, tmp_path):
    plan.write_text(MAP.replace('name = "made"', 'name = "barking"'))

    words = stopped(write(tmp_path / "file.csv", [row(kind="Dog")]), plan)

    assert "'barking-dog', which the city has" in words


def test_an_import_that_stops_halfway_leaves_nothing(city, plan, tmp_path):
    file = write(tmp_path / "file.csv", (row(number=f"N-{n}", kind=f"Kind {n}") for n in range(600)))

    assert "columns.type: more than 500 types" in stopped(file, plan)
    assert requests(city) == []
    assert asked(city, "SELECT count(*) FROM request_type WHERE NOT offered") == [(0,)]
    assert asked(city, "SELECT count(*) FROM event WHERE kind LIKE '%imported'") == [(0,)]


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
    city, plan, tmp_path, settings, monkeypatch, capsys
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


def test_los_angeles_goes_in_whole(city):
    file = los_angeles()
    done, refused = take_much(city, file, LOS_ANGELES_MAP)

    assert (done.taken, refused) == (10_000, [])
    assert done.sha256 == "3ea2a2e5f87e004d79acc451185b88fecc18e10959b92c777bda2e580de241a8"
    counts = dict(
        asked(city, "SELECT name_en, count(*) FROM request JOIN request_type ON code = type GROUP BY 1")
    )
    assert counts.pop("Street light out") == 76 + 59
    assert counts == {
        "Bulky Items": 4470, "Graffiti Removal": 2628, "Illegal Dumping Pickup": 901, "Metal/Household Appliances": 833,
        "Homeless Encampment": 405, "Electronic Waste": 335, "Dead Animal Removal": 172, "Other": 115,
        "Report Water Waste": 6,
    }  # fmt: skip
    states = asked(city, "SELECT status, count(*), count(closed_at) FROM request GROUP BY 1 ORDER BY 1")
    assert states == [("assigned", 15, 0), ("closed", 9969, 9969), ("received", 16, 0)]
    assert asked(city, """SELECT count(*) FROM request WHERE "where" IS NULL""") == [(11,)]
    assert asked(city, "SELECT count(*) FROM request WHERE on_phones") == [(31,)]
    assert set(epochs(city).values()) == {2}
    first = asked(city, "SELECT opened_at, closed_at FROM request WHERE import_key = '1-1523590121'")[0]
    assert first == (datetime(2020, 1, 1, 8, 5, tzinfo=UTC), datetime(2020, 1, 2, 16, 43, tzinfo=UTC))

    assert take(file, LOS_ANGELES_MAP)[0].same == 10_000
    assert len(requests(city)) == 10_000
