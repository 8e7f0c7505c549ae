"""How an alert will stand on a locked screen."""

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text

__all__ = ["LockPreview", "text"]

load_kv(__file__)


class LockPreview(BoxLayout):
    """A dark screen with one message on it, as phones show it: headline and the first words."""

    language = StringProperty()  # its name
    title = StringProperty()
    body = StringProperty()
