"""Rows of reports that are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base


class ReportRow(Base):
    """A question that somebody kept. What it answers is never kept: it is asked anew, with the rights of who looks."""

    __tablename__ = "report"
    page_by = "changed_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    asked: Mapped[dict[str, Any]]
    """``AskMap`` in its wire form."""
    owner_id: Mapped[UUID] = mapped_column(index=True)
    owner: Mapped[str]
    shared: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default="1")
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
