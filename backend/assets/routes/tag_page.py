"""What a label's address tells, to people and to programs. Anybody may ask."""

from flask import Response

from backend.assets import tag_page
from backend.core.http import PUBLIC, Blueprint
from shared_models.assets import TagTold

blp = Blueprint("tag_page", __name__, description="The page that a label's address opens.")

MOST_FORM = 40_000
"""Bytes of a form that is filled in, each sign of it as %C3%B1 is."""
HTML = {"schema": {"type": "string"}}
LANG = {"in": "query", "name": "lang", "schema": {"type": "string"}, "description": "`en` or `es`."}


@blp.get("/t/<tag>", permit=PUBLIC)
@blp.doc(parameters=[LANG])
@blp.response(200, HTML["schema"], content_type="text/html")
def open_tag_page(tag: str) -> Response:
    """The page of a label: what sort of thing it is, whose, whom to call, and a form to say that it was found or is broken."""
    return tag_page.opened(tag)


@blp.post("/t/<tag>", permit=PUBLIC, most_bytes=MOST_FORM)
@blp.doc(
    parameters=[LANG],
    requestBody={
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}},
    },
)
@blp.response(200, HTML["schema"], content_type="text/html")
@blp.alt_response(
    422,
    schema=HTML["schema"],
    content_type="text/html",
    description="The page again, saying what is missing.",
)
def send_tag_page(tag: str) -> Response:
    """Say that a thing was found, or is broken: the form of the page. It goes to the inbox of who keeps the things."""
    return tag_page.sent(tag)


@blp.get("/v1/assets/tags/<tag>", permit=PUBLIC)
@blp.response(200, TagTold.Schema)
def tell_tag(tag: str) -> TagTold:
    """What a label's page tells, for programs."""
    return tag_page.tell(tag)
