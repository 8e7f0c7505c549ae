"""Where the layers of the map come from: the pack on the phone, and for what it lacks the server."""

import base64
import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from mobile.core.api import NoSignal
from mobile.core.maplayers import Shown, Tiles, layer_of
from mobile.core.pack import Bounds, Pack
from mobile.core.parts import Parts
from mobile.core.sealed import Seal, UnreadableError
from mobile.core.session import SignInNeeded
from mobile.core.sync import Stop
from shared_models.layers import Geometry, Layer, Layers, Whom

log = logging.getLogger(__name__)

DOCUMENT = "map_layers"
PATH = "/v1/maps/layers/"
UNPACKED = 48
"""Unpacked tiles that are kept in memory: each layer that is shown reads its part of the same one."""
FETCHED = 1500
"""Tiles from the server that are kept on disk; the oldest make room. Some 20 kB each."""
FETCHED_ROOM = 100
FIRST, LAST = 12, 16
"""Zooms at which the server is asked; nearer, tiles are drawn larger."""


class Kept:
    """Tiles of a pack, the last ones unpacked in memory. From any thread."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._turn = threading.Lock()
        self._tiles: OrderedDict[tuple[int, int, int], bytes | None] = OrderedDict()

    @property
    def bounds(self) -> Bounds:
        """The box that they cover."""
        return self.pack.bounds

    @property
    def minzoom(self) -> int:
        """The smallest zoom that has tiles."""
        return self.pack.minzoom

    @property
    def maxzoom(self) -> int:
        """The largest zoom that has tiles."""
        return self.pack.maxzoom

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One unpacked tile, or None.

        Raises:
            BrokenPackError: if the pack can't give it.
        """
        with self._turn:
            if (z, x, y) not in self._tiles:
                self._tiles[z, x, y] = self.pack.tile(z, x, y)
                if len(self._tiles) > UNPACKED:
                    self._tiles.popitem(last=False)
            self._tiles.move_to_end((z, x, y))
            return self._tiles[z, x, y]


class Fetched:
    """Tiles of one layer from the server, kept on disk until the layer changes; sealed where not everybody may see it.

    They lie in the folder that is removed when somebody signs out, and so does their key.
    """

    minzoom, maxzoom = FIRST, LAST

    def __init__(self, parts: Parts, layer: Layer) -> None:
        self._parts, self._layer = parts, layer
        self._folder = parts.home / "cache" / "tiles"
        self._seal = Seal(self._folder / "key") if layer.seen_by is not Whom.PUBLIC else None

    @property
    def bounds(self) -> Bounds:
        """The box that they cover; the city's where the server does not know it."""
        told = self._layer.bounds
        return Bounds(*told) if len(told) == len(Bounds._fields) else self._parts.pack.bounds

    @property
    def lasts(self) -> bool:
        """Whether its tiles stay true until its version says otherwise. What domains hand down has none."""
        return self._layer.version > 0

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One unpacked tile: kept before, or fetched now; None where there is none, or no signal."""
        place = f"{self._layer.name}/{self._layer.version}/{z}/{x}/{y}"
        file = self._folder / hashlib.sha256(place.encode()).hexdigest()[:32]
        kept = self._read(file, place) if self.lasts else None
        if kept is not None:
            return kept
        try:
            answer = self._parts.sync.call("GET", f"/v1/maps/tiles/{self._layer.name}/{z}/{x}/{y}")
        except (NoSignal, SignInNeeded, Stop) as error:
            log.info("tile not fetched: %s", type(error).__name__)
            return None
        if not answer.ok:
            return None
        if self.lasts:
            self._write(file, place, answer.body)
        return answer.body

    def _read(self, file: Path, place: str) -> bytes | None:
        try:
            body = file.read_bytes()
        except OSError:
            return None
        if self._seal is None:
            return body
        try:
            return base64.b64decode(self._seal.open(body, place))
        except UnreadableError:
            return None
        finally:
            self._seal.known.clear()  # tiles are large: what is drawn is remembered elsewhere

    def _write(self, file: Path, place: str, body: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._seal is not None:
                self._seal.make()
                body = self._seal.shut(base64.b64encode(body).decode(), place)
                self._seal.known.clear()
            fresh = file.with_suffix(".part")
            fresh.write_bytes(body)
            fresh.replace(file)
            self._make_room()
        except OSError as full:
            log.info("tile not kept: %s", full)

    def _make_room(self) -> None:
        held = [file for file in self._folder.iterdir() if file.name != "key"]
        if len(held) > FETCHED:
            held.sort(key=lambda file: file.stat().st_mtime)
            for file in held[: len(held) - FETCHED + FETCHED_ROOM]:
                file.unlink(missing_ok=True)


class Sources:
    """All layers that the person may see, each with its tiles."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pack = Kept(parts.pack)
        self._told: tuple[object, list[Shown]] = (None, [])

    def all(self) -> list[Shown]:
        """Those of the pack first, then those that only the server has; areas before lines before points."""
        store = self._parts.store
        now = (store, store.document(DOCUMENT)[0], self._parts.me is not None)
        if now != self._told[0]:
            held = [Shown(layer, self._pack) for layer in self._parts.pack.layers]
            self._told = now, in_order([*held, *self._of_server({one.layer.name for one in held})])
        return self._told[1]

    def _of_server(self, held: set[str]) -> list[Shown]:
        _, body = self._parts.store.document(DOCUMENT)
        if not body:
            return []
        told = Layers.read(json.loads(body)).items
        return [
            Shown(layer_of(one), Fetched(self._parts, one), slow=True) for one in told if one.name not in held
        ]

    def fetch(self) -> bool:
        """In a worker: ask the server which layers there are; whether that is news.

        Raises:
            NoSignal, SignInNeeded, Stop: as any call.
        """
        store = self._parts.store
        _etag, before = store.document(DOCUMENT)
        answer = self._parts.sync.call("GET", PATH)
        if not answer.ok or answer.body == before:
            return False
        store.set_document(
            DOCUMENT, answer.headers.get("etag") or hashlib.sha256(answer.body).hexdigest(), answer.body
        )
        return True


ORDER = (Geometry.AREA, Geometry.MIXED, Geometry.NEWER, Geometry.LINE, Geometry.POINT)


def in_order(layers: Sequence[Shown]) -> list[Shown]:
    """As they are drawn: what covers much below what covers little."""
    return sorted(layers, key=lambda one: ORDER.index(one.layer.geometry))


def zoom_of(tiles: Tiles, zoom: float) -> int:
    """The zoom of the tiles that a map at this zoom draws."""
    return min(max(round(zoom), tiles.minzoom), tiles.maxzoom)
