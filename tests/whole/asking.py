"""How each route is called well, for tests that call them all. One that nobody says here how to call fails there.

What a route takes is read from the application; what a good call of it says stands in ``SENT``, and which kind of
thing its id names in ``NAMED``.
"""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest
from PIL import Image

from backend.core.clock import now
from backend.core.http import Public
from tests.make import HERE, PASSWORD, said
from tests.whole import of_checks, of_maps, of_ogc
from tests.whole.code import filled, routes, wire_values

REQUEST, WORK = "/v1/service-requests/{id}", "/v1/service-requests/work/{id}"
ALERT = "/v1/alerts/{id}"
SENDING = "/v1/notifications/sendings/{id}"
ASSET, MODEL, KIT, KEPT_FILTER = (
    "/v1/assets/{id}",
    "/v1/assets/models/{id}",
    "/v1/assets/kits/{id}",
    "/v1/assets/filters/{id}",
)
WEBHOOK = "/v1/webhooks/{id}"
CUSTODY, FAULT, STOCKTAKE = "/v1/custody/{id}", "/v1/faults/{id}", "/v1/stocktakes/{id}"
DOCUMENT = "/v1/assets/documents/{id}"

NAMED = {
    "/v1/photos/{id}": "photo",
    "/v1/identity/sessions/{id}": "session",
    "/v1/identity/grants/{id}": "grant",
    "/v1/identity/people/{id}/disable": "person",
    REQUEST: "request",
    WORK: "request",
    f"{REQUEST}/history": "request",
    f"{WORK}/history": "request",
    f"{REQUEST}/assign": "request",
    f"{REQUEST}/move": "request",
    f"{REQUEST}/notes": "request",
    f"{REQUEST}/close": "request",
    f"{REQUEST}/answer": "closed request",
    "/v1/alerts/work/{id}": "alert",
    f"{ALERT}/change": "alert",
    f"{ALERT}/publish": "alert",
    f"{ALERT}/cancel": "published alert",
    WEBHOOK: "webhook",
    f"{WEBHOOK}/secret": "webhook",
    f"{WEBHOOK}/test": "webhook",
    f"{WEBHOOK}/deliveries": "webhook",
    f"{WEBHOOK}/replay": "webhook",
    f"{SENDING}/reach": "alert",
    f"{SENDING}/progress": "published alert",
    ASSET: "asset",
    f"{ASSET}/move": "asset",
    f"{ASSET}/changes": "asset",
    MODEL: "model",
    KIT: "kit",
    KEPT_FILTER: "filter",
    CUSTODY: "asset",
    f"{CUSTODY}/record": "asset",
    f"{CUSTODY}/bars": "asset",
    f"{CUSTODY}/hand-out": "asset",
    f"{CUSTODY}/take-back": "asset in hand",
    f"{CUSTODY}/pass-on": "asset in hand",
    f"{CUSTODY}/swap": "asset in hand",
    "/v1/custody/reservations/{id}/end": "reservation",
    FAULT: "fault",
    f"{FAULT}/history": "fault",
    f"{FAULT}/steps": "fault",
    STOCKTAKE: "stocktake",
    f"{STOCKTAKE}/lines": "stocktake",
    f"{STOCKTAKE}/count": "stocktake",
    f"{STOCKTAKE}/close": "stocktake",
    "/v1/sightings/{id}/settle": "sighting",
    DOCUMENT: "document",
    f"{ASSET}/documents": "asset",
    f"{ASSET}/photos": "asset",
    f"{CUSTODY}/record.pdf": "asset",
    **of_checks.NAMED,
    **of_maps.NAMED,
}
"""What the id in a path names."""


