"""My requests: what is shown of them, in what order, and what a refused one says."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import Seen, Waiting
from mobile.service_requests import draft as drafts
from mobile.service_requests import looks
from mobile.service_requests.changes import MINE
from mobile.service_requests.contact_lines import contact_lines
from mobile.service_requests.looks import first_words
from mobile.service_requests.place_model import ELSEWHERE, outside_words
from shared_models.photos import PhotoSize
from shared_models.service_requests import CloseReason, RequestType, ServiceRequest, Status

THUMBNAILS = 100
"""So many rows, from the top, have their photo fetched."""
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

    rows = ListProperty()
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
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts

    def load(self) -> None:
        """Read the store."""
        parts = self.parts
        known = (one for one in parts.store.view(MINE) if "type" in one.value)
        seen = sorted(((one, ServiceRequest.read(one.value)) for one in known), key=_order)
        now, types = datetime.now(UTC), parts.types()
        self._fetch_thumbnails(request for _, request in seen[:THUMBNAILS])
        self.rows = [self._row(one, request, types.get(request.type), now) for one, request in seen]
        never = parts.session.account is not None and not parts.store.get("cursor")
        self.loading = never and not seen and parts.sync.state.online is not False
        self.empty = not seen and not self.loading
        self.welcome, self.emergency = parts.word("welcome"), parts.word("emergency")
        self.city = str(parts.city.get("name", ""))
        self.begun = drafts.begun(parts.store) is not None

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

    def _fetch_thumbnails(self, requests: Iterable[ServiceRequest]) -> None:
        for photo in (request.photos[0] for request in requests if request.photos):
            if photo not in self._asked:
                self._asked.add(photo)
                self.parts.photo(photo, PhotoSize.THUMB, partial(self._have, photo))

    def _have(self, photo: UUID, file: str) -> None:
        self._thumbnails[photo] = file
        if not self.loading:
            self.load()

    def look_again(self) -> None:
        """Ask once more for the photos that could not be had."""
        self._asked &= self._thumbnails.keys()


def _order(pair: tuple[Seen, ServiceRequest]) -> tuple[bool, float]:
    one, request = pair
    return not (one.waits or one.refused), -request.opened_at.timestamp()


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
