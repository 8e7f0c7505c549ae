"""The stream: hears when to pull, while the app is in front. With it dead, or never there, the sync polls.

It is held open by a loop of its own (`core.tasks`), since it waits for as long as nothing happens.
"""

import random
import time
from collections.abc import Callable

from mobile.core.api import Answer, NoSignal
from mobile.core.session import SignInNeeded, UpgradeNeeded
from mobile.core.store import Store
from mobile.core.sync import FIRST_PAUSE_S, IN_BACK_S, UNAUTHORIZED, Sync
from shared_models.sync import PULL_NOW, STREAM

LONGEST_PAUSE_S = 60.0
GONE_S = 600.0
"""A server that has no stream is asked again after that long."""
STEADY_S = 10.0
"""A stream that lived for that long is followed by the next one at once: its token ended, or a proxy cut it."""


class Stream:
    """Listens, and has the sync pull when it is told to."""

    def __init__(self, sync: Sync, pull_now: Callable[[], None]) -> None:
        """``pull_now`` is called from the thread that takes the turns."""
        self.sync, self.pull_now = sync, pull_now
        self._fails = 0
        self._ended = False

    def turn(self) -> float:
        """Listen until the stream ends; gives the seconds to rest until it is opened again."""
        if self._ended or not self.sync.in_front:
            return IN_BACK_S
        began = time.monotonic()
        try:
            answer = self._listen()
        except NoSignal:
            answer = None
        except SignInNeeded:
            return LONGEST_PAUSE_S
        except UpgradeNeeded:
            return GONE_S
        finally:
            self._lost()
        return self._pause(answer, time.monotonic() - began)

    def end(self) -> None:
        """Break off; no turn listens again. From any thread."""
        self._ended = True
        self.sync.api.hang_up()

    def rest(self) -> None:
        """Break off because the app is put away: the next turn after it is in front again listens anew."""
        self.sync.api.hang_up()

    def _listen(self) -> Answer:
        session = self.sync.session
        with session.lock:
            store, token = session.store, session.token()
        answer = self.sync.api.listen(STREAM, token=token, said=lambda line: self._said(line, store))
        if answer.status == UNAUTHORIZED:
            session.token_refused()
        return answer

    def _said(self, line: str, store: Store) -> bool:
        """Hear one line; whether to go on listening. Each person has a store: with another, this is not their stream."""
        self.sync.told = True
        if line == PULL_NOW:
            self.pull_now()
        return not self._ended and self.sync.in_front and self.sync.store is store

    def _lost(self) -> None:
        if self.sync.told:
            self.sync.told = False
            self.pull_now()  # what is said now is not heard: the sync looks for itself, and polls from here on

    def _pause(self, answer: Answer | None, lived: float) -> float:
        if answer is not None and answer.ok and lived > STEADY_S:
            self._fails = 0
            return random.uniform(0, FIRST_PAUSE_S)  # noqa: S311 - spreads load, guards nothing
        if answer is not None and not answer.ok and not answer.later:
            return GONE_S
        self._fails += 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._fails - 1, 10))
        asked = answer.retry_after if answer is not None else None
        return max(asked or 0.0, pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load
