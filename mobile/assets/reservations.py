"""The screen of what is promised: to me, and, for who answers for the things, to others."""

from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty

from mobile.assets import looks, thing, told
from mobile.core import register, strings
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import appbar, card, empty, page, when
from mobile.widgets.modelscreen import ModelScreen

__all__ = ["Promised", "ReservationsScreen", "appbar", "card", "empty", "page", "thing", "when"]

load_kv(__file__)


class Promised(EventDispatcher):
    """What is promised and not over, the next first; from the phone, so with no signal too."""

    mine = ListProperty()
    others = ListProperty()
    empty = BooleanProperty(False)

    parts: Parts

    def load(self) -> None:
        """Read the store anew."""
        me = self.parts.me
        found = told.promises(self.parts.store)
        self.mine = [self._line(one) for one in found if me and one.promise.person_id == me.id]
        self.others = [self._line(one, whose=True) for one in found if me and one.promise.person_id != me.id]
        self.empty = not found

    def _line(self, one: told.Promise, *, whose: bool = False) -> dict[str, Any]:
        seen = register.thing(self.parts.store, one.promise.asset_id)
        title = looks.called(seen.value) if seen else strings.t("reservations.elsewhere")
        line = told.promise_line(one, self.parts.zone)
        if whose:
            line["subtitle"] = f"{one.promise.person} · {line['subtitle']}"
        return line | {"key": str(one.promise.asset_id), "title": title}


class ReservationsScreen(ModelScreen):
    """Each promise leads to its thing, where it can be ended."""

    MODEL = Promised
