"""What the copies of the nursery are: the product's own programs, told of a clock, and people with phones."""

import json
import os
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Self

REST_S = 0.5
"""Between two turns of an app that has nothing to send."""


def warm() -> None:
    """What every copy of the house would do first: let SQLAlchemy look at all tables."""
    from sqlalchemy.orm import configure_mappers

    configure_mappers()


def follow_clock() -> None:
    """Let the house's clock stand as much later as a file says (CLOCK, in seconds), at every moment."""
    from backend.core import clock

    file = Path(os.environ["CLOCK"])

    def follow() -> None:
        while True:
            clock._moved = timedelta(seconds=float(file.read_text() or 0))
            time.sleep(0.05)

    clock._moved = timedelta(seconds=float(file.read_text() or 0))
    threading.Thread(target=follow, daemon=True).start()


def worker() -> None:
    """``python -m backend.worker``, with that clock."""
    follow_clock()
    from backend.worker import main

    main()


def server() -> None:
    """``python -m granian …``, as ``make run`` calls it."""
    from granian.cli import entrypoint

    entrypoint()


def moved_app():
    """The application, with that clock."""
    follow_clock()
    from backend.app import create_app

    return create_app()


class Journal:
    """httpx's own way to a server; each call and what came back is written down before anybody acts on it."""

    def __init__(self, file: Path) -> None:
        import httpx

        self.inner = httpx.HTTPTransport(verify=False)  # loopback without TLS: no list of authorities to read
        self._file = file.open("a", buffering=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self.inner.close()

    def handle_request(self, request):
        import httpx

        call = {"n": uuid.uuid4().hex, "method": request.method, "path": request.url.path}
        if request.method == "POST":
            body = json.loads(request.read() or b"{}")
            call["id"] = body.get("id")
        self._write(call)
        try:
            answer = self.inner.handle_request(request)
            answer.read()
        except httpx.HTTPError as error:
            self._write({"n": call["n"], "error": type(error).__name__})
            raise
        again = answer.headers.get("idempotent-replay") == "true"
        self._write({"n": call["n"], "status": answer.status_code, "again": again})
        answer.headers.pop("content-encoding", None)  # it is unpacked
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def _write(self, words: dict) -> None:
        self._file.write(json.dumps(words) + "\n")


def phone() -> None:
    """Somebody with the app, for ever: makes as many reports with photos as they may, while the app syncs."""
    told = json.loads(sys.argv[1])
    home = Path(told["home"])
    home.mkdir(exist_ok=True)
    sync, types = app_of(home, told)
    someone = Staff(sync) if told.get("email") else Resident(sync, types, told)
    rested = 0.0
    while True:
        busy = someone.act() or sync.state.waits
        if busy or time.monotonic() > rested:
            sync.turn()
            rested = time.monotonic() + REST_S
        time.sleep(0.05)


def app_of(home: Path, told: dict):
    """The app's core in this folder, wired as ``mobile/app.py`` does: (sync, the types that it ships with)."""
    from mobile.core.api import Api
    from mobile.core.device.push import FakeFcmPush
    from mobile.core.pack import Pack
    from mobile.core.session import Session, utc_now
    from mobile.core.sync import Sync
    from shared_models.service_requests import RequestTypes

    ahead = timedelta(seconds=told.get("clock", 0))
    api = Api(told["server"], Journal(home / "journal"))
    session = Session(home, api, device="a phone", now=lambda: utc_now() + ahead)
    push = FakeFcmPush(told["fcm"], home).token if told.get("fcm") else lambda: None
    sync = Sync(session, api, now=lambda: utc_now() + ahead, push_token=push, pack_file=home / "pack.mbtiles")
    with Pack.open(Path("mobile/shipped/city.mbtiles")) as pack:
        types = RequestTypes.read(json.loads(pack.document("request_types")))
    if told.get("email"):
        while session.account is None:
            try:
                session.sign_in(told["email"], told["password"])
            except Exception:  # noqa: BLE001 - no signal: they try again
                time.sleep(0.2)
    return sync, {kind.code: kind for kind in types.items}


class Resident:
    """Reports potholes, as the screens do: photo, draft, outbox."""

    def __init__(self, sync, types, told: dict) -> None:
        self.sync, self.kind, self.told = sync, types["pothole"], told
        self.may = Path(told["may"])

    def act(self) -> bool:
        """One report, if one is still to be made; whether it was."""
        from mobile.core.device.camera import keep_photo
        from mobile.service_requests import draft as drafts
        from mobile.service_requests.changes import open_request

        store = self.sync.store
        made = len(store.view("service_request"))
        if made >= int(self.may.read_text() or 0):
            return False
        draft = drafts.begun(store) or drafts.Draft(type="pothole", at=(29.7178, -95.4317))
        draft.words = f"{self.told['name']} {made}"
        if not draft.photos:
            id_, file = keep_photo(Path(self.told["picture"]), self.sync.session.home / "photos")
            draft.photos[id_] = file
        drafts.keep(store, draft)
        if store.one("service_request", draft.id) is None:
            open_request(store, draft.wish(self.kind), self.kind, draft.photos)
        drafts.forget(store)
        return True


class Staff:
    """Closes whatever is open, once."""

    def __init__(self, sync) -> None:
        self.sync = sync

    def act(self) -> bool:
        """Close what is on the phone; whether there was something."""
        from mobile.service_requests.changes import close
        from shared_models.service_requests import CloseReason, CloseRequest

        store = self.sync.store
        open_ = [
            seen.id
            for seen in store.view("staff_request")
            if seen.value["status"] != "closed" and not seen.waits and not seen.refused
        ]
        for id_ in open_:
            close(store, id_, CloseRequest(reason=CloseReason.FIXED), {})
        return bool(open_)
