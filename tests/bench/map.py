"""``python -m tests.bench.map``: CPU of the main thread for one frame of panning the map, and its start.

With 5,000 markers; with 5,000 points and with Cambridge's 13,115 parcels as layers, names and lines drawn, against
kivy_garden.mapview with as many markers, which is installed into an environment of its own; and from a window to
a drawn map, the first time and the second.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import citypack
from tests.bench.table import ROUNDS, Line, show

MARKERS, FRAMES, STARTS = 5000, 100, 5
RIVAL_FRAMES = {"points": 12, "parcels": 6}
"""It takes a second and more for each."""
FOLDER = Path("var/bench")


def lines():
    """One frame of panning with no markers, and with 5,000: the 95th of a hundred in each round."""
    from tests.robot import Robot, choose_window

    drawing = choose_window()
    from mobile.core.pack import Pack
    from mobile.widgets.citymap import CityMap

    found = {}
    with Pack.open(Path("mobile/shipped/city.mbtiles")) as pack:
        for markers in (0, MARKERS):
            city_map = CityMap(pack, zoom=15.0, motion=False)
            window = Robot(city_map)
            city_map.set_markers(crowd(markers))
            window.until(lambda shown=city_map: shown.quiet, timeout=20)
            found[markers] = tuple(
                sorted(pan(window, city_map, FRAMES))[int(FRAMES * 0.95)] for _ in range(ROUNDS)
            )
            city_map.close()
            window.close()
    yield Line(f"a frame of panning, no markers, {drawing}: p95", "main ms", found[0])
    yield Line(
        f"a frame of panning, {MARKERS} markers: p95", "main ms", found[MARKERS], found[0], "no markers"
    )
    yield from of_layers()


def of_layers():
    """Points and parcels as layers, and the start, each run in a process of its own."""
    if not citypack.DATA.exists():
        print(f"NOT RUN: layers, since {citypack.DATA} is missing")
        return
    pack = FOLDER / "cambridge.mbtiles"
    if not pack.exists():
        citypack.make(pack)
    rival, why = mapview()
    if rival is None:
        print(f"NOT RUN: kivy_garden.mapview, {why}")
    for what, told in (("points", f"{citypack.POINTS:,} points"), ("parcels", "13,115 parcels")):
        ours = [probe(sys.executable, "-m", "tests.bench.map_probe", str(pack), what) for _ in range(3)]
        its = rival_run(rival, what) if rival else None
        for measure, unit in (("cpu", "main ms"), ("wall", "wall ms")):
            yield Line(
                f"a frame of panning, {told}, {ours[0]['drawing']}",
                unit,
                tuple(run[measure] for run in ours),
                (its[measure],) * len(ours) if its else (),
                f"mapview {its[measure]:.0f} ms" if its else "",
            )
    yield from starts(pack)


def starts(pack):
    """From a window to the drawn map, layers and names: the first time, and when it was drawn before."""
    drawn = FOLDER / "drawn.sqlite"
    command = (sys.executable, "-m", "tests.bench.map_probe", str(pack), "start", str(drawn))
    runs = {"first": [], "second": []}
    for _ in range(STARTS):
        for left in FOLDER.glob(drawn.name + "*"):
            left.unlink()
        for told in runs.values():
            told.append(probe(*command))
    for measure, unit in (("start_s", "s"), ("start_cpu", "CPU ms"), ("start_main", "main ms")):
        found = {which: tuple(run[measure] for run in told) for which, told in runs.items()}
        aim = "<= 1" if measure == "start_s" else ""
        words = "start to the drawn map, layers and names"
        yield Line(f"first {words}", unit, found["first"])
        yield Line(f"second {words}", unit, found["second"], found["first"], "the first", aim)


def probe(*command):
    """What a program printed last, as JSON."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
    return json.loads(lines[-1])


def rival_run(python, what):
    """Mapview with as many markers: the same points, or the middles of the parcels."""
    spots = citypack.middles(citypack.parcels())
    lats, lons = [lat for lat, _ in spots], [lon for _, lon in spots]
    middle = {"lat": (min(lats) + max(lats)) / 2, "lon": (min(lons) + max(lons)) / 2}
    if what == "points":
        spots = random.Random(1).sample(spots, citypack.POINTS)
    file = FOLDER / f"mapview-{what}.json"
    file.with_suffix(".json.mbtiles").unlink(missing_ok=True)
    file.write_text(json.dumps(middle | {"spots": spots}))
    return probe(python, "tests/bench/mapview_probe.py", str(file), str(RIVAL_FRAMES[what]))


def mapview():
    """The Python of an environment with mapview in it, made where it is missing; or None, and why."""
    folder = FOLDER / "mapview"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
            wanted = ["kivy==2.3.1", "kivy-garden.mapview==1.0.6", "pillow", "requests"]
            subprocess.run(
                [python, "-m", "pip", "install", "-q", *wanted], check=True, capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as failed:
            return None, f"which could not be installed: {getattr(failed, 'stderr', failed)!s:.300}"
        (folder / "ready").touch()
    return str(python), ""


def crowd(count):
    """Markers strewn about the city."""
    from mobile.widgets.mapmarkers import Marker

    chance = random.Random(1)
    return [
        Marker(n, chance.gauss(29.7135, 0.005), chance.gauss(-95.4270, 0.006), (0.8, 0.1, 0.1, 1.0))
        for n in range(count)
    ]


def pan(window, city_map, count):
    """Milliseconds of the main thread's CPU for each of so many frames, each moving the map by a few pixels."""
    taken = []
    for n in range(count):
        began = time.thread_time()
        city_map.pan_by(3 if n % 60 < 30 else -3, 1 if n % 40 < 20 else -1)
        window.frames()
        taken.append((time.thread_time() - began) * 1000)
    return taken


if __name__ == "__main__":
    show(lines())
