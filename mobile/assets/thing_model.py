"""Everything about one thing, and what this person may do with it now."""

from datetime import UTC, datetime
from textwrap import shorten
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import changes, looks, rules, told
from mobile.assets.refused_part import refusal
from mobile.assets.rules import Deed
from mobile.core import kinds, register, strings
from mobile.core.parts import Parts
from mobile.core.refused import Refusable
from mobile.core.register import THING
from mobile.core.store import REFUSED, WAITING, Waiting
from shared_models.asset_fields import fields_of
from shared_models.assets import Asset, AssetModel, DataClass
from shared_models.permissions import Permission

MOST = 90
"""Letters of a fault's words in a line."""
ICONS = {
    Deed.TAKE: "hand",
    Deed.HAND_OUT: "hand",
    Deed.GIVE_BACK: "take_back",
    Deed.PASS_ON: "pass_on",
    Deed.SWAP: "swap",
    Deed.RESERVE: "calendar",
    Deed.REPORT: "tools",
    Deed.ATTEST: "attest",
}


class Thing(Refusable, EventDispatcher):
    """What is shown of one thing."""

    state = StringProperty("loading")  # or shown, or gone, or offline
    tag = StringProperty()
    title = StringProperty()
    kind_text = StringProperty()
    icon = StringProperty()
    badges = ListProperty()  # dicts of text, tone, icon
    who = StringProperty()  # who has it, or that it is free
    note = StringProperty()
    place = ObjectProperty(None, allownone=True)  # (latitude, longitude), WGS 84
    seen_text = StringProperty()
    facts = ListProperty()  # dicts of icon, key, value
    fields = ListProperty()
    model_facts = ListProperty()
    faults = ListProperty()  # dicts of key, icon, tone, title, subtitle
    promises = ListProperty()  # to whom it is promised: the same
    first = DictProperty(rebind=True)  # the deed that is wanted most: key, title, icon; empty for none
    others = ListProperty()
    waits = BooleanProperty(False)
    refusal = DictProperty(rebind=True)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self.thing: Asset | None = None
        self._refused: Waiting | None = None
        self._away: dict[UUID, Asset] = {}
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this thing: from the phone, or, if it is not there, from the server."""
        if id_ != self.id:
            self.thing, self.place, self.state = None, None, "loading"
        self.id = id_
        self.load()
        if self.thing is None:
            self.parts.tasks.run(
                lambda: self.parts.sync.call("GET", f"/v1/assets/{id_}"),
                lambda answer: self._told(id_, answer),
                lambda _: self._missed(id_, "offline"),
            )

    def _told(self, id_: UUID, answer: Any) -> None:
        if not answer.ok:
            self._missed(id_, "gone")
            return
        self._away[id_] = Asset.read(answer.data)
        if id_ == self.id:
            self.load()

    def _missed(self, id_: UUID, state: str) -> None:
        if id_ == self.id and self.thing is None:
            self.state = state

    def load(self) -> None:
        """Read the store anew."""
        if self.id is None:
            return
        store = self.parts.store
        seen = register.thing(store, self.id)
        if seen is None:
            self.thing = self._away.get(self.id)
        else:
            self.thing = Asset.read(seen.value)
        asked = [*told.about(store, THING, self.id), *told.promised_here(store, self.id)]
        self.waits = any(one.state == WAITING for one in asked)
        self._refused = next((one for one in reversed(asked) if one.state == REFUSED), None)
        self.refusal = refusal(self._refused)
        if self.thing is not None:
            self._tell(self.thing)
            self.state = "shown"

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, thing: Asset) -> None:
        value = thing.dump()
        model = told.model_of(self.parts.store, value)
        self.tag, self.title = thing.tag, thing.name or (model_name(model) if model else thing.tag)
        self.kind_text, self.icon = kinds.kind_words(thing.kind), kinds.kind_icon(thing.kind)
        self.note = thing.note
        self._tell_state(thing)
        self._tell_place(thing)
        self.promises = [told.promise_line(one, self.parts.zone) for one in self._promised()]
        self.facts = facts(thing, self.parts)
        self.fields = [
            {"icon": "", "key": looks.label(spec), "value": text}
            for spec in fields_of(thing.kind, model.fields if model else ())
            if (text := looks.field_words(spec, (thing.fields or {}).get(spec.code)))
        ]
        self.model_facts = model_facts(model) if model else []
        me = self.parts.me
        rights = frozenset(me.permissions) if me else frozenset()
        able = rules.deeds(thing, me.id, rights) if me else []
        lines = [deed_line(deed) for deed in able]
        self.first, self.others = (lines[0] if lines else {}), lines[1:]

    def _promised(self) -> list[told.Promise]:
        return told.promises(self.parts.store, self.id)

    def may_end(self, id_: str) -> bool:
        """Whether this person may say that this promise is no longer needed: theirs, or of what they answer for."""
        me, gives = self.parts.me, self.parts.may(Permission.CUSTODY_GIVE)
        mine = (one.promise for one in self._promised() if str(one.promise.id) == id_ and not one.refused)
        return any(gives or (me is not None and one.person_id == me.id) for one in mine)

    def end_promise(self, id_: str) -> None:
        """This promise is no longer needed."""
        for one in self._promised():
            if str(one.promise.id) == id_:
                changes.end_promise(self.parts.store, one.promise)
        self._changed()

    def _tell_state(self, thing: Asset) -> None:
        open_ = told.open_faults(self.parts.store, thing.id)
        severities = [one.severity for one in open_]
        worst = kinds.worst([*severities, *([thing.worst_fault] if thing.worst_fault else [])])
        badges = [{"text": looks.state_words(thing.state), "tone": looks.state_tone(thing.state), "icon": ""}]
        if worst is not None:
            badges.append(
                {
                    "text": strings.t("thing.fault", severity=kinds.severity_words(worst)),
                    "tone": kinds.SEVERITY_TONES[worst],
                    "icon": looks.SEVERITY_ICONS[worst],
                }
            )
        if thing.pool:
            badges.append({"text": strings.t("thing.spare"), "tone": "neutral", "icon": ""})
        if thing.data_class is DataClass.CJI:
            badges.append({"text": strings.t("thing.cji"), "tone": "neutral", "icon": "lock"})
        if self.waits:
            badges.append({"text": strings.t("requests.waiting"), "tone": "warn", "icon": "waiting"})
        self.badges = badges
        me = self.parts.me
        if thing.holder_id is None:
            self.who = strings.t("thing.nobody")
        elif me is not None and thing.holder_id == me.id:
            self.who = strings.t("thing.mine")
        else:
            self.who = strings.t("thing.with", holder=thing.holder or strings.t("thing.somebody"))
        self.faults = [
            {
                "key": str(one.id),
                "icon": looks.SEVERITY_ICONS.get(one.severity, "info"),
                "tone": kinds.SEVERITY_TONES.get(one.severity, "neutral"),
                "title": shorten(one.words, MOST, placeholder=" …"),
                "subtitle": f"{kinds.severity_words(one.severity)} · {looks.fault_words(one.state)}",
            }
            for one in open_
        ]

    def _tell_place(self, thing: Asset) -> None:
        self.place = (thing.where.lat, thing.where.lon) if thing.where else None
        if thing.seen_at is None:
            self.seen_text = thing.place
            return
        when = strings.ago(thing.seen_at, datetime.now(UTC), self.parts.zone)
        where = thing.place
        self.seen_text = strings.t("thing.seen_at" if where else "thing.seen", when=when, place=where)


def deed_line(deed: Deed) -> dict[str, str]:
    """How a deed is offered."""
    return {
        "key": deed.value,
        "icon": ICONS[deed],
        "title": strings.t(f"deed.{deed.value}.title"),
        "subtitle": strings.t(f"deed.{deed.value}.text"),
    }


def model_name(model: AssetModel) -> str:
    """Its make and name: "Motorola APX 6000"."""
    return f"{model.make} {model.name}".strip()


def facts(thing: Asset, parts: Parts) -> list[dict[str, str]]:
    """What is known of it beside its typed fields: dicts of icon, key, value."""
    said = [
        ("tag", "serial", thing.serial),
        ("account", "holder", thing.holder),
        ("car", "unit", thing.unit),
        ("place", "place", thing.place),
        ("building", "department", parts.department(thing.department)),
        (
            "battery",
            "battery",
            "" if thing.battery is None else strings.t("thing.percent", count=thing.battery),
        ),
        (
            "battery",
            "health",
            "" if thing.battery_health is None else strings.t("thing.percent", count=thing.battery_health),
        ),
        ("software", "firmware", thing.firmware),
        ("calendar", "patched", looks.day_words(thing.patched_on) if thing.patched_on else ""),
        ("calendar", "support", looks.day_words(thing.support_until_on) if thing.support_until_on else ""),
    ]
    return [
        {"icon": icon, "key": strings.t(f"thing.fact.{key}"), "value": text}
        for icon, key, text in said
        if text
    ]


def model_facts(model: AssetModel) -> list[dict[str, str]]:
    """What holds for all of its model: what must be so before one is handed out, and its end of support."""
    said = [
        ("model", model_name(model)),
        (
            "issue_battery",
            "" if model.issue_battery is None else strings.t("thing.percent", count=model.issue_battery),
        ),
        ("approved", model.approved_firmware),
        ("patch_days", "" if model.patch_days is None else strings.t("thing.days", count=model.patch_days)),
        ("support", looks.day_words(model.support_until_on) if model.support_until_on else ""),
        ("note", model.note),
    ]
    return [{"icon": "", "key": strings.t(f"thing.fact.{key}"), "value": text} for key, text in said if text]
