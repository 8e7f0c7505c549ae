"""What may be asked for about notifications."""

from collections.abc import Sequence
from uuid import UUID

from mobile.core.store import Store, Waiting
from shared_models.notifications import ReadNotifications

NOTIFICATION = "notification"
MOST = 500  # that one call takes


def read(store: Store, ids: Sequence[UUID]) -> None:
    """Say that these were read; one call for up to 500 of them. What they look like meanwhile is the model's."""
    for begin in range(0, len(ids), MOST):
        some = tuple(ids[begin : begin + MOST])
        wish = ReadNotifications(ids=some)
        store.add(Waiting("POST", "/v1/notifications/read", wish.dump(), NOTIFICATION, some[0]))
