"""The screen of a thing's custody: who had it, since when, by whose hand. It is the server's to tell."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets.changes import CUSTODY
from mobile.core import register, strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.online import Online
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, empty, page, skeleton, timeline, when
from shared_models.custody import Act, CustodyEntry, CustodyPage, broken_at

__all__ = [
    "Chain",
    "CustodyScreen",
    "appbar",
    "button",
    "card",
    "empty",
    "page",
    "skeleton",
    "timeline",
    "when",
]

load_kv(__file__)

TONES = {
    Act.HANDED_OUT: "info",
    Act.TAKEN_BACK: "ok",
    Act.PASSED_ON: "info",
    Act.SWAPPED_OUT: "warn",
    Act.SWAPPED_IN: "ok",
    Act.SENT_TO_REPAIR: "warn",
}


class Chain(Online):
    """The newest entries of a thing's chain, and whether they follow from each other."""

    entries = ListProperty()
    verdict = StringProperty()  # of a chain that is here as a whole
    whole = BooleanProperty(True)
    tag = StringProperty()

    def show(self, id_: UUID) -> None:
        """Ask for those of this thing."""
        seen = register.thing(self.parts.store, id_)
        self.tag = seen.value["tag"] if seen else ""
        self.entries, self.verdict, self.whole = [], "", True
        self.ask(lambda: self.parts.sync.call("GET", f"{CUSTODY}/{id_}?limit=200"), self._told)

    def _told(self, answer: Any) -> None:
        page_ = CustodyPage.read(answer.data)
        zone, now = self.parts.zone, datetime.now(UTC)
        self.entries = [_entry(one, zone, now) for one in page_.items]
        if page_.next is None:
            self.whole = broken_at(list(reversed(answer.data["items"]))) is None
            self.verdict = strings.t("custody.whole" if self.whole else "custody.broken")


def _entry(one: CustodyEntry, zone: str, now: datetime) -> dict[str, Any]:
    whom = one.to_name or one.from_name or one.unit or one.place
    said = [
        one.condition,
        strings.t("custody.override", words=one.override) if one.override else "",
        strings.t("custody.signed") if one.signature else "",
    ]
    return {
        "title": strings.t(f"custody.act.{one.act.value}", whom=whom),
        "words": "\n".join(part for part in said if part),
        "time": " · ".join(part for part in (one.by, strings.day_and_time(one.done_at, zone, now)) if part),
        "tone": TONES.get(one.act, "neutral"),
    }


class CustodyScreen(Screen):
    """The chain, the newest entry first."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Chain()
        self._id: UUID | None = None
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Ask for the chain of this thing."""
        self._id = UUID(str(id))
        self.ids.page.scroll_y = 1
        self.again()

    def again(self) -> None:
        """Ask once more."""
        if self._id is not None:
            self.model.show(self._id)

    def reload(self) -> None:
        """It is asked for when it is opened."""
