"""A check that was done: sealed, to be read."""

from mobile.checks import facts, groups
from mobile.checks.history_model import OneCheck
from mobile.core.kv import load_kv
from mobile.widgets import appbar, badge, button, card, empty, page, room, when
from mobile.widgets.modelscreen import OneScreen

__all__ = [
    "CheckScreen",
    "appbar",
    "badge",
    "button",
    "card",
    "empty",
    "facts",
    "groups",
    "page",
    "room",
    "when",
]

load_kv(__file__)


class CheckScreen(OneScreen):
    """What was found of each thing, by whom, and the signature below it."""

    MODEL = OneCheck
