"""Bring the database up to date and write down who the demo people are: ``python -m backend.run.prepare FILE``.

It runs in ``.venv``. Its three commands share a process, for to import the server costs a second
or two each time, and a second ``make run`` is to be up in ten.
"""

import os
import sys
from contextlib import redirect_stdout

from backend.cli import main


def prepare(people: str) -> int:
    """Migrate, load the West U city pack with its demo, write the people's lines into a file of our own eyes only."""
    code = main(["migrate"]) or main(["seed", "--city", "westu", "--demo"])
    if code:
        return code
    with (
        os.fdopen(os.open(people, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file,
        redirect_stdout(file),
    ):
        return main(["people"])


if __name__ == "__main__":
    sys.exit(prepare(*sys.argv[1:]))
