"""Everything of the first journey.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The role that the server and the worker act in. It owns nothing; of the ledger it may only add and read.
APP_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'westu_app') THEN
        CREATE ROLE westu_app NOLOGIN;
    END IF;
    IF current_user <> 'westu_app' AND NOT pg_has_role(current_user, 'westu_app', 'MEMBER') THEN
        EXECUTE format('GRANT westu_app TO %I', current_user);
    END IF;
END $$
"""
RIGHTS = """
GRANT USAGE ON SCHEMA public TO westu_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO westu_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO westu_app;
REVOKE INSERT, UPDATE, DELETE ON alembic_version, spatial_ref_sys FROM westu_app;
REVOKE UPDATE, DELETE, TRUNCATE ON event, seal FROM westu_app;
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(APP_ROLE)
    op.execute(sa.schema.CreateSequence(sa.Sequence("request_number")))
    op.create_table(
        "audience",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audience")),
    )
    op.create_table(
        "channel_pause",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pause")),
    )
    op.create_table(
        "department",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=True),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["part_of"], ["department.code"], name=op.f("fk_department_part_of")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_department")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
    )
    op.create_index(op.f("ix_event_actor_id"), "event", ["actor_id"], unique=False)
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False)
    op.create_index(op.f("ix_event_kind"), "event", ["kind"], unique=False)
    op.create_index(op.f("ix_event_subject_id"), "event", ["subject_id"], unique=False)
    op.create_table(
        "feed_line",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "kind", "id", name=op.f("pk_feed_line")),
    )
    op.create_index(op.f("ix_feed_line_audience_n"), "feed_line", ["audience", "n"], unique=False)
    op.create_table(
        "outline",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("advice_en", sa.Text(), nullable=False),
        sa.Column("advice_es", sa.Text(), nullable=False),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("limits", Geometry("POLYGON", srid=4326, spatial_index=False), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_outline")),
    )
    op.create_index("idx_outline_limits", "outline", ["limits"], unique=False, postgresql_using="gist")
    op.create_table(
        "pack",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_pack")),
    )
    op.create_index(op.f("ix_pack_made_at"), "pack", ["made_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(email IS NULL) <> (secret_hash IS NULL)", name=op.f("ck_person_named_or_phone")),
        sa.CheckConstraint(
            "(email IS NULL) = (password_hash IS NULL)", name=op.f("ck_person_named_has_both")
        ),
        sa.ForeignKeyConstraint(["claimed_by"], ["person.id"], name=op.f("fk_person_claimed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_claimed_by"), "person", ["claimed_by"], unique=False)
    op.create_index("uq_person_email", "person", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "place",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("illustration", sa.Boolean(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_table(
        "street",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("illustration", sa.Boolean(), nullable=False),
        sa.Column("course", Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_street")),
    )
    op.create_index("idx_street_course", "street", ["course"], unique=False, postgresql_using="gist")
    op.create_table(
        "try",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("who", "begun_at", name=op.f("pk_try")),
    )
    op.create_table(
        "claim_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["person.id"], name=op.f("fk_claim_code_phone_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_claim_code")),
    )
    op.create_index(op.f("ix_claim_code_phone_id"), "claim_code", ["phone_id"], unique=False)
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_endpoint_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_endpoint_channel_address")),
    )
    op.create_index(op.f("ix_endpoint_person_id"), "endpoint", ["person_id"], unique=False)
    op.create_table(
        "event_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("fk_event_delivery_event_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_delivery")),
    )
    op.create_index(op.f("ix_event_delivery_event_seq"), "event_delivery", ["event_seq"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_invitation_department")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("about_kind", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notification_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("person_id", "event_id", name=op.f("uq_notification_person_id_event_id")),
    )
    op.create_index(op.f("ix_notification_person_id_at"), "notification", ["person_id", "at"], unique=False)
    op.create_table(
        "once",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_once_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_once")),
    )
    op.create_index(op.f("ix_once_at"), "once", ["at"], unique=False)
    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sender_id"], ["person.id"], name=op.f("fk_photo_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    op.create_index(op.f("ix_photo_sender_id"), "photo", ["sender_id"], unique=False)
    op.create_index(op.f("ix_photo_sent_at"), "photo", ["sent_at"], unique=False)
    op.create_table(
        "request_type",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("group_en", sa.Text(), nullable=False),
        sa.Column("group_es", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("reason_es", sa.Text(), nullable=False),
        sa.Column("notice_en", sa.Text(), nullable=False),
        sa.Column("notice_es", sa.Text(), nullable=False),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("synonyms_en", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("synonyms_es", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("place_needed", sa.Boolean(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("duplicate_radius_m", sa.Integer(), nullable=True),
        sa.Column("reopen_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_request_type_department")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_request_type")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_role_grant_department")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_role_grant_given_by")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        "uq_role_grant_held",
        "role_grant",
        ["person_id", "role", sa.literal_column("coalesce(department, '')")],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "seal",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("fk_seal_event_seq")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_seal")),
        sa.UniqueConstraint("event_seq", name=op.f("uq_seal_event_seq")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("before_hash", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "notification_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["endpoint.id"],
            name=op.f("fk_notification_delivery_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notification_delivery_notification_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_delivery")),
        sa.UniqueConstraint(
            "notification_id",
            "endpoint_id",
            name=op.f("uq_notification_delivery_notification_id_endpoint_id"),
        ),
    )
    op.create_index(
        "ix_notification_delivery_due",
        "notification_delivery",
        ["channel", "urgency", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'leased')"),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("by_account", sa.Boolean(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("fixed", sa.Boolean(), nullable=True),
        sa.Column("answer_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("on_phones", sa.Boolean(), nullable=False),
        sa.Column("import_name", sa.Text(), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column(
            "words",
            sa.Text(),
            sa.Computed("lower(number || ' ' || description || ' ' || address)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_request_assignee_id")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_request_department")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_request_owner_id")),
        sa.ForeignKeyConstraint(["type"], ["request_type.code"], name=op.f("fk_request_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("import_name", "import_key", name=op.f("uq_request_import_name_import_key")),
        sa.UniqueConstraint("number", name=op.f("uq_request_number")),
    )
    op.create_index(op.f("ix_request_assignee_id"), "request", ["assignee_id"], unique=False)
    op.create_index(
        op.f("ix_request_department_opened_at"), "request", ["department", "opened_at"], unique=False
    )
    op.create_index(
        "ix_request_open",
        "request",
        ["department", "opened_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_index(op.f("ix_request_opened_at_id"), "request", ["opened_at", "id"], unique=False)
    op.create_index(op.f("ix_request_owner_id"), "request", ["owner_id"], unique=False)
    op.create_index(op.f("ix_request_type"), "request", ["type"], unique=False)
    op.create_index("ix_request_where", "request", ["where"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_request_window", "request", ["closed_at"], unique=False, postgresql_where=sa.text("on_phones")
    )
    op.create_index(
        "ix_request_words",
        "request",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.create_table(
        "request_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_request_entry_author_id")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_entry_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_entry")),
    )
    op.create_index(
        op.f("ix_request_entry_request_id_at"), "request_entry", ["request_id", "at"], unique=False
    )
    op.create_table(
        "request_photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["request_entry.id"], name=op.f("fk_request_photo_entry_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_request_photo_photo_id")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_photo_request_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_request_photo")),
    )
    op.create_index(op.f("ix_request_photo_entry_id"), "request_photo", ["entry_id"], unique=False)
    op.create_index(op.f("ix_request_photo_request_id"), "request_photo", ["request_id"], unique=False)
    op.execute(RIGHTS)


def downgrade() -> None:
    op.drop_index(op.f("ix_request_photo_request_id"), table_name="request_photo")
    op.drop_index(op.f("ix_request_photo_entry_id"), table_name="request_photo")
    op.drop_table("request_photo")
    op.drop_index(op.f("ix_request_entry_request_id_at"), table_name="request_entry")
    op.drop_table("request_entry")
    op.drop_index(
        "ix_request_words",
        table_name="request",
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.drop_index("ix_request_window", table_name="request", postgresql_where=sa.text("on_phones"))
    op.drop_index("ix_request_where", table_name="request")
    op.drop_index(op.f("ix_request_type"), table_name="request")
    op.drop_index(op.f("ix_request_owner_id"), table_name="request")
    op.drop_index(op.f("ix_request_opened_at_id"), table_name="request")
    op.drop_index("ix_request_open", table_name="request", postgresql_where=sa.text("status <> 'closed'"))
    op.drop_index(op.f("ix_request_department_opened_at"), table_name="request")
    op.drop_index(op.f("ix_request_assignee_id"), table_name="request")
    op.drop_table("request")
    op.drop_index(
        "ix_notification_delivery_due",
        table_name="notification_delivery",
        postgresql_where=sa.text("state IN ('queued', 'leased')"),
    )
    op.drop_table("notification_delivery")
    op.drop_index(op.f("ix_session_person_id"), table_name="session")
    op.drop_table("session")
    op.drop_table("seal")
    op.drop_index("uq_role_grant_held", table_name="role_grant", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("role_grant")
    op.drop_table("request_type")
    op.drop_index(op.f("ix_photo_sent_at"), table_name="photo")
    op.drop_index(op.f("ix_photo_sender_id"), table_name="photo")
    op.drop_table("photo")
    op.drop_index(op.f("ix_once_at"), table_name="once")
    op.drop_table("once")
    op.drop_index(op.f("ix_notification_person_id_at"), table_name="notification")
    op.drop_table("notification")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_event_delivery_event_seq"), table_name="event_delivery")
    op.drop_table("event_delivery")
    op.drop_index(op.f("ix_endpoint_person_id"), table_name="endpoint")
    op.drop_table("endpoint")
    op.drop_index(op.f("ix_claim_code_phone_id"), table_name="claim_code")
    op.drop_table("claim_code")
    op.drop_table("try")
    op.drop_index("idx_street_course", table_name="street")
    op.drop_table("street")
    op.drop_table("place")
    op.drop_index("uq_person_email", table_name="person")
    op.drop_index(op.f("ix_person_claimed_by"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_pack_made_at"), table_name="pack")
    op.drop_table("pack")
    op.drop_index("idx_outline_limits", table_name="outline")
    op.drop_table("outline")
    op.drop_index(op.f("ix_feed_line_audience_n"), table_name="feed_line")
    op.drop_table("feed_line")
    op.drop_index(op.f("ix_event_subject_id"), table_name="event")
    op.drop_index(op.f("ix_event_kind"), table_name="event")
    op.drop_index(op.f("ix_event_at"), table_name="event")
    op.drop_index(op.f("ix_event_actor_id"), table_name="event")
    op.drop_table("event")
    op.drop_table("department")
    op.drop_table("channel_pause")
    op.drop_table("audience")
    op.execute(sa.schema.DropSequence(sa.Sequence("request_number")))
