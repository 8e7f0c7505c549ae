"""The gazetteer: what search finds, as rows, taken over from layers in the transaction of whatever changed them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, or_, select, text

from backend.core import prepared
from backend.core.actor import db
from backend.maps import search
from backend.maps.tables import AddressRow, LandmarkRow, LayerRow, SearchSourceRow, StretchRow
from shared_models.addresses import Door, corners_of, parcel_key
from shared_models.basics import Point
from shared_models.layers import Part
from shared_models.places import Place
from shared_models.streets import Street, key_of, numbered, plain_number

SEARCHED = frozenset({Part.ADDRESSES, Part.STREETS, Part.INTERSECTIONS, Part.PLACES, Part.PARCELS})


def refresh(layer: LayerRow) -> None:
    """Bring what is found of a layer up to date with it. An edit costs what the features cost that it changed."""
    kept = db().scalar(select(SearchSourceRow).where(SearchSourceRow.layer_id == layer.id))
    if layer.part not in SEARCHED or layer.edition_id is None:
        if kept is not None:
            db().delete(kept)
        return
    if kept is None:
        kept = SearchSourceRow(layer_id=layer.id, version=-1)
        db().add(kept)
    made_of = [
        layer.part.value,
        layer.part_fields,
        layer.title_field,
        layer.edition_id,
        layer.illustration,
        layer.name,
    ]
    since = kept.version if kept.made_of == made_of else -1
    kept.made_of, kept.version = made_of, layer.version
    db().flush()
    if _take_over(layer, kept.source, since):
        kept.changed_at = func.clock_timestamp()
    db().flush()


def refresh_list(rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace the city's list of addresses by these (``id, line, where``); gives how many there are."""
    kept = db().scalar(select(SearchSourceRow).where(SearchSourceRow.layer_id.is_(None)))
    if kept is None:
        kept = SearchSourceRow()
        db().add(kept)
    kept.changed_at = func.clock_timestamp()
    db().flush()
    db().execute(delete(AddressRow).where(or_(AddressRow.source.is_(None), AddressRow.source == kept.source)))
    found = [_address(row["id"], row["line"], row["where"], kept.source, None) for row in rows]
    _copy(AddressRow, found)
    _name_streets(Part.ADDRESSES, kept.source, illustration=False)
    return len(found)


def _take_over(layer: LayerRow, source: int, since: int) -> bool:
    """Take over the features that are newer than a version of the layer (-1: all); whether a name changed."""
    of = {"source": source, "edition": layer.edition_id, "since": since}
    if since < 0:
        for table in (AddressRow, StretchRow, LandmarkRow):
            db().execute(delete(table).where(table.source == source))
        touched = set()
    else:
        touched = {key for table in _GONE for (key,) in prepared.run_here(_GONE[table], **of)}
    columns = {field.get("name") for field in layer.fields}
    wanted = {part: name for part, name in layer.part_fields.items() if name in columns}
    if layer.title_field and "name" not in wanted:
        wanted["name"] = layer.title_field
    make = _MAKERS[layer.part]
    made: list[tuple[Any, ...]] = []
    for id_, props, lat, lon, course in prepared.run_here(_FEATURES, **of, lines=layer.part is Part.STREETS):
        said = {
            part: " ".join(str(props[name]).split())
            for part, name in wanted.items()
            if props.get(name) is not None
        }
        made += make(layer, source, _Thing(id_, said, Point(lat=round(lat, 6), lon=round(lon, 6)), course))
    _copy(_TABLES[layer.part], made)
    if layer.part not in (Part.ADDRESSES, Part.STREETS):
        return layer.part in (Part.PLACES, Part.INTERSECTIONS) and bool(made or touched)
    if since < 0:
        return _name_streets(layer.part, source, illustration=layer.illustration)
    touched |= {row[_STREET_AT[layer.part]] for row in made}
    return _name_streets(layer.part, source, illustration=layer.illustration, keys=touched - {""})


class _Thing(NamedTuple):
    """A feature, as far as search is concerned."""

    id: int
    said: Mapping[str, str]
    """Part field → what it says; what says nothing is left out."""
    where: Point
    course: str | None
    """Of a piece of street: GeoJSON."""


def _address(id_: str, line: str, where: Point, source: int, feature: int | None) -> tuple[Any, ...]:
    said, name = numbered(line)
    key = key_of(name) if said else ""
    if not key:
        return id_, name, where, source, feature, "", None, "", ""
    number = int(re.split(r"\D", said, maxsplit=1)[0])
    return id_, f"{said} {name}", where, source, feature, key, number, plain_number(said), said


