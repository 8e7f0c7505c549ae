"""A domain, as the house sees it: a name, its routes, and what it hands to others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client.core import Metric
from sqlalchemy import Select

from backend.core.actor import Actor
from backend.core.feed import Feed
from backend.core.http import Blueprint
from backend.core.ledger import Event, Reaction, listen
from backend.core.maplayer import MapLayer


@dataclass(frozen=True)
class Chore:
    """Something that the worker does again and again, in a transaction of its own."""

    name: str
    every: timedelta
    do: Callable[[], object]

    @property
    def lock(self) -> str:
        """The name of the advisory lock under which it is done."""
        return "chore:" + self.name


@dataclass(frozen=True)
class Domain:
    """One subject of the house. ``app.py`` wires what it hands down."""

    name: str
    blueprint: Blueprint
    more: Sequence[Blueprint] = ()
    """More of its routes, where one file of them would be too long."""
    hears: Mapping[type[Event], Reaction] = field(default_factory=dict)
    """What it does when others (or it itself) announce something."""
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    """The kinds of things that it puts on phones."""
    photos: Callable[[Actor], Select[UUID]] | None = None
    """The photos that a person may see because they may see the thing that holds them."""
    moves: Callable[[UUID, UUID, bool], None] | None = None
    """Gives everything of one person to another: how a phone without a name joins an account.

    It is told whether that person is on the same phone; by a claim code it is somebody on another one.
    """
    chores: Sequence[Chore] = ()
    measures: Callable[[], Iterable[Metric]] | None = None
    """What it tells Prometheus of itself when that asks."""

    layers: Sequence[MapLayer] = ()
    """Its things as layers of the map."""

    def start_listening(self) -> None:
        """Tell the ledger what this domain hears."""
        for event, reaction in self.hears.items():
            listen(self.name, event, reaction)


def all_feeds(domains: Sequence[Domain]) -> dict[str, Feed]:
    """The kinds of things of all domains."""
    found: dict[str, Any] = {}
    for domain in domains:
        found |= domain.feeds
    return found
