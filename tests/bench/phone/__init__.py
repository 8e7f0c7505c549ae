"""The phone, measured: start, a fling through 10,000 rows, long use, the sync, the look-up. ``python -m tests.bench.phone``.

Times are CPU of the main thread unless they say otherwise: where there is no GPU, the rasteriser's threads take the
rest. This file imports little: each measured program does so too.
"""

import tempfile
from pathlib import Path

MANY, SOME, TURNS = 10_000, 200, 50


def lines():
    """All that is measured of the phone; what drew it is printed first."""
    from tests.bench.phone import line, lookup
    from tests.bench.phone.homes import fill

    with tempfile.TemporaryDirectory() as folder:
        some, many = Path(folder) / "some", Path(folder) / "many"
        fill(some, SOME, staff=True)
        fill(many, MANY, staff=True)
        yield from on_screen(folder, some, many)
    yield from line.lines()
    yield from lookup.lines()


def on_screen(folder, some, many):
    """What has a window."""
    from tests.bench.phone.table import line, program
    from tests.bench.table import interleaved

    fresh = (Path(tempfile.mkdtemp(dir=folder)) for _ in iter(int, 1))
    told = interleaved(
        {
            "empty": ("empty",),
            "app": ("app", some, "Row"),
            "first": ("app", fresh, "EmptyState"),
            "bare": ("fling", "bare", MANY),
            "mine": ("fling", "requests", MANY, many),
            "work": ("fling", "work", MANY, many),
        },
        lambda way: program(*(next(one) if one is fresh else one for one in way)),
    )
    used = interleaved({"use": ("use", some, TURNS)}, lambda way: program(*way), rounds=1)["use"]
    print(told["app"][0]["versions"])
    yield line("an empty Kivy window: CPU to its first frame", told["empty"], "main", "ms", scale=1000)
    for who, name in (("app", f"signed in, {SOME} requests"), ("first", "the very first")):
        start = {"of": told["empty"], "yardstick": "an empty window"}
        aimed = start | {"aim": "≥ 0.67", "scale": 1000}
        yield line(f"start, {name}: CPU to the first drawn screen", told[who], "main", "ms", **aimed)
        yield line(f"start, {name}: with the rasteriser's threads", told[who], "cpu", "ms", **aimed)
        yield line(f"start, {name}: time", told[who], "wall", "wall ms", **aimed)
        yield line(f"start, {name}: memory", told[who], "pss", "MiB PSS", **start)
    yield line(f"fling, {MANY} bare labels: p95 of a frame", told["bare"], "p95", "ms")
    for who, name in (("mine", "my requests"), ("work", "the work list")):
        bare = {"of": told["bare"], "yardstick": "bare labels"}
        aim = "≤ 8 ms, ≥ 0.5"
        yield line(f"fling, {name}, {MANY} rows: p95 of a frame", told[who], "p95", "ms", **bare, aim=aim)
        yield line(f"fling, {name}, {MANY} rows: p50 of a frame", told[who], "p50", "ms", **bare)
        yield line(f"fling, {name}: widgets in the list", told[who], "widgets", "", **bare)
        yield line(f"fling, {name}: memory", told[who], "pss", "MiB PSS", **bare)
    # (The home screen is open before counting begins: what it pays to open is not to be had here.)
    yield line("opening the work list: the main thread in all", told["work"], "load", "ms")
    yield line("opening the work list: its longest frame", told["work"], "longest", "ms")
    yield line(f"all screens {TURNS} times: memory grown since the fifth", used, "grown", "MiB")
    yield line(f"all screens {TURNS} times: more widgets than after the fifth", used, "new_widgets", "")
    yield line(f"all screens {TURNS} times: memory", used, "pss", "MiB PSS")
