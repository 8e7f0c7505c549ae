"""The map: which layers are shown, what was asked of it, and what is measured."""

from collections.abc import Callable
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from mobile.core import strings
from mobile.core.api import NoSignal
from mobile.core.maplayers import Shown
from mobile.core.mvt import BrokenTileError
from mobile.core.pack import BrokenPackError
from mobile.core.parts import Parts
from mobile.core.place import FOUND_AT_MOST, PlaceChoice
from mobile.core.session import SignInNeeded
from mobile.core.sync import Stop
from mobile.maps import looking, measuring
from mobile.maps.looking import Found
from mobile.maps.sources import Sources
from shared_models.places import Hit, LatLon, with_things


class MapPlace(PlaceChoice):
    """What is searched for on the map. Asking for my place puts no pin: `on_find` tells of it."""

    __events__ = ("on_find",)

    def find_me(self, *, aloud: bool = True) -> None:
        """Ask the screen for the phone's own place."""
        self.dispatch("on_find")

    def search(self, wanted: str, near: LatLon | None) -> list[Hit]:
        """Places, and what the domains have on the map for whoever uses the phone. For workers."""
        parts = self.parts
        things = [one for find in parts.finders for one in find(parts, wanted, FOUND_AT_MOST)]
        return with_things(super().search(wanted, near), things, FOUND_AT_MOST)

    def on_find(self) -> None:
        """Somebody asked where they are."""


