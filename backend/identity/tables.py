"""Rows of identity: people, sessions, grants, invitations, claim codes, departments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, Word
from shared_models.basics import Language
from shared_models.identity import Role


class DepartmentRow(Base):
    """A part of the city's staff, from the city pack."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_es: Mapped[str]
    part_of: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Who works in a department works in its parts as well."""
    telephone: Mapped[str]
    email: Mapped[str]


class PersonRow(Base):
    """Somebody with an account, or a phone without one (``secret_hash`` instead of a password)."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("(email IS NULL) = (password_hash IS NULL)", name="named_has_both"),
        CheckConstraint("(email IS NULL) <> (secret_hash IS NULL)", name="named_or_phone"),
        Index("uq_person_email", text("lower(email)"), unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[Language] = mapped_column(Word(Language))
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    """The account that a phone's reports went to."""


class SessionRow(Base):
    """One phone or program that is signed in. Its refresh token changes at each use."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    device: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    before_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The token that the current one followed: sent again with the same successor, it is a lost answer."""
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]
    until_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GrantRow(Base):
    """A role given to a person, everywhere or in one department, until it is taken back."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_held",
            "person_id",
            "role",
            text("coalesce(department, '')"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(Word(Role))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class InvitationRow(Base):
    """An invitation to join the staff, good once."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(Word(Role))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    until_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class ClaimCodeRow(Base):
    """A short code that lets another phone take over what this phone reported, good once."""

    __tablename__ = "claim_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    until_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
