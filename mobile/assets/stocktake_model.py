"""Counting what should be there: scan after scan, live, with no signal; and closing it once every scan has arrived."""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.assets import changes, looks, told
from mobile.assets.changes import STOCKTAKE, STOCKTAKES
from mobile.core import kinds, register, strings
from mobile.core.api import Answer
from mobile.core.online import Online
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from mobile.core.store import REFUSED, WAITING, Store
from shared_models.custody import (
    BeginStocktake,
    Counted,
    CountOutcome,
    CountThings,
    Stocktake,
    StocktakeLine,
    StocktakeLines,
    Stocktakes,
)

KEPT = "stocktakes"
"""The document of the counts that were open when the server was last asked."""
HERE = "draft:stocktake:"
"""How the small fact is called of what was scanned here in a count; its id follows."""
SHOWN = 30
"""So many of the last scans, and of what is missing, are listed."""


def kept_counts(store: Store) -> list[Stocktake]:
    """The counts that were open when the server was last asked, and those begun here since."""
    _, body = store.document(KEPT)
    return list(Stocktakes.read(json.loads(body)).items) if body else []


def keep_counts(store: Store, counts: Iterable[Stocktake]) -> None:
    """Keep these: a count outlives the change by which it was begun."""
    told_ = Stocktakes(items=tuple(counts), next=None).dump()
    store.set_document(KEPT, "", json.dumps(told_).encode())


def open_counts(store: Store) -> dict[UUID, dict[str, Any]]:
    """The counts that are open, by id, each with what it counts."""
    found = {one.id: one.dump() for one in kept_counts(store) if one.closed_at is None}
    for change in store.outbox():
        if change.kind != STOCKTAKE:
            continue
        begins, ends = change.path == f"{STOCKTAKES}/", change.path.endswith("/close")
        if (begins and change.state == REFUSED) or (ends and change.state != REFUSED):
            found.pop(change.about, None)
    return found


class Counts(Online):
    """The counts that are under way."""

    lines = ListProperty()
    empty = BooleanProperty(False)

    def show(self) -> None:
        """Show what was heard last, and ask anew."""
        self.load()
        self.ask(lambda: self.parts.sync.call("GET", f"{STOCKTAKES}/?open=true&limit=100"), self._told)

    def _told(self, answer: Any) -> None:
        store = self.parts.store
        told_ = list(Stocktakes.read(answer.data).items)
        known = {one.id for one in told_}
        waits = {one.about for one in store.outbox() if one.kind == STOCKTAKE}
        ours = [one for one in kept_counts(store) if one.id not in known and one.id in waits]
        keep_counts(store, [*told_, *ours])
        self.load()

    def load(self) -> None:
        """Read the store anew."""
        counts = open_counts(self.parts.store)
        self.lines = [
            {
                "key": str(id_),
                "icon": "count",
                "title": value["name"],
                "subtitle": strings.t("stocktakes.by", name=value.get("begun_by", "")),
            }
            for id_, value in counts.items()
        ]
        self.empty = not counts

    def begin(self, name: str, of: dict[str, Any]) -> UUID | None:
        """Begin one of a department, a unit or a place; its id."""
        me = self.parts.me
        if me is None:
            return None
        of = {**of, "kit_id": UUID(of["kit_id"])} if "kit_id" in of else of
        wish = BeginStocktake(id=uuid4(), name=name, **of)
        store = self.parts.store
        count = Stocktake(
            id=wish.id,
            name=name,
            department=wish.department,
            place=wish.place,
            kit_id=wish.kit_id,
            begun_at=utc_now(),
            begun_by=me.name,
            closed_at=None,
            expected=0,
            found=0,
            missing=0,
            unexpected=0,
            version=0,
        )
        keep_counts(store, [*kept_counts(store), count])
        changes.begin_count(store, wish)
        self.parts.sync_now()
        self.parts.tell_changed()
        return wish.id

    def choices(self) -> list[dict[str, Any]]:
        """What can be counted: my departments and the units, as options to choose from."""
        store = self.parts.store
        return [
            *(
                {"key": ("department", code), "title": self.parts.department(code), "icon": "building"}
                for code in told.departments(self.parts)
            ),
            *(
                {"key": ("kit_id", str(kit.id)), "title": kit.code, "subtitle": kit.name, "icon": "car"}
                for kit in told.kits(store)
            ),
        ]


