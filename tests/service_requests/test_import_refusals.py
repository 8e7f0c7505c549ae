"""Taking in another city's history: which rows are refused and why, and what stops an import before it takes any."""

import pytest

from tests.history import HEADER, MAP, asked, requests, row, take, take_much, write


def stopped(file, plan):
    """Why an import could not begin, or go on."""
    from backend.service_requests import ImportStopped

    with pytest.raises(ImportStopped) as error:
        take(file, plan)
    return str(error.value)


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
def test_a_cell_that_cannot_be_read_costs_its_row_and_is_named(archive, taken, column, words, reason):
    done, refused = taken(row(number="before"), row(**{column: words}), row(number="last"))

    assert refused == [(3, column, reason)]
    assert (done.taken, done.refused) == (2, {(column, reason): 1})
    assert [request.import_key for request in requests(archive)] == ["before", "last"]


@pytest.mark.parametrize(
    ("lat", "lon", "column", "reason"),
    [
        ("-95.43", "29.71", "lat", "is off the map: latitude and longitude seem to be swapped"),
        ("40.71", "-74.00", "lon", "lies outside the map's area"),
        ("120", "500", "lat", "lies off Earth"),
    ],
)
def test_a_map_with_an_area_knows_swapped_coordinates(archive, plan, taken, lat, lon, column, reason):
    plan.write_text("area = { west = -96, south = 29, east = -95, north = 30 }\n" + MAP)

    done, refused = taken(row(number="right"), row(lat=lat, lon=lon))

    assert (done.taken, refused) == (1, [(3, column, reason)])


def test_with_limits_a_place_outside_the_city_is_refused_and_one_without_a_place_is_not(archive, plan, taken):
    plan.write_text(MAP.replace("limits = false", "limits = true"))

    done, refused = taken(
        row(number="in"), row(number="nowhere", lat="", lon=""), row(number="out", lat="29.80"),
    )  # fmt: skip

    assert (done.taken, refused) == (2, [(4, "lat", "lies outside the city's limits")])


def test_of_rows_with_one_key_the_first_is_taken(archive, taken):
    done, refused = taken(row(street="first"), row(number="B"), row(street="second"), row(street="third"))

    reason = "stands in an earlier row already"
    assert (done.taken, refused) == (2, [(4, "number", reason), (5, "number", reason)])
    assert [request.address for request in requests(archive)] == ["first", "3800 University Blvd"]


def test_lines_are_counted_as_an_editor_counts_them(archive, plan, tmp_path):
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
    assert (done.taken, requests(archive)[1].address) == (3, "3800\nUpstairs, left University Blvd")


def test_a_cell_of_ten_megabytes_costs_its_row(archive, plan, tmp_path):
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


def test_a_quotation_mark_that_never_closes_costs_what_it_swallows_and_no_more(archive, plan, tmp_path):
    lines = [",".join(row(number=f"N-{n}")) for n in range(14_000)]
    lines[5] = lines[5].replace("Wild pig", '"Wild pig')
    file = tmp_path / "file.csv"
    file.write_text("\n".join([",".join(HEADER), *lines]))

    done, refused = take_much(archive, file, plan)

    assert refused[0] == (7, "", "never ends: is a quotation mark missing?")
    assert 1_000 < done.taken < 14_000


def test_bytes_of_another_encoding_cost_their_row(archive, plan, tmp_path):
    good, bad = ",".join(row()), ",".join(row(number="B", street="Calle Ñandú"))
    file = tmp_path / "file.csv"
    file.write_bytes(f"{','.join(HEADER)}\n{good}\n".encode() + bad.encode("latin-1"))

    assert take(file, plan)[1] == [(3, "street", "is not in the file's encoding")]

    plan.write_text('encoding = "latin-1"\n' + MAP)
    assert take(file, plan)[1] == []
    assert [request.address for request in requests(archive)][1] == "Calle Ñandú"


def test_cells_may_stand_between_other_signs(archive, plan, tmp_path):
    plan.write_text('delimiter = "\\t"\n' + MAP)
    file = tmp_path / "file.tsv"
    file.write_text("\t".join(HEADER) + "\n" + "\t".join(row()))

    assert take(file, plan)[0].taken == 1


# ── what stops it ────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_not_the_map_s_is_not_begun(archive, plan, tmp_path):
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
    assert requests(archive) == []


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
def test_a_wrong_map_is_told_by_field(archive, plan, tmp_path, old, new, words):
    assert old in MAP or old == 'lon = "lon"'
    plan.write_text(MAP.replace('longitude = "lon"', "") if old == 'lon = "lon"' else MAP.replace(old, new))

    told = stopped(write(tmp_path / "file.csv", [row()]), plan)

    assert words in told
    assert requests(archive) == []


def test_a_missing_map_is_told(archive, tmp_path):
    assert "cannot be opened: No such file" in stopped(
        write(tmp_path / "file.csv", [row()]), tmp_path / "none.toml"
    )


def test_a_type_made_for_an_import_never_takes_the_place_of_the_city_s(archive, plan, taken, tmp_path):
    plan.write_text(MAP.replace('name = "made"', 'name = "barking"'))

    words = stopped(write(tmp_path / "file.csv", [row(kind="Dog")]), plan)

    assert "'barking-dog', which the city has" in words


def test_an_import_that_stops_halfway_leaves_nothing(archive, plan, tmp_path):
    file = write(tmp_path / "file.csv", (row(number=f"N-{n}", kind=f"Kind {n}") for n in range(600)))

    assert "columns.type: more than 500 types" in stopped(file, plan)
    assert requests(archive) == []
    assert asked(archive, "SELECT count(*) FROM request_type WHERE NOT offered") == [(0,)]
    assert asked(archive, "SELECT count(*) FROM event WHERE kind LIKE '%imported'") == [(0,)]
