"""A folder of files of which nobody says anything: what each is to search, what names its features, how it looks."""

import json
import tomllib
from itertools import combinations

import pytest

from backend.core.house import house
from backend.maps.imports import looks
from shared_models import mapstyle
from shared_models.layers import Whom
from tests.maps.layers import feature, point
from tests.maps.loads import area, collection, shared, sql

PLACES = "/v1/maps/places"


def line(*corners, **props):
    return feature({"type": "LineString", "coordinates": [list(each) for each in corners]}, **props)


def square(n, **props):
    west, south = -95.44 + n / 1000, 29.71
    return area((west, south), (west + 0.0008, south), (west + 0.0008, south + 0.0008), **props)


def put(folder, **files):
    """Write a file for each of these lists of features."""
    for name, features in files.items():
        (folder / f"{name}.geojson").write_bytes(collection(*features))


def layers_of(nobody):
    """The city's own layers, by name."""
    told = nobody.get("/v1/maps/layers/").get_json()["items"]
    return {each["name"]: each for each in told if each["name"] not in house().layers}


def found(nobody, q):
    return [
        (each["title"], each["kind"])
        for each in nobody.get(PLACES, query_string={"q": q}).get_json()["items"]
    ]


@pytest.fixture
def cambridge(tmp_path):
    """Parts of a city's files as they are published."""
    folder = tmp_path / "cambridge"
    folder.mkdir()
    for name in (
        "addresses",
        "streets",
        "parcels",
        "parks",
        "hydrants",
        "intersections",
        "flood500",
        "bike_facilities",
        "water",
    ):
        _, features = shared(name)
        of = [each for each in features if "HAMPSHIRE" in json.dumps(each["properties"]).upper()]
        (folder / f"{name}.geojson").write_bytes(collection(*of, *features[:60]))
    return folder


def test_what_a_city_publishes_is_found_titled_and_told_apart_by_one_command(run, cambridge, nobody):
    code, out, err = run("load", cambridge, "--seen-by", "public")
    assert (code, err) == (0, "")
    told = layers_of(nobody)
    assert {name: (each["part"], each["title_field"]) for name, each in told.items()} == {
        "addresses": ("addresses", "full_address"),
        "streets": ("streets", "street"),
        "parcels": ("parcels", "ml"),
        "parks": ("places", "name"),
        "hydrants": ("none", "hydrant_id"),
        "intersections": ("intersections", "intersection"),
        "flood500": ("none", "fld_ar_id"),
        "bike-facilities": ("none", "street"),
        "water": ("places", "name"),
    }
    assert told["flood500"]["title_en"] == told["flood500"]["title_es"] == "Flood 500"
    assert told["bike-facilities"]["title_en"] == "Bike facilities"
    assert told["streets"]["part_fields"] == {
        "name": "street", "left_from": "l_from", "left_to": "l_to", "right_from": "r_from", "right_to": "r_to",
    }  # fmt: skip
    assert "searched as addresses by full_address, titled by full_address" in out
    assert "--write-options" in out

    assert found(nobody, "100 hampshire st")[0] == ("100 Hampshire St", "address")
    assert ("Hampshire St", "street") in found(nobody, "hampshire")
    assert found(nobody, "hampshire ct & hampshire st")[0][1] == "intersection"
    _, [park, *_] = shared("parks")
    assert (park["properties"]["name"], "place") in found(nobody, park["properties"]["name"])
    _, [parcel, *_] = shared("parcels")
    assert found(nobody, parcel["properties"]["ml"])[0][1] == "parcel"
    code, out, _ = run("load", cambridge, "--seen-by", "public")
    assert (code, "9 as they were" in out, "guessed" in out) == (0, True, False)


def test_an_address_of_parts_is_written_whole_and_stays_so_in_the_next_edition(run, tmp_path, nobody):
    doors = [
        point(
            -95.43 + n / 1e4,
            29.71,
            HouseNo=3000 + 2 * n,
            StName="Rice",
            StType="Blvd",
            Unit=None if n else 'A "\\',
        )
        for n in range(40)
    ]
    put(tmp_path, sites=doors)
    assert run("load", tmp_path, "--seen-by", "public")[0] == 0
    told = layers_of(nobody)["sites"]
    assert (told["part"], told["title_field"], told["style"]["label"]) == (
        "addresses",
        "whole_address",
        "houseno",
    )
    assert found(nobody, "3004 rice blvd")[0] == ("3004 Rice Blvd", "address")
    assert sql("SELECT props->>'unit' FROM feature ORDER BY id LIMIT 1") == [('A "\\',)]
    put(tmp_path, sites=doors[1:])
    assert run("load", tmp_path, "--seen-by", "public")[0] == 0
    assert sql(
        "SELECT props->>'whole_address' FROM feature JOIN layer USING (edition_id) ORDER BY feature.id LIMIT 1"
    ) == [("3002 Rice Blvd",)]


def test_what_only_lies_at_an_address_or_on_a_street_is_neither(run, tmp_path, nobody):
    put(
        tmp_path,
        street_trees=[
            point(-95.43 + n / 1e4, 29.71, St_Num=n, St_Name="Rice", species=f"oak {n}") for n in range(1, 40)
        ],
        snow=[line((-95.43, 29.71), (-95.42, 29.71 + n / 1e4), street=f"Rice {n}") for n in range(1, 9)],
        curbs=[line((-95.43, 29.71), (-95.42, 29.71 + n / 1e4), type="CURB") for n in range(1, 9)],
        zones=[square(n, parcel_id="same", zone=f"Z{n}") for n in range(9)],
        TIGER_Roads=[
            line((-95.43, 29.71), (-95.42, 29.71 + n / 1e4), FULLNAME=f"Street {n}") for n in range(1, 9)
        ],
        Tax_Lots=[square(n, ACCT=f"04{n}", SitusAddress=f"{n} Rice") for n in range(9)],
    )
    assert run("load", tmp_path, "--seen-by", "public")[0] == 0
    told = layers_of(nobody)
    assert {name: (each["part"], each["title_field"]) for name, each in told.items()} == {
        "street-trees": ("none", "species"),
        "snow": ("none", "street"),
        "curbs": ("none", ""),
        "zones": ("none", "zone"),
        "tiger-roads": ("streets", "fullname"),
        "tax-lots": ("parcels", "acct"),
    }
    assert told["tiger-roads"]["title_en"] == "TIGER roads"


