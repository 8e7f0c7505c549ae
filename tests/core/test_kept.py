"""What is kept in a process: as much as there is room for, and what was asked for last."""

from hypothesis import given
from hypothesis import strategies as st

from backend.core.kept import Kept


def test_what_is_kept_never_grows_beyond_its_bound_and_lets_go_of_the_oldest():
    kept = Kept(10_000)
    for number in range(100):
        kept.keep(number, str(number), 2500)
        kept.get(0)
    assert kept.held == 10_000
    assert set(kept.things) == {0, 97, 98, 99}
    kept.keep("huge", "x", 100_000)
    assert (kept.held, kept.get("huge")) == (10_000, None), "it drives nothing out"


STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "get", "drop", "clear"]), st.integers(0, 6), st.integers(0, 40))
)


@given(STEPS)
def test_it_always_knows_what_it_holds(steps):
    kept, latest = Kept(100), {}
    for what, key, weight in steps:
        if what == "keep":
            kept.keep(key, weight, 3 * weight)
            latest[key] = weight if 3 * weight <= 100 else None
        elif what == "get":
            assert kept.get(key) in {None, latest.get(key)}
        elif what == "drop":
            kept.drop(key)
            assert kept.get(key) is None
        else:
            kept.clear()
        assert kept.held == sum(weight for _, weight in kept.things.values()) <= 100