@dataclass(frozen=True)
class Way:
    """One route, as it is called."""

    method: str
    path: str
    view: Callable

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def permit(self):
        """The right it asks for, or PUBLIC."""
        return self.view.permit

    @property
    def public(self):
        return isinstance(self.permit, Public)

    @property
    def changes(self):
        return self.method not in {"GET", "HEAD"}

    @property
    def takes_key(self):
        return "IdempotencyKey" in self.view._apidoc.get("manual_doc", {}).get("parameters", [])

    @property
    def kind(self):
        """What its id names; None where the path has none."""
        if "{id}" not in self.path:
            return None
        return NAMED.get(self.path) or unknown(f"which kind of thing the id of {self} names (NAMED)")

    def at(self, id):
        """Its path with this id in it, and with whatever else a path takes."""
        return filled(of_ogc.path_with(self.path, str(id)))

    def takes(self, place):
        """The schema of what it takes in this place ("json", "query"), or None."""
        asked = self.view._apidoc.get("arguments", {}).get("parameters", [])
        found = [one["schema"] for one in asked if one["in"] == place]
        return found[0] if found else None

    def wire(self, place):
        """The wire class of what it takes in this place, or None."""
        schema = self.takes(place)
        return (
            None
            if schema is None
            else wire_named()[(schema if isinstance(schema, type) else type(schema)).__name__]
        )

    def sent(self, make):
        """The options of a good call: a body, a query."""
        if (self.method, self.path) in SENT:
            return SENT[self.method, self.path](make)
        needed = [name for place in ("json", "query") for name in required(self.takes(place))]
        if needed or self.method in {"PUT", "PATCH"}:
            unknown(f"how {self} is called well (SENT)")
        return {"json": {}} if self.takes("json") else {}


def ways(app):
    """Each route that says who may pass."""
    return [Way(method, path, view) for path, method, view in routes(app) if hasattr(view, "permit")]


def unknown(what):
    pytest.fail(f"Say in {__file__} {what}.")


@cache
def wire_named():
    return {wire.__name__: wire for wire in wire_values()}


def required(schema):
    if schema is None:
        return []
    made = schema() if isinstance(schema, type) else schema
    return [name for name, field in made.fields.items() if field.required]


@cache
def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "orange").save(out, "JPEG")
    return out.getvalue()


def token_of_an_invitation(make):
    body = {"email": f"{uuid.uuid4().hex[:8]}@example.org", "role": "desk"}
    return make.known("admin").post("/v1/identity/invitations", body).get_json()["token"]


def a_phones_secret(make):
    phone = make.phone()
    return {"phone_id": str(phone.id), "secret": phone.secret}


def code_for_all(make):
    """A code that was mailed to everybody who is known."""
    from backend.core.actor import db
    from backend.core.clock import now
    from backend.notifications.tables import MailCodeRow
    from backend.notifications.wishes import CODE_LIFE, hashed
    from backend.worker import in_transaction

    code = "ABCD2345"
    for person in make.people.values() if make else ():
        if person.email:
            row = MailCodeRow(
                person_id=person.id,
                email=person.email,
                code_hash=hashed(code, person.id),
                until_at=now() + CODE_LIFE,
                tries=0,
            )
            in_transaction(lambda row=row: db().merge(row))
    return code


