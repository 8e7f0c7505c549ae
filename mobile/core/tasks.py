"""Off the main thread and back: the only place with threads.

Work that would stop the screen from moving goes to `run`; the sync, which lives as long as the app, to
`loop`. What they bring home is handed over on the main thread, so nothing else needs a lock.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import TypeVar

from kivy.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE_AFTER_FAULT = 60.0  # seconds that a loop rests after a turn that raised


class Loop:
    """One thread that takes its turn again and again, until its owner stops."""

    def __init__(self, turn: Callable[[], float]) -> None:
        self._turn = turn
        self._awake = Event()
        self._ended = False
        self._thread = Thread(target=self._go, name=getattr(turn, "__name__", "loop"), daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Take the next turn now; during a turn, take another right after it."""
        self._awake.set()

    def stop(self, timeout: float) -> bool:
        """Take no further turn, and wait for the one under way; false if it took longer than `timeout` s."""
        self._ended = True
        self._awake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _go(self) -> None:
        while not self._ended:
            self._awake.clear()  # before the turn: what calls during it is not lost
            try:
                pause = self._turn()
            except Exception:
                log.exception("a turn of %s failed", self._thread.name)
                pause = PAUSE_AFTER_FAULT
            if not self._ended:
                self._awake.wait(pause)


class Tasks:
    """The threads of one running app. Make one at start, stop it at the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="work")
        self._loops: list[Loop] = []
        self._stopped = False

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Do `work` on the pool's one thread, in the order of calling; hand its answer to `then` on the main one.

        What it raises goes to `failed`; without it the error is raised on the main thread, so that none is lost.
        After `stop` nothing is handed over: there is no screen left to show it on.
        """

        def go() -> None:
            try:
                answer = work()
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller
                self.on_main(failed or _raise, error)
            else:
                if then is not None:
                    self.on_main(then, answer)

        self._pool.submit(go)

    def on_main(self, call: Callable[[T], object], value: T) -> None:
        """Call from any thread: `call(value)` runs on the main thread, in the next frame."""

        def hand_over(_seconds: float) -> None:
            if not self._stopped:
                call(value)

        Clock.schedule_once(hand_over)

    def loop(self, turn: Callable[[], float]) -> Loop:
        """Start a thread that calls `turn` again and again; `turn` returns how many seconds to rest.

        A turn that raises is logged and tried again after a minute.
        """
        loop = Loop(turn)
        self._loops.append(loop)
        return loop

    def stop(self, timeout: float = 5.0) -> bool:
        """End every thread; false if a turn or a piece of work outlived `timeout` seconds each."""
        self._stopped = True
        ended = [loop.stop(timeout) for loop in self._loops]
        done = Event()

        def finish() -> None:
            self._pool.shutdown(wait=True, cancel_futures=True)  # it has no timeout of its own
            done.set()

        Thread(target=finish, name="stop", daemon=True).start()
        return all([*ended, done.wait(timeout)])


def _raise(error: Exception) -> None:
    raise error
