"""From lines to features of one kind: reprojected, mended where that is honest, rounded; in PostGIS, beside the layer."""

import shutil
from typing import Any, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from backend.core.actor import context, db
from backend.maps.imports.process import Lines
from backend.maps.imports.unpacking import refuse
from shared_models.layers import Geometry

MARGIN = 1.0
"""Degrees that coordinates may lie beyond the area that EPSG gives for their system: a city at its border."""
STEP = 0.5
"""Degrees between the corners of that area's edge, which is not straight in the system's own plane."""
HONEST = 0.01
"""How much of an area mending may add or take away: beyond it, nobody knows what its crossing edge was to enclose."""
LOOSE = 2e-6
"""Degrees by which an edge may move, as far as areas go: twice what six decimals tell apart. What is that thin is nobody's."""
DIMENSION = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.AREA: 2, Geometry.MIXED: None}
WORDS = {Geometry.POINT: "points", Geometry.LINE: "lines", Geometry.AREA: "areas", Geometry.MIXED: "points, lines and areas"}  # fmt: skip
MOST_TOLD = 1000


class Staged(NamedTuple):
    """What came of the lines; the features themselves lie in ``checked``."""

    taken: int
    mended: int
    refused: int
    refusals: list[dict[str, Any]]


def stage(lines: Lines, kind: Geometry, *, keyed: bool) -> Staged:
    """Bring the lines of a file into the table ``checked`` of this transaction. Raises Invalid where none of them can be."""
    connection = db().connection()
    srid = connection.scalar(_SRID, {"crs": "EPSG:4326" if lines.crs == "OGC:CRS84" else lines.crs})
    if srid is None:
        refuse(f"The database has no coordinate system {lines.crs}.")
    connection.execute(_INCOMING)
    _copy(connection, lines)
    west, south, east, north = lines.area
    values = {
        "srid": srid, "crs": lines.crs, "dimension": DIMENSION[kind], "holds": WORDS[kind], "keyed": keyed, "honest": HONEST, "loose": LOOSE,
        "west": max(-180.0, west - MARGIN), "south": max(-90.0, south - MARGIN),
        "east": min(180.0, east + MARGIN), "north": min(90.0, north + MARGIN), "step": STEP,
    }  # fmt: skip
    try:
        connection.execute(_CHECKED, values)
    except DBAPIError as error:
        refuse(f"PostGIS can't read it: {str(error.orig).partition(chr(10))[0][:200]}.")
    taken, mended, refused = connection.execute(_COUNTED).one()
    told = [dict(row) for row in connection.execute(_REFUSALS, {"most": MOST_TOLD}).mappings()]
    return Staged(taken, mended, refused, told)


def unstage() -> None:
    """Drop the tables: another file may come in the same transaction."""
    db().execute(text("DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.checked"))


def _copy(connection: Connection, lines: Lines) -> None:
    context().flush()
    cursor: Any = connection.connection.cursor()  # psycopg's own
    with cursor, cursor.copy("COPY incoming FROM STDIN") as sink:
        shutil.copyfileobj(lines.file, sink, 256 * 1024)


