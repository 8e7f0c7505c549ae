"""The words for kv: `words.t("inbox.empty")` is said anew when the language changes."""

from collections.abc import Callable
from functools import partial
from typing import Any

from kivy.event import EventDispatcher
from kivy.lang import global_idmap
from kivy.properties import ObjectProperty, StringProperty

from mobile.core import strings
from mobile.core.kv import nothing_collected


class Words(EventDispatcher):
    """The language on the screen. Setting `language` also sets it for `strings`, before any text is asked anew."""

    language = StringProperty(strings.SOURCE)
    # A property, so that kv binds to it; its value is a new function for each language, so that kv calls it again.
    t: Callable[..., str] = ObjectProperty(strings.t)

    def on_language(self, _: Any, language: str) -> None:
        """Speak it."""
        strings.use(language)
        with nothing_collected():
            self.t = partial(strings.t)


words = Words()
global_idmap["words"] = words
