"""``python -m tests.bench.map``: CPU of the main thread for one frame of panning the map with 5,000 markers."""

import random
import time
from pathlib import Path

from tests.bench.table import ROUNDS, Line, show

MARKERS, FRAMES = 5000, 100


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