class MapModel(EventDispatcher):
    """What the map shows and says. `on_told` hands over what a tap found, `on_nearest` what is near."""

    __events__ = ("on_told", "on_nearest", "on_word")

    place = ObjectProperty(rebind=True)
    shown = ListProperty()  # of Shown: what is drawn
    rows = ListProperty()  # all layers for their sheet: key, title, subtitle, on, and how they look
    mode = OptionProperty("", options=["", "place", "measure", "nearest"])  # what the card is about
    card = DictProperty(rebind=True)  # title and text of the card; empty for none
    corners = ListProperty()  # what is measured, or the way to what is nearest
    closed = BooleanProperty(False)
    units = StringProperty("feet")
    busy = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._parts: Parts | None = None
        self._sources: Sources | None = None
        self._asked = 0
        self.me: LatLon | None = None
        self.place = MapPlace()
        super().__init__(**kwargs)
        self.place.bind(on_pin=lambda *_: self._tell_place(), near=lambda *_: self._tell_place())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts."""
        self._parts = self.place.parts = parts
        self._sources = Sources(parts)

    @property
    def parts(self) -> Parts:
        """The app's parts, once it has handed them over."""
        assert self._parts is not None
        return self._parts

    @property
    def sources(self) -> Sources:
        """Where layers come from."""
        assert self._sources is not None
        return self._sources

    def on_told(self, told: dict[str, Any]) -> None:
        """Something is to be told in a sheet: title, words, facts, note, lines."""

    def on_nearest(self, title: str, lines: list[dict[str, Any]]) -> None:
        """These are the nearest ones."""

    def on_word(self, words: str) -> None:
        """A word to say, and no more."""

    # ── layers ───────────────────────────────────────────────────────────────────────────────────────────

    def load(self) -> None:
        """Say everything anew: layers, and what is on the card."""
        self.units = self.parts.preferences.now.units
        language, chosen = strings.language(), self._chosen()
        layers = self.sources.all()
        self.rows = [
            {
                "key": one.layer.name,
                "title": one.layer.title(language),
                "subtitle": self._about(one),
                "on": chosen.get(one.layer.name, one.layer.on),
                "geometry": one.layer.geometry.value,
                "style": one.layer.style,
            }
            for one in sorted(layers, key=lambda one: one.layer.title(language).casefold())
        ]
        shown = [one for one in layers if chosen.get(one.layer.name, one.layer.on)]
        if shown != self.shown:
            self.shown = shown
        self._tell()

    def ask_server(self) -> None:
        """Hear of layers that the pack lacks, if there is signal."""
        if self.parts.sync.state.online is not False:
            self.parts.tasks.run(self.sources.fetch, lambda new: self.load() if new else None, self._unheard)

    def _unheard(self, error: Exception) -> None:
        """Without the server the map shows what is on the phone."""
        if not isinstance(error, NoSignal | SignInNeeded | Stop):
            raise error

    def _about(self, one: Shown) -> str:
        told = []
        if one.layer.illustration:
            told.append(strings.t("map.illustration"))
        if one.slow:
            told.append(strings.t("map.online"))
        if one.layer.style.from_zoom > 15:  # noqa: PLR2004 - some streets wide
            told.append(strings.t("map.near_only"))
        return " · ".join(told)

    def _chosen(self) -> dict[str, bool]:
        return {word[1:]: word[0] == "+" for word in self.parts.preferences.now.layers.split()}

    def turn(self, name: str, on: bool) -> None:
        """Show a layer, or hide it; it stays so until somebody turns it again."""
        chosen = self._chosen() | {name: on}
        words = " ".join(f"{'+' if on else '-'}{name}" for name, on in sorted(chosen.items()))
        self.parts.preferences.change(layers=words)
        self.load()

    # ── asking the map ───────────────────────────────────────────────────────────────────────────────────

    def tap(self, at: LatLon, zoom: float, reach: float) -> None:
        """A finger, `reach` metres wide, is on this place: measure to there, or tell what is there."""
        if self.mode == "measure":
            self.corners = [*self.corners, at]
            self._tell()
            return
        layers = [one for one in self.shown if zoom >= one.layer.style.from_zoom]
        self._ask(lambda: looking.features_at(at, layers, zoom, reach), self._tell_found)

    def _tell_found(self, found: list[Found]) -> None:
        if found:
            self.tell_feature(found, 0)
        else:
            self.dispatch("on_word", strings.t("map.nothing_here"))

    def tell_feature(self, found: list[Found], which: int) -> None:
        """Tell of one of these, and let the others be chosen."""
        told = looking.facts_of(found[which], self.me, self.units)
        others = [looking.line_of(one, n, self.units) for n, one in enumerate(found) if n != which]
        self.dispatch("on_told", told | {"lines": others[: looking.AT_MOST], "pick": self._picker(found)})

    def _picker(self, found: list[Found]) -> Callable[[int], None]:
        return lambda which: self.tell_feature(found, which)

    def look(self, at: LatLon, zoom: float) -> None:
        """Tell what is at this place: address, street, city, and the features of all layers around it."""
        pack, layers, units = self.parts.pack, self.sources.all(), self.units
        sync = self.parts.sync
        ask = sync.call if sync.state.online is not False else None

        def tell(known: tuple[list[tuple[str, str]], list[Found]]) -> None:
            facts, found = known
            told = {
                "title": strings.t("map.here"),
                "words": "",
                "facts": facts,
                "note": "",
                "invented": False,
            }
            told["lines"] = [looking.line_of(one, n, units) for n, one in enumerate(found)]
            self.dispatch("on_told", told | {"pick": self._picker(found)})

        self._ask(lambda: looking.here(ask, pack, at, layers, zoom, units), tell)

    def nearest(self, name: str, start: LatLon) -> None:
        """List what of a layer is nearest to this place."""
        shown = next(one for one in self.sources.all() if one.layer.name == name)

        def tell(found: list[Found]) -> None:
            if not found:
                self.dispatch("on_word", strings.t("map.none_near"))
                return
            self._near, self._start = found, start
            lines = [looking.line_of(one, n, self.units) for n, one in enumerate(found)]
            self.dispatch("on_nearest", shown.layer.title(strings.language()), lines)

        self._ask(lambda: looking.nearest_of(shown, start), tell)

    def go_to(self, which: int) -> None:
        """Draw the line to one of the nearest, and tell how far it is."""
        self._going = self._near[which]
        self.closed, self.corners = False, [self._start, self._going.near.at]
        self.mode = "nearest"
        self._tell()

    def tell_going(self) -> None:
        """Tell of what the line leads to."""
        self.tell_feature([self._going], 0)

    def _ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Look it up in a worker; only what was asked last is told."""
        self._asked += 1
        asked = self._asked
        self.busy = True

        def told(answer: Any) -> None:
            if asked == self._asked:
                self.busy = False
                then(answer)

        def failed(error: Exception) -> None:
            self.busy = False
            if not isinstance(error, BrokenTileError | BrokenPackError):
                raise error
            self.dispatch("on_word", strings.t("map.broken"))

        self.parts.tasks.run(work, told, failed)

    # ── the card ─────────────────────────────────────────────────────────────────────────────────────────

    def measure(self) -> None:
        """Begin to measure."""
        self.corners, self.closed, self.mode = [], False, "measure"
        self._tell()

    def undo(self) -> None:
        """Take back the last corner, or the closing."""
        if self.closed:
            self.closed = False
        else:
            self.corners = self.corners[:-1]
        self._tell()

    def close(self) -> None:
        """Make an area of what is measured."""
        self.closed = len(self.corners) > 2  # noqa: PLR2004 - less has no inside
        self._tell()

    def end(self) -> None:
        """Put the card away, with what it is about."""
        self.corners, self.closed, self.mode = [], False, ""
        self._tell()

    def turn_units(self) -> None:
        """Tell lengths in feet, or in metres, from now on."""
        self.parts.preferences.change(units="metres" if self.units == "feet" else "feet")
        self.load()

    def _tell_place(self) -> None:
        if self.place.pinned:
            self.corners, self.closed, self.mode = [], False, "place"
            self._tell()

    def _tell(self) -> None:
        corners, units = [tuple(corner) for corner in self.corners], self.units
        if self.mode == "place":
            place = self.place
            title = place.address or place.near or strings.t("map.pin")
            self.card = {"title": title, "text": place.notice or ("" if title in place.near else place.near)}
        elif self.mode == "nearest":
            away = measuring.length_words(measuring.length(corners), units)
            self.card = {"title": self._going.title, "text": away}
        elif self.mode == "measure":
            self.card = self._measured(corners)
        else:
            self.card = {}

    def _measured(self, corners: list[Any]) -> dict[str, str]:
        units = self.units
        if len(corners) < 2:  # noqa: PLR2004 - a line has two ends
            return {"title": strings.t("map.measure"), "text": strings.t("map.measure_help")}
        around = measuring.length_words(measuring.length(corners, closed=self.closed), units)
        if self.closed:
            title = measuring.area_words(measuring.area(corners), units)
            return {"title": title, "text": strings.t("map.around", length=around)}
        return {"title": around, "text": strings.t("map.measure_more")}
