"""Two at the same moment, without luck: one stands in the middle of a transaction while another comes."""

import threading
import time
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import text

from backend.core import feed
from backend.core.actor import Context, db, within
from backend.core.house import house
from backend.core.ledger import EventRow
from backend.identity import actor_of
from backend.worker import in_transaction


@contextmanager
def amid(caller=None):
    """Be in the middle of a change, as the gate is, by this person or by nobody; leaving commits it."""
    with house().database.writing() as connection, within(Context(connection)) as here:
        here.actor = actor_of(caller.token, connection, True) if caller else None
        yield here
        feed.write_touched()
        here.commit()


class Meanwhile(threading.Thread):
    """Do this in another thread; ``result()`` waits for it, and raises what it raised."""

    def __init__(self, do):
        super().__init__(daemon=True)
        self.app, self.do, self.answer, self.error = current_app._get_current_object(), do, None, None
        self.start()

    def run(self):
        try:
            with self.app.app_context():
                self.answer = self.do()
        except Exception as error:  # noqa: BLE001 - it is raised again where the result is asked for
            self.error = error

    def result(self):
        self.join(30)
        assert not self.is_alive(), "it still waits"
        if self.error:
            raise self.error
        return self.answer

    def waits(self):
        """Return once it waits for a lock in the database. Fails if it ends without."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        deadline = time.monotonic() + 30
        while True:
            with house().database.reading() as session:
                if session.scalar(waiting):
                    return self
            assert self.is_alive(), f"it did not wait: {self.answer} {self.error}"
            assert time.monotonic() < deadline, "it neither waits nor ends"
            time.sleep(0.005)


def all_at_once(count, do):
    """``do(number)`` in so many threads that begin together; gives their results."""
    together = threading.Barrier(count)

    def one(number):
        together.wait(30)
        return do(number)

    threads = [Meanwhile(lambda number=number: one(number)) for number in range(count)]
    return [thread.result() for thread in threads]


def events(kind):
    """The events of this kind in the ledger, oldest first."""
    query = EventRow.__table__.select().where(EventRow.kind == kind).order_by(EventRow.seq)
    return in_transaction(lambda: db().execute(query).all())
