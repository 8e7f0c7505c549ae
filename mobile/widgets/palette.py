"""The colours, by name, light and dark; and which of them may stand on which."""

TONES = ("neutral", "info", "ok", "warn", "bad")
KINDS = ("primary", "quiet", "danger", "text")  # of buttons

LIGHT = {
    "bg": "#F4F6F8",
    "surface": "#FFFFFF",
    "raised": "#FFFFFF",
    "sunken": "#E9EEF2",
    "text": "#15202B",
    "muted": "#50606F",
    "line": "#DFE5EA",
    "outline": "#7A8896",
    "primary": "#0A5AA8",
    "primary_ink": "#FFFFFF",
    "soft": "#E2EEFA",
    "soft_ink": "#0A4A8A",
    "danger": "#B3261E",
    "danger_ink": "#FFFFFF",
    "inverse": "#1F2B37",
    "inverse_ink": "#F2F6F9",
    "inverse_action": "#8FC6FA",
    "focus": "#15202B",
    "neutral": "#43515E",
    "neutral_fill": "#E9EEF2",
    "info": "#0A4A8A",
    "info_fill": "#E2EEFA",
    "ok": "#12683A",
    "ok_fill": "#DDF3E6",
    "warn": "#854700",
    "warn_fill": "#FCECD4",
    "bad": "#A31C15",
    "bad_fill": "#FCE6E4",
}

DARK = {
    "bg": "#0E141A",
    "surface": "#18212A",
    "raised": "#202B36",
    "sunken": "#26323D",
    "text": "#E8EEF4",
    "muted": "#A5B3C0",
    "line": "#2B3742",
    "outline": "#7F8F9E",
    "primary": "#8AC2F7",
    "primary_ink": "#06243F",
    "soft": "#1A344E",
    "soft_ink": "#B5DAFC",
    "danger": "#F4998F",
    "danger_ink": "#4A0B07",
    "inverse": "#E4EBF1",
    "inverse_ink": "#15202B",
    "inverse_action": "#0A4A8A",
    "focus": "#FFFFFF",
    "neutral": "#C6D1DB",
    "neutral_fill": "#2A3641",
    "info": "#A9D3FB",
    "info_fill": "#18324C",
    "ok": "#84D8AC",
    "ok_fill": "#143726",
    "warn": "#F4C27F",
    "warn_fill": "#3D2E12",
    "bad": "#F8AFA8",
    "bad_fill": "#48211E",
}

PALETTES = {"light": LIGHT, "dark": DARK}

# (ink, paper) that widgets put together: each reads at 4.5 : 1 or better.
TEXT_PAIRS = (
    *((ink, paper) for ink in ("text", "muted", "primary", "danger") for paper in ("bg", "surface")),
    ("text", "sunken"),
    ("muted", "sunken"),
    ("text", "soft"),
    ("muted", "soft"),
    ("primary", "soft"),
    ("primary_ink", "primary"),
    ("soft_ink", "soft"),
    ("danger_ink", "danger"),
    ("inverse_ink", "inverse"),
    ("inverse_action", "inverse"),
    *((tone, f"{tone}_fill") for tone in TONES),
    *((tone, paper) for tone in TONES for paper in ("bg", "surface")),
    *(("text", f"{tone}_fill") for tone in TONES),
)

# What tells a control from its ground: 3 : 1 or better.
SHAPE_PAIRS = (
    ("outline", "bg"),
    ("outline", "surface"),
    ("primary", "bg"),
    ("primary", "surface"),
    ("focus", "bg"),
    ("focus", "surface"),
)

# Buttons: kind → (ink, paper); no paper means that the ground shows through.
BUTTONS = {
    "primary": ("primary_ink", "primary"),
    "quiet": ("soft_ink", "soft"),
    "danger": ("danger_ink", "danger"),
    "text": ("primary", ""),
}
