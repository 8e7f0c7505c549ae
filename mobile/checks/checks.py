"""The checks of a unit, or of all."""

from typing import Any
from uuid import UUID

from mobile.checks.history_model import History
from mobile.core.kv import load_kv
from mobile.widgets import appbar, empty, page, room, rowlist
from mobile.widgets.modelscreen import ModelScreen

__all__ = ["ChecksScreen", "appbar", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class ChecksScreen(ModelScreen):
    """The newest first."""

    MODEL = History

    def show(self, kit: object = None, **_: Any) -> None:
        """Show those of this unit."""
        self.model.show(UUID(str(kit)) if kit else None)
