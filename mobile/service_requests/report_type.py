"""The step that asks what it is about."""

from typing import Any

from mobile.core.kv import let_go, load_kv
from mobile.service_requests import contacts, remark
from mobile.service_requests.report_step import Step
from mobile.widgets import badge, button, card, empty, field, page, room, rowlist, when

__all__ = [
    "KindPage",
    "TypeStep",
    "badge",
    "button",
    "card",
    "contacts",
    "empty",
    "field",
    "page",
    "remark",
    "room",
    "rowlist",
    "when",
]

load_kv(__file__)


class KindPage(Step):
    """What must be known about one type before it is sent, or instead."""

    def act(self) -> None:
        """Go on with it; or sign in first, what was entered is kept; or leave, there is nothing to send."""
        if self.model.type.can_go_on:
            self.model.type.go_on()
        elif self.model.type.account_needed:
            self.flow.nav.go("sign_in")
        else:
            self.flow.leave()


class LookingPage(Step):
    """Groups, and what is searched for."""


class TypeStep(Step):
    """Search, or look around; a type with something to say has a page of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._looking = LookingPage(flow=self.flow, model=self.model)
        self.model.type.bind(shown=self._arrange)
        self._arrange()

    def _arrange(self, *_: object) -> None:
        for page_ in self.children[:]:
            self.remove_widget(page_)
            if page_ is not self._looking:
                let_go(page_)
        shown = self.model.type.shown is not None
        self.add_widget(KindPage(flow=self.flow, model=self.model) if shown else self._looking)

    def close(self) -> None:
        """Listen no more."""
        self.model.type.unbind(shown=self._arrange)
        let_go(self)
        let_go(self._looking)