_SRID = text("SELECT srid FROM spatial_ref_sys WHERE auth_name || ':' || auth_srid = :crs")
_INCOMING = text("""
    CREATE TEMP TABLE incoming (n int, ref text, shape geometry, props jsonb, why text) ON COMMIT DROP
""")
# Each step is a subquery of its own (OFFSET 0), so that what it reckons is reckoned once. Rounding goes by TWKB, which
# holds whole millionths: what comes back is the nearest number to six decimals, as GeoJSON would say it.
_CHECKED = text("""
    CREATE TEMP TABLE checked ON COMMIT DROP AS
    WITH box AS (
        SELECT ST_Envelope(ST_Transform(
            ST_Segmentize(ST_MakeEnvelope(:west, :south, :east, :north, 4326), :step), CAST(:srid AS int)
        )) AS edge
    ), one AS (
        SELECT n, ref, props, why,
               CASE WHEN ST_GeometryType(shape) = 'ST_MultiPoint' AND ST_NumGeometries(shape) = 1
                    THEN ST_GeometryN(shape, 1) ELSE shape END AS shape,
               CASE WHEN :keyed AND ref IS NOT NULL
                    THEN row_number() OVER (PARTITION BY ref ORDER BY why IS NOT NULL, n) ELSE 1 END AS nth
        FROM incoming
    ), judged AS (
        SELECT n, ref, props, shape, CASE
            WHEN why IS NOT NULL THEN why
            WHEN nth > 1 THEN 'An earlier row has the same key.'
            WHEN shape IS NULL THEN NULL
            WHEN ST_GeometryType(shape) = 'ST_GeometryCollection' THEN 'A collection of geometries.'
            WHEN ST_Dimension(shape) <> CAST(:dimension AS int)
                 OR (CAST(:dimension AS int) = 0 AND ST_GeometryType(shape) <> 'ST_Point')
                THEN 'A ' || substr(ST_GeometryType(shape), 4) || ': this layer holds ' || :holds || '.'
            WHEN NOT ST_SetSRID(shape, CAST(:srid AS int)) @ edge
                THEN 'Its coordinates lie outside of where ' || :crs || ' is used.'
        END AS why
        FROM one, box OFFSET 0
    ), moved AS (
        SELECT n, ref, props, why,
               CASE WHEN why IS NULL THEN ST_Transform(ST_SetSRID(shape, CAST(:srid AS int)), 4326) END AS shape
        FROM judged OFFSET 0
    ), looked AS (
        SELECT n, ref, props, why, shape, ST_IsValid(shape) AS valid FROM moved OFFSET 0
    ), mended AS (
        SELECT n, ref, props, why, shape AS before, NOT valid AS mended,
               CASE WHEN valid THEN shape
                    WHEN ST_Dimension(shape) = 2 THEN ST_CollectionExtract(ST_MakeValid(shape, 'method=structure'), 3)
                    ELSE ST_CollectionExtract(ST_MakeValid(shape), ST_Dimension(shape) + 1) END AS shape
        FROM looked OFFSET 0
    ), snapped AS (
        SELECT n, ref, props, why, before, mended, shape AS exact,
               ST_SetSRID(ST_GeomFromTWKB(ST_AsTWKB(shape, 6)), 4326) AS shape
        FROM mended OFFSET 0
    ), rounded AS (
        SELECT n, ref, props, why, before, mended, exact,
               CASE WHEN ST_IsValid(shape) AND NOT ST_IsEmpty(shape) THEN shape
                    ELSE ST_SetSRID(ST_GeomFromTWKB(ST_AsTWKB(ST_CollectionExtract(
                        ST_ReducePrecision(exact, 0.000001), ST_Dimension(exact) + 1), 6)), 4326) END AS shape
        FROM snapped OFFSET 0
    ), single AS (
        SELECT n, ref, props, why, before, mended, exact,
               CASE WHEN ST_NumGeometries(shape) = 1 AND ST_NumGeometries(before) = 1
                    THEN ST_GeometryN(shape, 1) ELSE shape END AS shape
        FROM rounded OFFSET 0
    )
    SELECT n, ref, props, CASE WHEN NOT ST_IsEmpty(shape) THEN shape END AS shape,
           why IS NULL AND (mended OR before IS NULL OR ST_IsEmpty(shape)) AS mended,
           CASE WHEN before IS NULL THEN 'It says no place.'
                WHEN ST_IsEmpty(shape) THEN 'It has no extent that six decimals tell apart: kept, without its place.'
                WHEN mended THEN ST_IsValidReason(before) || '.' END AS what,
           CASE
               WHEN why IS NOT NULL THEN why
               WHEN before IS NULL THEN NULL
               WHEN mended AND ST_Dimension(before) = 2
                    AND abs(ST_Area(exact) - abs(ST_Area(before)))
                        > greatest(:honest * ST_Area(exact), :loose * ST_Perimeter(before))
                   THEN 'Its edge crosses itself, so that what it encloses is not clear: ' || ST_IsValidReason(before) || '.'
               WHEN NOT ST_IsValid(shape) THEN 'It can''t be mended: ' || ST_IsValidReason(shape) || '.'
           END AS why
    FROM single
""")
_COUNTED = text("""
    SELECT count(*) FILTER (WHERE why IS NULL), count(*) FILTER (WHERE why IS NULL AND mended),
           count(*) FILTER (WHERE why IS NOT NULL)
    FROM checked
""")
_REFUSALS = text("""
    SELECT n AS row, coalesce(ref, '') AS ref, coalesce(why, what) AS why, why IS NULL AS mended
    FROM checked WHERE why IS NOT NULL OR mended ORDER BY n LIMIT :most
""")
