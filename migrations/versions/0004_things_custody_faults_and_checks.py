"""Things, their custody and faults; checks and readiness.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = (
    "asset_model",
    "asset_filter",
    "check_clock",
    "check_schedule",
    "check_template",
    "kit",
    "shift",
    "asset",
    "check",
    "readiness",
    "stocktake",
    "asset_change",
    "asset_document",
    "asset_identifier",
    "check_done",
    "check_photo",
    "custody_entry",
    "fault",
    "reservation",
    "sighting",
    "slot_seen",
    "stocktake_line",
    "check_answer",
    "fault_step",
    "asset_photo",
)
KEPT = ("asset_change", "custody_entry", "fault_step", "check", "check_answer")
"""What the application may only add to."""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("fault_number")))
    op.create_table(
        "asset_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issue_battery", sa.Integer(), nullable=True),
        sa.Column("approved_firmware", sa.Text(), nullable=False),
        sa.Column("patch_days", sa.Integer(), nullable=True),
        sa.Column("support_until_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_model")),
        sa.UniqueConstraint("kind", "make", "name", name=op.f("uq_asset_model_kind_make_name")),
    )
    op.create_index(op.f("ix_asset_model_updated_at_id"), "asset_model", ["updated_at", "id"])
    op.create_table(
        "asset_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_asset_filter_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_filter")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_asset_filter_owner_id_name")),
    )
    op.create_table(
        "check_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_clock")),
    )
    op.create_table(
        "check_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("kits", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department"], ["department.code"], name=op.f("fk_check_schedule_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_schedule")),
    )
    op.create_index(
        "uq_check_schedule_same",
        "check_schedule",
        ["template", "cadence", sa.literal_column("coalesce(department, '')"), "kits"],
        unique=True,
    )
    op.create_table(
        "check_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_check_template_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_template")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_check_template_code_version")),
    )
    op.create_index(op.f("ix_check_template_updated_at_id"), "check_template", ["updated_at", "id"])
    op.create_index(
        "uq_check_template_in_force",
        "check_template",
        ["code"],
        unique=True,
        postgresql_where=sa.text("state = 'in-force'"),
    )
    op.create_table(
        "kit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_kit_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit")),
        sa.UniqueConstraint("asset_id", name=op.f("uq_kit_asset_id")),
        sa.UniqueConstraint("code", name=op.f("uq_kit_code")),
    )
    op.create_index(op.f("ix_kit_department"), "kit", ["department"])
    op.create_index(op.f("ix_kit_updated_at_id"), "kit", ["updated_at", "id"])
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_shift_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("department", "code", name=op.f("uq_shift_department_code")),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pool", sa.Boolean(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("battery", sa.Integer(), nullable=True),
        sa.Column("battery_health", sa.Integer(), nullable=True),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("patched_on", sa.Date(), nullable=True),
        sa.Column("support_until_on", sa.Date(), nullable=True),
        sa.Column("worst_fault", sa.Text(), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_asset_department")),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name=op.f("fk_asset_holder_id")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_asset_kit_id")),
        sa.ForeignKeyConstraint(["model_id"], ["asset_model.id"], name=op.f("fk_asset_model_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("tag", name=op.f("uq_asset_tag")),
    )
    op.create_index(op.f("ix_asset_department_updated_at"), "asset", ["department", "updated_at"])
    op.create_index(op.f("ix_asset_holder_id"), "asset", ["holder_id"])
    op.create_index(op.f("ix_asset_kind_updated_at"), "asset", ["kind", "updated_at"])
    op.create_index(op.f("ix_asset_state_updated_at"), "asset", ["state", "updated_at"])
    op.create_index(op.f("ix_asset_kit_id"), "asset", ["kit_id"])
    op.create_index(op.f("ix_asset_model_id"), "asset", ["model_id"])
    op.create_index(op.f("ix_asset_updated_at_id"), "asset", ["updated_at", "id"])
    op.create_index(op.f("ix_asset_where"), "asset", ["where"], postgresql_using="gist")
    op.create_index(
        op.f("ix_asset_words"),
        "asset",
        ["words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.create_table(
        "check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("worst", sa.Text(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_check_by_id")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_check_department")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_check_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check")),
    )
    op.create_index(op.f("ix_check_by_id"), "check", ["by_id"])
    op.create_index(op.f("ix_check_department"), "check", ["department"])
    op.create_index(op.f("ix_check_finished_at_id"), "check", ["finished_at", "id"])
    op.create_index(op.f("ix_check_kit_id_finished_at"), "check", ["kit_id", "finished_at"])
    op.create_table(
        "readiness",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_readiness_department")),
        sa.ForeignKeyConstraint(["id"], ["kit.id"], name=op.f("fk_readiness_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness")),
    )
    op.create_index(op.f("ix_readiness_department_level"), "readiness", ["department", "level"])
    op.create_table(
        "stocktake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("kit_id", sa.Uuid(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_by_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["begun_by_id"], ["person.id"], name=op.f("fk_stocktake_begun_by_id")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_stocktake_department")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_stocktake_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake")),
    )
    op.create_index(op.f("ix_stocktake_begun_at_id"), "stocktake", ["begun_at", "id"])
    op.create_table(
        "asset_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_change_asset_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_asset_change_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_change")),
    )
    op.create_index(op.f("ix_asset_change_asset_id_at"), "asset_change", ["asset_id", "at"])
    op.create_table(
        "asset_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_document_asset_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_asset_document_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_document")),
    )
    op.create_index(op.f("ix_asset_document_asset_id"), "asset_document", ["asset_id"])
    op.create_index(op.f("ix_asset_document_valid_until_on"), "asset_document", ["valid_until_on"])
    op.create_table(
        "asset_identifier",
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("lives", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_identifier_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", "kind", "code", name=op.f("pk_asset_identifier")),
    )
    op.create_index(op.f("ix_asset_identifier_asset_id"), "asset_identifier", ["asset_id"])
    op.create_index(
        op.f("ix_asset_identifier_code"),
        "asset_identifier",
        ["code"],
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_asset_identifier_lives",
        "asset_identifier",
        ["kind", "code"],
        unique=True,
        postgresql_where=sa.text("lives AND kind <> 'serial'"),
    )
    op.create_table(
        "check_done",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=True),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_check_done_asset_id")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_check_done_department")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_check_done_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_done")),
        sa.UniqueConstraint(
            "asset_id", "template", "cadence", name=op.f("uq_check_done_asset_id_template_cadence")
        ),
    )
    op.create_index(op.f("ix_check_done_kit_id"), "check_done", ["kit_id"])
    op.create_table(
        "check_photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["check.id"], name=op.f("fk_check_photo_check_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_check_photo_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_check_photo")),
    )
    op.create_index(op.f("ix_check_photo_check_id"), "check_photo", ["check_id"])
    op.create_table(
        "custody_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("override", sa.Text(), nullable=False),
        sa.Column("fault_id", sa.Uuid(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_custody_entry_asset_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_custody_entry_by_id")),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_custody_entry_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_custody_entry_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_entry")),
        sa.UniqueConstraint("asset_id", "n", name=op.f("uq_custody_entry_asset_id_n")),
    )
    op.create_index(op.f("ix_custody_entry_asset_id_taken_at"), "custody_entry", ["asset_id", "taken_at"])
    op.create_table(
        "fault",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("sanitised", sa.Boolean(), nullable=False),
        sa.Column("sanitised_by_id", sa.Uuid(), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_fault_approved_by_id")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_fault_asset_id")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_fault_department")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_fault_kit_id")),
        sa.ForeignKeyConstraint(["replacement_id"], ["asset.id"], name=op.f("fk_fault_replacement_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_fault_reporter_id")),
        sa.ForeignKeyConstraint(["sanitised_by_id"], ["person.id"], name=op.f("fk_fault_sanitised_by_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["person.id"], name=op.f("fk_fault_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault")),
        sa.UniqueConstraint("number", name=op.f("uq_fault_number")),
    )
    op.create_index(op.f("ix_fault_asset_id_reported_at"), "fault", ["asset_id", "reported_at"])
    op.create_index(op.f("ix_fault_department"), "fault", ["department"])
    op.create_index(op.f("ix_fault_kit_id"), "fault", ["kit_id"])
    op.create_index("ix_fault_open", "fault", ["asset_id"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index(op.f("ix_fault_reported_at_id"), "fault", ["reported_at", "id"])
    op.create_index(op.f("ix_fault_reporter_id"), "fault", ["reporter_id"])
    op.create_table(
        "reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_reservation_asset_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reservation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_asset_id_from_at"), "reservation", ["asset_id", "from_at"])
    op.create_index(op.f("ix_reservation_from_at_id"), "reservation", ["from_at", "id"])
    op.create_index(op.f("ix_reservation_person_id"), "reservation", ["person_id"])
    op.create_table(
        "sighting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_sighting_asset_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_sighting_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_sighting_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
    )
    op.create_index(op.f("ix_sighting_asset_id"), "sighting", ["asset_id"])
    op.create_index(op.f("ix_sighting_at_id"), "sighting", ["at", "id"])
    op.create_index("ix_sighting_open", "sighting", ["at"], postgresql_where=sa.text("settled_at IS NULL"))
    op.create_table(
        "slot_seen",
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_slot_seen_kit_id")),
        sa.PrimaryKeyConstraint("kit_id", "slot_id", name=op.f("pk_slot_seen")),
    )
    op.create_table(
        "stocktake_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_stocktake_line_asset_id")),
        sa.ForeignKeyConstraint(
            ["stocktake_id"],
            ["stocktake.id"],
            name=op.f("fk_stocktake_line_stocktake_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_line")),
        sa.UniqueConstraint("stocktake_id", "asset_id", name=op.f("uq_stocktake_line_stocktake_id_asset_id")),
    )
    op.create_index(
        op.f("ix_stocktake_line_stocktake_id_changed_at"), "stocktake_line", ["stocktake_id", "changed_at"]
    )
    op.create_table(
        "check_answer",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("fault_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_check_answer_asset_id")),
        sa.ForeignKeyConstraint(["check_id"], ["check.id"], name=op.f("fk_check_answer_check_id")),
        sa.ForeignKeyConstraint(["fault_id"], ["fault.id"], name=op.f("fk_check_answer_fault_id")),
        sa.PrimaryKeyConstraint("check_id", "asset_id", "line", name=op.f("pk_check_answer")),
    )
    op.create_index(op.f("ix_check_answer_asset_id_line_at"), "check_answer", ["asset_id", "line", "at"])
    op.create_index(
        "ix_check_answer_failed",
        "check_answer",
        ["asset_id", "at"],
        postgresql_where=sa.text("severity IS NOT NULL"),
    )
    op.create_table(
        "fault_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fault_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fault_step_by_id")),
        sa.ForeignKeyConstraint(["fault_id"], ["fault.id"], name=op.f("fk_fault_step_fault_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_step")),
    )
    op.create_index(op.f("ix_fault_step_fault_id_at"), "fault_step", ["fault_id", "at"])
    op.create_table(
        "asset_photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("fault_id", sa.Uuid(), nullable=True),
        sa.Column("step_id", sa.Uuid(), nullable=True),
        sa.Column("sighting_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_photo_asset_id")),
        sa.ForeignKeyConstraint(["fault_id"], ["fault.id"], name=op.f("fk_asset_photo_fault_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_asset_photo_photo_id")),
        sa.ForeignKeyConstraint(["sighting_id"], ["sighting.id"], name=op.f("fk_asset_photo_sighting_id")),
        sa.ForeignKeyConstraint(["step_id"], ["fault_step.id"], name=op.f("fk_asset_photo_step_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_asset_photo")),
    )
    op.create_index(op.f("ix_asset_photo_asset_id"), "asset_photo", ["asset_id"])
    op.create_index(op.f("ix_asset_photo_fault_id"), "asset_photo", ["fault_id"])
    op.create_index(op.f("ix_asset_photo_sighting_id"), "asset_photo", ["sighting_id"])
    op.create_index(op.f("ix_asset_photo_step_id"), "asset_photo", ["step_id"])
    quoted = ", ".join(f'"{table}"' for table in NEW)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quoted} TO westu_app")
    op.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO westu_app")
    kept = ", ".join(f'"{table}"' for table in KEPT)
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {kept} FROM westu_app")


def downgrade() -> None:
    for table in reversed(NEW):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("fault_number")))
