"""What staff look up beyond what is on the phone: asked of the server, off the main thread, never waited for."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from mobile.core.api import NoSignal
from mobile.core.parts import Parts
from mobile.core.session import SignInNeeded
from mobile.core.store import Store
from mobile.core.sync import Stop
from mobile.service_requests.changes import PATH
from shared_models.identity import Colleague, Colleagues
from shared_models.permissions import Permission
from shared_models.service_requests import (
    MapDots,
    StaffEntryPage,
    StaffPage,
    StaffRequest,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

COLLEAGUES, COLLEAGUES_AT = "colleagues", "colleagues_at"
COLLEAGUES_FRESH = timedelta(hours=1)
NOT_FOUND = 404


class Miss(StrEnum):
    """Why the server could not be asked, or did not tell."""

    OFFLINE = "offline"
    SIGN_IN = "sign_in"
    GONE = "gone"
    REFUSED = "refused"


def ask(
    parts: Parts, path: str, read: Callable[[Any], T], then: Callable[[T], Any], missed: Callable[[Miss], Any]
) -> None:
    """GET `path`; hand what `read` makes of it to `then`, or why there is nothing to `missed`, on the main thread."""

    def go() -> T | Miss:
        try:
            answer = parts.sync.call("GET", path)
        except NoSignal:
            return Miss.OFFLINE
        except SignInNeeded:
            return Miss.SIGN_IN
        except Stop:
            return Miss.REFUSED
        if not answer.ok:
            return Miss.GONE if answer.status == NOT_FOUND else Miss.REFUSED
        return read(answer.data)

    def told(answer: T | Miss) -> None:
        if isinstance(answer, Miss):
            missed(answer)
        else:
            then(answer)

    def broke(error: Exception) -> None:
        log.warning("lookup: %r", error)  # a proxy's page, or a newer server's answer
        missed(Miss.REFUSED)

    parts.tasks.run(go, told, broke)


def older(
    parts: Parts, wanted: dict[str, str], then: Callable[[StaffPage], Any], missed: Callable[[Miss], Any]
) -> None:
    """Requests of any age that fit: `q`, `type`, `department`, `mine`, `after`, `limit`; newest first."""
    query = urlencode({name: value for name, value in wanted.items() if value})
    ask(parts, f"{PATH}/work?{query}", StaffPage.read, then, missed)


def dots(
    parts: Parts,
    box: tuple[float, float, float, float],
    *,
    only_open: bool,
    then: Callable[[MapDots], Any],
    missed: Callable[[Miss], Any],
) -> None:
    """The newest requests in a box (west, south, east, north; degrees, WGS 84), of any age."""
    west, south, east, north = (f"{side:.6f}" for side in box)
    wanted = {"west": west, "south": south, "east": east, "north": north, "open": "true" if only_open else ""}
    query = urlencode({name: value for name, value in wanted.items() if value})
    ask(parts, f"{PATH}/work/map?{query}", MapDots.read, then, missed)


def item(
    parts: Parts,
    id_: UUID,
    then: Callable[[tuple[StaffRequest, StaffEntryPage]], Any],
    missed: Callable[[Miss], Any],
) -> None:
    """One request that is not on the phone, with its history."""

    def with_history(request: StaffRequest) -> None:
        path = f"{PATH}/work/{id_}/history?limit=200"
        ask(parts, path, StaffEntryPage.read, lambda page: then((request, page)), missed)

    ask(parts, f"{PATH}/work/{id_}", StaffRequest.read, with_history, missed)


# ── colleagues ───────────────────────────────────────────────────────────────────────────────────────────


def colleagues(store: Store) -> tuple[Colleague, ...]:
    """Whom work can be given to, as last heard; one line for each role that somebody holds."""
    _, body = store.document(COLLEAGUES)
    return Colleagues.read(json.loads(body)).items if body else ()


def names(parts: Parts) -> dict[UUID, str]:
    """Names of the colleagues by id, and of whoever holds the phone."""
    known = {one.id: one.name for one in colleagues(parts.store)}
    return known | {parts.me.id: parts.me.name} if parts.me else known


def refresh_colleagues(parts: Parts, then: Callable[[], Any]) -> None:
    """Ask for the colleagues anew if that is an hour ago; without signal those of last time are kept."""
    asked = parts.store.get(COLLEAGUES_AT)
    fresh = asked and datetime.now(UTC) - datetime.fromisoformat(asked) < COLLEAGUES_FRESH
    if fresh or not parts.may(Permission.PERSON_LIST):
        return
    store = parts.store

    def keep(found: Colleagues) -> None:
        store.set_document(COLLEAGUES, "", json.dumps(found.dump()).encode())
        store.set(COLLEAGUES_AT, datetime.now(UTC).isoformat())
        then()

    ask(parts, "/v1/identity/colleagues", Colleagues.read, keep, lambda _: None)
