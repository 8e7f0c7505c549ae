"""Lines to call somebody, or to open their page."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.device.dial import dial, open_page
from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.control import Control

__all__ = ["ContactLine", "Contacts", "text"]

load_kv(__file__)


class ContactLine(Control, BoxLayout):
    """One contact: a tap calls, or opens the page of one without a telephone; with neither it is a name only."""

    name = StringProperty()
    telephone = StringProperty()
    url = StringProperty()


class Contacts(BoxLayout):
    """Contacts from `contacts`: dicts of `ContactLine`'s properties. `dial` and `open_page` are the device's."""

    contacts = ListProperty()
    dial = ObjectProperty(dial)
    open_page = ObjectProperty(open_page)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(contacts=self._fill)
        self._fill()

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for contact in self.contacts:
            line = ContactLine(**contact)
            line.bind(on_release=self._reach)
            self.add_widget(line)

    def _reach(self, line: Any) -> None:
        if line.telephone:
            self.dial(line.telephone)
        elif line.url:
            self.open_page(line.url)
