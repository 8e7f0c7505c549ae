"""The register: what is asked to change things, alone or many at once, and which of them a list tells."""

from datetime import date
from typing import Annotated
from uuid import UUID

from shared_models.assets import Asset, AssetKind, ChangeAsset, FieldSpec, RegisterAsset, Short
from shared_models.basics import PageWanted
from shared_models.wire import Length, Range, Wire


class WriteModel(Wire):
    """What a model is."""

    kind: AssetKind
    make: Annotated[str, Length(1, 80)]
    name: Annotated[str, Length(1, 120)]
    fields: Annotated[tuple[FieldSpec, ...], Length(max=40)] = ()
    issue_battery: Annotated[int | None, Range(0, 100)] = None
    approved_firmware: Short = ""
    patch_days: Annotated[int | None, Range(1, 3650)] = None
    support_until_on: date | None = None
    note: Annotated[str, Length(max=2000)] = ""


class RegisterModel(WriteModel):
    """Register a model."""

    id: UUID


class ChangeModel(Wire):
    """What is to be so from now on. What is not said stays as it is; its kind never changes."""

    make: Annotated[str | None, Length(1, 80)] = None
    name: Annotated[str | None, Length(1, 120)] = None
    fields: Annotated[tuple[FieldSpec, ...] | None, Length(max=40)] = None
    issue_battery: Annotated[int | None, Range(0, 100)] = None
    approved_firmware: Short | None = None
    patch_days: Annotated[int | None, Range(1, 3650)] = None
    support_until_on: date | None = None
    note: Annotated[str | None, Length(max=2000)] = None


class ChangeOne(ChangeAsset):
    """One of several changes."""

    id: UUID
    version: Annotated[int, "The one that you saw."]


class RegisterAssets(Wire):
    """Register many things at once: all of them, or none."""

    items: Annotated[tuple[RegisterAsset, ...], Length(1, 500)]


class ChangeAssets(Wire):
    """Change many things at once: all of them, or none."""

    items: Annotated[tuple[ChangeOne, ...], Length(1, 500)]


class AssetsDone(Wire):
    """What became of many at once, in the order in which they were named."""

    items: tuple[Asset, ...]


class ModelFilter(PageWanted):
    """Which models."""

    kind: AssetKind | None = None
    q: Annotated[str, Length(max=200)] = ""
