"""Maps: limits, streets and places of the city, and the offline pack of the phone.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from backend.core.database import one
from backend.core.domain import Domain
from backend.maps import queries, routes
from backend.maps.actions import load, load_addresses, load_zones, make_pack
from backend.maps.queries import CityTold, city, households, in_limits, odd_area, zone_area
from backend.maps.queries import told_whose as whose

DOMAIN = Domain("maps", routes.blp, more=routes.MORE)

__all__ = [
    "DOMAIN",
    "CityTold",
    "city",
    "households",
    "in_limits",
    "load",
    "load_addresses",
    "load_zones",
    "make_pack",
    "newest_pack",
    "odd_area",
    "whose",
    "zone_area",
]


def newest_pack() -> bytes:
    """The pack that phones are to have: the bytes of an SQLite file. Raises NotFound before there is one."""
    return one(queries.newest_pack()).body
