"""Stocktakes over HTTP."""

from uuid import UUID

from flask import Response

from backend.assets import counting, handling
from backend.assets.tables import StocktakeRow
from backend.core.actor import me
from backend.core.database import one
from backend.core.http import Blueprint
from backend.core.ready import ready, ready_one
from shared_models.custody import (
    BeginStocktake,
    CountThings,
    LineFilter,
    Stocktake,
    StocktakeFilter,
    StocktakeLine,
    StocktakeLines,
    Stocktakes,
)
from shared_models.permissions import Permission

blp = Blueprint("stocktakes", __name__, url_prefix="/v1/stocktakes", description="What is really there.")


@blp.get("/", permit=Permission.STOCKTAKE_DO)
@blp.arguments(StocktakeFilter.Schema, location="query")
@blp.alt_response(200, schema=Stocktakes.Schema, success=True)
def list_stocktakes(wanted: StocktakeFilter) -> Response:
    """Stocktakes, newest first."""
    return ready(handling.stocktakes(me(), wanted), Stocktake, wanted)


@blp.post("/", permit=Permission.STOCKTAKE_DO)
@blp.arguments(BeginStocktake.Schema)
@blp.response(201, Stocktake.Schema)
def begin_stocktake(body: BeginStocktake) -> StocktakeRow:
    """Begin to count what should be in a department, at a place or in a unit."""
    return counting.begin(body)


@blp.get("/<uuid:id>", permit=Permission.STOCKTAKE_DO)
@blp.alt_response(200, schema=Stocktake.Schema, success=True)
def get_stocktake(id: UUID) -> Response:
    """One stocktake."""
    return ready_one(handling.stocktakes_visible_to(me()).where(StocktakeRow.id == id), Stocktake)


@blp.get("/<uuid:id>/lines", permit=Permission.STOCKTAKE_DO)
@blp.arguments(LineFilter.Schema, location="query")
@blp.alt_response(200, schema=StocktakeLines.Schema, success=True)
def list_lines(wanted: LineFilter, id: UUID) -> Response:
    """The things of a stocktake, the last counted first; a place that is not the thing's own is where it was found."""
    one(handling.stocktakes_visible_to(me()).where(StocktakeRow.id == id))
    return ready(handling.lines_of(me(), id, wanted), StocktakeLine, wanted)


@blp.post("/<uuid:id>/count", permit=Permission.STOCKTAKE_DO)
@blp.arguments(CountThings.Schema)
@blp.response(200, Stocktake.Schema)
def count_things(body: CountThings, id: UUID) -> StocktakeRow:
    """Take in scans, from as many people at once as count. The same again changes nothing."""
    return counting.count(id, body)


@blp.post("/<uuid:id>/close", permit=Permission.STOCKTAKE_DO)
@blp.response(200, Stocktake.Schema)
def close_stocktake(id: UUID) -> StocktakeRow:
    """End a stocktake: what was expected and not found is missing."""
    return counting.close(id)
