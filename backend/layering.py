"""``westu layers``: a folder of files taken in as layers of the map, and which there are."""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

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
    loading.set_defaults(do=load)
    ways.add_parser("list", help="print the layers that there are").set_defaults(do=show)


def load(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Take in a folder; each file is whole or not there, whatever becomes of the others."""
    try:
        files = maps.files_of(asked.folder, Whom(asked.seen_by), asked.options)
    except (OSError, ValueError) as error:
        print(f"{error}. Nothing was taken.", file=sys.stderr)
        return 1
    began = time.perf_counter()
    fresh = [each for each in files if in_transaction(partial(maps.changed, each))]
    taken, failed = 0, 0
    for each, lines in maps.read_all(fresh):
        try:
            if isinstance(lines, ProblemError):
                raise lines
            edition = in_transaction(partial(maps.take, each, lines))
        except ProblemError as problem:
            failed += 1
            print(f"{each.file.name}: {words_of(problem)} Nothing of it was taken.", file=sys.stderr)
            continue
        taken += edition.taken
        print(
            f"{each.name:<40} {edition.taken:>9,} taken, {edition.mended:,} mended, {edition.refused:,} refused"
        )
    seconds = time.perf_counter() - began
    print(
        f"{len(fresh) - failed} layers with {taken:,} features in {seconds:.1f} s; "
        f"{len(files) - len(fresh)} as they were, {failed} refused."
    )
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
