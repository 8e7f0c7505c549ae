"""What everybody reads has a version, which any change to its table raises; open requests and waiting deliveries have an index.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RAISE = """
CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE version SET n = n + 1 WHERE of = TG_TABLE_NAME;
    RETURN NULL;
END $$
"""
WATCH = """
CREATE TRIGGER raise_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON request_type
FOR EACH STATEMENT EXECUTE FUNCTION raise_version()
"""


def upgrade() -> None:
    op.create_table(
        "version",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_version")),
    )
    op.execute("INSERT INTO version (of) VALUES ('request_type')")
    op.execute("GRANT SELECT ON version TO westu_app")  # the trigger acts as the owner
    op.execute(RAISE)
    op.execute(WATCH)
    op.create_index(
        "ix_request_where_open",
        "request",
        ["where"],
        postgresql_using="gist",
        postgresql_where=sa.text("status <> 'closed'"),
    )

    op.create_index(
        "ix_event_delivery_due",
        "event_delivery",
        ["due_at", "id"],
        postgresql_where=sa.text("state IN ('queued', 'leased')"),
    )


def downgrade() -> None:
    op.drop_index("ix_event_delivery_due", "event_delivery")
    op.drop_index("ix_request_where_open", "request")
    op.execute("DROP TRIGGER raise_version ON request_type")
    op.execute("DROP FUNCTION raise_version()")
    op.drop_table("version")
