"""What stands behind ``make``: everything from nothing, with the standard library alone.

It runs under the system's own Python, before there is a ``.venv``, and starts every other program by its command.

=================  ==================================================================
``__main__``       the verbs: run, serve, app, test, lint, bench, soak
``installation``   ``.venv`` from the lock file, the system's packages
``house``          ``make run``: cluster, server, worker, stand-in of Firebase, window
``prepare``        migrate and seed, in ``.venv``
``westu``          ``.venv/bin/westu``: the operator's commands, for this clone
``checks``         ``make test``, ``soak`` and ``bench``, in a database of their own
``processes``      start, record, watch and end other programs
``terminal``       what a person is told meanwhile
=================  ==================================================================
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The clone."""

VAR = ROOT / "var"
"""All that running makes; not in git."""

PYTHON = ROOT / ".venv/bin/python"
