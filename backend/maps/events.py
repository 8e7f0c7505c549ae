"""What happens to maps. Ids, numbers and codes only: what a feature says stands in its history."""

from typing import ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.basics import Code
from shared_models.layers import FeatureChangeKind


class LayerChanged(Event):
    """A layer was defined, changed or removed."""

    subject: ClassVar[str] = "layer_id"
    for_the_record: ClassVar[bool] = True
    layer_id: UUID
    what: Code
    version: int


class EditionLoaded(Event):
    """A file was taken into a layer."""

    subject: ClassVar[str] = "layer_id"
    for_the_record: ClassVar[bool] = True
    layer_id: UUID
    edition_id: UUID
    number: int
    taken: int
    mended: int
    refused: int


class EditionShown(Event):
    """An edition that was there already is on the map again."""

    subject: ClassVar[str] = "layer_id"
    for_the_record: ClassVar[bool] = True
    layer_id: UUID
    number: int


class FeatureChanged(Event):
    """Somebody made, changed or removed a feature by hand."""

    subject: ClassVar[str] = "layer_id"
    for_the_record: ClassVar[bool] = True
    layer_id: UUID
    feature_id: int
    version: int
    what: FeatureChangeKind


class ReportShared(Event):
    """Whoever has a report's address may open it from now on, or no more."""

    subject: ClassVar[str] = "report_id"
    for_the_record: ClassVar[bool] = True
    report_id: UUID
    shared: bool


class AreaSaved(Event):
    """What lies so near to a place was kept as an area to tell people in."""

    subject: ClassVar[str] = "area_id"
    for_the_record: ClassVar[bool] = True
    area_id: UUID
    metres: int
    corners: int
