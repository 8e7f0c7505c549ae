"""``--self-test``: whether the app, as it is installed here, has all that it needs. One line a check; no server is asked."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

NOBODY = "http://127.0.0.1:1"
"""A server that is not there: nothing listens on port 1."""


def words() -> str:
    """Both languages have their words."""
    from mobile.core import strings

    shown = []
    for language in strings.LANGUAGES:
        strings.use(language)
        shown.append(strings.t("tabs.inbox"))
    strings.use(strings.SOURCE)
    return " · ".join(shown)


def zones() -> str:
    """The city's time zone is known, also where the system has no list of zones."""
    import zoneinfo

    zoneinfo.reset_tzpath(())
    try:
        return str(zoneinfo.ZoneInfo.no_cache("America/Chicago"))
    finally:
        zoneinfo.reset_tzpath()


def pack() -> str:
    """The pack that the app ships with can be read."""
    import json

    from mobile.app import SHIPPED_PACK
    from mobile.core.pack import Pack

    opened = Pack.open(SHIPPED_PACK)
    city = json.loads(opened.document("city") or b"{}")
    opened.close()
    return str(city["name"])


def store() -> str:
    """The store can be made, written and read again."""
    from mobile.core.store import Store

    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            opened = Store(Path(folder) / "people/nobody.sqlite3")
            opened.set("cursor", opened.get("cursor") + "kept")
            kept = opened.get("cursor")
            opened.close()
    if kept != "keptkept":
        raise LookupError(kept)
    return "written and read again"


def photos() -> str:
    """A photo can be made small."""
    from PIL import Image

    from mobile.core.device.camera import keep_photo

    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "taken.jpg"
        Image.new("RGB", (3000, 2000), "orange").save(taken)
        _, file = keep_photo(taken, Path(folder) / "kept")
        with Image.open(file) as small:
            return f"3000 by 2000 became {small.width} by {small.height}"


def tls() -> str:
    """There are authorities to check a server by, and a client that uses them."""
    import ssl

    import certifi
    import httpx

    context = ssl.create_default_context(cafile=certifi.where())
    httpx.Client(verify=context).close()
    count = context.cert_store_stats()["x509_ca"]
    if not count:
        raise LookupError("no authorities")
    return f"{ssl.OPENSSL_VERSION}, {count} authorities"


def screens() -> str:
    """Each screen opens in a window; where nobody would see it, in one that is not on a screen."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and sys.platform == "linux":
        os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from kivy.clock import Clock

    from mobile.app import SCREENS, WestUApp
    from mobile.core.device.push import NoPush

    opened: list[str] = []

    def walk(app: Any) -> Iterator[None]:
        for name in SCREENS:
            yield
            app.nav.go(name, id=uuid4())
            opened.append(name)
        yield

    with tempfile.TemporaryDirectory() as folder:
        app = WestUApp(server=NOBODY, home=Path(folder), push=NoPush(), threads=False)
        steps = walk(app)

        def step(_seconds: float) -> bool:
            for _ in steps:
                return True
            app.stop()
            return False

        Clock.schedule_interval(step, 0.05)
        app.run()
    if set(opened) != set(SCREENS):
        raise LookupError(f"only {', '.join(opened)}")
    return f"{len(opened)} opened"


CHECKS: tuple[Callable[[], str], ...] = (words, zones, pack, store, photos, tls, screens)


def main() -> int:
    """Run all checks; gives the exit code."""
    os.environ.setdefault("KIVY_NO_CONFIG", "1")
    os.environ.setdefault("KIVY_NO_CONSOLELOG", "1")
    failed = 0
    for check in CHECKS:
        try:
            told = "ok    " + f"{check.__name__}: {check()}"
        except Exception:  # noqa: BLE001 - whatever it is, it is what the check is for
            told, failed = f"FAULT {check.__name__}: {traceback.format_exc()}", failed + 1
        print(told, flush=True)
    return 1 if failed else 0
