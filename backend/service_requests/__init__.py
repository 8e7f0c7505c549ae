"""Service requests: asking the city to look at something, working on it, and hearing back.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from backend.core.actor import db
from backend.core.domain import Chore, Domain
from backend.core.feed import Feed
from backend.core.maplayer import MapLayer
from backend.service_requests import actions, queries, routes
from backend.service_requests.actions import load_types
from backend.service_requests.events import (
    RequestAnswered,
    RequestAssigned,
    RequestClosed,
    RequestMoved,
    RequestNoted,
    RequestOpened,
)
from backend.service_requests.imports import ImportStopped, import_file
from backend.service_requests.queries import types_text
from backend.service_requests.tables import RequestRow, RequestTypeRow
from shared_models.layers import FieldKind, Geometry, LayerField, LayerStyle, Whom
from shared_models.service_requests import RequestEntry, ServiceRequest, StaffEntry, StaffRequest

DOMAIN = Domain(
    "service_requests",
    routes.blp,
    feeds={
        "service_request": Feed(ServiceRequest, queries.feed_of_mine),
        "request_entry": Feed(RequestEntry, queries.feed_of_my_entries),
        "staff_request": Feed(StaffRequest, queries.feed_of_work),
        "staff_entry": Feed(StaffEntry, queries.feed_of_work_entries),
    },
    photos=queries.photos_visible_to,
    moves=actions.move_owner,
    chores=(Chore("let old requests leave the phones", timedelta(hours=1), actions.leave_phones),),
    layers=(
        MapLayer(
            "requests",
            "Open requests",
            "Solicitudes abiertas",
            Geometry.POINT,
            (
                LayerField(name="number", kind=FieldKind.TEXT, title_en="Number", title_es="Número"),
                LayerField(name="type", kind=FieldKind.TEXT, title_en="Type", title_es="Tipo"),
                LayerField(name="status", kind=FieldKind.TEXT, title_en="Status", title_es="Estado"),
                LayerField(
                    name="department", kind=FieldKind.TEXT, title_en="Department", title_es="Departamento"
                ),
                LayerField(name="opened_at", kind=FieldKind.INSTANT, title_en="Opened", title_es="Abierta"),
            ),
            queries.open_on_map,
            find=queries.found_on_map,
            seen_by=Whom.PUBLIC,
            title_field="number",
            time_field="opened_at",
            style=LayerStyle(colour="#b3261e", night="#f2b8b5", width=6.0),
            signed_in=True,
        ),
    ),
)

__all__ = [
    "DOMAIN",
    "ImportStopped",
    "RequestAnswered",
    "RequestAssigned",
    "RequestClosed",
    "RequestMoved",
    "RequestNoted",
    "RequestOpened",
    "RequestTypeRow",
    "department_of",
    "import_file",
    "load_types",
    "number_and_type",
    "owner_of",
    "types_text",
]


def owner_of(id_: UUID) -> UUID | None:
    """Whose request it is now; None for one that nobody in the system made."""
    return db().scalar(select(RequestRow.owner_id).where(RequestRow.id == id_))


def department_of(id_: UUID) -> str:
    """Which department has the request now."""
    return db().get_one(RequestRow, id_).department


def number_and_type(id_: UUID) -> tuple[str, str, str]:
    """The number of a request, and the name of its type in English and Spanish."""
    row = db().get_one(RequestRow, id_)
    kind = db().get_one(RequestTypeRow, row.type)
    return row.number, kind.name_en, kind.name_es
