"""Plain functions that make what a test needs, by the house's own verbs."""

import uuid
from datetime import timedelta
from functools import cache

from tests.cast import Caller

HERE = {"lat": 29.7178, "lon": -95.4317}
"""A place well inside West U."""
PASSWORD = "three green parrots"


def said(**more):
    """What an alert says, to whom, until when."""
    from backend.core.clock import now

    return {
        "severity": "severe",
        "headline_en": "Boil your water",
        "headline_es": "Hierva el agua",
        "text_en": "A main broke. Boil water for one minute before you drink it.",
        "text_es": "Se rompió una tubería. Hierva el agua un minuto antes de beberla.",
        "expires_at": (now() + timedelta(hours=6)).isoformat(),
        **more,
    }


@cache
def password_hash():
    """One hash for all: argon2 is slow on purpose."""
    from backend.identity.clients import hash_password

    return hash_password(PASSWORD)


class Make:
    def __init__(self, app):
        self.app = app

    def person(self, name, *, role=None, department=None, language="en"):
        """An account that is signed in."""
        from backend.core.actor import db
        from backend.core.clock import now
        from backend.identity.actions import begin_session
        from backend.identity.staff import hold
        from backend.identity.tables import PersonRow
        from backend.worker import in_transaction
        from shared_models.basics import Language
        from shared_models.identity import Role

        email = f"{name}.{uuid.uuid4().hex[:8]}@example.org"

        def make():
            row = PersonRow(
                id=uuid.uuid4(),
                name=name.title(),
                email=email,
                password_hash=password_hash(),
                language=Language(language),
                made_at=now(),
            )
            db().add(row)
            db().flush()
            if role:
                hold(row.id, Role(role), department, by=None)
            return row.id, begin_session(row, "test").access_token

        id, token = in_transaction(make)
        return Caller(self.app, id, token, email, PASSWORD, name.title())

    def signed_in(self, person):
        """The same person with a fresh token."""
        from backend.core.actor import db
        from backend.identity.actions import begin_session
        from backend.identity.tables import PersonRow
        from backend.worker import in_transaction

        token = in_transaction(lambda: begin_session(db().get_one(PersonRow, person.id), "test").access_token)
        return Caller(self.app, person.id, token, person.email, person.password, person.name)

    def phone(self):
        """A phone without an account that has made itself known; ``.secret`` is its own."""
        caller, id, secret = Caller(self.app), uuid.uuid4(), uuid.uuid4().hex * 2
        answer = caller.post("/v1/identity/phones", {"id": str(id), "secret": secret})
        assert answer.status_code == 200, answer.get_json()
        phone = Caller(self.app, id, answer.get_json()["access_token"])
        phone.secret, phone.refresh_token = secret, answer.get_json()["refresh_token"]
        return phone

    def request(self, by, *, type="pothole", description="Deep one", where=HERE, photos=(), **more):
        """A request, as the server told it."""
        answer = by.post(
            "/v1/service-requests/",
            {
                "id": str(uuid.uuid4()),
                "type": type,
                "description": description,
                "where": where,
                "photos": [str(photo) for photo in photos],
                **more,
            },
        )
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def draft(self, by, **more):
        """An alert that nobody has published, as the server told it."""
        answer = by.post("/v1/alerts/", {"id": str(uuid.uuid4()), **said(**more)})
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def alert(self, by, publisher, **more):
        """An alert that is out."""
        draft = self.draft(by, **more)
        answer = publisher.post(f"/v1/alerts/{draft['id']}/publish", {"version": draft["version"]})
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def asset(self, by, *, tag="", kind="portable-radio", department="police", **more):
        """A thing of the register, as the server told it."""
        id = str(uuid.uuid4())
        wish = {"id": id, "tag": tag or f"T-{id[:8].upper()}", "kind": kind, "department": department, **more}
        answer = by.post("/v1/assets/", wish)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def model(self, by, *, kind="portable-radio", make="Motorola", name="", **more):
        """A make and model, as the server told it."""
        id = str(uuid.uuid4())
        wish = {"id": id, "kind": kind, "make": make, "name": name or f"APX {id[:8]}", **more}
        answer = by.post("/v1/assets/models/", wish)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def kit(self, by, *slots, code="", name="Car", department="police", **more):
        """A kit. A slot: its kind, or a dict of what is to be said of it."""
        id = str(uuid.uuid4())
        said = [slot if isinstance(slot, dict) else {"kind": slot} for slot in slots]
        told = [{"id": str(uuid.uuid4()), "name": slot["kind"], **slot} for slot in said]
        wish = {"id": id, "code": code or f"K{id[:6]}", "name": name, "department": department}
        answer = by.post("/v1/assets/kits/", wish | {"slots": told} | more)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def worked(self):
        """Let the worker do everything that waits, without sending."""
        from backend.worker import once_through

        if settled := self.app.extensions.get("settled"):
            return settled()  # the real workers do it
        while once_through([]):
            pass
