"""Reading vector tiles (Mapbox Vector Tile 2.1): lean, pure Python, no window.

Only what a map needs is read: layers, properties, points, lines and rings in the tile's own units,
y pointing down.
"""

# ruff: noqa: PLR2004 - the numbers are the format's: fields, wire types, commands

import struct
from collections.abc import Container, Iterator
from typing import NamedTuple

POINT, LINE, POLYGON = 1, 2, 3

Value = str | float | int | bool | None
Path = list[tuple[int, int]]


class BrokenTileError(ValueError):
    """The bytes are no vector tile, or not all of one."""


class Feature(NamedTuple):
    """One thing of a layer. Its paths are points, lines or closed rings, as `kind` says."""

    id: int | None
    kind: int
    paths: list[Path]
    properties: dict[str, Value]


class Layer(NamedTuple):
    """Things of one sort. A tile is `extent` units wide; paths may reach into a buffer around it."""

    extent: int
    features: list[Feature]


def decode(tile: bytes, only: Container[str] | None = None) -> dict[str, Layer]:
    """The layers of an unpacked tile by name: all of them, or `only` these, which is as much faster.

    Raises:
        BrokenTileError: whatever is wrong with the bytes.
    """
    try:
        layers = [
            _layer(raw)
            for number, raw in _fields(tile)
            if number == 3 and isinstance(raw, bytes) and (only is None or _name(raw) in only)
        ]
    except (IndexError, struct.error, UnicodeDecodeError, ValueError) as broken:
        raise BrokenTileError(f"not a whole vector tile: {broken}") from broken
    return dict(layers)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of one protobuf message: (number, value); numbers of fixed width stay bytes."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        wire_type = key & 7
        if wire_type == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if wire_type == 2:
            length, at = _varint(message, at)
        elif wire_type in (1, 5):
            length = 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"wire type {wire_type}")
        if at + length > end:
            raise ValueError("cut short")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _packed(raw: bytes) -> list[int]:
    numbers: list[int] = []
    value = shift = 0
    for byte in raw:
        value |= (byte & 127) << shift
        if byte < 128:
            numbers.append(value)
            value = shift = 0
        else:
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")
    if shift:
        raise ValueError("cut short")
    return numbers


def _signed(zigzag: int) -> int:
    return (zigzag >> 1) ^ -(zigzag & 1)


def _name(raw: bytes) -> str:
    return next(
        (value.decode() for number, value in _fields(raw) if number == 1 and isinstance(value, bytes)), ""
    )


def _layer(raw: bytes) -> tuple[str, Layer]:
    name, extent = "", 4096
    keys: list[str] = []
    values: list[Value] = []
    features: list[bytes] = []
    for number, value in _fields(raw):
        if number == 5 and isinstance(value, int):
            extent = value
        elif not isinstance(value, bytes):
            continue
        elif number == 1:
            name = value.decode()
        elif number == 2:
            features.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    if extent <= 0:
        raise ValueError("a layer of no width")
    return name, Layer(extent, [_feature(feature, keys, values) for feature in features])


def _value(raw: bytes) -> Value:
    for number, value in _fields(raw):
        if isinstance(value, bytes):
            if number == 1:
                return value.decode()
            if number in (2, 3):
                return float(struct.unpack("<f" if number == 2 else "<d", value)[0])
        elif number in (4, 5):
            return value - (1 << 64) if value >> 63 else value
        elif number == 6:
            return _signed(value)
        elif number == 7:
            return bool(value)
    return None


def _feature(raw: bytes, keys: list[str], values: list[Value]) -> Feature:
    id_, kind = None, 0
    tags: list[int] = []
    geometry: list[int] = []
    for number, value in _fields(raw):
        if isinstance(value, int):
            id_, kind = (value, kind) if number == 1 else (id_, value if number == 3 else kind)
        elif number == 2:
            tags = _packed(value)
        elif number == 4:
            geometry = _packed(value)
    properties = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(id_, kind, _paths(geometry, kind), properties)


def _paths(geometry: list[int], kind: int) -> list[Path]:
    """The drawing commands: 1 move to, 2 line to, 7 close; each point is given relative to the last."""
    paths: list[Path] = []
    x = y = at = 0
    while at < len(geometry):
        command, count = geometry[at] & 7, geometry[at] >> 3
        at += 1
        if command == 7:
            paths[-1].append(paths[-1][0])
            continue
        if command not in (1, 2):
            raise ValueError(f"drawing command {command}")
        for _ in range(count):
            x += _signed(geometry[at])
            y += _signed(geometry[at + 1])
            at += 2
            if command == 1 and (kind != POINT or not paths):
                paths.append([])
            paths[-1].append((x, y))
    return paths
