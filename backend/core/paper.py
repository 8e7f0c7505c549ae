"""What leaves on paper or for a spreadsheet: words in signs that are there, cells that are not run."""

import re

RISKY = re.compile(r"'*[=+\-@\t\r]")


def guarded(said: str) -> str:
    """A cell that no spreadsheet runs as a formula (OWASP, CSV injection)."""
    return f"'{said}" if RISKY.match(said) else said


def printable(said: str) -> str:
    """These words in what every PDF reader's own fonts have (Windows-1252); a question mark for any other sign."""
    return said.encode("cp1252", "replace").decode("cp1252")
