"""The outlines, streets and places of the pack lie where the full data says, or where they plausibly may."""

import json
import re
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import pytest

from backend.city import read_city

DATA = Path(__file__).parents[3] / "shared" / "data"
PACK = Path(read_city.__code__.co_filename).parent / "westu"
FULL = {
    "westu": "west-university-place.boundary.tiger2019.geojson",
    "bellaire": "bellaire.boundary.tiger2019.geojson",
    "southside-place": "southside-place.boundary.tiger2019.geojson",
}
METRES_PER_DEGREE = 111_320
CITY = read_city()
RINGS = {outline.code: [(p.lon, p.lat) for p in outline.ring] for outline in CITY.outlines}
LINES = {line.street: line.line for line in CITY.street_lines}
FACILITIES = {facility.code: facility for facility in CITY.facilities}


def area(ring):
    """Square degrees of a closed ring."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def spans(ring, lat):
    """The stretches of a line of latitude that lie inside a ring."""
    crossings = sorted(
        a[0] + (lat - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for a, b in pairwise(ring)
        if (a[1] > lat) != (b[1] > lat)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def overlap(one, other, step=0.00001):
    """Square degrees that two rings share, summed over lines of latitude about a metre apart."""
    lats = [lat for _, lat in one]
    total, lat = 0.0, min(lats) + step / 2
    while lat < max(lats):
        for a in spans(one, lat):
            total += sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for b in spans(other, lat)) * step
        lat += step
    return total


def full_ring(code):
    """The ring of the full file, or NOT RUN."""
    path = DATA / FULL[code]
    if not path.exists():
        print(f"NOT RUN: ../shared/data/{path.name} is missing")
        pytest.skip(f"NOT RUN: ../shared/data/{path.name} is missing")
    return json.loads(path.read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"][0]


def metres(place, line):
    """From a place to the nearest point of a line."""
    k = cos(radians(place.lat))

    def to_side(a, b):
        x, y = (b.lon - a.lon) * k, b.lat - a.lat
        px, py = (place.lon - a.lon) * k, place.lat - a.lat
        part = max(0, min(1, (px * x + py * y) / (x * x + y * y)))
        return hypot(px - part * x, py - part * y) * METRES_PER_DEGREE

    return min(to_side(a, b) for a, b in pairwise(line))


@pytest.mark.parametrize("code", FULL)
def test_an_outline_has_at_most_forty_corners(code):
    assert len(RINGS[code]) - 1 <= 40


@pytest.mark.parametrize("code", FULL)
def test_an_outline_covers_what_the_full_limits_cover(code):
    full = full_ring(code)
    assert area(RINGS[code]) == pytest.approx(area(full), rel=0.005)
    assert overlap(RINGS[code], full) == pytest.approx(area(full), rel=0.005)


@pytest.mark.parametrize("neighbour", ["bellaire", "southside-place"])
def test_the_city_overlaps_no_neighbour_by_more_than_a_sliver(neighbour):
    assert overlap(RINGS["westu"], RINGS[neighbour]) < area(RINGS["westu"]) * 0.0001


def test_exactly_one_outline_is_ours_and_each_neighbour_has_advice_and_a_telephone():
    assert [outline.code for outline in CITY.outlines if outline.ours] == ["westu"]
    for outline in CITY.outlines:
        assert outline.ours or (outline.advice and any(contact.telephone for contact in outline.contacts))


def test_street_names_are_unique():
    names = [street.name.casefold() for street in CITY.streets]
    assert len(names) == len(set(names)) == 131


def test_the_street_names_are_those_of_the_source_without_its_stray_rows():
    source = DATA / "streets-with-address-counts-near-west-u.csv"
    if not source.exists():
        print("NOT RUN: ../shared/data/streets-with-address-counts-near-west-u.csv is missing")
        pytest.skip(f"NOT RUN: {source.name} is missing")
    rows = [row.split(",") for row in source.read_text(encoding="utf-8").splitlines()]
    full = {
        " ".join(part for part in row[1:4] if part).replace("SPWY", "SPEEDWAY")
        for row in rows
        if row[0] == "77005"
    }
    assert full - {street.name.upper() for street in CITY.streets} == {
        "W 11TH PL", "FOX WATER DR", "CAMDEN VILLAGE DR", "RUSHCREEK DR", "SHADY VILLA FERN", "SHADY VILLA GARDEN",
        "E COLLEGE", "W COLLEGE", "EMORY", "SOUTHHAMPTON EST",
    }  # fmt: skip
    assert {street.name.upper() for street in CITY.streets} <= full


def test_the_illustrated_streets_lie_inside_the_city():
    ring = RINGS["westu"]
    for street, line in LINES.items():
        for point in line:
            assert any(west <= point.lon <= east for west, east in spans(ring, point.lat)), street


def test_the_streets_that_limit_the_city_run_along_its_outline():
    outline = next(each.ring for each in CITY.outlines if each.ours)
    for street in ("Kirby Dr", "W Holcombe Blvd", "Bellaire Blvd", "Law St"):
        assert all(metres(point, outline) < 30 for point in LINES[street]), street
    east_of_weslayan = [point for point in LINES["Bissonnet St"] if point.lon > -95.4431]
    assert all(metres(point, outline) < 30 for point in east_of_weslayan)


@pytest.mark.parametrize(
    ("facility", "street"),
    [
        ("city-hall", "University Blvd"),
        ("police", "University Blvd"),
        ("public-works", "Amherst St"),
        ("community-building", "Auden St"),
        ("recreation-center", "Bellaire Blvd"),
        ("colonial-park-pool", "Byron St"),
        ("hughes-park", "Sewanee St"),
        ("lift-station", "University Blvd"),
        ("lift-station", "Edloe St"),
    ],
)
def test_a_facility_stands_on_the_line_of_its_street(facility, street):
    assert metres(FACILITIES[facility].point, LINES[street]) < 5


@pytest.mark.parametrize("file", ["limits.geojson", "street_lines.geojson"])
def test_a_geojson_file_is_small_and_has_six_decimals_at_most(file):
    text = (PACK / file).read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert max(len(decimals) for decimals in re.findall(r"-?\d+\.(\d+)", text)) <= 6


def test_street_lines_and_streets_are_sorted():
    assert [line.street for line in CITY.street_lines] == sorted(LINES)
    assert [street.name for street in CITY.streets] == sorted(street.name for street in CITY.streets)
