"""Kits: named members, a car and what belongs in it. Also called units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.assets import AssetKind
from shared_models.basics import Code, PageWanted
from shared_models.wire import Length, Wire


class KitSlot(Wire):
    """A place in a kit: what belongs there, and what is there by the record."""

    id: UUID
    name: Annotated[str, Length(1, 60)]
    kind: AssetKind
    required: bool = True
    personal: Annotated[bool, "It comes with whoever works the shift: what they hold of this kind."] = False
    asset_id: UUID | None = None


class Kit(Wire):
    """Named members: a car and what belongs in it. Also called a unit."""

    id: UUID
    code: Annotated[str, "What it is called on the air or on its door; unique."]
    name: str
    department: Code
    asset_id: Annotated[UUID | None, "What carries it: the car."]
    slots: tuple[KitSlot, ...]
    retired: bool
    updated_at: datetime
    version: int


class Kits(Wire):
    """Kits, newest change first."""

    items: tuple[Kit, ...]
    next: str | None


class WriteKit(Wire):
    """What a kit is made of."""

    code: Annotated[str, Length(1, 40)]
    name: Annotated[str, Length(1, 120)]
    department: Annotated[str, Length(1, 40)]
    asset_id: UUID | None = None
    slots: Annotated[tuple[KitSlot, ...], Length(max=60)] = ()
    retired: bool = False


class MakeKit(WriteKit):
    """Make a kit."""

    id: UUID


class ChangeKit(Wire):
    """What is to be so from now on. What is not said stays as it is; slots are said all together."""

    code: Annotated[str | None, Length(1, 40)] = None
    name: Annotated[str | None, Length(1, 120)] = None
    department: Annotated[str | None, Length(1, 40)] = None
    asset_id: UUID | None = None
    slots: Annotated[tuple[KitSlot, ...] | None, Length(max=60)] = None
    retired: bool | None = None


class KitFilter(PageWanted):
    """Which kits."""

    department: Annotated[str | None, Length(1, 40)] = None
    q: Annotated[str, Length(max=200)] = ""
