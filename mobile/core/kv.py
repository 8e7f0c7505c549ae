"""Load the .kv that lies beside a .py: one pair, one name."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.uix.recyclelayout import RecycleLayout

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
    rules would fail. The rows of a long list stay as they are: Kivy hands them on to other lists.
    """
    Builder.unbind_widget(widget.uid)
    if not isinstance(widget, RecycleLayout):
        for child in widget.children:
            let_go(child)


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Let no widget be collected within: for a change that the rules of all widgets follow.

    Widgets that were taken away follow too, until they are collected. Were that to happen while their rule is being
    worked out, it would fail.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
