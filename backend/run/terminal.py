"""What a person is told while things are made: short lines, and a count of seconds for what takes long."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds after which it is shown that something is still going on."""

REMINDER = 15.0
"""Seconds between two such lines where there is no terminal to redraw one on."""

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR = "\r\x1b[2K"
_speaking = threading.RLock()


class Failure(Exception):
    """What was asked for can't be done. ``code`` becomes the exit code: 2 if the surroundings lack something."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def use_any_terminal() -> None:
    """Let a terminal that lacks a character show ``?`` for it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace", line_buffering=True)


def say(line: str = "") -> None:
    """One line."""
    with _speaking:
        sys.stdout.write((_CLEAR if sys.stdout.isatty() else "") + line + "\n")
        sys.stdout.flush()


def done(line: str) -> None:
    """Something that is now as it should be."""
    say(f"✓ {line}")


def warn(line: str) -> None:
    """Something that a person should know, while work goes on."""
    say(f"! {line}")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show ``what`` and the seconds it takes, once they are more than two, as long as the block runs."""
    over = threading.Event()
    show = threading.Thread(target=_show, args=(what, over), daemon=True)
    show.start()
    try:
        yield
    finally:
        over.set()
        show.join()


def _show(what: str, over: threading.Event) -> None:
    began = time.monotonic()
    live = sys.stdout.isatty()
    if over.wait(PATIENCE):
        return
    frame = 0
    while True:
        seconds = f"{time.monotonic() - began:.0f} s"
        if live:
            with _speaking:
                sys.stdout.write(f"{_CLEAR}{_FRAMES[frame % len(_FRAMES)]} {what} … {seconds}")
                sys.stdout.flush()
        else:
            say(f"… {what} ({seconds})")
        frame += 1
        if over.wait(0.1 if live else REMINDER):
            break
    if live:
        with _speaking:
            sys.stdout.write(_CLEAR)
            sys.stdout.flush()
