"""Areas that adjoin are drawn from tiles without a crack: one colour on a contrasting ground, at all zooms."""

import json
import math
import random
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from mobile.core import mvt
from shared_models.layers import Geometry
from tests.maps import citylayers
from tests.maps.layers import a_layer, feature

SIDE = 1024
"""Pixels of a tile's side: four times what a map shows of it."""
WEST, SOUTH, STEP = -95.44, 29.705, 0.0011
"""Of the puzzle: its corner and the side of a piece, in degrees."""
PIECES = 14


def wiggly(chance, start, end):
    """A line of twelve steps that leaves the straight way a little, without its end."""
    (ax, ay), (bx, by) = start, end
    for n in range(12):
        along, aside = n / 12, chance.uniform(-0.03, 0.03) * STEP if n else 0.0
        yield (
            round(ax + (bx - ax) * along - (by - ay) / STEP * aside, 7),
            round(ay + (by - ay) * along + (bx - ax) / STEP * aside, 7),
        )


def puzzle(*, halved):
    """Areas whose edges are the same to the last digit; if told, some are whole on one side and halved on the other."""
    chance = random.Random(6)
    node = {
        (i, j): (WEST + i * STEP + chance.uniform(-0.2, 0.2) * STEP, SOUTH + j * STEP + chance.uniform(-0.2, 0.2) * STEP)
        for i in range(PIECES + 1)
        for j in range(PIECES + 1)
    }  # fmt: skip
    edge = {}
    for (i, j), spot in node.items():
        for other in ((i + 1, j), (i, j + 1)):
            if other in node:
                line = [*wiggly(chance, spot, node[other]), node[other]]
                edge[(i, j), other], edge[other, (i, j)] = line, line[::-1]
    for i in range(PIECES):
        for j in range(PIECES):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
            ring = [spot for step in pairwise(corners) for spot in edge[step][:-1]]
            if halved and (i + j) % 5 == 0:
                ring[1:1] = [tuple((a + b) / 2 for a, b in zip(ring[0], ring[1], strict=True))]
            yield feature({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, label=f"{i}/{j}")


def in_pixels(lon, lat, zoom):
    """Of the whole world, SIDE pixels to a tile."""
    n = SIDE * 2**zoom
    return n * (lon + 180) / 360, n * (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2


def drawn(caller, name, zoom, box):
    """What the tiles of a zoom show of a layer, side by side, each cut at its own edge: white on black."""
    left, top, right, bottom = box
    picture = Image.new("L", ((right - left) * SIDE, (bottom - top) * SIDE))
    for column in range(left, right):
        for row in range(top, bottom):
            answer = caller.get(f"/ogc/collections/{name}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
            tile = Image.new("L", (SIDE, SIDE))
            for each in mvt.decode(answer.data)[name].features if answer.data else ():
                tile = ImageChops.lighter(tile, area_of(each.paths))
            picture.paste(tile, ((column - left) * SIDE, (row - top) * SIDE))
    return picture


def area_of(rings):
    """One feature, with its holes."""
    picture = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(picture)
    for ring in rings:
        doubled = sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))
        draw.polygon(
            [(round(x * SIDE / 4096), round(y * SIDE / 4096)) for x, y in ring],
            fill=255 if doubled > 0 else 0,
        )
    return picture


def union_of(name, zoom, box):
    """Where the layer is by its own shapes, two pixels within its outer edge: white on black."""

    def whole():
        told = db().scalar(
            text(
                "SELECT ST_AsGeoJSON(ST_Union(geom), 9) FROM feature JOIN layer USING (edition_id) WHERE name = :name"
            ),
            {"name": name},
        )
        return json.loads(told)

    shape = in_transaction(whole)
    left, top, right, bottom = box
    picture = Image.new("L", ((right - left) * SIDE, (bottom - top) * SIDE))
    draw = ImageDraw.Draw(picture)
    for area in [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]:
        for number, ring in enumerate(area):
            spots = [in_pixels(*spot, zoom) for spot in ring]
            spots = [(x - left * SIDE, y - top * SIDE) for x, y in spots]
            draw.polygon(spots, fill=0 if number else 255)
    return picture.filter(ImageFilter.MinFilter(5))


def tiles_of(layer_box, zoom):
    """(left, top, right, bottom) of the tiles that hold a box."""
    west, south, east, north = layer_box
    (left, top), (right, bottom) = in_pixels(west, north, zoom), in_pixels(east, south, zoom)
    return int(left // SIDE), int(top // SIDE), int(right // SIDE) + 1, int(bottom // SIDE) + 1


def bare(caller, name, layer_box, zoom):
    """How many pixels inside the layer's union its tiles leave bare, and how many there are."""
    box = tiles_of(layer_box, zoom)
    union = union_of(name, zoom, box)
    ground = ImageChops.invert(drawn(caller, name, zoom, box))

    def count(picture):
        return picture.histogram()[255]

    return count(ImageChops.darker(union, ground)), count(union)


BOX = (WEST - STEP, SOUTH - STEP, WEST + (PIECES + 1) * STEP, SOUTH + (PIECES + 1) * STEP)
GAPS = """
    WITH union_of AS (
        SELECT ST_Union(ST_SnapToGrid(ST_TransScale(ST_Transform(geom, 3857), :dx, :dy, :unit, -:unit), 1)) AS whole
        FROM feature JOIN layer USING (edition_id) WHERE name = 'puzzle'
    ), drawn AS (
        SELECT ST_Union(ST_MakeValid(ST_SetSRID(ST_GeomFromText(ring), 3857))) AS whole
        FROM unnest(CAST(:rings AS text[])) AS ring
    ), tile AS (SELECT ST_MakeEnvelope(0, 0, 4096, 4096, 3857) AS box)
    SELECT ST_Area(ST_Intersection(ST_Buffer(union_of.whole, -2), box)),
           ST_Area(ST_Difference(ST_Intersection(ST_Buffer(union_of.whole, -2), box), ST_Buffer(drawn.whole, :grown)))
    FROM union_of, drawn, tile
"""
"""How much of a tile lies within the puzzle, and how much of that no piece in the tile covers: in square units."""


@pytest.mark.parametrize(("halved", "grown"), [(False, 0), (True, 0.5)])
def test_nothing_is_left_bare_between_areas_that_adjoin_at_any_zoom(app, nobody, halved, grown):
    """Nothing at all where they share their corners; less than a unit, a 32nd of a pixel, where one has more of them."""
    a_layer("puzzle", list(puzzle(halved=halved)), geometry=Geometry.AREA)
    for zoom in range(9, 18, 2):
        left, top, right, bottom = tiles_of(BOX, zoom)
        column, row, side = (left + right) // 2, (top + bottom) // 2, 40075016.68557849 / 2**zoom
        answer = nobody.get(f"/v1/maps/tiles/puzzle/{zoom}/{column}/{row}")
        rings = [
            f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))"
            for each in mvt.decode(answer.data)["puzzle"].features
            for ring in each.paths
        ]
        place = {
            "dx": 20037508.342789244 - column * side,
            "dy": row * side - 20037508.342789244,
            "unit": 4096 / side,
            "grown": grown,
        }
        inside, gaps = in_transaction(
            lambda told=place | {"rings": rings}: db().execute(text(GAPS), told).one()
        )
        assert (inside > 2000, gaps) == (True, 0), zoom


def test_the_city_of_cambridge_is_drawn_without_a_crack_too(app, nobody):
    if not citylayers.there():
        print("NOT RUN: no cambridge in ../shared/data")
        pytest.skip("NOT RUN: the layers of Cambridge are not there")
    citylayers.load("neighborhoods")
    for zoom in (11, 13):
        left_bare, inside = bare(nobody, "neighborhoods", (-71.1604, 42.3525, -71.0640, 42.4038), zoom)
        assert inside > 40_000
        assert left_bare == 0, zoom
