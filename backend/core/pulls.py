"""How a phone follows what changes for it: ``GET /v1/sync`` tells what, ``GET /v1/stream`` tells when."""

import gzip
from urllib.parse import urlsplit

from flask import Response, request

from backend.core.actor import me
from backend.core.feed import changes_since
from backend.core.house import house
from backend.core.http import Blueprint
from backend.core.ready import JSON
from shared_models.permissions import Permission
from shared_models.sync import STREAM, Changes, Pull

WORTH_PACKING = 1400
"""Bytes: what is shorter travels in one packet as it is."""
QUICK = 1
"""zlib's fastest: the best one takes four times as long and saves a quarter more."""

blp = Blueprint("sync", __name__, url_prefix="/v1", description="How a phone follows what changes for it.")


@blp.get("/sync", permit=Permission.SYNC_PULL)
@blp.arguments(Pull.Schema, location="query")
@blp.alt_response(200, schema=Changes.Schema, success=True)
def pull(wanted: Pull) -> Response:
    """What changed for you after your cursor; without one, everything of yours."""
    return squeezed(changes_since(me(), house().audiences_of(me()), wanted, house().feeds))


def squeezed(words: str) -> Response:
    """A long answer of JSON, packed for whoever can unpack it: a first pull shrinks to a tenth or less.

    Only what holds no token or code is packed: its length would tell of them to whoever can add words to it and
    watch the line (BREACH).
    """
    body = words.encode()
    answer = Response(body, mimetype=JSON)
    answer.vary.add("Accept-Encoding")
    if len(body) >= WORTH_PACKING and request.accept_encodings["gzip"]:
        answer.set_data(gzip.compress(body, QUICK, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@blp.get("/stream", permit=Permission.SYNC_PULL)
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@blp.alt_response(307, description="The stream is served at ``Location``: ask there, with the same headers.")
def stream() -> Response:
    """Hear when to pull: an event ``pull`` at the beginning, and whenever something of yours has changed.

    It ends with your token. A proxy may hand this path to the stream itself; without one you are sent there.
    """
    return Response(status=307, headers={"Location": stream_place()})


def stream_place() -> str:
    """Where the stream of this house is: as set, or at its port of the host that was called."""
    settings, called = house().settings, urlsplit(request.host_url)
    host = f"[{called.hostname}]" if ":" in (called.hostname or "") else called.hostname
    return (settings.stream_url or f"{called.scheme}://{host}:{settings.stream_port}") + STREAM
