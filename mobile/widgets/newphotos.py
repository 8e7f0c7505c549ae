"""Photos that are added to what somebody says: taken or picked, made small, and kept until they are sent."""

from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.core import strings
from mobile.core.device.camera import keep_photo
from mobile.core.parts import Parts
from mobile.core.room import is_no_room

MOST = 6


class NewPhotos(EventDispatcher):
    """The photos so far, as a `PhotoStrip` shows them, and their files by id."""

    photos = ListProperty()
    busy = BooleanProperty(False)
    error = StringProperty()

    def __init__(self, parts: Parts, *, sealed: bool = False, **kwargs: Any) -> None:
        """`sealed`: they are of what lies on the phone only sealed."""
        self._parts, self._sealed = parts, sealed
        self.files: dict[UUID, Path] = {}
        super().__init__(**kwargs)

    def take(self) -> None:
        """Open the camera."""
        # Android's camera may answer on a thread of its own.
        self._parts.camera.take(lambda source: self._parts.tasks.on_main(self.keep, source))

    def remove(self, id_: UUID) -> None:
        """Leave this one out."""
        self.files.pop(id_, None)
        self._show()

    def keep(self, source: Path | None) -> None:
        """Add this picture, made small and bare."""
        if source is None or len(self.files) >= MOST:
            return
        self.busy, self.error = True, ""
        folder, shut = self._parts.photos, self._parts.store.shut_photo if self._sealed else None
        self._parts.tasks.run(lambda: keep_photo(source, folder, shut), self._kept, self._failed)

    def _kept(self, photo: tuple[UUID, Path]) -> None:
        self.busy = False
        self.files[photo[0]] = photo[1]
        self._show()

    def _failed(self, error: Exception) -> None:
        said = "photos.no_room" if is_no_room(error) else "photos.no_photo"
        self.busy, self.error = False, strings.t(said)

    def _show(self) -> None:
        self.photos = [{"key": id_, "source": str(file)} for id_, file in self.files.items()]
        self.error = ""
