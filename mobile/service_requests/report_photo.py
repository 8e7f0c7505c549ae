"""The step that asks for photos."""

from typing import Any

from mobile.core.kv import load_kv
from mobile.service_requests import remark
from mobile.service_requests.report_step import Step
from mobile.widgets import busy, button, card, page, photos, when
from mobile.widgets.photoview import PhotoView
from mobile.widgets.picturesheet import pick_picture

__all__ = ["PhotoStep", "busy", "button", "card", "page", "photos", "remark", "when"]

load_kv(__file__)


class PhotoStep(Step):
    """Take, pick, remove, or go on without."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.model.takes:
            self.ids.ways.remove_widget(self.ids.take)

    def pick(self) -> None:
        """Pick a picture that is there already."""
        pick_picture(self.model.parts, self.model.add_photo)

    def open(self, key: str) -> None:
        """Show a photo large."""
        PhotoView(source=self.model.photo_file(key)).open()
