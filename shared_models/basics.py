"""What many domains say: a point, a contact, the words of a city in its languages."""

import re
from typing import Annotated

from shared_models.wire import Length, Range, Regexp, Verbatim, Wire, WireEnum

CODE = Regexp(re.compile(r"^[a-z0-9][a-z0-9-]*$"), error="Small letters, digits and hyphens only.")

Code = Annotated[str, Length(1, 40), CODE]


class Language(WireEnum):
    """The languages the product speaks."""

    EN = "en"
    ES = "es"
    NEWER = "newer"


class Point(Wire):
    """A place on Earth, WGS 84 (EPSG:4326), in degrees; six decimals, about 0.1 m, are kept."""

    lat: Annotated[float, Range(-90, 90), "Latitude in degrees."]
    lon: Annotated[float, Range(-180, 180), "Longitude in degrees."]


class Contact(Wire):
    """Whom to call instead, or besides."""

    name_en: Annotated[str, Length(1, 200)]
    name_es: Annotated[str, Length(1, 200)]
    telephone: Annotated[str, Length(max=40)] = ""
    url: Annotated[str, Length(max=400)] = ""


class PageWanted(Wire):
    """Which page of a list: the newest first, then what comes after."""

    after: Annotated[str, Length(max=80), Verbatim, "The `next` of the page before."] = ""
    limit: Annotated[int, Range(1, 200)] = 100
