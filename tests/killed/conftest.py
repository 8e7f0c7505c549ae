"""One town for all tests of this folder; each begins with an empty one."""

import sys

import pytest
from PIL import Image

from backend.core.cluster import find_binaries
from tests.killed.town import Town


@pytest.fixture(scope="session")
def whole_town(tmp_path_factory):
    """The town itself: made once, since a durable cluster takes its time."""
    if sys.platform != "linux" or find_binaries() is None:
        pytest.skip("needs Linux's /proc and peer credentials, and a PostgreSQL with PostGIS")
    with Town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(whole_town):
    """An empty town; whatever a test starts in it has ended when the test has."""
    whole_town.sweep()
    yield whole_town
    whole_town.stop()
    whole_town.wire.hook = lambda _: False


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    """The file of a photo, as a camera left it."""
    file = tmp_path_factory.mktemp("camera") / "photo.jpg"
    Image.effect_noise((320, 240), 50).convert("RGB").save(file, "JPEG")
    return file
