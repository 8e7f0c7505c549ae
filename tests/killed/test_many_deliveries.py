"""The worker is killed three times while thousands wait: each phone gets its message, and a repeat only with a mid that it knows."""

import os
import random
import signal

from tests.killed.test_worker_and_fcm import LEASES, move_clock, states
from tests.killed.town import kill, until
from tests.make import Make
from tests.notifications.tape import queue_for_many

MANY, FEW, DEATHS = 5000, 600, 3
TABLE = "notification_delivery"


def far(town, when):
    """Whether so many are sent, or all but those that the dead hold: these come back only with their lease."""
    now = states(town, TABLE)
    return now.get("done", 0) >= when or not now.get("queued")


def test_three_deaths_of_the_worker_lose_nothing_and_double_nothing_for_the_eye(town, soak, record_property):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    record_property("seed", seed)
    drawn, count = random.Random(seed), MANY if soak else FEW
    tokens = [town.fcm.fake.register() for _ in range(count)]
    with town.app.app_context():
        mid = queue_for_many(Make(town.app).person("many").id, tokens)

    for when in sorted(drawn.sample(range(count // 10, count * 8 // 10), DEATHS)):
        town.start_worker()
        until(lambda when=when: far(town, when), "so many are sent")
        kill(town.worker, signal.SIGKILL)
    town.start_worker()
    until(lambda: states(town, TABLE).get("queued", 0) == 0, "nobody has them but the dead")
    move_clock(town, LEASES)
    until(lambda: states(town, TABLE) == {"done": count}, "what the dead held comes back")

    got = [[push.data["mid"] for push in town.fcm.fake.devices[token].since(0)] for token in tokens]
    assert {frozenset(mids) for mids in got} == {frozenset({str(mid)})}
    repeats = sum(len(mids) - 1 for mids in got)
    record_property("seed", f"{seed}: {repeats} repeats in {count} deliveries")
