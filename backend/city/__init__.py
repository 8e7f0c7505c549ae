"""What is one city's own: its limits, departments, request types, places, streets and words, as a pack of data files.

`read_city()` gives the pack of the folder `westu`; another town replaces that folder, and no line of code.
"""

from backend.city.entry import CityError
from backend.city.reading import read_city
from backend.city.values import (
    Box,
    City,
    Contact,
    Department,
    Elsewhere,
    Facility,
    FacilityKind,
    Group,
    Hours,
    Outcome,
    Outline,
    PhotoWish,
    PlaceNeed,
    Point,
    RequestType,
    Street,
    StreetLine,
    Synonyms,
    Text,
)

__all__ = [
    "Box",
    "City",
    "CityError",
    "Contact",
    "Department",
    "Elsewhere",
    "Facility",
    "FacilityKind",
    "Group",
    "Hours",
    "Outcome",
    "Outline",
    "PhotoWish",
    "PlaceNeed",
    "Point",
    "RequestType",
    "Street",
    "StreetLine",
    "Synonyms",
    "Text",
    "read_city",
]
