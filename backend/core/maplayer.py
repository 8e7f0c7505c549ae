"""A layer of the map that a domain hands down: its things, where they are, and who may see them (ruling 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from backend.core.actor import Actor
from shared_models.layers import Geometry, LayerField, LayerStyle, Whom

PLAIN = LayerStyle()


@dataclass(frozen=True)
class MapLayer:
    """What the map needs of another domain's things. ``maps`` imports no domain; ``app.py`` wires them."""

    name: str
    """In addresses, as a layer of the city's own: ``requests``."""
    title_en: str
    title_es: str
    geometry: Geometry
    fields: tuple[LayerField, ...]
    """What is told of each thing besides its id and place, in this order."""
    select: Callable[[Actor | None], Select[Any]]
    """The things that this person (None: anybody) may see, already filtered by ``visible_to``.

    Its columns: ``id`` (any type), ``geom`` (WGS 84; may be null), ``changed_at``, and one for each field, by its name.
    """
    seen_by: Whom
    """For whom it is at all; ``select`` says which things of it."""
    title_field: str = ""
    time_field: str = ""
    style: LayerStyle = PLAIN
    on: bool = False
    signed_in: bool = False
    """Whoever is not signed in sees none of its things: a page for anybody leaves it out."""
    find: Callable[[Actor, str, int], Select[Any] | None] | None = None
    """The things of it that words may mean to this person, at most so many, the best first; filtered as ``select`` is.

    None where such words can mean none of them: then nothing is asked.

    Its columns: ``id``, a title, a detail, latitude, longitude, and how well it fits (``shared_models.places.FITS``).
    """
    ground: bool = False
    """The ground of every map shows it already; so a list that says the same as a map tells of it from the start."""
