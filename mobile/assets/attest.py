"""The screen on which people say that they have what the record says they have."""

from typing import Any
from uuid import uuid4

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import changes, looks, thing
from mobile.core import register, strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from mobile.widgets import appbar, button, card, empty, page, scanfield, when
from mobile.widgets.snackbar import snack
from shared_models.custody import Attest

__all__ = [
    "AttestScreen",
    "Attesting",
    "appbar",
    "button",
    "card",
    "empty",
    "page",
    "scanfield",
    "thing",
    "when",
]

load_kv(__file__)


class Attesting(EventDispatcher):
    """My things, those of them that I have in my hands, and what I have that is not mine by the record."""

    lines = ListProperty()
    strangers = ListProperty()  # tags of what was scanned and is not mine by the record
    strangers_text = StringProperty()
    count_text = StringProperty()
    error = StringProperty()
    empty = BooleanProperty(False)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.seen: set[str] = set()
        super().__init__(**kwargs)

    def begin(self) -> None:
        """Nothing is seen yet."""
        self.seen, self.strangers, self.error = set(), [], ""
        self.load()

    def load(self) -> None:
        """Read the store anew."""
        me = self.parts.me
        mine = register.things(self.parts.store) if me else []
        held = sorted(
            (one.value for one in mine if me and one.value.get("holder_id") == str(me.id)),
            key=lambda value: value["tag"],
        )
        self.lines = [
            {
                "key": value["tag"],
                "icon": "yes" if value["tag"] in self.seen else "choice",
                "tone": "ok" if value["tag"] in self.seen else "neutral",
                "title": looks.called(value),
                "subtitle": strings.t("attest.seen" if value["tag"] in self.seen else "attest.not_seen"),
                "chevron": False,
            }
            for value in held
        ]
        self.empty = not held
        here = sum(1 for value in held if value["tag"] in self.seen)
        self.count_text = strings.t("attest.count", here=here, count=len(held))
        self.strangers_text = (
            strings.t("attest.strangers", tags=", ".join(self.strangers)) if self.strangers else ""
        )

    def scanned(self, code: str) -> None:
        """A code was read: I have this."""
        found = register.by_code(self.parts.store, code)
        if len(found) != 1:
            self.error = strings.t("attest.unknown", code=code)
            return
        self.error, tag = "", found[0].value["tag"]
        if any(line["key"] == tag for line in self.lines):
            self.seen.add(tag)
        elif tag not in self.strangers:
            self.strangers = [*self.strangers, tag]
        self.load()

    def mark(self, tag: str) -> None:
        """A line was tapped."""
        self.seen ^= {tag}
        self.load()

    def do(self) -> str:
        """Say so; nothing where nothing was seen."""
        tags = [*sorted(self.seen), *self.strangers]
        if not tags:
            self.error = strings.t("attest.lacks")
            return ""
        changes.attest(self.parts.store, Attest(id=uuid4(), tags=tuple(tags), done_at=utc_now()))
        self.parts.sync_now()
        self.parts.tell_changed()
        return strings.t("attest.done", count=len(tags))


class AttestScreen(Screen):
    """Scan what you have; the rest is told to whoever answers for it."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Attesting()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, **_: Any) -> None:
        """Begin."""
        self.model.begin()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def do(self) -> None:
        """Say so, and go back."""
        said = self.model.do()
        if said:
            snack(said)
            self.nav.back()
