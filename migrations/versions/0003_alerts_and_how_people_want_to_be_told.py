"""Alerts, zones and addresses; channels, wishes, who has seen what.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
INSTANT = sa.DateTime(timezone=True)
NEW = (
    "zone", "address", "alert", "alert_revision", "notification_seen", "notification_wishes", "mail_code",
)  # fmt: skip


def said() -> list[sa.Column]:
    """The columns of what an alert says."""
    texts = ("severity", "headline_en", "headline_es", "text_en", "text_es", "audience")
    return [
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("area", JSONB, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    ]


def to_person(table: str, column: str = "person_id", **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}"), **options)


def index_due(*columns: str) -> None:
    """Make the index of what is to be sent anew, over these columns."""
    op.drop_index("ix_notification_delivery_due", "notification_delivery")
    op.create_index(
        "ix_notification_delivery_due",
        "notification_delivery",
        list(columns),
        postgresql_where=sa.text("state IN ('queued', 'leased')"),
    )


def upgrade() -> None:
    op.create_table(
        "zone",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("area", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_zone")),
    )
    op.create_table(
        "address",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index("ix_address_where", "address", ["where"], postgresql_using="gist")
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("publisher_id", sa.Uuid(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *said(),
        sa.ForeignKeyConstraint(["zone"], ["zone.code"], name=op.f("fk_alert_zone"), ondelete="SET NULL"),
        to_person("alert", "author_id"),
        to_person("alert", "publisher_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_made_at"), "alert", ["made_at"])
    op.create_table(
        "alert_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        *said(),
        sa.ForeignKeyConstraint(["id"], ["alert.id"], name=op.f("fk_alert_revision_id")),
        sa.PrimaryKeyConstraint("id", "revision", name=op.f("pk_alert_revision")),
    )
    op.create_index(op.f("ix_alert_revision_expires_at"), "alert_revision", ["expires_at"])
    op.create_table(
        "notification_seen",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notification_seen_notification_id"),
            ondelete="CASCADE",
        ),
        to_person("notification_seen", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notification_id", "person_id", name=op.f("pk_notification_seen")),
    )
    op.create_index(op.f("ix_notification_seen_person_id"), "notification_seen", ["person_id"])
    op.create_table(
        "notification_wishes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("off", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quiet_begin", sa.Time(), nullable=True),
        sa.Column("quiet_end", sa.Time(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("places", JSONB, nullable=False),
        sa.Column("spots", Geometry("MULTIPOINT", srid=4326, spatial_index=False), nullable=True),
        to_person("notification_wishes", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_wishes")),
    )
    op.create_table(
        "mail_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        to_person("mail_code", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_code")),
    )
    op.alter_column("notification", "person_id", nullable=True)
    for name in ("title_es", "body_es", "area"):
        op.add_column("notification", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("notification", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column("endpoint", sa.Column("reached_at", INSTANT, nullable=True))
    op.create_index(op.f("ix_notification_about_id"), "notification", ["about_id"])
    op.add_column("endpoint", sa.Column("language", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "endpoint", sa.Column("proven", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    for column in (
        sa.Column("queued_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("unless_seen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("notification_delivery", column)
    op.create_index(
        "ix_notification_delivery_waiting",
        "notification_delivery",
        ["endpoint_id"],
        postgresql_where=sa.text("state IN ('queued', 'leased')"),
    )
    index_due(
        "channel", "urgency", "due_at", "id"
    )  # in the order in which they are taken: no sort of all that waits
    op.create_index(
        "ix_notification_delivery_resting",
        "notification_delivery",
        ["channel"],
        postgresql_where=sa.text("state = 'resting'"),
    )
    op.alter_column("channel_pause", "until_at", nullable=True)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(NEW)} TO westu_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON alert_revision FROM westu_app")


def downgrade() -> None:
    op.execute("DELETE FROM channel_pause WHERE until_at IS NULL")
    op.alter_column("channel_pause", "until_at", nullable=False)
    index_due("channel", "urgency", "due_at")
    op.drop_index("ix_notification_delivery_resting", "notification_delivery")
    op.drop_index("ix_notification_delivery_waiting", "notification_delivery")
    for name in ("queued_at", "unless_seen", "held"):
        op.drop_column("notification_delivery", name)
    op.execute(
        "DELETE FROM endpoint WHERE channel <> 'fcm'"
    )  # the house before knows no other, nor what is proven
    op.drop_column("endpoint", "reached_at")
    op.drop_column("notification", "revision")
    op.drop_column("endpoint", "proven")
    op.drop_column("endpoint", "language")
    op.execute("DELETE FROM notification WHERE person_id IS NULL")
    op.drop_index(op.f("ix_notification_about_id"), "notification")
    for name in ("title_es", "body_es", "area"):
        op.drop_column("notification", name)
    op.alter_column("notification", "person_id", nullable=False)
    for table in reversed(NEW):
        op.drop_table(table)
