"""Saying that a thing is broken: how bad it is, in words, with a photo where that is asked for."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, StringProperty

from mobile.assets import changes, looks, rules
from mobile.assets.lines import line_of
from mobile.assets.rules import Deed
from mobile.core import kinds, register, strings
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from shared_models.assets import Asset, Severity
from shared_models.faults import PHOTO_NEEDED, ReportFault

LEAST_WORDS = 10
"""Letters that a critical fault without a photo needs, as the server has it."""


NEED_PHOTO = frozenset(severity.value for severity in PHOTO_NEEDED)


class NewFault(EventDispatcher):
    """What is being reported."""

    row = DictProperty(rebind=True)  # the thing, as a row shows it
    severities = ListProperty()  # dicts of key, text, words, icon, tone
    severity = StringProperty()
    written = StringProperty()
    photo_help = StringProperty()
    errors = DictProperty(rebind=True)
    gone = BooleanProperty(False)
    asked = BooleanProperty(False)  # a photo was asked for once: the next time it goes without

    parts: Parts

    def __init__(self, **kwargs: object) -> None:
        self.thing: Asset | None = None
        super().__init__(**kwargs)
        self.bind(severity=self._help)

    def begin(self, id_: UUID | None) -> None:
        """Begin with this thing, or with none yet."""
        self.thing, self.row, self.severity, self.written, self.errors = None, {}, "", "", {}
        self.gone = self.asked = False
        self.say_severities()
        if id_ is not None:
            self.take(id_)
        self._help()

    def say_severities(self) -> None:
        """The three choices, in the person's language: what each means for the unit."""
        self.severities = [
            {
                "key": one.value,
                "title": kinds.severity_words(one),
                "subtitle": strings.t(f"fault_severity.means.{one.value}"),
                "icon": looks.SEVERITY_ICONS[one],
            }
            for one in kinds.WORST
        ]

    def take(self, id_: UUID) -> None:
        """This thing is broken."""
        seen = register.thing(self.parts.store, id_)
        self.gone = seen is None
        if seen is None:
            return
        self.thing = Asset.read(seen.value)
        self.row = {
            **line_of(seen, register.worst_by_thing(self.parts.store).get(str(id_))).row,
            "chevron": False,
        }
        self.errors = {name: text for name, text in self.errors.items() if name != "thing"}

    def scanned(self, code: str) -> None:
        """A code was read: the thing that is broken."""
        found = register.by_code(self.parts.store, code)
        if len(found) == 1:
            self.take(found[0].id)
        else:
            self.errors = {"thing": strings.t("fault_new.unknown", code=code)}

    def _help(self, *_: object) -> None:
        needed = self.severity in NEED_PHOTO
        self.photo_help = strings.t("fault_new.photo_needed" if needed else "fault_new.photo_help")

    def do(self, photos: Mapping[UUID, Path]) -> UUID | None:
        """Report it; the fault's id, or None where something is missing."""
        words, wrong = self.written.strip(), {}
        if self.thing is None:
            wrong["thing"] = strings.t("fault_new.lacks.thing")
        if not self.severity:
            wrong["severity"] = strings.t("fault_new.lacks.severity")
        if not words:
            wrong["words"] = strings.t("fault_new.lacks.words")
        elif self.severity in NEED_PHOTO and not photos and (not self.asked or len(words) < LEAST_WORDS):
            wrong["photo"], self.asked = strings.t("fault_new.lacks.photo"), True
        self.errors = wrong
        me = self.parts.me
        if wrong or self.thing is None or me is None:
            return None
        wish = ReportFault(
            id=uuid4(),
            asset_id=self.thing.id,
            severity=Severity(self.severity),
            words=words,
            photos=tuple(photos),
            done_at=utc_now(),
        )
        changes.report_fault(self.parts.store, self.thing, wish, photos, me)
        self.parts.sync_now()
        self.parts.tell_changed()
        return wish.id

    @property
    def can_swap(self) -> bool:
        """Whether this person may put a spare in its place now."""
        me = self.parts.me
        if self.thing is None or me is None or not register.spares(self.parts.store, self.thing):
            return False
        return Deed.SWAP in rules.deeds(self.thing, me.id, frozenset(me.permissions))