def _addresses(layer: LayerRow, source: int, thing: _Thing) -> list[tuple[Any, ...]]:
    said = thing.said
    line = said.get("line") or " ".join(
        said[part] for part in ("number", "direction", "street", "type") if said.get(part)
    )
    return [_address(f"{layer.name}/{thing.id}", line, thing.where, source, thing.id)] if line else []


def _stretches(_: LayerRow, source: int, thing: _Thing) -> list[tuple[Any, ...]]:
    """A row for each side that has numbers, one without any where none has."""
    name = thing.said.get("name") or " ".join(
        thing.said[part] for part in ("direction", "street", "type") if thing.said.get(part)
    )
    key = key_of(name)
    if not key or thing.course is None:
        return []
    course = json.loads(thing.course)["coordinates"]
    rows: list[tuple[Any, ...]] = []
    for side in ("left", "right"):
        ends = [thing.said.get(f"{side}_{end}", "") for end in ("from", "to")]
        low, high = (int(float(end)) if re.fullmatch(r"\d{1,6}(\.0+)?", end) else 0 for end in ends)
        if low and high:
            way = course if low <= high else course[::-1]
            rows.append(
                (source, thing.id, key, name, min(low, high), max(low, high), _written(way), thing.where)
            )
    return rows or [(source, thing.id, key, name, None, None, _written(course), thing.where)]


def _written(course: Iterable[Sequence[float]]) -> str:
    return " ".join(f"{round(lat * 1e6)} {round(lon * 1e6)}" for lon, lat, *_ in course)


def _landmarks(layer: LayerRow, source: int, thing: _Thing) -> list[tuple[Any, ...]]:
    name = thing.said.get("name") or thing.said.get("number") or ""
    detail = thing.said.get("detail") or thing.said.get("kind") or ""
    kind = _KINDS[layer.part]
    id_ = f"{layer.name}/{thing.id}"
    place = Place(id_, kind, name, detail, thing.where.lat, thing.where.lon, layer.illustration)
    match layer.part:
        case Part.INTERSECTIONS:
            keys = [(corner.one, corner.other) for corner in corners_of(place)]
        case Part.PARCELS:
            keys = [(parcel_key(name), "")] if parcel_key(name) else []
        case _:
            keys = [("", "")] if name else []
    end = (source, thing.id, kind, name, detail, thing.where, layer.illustration)
    return [(id_, one, other, *end) for one, other in dict.fromkeys(keys)]


_MAKERS = {
    Part.ADDRESSES: _addresses,
    Part.STREETS: _stretches,
    Part.INTERSECTIONS: _landmarks,
    Part.PLACES: _landmarks,
    Part.PARCELS: _landmarks,
}
_KINDS = {Part.INTERSECTIONS: "intersection", Part.PLACES: "place", Part.PARCELS: "parcel"}
_COLUMNS = {
    AddressRow: ("id", "line", "where", "source", "feature", "street", "number", "mark", "text"),
    StretchRow: ("source", "feature", "street", "name", "low", "high", "course", "where"),
    LandmarkRow: (
        "id", "one", "other", "source", "feature", "kind", "name", "detail", "where", "illustration",
    ),
}  # fmt: skip
_TABLES = {
    part: {_addresses: AddressRow, _stretches: StretchRow, _landmarks: LandmarkRow}[make]
    for part, make in _MAKERS.items()
}
_STREET_AT = {part: _COLUMNS[_TABLES[part]].index("street") for part in (Part.ADDRESSES, Part.STREETS)}

_FEATURES = text("""
    SELECT id, props, ST_Y(spot), ST_X(spot), CASE WHEN :lines THEN ST_AsGeoJSON(line, 6) END
    FROM feature, ST_PointOnSurface(geom) AS spot,
         LATERAL (SELECT (d).geom AS line FROM ST_Dump(CASE WHEN :lines THEN ST_LineMerge(geom) ELSE geom END) AS d
                  ORDER BY ST_Length((d).geom) DESC LIMIT 1) AS longest
    WHERE edition_id = :edition AND version > :since AND NOT ST_IsEmpty(geom) ORDER BY id
""")
_GONE = {
    table: text(f"""
        DELETE FROM {table} WHERE source = :source
        AND feature NOT IN (SELECT id FROM feature WHERE edition_id = :edition AND version <= :since) RETURNING {key}
    """)  # noqa: S608 - our own words
    for table, key in (("address", "street"), ("stretch", "street"), ("landmark", "one"))
}


