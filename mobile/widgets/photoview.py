"""One photo, as large as the window, to look at closely."""

from typing import Any

from kivy.base import EventLoop
from kivy.graphics.transformation import Matrix
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from mobile.core.kv import load_kv
from mobile.widgets import button
from mobile.widgets.picture import texture_of

__all__ = ["PhotoView", "button"]

load_kv(__file__)

NEAR = 2.5  # how much larger a double tap makes it


class PhotoView(FloatLayout):
    """Shows the file `source` over everything; two fingers or a double tap enlarge it, the cross or Escape close it."""

    modal = BooleanProperty(True)
    source = StringProperty()
    label = StringProperty()
    texture = ObjectProperty(None, allownone=True)

    def open(self) -> None:
        """Come up."""
        if self.parent is None:
            EventLoop.window.add_widget(self)

    def dismiss(self) -> None:
        """Go away."""
        if self.parent is not None:
            EventLoop.window.remove_widget(self)

    def on_source(self, _: object, source: str) -> None:
        """Read the file."""
        self.texture = texture_of(source) if source else None

    def enlarge(self, x: float, y: float) -> None:
        """Come nearer to this point of the window, or go back to the whole photo."""
        sheet = self.ids.sheet
        near = sheet.scale > 1
        sheet.transform = Matrix()
        if not near:
            sheet.apply_transform(Matrix().scale(NEAR, NEAR, 1), anchor=(x, y))

    def on_touch_down(self, touch: Any) -> bool:
        """Enlarge at a double tap; nothing below hears of any touch."""
        if touch.is_double_tap and not self.ids.close.collide_point(*touch.pos):
            self.enlarge(*touch.pos)
        else:
            super().on_touch_down(touch)
        return True
