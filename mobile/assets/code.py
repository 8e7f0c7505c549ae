"""A QR code as black and white squares (ISO/IEC 18004): byte mode, error correction M, versions 1 to 6. No toolkit.

Enough for a tag or its address (106 bytes); a label's code is as small as it can be, so that a phone reads it from far.
"""

from collections.abc import Iterator
from itertools import product

# Version → (data bytes of all blocks, blocks, correction bytes of each block) at level M.
SIZES = {1: (16, 1, 10), 2: (28, 1, 16), 3: (44, 1, 26), 4: (64, 2, 18), 5: (86, 2, 24), 6: (108, 4, 16)}
ALIGNED = {1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34)}
LEVEL_M = 0b00
FORMAT_POLYNOMIAL, FORMAT_MASK = 0b10100110111, 0b101010000010010
FIELD = 0x11D  # the field's polynomial, x⁸ + x⁴ + x³ + x² + 1
PADS = (0xEC, 0x11)
FINDER = 7
MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: (y + 0 * x) % 2 == 0,
    lambda y, x: (x + 0 * y) % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
Rows = list[list[bool]]


def squares(text: str) -> Rows:
    """The rows of its QR code, from the top, true for black. Raises ValueError for more than 106 bytes."""
    data = text.encode()
    version = next((v for v, (most, *_) in SIZES.items() if len(data) <= most - 2), None)
    if version is None:
        raise ValueError(text)
    bits = "".join(f"{byte:08b}" for byte in interleaved(data, version))
    drawn = [masked(version, bits, mask) for mask in range(len(MASKS))]
    return min(drawn, key=ugliness)


def interleaved(data: bytes, version: int) -> list[int]:
    """The code's bytes: length, data, padding, and what corrects them, in the order in which they are drawn."""
    most, blocks, checks = SIZES[version]
    bits = f"0100{len(data):08b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, most * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    words += [PADS[at % 2] for at in range(most - len(words))]
    each = most // blocks
    parts = [words[at * each : (at + 1) * each] for at in range(blocks)]
    ends = [correction(part, checks) for part in parts]
    return [part[at] for at in range(each) for part in parts] + [
        end[at] for at in range(checks) for end in ends
    ]


def times(a: int, b: int) -> int:
    """The product of two bytes in the code's field."""
    found = 0
    while b:
        if b & 1:
            found ^= a
        a <<= 1
        if a & 0x100:
            a ^= FIELD
        b >>= 1
    return found


def correction(words: list[int], count: int) -> list[int]:
    """The Reed-Solomon bytes of a block."""
    generator, root = [1], 1
    for _ in range(count):
        longer = [0] * (len(generator) + 1)
        for at, factor in enumerate(generator):
            longer[at] ^= factor
            longer[at + 1] ^= times(factor, root)
        generator, root = longer, times(root, 2)
    rest = [*words, *[0] * count]
    for at in range(len(words)):
        if lead := rest[at]:
            for place, factor in enumerate(generator):
                rest[at + place] ^= times(factor, lead)
    return rest[-count:]


def masked(version: int, bits: str, mask: int) -> Rows:
    """The whole code with this mask."""
    side = 4 * version + 17
    rows: list[list[bool | None]] = [[None] * side for _ in range(side)]
    frame(rows, version)
    note_format(rows, mask)
    stream = iter(bits)
    for y, x in path(side):
        if rows[y][x] is None:
            rows[y][x] = (next(stream, "0") == "1") ^ MASKS[mask](y, x)
    return [[bool(dark) for dark in row] for row in rows]


def frame(rows: list[list[bool | None]], version: int) -> None:
    """What each code has: three finders, timing lines, the alignment marks, one dark square."""
    side = len(rows)
    for top, left in ((0, 0), (0, side - FINDER), (side - FINDER, 0)):
        for y, x in product(range(-1, FINDER + 1), range(-1, FINDER + 1)):
            if 0 <= top + y < side and 0 <= left + x < side:
                rows[top + y][left + x] = max(abs(y - 3), abs(x - 3)) in (0, 1, 3)
    for at in range(8, side - 8):
        rows[6][at] = rows[at][6] = at % 2 == 0
    ends = ALIGNED[version]
    for y, x in product(ends, ends):
        if rows[y][x] is None:
            for down, across in product(range(-2, 3), range(-2, 3)):
                rows[y + down][x + across] = max(abs(down), abs(across)) != 1
    rows[side - 8][8] = True


def note_format(rows: list[list[bool | None]], mask: int) -> None:
    """Level and mask, twice, as 15 bits that correct themselves."""
    side, data = len(rows), LEVEL_M << 3 | mask
    rest = data << 10
    for at in range(14, 9, -1):
        if rest >> at & 1:
            rest ^= FORMAT_POLYNOMIAL << (at - 10)
    bits = (data << 10 | rest) ^ FORMAT_MASK
    dark = [bool(bits >> at & 1) for at in range(15)]
    first = [*((at, 8) for at in range(6)), (7, 8), (8, 8), (8, 7), *((8, 14 - at) for at in range(9, 15))]
    second = [*((8, side - 1 - at) for at in range(8)), *((side - 15 + at, 8) for at in range(8, 15))]
    for places in (first, second):
        for at, (y, x) in enumerate(places):
            rows[y][x] = dark[at]


def path(side: int) -> Iterator[tuple[int, int]]:
    """The squares in the order in which bits are laid: columns in pairs from the right, up and down in turn."""
    up, right = True, side - 1
    while right > 0:
        if right == 6:  # noqa: PLR2004 - the timing column is left out
            right -= 1
        for step in range(side):
            y = side - 1 - step if up else step
            yield y, right
            yield y, right - 1
        up, right = not up, right - 2


def ugliness(rows: Rows) -> int:
    """How hard it is to read: long runs and blocks of one colour, false finders, too dark or too light."""
    side, found = len(rows), 0
    for lines in (rows, list(zip(*rows, strict=True))):
        for line in lines:
            text = "".join("1" if dark else "0" for dark in line)
            runs = text.replace("01", "0 1").replace("10", "1 0").split()
            found += sum(len(run) - 2 for run in runs if len(run) >= 5)  # noqa: PLR2004 - of the standard
            found += 40 * (text.count("10111010000") + text.count("00001011101"))
    for y in range(side - 1):
        for x in range(side - 1):
            found += 3 * (rows[y][x] == rows[y][x + 1] == rows[y + 1][x] == rows[y + 1][x + 1])
    share = sum(map(sum, rows)) * 100 // (side * side)
    return found + 10 * (abs(share - 50) // 5)
