"""Templates of checks, to read."""

from mobile.checks.template_model import TemplateList
from mobile.core.kv import load_kv
from mobile.widgets import appbar, empty, page, room, rowlist
from mobile.widgets.modelscreen import ModelScreen

__all__ = ["TemplatesScreen", "appbar", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class TemplatesScreen(ModelScreen):
    """What is looked at on each kind of thing."""

    MODEL = TemplateList
