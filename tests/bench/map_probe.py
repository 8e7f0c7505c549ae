"""``python -m tests.bench.map_probe PACK points|parcels|start [DRAWN]``: one run of our map in a process of its own; prints JSON.

With a file for what is ready to draw, the first run fills it, and the next ones start from it.
"""

import json
import os
import sys
import time
from pathlib import Path

FRAMES = 120


def main(file, what, drawn=None):
    """Pan with a layer, or start to a drawn map."""
    from tests.robot import Robot, choose_window

    kind = choose_window()
    from kivy.graphics.opengl import glFinish

    began, worked, all_worked = time.perf_counter(), time.thread_time(), time.process_time()
    from mobile.core.artfile import ArtFile
    from mobile.core.maplayers import Shown
    from mobile.core.pack import Pack
    from mobile.maps.sources import Kept, in_order
    from mobile.widgets.citymap import CityMap

    pack = Pack.open(Path(file))
    ready = ArtFile(Path(drawn)) if drawn else None
    west, south, east, north = pack.bounds
    middle = {"lat": (south + north) / 2, "lon": (west + east) / 2}
    city_map = CityMap(pack, kept=ready, zoom=15.0, motion=False, **middle)
    window = Robot(city_map)
    kept = Kept(pack)
    wanted = [one for one in pack.layers if what in ("start", one.name)]
    city_map.set_layers(in_order([Shown(one, kept) for one in wanted]))
    window.until(lambda: city_map.quiet, timeout=60)
    glFinish()
    told = {
        "drawing": kind,
        "start_s": time.perf_counter() - began,
        "start_cpu": (time.process_time() - all_worked) * 1000,
        "start_main": (time.thread_time() - worked) * 1000,
    }
    if what != "start":
        walls, cpus = [], []
        for n in range(FRAMES):
            wall, cpu = time.perf_counter(), time.thread_time()
            city_map.pan_by(3 if n % 60 < 30 else -3, 2 if n % 60 < 30 else -2)
            window.frames()
            glFinish()
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.thread_time() - cpu) * 1000)
        drawn = city_map._overlays._overlays[0]._drawn.values()
        told |= {"wall": median(walls), "cpu": median(cpus), "wall_p95": p95(walls), "cpu_p95": p95(cpus)}
        told["vertices"] = sum(
            len(v) // 7 for art in drawn for part in (art.fill, art.line, art.dot) for v, _ in part.parts
        )
    print("\n" + json.dumps(told), flush=True)
    city_map.close()
    if ready is not None:
        ready.written()
        ready.close()
    os._exit(0)


def median(figures):
    return sorted(figures)[len(figures) // 2]


def p95(figures):
    return sorted(figures)[int(len(figures) * 0.95)]


if __name__ == "__main__":
    main(*sys.argv[1:])
