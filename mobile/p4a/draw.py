"""Draw the app's icon and its first picture: ``python -m mobile.p4a.draw``. The results are committed beside this."""

from pathlib import Path

from PIL import Image, ImageDraw

from mobile.widgets.palette import LIGHT

HERE = Path(__file__).parent
FINE = 4
"""Drawn that many times as large, and then made small: edges become smooth."""


def pin(size: int, ink: str, hole: str, *, share: float) -> Image.Image:
    """A map's pin with a tick in it, on nothing, ``share`` of the picture high."""
    big = size * FINE
    picture = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    high = big * share
    middle, top = big / 2, (big - high) / 2
    round_ = high * 0.36
    centre = top + round_
    draw.polygon(
        [
            (middle - round_ * 0.9, centre + round_ * 0.44),
            (middle + round_ * 0.9, centre + round_ * 0.44),
            (middle, top + high),
        ],
        fill=ink,
    )
    draw.ellipse((middle - round_, top, middle + round_, top + 2 * round_), fill=ink)
    tick = [(-0.46, 0.02), (-0.12, 0.36), (0.5, -0.32)]
    line = [(middle + x * round_, centre + y * round_) for x, y in tick]
    wide = round(round_ * 0.26)
    draw.line(line, fill=hole, width=wide, joint="curve")
    for x, y in (line[0], line[-1]):
        draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=hole)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def streets(size: int) -> Image.Image:
    """A few streets on the house's blue."""
    big = size * FINE
    picture = Image.new("RGBA", (big, big), LIGHT["primary"])
    draw = ImageDraw.Draw(picture)
    for place in (0.18, 0.5, 0.82):
        draw.line((0, big * place, big, big * (place + 0.06)), fill=LIGHT["soft_ink"], width=big // 28)
        draw.line(
            (big * (place + 0.04), 0, big * (place - 0.02), big), fill=LIGHT["soft_ink"], width=big // 28
        )
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def icon(size: int) -> Image.Image:
    """The icon where the system cuts no shape of its own: the pin on streets, with round corners."""
    picture = streets(size)
    picture.alpha_composite(pin(size, LIGHT["primary_ink"], LIGHT["primary"], share=0.72))
    mask = Image.new("L", (size * FINE, size * FINE), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, size * FINE - 1, size * FINE - 1), size * FINE * 0.2, fill=255
    )
    picture.putalpha(mask.resize((size, size), Image.Resampling.LANCZOS))
    return picture


def pictures() -> dict[str, Image.Image]:
    """All pictures by the name of their file."""
    return {
        "icon.png": icon(512),
        # Android cuts an adaptive icon to the middle two thirds, so the pin is smaller.
        "icon_front.png": pin(432, LIGHT["primary_ink"], LIGHT["primary"], share=0.44),
        "icon_back.png": streets(432),
        "presplash.png": pin(512, LIGHT["primary"], LIGHT["bg"], share=0.6),
    }


def main() -> None:
    """Draw them all anew."""
    for name, picture in pictures().items():
        picture.save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
