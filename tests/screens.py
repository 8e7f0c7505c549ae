"""The window, the look and the whole app for tests. The window is made by the first test that wants one."""

from importlib.util import find_spec

import pytest

from tests import memory
from tests.robot import Robot, choose_window, load_app, widgets

KIVY = find_spec("kivy") is not None
"""There is no wheel of Kivy 2.3 for Python 3.14."""


def pytest_configure():
    """Choose the window before any test file is imported: a model's import of Kivy must not choose another."""
    if KIVY:
        choose_window()


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


class Shown:
    """The real app in the window, wired to the real server in this process; the sync turns when it is told to."""

    def __init__(self, robot, westu, air):
        self.robot, self.app, self.air = robot, westu, air

    @property
    def parts(self):
        return self.app.parts

    def sync(self):
        """One round of the sync, and what it changes on the screen."""
        self.parts.sync.turn()
        self.robot.settle()

    def sign_in(self, person):
        """Sign in behind the screens."""
        assert self.parts.session.sign_in(person.email, person.password).ok
        self.parts.sync.refresh_me()
        self.sync()


@pytest.fixture(scope="session")
def loaded_app():
    """The app's modules, before the first test that shows it."""
    load_app()
    memory.settle()


@pytest.fixture
def show_app(loaded_app, app, robot, tmp_path):
    """Return a function that shows the app on a phone of that name; a name shown before has its disk as it was."""
    from tests.phones import Air

    def show(name="phone", *, pictures=None, here=None, **options):
        from mobile.app import WestUApp
        from mobile.core.device.camera import FolderCamera
        from mobile.core.device.location import FixedLocation, NoLocation
        from mobile.core.device.push import NoPush

        air = Air(app)
        westu = WestUApp(
            server="http://city.test",
            home=tmp_path / name,
            transport=air,
            threads=False,
            camera=FolderCamera(pictures),
            location=FixedLocation(*here) if here else NoLocation(),
            **{"push": NoPush(), **options},
        )
        return Shown(robot(westu), westu, air)

    return show
