"""What the server found wrong, in the person's words."""

import math

from mobile.core import strings
from mobile.core.api import Answer
from shared_models.problems import Problem

LONG_S = 90
"""A wait that is longer is told in minutes."""


def in_words(problem: Problem) -> str:
    """What is wrong and what to do about it; a type that this app does not know is told in the server's words."""
    if f"problem.{problem.type}" in strings.catalog(strings.SOURCE):
        return strings.t(f"problem.{problem.type}")
    return problem.detail or problem.title or strings.t("problem.fault")


def answer_in_words(answer: Answer) -> str:
    """As `in_words`, and how long to wait where the server says so."""
    if answer.problem.type == "slow-down" and answer.retry_after:
        return wait(answer.retry_after)
    return in_words(answer.problem)


def wait(seconds: float) -> str:
    """That it was tried too often, and for how long to wait."""
    if seconds > LONG_S:
        return strings.t("problem.wait_long", count=math.ceil(seconds / 60))
    return strings.t("problem.wait", count=math.ceil(seconds))
