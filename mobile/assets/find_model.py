"""A label that anybody scans: what may be said of it, and that it was found or hangs on something broken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kivy.properties import BooleanProperty, DictProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import changes
from mobile.core import kinds, strings
from mobile.core.online import Online
from mobile.core.session import utc_now
from shared_models.assets import TagTold, tag_of
from shared_models.basics import Point
from shared_models.faults import Sight, SightingKind

KINDS = (SightingKind.FOUND, SightingKind.BROKEN)


class Finding(Online):
    """What a finder says. It leaves as soon as there is signal, with no account."""

    tag = StringProperty()
    told_text = StringProperty()  # what the city says of the label
    telephone = StringProperty()
    kind = StringProperty(SightingKind.FOUND.value)
    kinds = ListProperty()
    written = StringProperty()
    contact = StringProperty()
    place = ObjectProperty(None, allownone=True)  # (latitude, longitude), WGS 84
    place_text = StringProperty()
    errors = DictProperty(rebind=True)
    sent = BooleanProperty(False)

    def begin(self, tag: str) -> None:
        """Begin with this label, or with none yet."""
        self.tag, self.told_text, self.telephone = "", "", ""
        self.kind, self.written, self.contact, self.place = SightingKind.FOUND.value, "", "", None
        self.errors, self.notice, self.sent = {}, "", False
        self.load()
        if tag:
            self.scanned(tag)

    def load(self) -> None:
        """Say what is chosen from in the person's language."""
        self.kinds = [{"key": kind.value, "text": strings.t(f"find.kind.{kind.value}")} for kind in KINDS]
        self.place_text = strings.t("find.place_known" if self.place else "find.place_none")

    def scanned(self, code: str) -> None:
        """This label."""
        self.tag, self.told_text, self.errors = tag_of(code), "", {}
        tag = self.tag
        self.ask(
            lambda: self.parts.sync.call("GET", f"/v1/assets/tags/{tag}"),
            lambda answer: self._heard(tag, TagTold.read(answer.data)),
        )

    def refused(self, answer: Any) -> None:
        """The city knows no such label: it goes to the inbox all the same."""
        self.told_text = strings.t("find.unknown")

    def _heard(self, tag: str, told: TagTold) -> None:
        if tag == self.tag:
            self.telephone = told.telephone
            self.told_text = strings.t("find.known", kind=kinds.kind_words(told.kind), city=told.city)

    def locate(self) -> None:
        """Put in where this phone is."""
        self.parts.location.once(lambda found: self.parts.tasks.on_main(self._here, found))

    def _here(self, found: tuple[float, float, float] | None) -> None:
        self.place = found[:2] if found else None
        self.load()
        if found is None:
            self.place_text = strings.t("find.place_unknown")

    def do(self, photos: Mapping[UUID, Path]) -> bool:
        """Say so; false where the label is missing."""
        if not self.tag:
            self.errors = {"tag": strings.t("find.lacks")}
            return False
        wish = Sight(
            id=uuid4(),
            kind=SightingKind(self.kind),
            code=self.tag,
            words=self.written.strip(),
            contact=self.contact.strip(),
            where=Point(lat=self.place[0], lon=self.place[1]) if self.place else None,
            photos=tuple(photos),
            done_at=utc_now(),
        )
        changes.sight(self.parts.store, wish, photos)
        self.parts.sync_now()
        self.parts.tell_changed()
        self.sent = True
        return True
