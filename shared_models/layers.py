"""Layers of the map: what each shows, who may see and change it, and the editions that were loaded of it."""

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from shared_models.basics import Code, PageWanted
from shared_models.wire import Length, Range, Regexp, Wire, WireEnum

MOST_FIELDS = 100
FARTHEST_ZOOM, NEAREST_ZOOM = 0, 22
FIELD = Regexp(
    re.compile(r"^[a-z][a-z0-9_]{0,62}$"), error="A small letter, then small letters, digits and _."
)
COLOUR = Regexp(re.compile(r"^#[0-9a-f]{6}$"), error="Six hexadecimal digits in small letters, as #1a6bb5.")
Title = Annotated[str, Length(1, 120)]


class Geometry(WireEnum):
    """What the features of a layer are. A layer of lines or areas may hold them in several parts."""

    POINT = "point"
    LINE = "line"
    AREA = "area"
    MIXED = "mixed"
    NEWER = "newer"


class FieldKind(WireEnum):
    """What a field of a feature holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    NEWER = "newer"


class Whom(WireEnum):
    """For whom a layer is: anybody, those who work for the city, or those of one department; nobody: only by loading."""

    PUBLIC = "public"
    STAFF = "staff"
    DEPARTMENT = "department"
    NOBODY = "nobody"
    NEWER = "newer"


class Part(WireEnum):
    """What a layer is to the rest of the house, beyond being drawn: what search reads, say."""

    NONE = "none"
    ADDRESSES = "addresses"
    STREETS = "streets"
    INTERSECTIONS = "intersections"
    PLACES = "places"
    PARCELS = "parcels"
    NEWER = "newer"


class LayerField(Wire):
    """One field of a layer's features."""

    name: Annotated[str, FIELD]
    kind: FieldKind
    title_en: Annotated[str, Length(max=120)] = ""
    title_es: Annotated[str, Length(max=120)] = ""


class LayerStyle(Wire):
    """How a layer is drawn, by the app and in browsers alike. Sizes in density-independent pixels."""

    colour: Annotated[str, COLOUR] = "#1a6bb5"
    night: Annotated[str, COLOUR, "The colour by night."] = "#6db3e8"
    width: Annotated[float, Range(0.2, 20), "Of lines and edges; of a point its radius."] = 2.0
    fill: Annotated[
        float, Range(0, 1), "How dense areas are filled: 0 not at all, 1 without anything shining through."
    ] = 0.25
    label: Annotated[str, Length(max=63), "The field that is written beside a feature; empty: none."] = ""
    from_zoom: Annotated[float, Range(FARTHEST_ZOOM, NEAREST_ZOOM), "From this zoom on it is drawn."] = 12.0


class Layer(Wire):
    """A layer, as whoever may see it is told."""

    id: UUID
    name: Annotated[Code, "In addresses: `hydrants`."]
    title_en: str
    title_es: str
    about_en: str
    about_es: str
    geometry: Geometry
    fields: tuple[LayerField, ...]
    seen_by: Whom
    edited_by: Whom
    department: str | None
    title_field: Annotated[str, "The field that names a feature; empty: it has no name."]
    time_field: Annotated[str, "The field that says of when a feature is (`datetime=`); empty: of none."]
    part: Part
    part_fields: Annotated[
        dict[str, Any], "Which of its fields search reads: `number`, `street`, `name`, `kind` …"
    ]
    style: LayerStyle
    on: Annotated[bool, "Shown on the map until somebody turns it off."]
    illustration: Annotated[bool, "Its features are invented, and each screen says so."]
    attribution: str
    count: Annotated[int, "How many features it has."]
    bounds: Annotated[
        tuple[Annotated[float, Range(-180, 180)], ...], "West, south, east, north; empty: it holds none."
    ]
    edition: Annotated[int, "The number of the edition that is shown; 0: none was loaded."]
    version: Annotated[int, "Rises with any change to the layer or a feature of it."]
    changed_at: datetime


class Layers(Wire):
    """All layers that the caller may see, by their title."""

    items: tuple[Layer, ...]


