"""What may be asked for about checks, and how it looks until the server has answered."""

from datetime import datetime
from uuid import UUID

from mobile.checks import asked
from mobile.checks.asked import Part
from mobile.checks.known import CHECK
from mobile.checks.run import Run
from mobile.core.store import Store, Waiting
from shared_models.basics import Point
from shared_models.checks import Check
from shared_models.identity import Me
from shared_models.kits import Kit

PATH = "/v1/checks/"
THING = "asset"


def finish(
    store: Store, run: Run, parts: list[Part], kit: Kit | None, me: Me, where: Point | None, moment: datetime
) -> UUID:
    """Finish a check: in one stroke it is in the outbox, with its photos and swaps, and no draft any more."""
    wish = asked.wish(run, parts, where, moment)
    total = asked.sum_of(run, parts)
    meanwhile = Check(
        **{
            name: getattr(wish, name)
            for name in ("id", "kit_id", "parts", "slots", "started_at", "finished_at")
        },
        unit=kit.code if kit else "",
        department=kit.department if kit else parts[0].thing.department if parts else "",
        taken_at=wish.finished_at,
        by_id=me.id,
        by=me.name,
        where=wish.where,
        signature=wish.signature,
        app=wish.app,
        worst=total.worst,
        failed=total.failed,
        hash="",
    )
    photos = run.mentioned()
    store.add(
        Waiting("POST", PATH, wish.dump(), CHECK, wish.id, meanwhile.dump(), tuple(photos)),
        photos,
        *(
            Waiting("POST", f"/v1/custody/{thing}/swap", swap.dump(), THING, thing)
            for thing, swap in asked.swaps(run, wish.finished_at)
        ),
        ends=run.key,
    )
    return wish.id
