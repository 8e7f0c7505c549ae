"""A word about the state of a thing, in a tone."""

from kivy.properties import NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets.palette import TONES
from mobile.widgets.text import text_width

__all__ = ["Badge", "text_width"]

load_kv(__file__)


class Badge(BoxLayout):
    """A pill with a word, as wide as the word; the tone is never its only sign."""

    text = StringProperty()
    icon = StringProperty()
    tone = OptionProperty("neutral", options=list(TONES))
    most = NumericProperty(10_000)  # widest that it may be; longer words wrap
