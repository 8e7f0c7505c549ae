"""One unit: can it roll, and if not, why?"""

from mobile.checks import complaint, rows
from mobile.checks.unit_model import UnitView
from mobile.core.kv import load_kv
from mobile.widgets import appbar, button, card, empty, page, plot, room, when
from mobile.widgets.modelscreen import OneScreen

__all__ = [
    "UnitScreen",
    "appbar",
    "button",
    "card",
    "complaint",
    "empty",
    "page",
    "plot",
    "room",
    "rows",
    "when",
]

load_kv(__file__)


class UnitScreen(OneScreen):
    """Reasons first, then what belongs in it, its faults, its last checks, and how its batteries fare."""

    MODEL = UnitView
