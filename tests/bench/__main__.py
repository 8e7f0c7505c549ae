"""``make bench``: one table. ``ARGS="server growth phone map push alerts assets tiles maps search"`` chooses parts; without, all."""

import importlib.metadata
import os
import platform
import sys

import psycopg

from tests.bench import alerts, assets, growth, maps, phone, push, search, server, tiles
from tests.bench import map as city_map
from tests.bench.table import show

PARTS = {
    "server": server.lines,
    "growth": growth.lines,
    "phone": phone.lines,
    "map": city_map.lines,
    "push": push.lines,
    "alerts": alerts.lines,
    "assets": assets.lines,
    "tiles": tiles.lines,
    "maps": maps.lines,
    "search": search.lines,
}
LIBRARIES = (
    "flask",
    "flask-smorest",
    "granian",
    "sqlalchemy",
    "psycopg",
    "marshmallow",
    "kivy",
    "httpx",
    "firebase-admin",
    "aiohttp",
)


def main(wanted):
    """Print the table; 2 if a part is asked for that is none."""
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"There is no part {', '.join(unknown)}; there are {', '.join(PARTS)}.")
        return 2
    print(versions())
    for name in wanted or PARTS:
        print(f"\n{name}")
        show(PARTS[name]())
    return 0


def versions():
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", "")) as connection:
        database = connection.execute("SELECT version()").fetchone()[0].split(" on ")[0]
    libraries = " · ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} cores · Python {platform.python_version()} · {database}\n{libraries}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
