"""Content: what the city says to everybody. So far one noun: the alert.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from backend.content import queries, routes
from backend.content.events import AlertPublished
from backend.content.queries import area_of, revision_of
from backend.core.domain import Domain
from backend.core.feed import Feed
from shared_models.content import StaffAlert

DOMAIN = Domain("content", routes.blp, feeds={"staff_alert": Feed(StaffAlert, queries.on_phones)})

__all__ = ["DOMAIN", "AlertPublished", "area_of", "revision_of"]
