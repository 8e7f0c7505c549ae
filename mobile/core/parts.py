"""What a screen's model may use: the person's store, the sync, the map's pack, the devices, the way through the app."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile.core import strings
from mobile.core.area import LatLon
from mobile.core.artfile import ArtFile
from mobile.core.assetindex import AssetIndex
from mobile.core.device.camera import Camera, thumbnail_of, write_whole
from mobile.core.device.dial import dial, open_page
from mobile.core.device.location import Location
from mobile.core.device.push import Push
from mobile.core.device.scanner import FolderScanner, Scanner
from mobile.core.nav import Nav
from mobile.core.pack import Pack
from mobile.core.preferences import PreferencesFile
from mobile.core.sealed import SEALED_PHOTO, UnreadableError
from mobile.core.session import Session
from mobile.core.store import Store
from mobile.core.sync import Sync
from mobile.core.tasks import Loop, Tasks
from shared_models.identity import Me
from shared_models.permissions import Permission
from shared_models.photos import PhotoSize
from shared_models.places import Place
from shared_models.service_requests import RequestType, RequestTypes

log = logging.getLogger(__name__)


FindsThings = Callable[["Parts", str, int], list[tuple[Place, int]]]
"""What words may mean, at most so many, the best first, each with how well it fits (`FITS`). For workers."""


@dataclass
class Parts:
    """One running app's parts. Screens get it before they are first shown."""

    home: Path
    session: Session
    sync: Sync
    tasks: Tasks
    pack: Pack
    camera: Camera
    location: Location
    push: Push
    nav: Nav
    preferences: PreferencesFile
    scanner: Scanner = field(default_factory=FolderScanner)
    dial: Callable[[str], None] = dial
    open_page: Callable[[str], None] = open_page
    loop: Loop | None = None
    finders: tuple["FindsThings", ...] = ()
    """How domains find what they have on the map, for whoever searches it."""
    _watchers: list[Callable[[], None]] = field(default_factory=list)
    _told: bool = False
    _index: tuple[Store, AssetIndex] | None = None
    _types: tuple[str, dict[str, RequestType]] | None = None

    @property
    def store(self) -> Store:
        """The store of whoever uses the phone now."""
        return self.session.store

    @property
    def home_place(self) -> LatLon | None:
        """Where the person lives, as this phone alone knows."""
        return self.preferences.now.lives_at

    @property
    def photos(self) -> Path:
        """The folder of photos that were taken here."""
        return self.home / "photos"

    @property
    def me(self) -> Me | None:
        """Who we are to the server, as last heard."""
        return self.sync.me()

    def may(self, permission: Permission) -> bool:
        """Whether the person holds this right somewhere, as last heard."""
        me = self.me
        return me is not None and permission in me.permissions

    @cached_property
    def drawn(self) -> ArtFile:
        """What maps made ready to draw of the pack; it is the same whoever uses the phone."""
        return ArtFile(self.home / "drawn.sqlite")

    # ── the city, with no signal ─────────────────────────────────────────────────────────────────────────

    @cached_property
    def city(self) -> dict[str, Any]:
        """The city's own facts and words, from the pack."""
        found: dict[str, Any] = json.loads(self.pack.document("city") or b"{}")
        return found

    @property
    def zone(self) -> str:
        """The city's time zone."""
        return str(self.city.get("zone", "UTC"))

    def word(self, key: str) -> str:
        """A text of the city, in the person's language."""
        text = self.city.get("words", {}).get(key, {})
        return str(text.get(strings.language()) or text.get("en", ""))

    def department(self, code: str) -> str:
        """The name of a department, in the person's language."""
        for row in self.city.get("departments", []):
            if row["code"] == code:
                return str(row.get(f"name_{strings.language()}") or row["name_en"])
        return code

    def types(self) -> dict[str, RequestType]:
        """What can be asked for, by code: as last fetched, or as shipped with the app."""
        etag, body = self.store.document("request_types")
        if self._types is None or self._types[0] != etag:
            body = body or self.pack.document("request_types") or b'{"items": []}'
            self._types = (etag, {kind.code: kind for kind in RequestTypes.read(json.loads(body)).items})
        return self._types[1]

    # ── what changes ─────────────────────────────────────────────────────────────────────────────────────

    def watch(self, changed: Callable[[], None]) -> None:
        """Call this on the main thread whenever something in the store may be new."""
        self._watchers.append(changed)

    def tell_changed(self) -> None:
        """Something in the store may be new. From any thread; many at once become one call."""
        if not self._told:
            self._told = True
            self.tasks.on_main(lambda _: self._tell(), None)

    def _tell(self) -> None:
        self._told = False
        for watcher in list(self._watchers):
            watcher()

    def sync_now(self) -> None:
        """Let the sync take its turn now."""
        if self.loop is not None:
            self.loop.wake()

    @property
    def index(self) -> AssetIndex:
        """Look-up over the things that the phone has for whoever uses it now; `index_things` brings it up to date."""
        store = self.store
        if self._index is None or self._index[0] is not store:
            self._index = (store, AssetIndex())  # nobody looks things up in what another person left
        return self._index[1]

    def index_things(self, ready: Callable[[bool], None] = lambda _: None) -> None:
        """Bring the index of things up to date with the store, then say on the main thread whether it changed."""
        store, index = self.store, self.index
        self.tasks.run(lambda: index.refresh(store), ready)

    # ── photos to look at ────────────────────────────────────────────────────────────────────────────────

    def photo(
        self, id_: UUID, size: PhotoSize, ready: Callable[[str], None], *, sealed: bool = False
    ) -> None:
        """Hand over the file of a photo, on the main thread: taken here, fetched before, or fetched now.

        Without signal a photo that is not on the phone is not handed over. `sealed`: it is of what lies on the phone
        only sealed (`Picture` and `PhotoView` open it).
        """
        taken = self.store.photo_file(id_)
        if taken is not None and taken.exists():
            small = thumbnail_of(taken)
            ready(str(small if size is PhotoSize.THUMB and small.exists() else taken))
            return
        file = self.home / "cache" / f"{id_}-{size.value}{SEALED_PHOTO if sealed else '.jpg'}"
        if file.exists() and self._opens(file):
            ready(str(file))
            return
        self.tasks.run(lambda: self._fetch_photo(id_, size, file), lambda path: ready(path) if path else None)

    def _opens(self, file: Path) -> bool:
        """Whether it can be opened: one that was sealed by a key that is lost is fetched anew."""
        try:
            return bool(self.store.open_photo(file))
        except UnreadableError:
            return False

    def _fetch_photo(self, id_: UUID, size: PhotoSize, file: Path) -> str:
        try:
            answer = self.sync.call("GET", f"/v1/photos/{id_}?size={size.value}")
        except Exception as error:  # noqa: BLE001 - a picture that can't be had now is no reason to stop anything
            log.info("photo not fetched: %s", type(error).__name__)
            return ""
        if not answer.ok:
            return ""
        file.parent.mkdir(parents=True, exist_ok=True)
        sealed = file.suffix == SEALED_PHOTO
        write_whole(file, self.store.shut_photo(answer.body, file.name) if sealed else answer.body)
        return str(file)
