"""The map in the window: what it looks like."""

import math

import pytest
from PIL import Image, ImageChops, ImageDraw

from shared_models.places import polygons
from tests.maps.window import GREEN, MIDDLE, at, is_red, marker, under

pytest.importorskip("kivy")


def ours(city_map, size, off=14):
    """A mask of what lies within our limits in a picture of the map, so many pixels off the border."""
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for outline in city_map.pack.outlines:
        for rings in polygons(outline.geometry) if outline.ours else ():
            for n, ring in enumerate(rings):
                spots = [at(city_map, lat, lon) for lon, lat in ring]
                spots = [(x, size[1] - y) for x, y in spots]
                draw.polygon(spots, fill=0 if n else 255)
                draw.line([*spots, spots[0]], fill=0, width=2 * off)
                for x, y in spots:
                    draw.ellipse((x - off, y - off, x + off, y + off), fill=0)
    return mask


@pytest.mark.parametrize("night", [False, True])
def test_the_ground_has_no_cracks(show, pixels, tmp_path, night):
    from mobile.widgets.mapstyle import DAY, NIGHT

    window, city_map = show(night=night, lat=29.7165, lon=-95.4290)
    # Without what lies above it, whose shadows have colours of their own.
    for above in (city_map._sprites.context, city_map._furniture.group):
        city_map.canvas.remove(above)
    style = NIGHT if night else DAY
    outside, veil, share = style.outside[:3], style.veil[:3], style.veil[3]
    veiled = [a * (1 - share) + b * share for a, b in zip(outside, veil, strict=True)]
    behind = [tuple(round(part * 255) for part in colour) for colour in (outside, veiled, (0, 0, 0))]
    for zoom in (12.5, 13.4, 14, 15.2, 16, 17.3, 18.6):
        city_map.zoom = zoom
        window.until(lambda: city_map.quiet)
        image = Image.open(window.shot(tmp_path / "shot.png"))
        within = ours(city_map, image.size)
        assert within.getbbox()
        for colour in behind:
            cracks = ImageChops.multiply(of_colour(image, colour), within)
            assert cracks.getbbox() is None, (zoom, colour)


def of_colour(image, colour):
    """A mask of the pixels of this colour, give or take one step: drivers round differently."""
    red, green, blue = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 * (value <= 1))


def test_the_pin_and_the_marks_are_drawn_where_they_are(show, pixels, tmp_path):
    window, city_map = show(zoom=17)
    spot = under(city_map, 100, 300)
    city_map.pin_at(*MIDDLE)
    city_map.set_markers([marker("a", *spot, GREEN)])
    window.until(lambda: city_map.quiet)
    image = Image.open(window.shot(tmp_path / "shot.png"))
    x, y = at(city_map, *MIDDLE)
    assert is_red(image.getpixel((round(x), image.height - round(y + 31))))
    assert not is_red(image.getpixel((round(x), image.height - round(y - 8))))
    red, green, blue = image.getpixel((100, image.height - 300))
    assert green > 2 * max(red, blue)

    city_map.unpin()
    city_map.chosen = "a"
    window.until(lambda: city_map.quiet)
    after = Image.open(window.shot(tmp_path / "after.png"))
    assert not is_red(after.getpixel((round(x), image.height - round(y + 31))))

    def greens(picture):
        found = picture.crop((80, image.height - 320, 120, image.height - 280)).getcolors(2000)
        return sum(count for count, (r, g, b) in found if g > 2 * max(r, b))

    assert greens(after) > 1.5 * greens(image), "the chosen one is larger"


def test_where_the_phone_is_shows_with_its_accuracy(show, pixels, tmp_path):
    window, city_map = show(zoom=17)
    before = Image.open(window.shot(tmp_path / "before.png"))
    city_map.here_at(*MIDDLE, 50)
    window.until(lambda: city_map.quiet)
    after = Image.open(window.shot(tmp_path / "after.png"))
    changed = (
        ImageChops.difference(before, after).convert("L").point(lambda value: 255 * (value > 8)).getbbox()
    )
    metres_a_pixel = 156_543.03 * math.cos(math.radians(MIDDLE[0])) / 2**17
    assert changed[2] - changed[0] == pytest.approx(100 / metres_a_pixel, abs=4)
    assert (changed[0] + changed[2]) / 2 == pytest.approx(at(city_map, *MIDDLE)[0], abs=2)


def test_night_turns_ground_words_and_marks_dark_at_once(show, pixels, tmp_path):
    window, city_map = show(zoom=16)

    def light(name):
        return Image.open(window.shot(tmp_path / f"{name}.png")).convert("L").resize((1, 1)).getpixel((0, 0))

    day = light("day")
    words = city_map._sprites.layers["words"]._held["all"]
    city_map.night = True
    window.frames(2)
    assert light("night") < day / 3
    assert city_map._sprites.layers["words"]._held["all"] is not words
    city_map.night = False
    window.until(lambda: city_map.quiet)
    assert light("again") == pytest.approx(day, abs=2)
