"""The app's core on a phone, wired to the real server in this process; the air between them is ours to spoil."""

import json
import uuid
from pathlib import Path

import httpx

from backend.core import clock
from mobile.core.api import Api
from mobile.core.session import Session
from mobile.core.sync import Sync
from mobile.service_requests import changes
from shared_models.basics import Point
from shared_models.service_requests import AnswerRequest, OpenRequest, RequestTypes, ServiceRequest
from tests.make import HERE

GOOD, NONE, LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER = (
    "good",
    "none",
    "loses the request",
    "loses the answer",
    "killed before",
    "killed after",
)


class Killed(BaseException):
    """The phone's process ended here, without a word to anybody."""


class Air(httpx.BaseTransport):
    """Carries calls to the server, or loses them: ``plan`` says how it goes for the next calls, then ``rest``."""

    def __init__(self, app):
        self.inner = httpx.WSGITransport(app)
        self.plan, self.rest, self.calls = [], GOOD, []

    def handle_request(self, request):
        how = self.plan.pop(0) if self.plan else self.rest
        self.calls.append((request.method, request.url.path, how))
        if how == KILLED_BEFORE:
            raise Killed
        if how in (NONE, LOSES_REQUEST):
            raise httpx.ConnectError("no signal")
        request.read()
        answer = self.inner.handle_request(request)
        answer.read()
        if how == KILLED_AFTER:
            raise Killed
        if how == LOSES_ANSWER:
            raise httpx.ReadError("the answer was lost")
        # It was unpacked when it was read.
        headers = [
            (name, value) for name, value in answer.headers.multi_items() if name != "content-encoding"
        ]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)


class PhoneSim:
    """A phone: what is on its disk stays when it is killed."""

    def __init__(self, app, home: Path):
        self.app, self.home, self.air = app, home, Air(app)
        self.start()

    def start(self):
        self.api = Api("http://city.test", self.air)
        self.session = Session(self.home, self.api, now=clock.now)
        self.sync = Sync(self.session, self.api, now=clock.now)

    def kill(self):
        """End the process and start it again: only the disk is left."""
        self.session.close()
        self.start()

    @property
    def store(self):
        return self.session.store

    def turn(self, *plan):
        """One round of the sync, the next calls going as planned. A phone that is killed starts again."""
        self.air.plan = list(plan)
        try:
            self.sync.turn()
        except Killed:
            self.kill()
        finally:
            self.air.plan = []

    def sign_in(self, person, *plan):
        """Sign in; gives the answer, or None if it was lost or the phone died over it."""
        from mobile.core.api import NoSignal

        self.air.plan = list(plan)
        try:
            return self.session.sign_in(person.email, person.password)
        except NoSignal:
            return None
        except Killed:
            self.kill()
            return None
        finally:
            self.air.plan = []

    def types(self):
        """The types as the app has them: shipped with it, so there without any signal."""
        with self.app.test_client() as client:
            return {
                kind.code: kind
                for kind in RequestTypes.read(client.get("/v1/service-requests/types").get_json()).items
            }

    def report(self, words, photo=None, type="pothole"):
        """Report something, with no word to the network; gives the request's id."""
        photos = {}
        if photo is not None:
            file = self.home / f"{uuid.uuid4()}.jpg"
            file.write_bytes(photo)
            photos[uuid.uuid4()] = file
        wish = OpenRequest(
            id=uuid.uuid4(), type=type, description=words, where=Point(**HERE), photos=tuple(photos)
        )
        changes.open_request(self.store, wish, self.types()[type], photos)
        return wish.id

    def answer(self, id, *, fixed):
        seen = self.store.one("service_request", id)
        changes.answer(self.store, ServiceRequest.read(seen.value), AnswerRequest(fixed=fixed), {})

    def requests(self):
        """What the person sees: words → (status, waits, refused)."""
        return {
            seen.value["description"]: (
                seen.value["status"],
                seen.waits,
                seen.refused and seen.refused.problem.type,
            )
            for seen in self.store.view("service_request")
        }

    def said(self, kind):
        """What the server said of a kind, as it lies on the phone."""
        return {id: json.loads(value) for id, value in self.store.things(kind).items()}
