"""The way to a place, by whatever the device has for that."""

import sys

from mobile.core.device.dial import open_page


def open_directions(lat: float, lon: float) -> None:
    """Open the device's own maps at this place (degrees, WGS 84); on a desk, a map in the browser."""
    open_page(directions(lat, lon, android=hasattr(sys, "getandroidapilevel")))


def directions(lat: float, lon: float, *, android: bool) -> str:
    """The address of this place: a `geo:` URI (RFC 5870, with Android's `q` for a mark) or a page."""
    if android:
        return f"geo:{lat:.6f},{lon:.6f}?q={lat:.6f},{lon:.6f}"
    return f"https://www.openstreetmap.org/?mlat={lat:.6f}&mlon={lon:.6f}#map=18/{lat:.6f}/{lon:.6f}"
