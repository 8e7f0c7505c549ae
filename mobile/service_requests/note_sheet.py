"""The sheet for a note."""

from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.service_requests.changes import Photos
from mobile.widgets import button, choice, field, photopart
from mobile.widgets.sheet import Sheet
from mobile.widgets.words import words

__all__ = ["NoteSheet", "button", "choice", "field", "photopart"]

load_kv(__file__)


class NoteSheet(Sheet):
    """Words and photos, for the colleagues or for whoever reported it as well: `on_note(words, public, photos)`."""

    __events__ = ("on_note",)

    text = StringProperty()
    public = BooleanProperty(False)

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.photos.begin(parts)

    def save(self) -> None:
        """Add the note; without words, ask for them."""
        if not self.text.strip():
            self.ids.written.error = words.t("work_item.note.words_needed")
            return
        self.dismiss()
        self.dispatch("on_note", self.text.strip(), self.public, dict(self.ids.photos.model.files))

    def on_note(self, text: str, public: bool, photos: Photos) -> None:
        """This note is wanted."""
