"""A place that somebody chooses: the pin, the words for a crew, and whose place it is if not ours."""

from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.core import strings
from mobile.core.contact_lines import contact_lines
from mobile.core.parts import Parts
from shared_models.basics import Contact
from shared_models.places import Hit, LatLon

ICONS = {"street": "road", "intersection": "road", "facility": "building", "thing": "tag"}
ELSEWHERE = "elsewhere"
FOUND_AT_MOST = 8


class PlaceChoice(EventDispatcher):
    """The step that asks where. `on_pin` tells of a pin that was set by a tap, a search or the phone's own place."""

    __events__ = ("on_pin",)

    pinned = BooleanProperty(False)
    lat = NumericProperty(0.0)
    lon = NumericProperty(0.0)
    address = StringProperty()
    near = StringProperty()
    looking = BooleanProperty(False)
    notice = StringProperty()
    outside_title = StringProperty()
    outside_text = StringProperty()
    contacts = ListProperty()
    query = StringProperty()
    hits = ListProperty()
    nothing_found = StringProperty()
    good = BooleanProperty(False)
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._hits: list[Hit] = []
        self._filled = ""  # the address that we wrote ourselves: a new pin may replace it
        self._asked = 0
        self._aloud = True
        self._street = ""
        super().__init__(**kwargs)

    def on_pin(self) -> None:
        """The pin was set or moved."""

    # ── the pin ──────────────────────────────────────────────────────────────────────────────────────────

    def show(self, at: tuple[float, float] | None, address: str) -> None:
        """Show what the draft has."""
        self.query, self.notice = "", ""
        self.address, self._filled = address, ""
        if at is None:
            self._lift()
        else:
            self._place(at, guess=not address)

    def put(self, lat: float, lon: float, address: str | None = None) -> None:
        """Put the pin here; without an address the nearest street is written, unless the person wrote one."""
        if address is not None:
            self.address = self._filled = address
        self.notice = ""
        self._place((lat, lon), guess=address is None)
        self.dispatch("on_pin")

    def find_me(self, *, aloud: bool = True) -> None:
        """Put the pin where the phone is; say `aloud` if it has no idea."""
        if not self.looking:
            self.looking, self.notice, self._aloud = True, "", aloud
            self.parts.location.once(lambda fix: self.parts.tasks.on_main(self._found_me, fix))

    def _found_me(self, fix: tuple[float, float, float] | None) -> None:
        self.looking = False
        if fix is None:
            self.notice = strings.t("report.place.no_idea") if self._aloud else ""
        elif self.pinned and not self._aloud:
            return  # the person was faster
        else:
            self.put(fix[0], fix[1])

    def retell(self) -> None:
        """Say everything anew, in the language of now."""
        if self.pinned:
            self._tell_whose(self.lat, self.lon)
            self.near = strings.t("report.place.near", street=self._street) if self._street else ""
        self.notice = ""
        self.nothing_found = strings.t("report.place.nothing") if self.query and not self.hits else ""

    def _lift(self) -> None:
        self.pinned = self.good = False
        self.near = self.outside_title = self.outside_text = ""
        self.contacts = []

    def _place(self, at: tuple[float, float], *, guess: bool) -> None:
        self.lat, self.lon = at
        self.pinned = True
        self._tell_whose(*at)
        self._asked += 1
        asked = self._asked

        def told(street: str | None) -> None:
            if asked == self._asked:
                self._tell_street(street or "", guess=guess)

        pack = self.parts.pack
        self.parts.tasks.run(lambda: pack.nearest_street(*at), told)

    def _tell_street(self, street: str, *, guess: bool) -> None:
        self._street = street
        self.near = strings.t("report.place.near", street=street) if street else ""
        if guess and self.address.strip() in ("", self._filled):
            self.address = self._filled = street

    def _tell_whose(self, lat: float, lon: float) -> None:
        outline = self.parts.pack.whose(lat, lon)
        self.good = outline is not None and outline.ours
        self.outside_title = self.outside_text = ""
        self.contacts = []
        if not self.good:
            told = outside_words(self.parts, outline.code if outline else ELSEWHERE)
            self.outside_title = self.parts.word("outside")
            self.outside_text, self.contacts = told

    # ── searching ────────────────────────────────────────────────────────────────────────────────────────

    def on_query(self, _: Any, query: str) -> None:
        """Search the pack: addresses, corners, facilities. It needs no signal."""
        wanted = query.strip()
        if not wanted:
            self._hits, self.hits, self.nothing_found = [], [], ""
            return
        near = (self.lat, self.lon) if self.pinned else None
        self.parts.tasks.run(lambda: self.search(wanted, near), lambda hits: self._found(query, hits))

    def search(self, wanted: str, near: LatLon | None) -> list[Hit]:
        """What may be meant, the best first. For workers."""
        return self.parts.pack.find(wanted, near, FOUND_AT_MOST)

    def _found(self, query: str, hits: list[Hit]) -> None:
        if query != self.query:
            return
        self._hits = hits
        self.hits = [
            {
                "key": place,
                "title": hit.title,
                "subtitle": hit.place.detail,
                "icon": ICONS.get(hit.place.kind, "place"),
                "chevron": False,
            }
            for place, hit in enumerate(hits)
        ]
        self.nothing_found = "" if hits else strings.t("report.place.nothing")

    def pick(self, place: int) -> None:
        """Take this search result."""
        hit = self._hits[place]
        self.query = ""
        named = (
            hit.place.name
            if hit.place.kind != "facility"
            else ", ".join(part for part in (hit.place.name, hit.place.detail) if part)
        )
        self.put(hit.place.lat, hit.place.lon, hit.title if hit.number else named)
        if hit.number:
            self.notice = strings.t("report.place.along")


def outside_words(parts: Parts, code: str) -> tuple[str, list[dict[str, str]]]:
    """What to do about a place in the limits of another city: advice, and whom to call."""
    outlines = {row["code"]: row for row in parts.city.get("outlines", [])}
    about = outlines.get(code) or outlines.get(ELSEWHERE) or {}
    advice = about.get(f"advice_{strings.language()}") or about.get("advice_en", "")
    return str(advice), contact_lines(Contact.read(contact) for contact in about.get("contacts", []))
