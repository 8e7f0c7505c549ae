"""Swapping: what is broken goes, a spare of the same kind takes its place, in one signed step."""

from typing import Any
from uuid import UUID, uuid4

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, StringProperty

from mobile.assets import changes, rules, told
from mobile.assets.lines import line_of
from mobile.core import kinds, register, strings
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from mobile.core.store import Seen
from shared_models.assets import Asset
from shared_models.custody import NO_OVERRIDE, Swap
from shared_models.permissions import Permission


class Swapping(EventDispatcher):
    """What goes, what could take its place, and what was chosen."""

    row = DictProperty(rebind=True)  # of what goes
    spares = ListProperty()  # options to choose from, the best first
    chosen = StringProperty()  # the chosen one's id
    bars = ListProperty()
    barred = StringProperty()
    asks_why = BooleanProperty(False)
    why = StringProperty()
    signature = StringProperty()
    signer = StringProperty()
    errors = DictProperty(rebind=True)
    gone = BooleanProperty(False)  # the thing is not on this phone

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.thing: Asset | None = None
        self.fault_id: UUID | None = None
        self.scanned_one: UUID | None = None
        super().__init__(**kwargs)
        self.bind(chosen=self._weigh)

    def begin(self, id_: UUID, fault_id: UUID | None) -> None:
        """Swap this thing, because of this fault where one is named, or else of its worst one."""
        self.thing, self.fault_id, self.scanned_one = None, fault_id, None
        self.chosen = self.why = self.signature = ""
        self.errors = {}
        seen = register.thing(self.parts.store, id_)
        self.gone = seen is None
        if seen is not None:
            self.thing = Asset.read(seen.value)
            if fault_id is None:
                open_ = told.open_faults(self.parts.store, id_)
                worst = kinds.worst(one.severity for one in open_)
                self.fault_id = next((one.id for one in open_ if one.severity is worst), None)
        self.load()

    def load(self) -> None:
        """Something in the store may be new."""
        if self.thing is None:
            return
        store = self.parts.store
        known = register.worst_by_thing(store)
        seen = register.thing(store, self.thing.id)
        if seen is not None:
            self.row = {**line_of(seen, known.get(str(seen.id))).row, "chevron": False}
        found = register.spares(store, self.thing)
        scanned = register.thing(store, self.scanned_one) if self.scanned_one else None
        if scanned is not None and all(one.id != scanned.id for one in found):
            found = [scanned, *found]
        self.spares = [self._option(one, known) for one in found]
        self.signer = self.thing.holder or (self.parts.me.name if self.parts.me else "")
        self._weigh()

    def _option(self, one: Seen, known: Any) -> dict[str, Any]:
        row = line_of(one, known.get(str(one.id))).row
        about = [row["badge"], row["aside"], str(one.value.get("place") or "")]
        return {
            "key": str(one.id),
            "icon": row["icon"],
            "title": row["title"],
            "subtitle": " · ".join(part for part in about if part),
        }

    def scanned(self, code: str) -> None:
        """The one in hand was scanned: it is chosen, if it can take the place."""
        found = register.by_code(self.parts.store, code)
        if len(found) != 1:
            self.errors = {"scan": strings.t("swap.unknown", code=code)}
            return
        one = found[0]
        if self.thing is not None and (one.id == self.thing.id or one.value["kind"] != self.thing.kind.value):
            self.errors = {"scan": strings.t("swap.other_kind", tag=one.value["tag"])}
            return
        self.errors, self.scanned_one = {}, one.id
        self.load()
        self.chosen = str(one.id)

    def _spare(self) -> Asset | None:
        seen = register.thing(self.parts.store, UUID(self.chosen)) if self.chosen else None
        return Asset.read(seen.value) if seen else None

    def _weigh(self, *_: object) -> None:
        spare = self._spare()
        if spare is None:
            self.bars, self.barred, self.asks_why = [], "", False
            return
        store = self.parts.store
        model, open_ = told.model_of(store, spare.dump()), told.open_faults(store, spare.id)
        found = rules.bars(
            spare, model, open_, battery=None, today=utc_now().date(),
            promised=told.promised_now(store, spare.id), to=self.thing.holder_id if self.thing else None,
        )  # fmt: skip
        self.bars = [strings.t(f"bar.{bar.value}") for bar in found]
        if any(bar in NO_OVERRIDE for bar in found) or (
            found and not self.parts.may(Permission.CUSTODY_GIVE)
        ):
            self.barred = strings.t("swap.barred")
        else:
            self.barred = ""
        self.asks_why = bool(found) and not self.barred

    def do(self) -> str:
        """Swap, and say so; nothing where something is missing."""
        spare, wrong = self._spare(), {}
        if spare is None:
            wrong["spare"] = strings.t("swap.lacks")
        if self.asks_why and not self.why.strip():
            wrong["why"] = strings.t("hand.lacks.why")
        if not self.signature:
            wrong["sign"] = strings.t("hand.lacks.sign")
        self.errors = wrong
        if wrong or self.barred or self.thing is None or spare is None:
            return ""
        wish = Swap(
            id=uuid4(),
            replacement_id=spare.id,
            replacement_entry_id=uuid4(),
            fault_id=self.fault_id,
            done_at=utc_now(),
            signature=self.signature,
            override=self.why.strip() if self.asks_why else "",
        )
        changes.swap(self.parts.store, self.thing, spare, wish)
        said = strings.t("swap.done", old=self.thing.tag, new=spare.tag)
        self.parts.sync_now()
        self.parts.tell_changed()
        return said
