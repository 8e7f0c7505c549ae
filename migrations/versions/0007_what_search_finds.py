"""What search finds: addresses with their street and number, street names, pieces of streets, landmarks.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEW = ("search_source", "street_name", "stretch", "landmark")


def where() -> sa.Column:
    return sa.Column("where", Geometry("POINT", srid=4326, spatial_index=False), nullable=False)


def upgrade() -> None:
    op.create_table(
        "search_source",
        sa.Column("source", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("layer_id", sa.Uuid(), nullable=True),
        sa.Column("made_of", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["layer.id"], name=op.f("fk_search_source_layer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_search_source")),
        sa.UniqueConstraint("layer_id", name=op.f("uq_search_source_layer_id")),
    )
    op.create_table(
        "street_name",
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        where(),
        sa.Column("illustration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"], ["search_source.source"], name=op.f("fk_street_name_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_street_name")),
    )
    op.create_table(
        "stretch",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("feature", sa.BigInteger(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("high", sa.Integer(), nullable=True),
        sa.Column("course", sa.Text(), nullable=False),
        where(),
        sa.ForeignKeyConstraint(
            ["source"], ["search_source.source"], name=op.f("fk_stretch_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stretch")),
    )
    op.create_index(op.f("ix_stretch_source"), "stretch", ["source"])
    op.create_index("ix_stretch_street", "stretch", ["street", "low"])
    op.create_table(
        "landmark",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("feature", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        where(),
        sa.Column("illustration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"], ["search_source.source"], name=op.f("fk_landmark_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "one", "other", name=op.f("pk_landmark")),
    )
    op.create_index(op.f("ix_landmark_source"), "landmark", ["source"])
    op.create_index("ix_landmark_one", "landmark", ["kind", "one"])
    op.add_column("address", sa.Column("source", sa.Integer(), nullable=True))
    op.add_column("address", sa.Column("feature", sa.BigInteger(), nullable=True))
    op.add_column("address", sa.Column("street", sa.Text(), server_default="", nullable=False))
    op.add_column("address", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("address", sa.Column("mark", sa.Text(), server_default="", nullable=False))
    op.add_column("address", sa.Column("text", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_address_source"), "address", "search_source", ["source"], ["source"], ondelete="CASCADE"
    )
    op.create_index("ix_address_street", "address", ["street", "number"])
    op.create_index("ix_address_source", "address", ["source", "feature"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(NEW)} TO westu_app")
    op.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO westu_app")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_address_source"), "address", type_="foreignkey")
    for column in ("source", "feature", "street", "number", "mark", "text"):
        op.drop_column("address", column)
    for table in reversed(NEW):
        op.drop_table(table)
