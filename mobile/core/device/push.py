"""Push: how the phone hears that something is new.

A push is a hint to sync, never the news itself: it may come twice, late, or not at all.
"""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

Heard = Callable[[dict[str, str]], None]

log = logging.getLogger(__name__)


class Push(Protocol):
    """What the app asks of a phone's push service."""

    asks: bool
    """Whether the person must be asked before the phone shows anything."""

    def ask(self) -> None:
        """Let the phone ask the person; what they say is theirs and the phone's."""

    def allowed(self) -> bool:
        """Whether the phone shows what comes. Where there is nothing to allow, it does."""

    def open_settings(self) -> None:
        """Show the phone's own settings for what this app may show: asked once and refused, it asks no more."""

    def live_at(self, home: str) -> None:
        """Where the person lives, "latitude,longitude" or nothing: alerts for an area are shown by it, on this phone."""

    def token(self) -> dict[str, str] | None:
        """`{"platform": "android" | "desktop", "token": …}`, or None while the service has none for us.

        It changes at times: ask at every start and tell the server when it differs from what was
        told last. It may take seconds, so not on the main thread. A token is a capability: whoever
        holds it can write to this phone, so it is never logged.
        """

    def listen(self, heard: Heard) -> None:
        """Call `heard` with the data of each message, once per `mid`, from a thread of the service's own."""

    def when_tapped(self, tapped: Heard) -> None:
        """Call `tapped` with the data of a message that the person tapped: the one that started the app, then each."""

    def stop(self) -> None:
        """No call of `heard` begins after this returns. Harmless when nothing listens."""


class NoPush:
    """A phone without a push service: the app polls, and nothing is lost but time."""

    asks = False

    def ask(self) -> None:
        """There is nothing to ask."""

    def allowed(self) -> bool:
        """There is nothing to allow."""
        return True

    def open_settings(self) -> None:
        """There are none."""

    def live_at(self, home: str) -> None:
        """Nothing is shown here but by the app, which knows it."""

    def token(self) -> None:
        """None, always."""

    def listen(self, heard: Heard) -> None:
        """Nothing will be heard."""

    def when_tapped(self, tapped: Heard) -> None:
        """Nothing is shown that could be tapped."""

    def stop(self) -> None:
        """Nothing to stop."""


class Mids:
    """The last `most` message ids that were heard, to drop what a sender that retries says twice."""

    def __init__(self, known: Iterable[str] = (), most: int = 300) -> None:
        self._known = dict.fromkeys(known)
        self._most = most

    def first(self, mid: str) -> bool:
        """True the first time that this id is heard."""
        if mid in self._known:
            return False
        self._known[mid] = None
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return True

    def __iter__(self) -> Any:
        return iter(tuple(self._known))


