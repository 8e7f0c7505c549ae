"""One template, to read."""

from mobile.checks import groups
from mobile.checks.template_model import TemplateView
from mobile.core.kv import load_kv
from mobile.widgets import appbar, empty, page, room
from mobile.widgets.modelscreen import OneScreen

__all__ = ["TemplateScreen", "appbar", "empty", "groups", "page", "room"]

load_kv(__file__)


class TemplateScreen(OneScreen):
    """Its lines, by how often they are looked at."""

    MODEL = TemplateView
