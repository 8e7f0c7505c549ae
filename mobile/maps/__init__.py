"""The map on the phone: the city's layers, what lies where, and how far it is."""

SCREENS = {"map": "mobile.maps.map:MapScreen"}
DETAILS: dict[str, str] = {}
