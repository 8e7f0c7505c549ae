"""A check in the making: each answer is on disk before it is shown, so that it survives the app."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from mobile.core.store import DRAFT, Store
from shared_models.checks import SlotOutcome
from shared_models.templates import Cadence
from shared_models.wire import instant_text

AUDIT, THING, SIGN = "audit", "thing", "sign"
KEY = f"{DRAFT}check:"
ALONE = "alone"
"""Of what a check is that is of no unit."""


@dataclass
class Reply:
    """What was answered to one line."""

    value: str
    note: str = ""
    photos: list[str] = field(default_factory=list)
    fault_id: str = ""


@dataclass
class Slot:
    """What was found in one slot."""

    outcome: str
    asset_id: str = ""
    code: str = ""
    note: str = ""


@dataclass
class Exchange:
    """What is put in the place of a thing that failed: ids that make the same swap of it however often it is sent."""

    replacement: str
    fault: str
    out: str = field(default_factory=lambda: str(uuid4()))
    into: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class Run:
    """What was found so far. Its id becomes the check's: however often it is sent, it is one check."""

    kit_id: str = ""
    """Empty: of one thing alone."""
    asset_id: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
    started_at: str = field(default_factory=lambda: instant_text(datetime.now(UTC)))
    step: str = AUDIT
    at: str = ""
    """The key of the part that is looked at."""
    slots: dict[str, Slot] = field(default_factory=dict)
    parts: list[tuple[str, str, list[str]]] = field(default_factory=list)
    """(thing, template, cadences) that are looked at, since the audit; lines are always those of the version in force."""
    answers: dict[str, dict[str, Reply]] = field(default_factory=dict)
    """By part, by line."""
    swaps: dict[str, Exchange] = field(default_factory=dict)
    """By the thing that goes."""
    photos: dict[str, str] = field(default_factory=dict)
    """Files by id."""
    signature: str = ""

    @property
    def begun(self) -> datetime:
        """When."""
        return datetime.fromisoformat(self.started_at)

    @property
    def empty(self) -> bool:
        """Nothing would be lost."""
        return not (self.slots or self.answers)

    @property
    def key(self) -> str:
        """Under what name it is kept: one for each unit."""
        return key_of(self.kit_id or self.asset_id)

    def reply(self, part: str, line: str) -> Reply | None:
        """What was answered to a line."""
        return self.answers.get(part, {}).get(line)

    def slot(self, id_: UUID) -> Slot | None:
        """What was found in a slot."""
        return self.slots.get(str(id_))

    def files(self, ids: list[str]) -> dict[UUID, Path]:
        """The photos of these ids that are here."""
        return {UUID(id_): Path(self.photos[id_]) for id_ in ids if id_ in self.photos}

    def mentioned(self) -> dict[UUID, Path]:
        """All photos that an answer mentions."""
        ids = [id_ for lines in self.answers.values() for reply in lines.values() for id_ in reply.photos]
        return self.files(ids)

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> "Run":
        """Read it as it was kept."""
        kept: dict[str, Any] = json.loads(text)
        kept["slots"] = {id_: Slot(**slot) for id_, slot in kept["slots"].items()}
        kept["parts"] = [(thing, template, list(cadences)) for thing, template, cadences in kept["parts"]]
        kept["answers"] = {
            part: {line: Reply(**reply) for line, reply in lines.items()}
            for part, lines in kept["answers"].items()
        }
        kept["swaps"] = {id_: Exchange(**swap) for id_, swap in kept["swaps"].items()}
        return cls(**kept)


def key_of(of: str) -> str:
    """Under what name the check of this unit or thing is kept."""
    return f"{KEY}{of or ALONE}"


def part_key(thing: UUID | str, template: str) -> str:
    """How a part of a run is called."""
    return f"{thing}:{template}"


def begun(store: Store, of: UUID) -> Run | None:
    """The check of this unit (or thing) that was begun and not finished."""
    text = store.get(key_of(str(of)))
    return Run.of(text) if text else None


def keep(store: Store, run: Run) -> None:
    """Put it on disk."""
    store.set(run.key, run.text(), shown=False)


def forget(store: Store, run: Run) -> None:
    """There is no such check any more."""
    store.set(run.key, "")


def there(run: Run, slot: UUID, asset: UUID | None, code: str = "") -> None:
    """It is there: what belongs there."""
    run.slots[str(slot)] = Slot(SlotOutcome.THERE.value, str(asset) if asset else "", code)


def missing(run: Run, slot: UUID, note: str = "") -> None:
    """Nothing is there."""
    run.slots[str(slot)] = Slot(SlotOutcome.MISSING.value, note=note)


def other(run: Run, slot: UUID, asset: UUID | None, code: str) -> None:
    """Another thing is there: one that we know, or only its code."""
    run.slots[str(slot)] = Slot(SlotOutcome.OTHER.value, str(asset) if asset else "", code)


def cadences_of(words: list[str]) -> tuple[Cadence, ...]:
    """Read them as they were kept; what this app does not know is not looked at."""
    return tuple(found for found in map(Cadence, words) if found is not Cadence.NEWER)
