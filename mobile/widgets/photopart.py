"""The part of a screen or a sheet that adds photos."""

from typing import Any

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import card, photos
from mobile.widgets.newphotos import NewPhotos
from mobile.widgets.photoview import PhotoView
from mobile.widgets.picturesheet import pick_picture

__all__ = ["PhotoPart", "card", "photos"]

load_kv(__file__)


class PhotoPart(BoxLayout):
    """A heading, the photos so far, and the ways to add one. `model` is a `NewPhotos`, given once by `begin`."""

    model = ObjectProperty(None, allownone=True, rebind=True)
    title = StringProperty()
    help = StringProperty()
    error = StringProperty()  # what the screen misses

    def begin(self, parts: Parts, *, sealed: bool = False) -> None:
        """Start without a photo; `sealed`: theirs lie on the phone only sealed."""
        self._parts = parts
        self.model = NewPhotos(parts, sealed=sealed)

    def add(self) -> None:
        """Take one; where there is no camera, pick one."""
        if self._parts.camera.takes:
            self.model.take()
        else:
            self.pick()

    def pick(self) -> None:
        """Pick one of the pictures that are there already."""
        pick_picture(self._parts, self.model.keep)

    def open(self, id_: Any) -> None:
        """Show one large."""
        PhotoView(source=str(self.model.files[id_])).open()
