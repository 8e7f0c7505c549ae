"""The app's own pack, and a function that shows a map of it."""

import pytest

from backend.cli import do, parser
from mobile.core.pack import Pack
from tests.maps.window import MIDDLE, SHIPPED_PACK


@pytest.fixture(scope="module")
def pack():
    with Pack.open(SHIPPED_PACK) as shipped:
        yield shipped


@pytest.fixture
def show(robot, pack):
    """Return a function that shows a map, in something or alone, and gives the robot and the map, all drawn."""
    from mobile.widgets.citymap import CityMap

    made = []

    def shown(within=None, of=pack, wait=True, **options):
        options = {"lat": MIDDLE[0], "lon": MIDDLE[1], "zoom": 15.0, "motion": False} | options
        city_map = CityMap(of, **options)
        made.append(city_map)
        window = robot(within(city_map) if within else city_map)
        if wait:
            window.until(lambda: city_map.quiet)
        return window, city_map

    yield shown
    for city_map in made:
        city_map.close()


@pytest.fixture
def crew(make):
    """Somebody of public works, who may edit its layers."""
    return make.person("crew", role="crew", department="public-works")


def westu(settings, *words):
    """Run a command; gives its exit code."""
    return do(settings, parser().parse_args(["layers", *words]))


@pytest.fixture
def run(settings, app, capsys, monkeypatch):
    """A function that runs ``westu layers`` in this application; gives the exit code and what it said."""
    monkeypatch.setattr("backend.cli.create_app", lambda _: app)
    monkeypatch.setattr(app.extensions["westu"].database, "close", lambda: None)

    def ran(*words):
        code = westu(settings, *map(str, words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran
