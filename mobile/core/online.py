"""What wants an answer of the server at once: asked off the main thread, told in the person's words."""

from collections.abc import Callable, Mapping
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, StringProperty

from mobile.core import strings
from mobile.core.api import Answer, NoSignal
from mobile.core.parts import Parts
from mobile.core.problems import answer_in_words, wait
from mobile.core.session import SignInNeeded
from mobile.core.sync import Stop


class Online(EventDispatcher):
    """`busy` while it asks; `notice` is what went wrong."""

    busy = BooleanProperty(False)
    notice = StringProperty()

    parts: Parts

    def ask(self, work: Callable[[], Answer], done: Callable[[Answer], object]) -> None:
        """Do this call unless one is under way; `done` takes the answer, if it is a yes, on the main thread."""
        if self.busy:
            return
        self.busy, self.notice = True, ""

        def answered(answer: Answer) -> None:
            self.busy = False
            if answer.ok:
                done(answer)
            else:
                self.refused(answer)

        self.parts.tasks.run(work, answered, self._failed)

    def refused(self, answer: Answer) -> None:
        """The server said no."""
        self.notice = answer_in_words(answer)

    def _failed(self, error: Exception) -> None:
        self.busy = False
        if isinstance(error, NoSignal):
            self.notice = strings.t("problem.no-signal")
        elif isinstance(error, SignInNeeded):
            self.notice = strings.t("problem.session-ended")
        elif isinstance(error, Stop):
            asked = error.args[0] if error.args else None
            self.notice = wait(asked) if asked else strings.t("problem.unavailable")
        else:
            raise error


class Form(Online):
    """Fields to fill in. `errors` holds what is wrong by the name of the field, `notice` what concerns none."""

    errors = DictProperty(rebind=True)

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """What can be told to be wrong without asking: field → words. Empty where it may be sent."""
        raise NotImplementedError

    def send(
        self, written: Mapping[str, str], work: Callable[[], Answer], done: Callable[[Answer], object]
    ) -> None:
        """Ask, if nothing is wrong that can be told here."""
        self.errors = {}  # told again, the same words must show again: the field forgot them when it was written in
        self.notice = ""
        self.errors = self.check(written)
        if not self.errors:
            self.ask(work, done)

    def refused(self, answer: Answer) -> None:
        """Tell each thing at the field that it is about, and the rest above them."""
        found = {error.pointer.strip("/"): error.detail for error in answer.problem.errors}
        told = {name: self.word(name) for name in found if self.word(name)}
        told |= self.at_field(answer.problem.type)
        self.errors = told
        if not told:
            super().refused(answer)

    def word(self, field: str) -> str:
        """What to say at a field that the server did not take; nothing for one that is not in the form."""
        raise NotImplementedError

    def at_field(self, problem: str) -> dict[str, str]:
        """A problem that belongs to a field: field → words."""
        return {}

    def clear(self, **_: Any) -> None:
        """Begin anew."""
        self.errors, self.notice = {}, ""