class DefineLayer(Wire):
    """Make a layer."""

    id: UUID
    name: Code
    title_en: Title
    title_es: Title
    about_en: Annotated[str, Length(max=2000)] = ""
    about_es: Annotated[str, Length(max=2000)] = ""
    geometry: Geometry
    fields: Annotated[tuple[LayerField, ...], Length(max=MOST_FIELDS)] = ()
    seen_by: Whom = Whom.STAFF
    edited_by: Whom = Whom.NOBODY
    department: Code | None = None
    title_field: Annotated[str, Length(max=63)] = ""
    time_field: Annotated[str, Length(max=63)] = ""
    part: Part = Part.NONE
    part_fields: Annotated[dict[str, Any] | None, "Field of search → field of the layer."] = None
    style: LayerStyle = LayerStyle()
    on: bool = False
    illustration: bool = False
    attribution: Annotated[str, Length(max=400)] = ""


class ChangeLayer(Wire):
    """Change a layer; what is not said stays. Fields, and what its features are, change by loading it anew."""

    title_en: Title | None = None
    title_es: Title | None = None
    about_en: Annotated[str | None, Length(max=2000)] = None
    about_es: Annotated[str | None, Length(max=2000)] = None
    seen_by: Whom | None = None
    edited_by: Whom | None = None
    department: Code | None = None
    title_field: Annotated[str | None, Length(max=63)] = None
    time_field: Annotated[str | None, Length(max=63)] = None
    part: Part | None = None
    part_fields: dict[str, Any] | None = None
    style: LayerStyle | None = None
    on: bool | None = None
    illustration: bool | None = None
    attribution: Annotated[str | None, Length(max=400)] = None


class Refusal(Wire):
    """Why one feature of a file was not taken, or what was mended in it."""

    row: Annotated[int, "In the file, the first is 1; 0: the file as a whole."]
    ref: Annotated[str, "What the file calls it; empty: nothing."]
    why: str
    mended: bool


class Edition(Wire):
    """One loading of a layer: what came of the file."""

    id: UUID
    layer_id: UUID
    number: int
    made_at: datetime
    file: str
    format: str
    crs: Annotated[str, "The file's own, as EPSG:2278."]
    sha256: str
    found: int
    taken: int
    mended: int
    refused: int
    refusals: Annotated[
        tuple[Refusal, ...], "Each feature that was refused or mended, the first thousand of them."
    ]
    shown: Annotated[bool, "This is the one that is on the map."]
    key: Annotated[str, "The field that names a feature from edition to edition; empty: none does."] = ""


class Editions(Wire):
    """Editions of a layer, the newest first."""

    items: tuple[Edition, ...]


class LoadLayer(Wire):
    """How a file is to be taken; the file itself is the body."""

    id: Annotated[UUID, "Of the edition that is made."]
    file: Annotated[str, Length(1, 200), "Its name; the ending says its format."]
    crs: Annotated[str, Length(max=40), "Where the file does not say its own: `EPSG:2278`."] = ""
    inner: Annotated[str, Length(max=200), "Which layer of a file that holds several."] = ""
    key: Annotated[str, Length(max=63), "The field that names a feature from edition to edition."] = ""
    x: Annotated[str, Length(max=63), "Of a CSV: the column of the longitude (or easting)."] = ""
    y: Annotated[str, Length(max=63), "Of a CSV: the column of the latitude (or northing)."] = ""
    trial: Annotated[bool, "Only say what would come of it."] = False


class ExportFormat(WireEnum):
    """A file that a layer can be taken away as."""

    GEOJSON = "geojson"
    GPKG = "gpkg"
    FGB = "fgb"
    CSV = "csv"


class ExportLayer(Wire):
    """What is to be taken away, and as what. A layer's own fields are filters beside these: `label=H-1`."""

    format: ExportFormat = ExportFormat.GEOJSON
    bbox: Annotated[
        str, Length(max=100), "West, south, east, north, in degrees: what lies in it or touches it."
    ] = ""
    filter: Annotated[str, Length(max=4000), "A condition in CQL2 text (OGC 21-065r2)."] = ""


class FeatureChangeKind(WireEnum):
    """What was done to a feature."""

    MADE = "made"
    CHANGED = "changed"
    REMOVED = "removed"
    NEWER = "newer"


class FeatureChange(Wire):
    """One change of a feature: what it was before and after, as GeoJSON; null: it was not there."""

    id: UUID
    layer_id: UUID
    feature_id: int
    version: int
    kind: FeatureChangeKind
    at: datetime
    by: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class FindChanges(PageWanted):
    """Which changes."""

    feature_id: Annotated[int | None, Range(1, 2**63 - 1), "Of this feature alone."] = None


class FeatureChanges(Wire):
    """Changes, the newest first."""

    items: tuple[FeatureChange, ...]
    next: str | None
