"""The sheet that cancels an alert."""

from collections.abc import Callable
from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.widgets import banner, button, field
from mobile.widgets.sheet import Sheet

__all__ = ["CancelSheet", "banner", "button", "field"]

load_kv(__file__)


class CancelSheet(Sheet):
    """Words in both languages; everybody who was told is told them."""

    model = ObjectProperty(rebind=True)

    def __init__(self, done: Callable[[], object], **kwargs: Any) -> None:
        self._done = done
        super().__init__(**kwargs)

    def send(self) -> None:
        """Tell everybody."""
        self.model.cancel(self.ids.en.text, self.ids.es.text, self._cancelled)

    def _cancelled(self) -> None:
        self.dismiss()
        self._done()
