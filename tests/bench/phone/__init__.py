"""The phone, measured: start, a fling through 10,000 rows, long use, the sync. ``python -m tests.bench.phone``.

Times are CPU of the main thread unless they say otherwise: where there is no GPU, the rasteriser's threads take the
rest. The yardstick of a ratio stands in the row's name. This file imports little: each measured program does so too.
"""

import tempfile
from pathlib import Path

MANY, SOME, TURNS = 10_000, 200, 50


def run():
    """Rows (name, value, unit, ratio or None, spread) of all that is measured of the phone; versions last."""
    from tests.bench.phone import line
    from tests.bench.phone.homes import fill

    with tempfile.TemporaryDirectory() as folder:
        some, many = Path(folder) / "some", Path(folder) / "many"
        fill(some, SOME, staff=True)
        fill(many, MANY, staff=True)
        screens, versions = on_screen(folder, some, many)
    return [*screens, *line.rows(), (versions, None, "", None, None)]


def on_screen(folder, some, many):
    """The rows of what has a window, and the versions of everything in it."""
    from tests.bench.phone.table import interleaved, program, row

    fresh = (Path(tempfile.mkdtemp(dir=folder)) for _ in iter(int, 1))
    told = interleaved(
        {
            "empty": lambda: program("empty"),
            "app": lambda: program("app", some, "Row"),
            "first": lambda: program("app", next(fresh), "EmptyState"),
            "bare": lambda: program("fling", "bare", MANY),
            "mine": lambda: program("fling", "requests", MANY, many),
            "work": lambda: program("fling", "work", MANY, many),
        }
    )
    used = interleaved({"use": lambda: program("use", some, TURNS)}, 1)["use"]
    rows = [row("an empty Kivy window: CPU to its first frame", told["empty"], "main", "ms", scale=1000)]
    for who, name in (("app", f"signed in, {SOME} requests"), ("first", "the very first start")):
        one, of = told[who], told["empty"]
        rows += [
            row(
                f"start, {name}: CPU to the first drawn screen, of an empty window",
                one,
                "main",
                "ms",
                of=of,
                scale=1000,
            ),
            row(
                f"start, {name}: the same with the rasteriser's threads", one, "cpu", "ms", of=of, scale=1000
            ),
            row(f"start, {name}: time", one, "wall", "ms", of=of, scale=1000),
            row(f"start, {name}: memory (PSS)", one, "pss", "MiB", of=of),
        ]
    rows.append(row(f"fling, {MANY} bare labels: p95 of a frame", told["bare"], "p95", "ms"))
    for who, name in (("mine", "my requests"), ("work", "the work list")):
        one, of = told[who], told["bare"]
        rows += [
            row(f"fling, {name}, {MANY} rows: p95 of a frame, of bare labels", one, "p95", "ms", of=of),
            row(f"fling, {name}, {MANY} rows: p50 of a frame", one, "p50", "ms", of=of),
            row(f"fling, {name}: all that the main thread pays to open it", one, "load", "ms", of=of),
            row(f"fling, {name}: its longest frame while it opens", one, "longest", "ms"),
            row(f"fling, {name}: widgets in the list", one, "widgets", "", of=of),
            row(f"fling, {name}: memory (PSS)", one, "pss", "MiB", of=of),
        ]
    rows += [
        row(f"use, all screens {TURNS} times: memory that grew since the fifth", used, "grown", "MiB"),
        row(
            f"use, all screens {TURNS} times: widgets that are more than after the fifth",
            used,
            "new_widgets",
            "",
        ),
        row(f"use, all screens {TURNS} times: memory (PSS)", used, "pss", "MiB"),
    ]
    return rows, told["app"][0]["versions"]


def lines(rows):
    """The rows as text."""
    for name, value, unit, ratio, spread in rows:
        if value is None:
            yield name
            continue
        times = "" if ratio is None else f"{ratio:.2f} x"
        yield f"{value:10.2f} {unit:20} {times:>8} ±{spread * 50:3.0f} %  {name}"
