"""One thing of each kind for each whose it may be, and somebody in each role: what the tests over all routes call with."""

import hashlib
import uuid

from sqlalchemy import text, update

from backend.core.actor import db
from backend.core.clock import now
from backend.core.house import house
from backend.core.photos import PhotoRow, file_name
from backend.identity.actions import begin_session
from backend.identity.rules import NEEDS_DEPARTMENT, ROLES
from backend.identity.staff import hold
from backend.identity.tables import GrantRow, PersonRow, SessionRow
from backend.notifications.tables import WebhookRow
from backend.service_requests.tables import RequestRow
from backend.worker import in_transaction
from shared_models.identity import Role
from shared_models.photos import PhotoSize
from tests.cast import Caller
from tests.conftest import KEPT
from tests.make import Make
from tests.whole import of_checks, of_maps
from tests.whole.asking import HOOK, a_count, a_fault, a_promise, a_sighting, a_signed_act, picture

STRANGER, PHONE = "stranger", "phone"
CALLERS = (STRANGER, PHONE, *(role.value for role in ROLES))
"""Everybody who may come: nobody signed in, a phone without an account, and one person in each role."""
HOME, OTHER = "public-works", "police"
"""Where those work who work in one department, and another department."""
MINE, NEIGHBOURS, DEPARTMENTS, OTHERS, MADE_UP = (
    "mine", "a neighbour's", "my department's", "another department's", "nobody's, made up",
)  # fmt: skip
OK = 200
WHOSE = (MINE, NEIGHBOURS, DEPARTMENTS, OTHERS, MADE_UP)
"""A request: made by me (another department has it); by a neighbour, at another department; by one at mine; by nobody
(from another system), at another department. A photo: of such a request, but a neighbour's is held by nothing. A
session, a grant, a person: myself, a neighbour, a colleague of my department, one of another department."""


