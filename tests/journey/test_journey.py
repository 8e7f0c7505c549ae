"""The journey, played by a robot on the real screens, against the real server, worker and SDK in this process."""

import threading

import pytest
from sqlalchemy import text

from tests.make import PASSWORD
from tests.phones import NONE, Air

PEOPLE = (("carol", "desk", None), ("dan", "crew", "public-works"))


class Tunnel(Air):
    """The way to the server in this process; ``open = False`` is a tunnel."""

    open = True

    def handle_request(self, request):
        self.plan = [] if self.open else [NONE]
        return super().handle_request(request)


@pytest.fixture
def people(app):
    """The desk and the crew, with the names that the journey looks for; gives their passwords."""
    import uuid

    from backend.identity import ensure_account
    from backend.worker import in_transaction
    from shared_models.basics import Language
    from shared_models.identity import Role

    for name, role, department in PEOPLE:
        in_transaction(
            lambda n=name, r=role, d=department: ensure_account(
                uuid.uuid4(),
                email=f"{n}@example.org",
                name=f"{n.title()} {r.title()}",
                password=PASSWORD,
                language=Language.EN,
                role=Role(r),
                department=d,
            )
        )
    return {f"{name}@example.org": PASSWORD for name, *_ in PEOPLE}


def test_the_journey_plays_on_the_real_screens(kit, pixels, app, people, tmp_path):
    from backend.worker import work
    from mobile.core.device.push import NoPush
    from tests.journey.play import play
    from tests.journey.stage import Stage

    stop = threading.Event()
    worker = threading.Thread(target=work, args=(app, [], stop), daemon=True)
    worker.start()
    try:
        taken = play(
            Stage(
                server="http://city.test",
                folder=tmp_path / "phones",
                shots=tmp_path / "shots",
                passwords=people,
                air=lambda: Tunnel(app),
                push=lambda _: NoPush(),
            )
        )
    finally:
        stop.set()
        worker.join(10)

    assert not worker.is_alive()
    assert [file.stem.partition("-")[2] for file in taken][:3] == ["home", "photo", "place"]
    with app.extensions["westu"].database.reading() as session:
        kinds = session.scalars(
            text("SELECT kind FROM event WHERE kind LIKE 'service_requests.%' ORDER BY seq")
        ).all()
    assert [kind.split(".")[1] for kind in kinds] == [
        "request-opened",
        "request-assigned",
        "request-moved",
        "request-noted",
        "request-closed",
        "request-answered",
        "request-moved",
        "request-closed",
        "request-answered",
        "requests-claimed",
    ]
