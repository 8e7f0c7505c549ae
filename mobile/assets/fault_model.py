"""One fault: what is broken, how far it has come, and the steps that this person may take next."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, StringProperty

from mobile.assets import changes, looks, rules, told
from mobile.assets.changes import FAULTS, Photos
from mobile.assets.refused_part import refusal
from mobile.core import kinds, register, strings
from mobile.core.parts import Parts
from mobile.core.refused import Refusable
from mobile.core.register import FAULT
from mobile.core.session import utc_now
from mobile.core.store import REFUSED, WAITING, Waiting
from shared_models.assets import Asset
from shared_models.faults import LEADS, Fault, FaultStep, FaultSteps, Step, TakeStep
from shared_models.permissions import Permission
from shared_models.photos import PhotoSize

ICONS = {
    Step.NOTE: "note", Step.BEGUN: "working", Step.APPROVED: "yes", Step.SANITISED: "delete", Step.SENT_AWAY: "send",
    Step.BACK: "undo", Step.FIXED: "tools", Step.CONFIRMED: "done", Step.REJECTED: "no", Step.DISMISSED: "cancel",
    Step.WRITTEN_OFF: "trash",
}  # fmt: skip
TONES = {
    Step.REPORTED: "bad", Step.REJECTED: "bad", Step.FIXED: "info", Step.CONFIRMED: "ok", Step.SWAPPED: "ok",
    Step.BEGUN: "warn", Step.SENT_AWAY: "warn",
}  # fmt: skip


class OneFault(Refusable, EventDispatcher):
    """What is shown of one fault."""

    state = StringProperty("loading")  # or shown, or gone
    title = StringProperty()
    number = StringProperty()
    words = StringProperty()
    badges = ListProperty()
    facts = ListProperty()
    photos = ListProperty()
    entries = ListProperty()
    history_note = StringProperty()  # why the history is not whole
    asks = BooleanProperty(False)  # does it work again?
    can_swap = BooleanProperty(False)
    steps = ListProperty()  # dicts of key, title, subtitle, icon
    refusal = DictProperty(rebind=True)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self.fault: Fault | None = None
        self._refused: Waiting | None = None
        self._told: dict[UUID, tuple[FaultStep, ...]] = {}
        self._asked: tuple[Any, ...] = ()
        self._files: dict[UUID, str] = {}
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this fault; its history is the server's to tell."""
        if id_ != self.id:
            self.fault, self.state, self.entries = None, "loading", []
            self.history_note = ""
        self.id, self._asked = id_, ()
        self.load()

    def load(self) -> None:
        """Read the store anew."""
        if self.id is None:
            return
        store = self.parts.store
        seen = store.one(FAULT, self.id)
        if seen is None or "severity" not in seen.value:
            self.fault, self.state = None, "gone"
            return
        self.fault = fault = Fault.read(seen.value)
        about = told.about(store, FAULT, self.id)
        self._refused = seen.refused
        self.refusal = refusal(seen.refused)
        self._tell(fault, waits=any(one.state == WAITING for one in about))
        self._tell_history(fault, [one for one in about if one.state != REFUSED])
        self._ask_history(fault)
        self.state = "shown"

    def _tell(self, fault: Fault, *, waits: bool) -> None:
        self.title, self.number, self.words = fault.tag, fault.number, fault.words
        badges = [
            {
                "text": kinds.severity_words(fault.severity),
                "tone": kinds.SEVERITY_TONES.get(fault.severity, "neutral"),
                "icon": looks.SEVERITY_ICONS.get(fault.severity, ""),
            },
            {"text": looks.fault_words(fault.state), "tone": looks.fault_tone(fault.state), "icon": ""},
        ]
        if waits:
            badges.append({"text": strings.t("requests.waiting"), "tone": "warn", "icon": "waiting"})
        self.badges = badges
        store, me = self.parts.store, self.parts.me
        seen = register.thing(store, fault.asset_id)
        thing = Asset.read(seen.value) if seen else None
        rights = frozenset(me.permissions) if me else frozenset()
        self.asks = me is not None and rules.confirms(fault, rights, me.id)
        unknown = self._refused is not None and not fault.version  # the server does not know of it
        able = rules.steps(fault, thing, rights, me.id) if me is not None and not unknown else []
        self.steps = [step_line(step) for step in able if not (self.asks and step in rules.NEXT_USER)]
        self.can_swap = (
            thing is not None
            and me is not None
            and Step.SWAPPED in LEADS[fault.state]
            and fault.replacement_id is None
            and rules.Deed.SWAP in rules.deeds(thing, me.id, rights)
        )
        self._tell_facts(fault)
        self._tell_photos(fault)

    def _tell_facts(self, fault: Fault) -> None:
        zone, now = self.parts.zone, datetime.now(UTC)
        new = register.thing(self.parts.store, fault.replacement_id) if fault.replacement_id else None
        said = [
            ("calendar", "reported", strings.day_and_time(fault.reported_at, zone, now)),
            ("account", "reporter", fault.reporter),
            ("car", "unit", fault.unit),
            ("tools", "worker", fault.worker),
            ("swap", "replacement", looks.called(new.value) if new else ""),
            ("send", "vendor", fault.vendor),
            ("yes", "approved", strings.t("fault.approved") if fault.approved else ""),
            ("yes", "sanitised", strings.t("fault.sanitised") if fault.sanitised else ""),
            ("alert", "rejected", strings.t("fault.times", count=fault.rejected) if fault.rejected else ""),
        ]
        self.facts = [
            {"icon": icon, "key": strings.t(f"fault.fact.{key}"), "value": text}
            for icon, key, text in said
            if text
        ]

    # ── photos ───────────────────────────────────────────────────────────────────────────────────────────

    def _tell_photos(self, fault: Fault) -> None:
        wanted = dict.fromkeys(
            [*fault.photos, *(p for step in self._told.get(fault.id, ()) for p in step.photos)]
        )
        for photo in wanted:
            if photo not in self._files:
                self._files[photo] = ""
                self.parts.photo(photo, PhotoSize.THUMB, partial(self._have, photo), sealed=True)
        self.photos = [{"key": photo, "source": self._files[photo]} for photo in wanted]

    def _have(self, photo: UUID, file: str) -> None:
        self._files[photo] = file
        self.photos = [{**tile, "source": file} if tile["key"] == photo else tile for tile in self.photos]

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────

    def _ask_history(self, fault: Fault) -> None:
        wanted = (fault.id, fault.version)
        if not fault.version or self._asked == wanted:
            return
        self._asked = wanted
        self.parts.tasks.run(
            lambda: self.parts.sync.call("GET", f"{FAULTS}/{fault.id}/history?limit=200"),
            lambda answer: self._heard(fault.id, answer),
            lambda _: self._heard(fault.id, None),
        )

    def _heard(self, id_: UUID, answer: Any) -> None:
        if answer is not None and answer.ok:
            self._told[id_] = FaultSteps.read(answer.data).items
            self.history_note = ""
        elif id_ not in self._told:
            self.history_note = strings.t("fault.history_offline")
        if id_ == self.id and answer is not None:
            asked, self._asked = self._asked, self._asked
            self.load()
            self._asked = asked

    def _tell_history(self, fault: Fault, about: list[Waiting]) -> None:
        zone, now = self.parts.zone, datetime.now(UTC)
        said = sorted(self._told.get(fault.id, ()), key=lambda step: step.at, reverse=True)
        known = {str(step.id) for step in said}
        entries = [
            {
                "title": strings.t(f"fault_step.{one.body['step']}.done"),
                "words": one.body.get("words", ""),
                "time": strings.t("requests.waiting"),
                "tone": "warn",
                "waiting": True,
            }
            for one in reversed(about)
            if "step" in one.body and one.body["id"] not in known
        ]
        entries += [
            {
                "title": strings.t(f"fault_step.{step.step.value}.done"),
                "words": step.words if step.step is not Step.REPORTED else "",
                "time": " · ".join(p for p in (step.by, strings.day_and_time(step.at, zone, now)) if p),
                "tone": TONES.get(step.step, "neutral"),
            }
            for step in said
        ]
        if not any(step.step is Step.REPORTED for step in said):
            waits = not fault.version
            when = strings.day_and_time(fault.reported_at, zone, now)
            entries.append(
                {
                    "title": strings.t("fault_step.reported.done"),
                    "time": strings.t("requests.waiting") if waits else f"{fault.reporter} · {when}",
                    "tone": "warn" if waits else "bad",
                    "waiting": waits,
                }
            )
        self.entries = entries

    # ── what a tap means ─────────────────────────────────────────────────────────────────────────────────

    def take(self, step: Step, words: str = "", photos: Photos | None = None, vendor: str = "") -> None:
        """Take this step."""
        me = self.parts.me
        if self.fault is None or me is None:
            return
        files = dict(photos or {})
        wish = TakeStep(
            id=uuid4(),
            step=step,
            words=words.strip(),
            photos=tuple(files),
            vendor=vendor.strip(),
            done_at=utc_now(),
        )
        changes.take_step(self.parts.store, self.fault, wish, files, me)
        self._changed()

    def large(self, photo: UUID, ready: Any) -> None:
        """Hand over the file of the whole photo."""
        self.parts.photo(photo, PhotoSize.FULL, ready, sealed=True)

    @property
    def may_work(self) -> bool:
        """Whether this person mends."""
        return self.parts.may(Permission.FAULT_WORK)


def step_line(step: Step) -> dict[str, str]:
    """How a step is offered."""
    return {
        "key": step.value,
        "icon": ICONS.get(step, "forward"),
        "title": strings.t(f"fault_step.{step.value}.do"),
        "subtitle": strings.t(f"fault_step.{step.value}.text"),
    }
