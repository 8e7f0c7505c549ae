"""kivy_garden.mapview with the same points, run by the Python of an environment of its own; prints JSON.

``PYTHON mapview_probe.py SPOTS.json FRAMES``: it knows nothing of this project. The ground is one grey picture.
"""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path

os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONFIG="1", KIVY_NO_FILELOG="1", KIVY_LOG_MODE="PYTHON")
os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
os.environ["KIVY_METRICS_DENSITY"] = "1"


def ground(file, lat, lon):
    """A file of tiles, as mapview reads them, with the same tile everywhere."""
    import io

    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (256, 256), (241, 235, 221)).save(picture, "PNG")
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        db.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        told = {
            "format": "png",
            "minzoom": "15",
            "maxzoom": "15",
            "center": f"{lon},{lat},15",
            "bounds": "-180,-85,180,85",
        }
        db.executemany("INSERT INTO metadata VALUES (?, ?)", told.items())
        from math import asinh, pi, radians, tan

        x = int((lon + 180) / 360 * 2**15)
        y = int((1 + asinh(tan(radians(lat))) / pi) / 2 * 2**15)
        blob = picture.getvalue()
        rows = [(15, x + i, y + j, blob) for i in range(-8, 9) for j in range(-8, 9)]
        db.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    db.close()


def main(file, frames):
    """Add the points, then pan."""
    told = json.loads(Path(file).read_text("utf-8"))
    lat, lon, spots = told["lat"], told["lon"], told["spots"]
    from kivy.config import Config

    for name, value in {"width": 412, "height": 892, "maxfps": 0, "vsync": 0, "multisamples": 0}.items():
        Config.set("graphics", name, value)
    from kivy.clock import Clock

    Clock._max_fps = 0
    from kivy.base import EventLoop, runTouchApp
    from kivy.graphics.opengl import glFinish
    from kivy_garden.mapview import MapMarker, MapView
    from kivy_garden.mapview.mbtsource import MBTilesMapSource

    tiles = file + ".mbtiles"
    ground(tiles, lat, lon)
    source = MBTilesMapSource(tiles)
    source.bounds = None  # its own reading of them is an iterator that is empty the second time
    shown = MapView(lat=lat, lon=lon, zoom=15, map_source=source)
    runTouchApp(shown, embedded=True)
    for _ in range(30):
        EventLoop.idle()
        time.sleep(0.01)
    began = time.perf_counter()
    for at_lat, at_lon in spots:
        shown.add_marker(MapMarker(lat=at_lat, lon=at_lon))
    EventLoop.idle()
    glFinish()
    added = time.perf_counter() - began
    walls, cpus = [], []
    for n in range(frames):
        wall, cpu = time.perf_counter(), time.thread_time()
        aside, up = (3, 2) if n % 60 < 30 else (-3, -2)
        shown._scatter.pos = shown._scatter.x + aside, shown._scatter.y + up
        EventLoop.idle()
        glFinish()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
    middle = frames // 2
    print(
        "\n" + json.dumps({"wall": sorted(walls)[middle], "cpu": sorted(cpus)[middle], "add_s": added}),
        flush=True,
    )
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
