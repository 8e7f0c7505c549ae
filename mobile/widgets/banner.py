"""A message across a screen that stays while it is true."""

from kivy.properties import NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import busy, button

__all__ = ["Banner", "busy", "button"]

load_kv(__file__)

# kind → (tone, icon)
KINDS = {
    "info": ("info", "info"),
    "offline": ("neutral", "offline"),
    "refused": ("bad", "refused"),
    "warning": ("warn", "alert"),
    "done": ("ok", "done"),
    "working": ("info", ""),
}


class Banner(BoxLayout):
    """Icon and words in the tone of its `kind`; no height without `text`. `action_text` adds a button: `on_action`."""

    __events__ = ("on_action",)

    kind = OptionProperty("info", options=list(KINDS))
    title = StringProperty()
    text = StringProperty()
    action_text = StringProperty()
    tone = StringProperty("info")
    icon = StringProperty("info")
    corner = NumericProperty(0)  # radius, where it stands among other things and not from edge to edge

    def on_kind(self, _: object, kind: str) -> None:
        """Take tone and icon of the kind."""
        self.tone, self.icon = KINDS[kind]

    def on_action(self) -> None:
        """The banner's button was tapped."""
