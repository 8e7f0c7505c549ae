"""How well one colour reads on another, by WCAG 2.2."""

Colour = tuple[float, float, float, float]


def rgba(code: str) -> Colour:
    """Return "#RRGGBB" as Kivy's four numbers from 0 to 1."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue, 1.0


def luminance(code: str) -> float:
    """Relative luminance, 0 for black to 1 for white (WCAG 2.2, "relative luminance")."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own knee

    red, green, blue, _ = rgba(code)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(ink: str, paper: str) -> float:
    """Contrast ratio of two colours, 1 to 21; text wants 4.5 (SC 1.4.3), a control's outline 3 (SC 1.4.11)."""
    dark, light = sorted((luminance(ink), luminance(paper)))
    return (light + 0.05) / (dark + 0.05)
