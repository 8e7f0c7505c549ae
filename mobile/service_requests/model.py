"""My requests: what is shown of them, in what order, and what a refused one says."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core import alerts, strings
from mobile.core.contact_lines import contact_lines
from mobile.core.lazy import Lazy
from mobile.core.parts import Parts
from mobile.core.place import ELSEWHERE, outside_words
from mobile.core.store import Seen, Store, Waiting
from mobile.service_requests import draft as drafts
from mobile.service_requests import looks
from mobile.service_requests.changes import MINE
from mobile.service_requests.looks import first_words
from shared_models.content import Alert
from shared_models.photos import PhotoSize
from shared_models.service_requests import CloseReason, RequestType, ServiceRequest, Status

THUMBNAILS = 100
"""So many rows, from the top, have their photo fetched once they are seen."""
MANY = 300
"""So many requests are read from the store off the main thread; fewer take less than a frame or two."""
TOLD = frozenset(
    {
        "account-needed",
        "answer-too-late",
        "invalid",
        "not-a-photo",
        "not-handled-here",
        "outside-city",
        "photo-missing",
        "place-needed",
        "request-not-open",
        "too-large",
    }
)
"""Problems that have words of their own on the phone."""
FINAL = frozenset({"answer-too-late", "not-handled-here", "outside-city", "request-not-open"})
"""Problems that trying again can't mend."""


class RequestList(EventDispatcher):
    """The resident's requests, newest first, with those that wait or were refused on top."""

    alerts = ObjectProperty(())  # rows too: what the city says to everybody, and concerns this home
    rows = ObjectProperty(())  # dicts of a row's properties, each made when it is seen
    empty = BooleanProperty(False)
    loading = BooleanProperty(True)
    welcome = StringProperty()
    emergency = StringProperty()
    city = StringProperty()
    begun = BooleanProperty(False)  # a report was begun and not sent
    chosen = StringProperty()  # id of the request whose detail stands beside the list
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._thumbnails: dict[UUID, str] = {}
        self._asked: set[UUID] = set()
        self._seen: list[Seen] = []
        self._standing: list[Alert] = []
        self._reading = 0
        self._here = True
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts

    def load(self) -> None:
        """Read the store; when that is much, off the main thread."""
        store = self.parts.store
        self._reading += 1
        turn = self._reading
        if store.count(MINE) <= MANY:
            self._take(turn, mine(store))
        else:
            self.parts.tasks.run(lambda: mine(store), lambda seen: self._take(turn, seen))
        self.welcome, self.emergency = self.parts.word("welcome"), self.parts.word("emergency")
        self.city = str(self.parts.city.get("name", ""))
        self.begun = drafts.begun(store) is not None
        self._load_alerts()

    def _load_alerts(self) -> None:
        store, parts, now = self.parts.store, self.parts, datetime.now(UTC)
        self._standing = alerts.standing(store, parts.home_place, now)
        self.alerts = [
            alerts.row(one, parts.home_place, parts.zone, now, new=not alerts.is_read(store, one))
            for one in self._standing
        ]

    def tell_seen(self) -> None:
        """The alerts are before the person's eyes now."""
        if self.parts.sync.in_front and alerts.saw(self.parts.store, self._standing):
            self.parts.sync_now()

    def _take(self, turn: int, seen: list[Seen]) -> None:
        if turn != self._reading:  # a slower reading that began earlier tells of the past
            return
        self._seen, parts = seen, self.parts
        never = parts.session.account is not None and not parts.store.get("cursor")
        self.loading = never and not seen and parts.sync.state.online is not False
        self.empty = not seen and not self.loading
        self._show()

    def _show(self) -> None:
        seen, now, types = self._seen, datetime.now(UTC), self.parts.types()

        def row(at: int) -> dict[str, Any]:
            request = ServiceRequest.read(seen[at].value)
            if at < THUMBNAILS and request.photos:
                self._fetch_thumbnail(request.photos[0])
            return self._row(seen[at], request, types.get(request.type), now)

        self.rows = Lazy(len(seen), row)

    def _row(
        self, one: Seen, request: ServiceRequest, kind: RequestType | None, now: datetime
    ) -> dict[str, Any]:
        badge, tone, icon = badge_of(one, request)
        when = strings.ago(request.opened_at, now, self.parts.zone)
        photo = request.photos[0] if request.photos else None
        return {
            "key": str(one.id),
            "title": looks.type_name(kind, request.type),
            "subtitle": self._line(one, request, now),
            "aside": " · ".join(part for part in (when, request.number) if part),
            "badge": badge,
            "badge_icon": icon,
            "tone": tone,
            "icon": looks.group_icon(kind.group_code) if kind else "tag",
            "icon_tone": "neutral" if request.status is Status.CLOSED else "info",
            "thumbnail": self._thumbnails.get(photo, "") if photo else "",
        }

    def _line(self, one: Seen, request: ServiceRequest, now: datetime) -> str:
        if one.refused is not None:
            return refusal_words(self.parts, one.refused)
        if may_answer(request, now):
            return strings.t("requests.is_it_fixed")
        return first_words(request.description) or request.address

    def _fetch_thumbnail(self, photo: UUID) -> None:
        if photo not in self._asked:
            self._asked.add(photo)
            self._here = False
            self.parts.photo(photo, PhotoSize.THUMB, partial(self._have, photo))
            self._here = True

    def _have(self, photo: UUID, file: str) -> None:
        self._thumbnails[photo] = file
        if self._here:  # it was fetched; what lies on the phone is had while its row is made
            self._show()

    def look_again(self) -> None:
        """Ask once more for the photos that could not be had."""
        self._asked &= self._thumbnails.keys()


