"""The sheet that closes a request."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty, StringProperty

from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.service_requests import looks
from mobile.service_requests.changes import Photos
from mobile.service_requests.work_told import REASONS
from mobile.widgets import button, choice, field, photopart
from mobile.widgets.sheet import Sheet
from mobile.widgets.words import words
from shared_models.service_requests import CloseReason

__all__ = ["CloseSheet", "button", "choice", "field", "photopart"]

load_kv(__file__)


class CloseSheet(Sheet):
    """A reason, words (needed unless it was fixed) and photos: `on_close(reason, words, photos)`."""

    __events__ = ("on_close",)

    reason = ObjectProperty(CloseReason.FIXED)
    reasons = ListProperty()
    text = StringProperty()

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        reasons = [
            {
                "key": reason,
                "title": looks.reason_words(reason),
                "subtitle": words.t(f"work_item.close.reason.{reason.value}"),
            }
            for reason in REASONS
        ]
        super().__init__(reasons=reasons, **kwargs)
        self.ids.photos.begin(parts)

    def save(self) -> None:
        """Close it; without the words that the reason needs, ask for them."""
        if self.reason is not CloseReason.FIXED and not self.text.strip():
            self.ids.written.error = words.t("work_item.close.words_needed")
            self.ids.written.take_focus()
            return
        self.dismiss()
        self.dispatch("on_close", self.reason, self.text.strip(), dict(self.ids.photos.model.files))

    def on_close(self, reason: CloseReason, text: str, photos: Photos) -> None:
        """It is to be closed."""
