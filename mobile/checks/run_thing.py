"""One thing: what must be entered by hand, and one tap for all the rest."""

from kivy.clock import Clock
from kivy.properties import BooleanProperty

from mobile.checks import complaint, rows
from mobile.checks.line_sheet import LineSheet
from mobile.checks.run_step import Step
from mobile.core.kv import load_kv
from mobile.widgets import button, page, scanfield, when
from shared_models.templates import LineType

__all__ = ["ThingStep", "button", "complaint", "page", "rows", "scanfield", "when"]

load_kv(__file__)


class ThingStep(Step):
    """Passing by exception: a tap on a row says that it is otherwise."""

    scans = BooleanProperty(False)  # something here is to be scanned

    def on_model(self, *_: object) -> None:
        """Follow it."""
        self.model.bind(rows=self._rows)
        self._rows()

    def _rows(self, *_: object) -> None:
        self.scans = any(row.get("scans") and not row.get("value") for row in self.model.rows)

    def value(self, key: str, value: str) -> None:
        """A value was tapped."""
        line = self.model.line_of(key)
        if line is not None:
            self.model.answer(line, value)
            self.explain(key)

    def explain(self, key: str) -> None:
        """Ask for what an answer that fails demands."""
        line = self.model.line_of(key)
        if line is not None and self.model.severity(line) is not None:
            Clock.schedule_once(lambda _: self.pick(key), 0)

    def scan(self, code: str) -> None:
        """Something was scanned."""
        line = self.model.scan_line()
        self.model.scan(code)
        if line is not None:
            self.explain(line.code)

    def pick(self, key: str) -> None:
        """A line was tapped: it is otherwise."""
        line = self.model.line_of(key)
        if line is not None and line.type is not LineType.SIGNATURE:
            LineSheet(self.model, line).open()

    def close(self) -> None:
        """It is not shown again."""
        self.model.unbind(rows=self._rows)
        super().close()
