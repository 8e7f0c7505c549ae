"""The spare pool, to put something else in the place of what failed."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty

from mobile.checks import run_rows
from mobile.core import kinds
from mobile.core.kv import load_kv
from mobile.widgets import button, choice, when
from mobile.widgets.sheet import Sheet
from mobile.widgets.words import words
from shared_models.assets import Asset

__all__ = ["SwapSheet", "button", "choice", "when"]

load_kv(__file__)


class SwapSheet(Sheet):
    """Spares to choose one from: `on_swap(spare)`."""

    __events__ = ("on_swap",)

    options = ListProperty()
    none = BooleanProperty(False)

    def __init__(self, spares: list[Asset], **kwargs: Any) -> None:
        self._spares = {str(one.id): one for one in spares}
        options = [
            {
                "key": key,
                "icon": kinds.kind_icon(one.kind),
                "title": run_rows.called(one),
                "subtitle": one.place or words.t("checks.swap.spare"),
            }
            for key, one in self._spares.items()
        ]
        super().__init__(options=options, none=not options, **kwargs)

    def choose(self, key: str) -> None:
        """This one."""
        self.dismiss()
        self.dispatch("on_swap", self._spares[key])

    def on_swap(self, spare: Asset) -> None:
        """It was chosen."""
