"""What the tests of the resident's screens share: looks, pictures of states, and a hand for the report's flow."""

import os
from pathlib import Path

LOOKS = (("light", 1.0, "en"), ("dark", 1.0, "es"), ("light", 2.0, "es"), ("dark", 2.0, "en"))
ENTER = 13


class Hand:
    """Somebody with a phone, who looks closely."""

    def __init__(self, shown, folder):
        self.shown, self.robot = shown, shown.robot
        self.folder = Path(os.environ.get("SHOTS") or folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def screen(self):
        return self.shown.app.nav.children[0]

    def tap(self, *texts):
        """Tap these, one after the other."""
        for text in texts:
            self.robot.until(lambda text=text: self.robot.all(text=text))
            self.robot.tap(text=text)
            self.robot.settle()

    def write(self, text, place=0):
        """Write into the first (or so many later) input, and press Enter."""
        line = self.robot.all(cls="WritingLine")[place]
        self.robot.tap(line)
        self.robot.type(text)
        if not line.multiline:
            self.robot.key(ENTER)
            line.dispatch("on_text_validate")
        self.robot.settle()

    def reads(self, *texts):
        """Whether all these can be read now."""
        seen = " ".join(self.robot.texts())
        return [text for text in texts if text not in seen] == []

    def look(self, name):
        """Check that everything can be read, reached and named in each look; leave pictures."""
        from mobile.widgets.theme import theme
        from mobile.widgets.words import words
        from tests.robot import choose_window

        for mode, scale, language in LOOKS:
            theme.mode, theme.text_scale, words.language = mode, scale, language
            self.robot.settle()
            if choose_window() == "gl" and os.environ.get("SHOTS"):
                self.robot.shot(self.folder / f"{name}-{mode}-{scale:.0f}-{language}.png")
            found = (
                self.robot.clipped(),
                self.robot.small_targets(beyond=True),
                self.robot.nameless(beyond=True),
            )
            assert found == ([], [], []), (name, mode, scale, language, found)
        theme.mode, theme.text_scale, words.language = "light", 1.0, "en"
        self.robot.settle()

    # ── the report's flow ────────────────────────────────────────────────────────────────────────────────

    def begin(self):
        self.tap("Report something")

    def photo(self):
        self.tap("Take a photo")
        self.robot.until(lambda: self.robot.all(cls="PhotoTile"))
        self.tap("Continue")

    def place(self):
        self.robot.until(lambda: self.screen.model.place.good and self.screen.model.place.near)
        self.tap("Continue")

    def topic(self, words, name):
        self.write(words)
        self.tap(name)

    def report(self, words="Deep one"):
        """A whole report, from the list to the list."""
        self.begin()
        self.photo()
        self.place()
        self.topic("hole in road", "Pothole or damaged street")
        self.write(words)
        self.tap("Continue", "Send")
