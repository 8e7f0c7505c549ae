"""Checks that were done: the history of a unit, and one of them to read."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.checks import asked, known, looks, run_rows
from mobile.checks.known import CHECK, Reader
from mobile.core import kinds, strings
from mobile.core.parts import Parts
from mobile.core.problems import in_words
from mobile.core.store import Store
from shared_models.assets import Asset
from shared_models.checks import Answer, Check, CheckPart, SlotOutcome
from shared_models.templates import CheckTemplate, Line, LineType
from shared_models.verdicts import failing

SEAL = 12
"""Signs of a seal that tell two apart."""


class Kept(NamedTuple):
    """A check on this phone."""

    check: Check
    waits: bool
    refused: str
    """Why the city did not take it; empty where it did, or was not asked yet."""
    key: str
    """Of the change that was refused."""


def checks_of(store: Store, kit: UUID | None) -> list[Kept]:
    """The checks of a unit (of all units), the newest first."""
    found = []
    for seen in store.view(CHECK):
        if "parts" not in seen.value or (kit is not None and seen.value.get("kit_id") != str(kit)):
            continue
        no = seen.refused
        reason = (in_words(no.problem) if no.problem else "…") if no else ""
        found.append(Kept(Check.read(seen.value), seen.waits, reason, no.key if no else ""))
    return sorted(found, key=lambda one: one.check.finished_at, reverse=True)


def row(one: Kept, now: datetime, zone: str) -> dict[str, Any]:
    """One check as a list shows it."""
    check = one.check
    badge, tone, icon = strings.t("checks.list.passed"), "ok", "check"
    if check.failed:
        tone = kinds.SEVERITY_TONES.get(check.worst, "warn") if check.worst else "warn"
        badge, icon = strings.t("checks.review.failed", count=check.failed), "close"
    if one.waits:
        badge, tone, icon = strings.t("checks.list.waits"), "neutral", "waiting"
    if one.refused:
        badge, tone, icon = strings.t("requests.refused"), "bad", "refused"
    return {
        "key": str(check.id),
        "icon": "check_list",
        "icon_tone": tone,
        "title": strings.day_and_time(check.finished_at, zone, now),
        "subtitle": " · ".join(filter(None, (check.unit, check.by))),
        "badge": badge,
        "badge_icon": icon,
        "tone": tone,
    }


class History(EventDispatcher):
    """The checks of one unit, or of all."""

    rows = ListProperty()
    title = StringProperty()
    empty = BooleanProperty(False)
    kit: UUID | None = None

    parts: Parts

    def show(self, kit: UUID | None) -> None:
        """Show this unit's."""
        self.kit = kit
        self.load()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        found = checks_of(self.parts.store, self.kit)
        unit = self.parts.store.one(known.KIT, self.kit) if self.kit else None
        code = unit.value.get("code", "") if unit else ""
        self.title = strings.t("checks.list.title", unit=code) if code else strings.t("checks.list.title_all")
        self.rows = [row(one, now, self.parts.zone) for one in found]
        self.empty = not found


