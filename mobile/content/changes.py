"""What may be written about alerts with no signal. Publishing and cancelling want an answer at once: see `item_model`."""

from datetime import UTC, datetime
from uuid import UUID

from mobile.core.store import Store, Waiting
from shared_models.content import AlertState, ChangeAlert, DraftAlert, StaffAlert, WriteAlert
from shared_models.identity import Me

KIND = "staff_alert"
PATH = "/v1/alerts"


def draft(store: Store, wish: DraftAlert, me: Me) -> None:
    """Begin an alert; it stands in the list while it waits."""
    moment = datetime.now(UTC)
    said = {name: getattr(wish, name) for name in SAID}
    meanwhile = StaffAlert(
        **said,
        id=wish.id,
        revision=0,
        state=AlertState.DRAFT,
        changed=True,
        emergency=False,
        author_id=me.id,
        author=me.name,
        publisher_id=None,
        publisher="",
        made_at=moment,
        updated_at=moment,
        published_at=None,
        version=1,
    )
    store.add(Waiting("POST", f"{PATH}/", wish.dump(), KIND, wish.id, meanwhile.dump()))


def change(store: Store, id_: UUID, wish: ChangeAlert, me: Me) -> None:
    """Write it anew. Changes that wait one behind the other each stand on the version that the one before makes."""
    told = {name: value for name, value in wish.dump().items() if name in SAID}
    meanwhile = told | {
        "changed": True,
        "author_id": str(me.id),
        "author": me.name,
        "version": wish.version + 1,
    }
    store.add(Waiting("POST", f"{PATH}/{id_}/change", wish.dump(), KIND, id_, meanwhile))


SAID = (
    "severity", "headline_en", "headline_es", "text_en", "text_es", "audience", "zone", "area", "expires_at",
)  # fmt: skip
"""What is written of an alert."""


def as_it_stands(alert: StaffAlert) -> WriteAlert:
    """What is written of it, to be written anew. The outline of a zone is the city's own."""
    said = {name: getattr(alert, name) for name in SAID}
    return WriteAlert(**said | {"area": () if alert.zone else alert.area})
