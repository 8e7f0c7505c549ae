"""A scanner that plays a keyboard: its letters come faster than fingers, and end with Enter."""

import time
from collections.abc import Callable

FAST_S = 0.035
"""Between two letters, on average, of a scanner; the fastest typists need 60 ms."""
PAUSE_S = 0.25
"""A pause as long as that begins anew: a scanner stalls no longer, over a slow Bluetooth link either."""
LEAST = 4
"""Letters: shorter codes are on no label of ours, and fingers may roll over three keys."""
SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
"""Where only keys are heard, and no text: the keyboard that scanners play unless they are told otherwise, the American."""


class Wedge:
    """Follows keys and texts of a window, and tells at each Enter whether a scanner wrote what stands before it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._letters: list[str] = []
        self._began = self._last = 0.0
        self._by_key = False  # the newest letter is known by its key alone; its text may follow

    def key(self, letter: str, *, shift: bool = False) -> None:
        """A key with a letter on it went down. Where the window also hears texts, ``text`` follows and is right."""
        self._add(SHIFTED.get(letter, letter.upper()) if shift else letter)
        self._by_key = True

    def text(self, text: str) -> None:
        """The window heard this text."""
        if self._by_key and self._letters:
            self._letters.pop()
        self._by_key = False
        for letter in text:
            self._add(letter)

    def enter(self) -> str:
        """Enter went down: the code that a scanner wrote, or nothing where somebody typed."""
        letters, self._letters = self._letters, []
        now, self._by_key = self.now(), False
        steps = max(1, len(letters) - 1)
        fast = (self._last - self._began) / steps <= FAST_S and now - self._last <= PAUSE_S
        return "".join(letters) if len(letters) >= LEAST and fast else ""

    def stop(self) -> None:
        """Another key went down: no scanner writes that."""
        self._letters, self._by_key = [], False

    def _add(self, letter: str) -> None:
        now = self.now()
        if not self._letters or now - self._last > PAUSE_S:
            self._letters, self._began = [], now
        self._letters.append(letter)
        self._last = now
