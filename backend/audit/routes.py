"""The ledger over HTTP. Reading it is an event as well."""

from flask import Response

from backend.audit import queries
from backend.core.actor import me
from backend.core.http import Blueprint
from backend.core.ready import JSON, ready
from shared_models.audit import ChainState, FeedPage, FeedWanted, LedgerEvent, LedgerFilter, LedgerPage
from shared_models.permissions import Permission

blp = Blueprint("audit", __name__, url_prefix="/v1/audit", description="What happened: who, when, what.")
feed = Blueprint("events", __name__, url_prefix="/v1", description="What happened, for other systems.")


@blp.get("/events", permit=Permission.AUDIT_READ, audited="ledger")
@blp.arguments(LedgerFilter.Schema, location="query")
@blp.alt_response(200, schema=LedgerPage.Schema, success=True)
def list_events(wanted: LedgerFilter) -> Response:
    """Events of the ledger, newest first."""
    return ready(queries.matching(me(), wanted), LedgerEvent, wanted)


@blp.get("/chain", permit=Permission.AUDIT_READ, audited="ledger-chain")
@blp.response(200, ChainState.Schema)
def check_chain() -> ChainState:
    """Whether nothing in the ledger was changed or taken away since it was sealed."""
    return queries.chain_state()


@feed.get("/events", permit=Permission.WEBHOOK_MANAGE)
@feed.arguments(FeedWanted.Schema, location="query")
@feed.alt_response(200, schema=FeedPage.Schema, success=True)
def feed_events(wanted: FeedWanted) -> Response:
    """What happened after a place, in an order in which nothing comes late: what webhooks tell, to be had at any time.

    Say the `next` of each answer as `after` of the next. Whoever does misses no event and gets none twice. Who did it is
    not told, nor who read or signed in.
    """
    return Response(queries.fed(me(), wanted), mimetype=JSON)