class Things(Make):
    """Makes things, and keeps those who are asked for again."""

    def __init__(self, app):
        super().__init__(app)
        self.people = {}
        self.spare = uuid.uuid4()
        """What the thing that was last given to somebody can be swapped for."""

    def known(self, name):
        """Somebody in this role, or beside it (``neighbour``, ``colleague``, ``officer``); the same each time."""
        if name not in self.people:
            self.people[name] = self.somebody(name)
        return self.people[name]

    def somebody(self, name):
        """Somebody new in this role."""
        if name == STRANGER:
            return Caller(self.app)
        if name == PHONE:
            return self.phone()
        if name in {"colleague", "officer"}:
            return self.person(name, role="crew", department=HOME if name == "colleague" else OTHER)
        if name == "speaker":
            return self.person(name, role="desk")
        if name in {"neighbour", "resident"}:
            return self.person(name)
        return self.person(name, role=name, department=HOME if Role(name) in NEEDS_DEPARTMENT else None)

    def person_of(self, whose, caller):
        """Who is meant by these words, seen from this caller. A stranger has nothing: theirs is the neighbour's."""
        if whose == MINE:
            return caller if caller.id else self.known("neighbour")
        return self.known({NEIGHBOURS: "neighbour", DEPARTMENTS: "colleague", OTHERS: "officer"}[whose])

    def thing(self, kind, whose, caller):
        """The id of a thing of this kind."""
        if whose == MADE_UP:
            return uuid.uuid4()
        if kind in of_checks.KINDS:
            return of_checks.thing(self, kind, whose, caller, HOME, OTHER)
        if kind in of_maps.KINDS:
            return of_maps.thing(self, kind, whose, caller, HOME, OTHER)
        return {
            "request": self.request_of,
            "closed request": self.closed_request_of,
            "photo": self.photo_of,
            "session": self.session_of,
            "grant": self.grant_of,
            "person": self.new_person_of,
            "alert": self.alert_of,
            "webhook": self.webhook_of,
            "published alert": self.published_alert_of,
            "asset": self.asset_of,
            "model": lambda *_: uuid.UUID(self.model(self.known("admin"))["id"]),
            "kit": self.kit_of,
            "filter": self.filter_of,
            "asset in hand": self.asset_in_hand_of,
            "reservation": self.reservation_of,
            "fault": self.fault_of,
            "stocktake": self.stocktake_of,
            "sighting": self.sighting_of,
            "document": self.document_of,
        }[kind](whose, caller)

    def request_of(self, whose, caller, photos=()):
        owner = caller if whose == MINE and caller.id else self.known("neighbour")
        id = uuid.UUID(self.request(by=owner, photos=photos)["id"])
        changed = {} if whose == DEPARTMENTS else {"department": OTHER}
        if whose == OTHERS:
            changed |= {"owner_id": None, "by_account": False}
        if changed:
            in_transaction(
                lambda: db().execute(update(RequestRow).where(RequestRow.id == id).values(**changed))
            )
        return id

    def closed_request_of(self, whose, caller):
        id = self.request_of(whose, caller)
        answer = self.known("desk").post(f"/v1/service-requests/{id}/close", {"reason": "fixed"})
        assert answer.status_code == 200, answer.get_json()
        return id

    def photo_of(self, whose, caller):
        sender = caller if whose == MINE and caller.id else self.known("neighbour")
        id = self.sent_photo(sender)
        if whose in {DEPARTMENTS, OTHERS}:
            self.request_of(whose, sender, photos=[id])
        return id

    def sent_photo(self, sender):
        """A photo as ``PUT`` leaves it, without decoding one more picture."""
        id, data = uuid.uuid4(), picture()
        print_ = hashlib.sha256(data).digest()
        for size in PhotoSize:
            house().files.put(file_name(id, print_, size), data)
        row = PhotoRow(id=id, sender_id=sender.id, sha256=print_, width=8, height=6, sent_at=now())
        in_transaction(lambda: db().add(row))
        return id

    def session_of(self, whose, caller):
        person = self.person_of(whose, caller)
        before = self.sessions_of(person)
        in_transaction(lambda: begin_session(db().get_one(PersonRow, person.id), "another"))
        [id] = self.sessions_of(person) - before
        return id

    def sessions_of(self, person):
        ids = SessionRow.__table__.select().with_only_columns(SessionRow.id)
        return in_transaction(lambda: set(db().scalars(ids.where(SessionRow.person_id == person.id))))

    def grant_of(self, whose, caller):
        person = self.person_of(whose, caller)
        in_transaction(lambda: hold(person.id, Role.RESIDENT, None, by=None))
        held = GrantRow.__table__.select().with_only_columns(GrantRow.id)
        query = held.where(
            GrantRow.person_id == person.id, GrantRow.role == Role.RESIDENT, GrantRow.ended_at.is_(None)
        )
        return in_transaction(lambda: db().scalars(query).one())

    def alert_of(self, whose, caller):
        mine = whose == MINE and caller.id and caller.get("/v1/alerts/work").status_code == OK
        return uuid.UUID(self.draft(caller if mine else self.known("speaker"))["id"])

    def published_alert_of(self, whose, caller):
        id = self.alert_of(whose, caller)
        answer = self.known("desk").post(f"/v1/alerts/{id}/publish", {"version": 1, "emergency": True})
        assert answer.status_code == OK, answer.get_json()
        return id

    def asset_of(self, whose, caller):
        """A thing of my department; of another one; what is mine, or a neighbour's, is another one's and in no hands."""
        department = HOME if whose == DEPARTMENTS else OTHER
        return uuid.UUID(self.asset(self.known("admin"), kind="ups", department=department)["id"])

    def document_of(self, whose, caller):
        """A file of such a thing."""
        id = uuid.uuid4()
        query = {"document_id": str(id), "name": "Certificate.pdf"}
        sent = {"data": b"%PDF-1.7", "content_type": "application/pdf", "query_string": query}
        answer = self.known("admin").put(f"/v1/assets/{self.asset_of(whose, caller)}/documents", **sent)
        assert answer.status_code == OK, answer.get_json()
        return id

    def kit_of(self, whose, caller):
        department = HOME if whose == DEPARTMENTS else OTHER
        return uuid.UUID(self.kit(self.known("admin"), "mdt", department=department)["id"])

    def asset_in_hand_of(self, whose, caller):
        """A thing that somebody of its department has."""
        id = self.asset_of(whose, caller)
        holder = self.known("colleague" if whose == DEPARTMENTS else "officer")
        self.told(holder, f"/v1/custody/{id}/hand-out", a_signed_act(to_id=str(holder.id)))
        department = HOME if whose == DEPARTMENTS else OTHER
        self.spare = self.asset(self.known("admin"), kind="ups", department=department, pool=True)["id"]
        return id

    def reservation_of(self, whose, caller):
        """What was promised to me, or, where I can have nothing, and else, to one of the thing's department."""
        mine = whose == MINE and caller.get("/v1/custody/reservations").status_code == OK
        id = self.asset_of(DEPARTMENTS if mine else whose, caller)
        to = caller if mine else self.known("colleague" if whose == DEPARTMENTS else "officer")
        for old in to.get("/v1/custody/reservations?open=true").get_json()["items"]:
            if old["person_id"] == str(to.id):  # only so many are promised to one at a time
                to.post(f"/v1/custody/reservations/{old['id']}/end", {})
        return self.told(to, "/v1/custody/reservations", a_promise(id))

    def fault_of(self, whose, caller):
        """A fault that I reported, or one of the thing's department."""
        mine = whose == MINE and caller.get("/v1/custody/reservations").status_code == OK
        id = self.asset_of(DEPARTMENTS if mine else whose, caller)
        by = caller if mine else self.known("colleague" if whose == DEPARTMENTS else "officer")
        return self.told(by, "/v1/faults/", a_fault(id))

    def stocktake_of(self, whose, caller):
        return self.told(
            self.known("admin"), "/v1/stocktakes/", a_count(HOME if whose == DEPARTMENTS else OTHER)
        )

    def sighting_of(self, whose, caller):
        return self.told(self.known("neighbour"), "/v1/sightings/", a_sighting("ZZ-1"))

    def told(self, by, path, body):
        """The id of what somebody made by this."""
        answer = by.post(path, body)
        assert answer.status_code == 201, answer.get_json()
        return uuid.UUID(body["id"])

    def filter_of(self, whose, caller):
        """A filter that I kept, or somebody else; whoever may keep none has none."""
        person = {MINE: caller, DEPARTMENTS: self.known("colleague"), OTHERS: self.known("officer")}.get(
            whose
        )
        saved = (person or self.known("officer")).post(
            "/v1/assets/filters/", {"name": uuid.uuid4().hex, "query": ""}
        )
        return uuid.UUID(saved.get_json()["id"]) if saved.status_code == 201 else uuid.uuid4()

    def webhook_of(self, whose, caller):
        """A webhook is nobody's own: all who keep them see all."""
        id = uuid.uuid4()
        row = WebhookRow(id=id, **HOOK, departments=[], made_at=now(), sealed_n=0)
        in_transaction(lambda: db().add(row))
        return id

    def new_person_of(self, whose, caller):
        if whose == MINE and caller.id:
            return caller.id
        name = {MINE: "neighbour", NEIGHBOURS: "neighbour", DEPARTMENTS: "colleague", OTHERS: "officer"}
        return self.somebody(name[whose]).id


def kept():
    """What stands in the database: of each table how many rows, and which was written last.

    Tries are left out, and what workers make of an event, whenever they come to it.
    """
    with house().database.reading() as session:
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        looked = [
            f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM \"{table}\""
            for table in tables
            if table not in KEPT | {"try", "seal", "event_delivery"}
        ]
        return session.execute(text(" UNION ALL ".join(looked))).all()


def forget_tries():
    """Let nobody be refused for having asked often: the tests over all routes ask hundreds of times."""
    from backend.core.limits import TryRow

    in_transaction(lambda: db().execute(TryRow.__table__.delete()))
