"""Load the .kv that lies beside a .py: one pair, one name."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import finalize

from kivy.base import EventLoop
from kivy.lang import Builder

_loaded: set[Path] = set()


def load_kv(python_file: str) -> None:
    """Load the rules beside this module (`load_kv(__file__)`), once however often it is called."""
    rules = Path(python_file).with_suffix(".kv")
    if rules not in _loaded:
        _loaded.add(rules)
        Builder.load_file(str(rules))


def let_go(widget: Any) -> None:
    """Unbind a widget that is not shown again, and all in it, from what their rules follow.

    Until it is collected it would follow a model that lives on; collected while the model tells of a change, its
    rules would fail.
    """
    Builder.unbind_widget(widget.uid)
    for child in widget.children:
        let_go(child)


def follow(source: Any, method: Callable[..., object], *names: str) -> None:
    """Call this method of a widget when one of these properties of the theme or the words changes, while the widget lives.

    `bind` asks all that were bound before whether they are the same, and remembers widgets that are gone until the
    property changes: with a thousand labels each new one would take a millisecond, and a wall that runs for days more.
    """
    for name in names:
        uid = source.fbind(name, method, ref=True)
        widget = method.__self__  # type: ignore[attr-defined]  # a widget's method is bound to it; a Callable says nothing of that
        finalize(widget, source.unbind_uid, name, uid).atexit = False


_collected = threading.Event()
_collected.set()


def _watch(phase: str, _: dict[str, int]) -> None:
    (_collected.clear if phase == "start" else _collected.set)()


gc.callbacks.append(_watch)


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Let no widget be collected within: for a change that the rules of all widgets follow.

    Widgets that were taken away follow too, until they are collected. Were that to happen while their rule is being
    worked out, it would fail. Those that the change itself takes away are held until it is over; what another thread
    is collecting (a widget is dead to its rules before they are unbound) is awaited.
    """
    collects = gc.isenabled()
    gc.disable()
    _collected.wait(timeout=1)
    shown = EventLoop.window.children if EventLoop.window else ()
    _held = [widget for root in shown for widget in root.walk()]
    try:
        yield
    finally:
        if collects:
            gc.enable()
