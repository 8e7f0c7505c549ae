"""A phone in this process, on real httpx: what a test does by hand against the town's server."""

import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mobile.core.api import Api
from mobile.core.device.camera import keep_photo
from mobile.core.session import Session, utc_now
from mobile.core.sync import Sync
from mobile.service_requests.changes import open_request
from shared_models.basics import Point
from shared_models.service_requests import OpenRequest, PhotoWish, RequestType
from tests.make import HERE


class Phone:
    """The app's core over this folder; ``ahead`` is how wrong its clock is, in seconds."""

    def __init__(self, home: Path, server: str, *, ahead: float = 0, push: str = "") -> None:
        def now():
            return utc_now() + timedelta(seconds=self.ahead)

        self.home, self.server, self.ahead, self.push = home, server, ahead, push
        self.api = Api(server)
        self.session = Session(home, self.api, device="by hand", now=now)
        token = {"platform": "desktop", "token": push} if push else None
        self.sync = Sync(self.session, self.api, now=now, push_token=lambda: token, pack_file=home / "pack")

    @property
    def store(self):
        return self.session.store

    @property
    def state(self):
        return self.sync.state

    def report(self, words: str, picture: Path | None = None, id: uuid.UUID | None = None) -> uuid.UUID:
        """Put a report into the outbox."""
        photos = dict([keep_photo(picture, self.home / "photos")] if picture else [])
        wish = OpenRequest(
            id=id or uuid.uuid4(),
            type="pothole",
            description=words,
            where=Point(**HERE),
            photos=tuple(photos),
        )
        open_request(self.store, wish, pothole(), photos)
        return wish.id

    def turn(self):
        """One round of the sync; gives its state."""
        self.sync.turn()
        return self.state

    def shown(self) -> dict[str, tuple[str, bool]]:
        """What the person sees: words → (status, waits)."""
        return {
            seen.value["description"]: (seen.value["status"], seen.waits)
            for seen in self.store.view("service_request")
            if not seen.refused
        }

    def close(self) -> None:
        """Let go of files and connections."""
        self.session.close()
        self.api.close()


def pothole() -> RequestType:
    """The type, as the app ships with it."""
    from mobile.core.pack import Pack
    from shared_models.service_requests import RequestTypes

    global _pothole  # noqa: PLW0603 - read once
    if _pothole is None:
        import json

        with Pack.open("mobile/shipped/city.mbtiles") as pack:
            kinds = RequestTypes.read(json.loads(pack.document("request_types"))).items
        _pothole = next(kind for kind in kinds if kind.code == "pothole")
        assert _pothole.photo in PhotoWish
    return _pothole


_pothole: RequestType | None = None


@contextmanager
def phone(home: Path, server: str, **options):
    """A phone that lets go of its files in the end."""
    made = Phone(home, server, **options)
    try:
        yield made
    finally:
        made.close()
