"""How checks are called and coloured: words, icons and tones, each beside the other."""

from datetime import datetime
from typing import Any

from mobile.core import strings
from shared_models.checks import Level, Reason, ReasonCode
from shared_models.templates import FAIL, NA, PASS, CheckTemplate, Line, LineType

LEVEL_TONES = {Level.GREEN: "ok", Level.AMBER: "warn", Level.RED: "bad"}
LEVEL_ICONS = {Level.GREEN: "done", Level.AMBER: "alert", Level.RED: "cancel"}
DATED = frozenset({ReasonCode.CERTIFICATE})


def own(en: str, es: str) -> str:
    """The words of a template or a shift in the person's language."""
    return (es if strings.language() == "es" else en) or en


def label(line: Line) -> str:
    """What a line asks."""
    return own(line.label_en, line.label_es)


def hint(line: Line) -> str:
    """How it is looked at."""
    return own(line.hint_en, line.hint_es)


def template_name(template: CheckTemplate) -> str:
    """What a template is called."""
    return own(template.name_en, template.name_es)


def answer_word(line: Line, value: str) -> str:
    """An answer in words."""
    if line.type is LineType.PF and value in {PASS, FAIL, NA}:
        return strings.t(f"hands.choice.{value}")
    for option in line.options:
        if option.code == value:
            return own(option.label_en, option.label_es)
    if line.type is LineType.PERCENT:
        return f"{value} %"
    if line.type is LineType.PHOTO:
        return strings.t("checks.answer.photo")
    return f"{value} {line.unit}".strip()


def level_row(level: Level) -> dict[str, Any]:
    """Colour, icon and word of a level: never the colour alone."""
    return {
        "badge": strings.t(f"checks.level.{level.value}"),
        "badge_icon": LEVEL_ICONS.get(level, "info"),
        "tone": LEVEL_TONES.get(level, "neutral"),
        "icon_tone": LEVEL_TONES.get(level, "neutral"),
    }


def reason_word(reason: Reason) -> str:
    """Why, in a line: of what, and what is wrong with it."""
    said = strings.t(f"checks.reason.{reason.code.value}", detail=reason.detail)
    return strings.t("checks.reason_of", name=reason.name, reason=said) if reason.name else said


def sentence(words: str) -> str:
    """The same with a capital at its head."""
    return words[:1].upper() + words[1:]


def since(at: datetime, now: datetime, zone: str) -> str:
    """Since when."""
    return strings.t("checks.since", when=strings.ago(at, now, zone))
