"""Colours, sizes and type of the whole app, live: what is bound to `theme` in kv follows each change."""

from typing import Any

from kivy.event import EventDispatcher
from kivy.lang import global_idmap
from kivy.metrics import dp, sp
from kivy.properties import (
    BooleanProperty,
    BoundedNumericProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
)

from mobile.core.kv import nothing_collected
from mobile.widgets.contrast import rgba
from mobile.widgets.palette import BUTTONS, PALETTES, TONES

CLEAR = (0.0, 0.0, 0.0, 0.0)
LARGEST_TEXT = 2.0  # WCAG 2.2, SC 1.4.4: text can be doubled
LARGEST_ICON = 1.5  # beyond that icons take the room that words need

# Type: size in sp at text scale 1, and how much of the scale it follows. What is large already grows less, as in
# Android's own non-linear scaling: a title at twice its size leaves no room for what it is the title of.
TYPE = {
    "caption": (13, 1.0),
    "small": (14, 1.0),
    "body": (16, 1.0),
    "heading": (18, 0.85),
    "title": (21, 0.7),
    "display": (27, 0.6),
}


class Theme(EventDispatcher):
    """The look in use. Set `mode`, `text_scale`, `motion` and, on a phone, the insets and `system_dark`."""

    mode = OptionProperty("system", options=["light", "dark", "system"])
    system_dark = BooleanProperty(False)  # what the device wants
    dark = BooleanProperty(False)  # what is shown
    text_scale = BoundedNumericProperty(
        1.0, min=1.0, max=LARGEST_TEXT, errorhandler=lambda wanted: min(max(wanted, 1.0), LARGEST_TEXT)
    )
    motion = BooleanProperty(True)
    system_still = BooleanProperty(
        False
    )  # the device wants no motion: then there is none, whatever is chosen

    # What the system covers at the edges of the window, in pixels.
    inset_top = NumericProperty(0)
    inset_bottom = NumericProperty(0)
    inset_left = NumericProperty(0)
    inset_right = NumericProperty(0)

    bg = ColorProperty(CLEAR)
    surface = ColorProperty(CLEAR)
    raised = ColorProperty(CLEAR)  # what floats above the screen: sheets, map buttons
    sunken = ColorProperty(CLEAR)
    text = ColorProperty(CLEAR)
    muted = ColorProperty(CLEAR)
    line = ColorProperty(CLEAR)
    outline = ColorProperty(CLEAR)
    primary = ColorProperty(CLEAR)
    primary_ink = ColorProperty(CLEAR)
    soft = ColorProperty(CLEAR)
    soft_ink = ColorProperty(CLEAR)
    danger = ColorProperty(CLEAR)
    danger_ink = ColorProperty(CLEAR)
    inverse = ColorProperty(CLEAR)
    inverse_ink = ColorProperty(CLEAR)
    inverse_action = ColorProperty(CLEAR)
    focus = ColorProperty(CLEAR)
    ink = ObjectProperty({})  # tone → colour of its words: theme.ink["warn"]
    fill = ObjectProperty({})  # tone → colour behind them
    button_ink = ObjectProperty({})  # kind → colour of a button's words
    button_fill = ObjectProperty({})

    # Type, in pixels; each follows `text_scale`.
    caption = NumericProperty(0)
    small = NumericProperty(0)
    body = NumericProperty(0)
    heading = NumericProperty(0)
    title = NumericProperty(0)
    display = NumericProperty(0)
    icon = NumericProperty(0)
    icon_small = NumericProperty(0)

    # Spacing and shape: fixed, so that large text keeps its room.
    xs = NumericProperty(dp(4))
    s = NumericProperty(dp(8))
    m = NumericProperty(dp(12))
    l = NumericProperty(dp(16))  # noqa: E741 - s, m, l: sizes as on a shirt
    xl = NumericProperty(dp(24))
    xxl = NumericProperty(dp(36))
    radius = NumericProperty(dp(12))
    radius_small = NumericProperty(dp(8))
    target = NumericProperty(dp(48))  # least size of what can be tapped
    column = NumericProperty(dp(640))  # widest column of text

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(mode=self._colour, system_dark=self._colour, text_scale=self._size)
        self._colour()
        self._size()

    def on_motion(self, *_: object) -> None:
        """Stay still where the device wants it."""
        if self.system_still:
            self.motion = False

    def on_system_still(self, *_: object) -> None:
        """Stop at once."""
        self.on_motion()

    def duration(self, seconds: float) -> float:
        """Return how long a movement may take: nothing for people who want no motion."""
        return seconds if self.motion else 0.0

    def _colour(self, *_: object) -> None:
        with nothing_collected():
            self._take_colours()

    def _take_colours(self) -> None:
        self.dark = self.mode == "dark" or (self.mode == "system" and self.system_dark)
        colours = {name: rgba(code) for name, code in PALETTES["dark" if self.dark else "light"].items()}
        for name, colour in colours.items():
            if self.property(name, quiet=True) is not None:
                setattr(self, name, colour)
        self.ink = {tone: colours[tone] for tone in TONES}
        self.fill = {tone: colours[f"{tone}_fill"] for tone in TONES}
        self.button_ink = {kind: colours[ink] for kind, (ink, _) in BUTTONS.items()}
        self.button_fill = {kind: colours.get(paper, CLEAR) for kind, (_, paper) in BUTTONS.items()}

    def _size(self, *_: object) -> None:
        with nothing_collected():
            for name, (size, follows) in TYPE.items():
                setattr(self, name, sp(size) * (1 + (self.text_scale - 1) * follows))
            drawn = min(self.text_scale, LARGEST_ICON)
            self.icon, self.icon_small = sp(24) * drawn, sp(18) * drawn


theme = Theme()
global_idmap["theme"] = theme
