"""The app: its domains, wired to one store, one sync and one window."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile import assets, checks, content, identity, maps, notifications, service_requests
from mobile.assets import found as found_things
from mobile.assets import links
from mobile.core import alerts, pushed, strings
from mobile.core.api import Api
from mobile.core.device.camera import Camera
from mobile.core.device.here import (
    default_camera,
    default_location,
    default_push,
    default_scanner,
    device_is_dark,
    device_is_still,
    device_name,
    on_android,
    when_link_opened,
)
from mobile.core.device.location import Location
from mobile.core.device.push import Push
from mobile.core.device.scanner import Scanner
from mobile.core.nav import Nav
from mobile.core.pack import BrokenPackError, Pack
from mobile.core.parts import Parts
from mobile.core.preferences import PreferencesFile
from mobile.core.session import Session, utc_now
from mobile.core.stream import Stream
from mobile.core.sync import Sync
from mobile.core.tasks import Loop, Tasks
from mobile.notifications.model import unread
from mobile.service_requests import found as found_requests
from mobile.widgets.banner import Banner
from mobile.widgets.frame import Frame
from mobile.widgets.keys import Keys
from mobile.widgets.picture import open_sealed_by
from mobile.widgets.pointer import Pointer
from mobile.widgets.snackbar import snack
from mobile.widgets.tabbar import TabBar
from mobile.widgets.theme import theme
from mobile.widgets.words import words
from shared_models.permissions import Permission

DOMAINS = (service_requests, checks, assets, maps, content, notifications, identity)
SCREENS = {name: where for domain in DOMAINS for name, where in domain.SCREENS.items()}
DETAILS = {name: listed for domain in DOMAINS for name, listed in domain.DETAILS.items()}
TABS = ("requests", "due", "work", "work_map", "inbox", "more")
"""Five of them stand at most: where checks are a tab, the map of the work is reached from the list."""
BARE = frozenset({"report", "check_run", "wall", "sign_in", "sign_up"})
"""Flows that have the window to themselves."""
ICONS = {
    "requests": "home",
    "due": "check_list",
    "work": "list",
    "work_map": "map",
    "inbox": "bell",
    "more": "account",
}
NOTICES = {"offline": "offline", "sign_in": "info", "upgrade": "refused", "no_room": "refused"}
"""What is told across the app → the banner that tells it."""
FRESH_S = 60
"""Words like "2 min ago" are made anew that often."""
SHIPPED_PACK = Path(__file__).parent / "shipped" / "city.mbtiles"


class WestUApp(App):
    """One running app. Everything that differs between a phone, a desk and a test is an argument."""

    parts: Parts = ObjectProperty()

    def __init__(
        self,
        *,
        server: str,
        home: Path,
        transport: Any = None,
        camera: Camera | None = None,
        location: Location | None = None,
        push: Push | None = None,
        scanner: Scanner | None = None,
        threads: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.title = "West U"
        self.server, self.home, self.transport, self.threads = server, home, transport, threads
        self.camera = camera or default_camera(home)
        self.location = location or default_location()
        self.push = push or default_push(home)
        self.scanner = scanner or default_scanner()
        self._listening: Loop | None = None
        self._token: dict[str, str] | None = None
        self._shown: tuple[Any, ...] = ()
        self._unread: tuple[Any, int] = ((), 0)

    def build(self) -> BoxLayout:
        """Make the parts and the first screen; the network comes after the first frame."""
        preferences = PreferencesFile(self.home)
        chosen = preferences.now
        strings.use(chosen.spoken)  # the device may speak a language that we lack
        words.language = strings.language()
        theme.mode, theme.text_scale = chosen.look, chosen.text_scale
        theme.system_dark, theme.system_still = device_is_dark(), device_is_still()
        theme.motion = chosen.motion
        tasks = Tasks()
        api = Api(self.server, self.transport)
        session = Session(self.home, api, device=device_name(), language=strings.language)
        pack_file = self.home / "city.mbtiles"
        sync = Sync(
            session,
            api,
            changed=lambda: self.parts.tell_changed(),  # noqa: PLW0108 - there are no parts yet
            push_token=lambda: self._token,
            pack_file=pack_file,
        )
        self.nav = Nav(SCREENS, TABS, DETAILS, prepare=self._prepare, animated=theme.motion)
        self.parts = Parts(
            home=self.home,
            session=session,
            sync=sync,
            tasks=tasks,
            pack=open_pack(pack_file),
            camera=self.camera,
            location=self.location,
            push=self.push,
            scanner=self.scanner,
            nav=self.nav,
            preferences=preferences,
            finders=(found_things.on_map, found_requests.on_map),
        )
        open_sealed_by(lambda file: self.parts.store.open_photo(file))  # noqa: PLW0108 - the store may be another by then
        self.stream = Stream(sync, self.parts.sync_now)
        self.notice = Banner()
        self.notice.bind(on_action=lambda *_: self._notice_acted())
        self.column = BoxLayout(orientation="vertical")
        self.column.add_widget(self.nav)
        self.tabs = TabBar(current="requests")
        self.tabs.bind(on_select=lambda _, name: self.nav.go(name))
        self.frame = Frame(content=self.column, tabs=self.tabs)
        self.nav.bind(on_move=lambda *_: self._moved())
        words.bind(language=self._spoken)
        theme.bind(motion=self._moves)
        self.parts.watch(self._changed)
        return self.frame

    def on_start(self) -> None:
        """Show the first screen, then begin to listen and to sync."""
        self.keys = Keys(self._back)
        self.pointer = None if on_android() else Pointer()
        self._show_tabs()
        self.nav.go("requests")
        self._shown = self._now()
        self.push.live_at(self.parts.preferences.now.home)
        self.push.when_tapped(lambda data: self.parts.tasks.on_main(self.open_push, data))
        when_link_opened(lambda link: self.parts.tasks.on_main(self.open_link, link))
        if self.threads:
            Clock.schedule_once(lambda _: self._begin(), 0)

    def _begin(self) -> None:
        self.parts.loop = self.parts.tasks.loop(self.parts.sync.turn)
        self._listening = self.parts.tasks.loop(self.stream.turn)
        self.push.listen(self._heard)
        self.parts.tasks.run(self.push.token, self._have_token)

    # ── pushes ───────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, data: dict[str, str]) -> None:
        """A message came, on a thread of its service: pull what it is about, and say so to whoever looks."""
        self.parts.sync_now()
        self.parts.tasks.on_main(self.tell_push, data)

    def tell_push(self, data: dict[str, str]) -> None:
        """Say a word of it where the app is looked at and shows something else."""
        said = pushed.words(data)
        screen, args = pushed.where_to(data)
        here = {(pane.name, str(pane.args.get("id", ""))) for pane in self.nav.children}
        if (
            said
            and self.parts.sync.in_front
            and self.nav.current not in BARE
            and (screen, str(args.get("id", ""))) not in here
            and pushed.concerns(data, self.parts.home_place)
        ):
            snack(said, words.t("push.open"), lambda: self.open_push(data))

    def open_push(self, data: dict[str, str]) -> None:
        """Show what a push is about; what has not come yet is waited for there."""
        self.parts.sync_now()
        screen, args = pushed.where_to(data)
        self.nav.go(screen, **args)

    def open_link(self, link: str) -> None:
        """Show what a label's address is about; any other address opens the app and no more."""
        found = links.where_to(self.parts, link)
        if found is not None:
            self.nav.go(found[0], **found[1])

    def _have_token(self, token: dict[str, str] | None) -> None:
        self._token = token
        self.parts.sync_now()

    def on_stop(self) -> None:
        """End the threads; what waits stays on disk."""
        words.unbind(language=self._spoken)
        theme.unbind(motion=self._moves)
        self.keys.stop()
        if self.pointer is not None:
            self.pointer.stop()
        self.push.stop()
        self.stream.end()
        self.parts.tasks.stop()
        self.nav.forget()
        self.parts.session.close()
        self.parts.drawn.close()
        self.parts.pack.close()

    def on_pause(self) -> bool:
        """Android puts the app away: sync less often, and hear by push alone."""
        self.parts.sync.in_front = False
        self.stream.rest()
        return True

    def on_resume(self) -> None:
        """It is looked at again: sync now."""
        theme.system_dark, theme.system_still = device_is_dark(), device_is_still()
        theme.motion = self.parts.preferences.now.motion
        self.parts.sync.in_front = True
        self.parts.sync_now()
        self._reload()  # what came meanwhile is before somebody's eyes from now on
        if self._listening:
            self._listening.wake()

    # ── what is around the screens ───────────────────────────────────────────────────────────────────────

    def _prepare(self, screen: Any) -> None:
        screen.prepare(self.parts)

    def _back(self) -> bool:
        """Escape, or Android's back. From home Android puts the app away; on a desk Escape closes no window."""
        return self.nav.back() or not on_android()

    def _moves(self, _: object, motion: bool) -> None:
        self.nav.animated = motion

    def _moved(self) -> None:
        self.frame.bare = self.nav.current in BARE
        self.tabs.current = self.nav.tab
        self._show_notice()

    def _changed(self) -> None:
        """Something may be new. The sync says so with each turn, so what did not change is not drawn again."""
        now = self._now()
        if now != self._shown:
            self._shown = now
            self._show_tabs()
            self._show_notice()
            self._reload()

    def _now(self) -> tuple[Any, ...]:
        """What is shown rests on this."""
        state, store = self.parts.sync.state, self.parts.store
        return (
            store,
            store.revision(),
            state.online,
            state.upgrade_needed,
            state.no_room,
            state.waits,
            self.parts.session.ended,
            self.parts.home_place,
            int(time.monotonic() // FRESH_S),
        )

    def _spoken(self, *_: object) -> None:
        self._show_tabs()
        self._show_notice()
        self._reload()

    def _reload(self) -> None:
        for pane in list(self.nav.children):
            pane.reload()

    def _show_tabs(self) -> None:
        staff = self.parts.may(Permission.REQUEST_WORK)
        checks_units = self.parts.may(Permission.CHECK_DO) and self.parts.store.count("kit") > 0
        hidden = {"work_map"} if checks_units else {"due"}
        shown = [name for name in TABS if name not in hidden and (staff or not name.startswith("work"))]
        counts = {"inbox": self._count_unread()}
        self.tabs.tabs = [
            {"name": name, "icon": ICONS[name], "text": words.t(f"tabs.{name}"), "count": counts.get(name, 0)}
            for name in shown
        ]
        if self.nav.tab and self.nav.tab not in shown and not self._from_elsewhere(staff=staff):
            self.nav.go("requests")

    def _from_elsewhere(self, *, staff: bool) -> bool:
        """A root that has no tab now, and is reached from another screen."""
        if self.nav.tab == "work_map":
            return staff
        return self.nav.tab == "due" and self.parts.may(Permission.CHECK_READ)

    def _count_unread(self) -> int:
        store, home = self.parts.store, self.parts.home_place
        now = (store, store.revision("notification"), home, int(time.monotonic() // FRESH_S))
        if self._unread[0] != now:
            self._unread = (now, unread(store) + alerts.unread(store, home, utc_now()))
        return self._unread[1]

    def _show_notice(self) -> None:
        waits = self.parts.sync.state.waits
        kind = self._notice_kind()
        if kind:
            self.notice.kind = NOTICES[kind]
            self.notice.title = words.t(f"notice.{kind}.title")
            self.notice.text = words.t(f"notice.{kind}.text" if waits else f"notice.{kind}.calm", count=waits)
            self.notice.action_text = words.t("notice.sign_in.action") if kind == "sign_in" else ""
        if bool(kind) != (self.notice.parent is not None):
            if kind:
                self.column.add_widget(self.notice)  # below the screens: nothing that is read moves down
            else:
                self.column.remove_widget(self.notice)

    def _notice_kind(self) -> str:
        state = self.parts.sync.state
        if self.nav.current in BARE:
            return ""
        if state.upgrade_needed:
            return "upgrade"
        if state.no_room:
            return "no_room"
        if self.parts.session.ended and self.nav.current != "more":  # that screen says so itself
            return "sign_in"
        return "offline" if state.online is False else ""

    def _notice_acted(self) -> None:
        if self._notice_kind() == "sign_in":
            self.nav.go("sign_in")


def open_pack(fetched: Path) -> Pack:
    """The pack that was fetched last, or the one that the app ships with."""
    if fetched.exists():
        try:
            return Pack.open(fetched)
        except BrokenPackError:
            fetched.unlink()
    return Pack.open(SHIPPED_PACK)


def default_home() -> Path:
    """Where the app keeps its files."""
    if on_android():
        from android.storage import app_storage_path

        return Path(app_storage_path())
    return Path(os.environ.get("WESTU_HOME") or Path.home() / ".local/share/westu")


def default_server() -> str:
    """The server to speak to: of ``WESTU_SERVER``, or the one that the packager wrote beside the pack."""
    packed = SHIPPED_PACK.with_name("server.txt")
    return os.environ.get("WESTU_SERVER") or (
        packed.read_text("utf-8").strip() if packed.exists() else "http://127.0.0.1:8000"
    )


def main() -> None:
    """Run the app."""
    home = default_home()
    home.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(home).free < 1024 * 1024:
        print("There is no room left on this device.", file=sys.stderr)  # noqa: T201 - no window without room either
    WestUApp(server=default_server(), home=home).run()
