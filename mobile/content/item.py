"""One alert, for whoever speaks for the city."""

from typing import Any

from mobile.content import preview
from mobile.content.cancel_sheet import CancelSheet
from mobile.content.item_model import AlertItem
from mobile.content.one import OneAlertScreen
from mobile.content.publish_sheet import PublishSheet
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import appbar, badge, banner, button, card, empty, mapsnippet, page, room, skeleton, when
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "AlertItemScreen",
    "appbar",
    "badge",
    "banner",
    "button",
    "card",
    "empty",
    "mapsnippet",
    "page",
    "preview",
    "room",
    "skeleton",
    "when",
]

load_kv(__file__)


class AlertItemScreen(OneAlertScreen):
    """How it stands, what it says in both languages, and the next step."""

    def __init__(self, **kwargs: Any) -> None:
        self.model = AlertItem()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def publish(self) -> None:
        """Show whom it would reach, and ask."""
        self.model.ask_reach()
        PublishSheet(model=self.model, done=self._published).open()

    def _published(self) -> None:
        self.nav.go("alert_progress", id=self.model.id)
        snack(words.t("alert_work.published"))

    def cancel(self) -> None:
        """Ask for the words that it is over with."""
        self.model.clear()
        CancelSheet(model=self.model, done=lambda: snack(words.t("alert_work.cancel.done"))).open()
