"""Photos: taken or picked, then made small and bare, and safe on disk before anything mentions them."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from mobile.core.sealed import SEALED_PHOTO
from shared_models.photos import LONG_SIDE, THUMB_SIDE

Taken = Callable[[Path | None], None]
Shut = Callable[[bytes, str], bytes]
"""Seals a picture for the file of this name."""
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
FORMATS = ("JPEG", "MPO", "PNG", "WEBP")
"""What is read as a picture; Pillow's readers of rarer formats are where its holes were found."""
QUALITY = 80


class Camera(Protocol):
    """What the app asks of a phone's camera and of its pictures. ``None`` is handed over where somebody thinks better.

    What is handed over may come from any thread.
    """

    @property
    def takes(self) -> bool:
        """Whether there is a camera; without one only pictures that are there already can be picked."""

    @property
    def picks(self) -> bool:
        """Whether the device has a picker of its own; without one the app shows ``pictures`` to choose from."""

    def take(self, taken: Taken) -> None:
        """Take a photo."""

    def pick(self, taken: Taken) -> None:
        """Pick a picture that is there already, where the device ``picks``."""

    def pictures(self) -> list[Path]:
        """The pictures that are there, newest first, where the device has no picker. Slow: not on the main thread."""


class FolderCamera:
    """A desk: "takes" the pictures of a folder, one after the other; picks from it, or from the person's pictures."""

    picks = False

    def __init__(self, folder: Path | None = None, pictures: Path | None = None) -> None:
        self.folder, self._next = folder, 0
        self.shelf = folder or pictures or Path.home() / "Pictures"

    @property
    def takes(self) -> bool:
        """Only where a folder was named."""
        return self.folder is not None

    def take(self, taken: Taken) -> None:
        """The next picture of the folder, by name."""
        found = pictures_in(self.folder) if self.folder else []
        taken(found[self._next % len(found)] if found else None)
        self._next += 1

    def pick(self, taken: Taken) -> None:
        """There is no picker here: as ``take``."""
        self.take(taken)

    def pictures(self) -> list[Path]:
        """The pictures of the folder, or of the person."""
        return sorted(pictures_in(self.shelf), key=lambda path: (-path.stat().st_mtime, path.name))


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, by name; none where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.is_file())


class AndroidCamera:
    """Android's camera and picture picker by plyer. Not run by us: there is no phone here."""

    takes = picks = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, taken: Taken) -> None:
        """Open the camera."""
        from plyer import camera

        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{uuid4()}.jpg"
        camera.take_picture(filename=str(file), on_complete=lambda path: taken(Path(path) if path else None))

    def pick(self, taken: Taken) -> None:
        """Open the picture picker."""
        from plyer import filechooser

        filechooser.open_file(
            on_selection=lambda paths: taken(Path(paths[0]) if paths else None),
            mime_type="image/*",
        )

    def pictures(self) -> list[Path]:
        """The picker shows them."""
        return []


def keep_photo(source: Path, folder: Path, shut: Shut | None = None) -> tuple[UUID, Path]:
    """Make a photo small and bare of place, time and camera, in the app's own folder; on disk when it returns.

    It has `LONG_SIDE` pixels at most; a thumbnail lies beside it (`thumbnail_of`). With `shut` both are sealed, and what
    the camera itself has put into that folder is removed.
    Raises OSError or ValueError for what is no picture, or where there is no room; nothing is left over then.
    Slow: not on the main thread.
    """
    from PIL import Image, ImageOps

    id_ = uuid4()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{id_}{SEALED_PHOTO if shut else '.jpg'}"
    with Image.open(source, formats=FORMATS) as opened:
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
        picture: Any = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        bare = Image.new("RGB", picture.size)
        bare.paste(picture)
    try:
        _write(bare, file, shut)
        bare.thumbnail((THUMB_SIDE, THUMB_SIDE))
        _write(bare, thumbnail_of(file), shut)
    except OSError:  # no room: half a photo helps nobody, and takes some of what is left
        file.unlink(missing_ok=True)
        thumbnail_of(file).unlink(missing_ok=True)
        raise
    if shut and source.resolve().is_relative_to(folder.resolve()):
        source.unlink(missing_ok=True)
    return id_, file


def _write(picture: Any, file: Path, shut: Shut | None) -> None:
    """On disk when it returns. Made in memory first: of a disk that is full Pillow itself does not say so."""
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=QUALITY)
    with file.open("wb") as out:
        out.write(shut(made.getvalue(), file.name) if shut else made.getbuffer())
        out.flush()
        os.fsync(out.fileno())


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds the old or the new one; on disk when it returns."""
    fresh = file.with_name(f"{file.name}.part")
    with fresh.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def thumbnail_of(photo: Path) -> Path:
    """Where the thumbnail of a kept photo lies."""
    return photo.with_name(f"{photo.stem}-thumb{photo.suffix}")


def make_thumbnail(source: Path, file: Path) -> Path:
    """Write a small version of any picture. Raises OSError or ValueError for what is no picture. Slow."""
    from PIL import Image, ImageOps

    file.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source, formats=FORMATS) as opened:
        opened.draft("RGB", (THUMB_SIDE, THUMB_SIDE))
        picture: Any = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((THUMB_SIDE, THUMB_SIDE))
        picture.save(file, "JPEG", quality=QUALITY)
    return file


def photo_place(source: Path) -> tuple[float, float] | None:
    """Where a photo says it was taken: (latitude, longitude), WGS 84. It is used for the pin and never sent along."""
    from PIL import ExifTags, Image

    try:
        with Image.open(source, formats=FORMATS) as opened:
            told = opened.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        sides = [
            (told[ExifTags.GPS.GPSLatitude], told[ExifTags.GPS.GPSLatitudeRef] == "S"),
            (told[ExifTags.GPS.GPSLongitude], told[ExifTags.GPS.GPSLongitudeRef] == "W"),
        ]
        lat, lon = (
            (-1 if minus else 1) * sum(float(part) / 60**place for place, part in enumerate(parts))
            for parts, minus in sides
        )
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 and (lat or lon) else None  # noqa: PLR2004 - degrees
