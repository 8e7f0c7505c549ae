"""What the server did not take, in words, with what can be done about it; and facts below each other."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core import strings
from mobile.core.kv import load_kv
from mobile.core.problems import in_words
from mobile.core.store import Waiting
from mobile.widgets import button, card, text, when
from shared_models.custody import Bar
from shared_models.problems import Problem

__all__ = ["FactsPart", "RefusedPart", "button", "card", "refusal", "text", "when"]

load_kv(__file__)

AGAIN = frozenset(
    {"changed-meanwhile", "photo-missing", "unavailable", "fault", "version-differs", "not-to-be-handed-out"}
)
"""Refusals after which the same wish may be taken: what stood against it may be gone by then."""


class RefusedPart(when.When):
    """Shows the `refusal` of its model (a `Refusable`): a title, why, and the ways on."""

    model = ObjectProperty(None, allownone=True, rebind=True)


class FactsPart(BoxLayout):
    """Facts below each other, from dicts of icon, key and value."""

    facts = ListProperty()

    def on_facts(self, *_: object) -> None:
        """Show them."""
        self.clear_widgets()
        for fact in self.facts:
            self.add_widget(card.KeyValue(**fact))


def why(problem: Problem) -> str:
    """Why it was refused and what to do; of a hand-out each rule that stands against it."""
    said = in_words(problem)
    bars = [error.detail for error in problem.errors if error.detail in set(Bar)]
    return " ".join([said, *(strings.t(f"bar.{bar}") for bar in bars)])


def refusal(change: Waiting | None) -> dict[str, Any]:
    """Title, text and whether it may be tried again, of a change that was refused; empty for none."""
    if change is None or change.problem is None:
        return {}
    verb = change.path.rstrip("/").rpartition("/")[2]
    key = f"things.refusal.{verb}"
    known = key in strings.catalog(strings.SOURCE)
    words = str(change.body.get("words") or change.body.get("condition") or "")
    return {
        "title": strings.t(key if known else "things.refusal.other"),
        "text": why(change.problem),
        "words": strings.t("things.refusal.yours", words=words) if words else "",
        "again": change.problem.type in AGAIN,
    }
