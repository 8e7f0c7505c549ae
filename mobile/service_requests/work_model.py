"""The work list: what staff have to do, found by chips and words, and older things by asking the server."""

from datetime import UTC, datetime
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from mobile.core import strings
from mobile.core.lazy import Lazy
from mobile.core.parts import Parts
from mobile.core.store import REFUSED, Seen, Store
from mobile.service_requests import looks, work_lookup
from mobile.service_requests.changes import WORK
from mobile.service_requests.work_lines import Line, Names, lines_of, older_lines, plain
from mobile.service_requests.work_lookup import Miss
from shared_models.service_requests import StaffPage

MANY = 300
"""So many requests are made into lines off the main thread; fewer take less than a frame or two."""
PAGE = 50
OLDER = "older"
"""Key of the list's last row."""


def all_work(store: Store) -> list[Seen]:
    """All requests on the phone, and those that left it while a change of ours was refused."""
    # One that was never here is not made by a change of ours that waits: it comes with the next pull.
    seen = [one for one in store.view(WORK) if "type" in one.value or one.refused is not None]
    here = {one.id for one in seen}
    refused = {one.about: one for one in store.outbox() if one.kind == WORK and one.state == REFUSED}
    return [
        *seen,
        *(Seen(id_, {}, waits=False, refused=one) for id_, one in refused.items() if id_ not in here),
    ]


