"""A screen of one alert, with the map of its area."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.core.nav import Screen


class OneAlertScreen(Screen):
    """Shows the alert that it is opened for; its page is ``page``, its map ``map``."""

    model = ObjectProperty(rebind=True)

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this alert."""
        self.ids.page.scroll_y = 1
        self.model.open(UUID(str(id)) if id else None)
        self.ids.map.begin(self.model.parts.pack)

    def on_leave(self) -> None:
        """Let go of the map."""
        self.ids.map.end()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()
