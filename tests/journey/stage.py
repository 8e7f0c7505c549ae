"""Where the journey is played, and a phone in the window with a hand to use it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.robot import Robot

HERE = (29.7178, -95.4317)
PATIENCE = 40


@dataclass
class Stage:
    """Where it is played: a server, and what stands in for the air and the push service of each phone."""

    server: str
    folder: Path
    shots: Path
    passwords: dict[str, str]
    air: Callable[[], Any]
    """Makes a phone's transport, with an attribute ``open``: False is a tunnel."""
    push: Callable[[Path], Any]
    look: str = "light"
    count: int = 0
    taken: list[Path] = field(default_factory=list)


class Phone:
    """One person's phone in the window; opened again, its disk is as it was."""

    def __init__(self, stage, name, picture):
        from kivy.app import App

        from mobile.app import WestUApp
        from mobile.core.device.camera import FolderCamera
        from mobile.core.device.location import FixedLocation
        from mobile.widgets.theme import theme

        assert App.get_running_app() is None
        self.stage, self.air = stage, stage.air()
        self.app = WestUApp(
            server=stage.server,
            home=stage.folder / name,
            transport=self.air,
            camera=FolderCamera(picture.parent),
            location=FixedLocation(*HERE),
            push=stage.push(stage.folder / name),
        )
        self.app.camera._next = sorted(picture.parent.iterdir()).index(picture)
        self.robot = Robot(self.app)
        theme.motion = False  # nobody watches, and waiting for movement is most of the time
        self.dark(stage.look == "dark")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.robot.close()

    @property
    def parts(self):
        return self.app.parts

    def shot(self, name):
        """Keep a picture of what is shown."""
        self.robot.settle()
        self.stage.count += 1
        file = self.stage.shots / f"{self.stage.count:02d}-{name}.png"
        self.robot.shot(file)
        self.stage.taken.append(file)

    def tap(self, key="", **wanted):
        """Tap the words of this key, or what is wanted, once it can be seen."""
        from mobile.core.strings import t

        if key:
            wanted["text"] = t(key)
        self.until(lambda: self.robot.all(**wanted))
        self.robot.settle()
        self.robot.tap(self.robot.all(**wanted)[-1])
        self.robot.settle()

    def reach(self, key="", text=""):
        """Scroll to where this text, or the words of this key, stand."""
        from kivy.uix.scrollview import ScrollView

        from mobile.core.strings import t

        text = text or t(key)
        texts = [w for w in self.robot._walk() if getattr(w, "text", "") == text and w.get_root_window()]
        above = texts[-1].parent
        while not isinstance(above, ScrollView):
            if above is self.robot.win:
                return  # it does not scroll: it is always in sight
            above = above.parent
        above.scroll_to(texts[-1], padding=80, animate=False)
        self.robot.settle()

    def until(self, seen):
        """Wait until this can be seen."""
        return self.robot.until(seen, timeout=PATIENCE)

    def reads(self, words):
        """Whether these words can be read now."""
        return any(words in text for text in self.robot.texts())

    def dark(self, dark):
        """Change the look."""
        from mobile.widgets.theme import theme

        theme.mode = "dark" if dark else "light"
        self.robot.settle()

    def sign_in(self, email):
        """Sign in by the screens."""
        self.tap("tabs.more")
        self.tap("you.sign_in")
        inputs = self.robot.all(cls="WritingLine")
        self.robot.type(email, cls="WritingLine")
        self.robot.tap(inputs[1])
        self.robot.type(self.stage.passwords[email])
        self.shot("sign-in")
        self.robot.key(13)
        self.until(lambda: self.parts.session.account is not None and self.parts.me is not None)
