"""The lines of lists of things: by what they are found, and how their rows look."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mobile.assets import looks
from mobile.core import kinds, strings
from mobile.core.store import Seen
from shared_models.assets import Severity


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a list. Values are read as they lie in the store: thousands through their schema take seconds."""

    id: UUID
    value: Mapping[str, Any]
    worst: Severity | None
    waits: bool
    refused: bool

    @property
    def row(self) -> dict[str, Any]:
        """How it looks: its state by colour and word, and of its faults the worst, by colour and word too."""
        value = self.value
        kind, state = kinds.kind_of(value), looks.state_of(value)
        about = [kinds.kind_words(kind), looks.whose(value)]
        badge, tone, icon = looks.state_words(state), looks.state_tone(state), ""
        if self.worst is not None:
            badge = strings.t("things.state_and_fault", state=badge, fault=kinds.severity_words(self.worst))
            tone, icon = kinds.SEVERITY_TONES[self.worst], looks.SEVERITY_ICONS[self.worst]
        if self.waits:
            icon = "waiting"
        if self.refused:
            badge, tone, icon = strings.t("things.refused"), "bad", "refused"
        return {
            "key": str(self.id),
            "icon": kinds.kind_icon(kind),
            "icon_tone": kinds.SEVERITY_TONES.get(self.worst, "neutral") if self.worst else "neutral",
            "title": looks.called(value),
            "subtitle": " · ".join(part for part in about if part),
            "badge": badge,
            "tone": tone,
            "badge_icon": icon,
            "aside": battery_words(value),
        }


def battery_words(value: Mapping[str, Any]) -> str:
    """Its charge, where that is known: "Battery 85 %"."""
    charge = value.get("battery")
    return "" if charge is None else strings.t("things.battery", count=charge)


def plain(text: str) -> str:
    """Small letters without accents: what people type is compared with what is there."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def lines_of(seen: Iterable[Seen], worst: Mapping[str, Severity]) -> list[Line]:
    """The lines of these things, by tag; what was refused stands first. Any thread may make them."""
    lines = [line_of(one, worst.get(str(one.id))) for one in seen]
    return sorted(lines, key=lambda line: (not line.refused, line.value["tag"]))


def line_of(one: Seen, known: Severity | None = None) -> Line:
    """The line of one thing; `known` is the worst fault that this phone knows of."""
    told = one.value.get("worst_fault")
    said = Severity(told) if told in set(Severity) else None
    worst = kinds.worst(severity for severity in (known, said) if severity)
    return Line(one.id, one.value, worst, one.waits, one.refused is not None)
