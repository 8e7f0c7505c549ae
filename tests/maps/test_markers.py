"""Marks: pictures, clusters, and what a finger hits."""

import random

import pytest

mapmarkers = pytest.importorskip("mobile.widgets.mapmarkers", exc_type=ImportError)
pytest.importorskip("mobile.widgets.mapmarks", exc_type=ImportError)
RED = (1.0, 0.0, 0.0, 1.0)
SIGN = chr(0xF01C9)


@pytest.fixture(scope="module")
def pictures():
    from mobile.widgets.icons import FONT_FILE
    from mobile.widgets.mapmarks import NUMBERS

    return mapmarkers.MarkerPictures(2.0, [SIGN, ""], str(FONT_FILE), NUMBERS)


def marker(key, shape="dot", sign=""):
    return mapmarkers.Marker(key, 0, 0, RED, shape, sign)


def crowd(count, spread=400, seed=1):
    chance = random.Random(seed)
    return [(marker(n), (chance.gauss(0, spread), chance.gauss(0, spread))) for n in range(count)]


@pytest.mark.parametrize("zoom", [12, 14.5, 17, 17.5, 19])
def test_every_marker_is_in_exactly_one_group(zoom):
    groups = mapmarkers.gather(crowd(2000), zoom)
    assert sorted(n for group in groups for n in group) == list(range(2000))
    assert all(len(group) == 1 or len(group) >= 4 for group in groups)


def test_nearer_there_are_more_groups_and_at_last_each_stands_for_itself():
    counts = [len(mapmarkers.gather(crowd(2000), zoom)) for zoom in (11, 13, 15, 17, 17.5)]
    assert counts == sorted(counts)
    assert counts[-1] == 2000
    assert mapmarkers.gather([], 14) == []


def test_all_that_is_drawn_can_be_hit_and_tells_its_markers(pictures):
    markers = crowd(500)
    squares, drawn = mapmarkers.draw(markers, mapmarkers.gather(markers, 15), pictures, RED)
    assert sorted(one.key for each in drawn for one in each.markers) == list(range(500))
    assert [one.spot[1] for one in drawn] == sorted((one.spot[1] for one in drawn), reverse=True)
    assert squares.parts


def test_a_mesh_of_many_marks_is_cut_into_parts_of_sixteen_bits(pictures):
    markers = crowd(20_000)
    squares, drawn = mapmarkers.draw(markers, ([n] for n in range(20_000)), pictures, RED)
    assert [len(indices) // 6 for _, indices in squares.parts] == [16_000, 4_000]
    assert all(max(indices) == len(vertices) // 10 - 1 for vertices, indices in squares.parts)
    assert len(drawn) == 20_000


def test_a_pins_point_is_its_spot_and_its_head_is_above(pictures):
    from PIL import Image

    image = Image.frombytes("RGBA", pictures.size, pictures.pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    for shape in ("pin", "bigpin"):
        pin = pictures[shape]
        left, low, _, high = pin.box
        corner = round(left * image.width), round((1 - high) * image.height)
        alone = image.crop((*corner, corner[0] + pin.size[0], corner[1] + pin.size[1]))
        solid = alone.split()[3].point(lambda alpha: 255 * (alpha > 200)).getbbox()
        assert pin.size[1] - solid[3] == pytest.approx(pin.anchor[1], abs=3)
        assert (solid[0] + solid[2]) / 2 == pytest.approx(pin.anchor[0], abs=1)
        x, y = pictures.head(shape)
        red, _, _, alpha = alone.getpixel((round(pin.anchor[0] + x), round(pin.size[1] - pin.anchor[1] - y)))
        assert (red, alpha) == (255, 255)
        assert low < high


def test_pictures_do_not_overlap(pictures):
    names = ["dot", "bigdot", "here", "facility", "cluster", "pin", "bigpin", f"sign {SIGN}", "number 8"]
    boxes = [pictures[name].box for name in names]
    for n, (a, b, c, d) in enumerate(boxes):
        assert 0 <= a < c <= 1
        assert 0 <= b < d <= 1
        for e, f, g, h in boxes[:n]:
            assert c <= e or g <= a or d <= f or h <= b


def test_a_sign_stands_in_the_middle_of_the_pins_head(pictures):
    squares = mapmarkers.Squares()
    mapmarkers.draw_one(squares, marker(1, "pin", SIGN), (0, 0), pictures)
    ((vertices, indices),) = squares.parts
    assert len(indices) == 12
    xs, ys = ([vertices[n * 10 + at] for n in range(4, 8)] for at in (4, 5))
    assert ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2) == pytest.approx(pictures.head("pin"), abs=1)


@pytest.mark.parametrize(("count", "text"), [(4, "4"), (999, "999"), (1000, "1k+"), (12_345, "12k+")])
def test_a_number_has_four_signs_at_most(count, text):
    assert mapmarkers.count_text(count) == text


@pytest.mark.parametrize(
    ("units", "metres_per_pixel", "words"),
    [("feet", 1.0, "200 ft"), ("feet", 40.0, "2 mi"), ("metres", 1.0, "50 m"), ("metres", 40.0, "2 km")],
)
def test_the_scale_line_is_a_round_length_that_fits(units, metres_per_pixel, words):
    from mobile.widgets.mapfurniture import scale_line

    told, pixels = scale_line(metres_per_pixel, 96, units)
    assert told == words
    assert 30 < pixels <= 96
