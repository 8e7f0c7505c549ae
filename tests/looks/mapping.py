"""The map of the city in each state: with layers and without, asked, measured, searched; with no signal."""

import tempfile
from functools import cache
from pathlib import Path

from mobile.core.pack import Pack
from tests.looks.scenes import AT, GUEST, STAFF, scene
from tests.maps.layered import AT as MIDDLE
from tests.maps.layered import layered_pack, some_layers
from tests.phones import NONE

HYDRANT = (MIDDLE[0], MIDDLE[1])
STREETS = 16.5


@cache
def city_of_layers():
    """One pack for all scenes: nobody writes to it."""
    file = Path(tempfile.mkdtemp()) / "layered.mbtiles"
    return Pack.open(layered_pack(file, some_layers(), zooms=(15, 16)))


def with_map(phone, layers=True):
    """The map, in the middle of the city, with a pack that holds layers, or none."""
    parts, before = phone.parts, phone.parts.pack
    phone.air.rest = NONE
    if layers:
        parts.pack = city_of_layers()
        phone.after.append(lambda: setattr(parts, "pack", before))
    parts.nav._made.pop("map", None)
    screen = phone.go("map")
    screen.map.lat, screen.map.lon, screen.map.zoom = *MIDDLE, STREETS
    phone.after.append(lambda: parts.preferences.change(layers="", units="feet"))
    return screen


@scene(GUEST, "map", "full")
def _(phone):
    with_map(phone)


@scene(GUEST, "map", "empty")
def _(phone):
    with_map(phone, layers=False)


@scene(GUEST, "map", "offline")
def _(phone):
    with_map(phone)
    phone.offline()


@scene(GUEST, "map", "tools")
def _(phone):
    with_map(phone).show_tools()


@scene(GUEST, "map", "layers")
def _(phone):
    with_map(phone).show_layers()


@scene(GUEST, "map", "no-layers")
def _(phone):
    with_map(phone, layers=False).show_layers()


@scene(GUEST, "map", "told")
def _(phone):
    screen = with_map(phone)
    screen.model.me = AT
    screen._tapped(*HYDRANT)
    phone.until(lambda: not screen.model.busy)


@scene(GUEST, "map", "here")
def _(phone):
    screen = with_map(phone)
    screen.look_at_middle()
    phone.until(lambda: not screen.model.busy)


@scene(GUEST, "map", "nearest-of")
def _(phone):
    with_map(phone).ask_nearest()


@scene(GUEST, "map", "nearest")
def _(phone):
    screen = with_map(phone)
    screen.model.nearest("hydrants", AT)
    phone.until(lambda: not screen.model.busy)


@scene(GUEST, "map", "going")
def _(phone):
    screen = with_map(phone)
    screen.show_nearest = lambda *_: None
    screen.model.nearest("hydrants", (MIDDLE[0] + 0.0004, MIDDLE[1] + 0.0003))
    phone.until(lambda: not screen.model.busy)
    screen._go_to(1)


@scene(GUEST, "map", "measure")
def _(phone):
    with_map(phone).model.measure()


@scene(GUEST, "map", "measured")
def _(phone):
    screen = with_map(phone)
    screen.model.measure()
    lat, lon = MIDDLE
    for at in ((lat, lon), (lat + 0.001, lon), (lat + 0.001, lon + 0.001)):
        screen._tapped(*at)


@scene(GUEST, "map", "area")
def _(phone):
    screen = with_map(phone)
    screen.model.measure()
    lat, lon = MIDDLE
    for at in ((lat, lon), (lat + 0.001, lon), (lat + 0.001, lon + 0.001)):
        screen._tapped(*at)
    screen.model.close()


@scene(GUEST, "map", "searching")
def _(phone):
    place = with_map(phone).model.place
    place.query = "rice bl"
    phone.until(lambda: place.hits)


@scene(GUEST, "map", "nothing-found")
def _(phone):
    place = with_map(phone).model.place
    place.query = "zzzzqqq"
    phone.until(lambda: place.nothing_found)


@scene(GUEST, "map", "found")
def _(phone):
    place = with_map(phone).model.place
    place.query = "rice bl"
    phone.until(lambda: place.hits)
    place.pick(0)
    phone.until(lambda: place.near)


@scene(STAFF, "map", "full")
def _(phone):
    with_map(phone)
