"""What fills a screen only while something is so."""

from mobile.core.kv import load_kv
from mobile.widgets.when import When

load_kv(__file__)


class Room(When):
    """A column that takes all the height that is left while `shown`, else none."""