def test_a_guess_goes_only_where_nothing_is_said_and_what_is_said_goes_also_for_what_is_there(
    run, tmp_path, nobody
):
    files = tmp_path / "files"
    files.mkdir()
    put(files, stops=[point(-95.43, 29.71 + n / 1e4, name=f"Stop {n}", code=f"S{n}") for n in range(5)])
    options = tmp_path / "said.toml"
    options.write_text(
        '[stops]\ntitle_field = "code"\ntitle_en = "Bus stops"\nstyle = {colour = "#123456"}\n'
    )
    assert run("load", files, "--seen-by", "public", "--options", options)[0] == 0
    told = layers_of(nobody)["stops"]
    assert (told["title_field"], told["title_en"], told["title_es"]) == ("code", "Bus stops", "Bus stops")
    assert (told["part"], told["style"]["colour"], told["style"]["width"]) == ("places", "#123456", 5.0)
    [(version,)] = sql("SELECT version FROM layer")

    written = tmp_path / "written.toml"
    code, out, _ = run("load", files, "--seen-by", "public", "--options", options, "--write-options", written)
    assert (code, "Nothing was taken" in out) == (0, True)
    kept = tomllib.loads(written.read_text())["stops"]
    assert (kept["title_field"], kept["part"], kept["part_fields"]) == ("code", "places", {"name": "name"})
    for name in ("title_field", "part", "part_fields", "style", "title_en"):
        assert kept[name] == told[name] or kept[name].items() <= told[name].items()
    assert run("load", files, "--seen-by", "public", "--options", written)[0] == 0
    assert run("load", files)[0] == 0, "who loads without a word changes nothing of what is there"
    assert sql("SELECT version, seen_by FROM layer") == [(version, Whom.PUBLIC.value)]

    written.write_text(written.read_text().replace('"code"', '"name"').replace("#123456", "#654321"))
    code, out, _ = run("load", files, "--options", written)
    assert (code, "is as the options say" in out) == (0, True)
    told = layers_of(nobody)["stops"]
    assert (told["title_field"], told["style"]["colour"], told["style"]["width"]) == ("name", "#654321", 5.0)
    written.write_text('[stops]\ntitle_field = "nothing"\n')
    code, _, err = run("load", files, "--options", written)
    assert (code, "nothing" in err) == (1, True)
    written.write_text('[stops]\nstyle = "red"\n')
    assert "stops" in run("load", files, "--options", written)[2]


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("flood500", "Flood 500"), ("address-points", "Address points"), ("bike_racks", "Bike racks"), ("ZIP_Codes", "ZIP codes"),
        ("BikeRacks", "Bike racks"), ("zip_codes", "ZIP codes"), ("500yr", "500yr"), ("__", "__"),
    ],
)  # fmt: skip
def test_a_files_name_is_a_readable_title(stem, title):
    assert looks.words_of(stem) == title


def test_the_more_features_the_nearer_one_must_be_and_few_areas_are_seen_from_afar():
    def zoom(shape, found):
        return looks.zoom_of(shape, found)

    assert [zoom("point", n) for n in (5, 500, 2_000, 20_000)] == [12, 13, 14, 16]
    assert (zoom("area", 13_000), zoom("area", 5)) == (16, 10)


def light(code):
    """Relative luminance (WCAG 2)."""
    parts = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


DEUTAN = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))
PROTAN = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))
"""What is left of colours (Machado, Oliveira and Fernandes 2009, severity 1)."""


def apart(one, other, kind):
    """How far apart two colours are for somebody, roughly as ΔE: in Lab of what they see."""
    labs = []
    for code in (one, other):
        rgb = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
        r, g, b = (min(max(sum(f * part for f, part in zip(row, linear, strict=True)), 0), 1) for row in kind)
        xyz = (
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
        )
        x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
        labs.append((116 * y - 16, 500 * (x - y), 200 * (y - z)))
    return sum((a - b) ** 2 for a, b in zip(*labs, strict=True)) ** 0.5


def test_the_palette_stands_out_by_day_and_by_night_also_for_who_does_not_tell_red_from_green():
    for at, ground in ((0, mapstyle.DAY["ours"]), (1, mapstyle.NIGHT["ours"])):
        for name, pair in looks.PALETTE.items():
            assert contrast(pair[at], ground) >= 3, (name, at)
        for one, other in combinations(looks.ROTATED, 2):
            for kind in (DEUTAN, PROTAN):
                far = apart(looks.PALETTE[one][at], looks.PALETTE[other][at], kind)
                assert far >= 20, (one, other, at, far)


def test_layers_get_colours_of_their_own_before_one_comes_again():
    used = {}
    for name in ("water", "parks", "hydrants", *"abcdefg"):
        look = looks.colours_of(name, used)
        used[look["colour"]] = used.get(look["colour"], 0) + 1
    colours = looks.PALETTE
    assert [looks.colours_of(name, {})["colour"] for name in ("water", "parks", "hydrants", "streets")] == [
        colours[each][0] for each in ("blue", "green", "red", "grey")
    ]
    assert max(used.values()) == 2
    assert len(used) >= len(looks.ROTATED)
