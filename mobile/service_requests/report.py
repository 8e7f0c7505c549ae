"""The flow that reports something: its frame, and the way from step to step."""

from typing import Any, ClassVar

from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.service_requests.report_leave import LeaveSheet
from mobile.service_requests.report_model import Report
from mobile.service_requests.report_photo import PhotoStep
from mobile.service_requests.report_place import PlaceStep
from mobile.service_requests.report_review import ReviewStep
from mobile.service_requests.report_type import TypeStep
from mobile.service_requests.report_words import WordsStep
from mobile.widgets import appbar
from mobile.widgets.flow import FlowScreen
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = ["ReportScreen", "appbar"]

load_kv(__file__)


class ReportScreen(FlowScreen):
    """One step at a time. Back goes to the step before and keeps everything; leaving asks."""

    STEPS: ClassVar = {
        "photo": PhotoStep,
        "place": PlaceStep,
        "type": TypeStep,
        "words": WordsStep,
        "review": ReviewStep,
    }
    HOME = "requests"
    LEAVE = LeaveSheet

    def __init__(self, **kwargs: Any) -> None:
        self.model = Report()
        super().__init__(**kwargs)
        self.model.bind(step=self._show, on_sent=self._sent, on_no_room=self._no_room)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, type: str = "", **_: Any) -> None:
        """Go on with what was begun, or begin."""
        self.model.begin(type)
        self._show()

    def on_leave(self) -> None:
        """Keep what was entered."""
        self.model.save()
        self._put_away()

    def reload(self) -> None:
        """Nothing here comes from the server."""

    def _say_again(self, *_: object) -> None:
        if self.get_root_window() is not None:
            self.model.retell()

    @property
    def untouched(self) -> bool:
        """Nothing was entered."""
        return bool(self.model.draft.empty)

    def _no_room(self, _: object) -> None:
        snack(words.t("report.no_room"))

    def _sent(self, _: Any, waits: bool) -> None:
        self.nav.go("requests")
        snack(words.t("report.sent.waits" if waits else "report.sent.now"))
        if self.model.may_ask_for_push:
            sheet = confirm(
                words.t("report.push.title"),
                words.t("report.push.words"),
                words.t("report.push.yes"),
                lambda: self.model.answer_push(wanted=True),
                no=words.t("report.push.no"),
            )
            sheet.bind(on_dismiss=lambda *_: self.model.answer_push(wanted=False))
