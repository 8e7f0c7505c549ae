"""``westu custody``: what anybody can do who holds a custody record, without the house and its database."""

import argparse
import sys
from pathlib import Path

from backend import assets

MOST_BYTES = 100_000_000


def add_custody(parser: argparse.ArgumentParser) -> None:
    """The commands and what they take."""
    commands = parser.add_subparsers(dest="custody", required=True)
    verifying = commands.add_parser("verify", help="tell whether a custody record was altered")
    verifying.add_argument("file", type=Path, help="a record, as JSON or as the PDF that was printed")


def verify(asked: argparse.Namespace) -> int:
    """Say whether a record is whole; gives 0 if it is, 1 if it is not, or can't be read."""
    file: Path = asked.file
    try:
        if file.stat().st_size > MOST_BYTES:
            print(f"{file}: larger than any record.", file=sys.stderr)
            return 1
        verdict = assets.verify_record(file.read_bytes())
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{file}: {verdict.words}")
    return 0 if verdict.whole else 1
