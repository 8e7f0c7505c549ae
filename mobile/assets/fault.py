"""The screen of one fault."""

from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.assets import refused_part, thing
from mobile.assets.fault_model import OneFault
from mobile.assets.rules import WORDS_NEEDED
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import (
    appbar,
    button,
    card,
    empty,
    field,
    page,
    photopart,
    photos,
    skeleton,
    timeline,
    verdict,
    when,
)
from mobile.widgets.photoview import PhotoView
from mobile.widgets.sheet import Sheet
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words
from shared_models.faults import Step

__all__ = [
    "FaultScreen",
    "StepSheet",
    "appbar",
    "button",
    "card",
    "empty",
    "field",
    "page",
    "photopart",
    "photos",
    "refused_part",
    "skeleton",
    "thing",
    "timeline",
    "verdict",
    "when",
]  # fmt: skip

load_kv(__file__)


class StepSheet(Sheet):
    """Words, photos and, where it is sent away, by whom it is mended: `on_say(words, photos, vendor)`."""

    __events__ = ("on_say",)

    step = ObjectProperty(Step.NOTE)
    help = StringProperty()
    away = BooleanProperty(False)
    error = StringProperty()

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.away = self.step is Step.SENT_AWAY
        self.ids.shots.begin(parts, sealed=True)

    def save(self) -> None:
        """Take the step; without the words that it needs, ask for them."""
        written = self.ids.written.text.strip()
        if self.step in WORDS_NEEDED and not written:
            self.ids.written.error = words.t("fault.words_needed")
            self.ids.written.take_focus()
            return
        if self.away and not self.ids.vendor.text.strip():
            self.ids.vendor.error = words.t("fault.vendor_needed")
            self.ids.vendor.take_focus()
            return
        self.dismiss()
        self.dispatch("on_say", written, dict(self.ids.shots.model.files), self.ids.vendor.text)

    def on_say(self, written: str, files: Any, vendor: str) -> None:
        """It is to be taken."""


class FaultScreen(Screen):
    """What is broken, its history, whether it works again, and the next steps."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = OneFault()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this fault."""
        self.ids.page.scroll_y = 1
        self.model.show(UUID(str(id)))

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def open_photo(self, photo: UUID) -> None:
        """Show a photo large."""
        self.model.large(photo, lambda file: PhotoView(source=file).open())

    def works(self) -> None:
        """It works again."""
        self.model.take(Step.CONFIRMED)
        snack(words.t("fault.thanks"))

    def fails(self) -> None:
        """It does not: in what way?"""
        self.step(Step.REJECTED.value)

    def swap(self) -> None:
        """Put a spare in its place."""
        self.nav.go("swap", id=str(self.model.fault.asset_id), fault=str(self.model.id))

    def step(self, key: str) -> None:
        """Ask for what this step wants said, then take it."""
        step = Step(key)
        sheet = StepSheet(
            self.model.parts,
            title=words.t(f"fault_step.{key}.do"),
            words=words.t(f"fault_step.{key}.text"),
            step=step,
        )
        sheet.bind(on_say=lambda _, written, files, vendor: self.model.take(step, written, files, vendor))
        sheet.open()
