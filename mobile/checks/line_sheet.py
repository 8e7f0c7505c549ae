"""One line of a check that is not simply a pass: another answer, what a failing one demands, and a spare for it."""

from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, OptionProperty, StringProperty

from mobile.checks import asked, complaint, known, looks, run_rows
from mobile.checks.run_model import MOST_PHOTOS, CheckRun
from mobile.checks.swap_sheet import SwapSheet
from mobile.core import kinds, strings
from mobile.core.kv import load_kv
from mobile.widgets import bigchoice, button, card, chip, choice, field, photos, scanfield, when
from mobile.widgets.photoview import PhotoView
from mobile.widgets.sheet import Sheet
from shared_models.assets import Severity
from shared_models.templates import Line, LineType
from shared_models.verdicts import DEMANDS, demanded, failing

__all__ = [
    "LineSheet", "bigchoice", "button", "card", "chip", "choice", "complaint", "field", "photos", "scanfield", "when",
]  # fmt: skip

load_kv(__file__)

QUICK = ("dead", "broken", "loose", "weak")
"""What is wrong, in a tap; each is long enough to stand for a photo that nobody can take."""
WRITING_PAUSE = 0.4
WAYS = {
    LineType.PF: "pf",
    LineType.CHOICE: "choice",
    LineType.PERCENT: "percent",
    LineType.SCAN: "scan",
    LineType.PHOTO: "photo",
}


