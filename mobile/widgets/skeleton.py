"""Grey shapes of what is about to come."""

from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets.busy import OUT_OF_SIGHT
from mobile.widgets.theme import theme

load_kv(__file__)


class SkeletonRow(BoxLayout):
    """The shape of one `Row`."""

    glow = NumericProperty(1)


class Skeleton(BoxLayout):
    """The shape of `rows` rows, that breathes while `active`; it takes no room when it is not."""

    rows = NumericProperty(4)
    active = BooleanProperty(True)
    glow = NumericProperty(1)
    corner = NumericProperty(0)  # radius, where it stands in for a card

    def __init__(self, **kwargs: Any) -> None:
        self._again = Clock.create_trigger(self._breathe, OUT_OF_SIGHT)
        super().__init__(**kwargs)
        self.bind(rows=self._fill, active=self._fill, parent=self._breathe)
        follow(theme, self._breathe, "motion")
        self._fill()

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for _row in range(int(self.rows) if self.active else 0):
            self.add_widget(SkeletonRow())
        self._breathe()

    def _breathe(self, *_: object) -> None:
        # One breath at a time, as in `Busy`.
        self._again.cancel()
        Animation.cancel_all(self, "glow")
        self.glow = 1
        if not self.active or not theme.motion:
            return
        if self.get_root_window() is None:
            self._again()
            return
        breath = Animation(glow=0.6, d=0.8, t="in_out_sine") + Animation(glow=1, d=0.8, t="in_out_sine")
        breath.bind(on_complete=self._breathe)
        breath.start(self)

    def on_glow(self, _: object, glow: float) -> None:
        """Let each row glow alike."""
        for row in self.children:
            row.glow = glow
