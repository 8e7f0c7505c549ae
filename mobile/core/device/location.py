"""Where the phone is, asked once and only when the person wants it."""

from collections.abc import Callable
from typing import Protocol

Found = Callable[[tuple[float, float, float] | None], None]
"""Is handed (latitude, longitude, accuracy in metres), WGS 84; or None: switched off, refused, or no idea."""


class Location(Protocol):
    """What the app asks of a phone's positioning."""

    def once(self, found: Found) -> None:
        """Find out once."""


class NoLocation:
    """A desk: nobody knows where it stands."""

    def once(self, found: Found) -> None:
        """No idea."""
        found(None)


class FixedLocation:
    """A phone that stands still: for tests and for the journey that shows the app."""

    def __init__(self, lat: float, lon: float, accuracy: float = 12.0) -> None:
        self.fix = (lat, lon, accuracy)

    def once(self, found: Found) -> None:
        """Here."""
        found(self.fix)


class AndroidLocation:
    """Android's positioning by plyer. Not run by us: there is no phone here."""

    def once(self, found: Found) -> None:
        """The first fix, then positioning is switched off again."""
        from plyer import gps

        def fixed(**fix: float) -> None:
            gps.stop()
            found((fix["lat"], fix["lon"], fix.get("accuracy", 50.0)))

        try:
            gps.configure(on_location=fixed)
            gps.start(minTime=1000, minDistance=1)
        except (NotImplementedError, OSError):
            found(None)
