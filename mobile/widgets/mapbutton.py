"""A round button that floats over a map."""

from mobile.core.kv import load_kv
from mobile.widgets.button import IconButton

load_kv(__file__)


class MapButton(IconButton):
    """An icon on a disc of its own, readable on any ground."""