SUBSCRIPTION = {
    "endpoint": "https://push.example.org/one",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
"""The keys of RFC 8291's example."""
WISHES = {
    "off": [{"kind": "news", "channel": "mail"}],
    "quiet": {"begin": "22:00", "end": "07:00", "zone": "America/Chicago"},
    "places": [{"label": "Home", "where": HERE}],
}
SEEN = {"If-Match": '"1"'}
"""A change of what was seen as it was made."""


def a_thing(make):
    return {
        "id": str(uuid.uuid4()),
        "tag": f"T-{uuid.uuid4().hex[:8].upper()}",
        "kind": "ups",
        "department": "public-works",
    }


def a_change(make):
    """Of a thing of its own, for each who asks."""
    return {"id": str(make.asset(make.known("admin"))["id"]), "version": 1, "note": "Seen"}


HOOK = {"name": "Work orders", "url": "https://hooks.example.com/in", "kinds": ["service_requests.*"]}
ENDPOINT = {"platform": "android", "token": "t" * 20}


def a_thing_of(make):
    """The id of a thing that is there, of the department where most work."""
    return make.asset(make.known("admin"), kind="ups", department="public-works")["id"]


def a_signed_act(**more):
    return {"id": str(uuid.uuid4()), "signature": "M1 1L200 90", **more}


def a_promise(asset_id, **more):
    from_at = now() + timedelta(hours=1)
    times = {"from_at": from_at.isoformat(), "until_at": (from_at + timedelta(hours=1)).isoformat()}
    return {"id": str(uuid.uuid4()), "asset_id": str(asset_id), **times, **more}


def a_fault(asset_id):
    return {"id": str(uuid.uuid4()), "asset_id": str(asset_id), "severity": "minor", "words": "Scratched"}


def a_count(department):
    return {"id": str(uuid.uuid4()), "name": "June", "department": department}


def a_sighting(code):
    return {"id": str(uuid.uuid4()), "kind": "unknown", "code": code}


def a_list(make):
    return {
        "data": f"Tag,Kind,Department\nT-{uuid.uuid4().hex[:8]},ups,public-works\n",
        "content_type": "text/csv",
    }


def a_finders_form(make):
    """The form of a label's page, filled in; the path stands for a tag that nobody has."""
    from backend.assets import tag_page

    id, minute = uuid.uuid4(), tag_page.this_minute()
    form = {"id": str(id), "minute": str(minute), "seal": tag_page.seal("", id, minute)}
    return {"data": form | {"kind": "found", "words": "On the bench", "contact": ""}}


def a_file(make):
    wanted = {"document_id": str(uuid.uuid4()), "name": "Certificate.pdf"}
    return {"data": b"%PDF-1.7", "content_type": "application/pdf", "query_string": wanted}


SENT = {
    ("POST", "/v1/assets/imports"): a_list,
    ("POST", "/v1/assets/imports/columns"): a_list,
    ("POST", "/v1/assets/labels/"): lambda make: {"json": {"ids": [a_thing_of(make)]}},
    ("PUT", f"{ASSET}/documents"): a_file,
    ("POST", f"{ASSET}/photos"): lambda make: {"json": {"photos": []}},
    ("POST", "/t/{tag}"): a_finders_form,
    ("PUT", "/v1/photos/{id}"): lambda make: {"data": picture(), "content_type": "image/jpeg"},
    ("POST", "/v1/identity/phones"): lambda make: {"json": {"id": str(uuid.uuid4()), "secret": "s" * 43}},
    ("POST", "/v1/identity/accounts"): lambda make: {
        "json": {"email": f"{uuid.uuid4().hex[:8]}@example.org", "password": PASSWORD, "name": "Fay"}
    },
    ("POST", "/v1/identity/sessions"): lambda make: {
        "json": {"email": make.known("resident").email, "password": PASSWORD}
    },
    ("POST", "/v1/identity/refresh"): lambda make: {
        "json": {"refresh_token": make.phone().refresh_token, "next_token": uuid.uuid4().hex * 2}
    },
    ("PATCH", "/v1/me"): lambda make: {"json": {"name": "Fay"}},
    ("POST", "/v1/me/password"): lambda make: {"json": {"old": PASSWORD, "new": "four yellow canaries"}},
    ("POST", "/v1/identity/claim"): lambda make: {"json": a_phones_secret(make)},
    ("POST", "/v1/identity/invitations"): lambda make: {
        "json": {"email": f"{uuid.uuid4().hex[:8]}@example.org", "role": "desk"}
    },
    ("POST", "/v1/identity/invitations/accept"): lambda make: {
        "json": {"token": token_of_an_invitation(make), "password": PASSWORD, "name": "Fay"}
    },
    ("POST", "/v1/identity/grants"): lambda make: {
        "json": {"person_id": str(make.somebody("resident").id), "role": "desk"}
    },
    ("POST", "/v1/service-requests/"): lambda make: {
        "json": {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE}
    },
    ("GET", "/v1/service-requests/work/map"): lambda make: {
        "query_string": {"west": -95.5, "south": 29.6, "east": -95.3, "north": 29.8}
    },
    ("POST", f"{REQUEST}/assign"): lambda make: {"json": {"department": "public-works"}},
    ("POST", f"{REQUEST}/move"): lambda make: {"json": {"status": "in-progress"}},
    ("POST", f"{REQUEST}/notes"): lambda make: {"json": {"id": str(uuid.uuid4()), "words": "Seen"}},
    ("POST", f"{REQUEST}/close"): lambda make: {"json": {"reason": "fixed"}},
    ("POST", f"{REQUEST}/answer"): lambda make: {"json": {"fixed": True}},
    ("POST", "/v1/notifications/read"): lambda make: {"json": {"ids": [str(uuid.uuid4())]}},
    ("PUT", "/v1/notifications/endpoint"): lambda make: {"json": ENDPOINT},
    ("POST", "/v1/notifications/endpoint/close"): lambda make: {"json": ENDPOINT},
    ("PUT", "/v1/notifications/web-push"): lambda make: {"json": SUBSCRIPTION},
    ("POST", "/v1/notifications/web-push/close"): lambda make: {
        "json": {"endpoint": SUBSCRIPTION["endpoint"]}
    },
    ("PUT", "/v1/notifications/wishes"): lambda make: {"json": WISHES},
    ("POST", "/v1/notifications/seen"): lambda make: {"json": {"ids": [str(uuid.uuid4())]}},
    ("POST", "/v1/notifications/mail/confirm"): lambda make: {"json": {"code": code_for_all(make)}},
    ("POST", "/v1/assets/"): lambda make: {"json": a_thing(make)},
    ("POST", "/v1/assets/bulk"): lambda make: {"json": {"items": [a_thing(make), a_thing(make)]}},
    ("PATCH", "/v1/assets/bulk"): lambda make: {"json": {"items": [a_change(make)]}},
    ("PATCH", ASSET): lambda make: {"json": {"note": "Seen"}, "headers": SEEN},
    ("POST", f"{ASSET}/move"): lambda make: {"json": {"state": "out-of-service"}},
    ("GET", "/v1/assets/look-up"): lambda make: {"query_string": {"q": "wu"}},
    ("GET", "/v1/assets/scan"): lambda make: {"query_string": {"code": "WU-1"}},
    ("POST", "/v1/assets/models/"): lambda make: {
        "json": {"id": str(uuid.uuid4()), "kind": "ups", "make": "APC", "name": uuid.uuid4().hex}
    },
    ("PATCH", MODEL): lambda make: {"json": {"note": "Seen"}, "headers": SEEN},
    ("POST", "/v1/assets/kits/"): lambda make: {
        "json": {
            "id": str(uuid.uuid4()),
            "code": uuid.uuid4().hex[:8],
            "name": "Truck",
            "department": "public-works",
        }
    },
    ("PATCH", KIT): lambda make: {"json": {"name": "Truck"}, "headers": SEEN},
    ("GET", "/v1/custody/holders"): lambda make: {"query_string": {"department": "public-works"}},
    ("POST", f"{CUSTODY}/hand-out"): lambda make: {"json": {"id": str(uuid.uuid4()), "place": "Shelf"}},
    ("POST", f"{CUSTODY}/take-back"): lambda make: {"json": a_signed_act()},
    ("POST", f"{CUSTODY}/pass-on"): lambda make: {"json": a_signed_act(to_id=str(make.known("admin").id))},
    ("POST", f"{CUSTODY}/swap"): lambda make: {
        "json": a_signed_act(
            replacement_id=str(make.spare),
            replacement_entry_id=str(uuid.uuid4()),
        )
    },
    ("POST", "/v1/custody/attest"): lambda make: {"json": {"id": str(uuid.uuid4()), "tags": ["WU-1"]}},
    ("POST", "/v1/custody/reservations"): lambda make: {"json": a_promise(a_thing_of(make))},
    ("POST", "/v1/faults/"): lambda make: {"json": a_fault(a_thing_of(make))},
    ("POST", f"{FAULT}/steps"): lambda make: {
        "json": {"id": str(uuid.uuid4()), "step": "note", "words": "Seen"}
    },
    ("POST", "/v1/stocktakes/"): lambda make: {"json": a_count("public-works")},
    ("POST", f"{STOCKTAKE}/count"): lambda make: {"json": {"scans": [{"code": "WU-1"}]}},
    ("POST", "/v1/sightings/"): lambda make: {"json": a_sighting("WU-1")},
    ("POST", "/v1/sightings/{id}/settle"): lambda make: {"json": {"words": "Seen"}},
    ("POST", "/v1/assets/filters/"): lambda make: {"json": {"name": "Mine", "query": "kind=mdt"}},
    ("POST", "/v1/alerts/"): lambda make: {"json": {"id": str(uuid.uuid4()), **said()}},
    ("POST", f"{ALERT}/change"): lambda make: {"json": {"version": 1, **said()}},
    ("POST", f"{ALERT}/publish"): lambda make: {"json": {"version": 1}},
    ("POST", "/v1/webhooks/"): lambda make: {"json": {"id": str(uuid.uuid4()), **HOOK}},
    ("PATCH", WEBHOOK): lambda make: {"json": {"name": "Another"}, "headers": SEEN},
    ("POST", f"{WEBHOOK}/replay"): lambda make: {"json": {"ids": [str(uuid.uuid4())]}},
    ("POST", f"{ALERT}/cancel"): lambda make: {"json": {"text_en": "Over.", "text_es": "Terminó."}},
    **of_checks.SENT,
    **of_maps.SENT,
}
"""A good call of each route that takes something: ``SENT[method, path](make)`` gives its options."""
