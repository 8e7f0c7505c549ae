"""Geometries as WKB, looked at before PostGIS reads them: what it would refuse costs one feature, not the whole file."""

import math
import struct

POINT, LINE, AREA = 1, 2, 3
MANY = 4
"""From here on a geometry's number (OGC 06-103r4 §8.2.8) says that it is made of several; 7 is a collection."""
COLLECTION = 7
MOST_HEADS = 16 * 1024**2
"""Bytes of a geometry that are not corners: heads of parts and rings."""


class OddFeatureError(ValueError):
    """One feature is not taken; the words say why."""


def kind_of(shape: bytes | None) -> str:
    """What a layer of such geometries is: ``point``, ``line``, ``area``, else ``mixed``; nothing for none."""
    if shape is None:
        return ""
    (kind,) = struct.unpack_from("<I" if shape[0] else ">I", shape, 1)
    return {1: "point", 2: "line", 3: "area", 5: "line", 6: "area"}.get(kind, "mixed")


def corners_of(shape: bytes, most: int) -> int:
    """How many corners a geometry (ISO WKB, flat) has. Raises OddFeatureError for one that PostGIS would not read."""
    if len(shape) > 16 * most + MOST_HEADS:  # a corner is 16 bytes; the rest says how many there are
        raise OddFeatureError(f"More than {most:,} corners in one feature.")
    count, end = _walk(shape, 0)
    if end != len(shape):
        raise OddFeatureError("Its geometry can't be read.")
    if count > most:
        raise OddFeatureError(f"More than {most:,} corners in one feature.")
    return count


def _walk(shape: bytes, at: int) -> tuple[int, int]:
    """(corners, where the next geometry begins)."""
    try:
        order = "<" if shape[at] else ">"
        (kind,) = struct.unpack_from(order + "I", shape, at + 1)
        at += 5
        if kind == POINT:
            refuse_odd_numbers(shape, at, 1, order)
            return 1, at + 16
        if kind == LINE:
            return _ring(shape, at, order, least=2, closed=False)
        (parts,) = struct.unpack_from(order + "I", shape, at)
        at += 4
        if not parts:
            raise OddFeatureError("Its geometry is empty.")
        count = 0
        for _ in range(parts):
            if kind == AREA:
                more, at = _ring(shape, at, order, least=4, closed=True)
            elif MANY <= kind <= COLLECTION:
                more, at = _walk(shape, at)
            else:
                raise OddFeatureError("Its geometry is of no kind that a map shows.")
            count += more
    except (struct.error, IndexError, RecursionError):
        raise OddFeatureError("Its geometry can't be read.") from None
    return count, at


def _ring(shape: bytes, at: int, order: str, *, least: int, closed: bool) -> tuple[int, int]:
    (count,) = struct.unpack_from(order + "I", shape, at)
    end = at + 4 + 16 * count
    if not count:
        raise OddFeatureError("Its geometry is empty.")
    if count < least:
        raise OddFeatureError("A line needs two corners, a ring four.")
    refuse_odd_numbers(shape, at + 4, count, order)
    if closed and shape[at + 4 : at + 20] != shape[end - 16 : end]:
        raise OddFeatureError("A ring does not end where it began.")
    return count, end


def refuse_odd_numbers(shape: bytes, at: int, count: int, order: str) -> None:
    """Refuse what is no number, and what is infinite."""
    numbers = struct.unpack_from(f"{order}{2 * count}d", shape, at)
    if not math.isfinite(sum(map(abs, numbers))):
        raise OddFeatureError("A coordinate is no number (NaN), or infinite.")


def point_of(x: str | None, y: str | None) -> bytes | None:
    """A point; None where both cells are empty, nothing readable where one is no number."""
    if x is None and y is None:
        return None
    try:
        return struct.pack("<BIdd", 1, POINT, float(x or ""), float(y or ""))
    except ValueError:
        return b""
