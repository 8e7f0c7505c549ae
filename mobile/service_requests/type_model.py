"""What it is about: found by what people call it, or by looking around; and what the city does not do itself."""

from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.core import strings
from mobile.core.contact_lines import contact_lines
from mobile.core.parts import Parts
from mobile.service_requests import looks
from shared_models.finding import TypeIndex
from shared_models.service_requests import Outcome, RequestType

FOUND_AT_MOST = 12
TONES = {Outcome.REFERRED: "info", Outcome.NOT_CITY_SERVICE: "warn", Outcome.RESIDENT_DUTY: "warn"}


class TypeChoice(EventDispatcher):
    """The step that asks what it is about. A type with something to say opens a page of its own: `shown`.

    `on_choose(kind)` tells that a type was chosen that can be sent.
    """

    __events__ = ("on_choose",)

    query = StringProperty()
    group = StringProperty()  # the one that is looked around in
    heading = StringProperty()
    rows = ListProperty()
    nothing_found = StringProperty()
    chosen = StringProperty()  # of the draft

    shown: RequestType | None = ObjectProperty(None, allownone=True)
    name = StringProperty()
    outcome = StringProperty()  # in words; empty where the city handles it
    outcome_tone = StringProperty("info")
    reason = StringProperty()
    notice = StringProperty()
    contacts = ListProperty()
    account_needed = BooleanProperty(False)
    can_go_on = BooleanProperty(False)
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._index: TypeIndex | None = None
        super().__init__(**kwargs)

    def on_choose(self, kind: RequestType) -> None:
        """This one was chosen, and can be sent."""

    @property
    def types(self) -> dict[str, RequestType]:
        """What can be asked for, by code."""
        return self.parts.types()

    def load(self, chosen: str) -> None:
        """Show the groups, or what is searched for."""
        self.chosen = chosen
        self._index = None
        self.fill()

    def retell(self) -> None:
        """Say everything anew, in the language of now."""
        self.fill()
        if self.shown is not None:
            self.show(self.shown)

    def on_query(self, *_: object) -> None:
        """Something else is searched for."""
        self.fill()

    def on_group(self, *_: object) -> None:
        """A group is opened or left."""
        self.fill()

    def fill(self) -> None:
        """Write the rows anew."""
        self.nothing_found = ""
        if self.query.strip():
            if self._index is None:
                self._index = TypeIndex(self.types.values())
            found = self._index.search(self.query)[:FOUND_AT_MOST]
            self.heading = ""
            self.rows = [self._row(kind) for kind in found]
            self.nothing_found = "" if found else strings.t("report.type.nothing")
        elif self.group:
            held = [kind for kind in self.types.values() if kind.group_code == self.group]
            self.heading = looks.group_name(held[0]) if held else ""
            self.rows = sorted(
                (self._row(kind) for kind in held), key=lambda row: str(row["title"]).casefold()
            )
        else:
            self.heading = strings.t("report.type.groups")
            self.rows = self._groups()

    def _row(self, kind: RequestType) -> dict[str, Any]:
        return {
            "key": kind.code,
            "title": looks.type_name(kind),
            "subtitle": looks.group_name(kind) if self.query.strip() else "",
            "icon": looks.group_icon(kind.group_code),
            "icon_tone": "info" if kind.code == self.chosen else "neutral",
            "badge": strings.t("report.type.chosen") if kind.code == self.chosen else "",
            "badge_icon": "check",
            "tone": "info",
        }

    def _groups(self) -> list[dict[str, Any]]:
        firsts: dict[str, RequestType] = {}
        counts: dict[str, int] = {}
        for kind in self.types.values():
            firsts.setdefault(kind.group_code, kind)
            counts[kind.group_code] = counts.get(kind.group_code, 0) + 1
        return [
            {
                "key": f"group:{code}",
                "title": looks.group_name(kind),
                "subtitle": strings.t("report.type.count", count=counts[code]),
                "icon": looks.group_icon(code),
                "icon_tone": "info",
            }
            for code, kind in firsts.items()
        ]

    def pick(self, key: str) -> None:
        """A row was tapped: a group opens, a type is taken or shown first."""
        if key.startswith("group:"):
            self.group = key.removeprefix("group:")
            return
        kind = self.types[key]
        self.show(kind)
        if self.can_go_on and not self.notice:
            self.go_on()

    def show(self, kind: RequestType) -> None:
        """Say about a type what must be known before it is sent."""
        spanish = strings.language() == "es"
        self.name = looks.type_name(kind)
        handled = kind.outcome is Outcome.HANDLED
        self.outcome = "" if handled else strings.t(f"report.outcome.{kind.outcome.value}")
        self.outcome_tone = TONES.get(kind.outcome, "neutral")
        self.reason = kind.reason_es if spanish else kind.reason_en
        self.notice = kind.notice_es if spanish else kind.notice_en
        self.contacts = contact_lines(kind.contacts)
        self.can_go_on = self.sendable(kind)
        self.account_needed = handled and not self.can_go_on
        self.shown = kind

    def sendable(self, kind: RequestType) -> bool:
        """Whether the city handles it, and takes it from this person."""
        named = self.parts.session.account is not None
        return kind.outcome is Outcome.HANDLED and (kind.anonymous or named)

    def go_on(self) -> None:
        """Take the type that is shown."""
        kind = self.shown
        if kind is not None and self.can_go_on:
            self.shown, self.query, self.group = None, "", ""
            self.dispatch("on_choose", kind)

    def back(self) -> bool:
        """Close what is open within the step; false where nothing is."""
        if self.shown is not None:
            self.shown = None
        elif self.query:
            self.query = ""
        elif self.group:
            self.group = ""
        else:
            return False
        return True
