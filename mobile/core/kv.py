"""Load the .kv that lies beside a .py: one pair, one name."""

from pathlib import Path

from kivy.lang import Builder

_loaded: set[Path] = set()


def load_kv(python_file: str) -> None:
    """Load the rules beside this module (`load_kv(__file__)`), once however often it is called."""
    rules = Path(python_file).with_suffix(".kv")
    if rules not in _loaded:
        _loaded.add(rules)
        Builder.load_file(str(rules))
