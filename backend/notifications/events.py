"""What happens around notifications. Ids and codes only; never an address."""

from typing import ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.basics import Code


class WebhookChanged(Event):
    """Somebody made a webhook, changed it, gave it another secret, or took it away."""

    subject: ClassVar[str] = "webhook_id"
    for_the_record: ClassVar[bool] = True
    webhook_id: UUID
    what: Code


class WebhookTested(Event):
    """Somebody had a word posted to a webhook: told to that one alone."""

    subject: ClassVar[str] = "webhook_id"
    for_the_record: ClassVar[bool] = True
    webhook_id: UUID


class WebhookStopped(Event):
    """The house stopped posting to a webhook: it wants nothing any more, or took nothing for days."""

    subject: ClassVar[str] = "webhook_id"
    for_the_record: ClassVar[bool] = True
    webhook_id: UUID
    status: int
