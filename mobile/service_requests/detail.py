"""One of my requests."""

from typing import Any
from uuid import UUID

from kivy.core.clipboard import Clipboard
from kivy.properties import ObjectProperty, StringProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests import contacts, remark
from mobile.service_requests.detail_model import RequestDetail
from mobile.widgets import (
    appbar,
    badge,
    button,
    card,
    empty,
    field,
    mapsnippet,
    page,
    photopart,
    photos,
    room,
    skeleton,
    timeline,
    verdict,
    when,
)
from mobile.widgets.photoview import PhotoView
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "RequestScreen",
    "appbar",
    "badge",
    "button",
    "card",
    "contacts",
    "empty",
    "field",
    "mapsnippet",
    "page",
    "photopart",
    "photos",
    "remark",
    "room",
    "skeleton",
    "timeline",
    "verdict",
    "when",
]

load_kv(__file__)


class RequestScreen(Screen):
    """What I reported, how far it has come, what comes next; and my answer once it is closed."""

    model = ObjectProperty(rebind=True)
    verdict = StringProperty()  # "not_fixed" while the person may add words and photos to it

    def __init__(self, **kwargs: Any) -> None:
        self.model = RequestDetail()
        super().__init__(**kwargs)
        self.model.bind(on_gone=lambda *_: self._gone())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)
        self.ids.photos.begin(parts)
        self.ids.contacts.dial, self.ids.contacts.open_page = parts.dial, parts.open_page

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this request."""
        self._forget_answer()
        self.ids.page.scroll_y = 1
        self.model.load(UUID(str(id)) if id else None)
        self.ids.map.begin(self.model.parts.pack)

    def on_leave(self) -> None:
        """Let go of the map."""
        self.ids.map.end()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def _gone(self) -> None:
        if self.get_root_window() is not None:
            self.nav.back()

    def answer(self, value: str) -> None:
        """Fixed is sent at once; not fixed may be given words and photos first."""
        self.verdict = value
        if value == "fixed":
            self.model.answer(fixed=True)
            snack(words.t("request.thanks"))
            self._forget_answer()

    def send_not_fixed(self) -> None:
        """Open it again."""
        self.model.answer(fixed=False, words=self.ids.why.text, photos=self.ids.photos.model.files)
        snack(words.t("request.reopened"))
        self._forget_answer()

    def _forget_answer(self) -> None:
        self.verdict = self.ids.verdict.value = ""
        self.ids.why.text = ""
        if self.ids.photos.model is not None:
            self.ids.photos.begin(self.model.parts)

    def put_away(self) -> None:
        """Let go of what was refused; ask where that would lose what was typed."""
        if not self.model.loses_words:
            self.model.put_away()
            return
        confirm(
            words.t("request.refused.put_away_title"),
            words.t("request.refused.put_away_words"),
            words.t("request.refused.put_away"),
            self.model.put_away,
            danger=True,
        )

    def open(self, key: str) -> None:
        """Show a photo large."""
        self.model.large(key, lambda file: PhotoView(source=file).open())

    def copy_number(self) -> None:
        """Take the number to another app."""
        Clipboard.copy(self.model.number)
        snack(words.t("request.copied"))
