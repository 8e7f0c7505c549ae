"""The last step: all of it on one page, then send."""

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.service_requests import remark
from mobile.service_requests.report_step import Step
from mobile.widgets import button, card, page, photos, when
from mobile.widgets.photoview import PhotoView

__all__ = ["Answer", "ReviewStep", "button", "card", "page", "photos", "remark", "when"]

load_kv(__file__)


class Answer(BoxLayout):
    """One answer of the report, and the way to change it: `on_change`."""

    __events__ = ("on_change",)

    icon = StringProperty()
    title = StringProperty()
    text = StringProperty()

    def on_change(self) -> None:
        """It is not right yet."""


class ReviewStep(Step):
    """Look at it once more, change what is not right, send."""

    def open(self, key: str) -> None:
        """Show a photo large."""
        PhotoView(source=self.model.photo_file(key)).open()
