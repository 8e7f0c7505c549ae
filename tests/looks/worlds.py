"""What the phones of the scenes hold: requests in each state, what waits, what was refused, what was told."""

import shutil
import uuid
from pathlib import Path

from mobile.service_requests import changes
from mobile.service_requests.changes import MINE, WORK
from shared_models.basics import Point
from shared_models.problems import Problem
from shared_models.service_requests import AnswerRequest, MoveRequest, OpenRequest, ServiceRequest, Status
from tests.journey.photos import draw_photos
from tests.looks.scenes import BELLAIRE, GUEST, LONG, RESIDENT, STAFF, TUNNEL, Phone
from tests.make import HERE
from tests.phones import NONE
from tests.service_requests.staff_screens import note, step

PLACES = (
    "4107 Amherst St",
    "University Blvd at Auden St",
    "Bellaire Blvd, between Buffalo Speedway and Auden St",
)


class Worlds:
    """Makes each phone once it is asked for, on the real server of the test."""

    def __init__(self, make, show_app, kit, folder):
        self.make, self.show_app, self.kit = make, show_app, kit
        self.pictures = [str(file) for file in draw_photos(folder / "pictures")]

    def phone(self, who):
        """The phone of this world."""
        shown = self.show_app(who, pictures=self._folder(), here=(HERE["lat"], HERE["lon"]))
        shown.kit = self.kit
        return {GUEST: self.guest, TUNNEL: self.tunnel, RESIDENT: self.resident, STAFF: self.staff}[who](
            shown
        )

    def _folder(self):
        return Path(self.pictures[0]).parent

    def _phone(self, shown, **world):
        shown.robot.settle()
        return Phone(shown, self.kit, world, self.pictures)

    def guest(self, shown):
        """Nobody signed in, and nothing was reported."""
        shown.sync()
        return self._phone(shown)

    def tunnel(self, shown):
        """Nobody signed in, no signal, and a report that waits."""
        shown.air.rest = NONE
        waits = self._open(shown, "pothole", LONG, photos=self.pictures[:1])
        shown.parts.sync.turn()
        return self._phone(shown, tunnel=True, waits=waits)

    def _open(self, shown, kind, words, where=HERE, photos=()):
        kept = {}
        for photo in photos:
            kept[uuid.uuid4()] = copy = shown.parts.home / f"{len(kept)}-{uuid.uuid4()}.jpg"
            shutil.copy(photo, copy)
        wish = OpenRequest(
            id=uuid.uuid4(), type=kind, description=words, where=Point(**where), photos=tuple(kept)
        )
        changes.open_request(shown.parts.store, wish, shown.parts.types()[kind], kept)
        return wish.id

    def _refuse(self, shown, about, problem):
        change = [one for one in shown.parts.store.outbox() if one.about == about][-1]
        shown.parts.store.refused(change, Problem(type=problem, title=problem, status=409))

    def resident(self, shown):
        """Alice has reported something of each kind, and was told of each step."""
        alice = self.make.person("alice")
        self.make.signed_in(alice)  # another device
        desk, crew = self._staff()
        photo = alice.send_photo(Path(self.pictures[0]).read_bytes())
        made = {}
        for place, (name, kind) in enumerate(
            (
                ("received", "pothole"), ("assigned", "discolored-water"), ("begun", "street-flooding"),
                ("asks", "drainage"), ("nothing-found", "unsafe-tree"), ("answered", "lift-station"),
            )
        ):  # fmt: skip
            made[name] = self.make.request(
                by=alice,
                type=kind,
                description=LONG,
                address=PLACES[place % 3],
                photos=[photo] if name == "received" else [],
            )
        self._work(made, desk, crew)
        shown.sign_in(alice)
        ids = {name: one["id"] for name, one in made.items()}
        for name, problem, where in (("outside", "outside-city", dict(zip(("lat", "lon"), BELLAIRE, strict=True))),
                                     ("account-needed", "account-needed", HERE)):  # fmt: skip
            ids[name] = self._open(shown, "pothole", LONG, where)
            self._refuse(shown, ids[name], problem)
        answered = ServiceRequest.read(shown.parts.store.one(MINE, uuid.UUID(ids["answered"])).value)
        changes.answer(shown.parts.store, answered, AnswerRequest(fixed=False, words="Still there"), {})
        return self._phone(shown, **ids)

    def _staff(self):
        desk = self.make.person("carol", role="desk")
        crew = self.make.person("daniel alejandro", role="crew", department="public-works")
        return desk, crew

    def _work(self, made, desk, crew):
        given = {"department": "public-works", "assignee_id": str(crew.id)}
        for name in ("assigned", "begun", "asks", "nothing-found", "answered"):
            step(desk, made[name], "assign", given)
        step(crew, made["begun"], "move", {"status": "in-progress"})
        step(
            crew,
            made["begun"],
            "notes",
            note("The pump comes at noon. Please leave the lane free.", public=True),
        )
        for name, reason in (("asks", "fixed"), ("nothing-found", "nothing-found"), ("answered", "fixed")):
            step(
                desk,
                made[name],
                "close",
                {"reason": reason, "words": "Filled, rolled and swept this morning."},
            )
        self.make.worked()

    def staff(self, shown):
        """Dan has work in each state; one step waits, one was refused."""
        alice = self.make.person("alice")
        desk, crew = self._staff()
        photo = alice.send_photo(Path(self.pictures[0]).read_bytes())
        made = {}
        for place, (name, kind) in enumerate(
            (
                ("new", "pothole"), ("given", "discolored-water"), ("begun", "street-flooding"), ("closed", "drainage"),
                ("refused", "pothole"), ("stepped", "sewer-problem"),
            )
        ):  # fmt: skip
            made[name] = self.make.request(
                by=alice, type=kind, description=LONG, address=PLACES[place % 3], photos=[photo] if name == "new" else [],
                where={"lat": HERE["lat"] + 0.0007 * place, "lon": HERE["lon"] + 0.0009 * (place % 4)},
            )  # fmt: skip
        given = {"department": "public-works", "assignee_id": str(crew.id)}
        for name in ("given", "begun", "closed", "stepped"):
            step(desk, made[name], "assign", given)
        step(crew, made["begun"], "move", {"status": "in-progress"})
        step(crew, made["given"], "notes", note("Look at the valve at the corner first"))
        proof = crew.send_photo(Path(self.pictures[1]).read_bytes())
        done = {"reason": "fixed", "words": "Cleaned out and flushed.", "photos": [str(proof)]}
        step(crew, made["closed"], "close", done)
        shown.sign_in(crew)
        ids = {name: one["id"] for name, one in made.items()}
        store = shown.parts.store
        changes.move(store, uuid.UUID(ids["stepped"]), MoveRequest(status=Status.IN_PROGRESS, words=""))
        changes.note(store, uuid.UUID(ids["refused"]), LONG, public=True, photos={})
        refused = next(one for one in store.outbox() if one.kind == WORK and str(one.about) == ids["refused"])
        store.refused(refused, Problem(type="request-not-open", title="closed", status=409))
        return self._phone(shown, **ids)
