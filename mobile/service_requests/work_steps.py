"""What can be done about a request now, the likeliest first."""

from enum import StrEnum

from mobile.core import strings
from shared_models.identity import Me
from shared_models.service_requests import NEXT, StaffRequest, Status


class Step(StrEnum):
    """One thing that staff do about a request."""

    TAKE = "take"
    ASSIGN = "assign"
    START = "start"
    HAND_BACK = "hand_back"
    NOTE = "note"
    CLOSE = "close"


ICONS = {
    Step.TAKE: "account", Step.ASSIGN: "assign", Step.START: "tools", Step.HAND_BACK: "back", Step.NOTE: "note",
    Step.CLOSE: "done",
}  # fmt: skip


def possible(request: StaffRequest, me: Me | None) -> list[Step]:
    """The steps that can follow, the likeliest for this person first. A closed request takes notes alone."""
    if request.status is Status.CLOSED or request.status is Status.NEWER:
        return [Step.NOTE]
    mine = me is not None and request.assignee_id == me.id
    after = NEXT[request.status]
    steps = [Step.ASSIGN, Step.NOTE, Step.CLOSE]
    if not mine:
        steps.insert(0, Step.TAKE)
    if Status.IN_PROGRESS in after:
        steps.insert(-2, Step.START)
    if Status.RECEIVED in after:
        steps.insert(-2, Step.HAND_BACK)
    first = likeliest(request, me, mine=mine)
    return [first, *(step for step in steps if step is not first)]


def likeliest(request: StaffRequest, me: Me | None, *, mine: bool) -> Step:
    """The next step of the work: who works everywhere hands out, who works in a department takes on."""
    if mine:
        return Step.CLOSE if request.status is Status.IN_PROGRESS else Step.START
    if request.assignee_id is None:
        return Step.TAKE if me is not None and me.departments else Step.ASSIGN
    return Step.NOTE


def words_of(step: Step) -> dict[str, str]:
    """How a step is offered: key, title, subtitle, icon."""
    return {
        "key": step.value,
        "title": strings.t(f"work_item.step.{step.value}.title"),
        "subtitle": strings.t(f"work_item.step.{step.value}.text"),
        "icon": ICONS[step],
    }
