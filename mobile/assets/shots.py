"""Photos that belong to a fault or a find: taken, made small, and kept until they are sent."""

from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core import strings
from mobile.core.device.camera import keep_photo
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.core.room import is_no_room
from mobile.widgets import photos, text
from mobile.widgets.photoview import PhotoView

__all__ = ["Shots", "ShotsPart", "photos", "text"]

load_kv(__file__)

MOST = 6


class Shots(EventDispatcher):
    """The photos so far, as a `PhotoStrip` shows them, and their files by id."""

    photos = ListProperty()
    busy = BooleanProperty(False)
    error = StringProperty()

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        self._parts = parts
        self.files: dict[UUID, Path] = {}
        super().__init__(**kwargs)

    def take(self) -> None:
        """Open the camera, or the pictures that are there where it has none."""
        camera = self._parts.camera
        # Android's camera may answer on a thread of its own.
        if camera.takes or not camera.picks:
            camera.take(lambda source: self._parts.tasks.on_main(self.keep, source))
        else:
            camera.pick(lambda source: self._parts.tasks.on_main(self.keep, source))

    def remove(self, id_: UUID) -> None:
        """Leave this one out."""
        self.files.pop(id_, None)
        self._show()

    def keep(self, source: Path | None) -> None:
        """Add this picture, made small and bare."""
        if source is None or len(self.files) >= MOST:
            return
        self.busy, self.error = True, ""
        folder = self._parts.photos
        self._parts.tasks.run(lambda: keep_photo(source, folder), self._kept, self._failed)

    def _kept(self, photo: tuple[UUID, Path]) -> None:
        self.busy = False
        self.files[photo[0]] = photo[1]
        self._show()

    def _failed(self, error: Exception) -> None:
        said = "shots.no_room" if is_no_room(error) else "shots.no_photo"
        self.busy, self.error = False, strings.t(said)

    def _show(self) -> None:
        self.photos = [{"key": id_, "source": str(file)} for id_, file in self.files.items()]
        self.error = ""


class ShotsPart(BoxLayout):
    """A heading, the photos so far, and the way to add one. `model` are `Shots`, given by `begin`."""

    model = ObjectProperty(None, allownone=True, rebind=True)
    title = StringProperty()
    help = StringProperty()
    error = StringProperty()

    def begin(self, parts: Parts) -> None:
        """Start without a photo."""
        self.model = Shots(parts)

    def open(self, id_: Any) -> None:
        """Show one large."""
        PhotoView(source=str(self.model.files[id_])).open()