class FakeFcmPush:
    """A desktop that plays a phone, against the stand-in of FCM at `url` (its `FAKE_FCM_URL`).

    It registers itself once and keeps its token, and what it has heard, in `folder/push.json`, so
    that it hears on after a restart what was sent meanwhile. A stand-in that is away is asked
    again every second; one that has forgotten the token is asked for a new one.
    """

    WAIT = 25.0  # seconds that one question is held open
    AWAY = 1.0  # seconds between tries while nobody answers
    asks = False

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._file = url.rstrip("/"), folder / "push.json"
        kept = _read(self._file)
        self._token = kept.get("token")
        self._after = kept.get("after", 0)
        self._mids = Mids(kept.get("mids", ()))
        self._registering = threading.Lock()
        self._thread: threading.Thread | None = None
        self._cancel: Callable[[], object] = lambda: None

    def ask(self) -> None:
        """A desktop asks nobody."""

    def allowed(self) -> bool:
        """There is nothing to allow."""
        return True

    def open_settings(self) -> None:
        """There are none."""

    def live_at(self, home: str) -> None:
        """A desktop shows nothing by itself."""

    def token(self) -> dict[str, str] | None:
        """The token, registering this desktop first if it has none; None while the stand-in is away."""
        import httpx

        with self._registering:
            if self._token is None:
                try:
                    reply = httpx.post(f"{self._url}/_device", timeout=2, trust_env=False)
                    self._token = reply.raise_for_status().json()["token"]
                except (httpx.HTTPError, ValueError, KeyError):
                    return None
                self._keep()
            return {"platform": "desktop", "token": self._token}

    def listen(self, heard: Heard) -> None:
        """Follow this desktop's messages in one daemon thread until `stop`."""
        self.stop()
        began = threading.Event()

        def follow() -> None:
            with suppress(asyncio.CancelledError):
                asyncio.run(self._follow(heard, began))

        self._thread = threading.Thread(target=follow, daemon=True, name="push")
        self._thread.start()
        began.wait()

    def when_tapped(self, tapped: Heard) -> None:
        """A desktop shows nothing outside of the app."""

    def stop(self) -> None:
        """End the thread at once, also in the middle of a question that is held open."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with suppress(RuntimeError):  # its loop has ended by itself
            self._cancel()
        if thread is not threading.current_thread():
            thread.join()

    async def _follow(self, heard: Heard, began: threading.Event) -> None:
        me = asyncio.current_task()
        assert me is not None
        self._cancel = partial(asyncio.get_running_loop().call_soon_threadsafe, me.cancel)
        began.set()
        import httpx

        logging.getLogger("httpx").addFilter(_names_no_device)
        async with httpx.AsyncClient(timeout=self.WAIT + 5, trust_env=False) as client:
            while True:
                try:
                    messages = await self._ask(client)
                except (httpx.HTTPError, ValueError, KeyError):
                    await asyncio.sleep(self.AWAY)
                    continue
                for message in messages:
                    if self._thread is not threading.current_thread():
                        return  # stopped, perhaps by the listener itself
                    self._hear(message, heard)

    async def _ask(self, client: Any) -> list[dict[str, Any]]:
        """What came since the last message that was heard; raises what httpx and json raise."""
        address = await asyncio.to_thread(self.token)
        if address is None:
            raise ValueError("the stand-in is away")
        token = address["token"]
        reply = await client.get(
            f"{self._url}/_device/{quote(token, safe='')}", params={"after": self._after, "wait": self.WAIT}
        )
        if reply.status_code == 404:  # noqa: PLR2004 - it does not know us: register anew
            with self._registering:
                self._token = None
            return []
        messages: list[dict[str, Any]] = reply.raise_for_status().json()["messages"]
        return messages

    def _hear(self, message: dict[str, Any], heard: Heard) -> None:
        data = message["data"]
        self._after = message["number"]
        first = self._mids.first(data.get("mid", message["name"]))
        self._keep()
        if first:
            try:
                heard(data)
            except Exception:
                log.exception("a push message was not understood")

    def _keep(self) -> None:
        kept = {"token": self._token, "after": self._after, "mids": list(self._mids)}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(kept))
        beside.replace(self._file)


class AndroidPush:
    """Firebase Cloud Messaging on Android, through the app's own `org.city.push.CityMessagingService`.

    The service (Java) shows messages and drops repeats also while Python is not running, and
    leaves their data in SharedPreferences `city_push` for us. Not run: written after the
    documentation of Firebase and pyjnius; no phone was at hand.
    """

    SERVICE = "org.city.push.CityMessagingService"
    PATIENCE = 30.0  # seconds for Play services to name a token
    asks = True

    def __init__(self) -> None:
        self._mids = Mids()
        self._draining = threading.Lock()
        self._look: Any = None
        self._listener: Any = None  # Java's reference alone does not keep the Python half alive

    def ask(self) -> None:
        """Android's own question, from Android 13 on."""
        from android.permissions import Permission, request_permissions

        request_permissions([Permission.POST_NOTIFICATIONS])

    def allowed(self) -> bool:
        """What Android says of it."""
        from jnius import autoclass, cast

        activity = autoclass("org.kivy.android.PythonActivity").mActivity
        manager = cast("android.app.NotificationManager", activity.getSystemService("notification"))
        return bool(manager.areNotificationsEnabled())

    def open_settings(self) -> None:
        """Android's page about this app's notifications."""
        from jnius import autoclass

        activity = autoclass("org.kivy.android.PythonActivity").mActivity
        page = autoclass("android.content.Intent")("android.settings.APP_NOTIFICATION_SETTINGS")
        page.putExtra("android.provider.extra.APP_PACKAGE", activity.getPackageName())
        activity.startActivity(page)

    def live_at(self, home: str) -> None:
        """Leave it for the service, which shows alerts also while Python does not run."""
        from jnius import autoclass

        activity = autoclass("org.kivy.android.PythonActivity").mActivity
        activity.getSharedPreferences("city_push", 0).edit().putString("home", home).apply()

    def token(self) -> dict[str, str] | None:
        """The registration token; None without Play services or network: ask again at the next start."""
        from jnius import autoclass

        task = autoclass("com.google.firebase.messaging.FirebaseMessaging").getInstance().getToken()
        end = time.monotonic() + self.PATIENCE
        while not task.isComplete():  # a Task's own callback would need one more Java class
            if time.monotonic() > end:
                return None
            time.sleep(0.05)
        return {"platform": "android", "token": str(task.getResult())} if task.isSuccessful() else None

    def listen(self, heard: Heard) -> None:
        """Hear what came while Python was not running, then each message as it comes (a Binder thread)."""
        from jnius import PythonJavaClass, autoclass, java_method

        class Listener(PythonJavaClass):
            __javainterfaces__ = (self.SERVICE.replace(".", "/") + "$Listener",)
            __javacontext__ = "app"

            @java_method("(Ljava/lang/String;Ljava/lang/String;)V")
            def onPush(self, what: str, _value: str) -> None:  # noqa: N802 - the Java interface's name
                if what == "message":
                    drain(heard)
                elif what == "sync":  # FCM gave up on what it kept for us
                    heard({"kind": "sync"})

        drain = self._drain
        self._listener = Listener()
        service = autoclass(self.SERVICE)
        service.makeChannels(autoclass("org.kivy.android.PythonActivity").mActivity)
        service.listener = self._listener
        drain(heard)

    def when_tapped(self, tapped: Heard) -> None:
        """The service's own notifications carry their data in the intent that opens the app."""
        from android import activity as events
        from jnius import autoclass

        def look(intent: Any) -> None:
            text = intent.getStringExtra("push") if intent else None
            if text:
                intent.removeExtra(
                    "push"
                )  # else it would be opened again when the app is turned, or comes back
                tapped(json.loads(text))

        self._look = look  # Java's reference alone does not keep it alive
        events.bind(on_new_intent=look)
        look(autoclass("org.kivy.android.PythonActivity").mActivity.getIntent())

    def stop(self) -> None:
        """The service goes on without us, and keeps messages for the next start."""
        if self._listener is not None:
            from jnius import autoclass

            autoclass(self.SERVICE).listener = None
            self._listener = None

    def _drain(self, heard: Heard) -> None:
        """Take the messages that the service left; each JSON text is one message's data."""
        from jnius import autoclass

        with self._draining:
            activity = autoclass("org.kivy.android.PythonActivity").mActivity
            left = activity.getSharedPreferences("city_push", 0)
            waiting = left.getStringSet("waiting", None)
            texts = waiting.toArray() if waiting else []
            left.edit().remove("waiting").apply()
            fresh = [data for data in map(json.loads, texts) if self._mids.first(data.get("mid", str(data)))]
        for data in fresh:
            heard(data)


def _names_no_device(record: logging.LogRecord) -> bool:
    """Httpx logs each address it asks, and here the address holds the token."""
    return "/_device/" not in record.getMessage()


def _read(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
