"""Photos: taken or picked, then made small and bare, and safe on disk before anything mentions them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from shared_models.photos import LONG_SIDE

Taken = Callable[[Path | None], None]
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
QUALITY = 80


class Camera(Protocol):
    """What the app asks of a phone's camera and of its pictures. ``None`` is handed over where somebody thinks better."""

    takes: bool
    """Whether there is a camera; without one only pictures that are there already can be picked."""

    def take(self, taken: Taken) -> None:
        """Take a photo."""

    def pick(self, taken: Taken) -> None:
        """Pick a picture that is there already."""


class FolderCamera:
    """A desk's stand-in: "takes" the pictures of a folder, one after the other; picking is left to a screen."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder, self._next = folder, 0

    @property
    def takes(self) -> bool:
        """Only where a folder was named."""
        return self.folder is not None

    def pictures(self) -> list[Path]:
        """The pictures of the folder."""
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.suffix.lower() in PICTURES)

    def take(self, taken: Taken) -> None:
        """The next picture of the folder."""
        found = self.pictures()
        taken(found[self._next % len(found)] if found else None)
        self._next += 1

    def pick(self, taken: Taken) -> None:
        """As ``take``."""
        self.take(taken)


class AndroidCamera:
    """Android's camera and picture picker by plyer. Not run by us: there is no phone here."""

    takes = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, taken: Taken) -> None:
        """Open the camera."""
        from plyer import camera

        file = self.folder / f"{uuid4()}.jpg"
        camera.take_picture(filename=str(file), on_complete=lambda path: taken(Path(path) if path else None))

    def pick(self, taken: Taken) -> None:
        """Open the picture picker."""
        from plyer import filechooser

        filechooser.open_file(
            on_selection=lambda paths: taken(Path(paths[0]) if paths else None), mime_type="image/*",
        )


def keep_photo(source: Path, folder: Path) -> tuple[UUID, Path]:
    """Make a photo small (1600 pixels) and bare of place, time and camera, in the app's own folder; on disk when it returns.

    Raises OSError or ValueError for what is no picture. Slow: not on the main thread.
    """
    from PIL import Image, ImageOps

    id_ = uuid4()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{id_}.jpg"
    with Image.open(source) as opened:
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
        picture: Any = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        bare = Image.new("RGB", picture.size)
        bare.paste(picture)
    with file.open("wb") as out:
        bare.save(out, "JPEG", quality=QUALITY)
        out.flush()
        os.fsync(out.fileno())
    return id_, file
