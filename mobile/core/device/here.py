"""What this device is, and which of its parts the app gets: a phone's own, or a desk's stand-ins."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobile.core.device.camera import AndroidCamera, Camera, FolderCamera
from mobile.core.device.location import AndroidLocation, Location, NoLocation
from mobile.core.device.push import AndroidPush, FakeFcmPush, NoPush, Push
from mobile.core.device.scanner import AndroidScanner, FolderScanner, Scanner


def on_android() -> bool:
    """Whether this is a phone with Android."""
    return hasattr(sys, "getandroidapilevel")


def device_is_dark() -> bool:
    """Whether the device wants things dark. A desk does not say."""
    if not on_android():
        return False
    from jnius import autoclass

    night, mask = 0x20, 0x30  # android.content.res.Configuration: UI_MODE_NIGHT_YES, UI_MODE_NIGHT_MASK
    activity = autoclass("org.kivy.android.PythonActivity").mActivity
    return bool(activity.getResources().getConfiguration().uiMode & mask == night)


def device_is_still() -> bool:
    """Whether the device wants no motion: Android's "remove animations". A desk does not say."""
    if not on_android():
        return False
    from jnius import autoclass

    settings = autoclass("android.provider.Settings$Global")
    resolver = autoclass("org.kivy.android.PythonActivity").mActivity.getContentResolver()
    return float(settings.getFloat(resolver, settings.ANIMATOR_DURATION_SCALE, 1.0)) == 0


def when_link_opened(opened: Callable[[str], None]) -> None:
    """Hear of each address that Android opens the app with, on Android's thread: the one it began with, and later ones."""
    if not on_android():
        return
    from android import activity as events
    from jnius import autoclass

    def look(intent: Any) -> None:
        link = intent.getDataString() if intent else None
        if link:
            intent.setData(None)  # else it would be opened again when the app is turned, or comes back
            opened(link)

    events.bind(on_new_intent=look)
    look(autoclass("org.kivy.android.PythonActivity").mActivity.getIntent())


def device_name() -> str:
    """What to call this device in the list of sessions."""
    return "Android" if on_android() else os.uname().sysname


def default_camera(home: Path) -> Camera:
    """The phone's camera; on a desk the pictures of ``WESTU_PICTURES``, if that is set."""
    if on_android():
        return AndroidCamera(home / "photos")
    pictures = os.environ.get("WESTU_PICTURES", "")
    return FolderCamera(Path(pictures) if pictures else None)


def default_location() -> Location:
    """The phone's positioning."""
    return AndroidLocation() if on_android() else NoLocation()


def default_scanner() -> Scanner:
    """The phone's camera; on a desk the pictures of ``WESTU_CODES``, if that is set."""
    if on_android():
        return AndroidScanner()
    pictures = os.environ.get("WESTU_CODES", "")
    return FolderScanner(Path(pictures) if pictures else None)


def default_push(home: Path) -> Push:
    """The phone's push service; on a desk the stand-in of Firebase that ``FAKE_FCM_URL`` names."""
    if on_android():
        return AndroidPush()
    fake = os.environ.get("FAKE_FCM_URL", "")
    return FakeFcmPush(fake, home / "push") if fake else NoPush()
