"""Look-up as somebody types, over all the devices that a phone may hold; and the store that keeps them sealed.

``python -m tests.bench.phone.lookup``
"""

import random
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from uuid import UUID

from mobile.core.assetindex import AssetIndex
from mobile.core.store import Store
from shared_models.sync import Change, Changes
from tests.bench.table import Line, show

THINGS, PAGE, SEEN = 20_000, 500, 2_000
KINDS = (
    "mdt",
    "portable-radio",
    "mobile-radio",
    "body-camera",
    "dash-camera",
    "computer",
    "network",
    "phone",
    "vehicle",
)
NAMES = (
    "Alvarez",
    "Brown",
    "Cooper",
    "Dietrich",
    "Espinoza",
    "Foster",
    "Garza",
    "Huang",
    "Ibarra",
    "Johnson",
    "Kowalski",
)
PLACES = (
    "Station 1 rack",
    "City Hall 2nd floor",
    "Public Works bay 3",
    "Evidence room",
    "Server room",
    "Fire apparatus bay",
)


def things(count=THINGS, seed=5):
    """Made-up devices, as the wire has them."""
    pick = random.Random(seed)
    for n in range(count):
        kind = pick.choice(KINDS)
        fields = {
            "mac": ":".join(f"{pick.randrange(256):02X}" for _ in range(6)),
            "imei": str(pick.randrange(10**14, 10**15)),
        }
        if "radio" in kind:
            fields = {"radio_id": str(700_000 + n), "alias": f"WUPD {n}", "codeplug": f"2026.{n % 9}"}
        yield {
            "id": str(UUID(int=n + 1)), "tag": f"WU-{n:05}", "kind": kind, "model_id": None, "fields": fields, "pool": False,
            "serial": f"{pick.choice('ABCDEF')}{pick.randrange(10**9):09}", "name": f"{kind} {n}", "department": "police",
            "state": "in-use", "data_class": "cji", "holder_id": None, "holder": f"{pick.choice(NAMES)}, {pick.choice(NAMES)}",
            "kit_id": None, "unit": f"U-{n % 180}", "place": pick.choice(PLACES), "where": None, "seen_at": None, "battery": 91,
            "battery_health": 88, "firmware": "R25.01", "patched_on": "2026-11-02", "support_until_on": None,
            "worst_fault": None, "faults": 0, "note": "", "made_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-11-02T03:04:05Z", "version": 3,
        }  # fmt: skip


def pages(made, kind="asset"):
    """As the server sends them."""
    for at in range(0, len(made), PAGE):
        some = made[at : at + PAGE]
        changes = tuple(
            Change(audience="things:police", kind=kind, id=UUID(one["id"]), value=one) for one in some
        )
        yield Changes(cursor=str(at), more=at + PAGE < len(made), changes=changes)


def filled(folder, made, kind):
    """A store with these things, and the milliseconds of CPU for each page."""
    store, taken = Store(Path(folder) / kind / "person.sqlite3"), []
    pull = store.begin_pull()
    for page in pages(made, kind):
        began = time.thread_time()
        store.take(page, pull)
        taken.append((time.thread_time() - began) * 1000)
    return store, taken


def keystrokes(made, seed=7):
    """What somebody has typed after each key: tags, serials, names, addresses in other spellings, slips."""
    pick = random.Random(seed)
    for one in pick.sample(made, 300):
        mac = one["fields"].get("mac", "")
        slip = list(one["serial"])
        at = pick.randrange(1, len(slip) - 1)
        slip[at], slip[at + 1] = slip[at + 1], slip[at]
        for words in (
            one["tag"],
            one["holder"].lower(),
            mac.lower().replace(":", "-"),
            "".join(slip),
            one["place"],
            "zzzz qqqq",
        ):
            for end in range(1, len(words) + 1):
                yield words[:end]


def spent(work):
    """Milliseconds of CPU."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def lines():
    """What is measured."""
    made = list(things())
    with tempfile.TemporaryDirectory() as folder:
        sealed, taken = filled(folder, made, "asset")
        _, bare = filled(folder, made, "staff_request")
        yield Line(f"a page of {PAGE} taken, sealed", "ms CPU", tuple(taken), tuple(bare), "not sealed")
        some, few = (filled(f"{folder}/some", made[:SEEN], kind)[0] for kind in ("asset", "staff_request"))
        again = Store(some.path)
        cold = spent(lambda: again.view("asset"))
        warm = tuple(spent(lambda: again.view("asset")) for _ in range(9))
        plain = tuple(spent(lambda: few.view("staff_request")) for _ in range(9))
        yield Line(f"{SEEN} things viewed, opened before", "ms CPU", warm, plain, "not sealed")
        yield Line(f"{SEEN} things viewed, not opened before", "ms CPU", (cold,))
        fresh = Store(sealed.path)
        yield Line(
            f"{THINGS} sealed things opened by the worker, once a start", "ms CPU", (spent(fresh.warm),)
        )
        index = AssetIndex()
        yield Line(f"index of {THINGS} made by the worker", "ms CPU", (spent(lambda: index.refresh(fresh)),))
        fresh.take(next(pages([{**made[9], "holder": "Zimmer, Ann"}])), fresh.begin_pull())
        yield Line("index after one change", "ms CPU", (spent(lambda: index.refresh(fresh)),))
        times = sorted(spent(partial(index.look_up, typed)) for typed in keystrokes(made))
        yield Line(f"{len(times)} keystrokes over {THINGS}: p50", "ms CPU", (statistics.median(times),))
        yield Line(
            f"{len(times)} keystrokes over {THINGS}: p99",
            "ms CPU",
            (times[int(len(times) * 0.99)],),
            aim="≤ 50 ms",
        )
        yield Line("the slowest of them", "ms CPU", (times[-1],))
        for store in (sealed, some, few, again, fresh):
            store.close()


if __name__ == "__main__":
    show(lines())
