"""The window and the look for the phone's tests. The window is made by the first test that wants one."""

from importlib.util import find_spec

import pytest

from tests.robot import Robot, choose_window, widgets

if find_spec("kivy") is None:  # there is no wheel of Kivy 2.3 for Python 3.14
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def kit():
    """All widgets' classes by name, in a known look: light, English, text scale 1, no motion."""
    made = widgets()
    _plain(made)
    yield made
    _plain(made)


def _plain(kit):
    kit.theme.mode, kit.theme.text_scale, kit.theme.motion = "light", 1.0, False
    kit.words.language = "en"


@pytest.fixture
def robot(kit):
    """Return a function that shows an App or a widget in the window and gives the Robot for it."""
    made = []

    def show(shown):
        made.append(Robot(shown))
        return made[-1]

    yield show
    for one in made:
        one.close()


@pytest.fixture
def pixels():
    """Skip the test where nothing is drawn."""
    if choose_window() == "mock":
        pytest.skip("there is no GL on this machine")


@pytest.fixture(autouse=True)
def strict_words():
    """Let a missing word fail the test."""
    from mobile.core import strings

    strings.be_strict()
    yield
    strings.be_strict(False)
    strings.use("en")
