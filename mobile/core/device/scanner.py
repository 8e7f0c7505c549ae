"""Codes on labels, read by the camera: QR and Code 128."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from mobile.core.device.camera import pictures_in

Found = Callable[[str | None], None]
ACTIVITY = "org.city.scan.ScanActivity"
SCAN = 0x5CA  # the number by which Android hands back what it was asked for
RESULT_OK = -1  # android.app.Activity.RESULT_OK


class Scanner(Protocol):
    """What the app asks of a camera that reads codes. A keyboard scanner needs none of it: see `widgets.scanfield`."""

    @property
    def reads(self) -> bool:
        """Whether there is a camera to read with."""

    def scan(self, found: Found) -> None:
        """Read one code: `found` gets its text, or None where somebody thinks better. It may come from any thread."""


class FolderScanner:
    """A desk: "scans" the pictures of a folder, one after the other, by name."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder, self._next = folder, 0

    @property
    def reads(self) -> bool:
        """Only where a folder was named."""
        return self.folder is not None

    def scan(self, found: Found) -> None:
        """Read the next picture of the folder; None where it holds no code."""
        pictures = pictures_in(self.folder) if self.folder else []
        picture = pictures[self._next % len(pictures)] if pictures else None
        self._next += 1
        found(read_picture(picture) if picture else None)


def read_picture(file: Path) -> str | None:
    """The first code of a picture, by zxing-cpp; None where there is none. Raises OSError for what is no picture."""
    import zxingcpp
    from PIL import Image

    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
    with Image.open(file) as opened:
        read = zxingcpp.read_barcodes(opened.convert("L"), formats=kinds)
    return str(read[0].text) if read else None


class AndroidScanner:
    """Android's camera, by the app's own `org.city.scan.ScanActivity` (Java, ZXing). Not run by us: there is no phone here."""

    reads = True

    def __init__(self) -> None:
        self._found: Found | None = None
        self._answer: Any = None  # Java's reference alone does not keep it alive

    def scan(self, found: Found) -> None:
        """Ask for the camera if it was not allowed yet, then open it."""
        from android.permissions import Permission, check_permission, request_permissions

        self._found = found
        if check_permission(Permission.CAMERA):
            self._open()
        else:
            request_permissions([Permission.CAMERA], self._asked)

    def _asked(self, _permissions: list[str], granted: list[bool]) -> None:
        if all(granted):
            self._open()
        else:
            self._tell(None)

    def _open(self) -> None:
        from android import activity as events
        from jnius import autoclass

        if self._answer is None:
            self._answer = self._answered
            events.bind(on_activity_result=self._answer)
        activity = autoclass("org.kivy.android.PythonActivity").mActivity
        intent = autoclass("android.content.Intent")()
        intent.setClassName(activity, ACTIVITY)
        activity.startActivityForResult(intent, SCAN)

    def _answered(self, request: int, result: int, intent: Any) -> None:
        if request == SCAN:
            self._tell(intent.getStringExtra("code") if result == RESULT_OK and intent else None)

    def _tell(self, code: str | None) -> None:
        found, self._found = self._found, None
        if found is not None:
            found(code)
