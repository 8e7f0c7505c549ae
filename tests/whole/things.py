"""One thing of each kind for each whose it may be, and somebody in each role: what the tests over all routes call with."""

import hashlib
import uuid

from sqlalchemy import text, update

from backend.core.actor import db
from backend.core.clock import now
from backend.core.http import house
from backend.core.photos import PhotoRow, file_name
from backend.identity.actions import begin_session
from backend.identity.rules import NEEDS_DEPARTMENT, ROLES
from backend.identity.staff import hold
from backend.identity.tables import GrantRow, PersonRow, SessionRow
from backend.service_requests.tables import RequestRow
from backend.worker import in_transaction
from shared_models.identity import Role
from shared_models.photos import PhotoSize
from tests.cast import Caller
from tests.conftest import KEPT
from tests.make import Make
from tests.whole.asking import picture

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
        return {
            "request": self.request_of,
            "closed request": self.closed_request_of,
            "photo": self.photo_of,
            "session": self.session_of,
            "grant": self.grant_of,
            "person": self.new_person_of,
            "alert": self.alert_of,
            "published alert": self.published_alert_of,
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
