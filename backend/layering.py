"""``westu layers``: a folder of files taken in as layers of the map, and which there are."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from backend import maps
from backend.core.problems import ProblemError
from backend.settings import Settings
from backend.worker import in_transaction
from shared_models.layers import Whom
from shared_models.problems import TYPES


def add_layers(whole: argparse.ArgumentParser) -> None:
    """What can be asked for of layers."""
    ways = whole.add_subparsers(dest="way", required=True)
    loading = ways.add_parser(
        "load", help="take in each file of a folder as a layer; again only what has changed"
    )
    loading.add_argument("folder", type=Path)
    loading.add_argument("--seen-by", choices=[Whom.PUBLIC.value, Whom.STAFF.value], default=Whom.STAFF.value)
    loading.add_argument(
        "--options", type=Path, help="TOML, a table for each layer (default: layers.toml in the folder)"
    )
    loading.add_argument(
        "--write-options",
        type=Path,
        metavar="FILE",
        help="take nothing: write what is said of each layer and what would be guessed, to be changed and given as --options",
    )
    loading.set_defaults(do=load)
    ways.add_parser("list", help="print the layers that there are").set_defaults(do=show)


def load(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Take in a folder; each file is whole or not there, whatever becomes of the others."""
    try:
        files = maps.files_of(asked.folder, Whom(asked.seen_by), asked.options)
    except (OSError, ValueError) as error:
        print(f"{error}. Nothing was taken.", file=sys.stderr)
        return 1
    if asked.write_options:
        return write_options(files, asked.write_options)
    began = time.perf_counter()
    fresh = [each for each in files if in_transaction(partial(maps.changed, each))]
    taken, failed, guesses = 0, 0, 0
    for each, lines in maps.read_all(fresh):
        try:
            if isinstance(lines, ProblemError):
                raise lines
            edition, guessed = in_transaction(partial(maps.take, each, lines))
        except ProblemError as problem:
            failed += 1
            print(f"{each.file.name}: {words_of(problem)} Nothing of it was taken.", file=sys.stderr)
            continue
        guesses += bool(guessed)
        taken += edition.taken
        print(
            f"{each.name:<40} {edition.taken:>9,} taken, {edition.mended:,} mended, {edition.refused:,} refused"
        )
        for line in (*guess_told(guessed), *(each.why for each in edition.refusals if not each.row)):
            print(f"    {line}")
    failed += settle([each for each in files if each not in fresh])
    seconds = time.perf_counter() - began
    print(
        f"{len(fresh) - failed} layers with {taken:,} features in {seconds:.1f} s; "
        f"{len(files) - len(fresh)} as they were, {failed} refused."
    )
    if guesses:
        print(
            "What was guessed: `westu layers load FOLDER --write-options layers.toml` writes it down. Change it there, put it "
            "into the folder (or give it as --options) and load again: what it says goes, also for layers that are there."
        )
    return 1 if failed else 0


def guess_told(guessed: Mapping[str, Any]) -> Iterator[str]:
    """What was guessed of a layer, in one line."""
    if guessed:
        part, fields = guessed.get("part"), ", ".join(guessed.get("part_fields", {}).values())
        words = [
            f"searched as {part} by {fields}" if fields else "not searched" if part else "",
            f"titled by {guessed['title_field'] or 'nothing'}" if "title_field" in guessed else "",
            f"{guessed['style']['colour']}" if "colour" in guessed["style"] else "",
            f"from zoom {guessed['style']['from_zoom']:g}" if "from_zoom" in guessed["style"] else "",
        ]
        title = f"“{guessed['title_en']}”: " if "title_en" in guessed else ""
        yield f"guessed {title}{', '.join(word for word in words if word)}"


def settle(files: list[maps.FromFolder]) -> int:
    """Let the layers of files that did not change be as the options say; gives how many could not."""
    failed = 0
    for each in files:
        try:
            if in_transaction(partial(maps.settle, each)):
                print(f"{each.name:<40} is as the options say")
        except ProblemError as problem:
            failed += 1
            print(f"{each.file.name}: {words_of(problem)} Its layer stays as it was.", file=sys.stderr)
    return failed


def write_options(files: list[maps.FromFolder], out: Path) -> int:
    """Write what is said of each layer, and what would be guessed, as a file of options."""
    said, failed, used = {}, 0, in_transaction(maps.colours_used)
    for each, lines in maps.read_all(files):
        if isinstance(lines, ProblemError):
            failed += 1
            print(f"{each.file.name}: {words_of(lines)}", file=sys.stderr)
            continue
        with lines.file:
            said[each.stem] = maps.said_or_guessed(each, lines, used)
        used[said[each.stem]["style"]["colour"]] += 1
    try:
        out.write_text(maps.options_text(said))
    except OSError as error:
        print(f"{error}. Nothing was written.", file=sys.stderr)
        return 1
    print(f"{out} says of {len(said)} layers what they are. Nothing was taken.")
    return 1 if failed else 0


def words_of(problem: ProblemError) -> str:
    """What is wrong with a file, in one line."""
    return (
        "; ".join(f"{error.pointer.strip('/?')} {error.detail}".strip() for error in problem.errors[:3])
        or problem.detail
        or TYPES[problem.type][1]
    )


def show(_: Flask, __: Settings, ___: argparse.Namespace) -> None:
    """Print the layers."""
    for layer in in_transaction(maps.own_layers):
        print(
            f"{layer.name:<40} {layer.count:>9,} {layer.geometry.value:<6} {layer.seen_by.value:<11} "
            f"edition {layer.edition}"
        )
