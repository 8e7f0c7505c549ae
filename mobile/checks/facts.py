"""Facts below each other, and a signature to look at."""

from kivy.properties import ListProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import card, signpad
from mobile.widgets.signpad import Pad

__all__ = ["Facts", "Signature", "card", "signpad"]

load_kv(__file__)


class Facts(BoxLayout):
    """From dicts of icon, key and value."""

    facts = ListProperty()

    def on_facts(self, *_: object) -> None:
        """Show them."""
        self.clear_widgets()
        for fact in self.facts:
            self.add_widget(card.KeyValue(**fact))


class Signature(Pad):
    """A signature as it was drawn; nobody draws on it."""
