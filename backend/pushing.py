"""``westu push``: what an operator does about notifications."""

import argparse
import sys
import time
from typing import Any

from flask import Flask

from backend import identity, notifications
from backend.core.claims import QueueState
from backend.settings import Settings
from backend.worker import in_transaction
from shared_models.notifications import PUSHED

CHANNELS = [channel.value for channel in PUSHED]
PATIENCE_S = 30.0
WAITING = {QueueState.QUEUED.value, QueueState.LEASED.value}


def add_push(parser: argparse.ArgumentParser) -> None:
    """The commands and what they take."""
    commands = parser.add_subparsers(dest="push", required=True)

    testing = commands.add_parser(
        "test", help="send a word to each address of a person, and tell what became of it"
    )
    testing.add_argument(
        "--to", required=True, metavar="PERSON", help="an e-mail, or the id of a phone without an account"
    )
    testing.set_defaults(do=test)

    commands.add_parser("channels", help="how each channel fares").set_defaults(do=channels)

    resuming = commands.add_parser("resume", help="let a channel go on that is paused or stopped")
    resuming.add_argument("channel", choices=CHANNELS)
    resuming.add_argument(
        "--close-dead",
        action="store_true",
        help="the addresses that it was stopped for are dead indeed: close them",
    )
    resuming.set_defaults(do=resume)

    replaying = commands.add_parser("replay", help="try again what got stuck and is not over")
    replaying.add_argument("--channel", choices=CHANNELS)
    replaying.set_defaults(do=replay)


def test(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Send a word and wait for what becomes of it; 1 if it did not go out everywhere."""
    person = in_transaction(lambda: identity.known(asked.to))
    if person is None:
        print(f"Nobody is known as {asked.to}.", file=sys.stderr)
        return 1
    mid = in_transaction(lambda: notifications.test_message(person))
    end = time.monotonic() + PATIENCE_S
    rows: Any = in_transaction(lambda: notifications.outcomes_of(mid))
    if not rows:
        print("This person has no open address: no phone, no browser, no mailbox.", file=sys.stderr)
        return 1
    while any(row.state in WAITING for row in rows) and time.monotonic() < end:
        time.sleep(0.2)  # the worker is another process: what became of it is looked up
        rows = in_transaction(lambda: notifications.outcomes_of(mid))
    for row in rows:
        took = f" after {row.seconds:.1f} s" if row.seconds is not None else ""
        print(f"{row.channel:<9} {row.platform:<8} {row.state}{took}{': ' + row.why if row.why else ''}")
    if any(row.state in WAITING for row in rows):
        print(
            "Some still wait. Does a worker run, and is its channel set up? westu push channels",
            file=sys.stderr,
        )
    return 0 if all(row.state == QueueState.DONE.value for row in rows) else 1


def channels(_: Flask, settings: Settings, __: argparse.Namespace) -> None:
    """Print how each channel fares."""
    configured = notifications.configured(settings)
    print(
        f"{'channel':<9} {'set up':<7} {'state':<8} {'waiting':>8} {'oldest':>8} {'stuck':>6} {'addresses':>9}  why"
    )
    for one in in_transaction(lambda: notifications.channels_health(configured)):
        print(
            f"{one.channel.value:<9} {'yes' if one.configured else 'no':<7} {one.state:<8} {one.queued:>8,} "
            f"{one.oldest_s:>6,} s {one.resting:>6,} {one.endpoints:>9,}  {one.why}"
        )


def resume(_: Flask, __: Settings, asked: argparse.Namespace) -> None:
    """Let a channel go on."""
    closed = in_transaction(lambda: notifications.resume(asked.channel, close_dead=asked.close_dead))
    print(
        f"{asked.channel} goes on." + (f" {closed:,} dead addresses were closed." if asked.close_dead else "")
    )


def replay(_: Flask, __: Settings, asked: argparse.Namespace) -> None:
    """Try again what got stuck."""
    count = in_transaction(lambda: notifications.replay(asked.channel))
    print(f"{count:,} deliveries are tried again.")
