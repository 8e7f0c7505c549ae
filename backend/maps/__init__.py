"""Maps: limits, streets and places of the city, and the offline pack of the phone.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from backend.core.domain import Domain
from backend.maps import routes
from backend.maps.actions import load, make_pack
from backend.maps.queries import in_limits
from backend.maps.queries import told_whose as whose

DOMAIN = Domain("maps", routes.blp)

__all__ = ["DOMAIN", "in_limits", "load", "make_pack", "whose"]
