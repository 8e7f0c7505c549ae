"""``GET /v1/sync``: what changed for whoever asks, since they last asked."""

from flask import Response

from backend.core.actor import me
from backend.core.feed import changes_since
from backend.core.http import Blueprint, house
from backend.core.ready import JSON
from shared_models.permissions import Permission
from shared_models.sync import Changes, Pull

blp = Blueprint("sync", __name__, url_prefix="/v1", description="How a phone follows what changes for it.")


@blp.get("/sync", permit=Permission.SYNC_PULL)
@blp.arguments(Pull.Schema, location="query")
@blp.alt_response(200, schema=Changes.Schema, success=True)
def pull(wanted: Pull) -> Response:
    """What changed for you after your cursor; without one, everything of yours."""
    return Response(changes_since(me(), house().audiences_of(me()), wanted, house().feeds), mimetype=JSON)