class OneCheck(EventDispatcher):
    """One check, sealed: what was found of each thing, by whom, and where it stands. `state`: `shown` or `gone`."""

    state = StringProperty("gone")
    title = StringProperty()
    facts = ListProperty()
    badge = StringProperty()
    badge_icon = StringProperty()
    tone = StringProperty("neutral")
    notice = StringProperty()
    refused = BooleanProperty(False)
    groups = ListProperty()  # (title, rows) of each thing
    signature = StringProperty()

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.reader = Reader()
        self.id = UUID(int=0)
        self._key = ""
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this one."""
        self.id = id_
        self.load()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        found = next((one for one in checks_of(self.parts.store, None) if one.check.id == self.id), None)
        if found is None:
            self.state = "gone"
            return
        check, said = found.check, row(found, now, self.parts.zone)
        self.title = strings.t("checks.one.title", unit=check.unit).strip()
        self.badge, self.badge_icon, self.tone = said["badge"], said["badge_icon"], said["tone"]
        minutes = max(1, round((check.finished_at - check.started_at).total_seconds() / 60))
        self.facts = [
            {"icon": "clock", "key": strings.full_time(check.finished_at, self.parts.zone),
             "value": strings.t("checks.one.took", minutes=minutes)},
            {"icon": "account", "key": self.parts.department(check.department), "value": strings.t("checks.one.by", name=check.by)},
        ]  # fmt: skip
        if check.hash:
            self.facts.append(
                {
                    "icon": "lock",
                    "key": strings.t("checks.one.sealed", hash=check.hash[:SEAL]),
                    "value": check.app,
                }
            )
        self._key, self.refused = found.key, bool(found.refused)
        self.notice = (
            strings.t("checks.one.refused", why=found.refused) if found.refused else strings.t("checks.one.waits") if found.waits else ""
        )  # fmt: skip
        self.groups = [*self._slots(check), *(self._part(part) for part in check.parts)]
        self.signature = check.signature
        self.state = "shown"

    def again(self) -> None:
        """Send it once more."""
        self.parts.store.send_again(self._key)
        self.parts.sync_now()
        self.parts.tell_changed()
        self.load()

    def put_away(self) -> None:
        """It is wanted no more."""
        self.parts.store.put_away(self._key)
        self.parts.tell_changed()
        self.load()

    def _slots(self, check: Check) -> list[tuple[str, list[dict[str, Any]]]]:
        on_phone = self.reader.known(self.parts.store)
        kit = on_phone.kits.get(check.kit_id) if check.kit_id else None
        names = {slot.id: slot for slot in kit.slots} if kit else {}
        rows = []
        for found in check.slots:
            slot = names.get(found.slot_id)
            if slot is None or found.outcome is SlotOutcome.THERE:
                continue
            rows.append(
                {"key": str(slot.id), "icon": kinds.kind_icon(slot.kind), "title": slot.name, "subtitle": found.code or found.note,
                 "chevron": False, **run_rows.found_sign(found.outcome.value)}
            )  # fmt: skip
        return [(strings.t("checks.unit.slots"), rows)] if rows else []

    def _part(self, part: CheckPart) -> tuple[str, list[dict[str, Any]]]:
        on_phone = self.reader.known(self.parts.store)
        seen = self.parts.store.one(known.THING, part.asset_id)
        thing = Asset.read(seen.value) if seen is not None and "tag" in seen.value else None
        template = on_phone.templates.get(part.template)
        if template is not None and template.version != part.template_version:
            template = None  # its lines may have meant something else
        name = kinds.kind_words(thing.kind) if thing else part.template
        title = f"{name} {run_rows.called(thing)}".strip()
        return title, [_answer(answer, template, thing, place) for place, answer in enumerate(part.answers)]


def _answer(
    answer: Answer, template: CheckTemplate | None, thing: Asset | None, place: int
) -> dict[str, Any]:
    line = next((one for one in template.lines if one.code == answer.line), None) if template else None
    made: dict[str, Any] = {
        "key": str(place),
        "title": looks.label(line) if line else answer.line,
        "subtitle": answer.note,
        "chevron": False,
        "badge": looks.answer_word(line, answer.value) if line else answer.value[:40],
        "badge_icon": "check",
        "tone": "ok",
    }
    if line is not None and line.type is LineType.SIGNATURE:
        made["badge"] = strings.t("checks.one.signature")
    if answer.fault_id is not None or (line is not None and _fails(line, answer, thing)):
        made |= {"badge_icon": "close", "tone": "bad"}
    return made


def _fails(line: Line, answer: Answer, thing: Asset | None) -> bool:
    try:
        return failing(line, answer.value, asked.must_show(line, thing) if thing else "") is not None
    except ValueError:
        return False
