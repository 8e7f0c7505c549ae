"""Audit: the ledger, for those who may read it. It owns no table."""

from backend.audit import routes
from backend.core.domain import Domain

DOMAIN = Domain("audit", routes.blp)

__all__ = ["DOMAIN"]