class Count(Online):
    """One count: what is expected, what was found, what is missing, what nobody expected.

    Several count at once: what the others have scanned comes from the server, while there is signal.
    """

    state = StringProperty("shown")  # or gone
    title = StringProperty()
    expected = NumericProperty(0)
    found = NumericProperty(0)
    missing = NumericProperty(0)
    unexpected = NumericProperty(0)
    waits = NumericProperty(0)  # scans that have not reached the server
    last_text = StringProperty()  # of the last scan: stands for a sound
    last_tone = StringProperty("neutral")
    missing_lines = ListProperty()
    scans = ListProperty()
    more_text = StringProperty()
    others = ListProperty()  # what others have scanned, the last first
    others_text = StringProperty()  # how much that is, or that only what was scanned here is shown

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self._theirs: dict[str, StocktakeLine] | None = None  # by tag; None: not known
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this count."""
        if id_ != self.id:
            self.last_text, self.last_tone = "", "neutral"
            self._theirs = None
        self.id = id_
        self.load()
        self.refresh()

    # ── what others have scanned ─────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Ask what everybody has scanned."""
        id_ = self.id
        if id_ is not None and self.state == "shown":
            self.ask(lambda: self._counted(id_), lambda answer: self._told(id_, answer))

    def _counted(self, id_: UUID) -> Answer:
        """The count, with its lines that were counted: the last pages of each outcome, as far as there are any."""
        answer = self.parts.sync.call("GET", f"{STOCKTAKES}/{id_}")
        lines: list[Any] = []
        for outcome in (CountOutcome.FOUND, CountOutcome.UNEXPECTED) if answer.ok else ():
            after: str | None = ""
            while after is not None:
                asked = urlencode({"outcome": outcome.value, "limit": 200, "after": after})
                page = self.parts.sync.call("GET", f"{STOCKTAKES}/{id_}/lines?{asked}")
                if not page.ok:
                    return page
                lines += page.data["items"]
                after = page.data["next"]
        return replace(answer, data={"count": answer.data, "items": lines, "next": None})

    def _told(self, id_: UUID, answer: Answer) -> None:
        if id_ != self.id:
            return
        store = self.parts.store
        if answer.data["count"]["closed_at"] is not None:  # by somebody else
            keep_counts(store, [one for one in kept_counts(store) if one.id != id_])
        else:
            lines = StocktakeLines.read({"items": answer.data["items"], "next": None}).items
            self._theirs = {line.tag: line for line in lines}
        self.load()

    def refused(self, answer: Answer) -> None:
        """The server does not know it yet, or does not tell."""
        self._alone()

    def _failed(self, error: Exception) -> None:
        super()._failed(error)
        self._alone()

    def _alone(self) -> None:
        self._theirs = None
        self.load()

    def codes(self) -> list[str]:
        """What was scanned here, the newest last."""
        kept = self.parts.store.get(f"{HERE}{self.id}")
        return list(json.loads(kept)) if kept else []

    def load(self) -> None:
        """Read the store anew."""
        if self.id is None:
            return
        store = self.parts.store
        value = open_counts(store).get(self.id)
        self.state = "shown" if value is not None else "gone"
        if value is None:
            return
        self.title = value["name"]
        wanted = {one.value["tag"]: one.value for one in register.things(store) if fits(one.value, value)}
        scanned = list(dict.fromkeys(self.codes()))
        theirs = self._tell_others(wanted, scanned)
        everybody = [*scanned, *theirs]
        seen = [code for code in everybody if code in wanted]
        lacks = [tag for tag in sorted(wanted) if tag not in seen]
        self.expected, self.found = len(wanted), len(seen)
        self.missing, self.unexpected = len(lacks), len(everybody) - len(seen)
        self.waits = sum(
            1
            for one in store.outbox()
            if one.kind == STOCKTAKE and one.about == self.id and one.state == WAITING
        )
        self.missing_lines = [
            {
                "icon": kinds.kind_icon(kinds.kind_of(wanted[tag])),
                "key": looks.called(wanted[tag]),
                "value": looks.whose(wanted[tag]) or strings.t("stocktake.no_place"),
            }
            for tag in lacks[:SHOWN]
        ]
        self.more_text = strings.t("stocktake.more", count=len(lacks) - SHOWN) if len(lacks) > SHOWN else ""
        self.scans = [
            {
                "icon": "yes" if code in wanted else "alert",
                "key": strings.t("stocktake.found_one" if code in wanted else "stocktake.unexpected_one"),
                "value": code,
            }
            for code in reversed(scanned[-SHOWN:])
        ]

    def _tell_others(self, wanted: Collection[str], mine: Collection[str]) -> list[str]:
        """The tags that others have scanned and I have not, the last first."""
        if self._theirs is None:
            self.others, self.others_text = [], strings.t("stocktake.alone")
            return []
        found = [line for tag, line in self._theirs.items() if tag not in mine]
        found.sort(key=lambda line: str(line.counted_at), reverse=True)
        self.others_text = strings.t("stocktake.by_others", count=len(found))
        self.others = [
            {
                "icon": "yes" if line.tag in wanted else "alert",
                "key": line.counted_by
                if line.tag in wanted
                else strings.t("stocktake.unexpected_by", name=line.counted_by),
                "value": line.tag,
            }
            for line in found[:SHOWN]
        ]
        return [line.tag for line in found]

    def scanned(self, code: str) -> None:
        """One scan more: it is on disk before anything is said."""
        if self.id is None:
            return
        store = self.parts.store
        found = register.by_code(store, code)
        tag = found[0].value["tag"] if len(found) == 1 else code.strip().upper()
        before = self.codes()
        wish = CountThings(scans=(Counted(code=code.strip(), done_at=utc_now()),))
        changes.count(store, self.id, wish)
        store.set(f"{HERE}{self.id}", json.dumps([*before, tag]))
        self.load()
        self.last_text, self.last_tone = self._said(tag, again=tag in before, known=len(found) == 1)
        self.parts.sync_now()
        self.parts.tell_changed()

    def _said(self, tag: str, *, again: bool, known: bool) -> tuple[str, str]:
        if again:
            return strings.t("stocktake.said.again", tag=tag), "info"
        if not known:
            return strings.t("stocktake.said.unknown", tag=tag), "warn"
        if self._theirs and tag in self._theirs and tag not in self.codes()[:-1]:
            by = self._theirs[tag].counted_by
            return strings.t("stocktake.said.theirs", tag=tag, name=by), "info"
        expected = any(line["value"] == tag and line["icon"] == "yes" for line in self.scans)
        if expected:
            return strings.t("stocktake.said.found", tag=tag), "ok"
        return strings.t("stocktake.said.unexpected", tag=tag), "warn"

    def close(self) -> bool:
        """Counting is over; not while a scan waits."""
        if self.id is None or self.waits:
            return False
        store = self.parts.store
        changes.close_count(store, self.id)
        keep_counts(store, [one for one in kept_counts(store) if one.id != self.id])
        store.set(f"{HERE}{self.id}", "")
        self.parts.sync_now()
        self.parts.tell_changed()
        return True


def fits(thing: dict[str, Any], count: dict[str, Any]) -> bool:
    """Whether this thing is expected in that count: of its department, its unit or its place."""
    if count.get("kit_id"):
        return bool(thing.get("kit_id") == str(count["kit_id"]))
    if count.get("place"):
        return bool(thing.get("place") == count["place"])
    return bool(thing.get("department") == count.get("department"))