class LineSheet(Sheet):
    """What is answered counts at once; the sheet stays while the answer wants words or a photo."""

    model: CheckRun = ObjectProperty()
    way = OptionProperty("written", options=[*WAYS.values(), "written"])
    value = StringProperty()
    percent = ObjectProperty(None, allownone=True)
    least = ObjectProperty(None, allownone=True)
    critical = ObjectProperty(None, allownone=True)
    allows_na = BooleanProperty(False)
    options = ListProperty()
    unit = StringProperty()
    fails = StringProperty()
    tone = StringProperty("warn")
    demand = StringProperty()
    note = StringProperty()
    quick = ListProperty()
    shots = ListProperty()
    complaint = StringProperty()
    error = StringProperty()
    swappable = BooleanProperty(False)
    swapped = StringProperty()
    scanner = ObjectProperty(None, allownone=True)
    answered = BooleanProperty(False)

    def __init__(self, model: CheckRun, line: Line, **kwargs: Any) -> None:
        self.line, self.part = line, model.part
        assert self.part is not None
        bounds = {limit.severity: limit.below for limit in line.limits if limit.below is not None}
        self._save_soon = Clock.create_trigger(lambda _: self.save(), WRITING_PAUSE)
        reply = self._reply_of(model)
        super().__init__(
            model=model,
            title=looks.label(line),
            words=looks.hint(line),
            way=WAYS.get(line.type, "written"),
            allows_na=line.na,
            unit=line.unit,
            critical=bounds.get(Severity.CRITICAL),
            least=max(bounds.values(), default=None),
            options=[
                {"key": one.code, "title": looks.own(one.label_en, one.label_es)} for one in line.options
            ],
            quick=[strings.t(f"checks.quick.{one}") for one in QUICK],
            scanner=model.parts.scanner,
            note=reply.note if reply else "",
            **kwargs,
        )
        self._show()

    def _reply_of(self, model: CheckRun) -> Any:
        return model.run.reply(self.part.key, self.line.code) if self.part else None

    @property
    def here(self) -> bool:
        """The check has not gone on to another thing."""
        return self.part is not None and self.model.run.at == self.part.key

    def answer(self, value: str) -> None:
        """Take this answer; one that is well needs nothing more."""
        try:
            failing(self.line, value)
        except ValueError:
            self.error = self._wrong()
            return
        if value == self.value:
            return
        self.model.answer(self.line, value)
        if self.here:
            self._show()
        if not self.here or (not self.fails and self.way != "photo"):
            self.dismiss()

    def _wrong(self) -> str:
        kind = {LineType.PERCENT: "percent", LineType.DATE: "date"}.get(self.line.type, "number")
        return strings.t(f"checks.line.{kind}_wrong")

    def _show(self) -> None:
        reply, part = self._reply_of(self.model), self.part
        assert part is not None
        self.value = reply.value if reply else ""
        self.answered = reply is not None
        self.percent = int(float(self.value)) if self.way == "percent" and self.value else None
        severity = asked.severity(self.line, part.thing, reply)
        failed = asked.failed(self.line, part.thing, reply)
        self.tone = kinds.SEVERITY_TONES.get(severity, "warn") if severity else "warn"
        self.fails = ""
        if failed:
            word = kinds.severity_words(severity or Severity.MINOR)
            self.fails = strings.t("checks.line.fails", severity=word)
        if self.way == "scan" and failed:
            wanted = asked.must_show(self.line, part.thing)
            self.fails += " " + strings.t("checks.line.scan_wrong", expected=wanted)
        needs = demanded(severity)
        key = "photo" if needs.photo else "note" if needs.note else "free"
        self.demand = strings.t(f"checks.line.{key}", count=DEMANDS[Severity.CRITICAL].note)
        self.shots = [{"key": id_, "source": str(file)} for id_, file in self._files().items()]
        spare = self.model.run.swaps.get(str(part.thing.id))
        self.swappable = bool(reply and reply.fault_id) and spare is None
        found = self.model.find(UUID(spare.replacement)) if spare else None
        self.swapped = strings.t("checks.review.swapped", name=run_rows.called(found)) if spare else ""
        self.complaint = ""

    # ── what it demands ──────────────────────────────────────────────────────────────────────────────────

    def write(self, text: str) -> None:
        """The person writes."""
        self.note = text
        if self.answered:
            self._save_soon()

    def save(self) -> None:
        """Put words and photos on disk."""
        self._save_soon.cancel()
        if self.here and self.answered:
            self.model.explain(self.line, self.note, self._files())

    def add_photo(self) -> None:
        """Take one."""
        self.model.take_photo(self._kept, self._failed)

    def _kept(self, id_: UUID, file: Path) -> None:
        if not self.here:
            return
        if self.way == "photo":
            self.model.answer(self.line, ", ".join([*filter(None, [self.value]), str(id_)])[:2000])
        self.model.explain(self.line, self.note, {**self._files(), id_: file})
        self._show()

    def _failed(self) -> None:
        self.complaint = strings.t("checks.line.no_photo")

    def remove_photo(self, id_: UUID) -> None:
        """Leave this one out."""
        self.model.explain(
            self.line, self.note, {key: file for key, file in self._files().items() if key != id_}
        )
        self._show()

    def open_photo(self, id_: UUID) -> None:
        """Show it large."""
        PhotoView(source=str(self._files()[id_])).open()

    def _files(self) -> dict[UUID, Path]:
        reply = self._reply_of(self.model)
        return self.model.run.files(reply.photos[:MOST_PHOTOS]) if reply else {}

    # ── a spare, and the end ─────────────────────────────────────────────────────────────────────────────

    def swap(self) -> None:
        """Offer the spare pool."""
        assert self.part is not None
        thing = self.part.thing
        used = {each.replacement for each in self.model.run.swaps.values()}
        found = [
            one for one in known.spares(self.model.parts.store, thing)
            if str(one.id) not in used
        ]  # fmt: skip
        sheet = SwapSheet(found)
        sheet.bind(on_swap=lambda _, spare: self._swap(spare))
        sheet.open()

    def _swap(self, spare: Any) -> None:
        self.model.swap(self.line, spare)
        self._show()

    def undo(self) -> None:
        """There is no answer yet."""
        if self.here:
            self.model.take_back(self.line)
        self.dismiss()

    def done(self) -> None:
        """Take what was written; while it lacks something, say what."""
        if self.way in {"written", "percent"}:
            text = self.ids.number.text.strip() if self.way == "written" else self.value
            if text and text != self.value:
                self.answer(text)
                if self.error or not self.here or not self.answered:
                    return
        self.save()
        if (
            self.here
            and self.part is not None
            and self.answered
            and asked.is_open(self.model.run, self.part, self.line)
        ):
            self.complaint = strings.t("checks.line.lacks")
            return
        self.dismiss()

    def on_dismiss(self) -> None:
        """Keep what was written last."""
        self.save()
