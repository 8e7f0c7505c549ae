"""Checks: what is looked at before a shift, and which unit can roll.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from datetime import timedelta

from backend.assets import (
    AssetChanged,
    DocumentDropped,
    DocumentKept,
    FaultMoved,
    FaultOpened,
    KitChanged,
    ModelChanged,
)
from backend.checks import actions, queries, readiness, routes
from backend.checks.events import CheckFinished, CheckOverdue, UnitMoved
from backend.checks.templates import load_defaults
from backend.core.domain import Chore, Domain
from backend.core.feed import Feed
from shared_models.checks import Check, Done, Readiness, Schedule, Shift
from shared_models.templates import CheckTemplate

DOMAIN = Domain(
    "checks",
    routes.blp,
    hears={
        **dict.fromkeys(
            (AssetChanged, FaultOpened, FaultMoved, DocumentKept, DocumentDropped), readiness.hear
        ),
        KitChanged: readiness.hear_kit,
        ModelChanged: readiness.hear_model,
    },
    feeds={
        "check_template": Feed(CheckTemplate, queries.templates_on_phones),
        "check_schedule": Feed(Schedule, queries.schedules_visible_to),
        "shift": Feed(Shift, queries.shifts_visible_to),
        "check_done": Feed(Done, queries.done_visible_to),
        "readiness": Feed(Readiness, queries.readiness_visible_to),
        "check": Feed(Check, queries.on_phones),
    },
    photos=queries.photos_visible_to,
    chores=(
        Chore("look at all units anew", timedelta(minutes=1), readiness.recompute_all),
        Chore("let old checks leave the phones", timedelta(days=1), actions.leave_phones),
    ),
)

__all__ = ["DOMAIN", "CheckFinished", "CheckOverdue", "UnitMoved", "load_defaults"]