def mine(store: Store) -> list[Seen]:
    """My requests, newest first, and above them those that wait or were refused. Any thread may ask."""
    seen = [one for one in store.view(MINE) if "type" in one.value]
    # As they lie in the store: moments that the wire writes sort as words do.
    seen.sort(key=lambda one: str(one.value.get("opened_at", "")), reverse=True)
    seen.sort(key=lambda one: not (one.waits or one.refused))
    return seen


def badge_of(one: Seen, request: ServiceRequest) -> tuple[str, str, str]:
    """The state of a request as a badge: (words, tone, icon)."""
    if one.refused is not None:
        return strings.t("requests.refused"), "bad", "refused"
    if one.waits:
        return strings.t("requests.waiting"), "warn", "waiting"
    if request.status is Status.CLOSED and request.close_reason is not CloseReason.FIXED:
        return looks.end_words(request), "neutral", ""
    return looks.end_words(request), looks.status_tone(request.status), ""


def may_answer(request: ServiceRequest, now: datetime) -> bool:
    """Whether the person is asked if it is fixed: while it is closed, the time runs, and they have not said."""
    until = request.answer_until_at
    return request.status is Status.CLOSED and request.fixed is None and until is not None and now < until


def refusal_words(parts: Parts, change: Waiting) -> str:
    """Why the server did not take a change, in the person's language."""
    problem = change.problem
    name = problem.type if problem is not None else ""
    if name == "not-handled-here":
        kind = parts.types().get(str(change.body.get("type", "")))
        reason = (kind.reason_es if strings.language() == "es" else kind.reason_en) if kind else ""
        return reason or strings.t("refusal.not-handled-here")
    if name == "outside-city":
        return _outside(parts, change)[0] or strings.t("refusal.outside-city")
    return strings.t(f"refusal.{name}" if name in TOLD else "refusal.other")


def refusal_contacts(parts: Parts, change: Waiting) -> list[dict[str, str]]:
    """Whom to call about what was refused."""
    name = change.problem.type if change.problem is not None else ""
    if name == "outside-city":
        return _outside(parts, change)[1]
    kind = parts.types().get(str(change.body.get("type", "")))
    return contact_lines(kind.contacts) if kind is not None and name == "not-handled-here" else []


def may_try_again(change: Waiting) -> bool:
    """Whether another try could succeed."""
    return change.problem is None or change.problem.type not in FINAL


def _outside(parts: Parts, change: Waiting) -> tuple[str, list[dict[str, str]]]:
    where = change.body.get("where") or {}
    outline = parts.pack.whose(where["lat"], where["lon"]) if where else None
    return outside_words(parts, outline.code if outline else ELSEWHERE)
