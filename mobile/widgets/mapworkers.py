"""Two threads that build what the map shows, and the way back to the main thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from kivy.clock import Clock

T = TypeVar("T")


class Workers:
    """Work in other threads, whose results arrive in the main thread, which alone asks."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(2, thread_name_prefix=name)
        self._under_way = 0
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether everything that was asked for has been handed over."""
        return not self._under_way

    def ask(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Does the work, then calls `then` with what it gave; an error is raised in the main thread."""
        if self._closed:
            return

        def hand_over(done: Future[T]) -> None:
            if not done.cancelled():
                Clock.schedule_once(lambda _: self._take(done, then), 0)

        self._under_way += 1
        self._pool.submit(work).add_done_callback(hand_over)

    def _take(self, done: Future[T], then: Callable[[T], None]) -> None:
        self._under_way -= 1
        if not self._closed:
            then(done.result())

    def close(self) -> None:
        """Ends the threads; what they were asked for is dropped. It waits for what is half done."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
