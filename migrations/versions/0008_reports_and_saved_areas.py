"""Reports that are kept, and areas that were saved to tell people in.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index(op.f("ix_report_owner_id"), "report", ["owner_id"])
    op.create_index(op.f("ix_report_changed_at"), "report", ["changed_at"])
    op.add_column("zone", sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("zone", sa.Column("saved_by", sa.Uuid(), nullable=True))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON report TO westu_app")


def downgrade() -> None:
    op.execute("DELETE FROM zone WHERE saved_at IS NOT NULL")
    op.drop_column("zone", "saved_by")
    op.drop_column("zone", "saved_at")
    op.drop_table("report")
