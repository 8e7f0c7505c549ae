"""The rows of a check in the making, as its screens show them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from mobile.checks import asked, looks
from mobile.checks.asked import Find, Part, Sum
from mobile.checks.known import Known
from mobile.checks.run import Reply, Run
from mobile.core import kinds, strings
from shared_models.assets import Asset
from shared_models.checks import SlotOutcome
from shared_models.kits import Kit
from shared_models.templates import PASS, Line, LineType


def called(thing: Asset | None) -> str:
    """What a thing is called beside its tag."""
    if thing is None:
        return ""
    return thing.tag if thing.name in {"", thing.tag} else f"{thing.tag} · {thing.name}"


def names(lines: Iterable[Line]) -> str:
    """What these lines ask, in a row."""
    return ", ".join(looks.label(line) for line in lines)


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────


def slots(run: Run, kit: Kit, known: Known, me: UUID | None, find: Find) -> list[dict[str, Any]]:
    """One row for each slot: what belongs there, and what was found."""
    made = []
    for slot in kit.slots:
        belongs, found = asked.expected(slot, known, me), run.slot(slot.id)
        row: dict[str, Any] = {
            "key": str(slot.id),
            "icon": kinds.kind_icon(slot.kind),
            "title": slot.name,
            "subtitle": called(belongs),
            "badge": "",
            "badge_icon": "",
            "tone": "neutral",
        }
        if found is None and belongs is None:
            row["subtitle"] = strings.t("checks.slot.scan" if slot.required else "checks.slot.none")
            if slot.required:
                row |= {"badge": strings.t("checks.slot.scan_yours"), "badge_icon": "scan", "tone": "warn"}
        elif found is None:
            row |= {"badge": strings.t("checks.slot.expected"), "badge_icon": "choice"}
            if slot.personal:
                row["subtitle"] = strings.t("checks.slot.yours", name=row["subtitle"])
        else:
            row |= found_sign(found.outcome)
            if found.asset_id:
                row["subtitle"] = called(known.things.get(UUID(found.asset_id)) or find(UUID(found.asset_id)))
            elif found.outcome == SlotOutcome.OTHER:
                row["subtitle"] = found.code
        row["icon_tone"] = row["tone"]
        made.append(row)
    return made


def found_sign(outcome: str) -> dict[str, Any]:
    """What was found in a slot, in word, icon and tone."""
    word = strings.t(f"checks.slot.outcome.{outcome}")
    sign = {
        SlotOutcome.THERE.value: ("check", "ok"),
        SlotOutcome.MISSING.value: ("close", "bad"),
        SlotOutcome.OTHER.value: ("alert", "warn"),
    }
    icon, tone = sign.get(outcome, ("info", "neutral"))
    return {"badge": word, "badge_icon": icon, "tone": tone}


# ── the lines ────────────────────────────────────────────────────────────────────────────────────────────


def heading(part: Part) -> tuple[str, str]:
    """What is looked at: (thing, by which template)."""
    return f"{kinds.kind_words(part.thing.kind)} · {called(part.thing)}", looks.template_name(part.template)


def lines(run: Run, part: Part) -> list[dict[str, Any]]:
    """One row for each line: first what is to be entered by hand, then what one tap passes."""
    made = [_line(run, part, line) for line in asked.shown(run, part)]
    return sorted(made, key=lambda row: not row["by_hand"])


def _line(run: Run, part: Part, line: Line) -> dict[str, Any]:
    reply = run.reply(part.key, line.code)
    by_hand = line.type in asked.BY_HAND or not asked.passing(line)
    row: dict[str, Any] = {
        "key": line.code,
        "title": looks.label(line),
        "subtitle": looks.hint(line),
        "by_hand": by_hand and line.required,
        "values": asked.quick_values(line) if by_hand else (),
        "value": reply.value if reply else "",
        "scans": line.type is LineType.SCAN,
        "unit": "%" if line.type is LineType.PERCENT else line.unit,
    }
    return row | sign(part, line, reply)


def sign(part: Part, line: Line, reply: Reply | None) -> dict[str, Any]:
    """How an answer stands, in word, icon and tone."""
    if reply is None:
        word = "open" if line.required else "optional"
        return {"badge": strings.t(f"checks.line.{word}"), "badge_icon": "choice", "tone": "neutral"}
    said = looks.answer_word(line, reply.value)
    if not asked.failed(line, part.thing, reply):
        icon = "check" if reply.value == PASS or line.type is not LineType.PF else "minus"
        return {"badge": said, "badge_icon": icon, "tone": "ok" if icon == "check" else "neutral"}
    severity = asked.severity(line, part.thing, reply)
    word = kinds.severity_words(severity) if severity else ""
    said = strings.t("checks.line.failed", said=said, severity=word) if word else said
    return {
        "badge": said,
        "badge_icon": "close",
        "tone": kinds.SEVERITY_TONES[severity] if severity else "warn",
    }


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────


def review(run: Run, parts: list[Part], known: Known, kit: Kit | None) -> list[dict[str, Any]]:
    """One row for each thing, with what failed of it; and for each slot that is not as it should be."""
    made = []
    for slot in kit.slots if kit else ():
        found = run.slot(slot.id)
        if found is not None and found.outcome != SlotOutcome.THERE:
            sign_ = found_sign(found.outcome)
            made.append(
                {"key": "", "icon": kinds.kind_icon(slot.kind), "title": slot.name, "chevron": False,
                 "subtitle": found.code, "icon_tone": sign_["tone"], **sign_}
            )  # fmt: skip
    for part in parts:
        title, _ = heading(part)
        open_ = asked.left(run, part)
        wrong = [
            line for line in asked.shown(run, part)
            if asked.failed(line, part.thing, run.reply(part.key, line.code))
        ]  # fmt: skip
        row: dict[str, Any] = {"key": part.key, "icon": kinds.kind_icon(part.thing.kind), "title": title}
        if open_:
            said = strings.t("checks.review.open", count=len(open_))
            row |= {"badge": said, "badge_icon": "choice", "tone": "warn", "subtitle": names(open_)}
        elif wrong:
            said = strings.t("checks.review.failed", count=len(wrong))
            row |= {"badge": said, "badge_icon": "close", "tone": "bad", "subtitle": names(wrong)}
        else:
            row |= {"badge": strings.t("hands.choice.pass"), "badge_icon": "check", "tone": "ok"}
        if str(part.thing.id) in run.swaps:
            spare = known.things.get(UUID(run.swaps[str(part.thing.id)].replacement))
            said = strings.t("checks.review.swapped", name=called(spare))
            row["subtitle"] = f"{row.get('subtitle', '')}\n{said}".strip()
        row["icon_tone"] = row["tone"]
        made.append(row)
    return made


def total(sum_: Sum) -> tuple[str, str]:
    """(tone, words) of all of it."""
    if sum_.open:
        return "warn", strings.t("checks.review.open", count=sum_.open)
    if not sum_.failed:
        return "ok", strings.t("checks.review.all_pass")
    tone = kinds.SEVERITY_TONES.get(sum_.worst, "warn") if sum_.worst else "warn"
    return tone, strings.t("checks.review.failed", count=sum_.failed)
