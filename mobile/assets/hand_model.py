"""A thing changes hands: which, to whom, in what condition, what stands against it, and who signs."""

from typing import Any
from uuid import UUID, uuid4

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)

from mobile.assets import changes, looks, rules, told
from mobile.assets.lines import line_of
from mobile.assets.rules import Deed
from mobile.assets.things_model import unknown
from mobile.core import register, strings
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from shared_models.assets import Asset, AssetState
from shared_models.custody import NO_OVERRIDE, Bar, HandOut, PassOn, TakeBack
from shared_models.permissions import Permission

PERSON, UNIT, PLACE = "person", "unit", "place"
"""Where it can go when it is handed out."""
OUT = frozenset({Deed.HAND_OUT, Deed.TAKE, Deed.PASS_ON})
"""Where what stands against handing out counts."""
CHOSEN = frozenset({Deed.HAND_OUT, Deed.PASS_ON})
"""Where somebody is to be named."""


class Hand(EventDispatcher):
    """One change of hands, and the next one where many follow each other (roll call)."""

    mode = StringProperty(Deed.HAND_OUT.value)
    title = StringProperty()  # of what is being done
    do_text = StringProperty()  # of the button that does it
    row = DictProperty(rebind=True)  # how the thing looks: a row's properties; empty for none yet
    whom = StringProperty()  # the name of who gets it
    needs_whom = BooleanProperty(True)
    may_choose = BooleanProperty(False)  # it can go into a unit, or at a place, as well as to somebody
    target = StringProperty(PERSON)  # where it goes: or unit, or place
    slots = ObjectProperty(())  # of units, free and fit for it: options to choose from
    slot = ObjectProperty(None, allownone=True)  # the key of the chosen one
    slot_text = StringProperty()  # what it is called
    asks_place = BooleanProperty(False)
    place = StringProperty()
    signs = BooleanProperty(True)  # somebody signs for it
    battery = ObjectProperty(None, allownone=True)  # percent
    condition = StringProperty()
    bars = ListProperty()  # the words of each
    barred = StringProperty()  # what to do where no override passes; empty where one may
    asks_why = BooleanProperty(False)  # an override with a reason passes
    why = StringProperty()
    signature = StringProperty()
    signer = StringProperty()  # who signs
    series = BooleanProperty(False)  # one after the other
    may_series = BooleanProperty(False)
    done_count = NumericProperty(0)
    errors = DictProperty(rebind=True)  # by field: thing, whom, why, sign
    people = ObjectProperty(())

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.thing: Asset | None = None
        self.whom_id: UUID | None = None
        super().__init__(**kwargs)
        self.bind(battery=self._weigh, target=self._aim)

    @property
    def deed(self) -> Deed:
        """What is being done."""
        return Deed(self.mode)

    def begin(self, mode: str, id_: UUID | None) -> None:
        """Begin with this thing, or with none yet."""
        self.mode = mode
        self.may_choose = self.deed is Deed.HAND_OUT
        self.target, self.place = PERSON, ""
        self.may_series = self.deed in {Deed.HAND_OUT, Deed.GIVE_BACK}
        self.series, self.done_count = id_ is None and self.may_series, 0
        self._aim()
        self._anew()
        if id_ is not None:
            self.take(id_)
        told.refresh_holders(self.parts, self.load)
        self.load()

    def _anew(self) -> None:
        self.thing, self.row = None, {}
        self.battery = None
        self.condition = self.why = self.signature = ""
        self.slots, self.slot, self.slot_text = (), None, ""
        self.errors = {}
        me = self.parts.me
        self.whom_id, self.whom = (me.id, me.name) if self.deed is Deed.TAKE and me else (None, "")
        self._weigh()

    def load(self) -> None:
        """Something in the store may be new."""
        self.title = strings.t(f"hand.title.{self.mode}")
        self._aim()
        self.people = told.people(self.parts, self.thing.department if self.thing else "")
        if self.thing is not None:
            self.take(self.thing.id)

    def _aim(self, *_: object) -> None:
        """Ask for what this target needs: a person signs, a unit or a shelf doesn't."""
        self.needs_whom = self.deed in CHOSEN and self.target == PERSON
        self.asks_place = self.deed is Deed.GIVE_BACK or self.target == PLACE
        self.signs = self.target == PERSON
        kind = self.mode if self.target == PERSON else self.target
        self.do_text = strings.t(f"hand.do.{kind}")
        self.errors = {}
        self._weigh()

    # ── which, and to whom ───────────────────────────────────────────────────────────────────────────────

    def scanned(self, code: str) -> None:
        """A code was read: the thing it is, or words on why it is none."""
        found = register.by_code(self.parts.store, code)
        if len(found) == 1:
            self.take(found[0].id)
        elif found:
            self.errors = {"thing": strings.t("hand.several", code=code)}
        else:
            self.errors = {"thing": unknown(self.parts, code)}

    def take(self, id_: UUID) -> None:
        """This thing."""
        seen = register.thing(self.parts.store, id_)
        if seen is None:
            self.errors = {"thing": strings.t("hand.not_here")}
            return
        known = register.worst_by_thing(self.parts.store).get(str(id_))
        self.thing = Asset.read(seen.value)
        self.row = {**line_of(seen, known).row, "chevron": False}
        self.errors = {}
        self._offer(self.thing)
        self._weigh()

    def _offer(self, thing: Asset) -> None:
        """The slots that are free for it; the one that was chosen stays so while it is."""
        free = told.free_slots(self.parts.store, thing)
        self.slots = tuple(
            {
                "key": (kit.id, slot.id),
                "title": f"{kit.code} · {slot.name}",
                "subtitle": kit.name,
                "icon": "car",
            }
            for kit, slot in free
        )
        if self.slot is not None:
            self.choose_slot(self.slot)

    def choose_slot(self, key: tuple[UUID, UUID]) -> None:
        """Into this slot of that unit."""
        found = next((one["title"] for one in self.slots if one["key"] == key), "")
        self.slot, self.slot_text = (key if found else None), str(found)
        self.errors = {name: text for name, text in self.errors.items() if name != "whom"}

    def choose(self, id_: UUID) -> None:
        """To this person."""
        self.whom_id = id_
        self.whom = next((name for known, name in self.people if known == id_), "")
        self.errors = {name: text for name, text in self.errors.items() if name != "whom"}
        self._weigh()

    # ── what stands against it ───────────────────────────────────────────────────────────────────────────

    def _weigh(self, *_: object) -> None:
        self.signer = self._signer()
        if self.thing is None or self.deed not in OUT:
            self.bars, self.barred, self.asks_why = [], "", False
            return
        found = self._bars(self.thing)
        self.bars = [strings.t(f"bar.{bar.value}") for bar in found]
        gives = self.parts.may(Permission.CUSTODY_GIVE)
        if any(bar in NO_OVERRIDE for bar in found):
            held = self.thing.holder
            self.barred = strings.t("hand.barred.held" if held else "hand.barred.state", holder=held)
        elif found and not gives:
            self.barred = strings.t("hand.barred.ask")
        else:
            self.barred = ""
        self.asks_why = bool(found) and not self.barred

    def _bars(self, thing: Asset) -> list[Bar]:
        store = self.parts.store
        model, open_ = told.model_of(store, thing.dump()), told.open_faults(store, thing.id)
        promised = told.promised_now(store, thing.id)
        to = self.whom_id if self.target == PERSON else None
        found = rules.bars(
            thing,
            model,
            open_,
            battery=self.battery,
            today=utc_now().date(),
            promised=promised,
            to=to,
        )
        if self.deed is Deed.PASS_ON:  # somebody has it: that is what passing on is about
            found = [bar for bar in found if bar not in NO_OVERRIDE]
        elif self.target == PLACE:  # on a shelf nobody relies on it
            found = [bar for bar in found if bar in NO_OVERRIDE]
        return found

    def _signer(self) -> str:
        if self.deed is Deed.GIVE_BACK:
            me = self.parts.me
            return (self.thing.holder or (me.name if me else "")) if self.thing else ""
        return str(self.whom)

    # ── done ─────────────────────────────────────────────────────────────────────────────────────────────

    def do(self) -> str:
        """Do it, and say so; nothing where something is missing, which is told at its field."""
        if self._lacks():
            return ""
        assert self.thing is not None
        thing, store, signed = self.thing, self.parts.store, self._signed()
        if self.deed is Deed.GIVE_BACK:
            changes.take_back(store, thing, TakeBack(**signed, place=self.place.strip()))
            said = strings.t("hand.done.give_back", tag=thing.tag)
        elif self.target != PERSON:
            said = self._put(thing, signed)
        else:
            assert self.whom_id is not None
            signed |= {"to_id": self.whom_id, "override": self.why.strip() if self.asks_why else ""}
            if self.deed is Deed.PASS_ON:
                changes.pass_on(store, thing, PassOn(**signed), self.whom)
            else:
                changes.hand_out(store, thing, HandOut(**signed), self.whom)
            said = strings.t("hand.done.out", tag=thing.tag, name=self.whom)
        self.done_count += 1
        self._anew()
        self.parts.sync_now()
        self.parts.tell_changed()
        return said

    def _put(self, thing: Asset, signed: dict[str, Any]) -> str:
        """Into the chosen slot, or at the place."""
        store, why = self.parts.store, self.why.strip() if self.asks_why else ""
        if self.target == PLACE:
            wish = HandOut(**signed, place=self.place.strip(), override=why)
            changes.put(store, thing, wish)
            return strings.t("hand.done.place", tag=thing.tag, place=wish.place)
        assert self.slot is not None
        kit_id, slot_id = self.slot
        where, unit = self.slot_text, next(kit.code for kit in told.kits(store) if kit.id == kit_id)
        changes.put(store, thing, HandOut(**signed, kit_id=kit_id, slot_id=slot_id, override=why), unit)
        return strings.t("hand.done.unit", tag=thing.tag, unit=where)

    def _lacks(self) -> bool:
        told_: dict[str, str] = {}
        if self.thing is None:
            told_["thing"] = strings.t("hand.lacks.thing")
        elif self.deed is Deed.GIVE_BACK and self.thing.state is not AssetState.IN_USE:
            told_["thing"] = strings.t("hand.lacks.in_use", state=looks.state_words(self.thing.state))
        if self.needs_whom and self.whom_id is None:
            told_["whom"] = strings.t("hand.lacks.whom")
        if self.target == UNIT and self.slot is None:
            told_["whom"] = strings.t("hand.lacks.slot")
        if self.target == PLACE and not self.place.strip():
            told_["place"] = strings.t("hand.lacks.place")
        if self.asks_why and not self.why.strip():
            told_["why"] = strings.t("hand.lacks.why")
        if self.signs and not self.signature:
            told_["sign"] = strings.t("hand.lacks.sign")
        self.errors = told_
        return bool(told_ or self.barred)

    def _signed(self) -> dict[str, Any]:
        return {
            "id": uuid4(),
            "done_at": utc_now(),
            "condition": self.condition.strip(),
            "signature": self.signature,
            "battery": self.battery,
        }
