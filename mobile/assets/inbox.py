"""The screen of the inbox of scans and finds, and the sheet that settles one."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.assets.inbox_model import Settling, SightingList
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import (
    appbar,
    button,
    choice,
    empty,
    field,
    page,
    photos,
    room,
    rowlist,
    scanfield,
    toggle,
    when,
)
from mobile.widgets.modelscreen import ModelScreen
from mobile.widgets.photoview import PhotoView
from mobile.widgets.sheet import Sheet
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words
from shared_models.faults import Sighting
from shared_models.photos import PhotoSize

__all__ = [
    "SettleSheet", "SightingsScreen", "appbar", "button", "choice", "empty", "field", "page", "photos", "room", "rowlist",
    "scanfield", "toggle", "when",
]  # fmt: skip

load_kv(__file__)


class SettleSheet(Sheet):
    """What came of a scan or a find: `on_settled` once it was said."""

    __events__ = ("on_settled",)

    model = ObjectProperty(rebind=True)

    def __init__(self, parts: Parts, sighting: Sighting, **kwargs: Any) -> None:
        self.model = Settling()
        self.model.parts = parts
        self.model.begin(sighting)
        super().__init__(**kwargs)
        self.ids.scan.scanner = parts.scanner

    def open_photo(self, photo: Any) -> None:
        """Show a photo large."""
        self.model.parts.photo(photo, PhotoSize.FULL, lambda file: PhotoView(source=file).open(), sealed=True)

    def save(self) -> None:
        """Settle it; without words, ask for them."""
        if not self.model.do(self.ids.written.text):
            if not self.ids.written.text.strip():
                self.ids.written.error = words.t("settle.lacks")
                self.ids.written.take_focus()
            return
        self.dismiss()
        self.dispatch("on_settled")

    def on_settled(self) -> None:
        """It was settled."""


class SightingsScreen(ModelScreen):
    """What was scanned, found or seen broken, and nobody has settled."""

    MODEL = SightingList

    def show(self, **_: Any) -> None:
        """Show what is known, and ask anew."""
        self.model.show()

    def pick(self, key: str) -> None:
        """A row was tapped: settle it."""
        sighting = self.model.one(key)
        if sighting is None:
            return
        said = [
            sighting.words,
            words.t("settle.contact", contact=sighting.contact) if sighting.contact else "",
        ]
        sheet = SettleSheet(
            self.model.parts, sighting, title=sighting.code, words="\n".join(part for part in said if part)
        )
        sheet.bind(on_settled=lambda *_: self._settled())
        sheet.open()

    def _settled(self) -> None:
        snack(words.t("settle.done"))
        self.model.load()
