"""Audit: the ledger, for those who may read it. It owns no table."""

from backend.audit import routes
from backend.core.domain import Domain

DOMAIN = Domain("audit", routes.blp, more=(routes.feed,))

__all__ = ["DOMAIN"]
