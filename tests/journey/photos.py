"""Photos for the journey, drawn: an illustration of a pothole, and of the street mended."""

import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (1280, 960)


def draw_photos(folder: Path) -> tuple[Path, Path]:
    """Draw a pothole and the same street mended; gives their files."""
    folder.mkdir(parents=True, exist_ok=True)
    broken, mended = folder / "1-pothole.jpg", folder / "2-mended.jpg"
    _street(hole=True).save(broken, "JPEG", quality=88)
    _street(hole=False).save(mended, "JPEG", quality=88)
    return broken, mended


def _street(*, hole: bool) -> Image.Image:
    rng = random.Random(7)
    base = Image.new("RGB", SIZE, "#6f7276")
    grain = Image.effect_noise(SIZE, 46).convert("RGB")
    street = ImageChops.overlay(base, grain)
    draw = ImageDraw.Draw(street, "RGBA")
    draw.polygon([(0, 120), (1280, 60), (1280, 0), (0, 0)], fill="#8f9b74")
    draw.polygon([(0, 170), (1280, 108), (1280, 60), (0, 120)], fill="#b9b7ae")
    draw.polygon([(930, 960), (1010, 960), (840, 150), (822, 151)], fill="#d9c25acc")
    for _ in range(5):
        _crack(draw, rng)
    if hole:
        _hole(street, rng)
    else:
        patch = [(300, 470), (800, 440), (850, 730), (260, 760)]
        draw.polygon(patch, fill="#3b3d40f2")
        draw.line([*patch, patch[0]], fill="#2a2b2dff", width=10)
    return street.filter(ImageFilter.GaussianBlur(0.8))


def _crack(draw, rng):
    x, y = rng.randrange(100, 1200), rng.randrange(260, 900)
    for _ in range(14):
        step = (x + rng.randrange(-46, 60), y + rng.randrange(-24, 30))
        draw.line([(x, y), step], fill="#3c3e41b0", width=rng.randrange(2, 5))
        x, y = step


def _hole(street, rng):
    def ring(grow):
        return [
            (550 + dx * (1 + grow) + rng.randrange(-16, 17), 600 + dy * (1 + grow) + rng.randrange(-10, 11))
            for dx, dy in (
                (-250, -10),
                (-200, -90),
                (-90, -130),
                (60, -120),
                (190, -95),
                (260, -15),
                (210, 80),
                (80, 125),
                (-80, 130),
                (-190, 85),
            )
        ]

    layer = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for grow, colour in ((0.14, "#55575aff"), (0.0, "#33312eff"), (-0.22, "#211f1dff"), (-0.5, "#3a4650ff")):
        draw.polygon(ring(grow), fill=colour)
    for _ in range(160):
        x, y = rng.gauss(550, 190), rng.gauss(600, 95)
        side = rng.randrange(4, 15)
        draw.ellipse(
            (x, y, x + side, y + side * 0.7), fill=rng.choice(["#8a8780ff", "#5d5a55ff", "#a39f96ff"])
        )
    street.paste(layer.filter(ImageFilter.GaussianBlur(1.6)), mask=layer.getchannel("A"))
