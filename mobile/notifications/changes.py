"""What may be asked for about notifications."""

import json
from collections.abc import Sequence
from uuid import UUID

from mobile.core.alerts import SEEN_PATH
from mobile.core.store import ANSWERED, REFUSED, SEEN, Store, Waiting
from shared_models.notifications import ReadNotifications, SeenNotifications, Wishes

NOTIFICATION = "notification"
WISHES, WISHES_PATH = "wishes", "/v1/notifications/wishes"
TOLD = "notifications_told"
"""A small fact: which of those that are unread the city was told to be seen."""
MOST = 500  # that one call takes


def read(store: Store, ids: Sequence[UUID]) -> None:
    """Say that these were read; one call for up to 500 of them. What they look like meanwhile is the model's."""
    for begin in range(0, len(ids), MOST):
        some = tuple(ids[begin : begin + MOST])
        wish = ReadNotifications(ids=some)
        store.add(Waiting("POST", "/v1/notifications/read", wish.dump(), NOTIFICATION, some[0]))


def saw(store: Store, ids: Sequence[UUID]) -> bool:
    """Say that these, which are unread, were before the person's eyes; each once. Whether there was one to tell."""
    told = set(json.loads(store.get(TOLD) or "[]"))
    fresh = [id_ for id_ in ids if str(id_) not in told]
    for begin in range(0, len(fresh), MOST):
        some = tuple(fresh[begin : begin + MOST])
        store.add(Waiting("POST", SEEN_PATH, SeenNotifications(ids=some).dump(), SEEN, some[0]))
    if fresh:
        store.set(TOLD, json.dumps([str(id_) for id_ in ids]), shown=False)
    return bool(fresh)


def wish(store: Store, who: UUID, wishes: Wishes) -> None:
    """Be told like this from now on; a wish before it that still waits, or was refused, is dropped."""
    for change in store.outbox():
        if change.kind == WISHES and change.state != ANSWERED:
            store.put_away(change.key)
    store.add(Waiting("PUT", WISHES_PATH, wishes.dump(), WISHES, who))


def wished(store: Store) -> Wishes | None:
    """What was wished here, while the server has not said it back."""
    said = [one.body for one in store.outbox() if one.kind == WISHES and one.state != REFUSED]
    return Wishes.read(dict(said[-1])) if said else None
