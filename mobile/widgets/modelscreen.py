"""Screens of one model that reads the store: the same way in, and the same way to what is new."""

from typing import Any, ClassVar
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets.words import words


class ModelScreen(Screen):
    """Made with a `MODEL` of its own; once it was shown, `load` follows the store and the language."""

    MODEL: ClassVar[Any]

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = self.MODEL()
        self._entered = False
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.reload())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, **args: Any) -> None:
        """Show what is on the phone."""
        self._entered = True
        self.show(**args)

    def show(self, **_: Any) -> None:
        """Begin with the arguments of `nav.go`."""
        self.model.load()

    def reload(self) -> None:
        """Something in the store may be new."""
        if self._entered:
            self.model.load()


class OneScreen(ModelScreen):
    """A screen of the one thing that it is opened for."""

    def show(self, id: object = None, **_: Any) -> None:
        """Show this one."""
        self.model.show(UUID(str(id)))