class WorkList(EventDispatcher):
    """What is shown of the work, and what a tap on a filter means."""

    rows = ObjectProperty(())  # dicts of a row's properties, each made when it is seen
    found = ObjectProperty(())  # the same without the last one, which searches older requests
    empty = BooleanProperty(False)  # nothing fits
    empty_title = StringProperty()
    empty_text = StringProperty()
    chosen = StringProperty()  # id of the request whose detail stands beside the list
    loaded = BooleanProperty(False)
    scope = OptionProperty("open", options=["open", "mine", "all"])
    department = StringProperty()  # its code; empty for all
    kind = StringProperty()  # a type's code; empty for all
    query = StringProperty()
    count_text = StringProperty()
    department_text = StringProperty()
    kind_text = StringProperty()
    scopes = ListProperty()
    departments = ListProperty()  # to choose from: dicts of key and title
    kinds = ListProperty()
    narrowed = BooleanProperty(False)
    older_state = OptionProperty("", options=["", "asking", "found", *Miss])
    older_count = NumericProperty(0)
    older_more = BooleanProperty(False)
    older_text = StringProperty()

    def __init__(self, **kwargs: Any) -> None:
        self._parts: Parts | None = None
        self._lines: list[Line] = []
        self._older: list[Line] = []
        self._after = ""
        self._reading = self._asking = 0
        super().__init__(**kwargs)
        for what in ("found", "older_state", "older_text", "older_more", "loaded"):
            self.fbind(what, self._lay_out)
        self.bind(scope=self._narrow, department=self._narrow, kind=self._narrow, query=self._narrow)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The app's parts, once it has handed them over."""
        assert self._parts is not None
        return self._parts

    # ── what is on the phone ─────────────────────────────────────────────────────────────────────────────

    def load(self) -> None:
        """Read anew what is on the phone; when that is much, off the main thread."""
        store, names, now = self.parts.store, self.names(), datetime.now(UTC)
        self._reading += 1
        turn = self._reading

        def read() -> list[Line]:
            return lines_of(all_work(store), names, now)

        if store.count(WORK) <= MANY:
            self._take(turn, read())
        else:
            self.parts.tasks.run(read, lambda lines: self._take(turn, lines))

    def names(self) -> Names:
        """What codes and ids are called now."""
        people = work_lookup.names(self.parts)
        return Names(types=self.parts.types(), colleagues=people, zone=self.parts.zone)

    def _take(self, turn: int, lines: list[Line]) -> None:
        if turn == self._reading:  # a slower reading that began earlier tells of the past
            self._lines = lines
            self._show_filters()
            self._show()
            self.loaded = True

    # ── narrowing ────────────────────────────────────────────────────────────────────────────────────────

    def clear_filters(self) -> None:
        """Show everything that is on the phone."""
        self.scope, self.department, self.kind, self.query = "all", "", "", ""

    def _narrow(self, *_: object) -> None:
        self._forget_older()
        if self._parts is not None:
            self._show_filters()
            self._show()

    def _fits(self, line: Line, me: str, words: list[str]) -> bool:
        return (
            line.refused  # what was refused is never out of sight
            or (
                (self.scope == "all" or line.open)
                and (self.scope != "mine" or line.assignee == me)
                and self.department in {"", line.department}
                and self.kind in {"", line.type}
                and all(word in line.words for word in words)
            )
        )

    def _show(self) -> None:
        me = str(self.parts.me.id) if self.parts.me else ""
        words = plain(self.query).split()
        shown = [line for line in self._lines if self._fits(line, me, words)]
        here = {line.id for line in self._lines} if self._older else set()
        beyond = [line for line in self._older if line.id not in here]
        self.older_count = len(beyond)
        self.empty = not shown and not beyond
        lines = [*shown, *beyond]
        self.found = Lazy(len(lines), lambda at: lines[at].row)
        self.narrowed = bool(self.department or self.kind or self.query or self.scope != "all")
        self.count_text = strings.t("work.count", count=len(shown))
        if beyond:
            self.count_text = strings.t("work.count_older", here=self.count_text, count=len(beyond))

    def _lay_out(self, *_: object) -> None:
        beyond = {
            "key": OLDER,
            "icon": "history",
            "icon_tone": "info",
            "title": strings.t("work.older.more" if self.older_more else "work.older.search"),
            "subtitle": self.older_text or strings.t("work.older.needs"),
            "badge": strings.t("work.older.asking") if self.older_state == "asking" else "",
            "tone": "info",
            "chevron": False,
        }
        done = self.older_state == "found" and not self.older_more and self.older_count
        said = "work.empty.narrowed" if self.narrowed else "work.empty.all"
        self.empty_title = strings.t(f"{said}.title")
        self.empty_text = self.older_text or strings.t(f"{said}.text")
        found, last = self.found, [] if self.empty or done or not self.loaded else [beyond]
        self.rows = Lazy(len(found) + len(last), lambda at: found[at] if at < len(found) else beyond)

    def _show_filters(self) -> None:
        types, parts = self.parts.types(), self.parts
        self.scopes = [
            {"key": key, "text": strings.t(f"work.scope.{key}")} for key in ("open", "mine", "all")
        ]
        departments = sorted(
            {line.department for line in self._lines if line.department} | {self.department} - {""}
        )
        kinds = sorted({line.type for line in self._lines if line.type} | {self.kind} - {""})
        called = {code: looks.type_name(types.get(code), code) for code in kinds}
        self.departments = [
            {"key": "", "title": strings.t("work.any_department")},
            *sorted(
                ({"key": code, "title": parts.department(code)} for code in departments),
                key=lambda one: one["title"],
            ),
        ]
        self.kinds = [
            {"key": "", "title": strings.t("work.any_type"), "icon": "list"},
            *(
                {
                    "key": code,
                    "title": called[code],
                    "icon": looks.group_icon(types[code].group_code if code in types else ""),
                }
                for code in sorted(kinds, key=called.__getitem__)
            ),
        ]
        self.department_text = (
            parts.department(self.department) if self.department else strings.t("work.department")
        )
        self.kind_text = called[self.kind] if self.kind else strings.t("work.type")

    # ── beyond the phone ─────────────────────────────────────────────────────────────────────────────────

    def search_older(self) -> None:
        """Ask the server for requests of any age that fit what was chosen; again for the next ones."""
        self._asking += 1
        turn = self._asking
        wanted = {
            "q": self.query, "type": self.kind, "department": self.department,
            "mine": "true" if self.scope == "mine" else "", "after": self._after, "limit": str(PAGE),
        }  # fmt: skip
        self.older_state, self.older_text = "asking", ""
        work_lookup.older(
            self.parts, wanted, lambda page: self._found(turn, page), lambda why: self._missed(turn, why)
        )

    def _found(self, turn: int, page: StaffPage) -> None:
        if turn != self._asking:
            return
        self._older += older_lines(page.items, self.names(), datetime.now(UTC))
        self._after = page.next or ""
        self.older_more, self.older_state = page.next is not None, "found"
        self._show()
        self.older_text = "" if self.older_count or self.older_more else strings.t("work.older.nothing")

    def _missed(self, turn: int, why: Miss) -> None:
        if turn == self._asking:
            self.older_state, self.older_text = why, strings.t(f"work.older.{why.value}")

    def _forget_older(self) -> None:
        self._asking += 1
        self._older, self._after = [], ""
        self.older_state, self.older_text, self.older_more, self.older_count = "", "", False, 0
