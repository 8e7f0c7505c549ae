"""Templates, to read: what is looked at, how often, and how badly each line can fail."""

from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.checks import looks
from mobile.checks.known import TEMPLATE
from mobile.core import kinds, strings
from mobile.core.parts import Parts
from mobile.core.store import Store
from shared_models.templates import Cadence, CheckTemplate, Line, TemplateState

TONES = {TemplateState.IN_FORCE: "ok", TemplateState.DRAFT: "warn"}


def all_templates(store: Store) -> list[CheckTemplate]:
    """Those on the phone; of a code what is in force first."""
    found = [CheckTemplate.read(seen.value) for seen in store.view(TEMPLATE) if "lines" in seen.value]
    return sorted(found, key=lambda one: (one.code, one.state is not TemplateState.IN_FORCE, -one.version))


class TemplateList(EventDispatcher):
    """All templates."""

    rows = ListProperty()
    empty = BooleanProperty(False)

    parts: Parts

    def load(self) -> None:
        """Take over what is on this phone."""
        found = all_templates(self.parts.store)
        self.rows = [
            {
                "key": str(one.id),
                "icon": kinds.kind_icon(one.kind),
                "title": looks.template_name(one),
                "subtitle": strings.t("checks.template.lines", count=len(one.lines)),
                "badge": strings.t(f"checks.template.state.{one.state.value}"),
                "tone": TONES.get(one.state, "neutral"),
                "aside": strings.t("checks.template.version", version=one.version),
            }
            for one in found
        ]
        self.empty = not found


class TemplateView(EventDispatcher):
    """One template. `state`: `shown` or `gone`."""

    state = StringProperty("gone")
    title = StringProperty()
    subtitle = StringProperty()
    groups = ListProperty()  # (how often, rows)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id = UUID(int=0)
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this one."""
        self.id = id_
        self.load()

    def load(self) -> None:
        """Take over what is on this phone."""
        seen = self.parts.store.one(TEMPLATE, self.id)
        if seen is None or "lines" not in seen.value:
            self.state = "gone"
            return
        found = CheckTemplate.read(seen.value)
        self.title = looks.template_name(found)
        state = strings.t(f"checks.template.state.{found.state.value}")
        self.subtitle = f"{strings.t('checks.template.version', version=found.version)} · {state}"
        by: dict[Cadence, list[Line]] = {}
        for line in found.lines:
            by.setdefault(line.cadence, []).append(line)
        self.groups = [
            (strings.t(f"checks.cadence.{cadence.value}"), [self._row(line) for line in lines])
            for cadence, lines in by.items()
        ]
        self.state = "shown"

    @staticmethod
    def _row(line: Line) -> dict[str, Any]:
        said = [looks.hint(line), *(looks.own(one.label_en, one.label_es) for one in line.options)]
        for limit in line.limits:
            way, bound = ("below", limit.below) if limit.below is not None else ("above", limit.above)
            number = f"{bound:g}{' %' if line.type == 'pct' else ''}"
            said.append(
                strings.t(
                    f"checks.template.{way}", number=number, severity=kinds.severity_words(limit.severity)
                )
            )
        row: dict[str, Any] = {
            "key": line.code,
            "title": looks.label(line),
            "subtitle": " · ".join(part for part in said if part),
            "aside": strings.t(f"checks.type.{line.type.value}"),
            "chevron": False,
        }
        if line.severity is not None:
            tone = kinds.SEVERITY_TONES.get(line.severity, "neutral")
            row |= {"badge": kinds.severity_words(line.severity), "tone": tone}
        return row
