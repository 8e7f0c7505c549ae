"""The screen of one request for those who work on it."""

from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests import work_lookup
from mobile.service_requests.assign_sheet import AssignSheet
from mobile.service_requests.close_sheet import CloseSheet
from mobile.service_requests.directions import open_directions
from mobile.service_requests.move_sheet import HandBackSheet
from mobile.service_requests.note_sheet import NoteSheet
from mobile.service_requests.work_item_model import WorkItem
from mobile.service_requests.work_steps import Step
from mobile.widgets import (
    appbar,
    badge,
    card,
    chip,
    empty,
    mapsnippet,
    page,
    photos,
    skeleton,
    timeline,
    when,
)
from mobile.widgets.photoview import PhotoView
from mobile.widgets.picksheet import LinesSheet
from mobile.widgets.words import words

__all__ = [
    "WorkItemScreen", "appbar", "badge", "card", "chip", "empty", "mapsnippet", "page", "photos", "skeleton", "timeline",
    "when",
]  # fmt: skip

load_kv(__file__)


class FactList(BoxLayout):
    """Facts below each other, from dicts of icon, key and value."""

    facts = ListProperty()

    def on_facts(self, *_: object) -> None:
        """Show them."""
        self.clear_widgets()
        for fact in self.facts:
            self.add_widget(card.KeyValue(**fact))


class WorkItemScreen(Screen):
    """Everything about one request, and the steps that can follow."""

    model = ObjectProperty(rebind=True)
    missing = BooleanProperty(False)  # it is not on the phone, and the server did not tell

    def __init__(self, **kwargs: Any) -> None:
        self.model = WorkItem()
        super().__init__(**kwargs)
        self._more = (
            self.ids.more.__self__
        )  # ids hold weakly: while it is out of its row nobody else would keep it
        self.model.bind(other_steps=lambda *_: self._offer())
        self.model.bind(state=lambda _, state: setattr(self, "missing", state not in {"loading", "shown"}))
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, **args: Any) -> None:
        """Show the request `id`."""
        parts = self.model.parts
        self.ids.snippet.illustration_text = words.t("report.place.illustration")
        self.ids.snippet.begin(parts.pack)
        self.model.show(UUID(str(args["id"])))
        work_lookup.refresh_colleagues(parts, self.model.reload)

    def on_leave(self) -> None:
        """Let go of the map."""
        self.ids.snippet.end()

    def _say_again(self, *_: object) -> None:
        self.model.reload()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.reload()

    def again(self) -> None:
        """Ask the server once more."""
        self.model.show(self.model.id)

    def _offer(self) -> None:
        """The button for other steps is there only when there are some."""
        row, more = self.ids.steps, self._more
        if bool(self.model.other_steps) != (more.parent is not None):
            if more.parent is not None:
                row.remove_widget(more)
            else:
                row.add_widget(more, index=len(row.children))

    def open_photo(self, id_: UUID) -> None:
        """Show a photo large; the better one when it has come."""
        view = PhotoView()

        def ready(file: str) -> None:
            view.source = file
            view.open()

        self.model.large_photo(id_, ready)

    def open_directions(self) -> None:
        """Show the way there."""
        open_directions(*self.model.place)

    def open_map(self) -> None:
        """Show it among the others."""
        lat, lon = self.model.place
        self.nav.go("work_map", lat=lat, lon=lon)

    def more(self) -> None:
        """Offer the other steps."""
        sheet = LinesSheet(title=words.t("work_item.other"), lines=self.model.other_steps)
        sheet.bind(on_pick=lambda _, key: self.step(key))
        sheet.open()

    def step(self, key: str) -> None:
        """Take a step, after its words where it needs some."""
        step, model = Step(key), self.model
        if model.do(step):
            return
        if step is Step.ASSIGN:
            request = model.request
            sheet: Any = AssignSheet(model.parts, department=request.department, assignee=request.assignee_id)
            sheet.bind(on_assign=lambda _, department, person: model.assign(department, person))
        elif step is Step.CLOSE:
            sheet = CloseSheet(model.parts)
            sheet.bind(on_close=lambda _, reason, text, files: model.close(reason, text, files))
        elif step is Step.HAND_BACK:
            sheet = HandBackSheet()
            sheet.bind(on_hand_back=lambda _, text: model.hand_back(text))
        else:
            sheet = NoteSheet(model.parts)
            sheet.bind(on_note=lambda _, text, public, files: model.note(text, public=public, photos=files))
        sheet.open()