def _copy(table: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write many rows at once."""
    db().flush()
    names = ", ".join(f'"{name}"' for name in _COLUMNS[table])
    cursor: Any = db().connection().connection.cursor()
    with cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                [f"SRID=4326;POINT({v.lon:.6f} {v.lat:.6f})" if isinstance(v, Point) else v for v in row]
            )


def _name_streets(part: Part, source: int, *, illustration: bool, keys: set[str] | None = None) -> bool:
    """Say anew which streets a source knows (all, or those of these keys); whether that changed anything."""
    of = {"source": source, "all": keys is None, "keys": sorted(keys or ())}
    before = prepared.run_here(_UNNAME, **of)
    after = prepared.run_here(_NAMES[part], **of, illustration=illustration)
    return sorted(before) != sorted(after)


_UNNAME = text("""
    DELETE FROM street_name WHERE source = :source AND (:all OR key = ANY(:keys))
    RETURNING key, name, ST_AsText("where"), illustration
""")
_NAMES = {
    part: text(f"""
        INSERT INTO street_name (source, key, name, "where", illustration)
        SELECT :source, street, mode() WITHIN GROUP (ORDER BY name),
               (array_agg("where" ORDER BY number, id))[(count(*) + 1) / 2], :illustration
        FROM ({known}) AS known WHERE source = :source AND street <> '' AND (:all OR street = ANY(:keys)) GROUP BY street
        RETURNING key, name, ST_AsText("where"), illustration
    """)  # noqa: S608 - our own words
    for part, known in (
        (
            Part.ADDRESSES,
            'SELECT source, street, substr(line, length("text") + 2) AS name, "where", number, id FROM address',
        ),
        (Part.STREETS, 'SELECT source, street, name, "where", low AS number, feature AS id FROM stretch'),
    )
}


# ── what a pack takes along ──────────────────────────────────────────────────────────────────────────────

PACK_TABLES = """
    CREATE TABLE street_name (id integer PRIMARY KEY, key text UNIQUE, name text, lat int, lon int, illustration int);
    CREATE TABLE address (street int, number int, text text, lat int, lon int, id text,
                          PRIMARY KEY (street, number, id)) WITHOUT ROWID;
    CREATE TABLE stretch (street int, low int, high int, course text,
                          PRIMARY KEY (street, low, high, course)) WITHOUT ROWID;
    CREATE TABLE landmark (kind text, one text, other text, id text, name text, detail text, lat int, lon int,
                           illustration int, PRIMARY KEY (kind, one, other, id)) WITHOUT ROWID;
"""
"""Latitudes and longitudes in millionths of a degree; ``street`` is a ``street_name.id``."""


def search_rows() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of each of ``PACK_TABLES``: of what everybody may see."""
    numbers = list(db().scalars(search.visible_to(None).with_only_columns(SearchSourceRow.source)))
    known: dict[str, Street] = {}
    for street in search.streets(numbers):
        known.setdefault(street.key, street)
    of = {key: number for number, key in enumerate(known, start=1)}
    yield (
        "street_name",
        [(of[s.key], s.key, s.name, *_millionths(s.lat, s.lon), int(s.illustration)) for s in known.values()],
    )
    doors = (Door(*row) for row in prepared.run_here(_ALL_DOORS, sources=numbers))
    yield "address", sorted((of[d.street], d.number, d.text, *_millionths(d.lat, d.lon), d.id) for d in doors)
    stretches = prepared.run_here(_ALL_STRETCHES, sources=numbers)
    yield "stretch", sorted({(of[street], *rest) for street, *rest in stretches})
    yield (
        "landmark",
        [
            (kind, one, other, id_, name, detail, *_millionths(lat, lon), int(illustration))
            for one, other, id_, kind, name, detail, lat, lon, illustration in prepared.run_here(
                _ALL_LANDMARKS, sources=numbers
            )
        ],
    )


def _millionths(lat: float, lon: float) -> tuple[int, int]:
    return round(lat * 1e6), round(lon * 1e6)


_ALL_DOORS = text("""
    SELECT street, number, mark, text, ST_Y("where"), ST_X("where"), id FROM address
    WHERE street <> '' AND source = ANY(:sources)
""")
_ALL_STRETCHES = text(
    "SELECT street, low, high, course FROM stretch WHERE low IS NOT NULL AND source = ANY(:sources)"
)
_ALL_LANDMARKS = text(f"""
    SELECT one, other, {search.PLACE} FROM landmark WHERE source = ANY(:sources)
    ORDER BY kind, one COLLATE "C", other COLLATE "C", id COLLATE "C"
""")  # noqa: S608 - our own words
