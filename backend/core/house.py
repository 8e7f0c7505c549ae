"""The running application's house: what the gate and the domains need of it, wired in ``app.py``."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from prometheus_client.core import Metric
from sqlalchemy import Connection, Select
from sqlalchemy.engine import Dialect

from backend.core import feed
from backend.core.actor import Actor, Presumed
from backend.core.database import Database
from backend.core.files import Files
from backend.core.kept import Kept
from backend.core.maplayer import MapLayer
from backend.settings import Settings

MOST_STANDING = 32 * 1024 * 1024
"""Bytes of answers that stand, in each process."""


@dataclass(frozen=True)
class House:
    """What the gate and the domains need of the running application; made once, in ``app.py``."""

    settings: Settings
    database: Database
    files: Files
    actor_of: Callable[[str, Connection, bool], Actor]
    """Who holds this access token, now; if told, held as they are until the transaction ends. Raises Unknown."""
    presumed: Callable[[str, Dialect, bool], tuple[Actor, Presumed] | None]
    """Who held it when this process last asked, and the question that was; None if it did not. Raises Unknown."""
    audiences_of: Callable[[Actor], list[str]]
    """Whose feeds a person follows."""
    feeds: Mapping[str, feed.Feed]
    photos: Sequence[Callable[[Actor], Select[Any]]]
    moves: Sequence[Callable[[uuid.UUID, uuid.UUID, bool], None]]
    measures: Sequence[Callable[[], Iterable[Metric]]] = ()
    layers: Mapping[str, MapLayer] = field(default_factory=dict)
    """The layers of the map that domains hand down, by name."""
    standing: Kept[Any] = field(default_factory=lambda: Kept(MOST_STANDING))
    """Answers that stand (``core/standing.py``)."""


def house() -> House:
    """The running application's house."""
    found: House = current_app.extensions["westu"]
    return found
