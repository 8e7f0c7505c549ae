"""A phone three versions old: what it knows it reads; where it is too old, it is told so, and keeps what waits."""

import json
import threading
import uuid
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server

from shared_models.notifications import Notification
from shared_models.service_requests import RequestEntry, ServiceRequest, StaffRequest, Status
from tests.killed.hands import phone
from tests.killed.town import DESK, until
from tests.make import Make

KINDS = {
    "service_request": ServiceRequest,
    "request_entry": RequestEntry,
    "staff_request": StaffRequest,
    "notification": Notification,
}
NEWER_WORDS = {"status": "being-thought-over", "kind": "of-another-kind", "close_reason": "solved-itself"}
"""Words of enums that were added after the phone was built."""


def newer(value, inside=""):
    """An answer as a server would give it that is three versions ahead: more fields, more words, more kinds of things."""
    if isinstance(value, list):
        made = [newer(one, inside) for one in value]
        if inside == "changes":
            thing = {"audience": "drones", "kind": "drone", "id": str(uuid.uuid4()), "value": {"height_m": 7}}
            made.append(thing)
        return made
    if not isinstance(value, dict):
        return value
    made = {name: newer(one, name) for name, one in value.items()}
    if inside == "value":
        made |= {name: word for name, word in NEWER_WORDS.items() if made.get(name)}
    return made | {"added_since": {"deep": [1, {"deeper": None}]}}


class Newer:
    """The product's own application; what it answers is changed on the way out."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start):
        kept = {}

        def keep(status, headers, _=None):
            kept.update(status=status, headers=headers)
            return lambda _: None

        environ.pop("HTTP_ACCEPT_ENCODING", None)  # what is packed could not be changed here
        body = b"".join(self.app(environ, keep))
        headers = dict(kept["headers"])
        if "json" in headers.get("Content-Type", "") and body:
            body = json.dumps(newer(json.loads(body))).encode()
            headers["Content-Length"] = str(len(body))
        start(kept["status"], list(headers.items()))
        return [body]


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        """Nothing."""


@contextmanager
def served(app):
    """The URL at which this application answers on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_phone_reads_what_it_knows_of_a_server_three_versions_ahead(town, picture, tmp_path):
    with (
        town.app.app_context(),
        served(Newer(town.app)) as url,
        phone(tmp_path / "phone", url, push="a token") as someone,
        phone(tmp_path / "desk", url) as staff,
    ):
        make = Make(town.app)
        assert staff.session.sign_in(DESK, town.password()).ok
        someone.report("Deep one", picture)
        assert someone.turn().online
        assert staff.turn().online
        crew = make.person("erin", role="desk")
        ((request,),) = town.rows("SELECT id FROM request")
        assert crew.post(f"/v1/service-requests/{request}/close", {"reason": "fixed"}).status_code == 200
        make.worked()
        assert someone.turn().online
        assert staff.turn().online
        seen = {kind: someone.store.view(kind) or staff.store.view(kind) for kind in KINDS}
        read = {kind: [KINDS[kind].read(one.value) for one in things] for kind, things in seen.items()}
        assert {kind: len(things) for kind, things in read.items()} == {
            "service_request": 1,
            "request_entry": 2,
            "staff_request": 1,
            "notification": 1,
        }
        assert read["service_request"][0].description == "Deep one"
        assert read["service_request"][0].status is Status.NEWER
        assert someone.sync.me() is not None
        assert someone.store.view("drone")[0].value["height_m"] == 7  # kept: the next version can show it

        someone.report("Another", picture)
        assert someone.turn().online
        assert someone.store.waits() == 0
        assert town.count("request") == 2


def test_a_phone_that_is_too_old_says_so_keeps_what_waits_and_sends_it_once_after_the_update(
    town, picture, tmp_path
):
    town.start_server(OLDEST_WIRE="4")
    town.await_server()
    with (
        phone(tmp_path / "new", town.url) as new,
        phone(tmp_path / "known", town.url) as known,
        phone(tmp_path / "desk", town.url) as desk,
    ):
        town.stop(phones=False)
        town.start_server()
        town.await_server()
        assert known.turn().online
        assert desk.session.sign_in(DESK, town.password()).ok
        assert desk.turn().online
        town.stop(phones=False)
        town.start_server(OLDEST_WIRE="4")
        town.await_server()
        desk.ahead = 700  # its token is over: the first that it hears is the answer to a refresh
        for someone in (new, known, desk):
            someone.api.close()
            if someone is not desk:
                someone.report(f"of {someone.home.name}", picture)
            state = someone.turn()
            assert state.upgrade_needed
            assert not state.sign_in_needed
            assert someone.session.account == (desk.session.account if someone is desk else None)
        before = new.session.phone
        assert new.turn().upgrade_needed
        assert new.session.phone == before
        assert new.shown() == {"of new": ("received", True)}
        assert known.shown() == {"of known": ("received", True)}
        assert town.count("request") == 0

        town.stop(phones=False)
        town.start_server()  # as if the app had been updated
        town.await_server()
        for someone in (new, known, desk):
            someone.api.close()
            until(lambda someone=someone: someone.turn().online and not someone.state.waits, "it has gone")
            assert not someone.state.upgrade_needed
        assert new.shown() == {"of new": ("received", False)}
        assert known.shown() == {"of known": ("received", False)}
        assert sorted(town.rows("SELECT description FROM request")) == [("of known",), ("of new",)]
