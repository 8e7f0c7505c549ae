"""Whoever is killed, at whatever moment: each report arrives once, each owner is told once, no photo is an orphan."""

import os
import random
import time
from collections import Counter
from pathlib import Path

from tests.killed import truth
from tests.killed.chaos import TARGETS, Chaos

REPORTS, PHONES, DEATHS = 200, 4, 20
"""Of one round: reports, phones that make them, and deaths of each of server, worker, PostgreSQL and phone."""
LONG = 10_000
"""Deaths of the long form: as many rounds as it takes. DEATHS asks for another number, SEED for a seed."""
LOG = Path("var/log/killed.log")
"""Where each round writes its seed and its deaths."""


def play(town, seed, picture):
    """One round; gives its deaths."""
    print(f"SEED={seed}")
    began = time.monotonic()
    chaos = Chaos(town, seed, reports=REPORTS, phones=PHONES, deaths=DEATHS)
    try:
        chaos.run(str(picture))
        truth.check(chaos)
    finally:
        print(chaos.told())
    for target in TARGETS:
        mine = [death for death in chaos.deaths if death.target == target]
        assert len(mine) >= DEATHS
        assert sum(death.between for death in mine) >= 5
    between = Counter(death.target for death in chaos.deaths if death.between)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        log.write(
            f"SEED={seed}: {len(chaos.deaths)} deaths, between COMMIT and answer {dict(between)},"
            f" {REPORTS} reports, {time.monotonic() - began:.0f} s\n"
        )
    return len(chaos.deaths)


def test_two_hundred_reports_survive_the_deaths_of_everybody(town, picture, soak, record_property):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    wanted = int(os.environ.get("DEATHS") or LONG) if soak else 1
    deaths = 0
    while deaths < wanted:
        record_property("seed", seed)
        deaths += play(town, seed, picture)
        seed += 1
