"""The inbox of scans that fit nothing and of what finders say: it stays until somebody settles it."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import changes, looks
from mobile.assets.changes import SIGHTING, SIGHTINGS
from mobile.core import kinds, register, strings
from mobile.core.online import Online
from mobile.core.store import REFUSED
from shared_models.assets import Severity
from shared_models.faults import SettleSighting, Sighting, SightingKind, Sightings
from shared_models.photos import PhotoSize

KEPT = "sightings"
"""The document of what was open when the server was last asked."""
ICONS = {SightingKind.UNKNOWN: "scan", SightingKind.FOUND: "yes", SightingKind.BROKEN: "tools"}
TONES = {SightingKind.UNKNOWN: "neutral", SightingKind.FOUND: "info", SightingKind.BROKEN: "warn"}


class SightingList(Online):
    """Rows, oldest first: who waits longest is looked at first."""

    rows = ListProperty()
    empty = BooleanProperty(False)
    loaded = BooleanProperty(False)

    def show(self) -> None:
        """Show what was heard last, and ask anew."""
        self.load()
        self.ask(lambda: self.parts.sync.call("GET", f"{SIGHTINGS}/?open=true&limit=200"), self._told)

    def _told(self, answer: Any) -> None:
        told_ = json.dumps(Sightings.read(answer.data).dump()).encode()
        self.parts.store.set_document(KEPT, "", told_)
        self.load()

    def all(self) -> list[Sighting]:
        """What is open, without what was settled here."""
        _, body = self.parts.store.document(KEPT)
        items = Sightings.read(json.loads(body)).items if body else ()
        settled = {
            one.about
            for one in self.parts.store.outbox()
            if one.kind == SIGHTING and one.state != REFUSED and one.path.endswith("/settle")
        }
        return sorted(
            (one for one in items if one.id not in settled and not one.settled_at), key=lambda one: one.at
        )

    def load(self) -> None:
        """Read the store anew."""
        now, zone = datetime.now(UTC), self.parts.zone
        found = self.all()
        self.rows = [
            {
                "key": str(one.id),
                "icon": ICONS.get(one.kind, "info"),
                "icon_tone": TONES.get(one.kind, "neutral"),
                "title": one.code,
                "subtitle": " ".join(one.words.split())[:120],
                "badge": strings.t(f"sightings.kind.{one.kind.value}"),
                "tone": TONES.get(one.kind, "neutral"),
                "aside": strings.ago(one.at, now, zone),
            }
            for one in found
        ]
        self.empty = not found
        self.loaded = True

    def one(self, id_: str) -> Sighting | None:
        """One of them."""
        return next((one for one in self.all() if str(one.id) == id_), None)


class Settling(Online):
    """What is said of one sighting: which thing it is, whether it is broken, and in words what was done."""

    thing_text = StringProperty()
    fault = BooleanProperty(False)
    severity = StringProperty(Severity.MAJOR.value)
    severities = ListProperty()
    photos = ListProperty()
    sighting = ObjectProperty(None, allownone=True)
    error = StringProperty()

    def begin(self, sighting: Sighting) -> None:
        """Settle this one."""
        self.sighting, self.thing_id = sighting, sighting.asset_id
        self.fault = sighting.kind is SightingKind.BROKEN and sighting.asset_id is not None
        self.severities = [{"key": one.value, "text": kinds.severity_words(one)} for one in kinds.WORST]
        self._tell()
        self.photos = [{"key": photo, "source": ""} for photo in sighting.photos]
        for photo in sighting.photos:
            self.parts.photo(photo, PhotoSize.THUMB, partial(self._have, photo), sealed=True)

    def _have(self, photo: UUID, file: str) -> None:
        self.photos = [{**tile, "source": file} if tile["key"] == photo else tile for tile in self.photos]

    def _tell(self) -> None:
        seen = register.thing(self.parts.store, self.thing_id) if self.thing_id else None
        self.thing_text = looks.called(seen.value) if seen else strings.t("settle.no_thing")

    def scanned(self, code: str) -> None:
        """It is this thing."""
        found = register.by_code(self.parts.store, code)
        if len(found) == 1:
            self.thing_id, self.error = found[0].id, ""
            self._tell()
        else:
            self.error = strings.t("fault_new.unknown", code=code)

    def do(self, words: str) -> bool:
        """Settle it; false where the words are missing, or a fault has no thing."""
        if self.fault and self.thing_id is None:
            self.error = strings.t("settle.which")
            return False
        if not words.strip() or self.sighting is None:
            return False
        opens = self.fault
        wish = SettleSighting(
            asset_id=self.thing_id,
            fault_id=uuid4() if opens else None,
            severity=Severity(self.severity) if opens else None,
            words=words.strip(),
        )
        changes.settle(self.parts.store, self.sighting.id, wish)
        self.parts.sync_now()
        self.parts.tell_changed()
        return True
