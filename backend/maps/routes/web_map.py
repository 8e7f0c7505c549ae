"""The map for browsers: its page, what the page is made of, its style, and what lies at a place."""

from flask import Response

from backend.core.http import KNOWN, PUBLIC, Blueprint
from backend.maps import here, style, web_map
from shared_models.maps import AskHere, AskStyle, Here

blp = Blueprint(
    "map", __name__, url_prefix="/v1/maps", description="How the map looks, and what is at a place."
)
pages = Blueprint("web-map", __name__, url_prefix="/map", description="The map as a page.")

HTML = {"type": "string"}


def said(name: str, about: str, **schema: object) -> dict[str, object]:
    """One thing that the page's address may say, for the documentation."""
    return {"in": "query", "name": name, "description": about, "schema": {"type": "string"} | schema}


ASKED = [
    said("lang", "`en` or `es`."),
    said("q", "A place to look for."),
    said("at", "Latitude and longitude with a comma between them: say what is there."),
    said("within", "Metres around it."),
    said("bbox", "West, south, east, north: list what is in it."),
    said("chosen", "`1`: show the layers named by `layer`, and no others."),
    said("layer", "Names of layers.", type="array", items={"type": "string"}),
    said("part", "`list` or `here`: that part of the page alone."),
]


@blp.get("/style", permit=KNOWN)
@blp.arguments(AskStyle.Schema, location="query")
@blp.alt_response(200, schema={"type": "object"})
@blp.alt_response(304, description="You have the newest.")
def get_style(wanted: AskStyle) -> Response:
    """How the map is drawn, with each layer that you may see: a style of MapLibre, version 8."""
    return style.style(wanted.night)


@blp.get("/here", permit=KNOWN)
@blp.arguments(AskHere.Schema, location="query")
@blp.response(200, Here.Schema)
def get_here(wanted: AskHere) -> Here:
    """What is here: the features of the layers that you may see around a point, and whose place it is."""
    return here.here(wanted)


@pages.get("/", permit=PUBLIC)
@pages.doc(parameters=ASKED)
@pages.response(200, HTML, content_type="text/html")
def open_map() -> Response:
    """The map, and a list that says the same. Without a script it is the list, by the same address."""
    return web_map.opened()


@pages.get("/<version>/<file>", permit=PUBLIC)
@pages.response(200, HTML, content_type="text/javascript")
def get_map_file(version: str, file: str) -> Response:
    """A script or a style sheet of the page, which never changes under its address."""
    return web_map.file(version, file)
