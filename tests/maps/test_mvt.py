"""Reading vector tiles."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile.core import mvt
from tests.maps.tinytiles import layer, piece, varint, whole

spots = st.tuples(st.integers(-200, 5000), st.integers(-200, 5000))
lines = st.lists(spots, min_size=2, max_size=8)
rings = st.lists(spots, min_size=3, max_size=8).map(lambda ring: [*ring, ring[0]])
properties = st.dictionaries(
    st.text(max_size=6),
    st.text(max_size=8) | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False),
    max_size=4,
)
features = st.one_of(
    st.tuples(st.just(mvt.POINT), st.lists(spots, min_size=1, max_size=4).map(lambda path: [path])),
    st.tuples(st.just(mvt.LINE), st.lists(lines, min_size=1, max_size=3)),
    st.tuples(st.just(mvt.POLYGON), st.lists(rings, min_size=1, max_size=3)),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(features, properties), max_size=5), st.sampled_from([512, 4096]))
def test_what_was_written_is_read(wanted, extent):
    written = [(kind, paths, values) for (kind, paths), values in wanted]

    read = mvt.decode(layer("things", written, extent))

    assert read["things"].extent == extent
    assert [(f.kind, f.paths, f.properties) for f in read["things"].features] == written


def test_layers_are_told_by_name_and_unknown_fields_are_passed_over():
    tile = whole(99, 7) + layer("a", []) + piece(98, b"later") + layer("b", [(mvt.POINT, [[(1, 2)]], {})])

    assert {name: len(read.features) for name, read in mvt.decode(tile).items()} == {"a": 0, "b": 1}


def test_numbers_below_zero_are_read_as_int64_too():
    minus_five = piece(3, piece(1, b"a") + piece(3, b"n") + piece(4, whole(4, 2**64 - 5)))
    feature = piece(2, piece(2, varint(0) * 2) + whole(3, mvt.POINT))

    read = mvt.decode(piece(3, piece(1, b"a") + feature + piece(3, b"n") + piece(4, whole(4, 2**64 - 5))))

    assert mvt.decode(minus_five)["a"].features == []
    assert read["a"].features[0].properties == {"n": -5}


LINE = layer("street", [(mvt.LINE, [[(0, 0), (900, 900)]], {"name": "Plumb St"})])


@pytest.mark.parametrize("length", range(1, len(LINE)))
def test_a_tile_that_was_cut_is_refused(length):
    with pytest.raises(mvt.BrokenTileError):
        mvt.decode(LINE[:length])


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60), st.integers(0, len(LINE) - 1))
def test_whatever_the_bytes_are_nothing_but_a_broken_tile_is_raised(noise, at):
    for tile in (noise, piece(3, noise), LINE[:at] + noise + LINE[at + len(noise) :]):
        with contextlib.suppress(mvt.BrokenTileError):
            mvt.decode(tile)


@pytest.mark.parametrize(
    "tile",
    [layer("a", [], extent=0), b"\xff" * 40, piece(3, piece(2, piece(4, b"\x80")))],
    ids=["no width", "an endless number", "half a number"],
)
def test_numbers_that_make_no_sense_are_refused(tile):
    with pytest.raises(mvt.BrokenTileError):
        mvt.decode(tile)
