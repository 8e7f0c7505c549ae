"""How somebody wants to be told, and where they live, in each state."""

import json

from mobile.notifications import changes
from shared_models.basics import Point
from shared_models.notifications import KeptPlace, QuietHours, Wishes
from shared_models.problems import Problem
from tests.looks.city_says import HOME, live_at
from tests.looks.scenes import GUEST, RESIDENT, STAFF, scene
from tests.make import HERE
from tests.phones import NONE

QUIET = QuietHours(begin="22:00", end="07:00", zone="America/Chicago")
PLACES = (
    KeptPlace(label="4107 Amherst St", where=Point(**HERE)),
    KeptPlace(label="Grandmother, Community Building", where=Point(lat=29.716, lon=-95.43)),
)


def kept(phone, wishes=None, mail=None):
    """What the city said, for the time of this scene."""
    store, who = phone.parts.store, phone.parts.session
    for name, value in (
        ("wishes", wishes and json.dumps(wishes.dump())),
        ("mail", mail and json.dumps(mail)),
    ):
        before = store.get(name)
        store.set(name, value or "")
        phone.after.append(lambda name=name, before=before: store.set(name, before))
    phone.after.append(
        lambda: [store.put_away(one.key) for one in store.outbox() if one.kind == changes.WISHES]
    )
    return store, who


def mail(confirmed=False, asked=False):
    return {"email": "alice@example.org", "confirmed": confirmed, "asked": asked}


def settings(phone):
    phone.air.rest = NONE  # what the scene says is not asked for anew
    return phone.go("notify")


@scene(GUEST, "notify", "guest")
def _(phone):
    live_at(phone, "")
    kept(phone)
    settings(phone)


@scene(GUEST, "notify", "blocked")
def _(phone):
    kept(phone)
    phone.parts.push.allowed = lambda: False
    phone.after.append(lambda: phone.parts.push.__dict__.pop("allowed"))
    settings(phone)


@scene(GUEST, "notify", "waiting")
def _(phone):
    live_at(phone, HOME)
    store, who = kept(phone)
    changes.wish(store, who.phone.id, Wishes(quiet=QUIET, places=PLACES))
    phone.offline()
    settings(phone)


def with_mail(name, **state):
    @scene(RESIDENT, "notify", name)
    def _(phone):
        live_at(phone, HOME)
        kept(phone, Wishes(quiet=QUIET, places=PLACES), mail(**state))
        settings(phone)

    return _


with_mail("mail-off")
with_mail("mail-asked", asked=True)
with_mail("mail-on", confirmed=True)


@scene(RESIDENT, "notify", "mail-wrong")
def _(phone):
    kept(phone, Wishes(), mail(asked=True))
    screen = settings(phone)
    screen.mail.errors = {"code": phone.kit.words.t("problem.mail-code-ended")}
    screen.mail.notice = phone.kit.words.t("problem.no-signal")
    phone.rest()
    screen.children[0].scroll_y = 0


@scene(RESIDENT, "notify", "mail-closing")
def _(phone):
    kept(phone, Wishes(), mail(confirmed=True))
    settings(phone).turn_off_mail()


@scene(RESIDENT, "notify", "refused")
def _(phone):
    store, who = kept(phone, Wishes(), mail())
    changes.wish(store, who.account, Wishes(quiet=QUIET))
    store.refused(store.outbox()[-1], Problem(type="invalid", title="", status=422))
    settings(phone)


@scene(RESIDENT, "notify", "unknown")
def _(phone):
    kept(phone)
    settings(phone)
    phone.offline()


@scene(STAFF, "notify", "staff")
def _(phone):
    kept(phone, Wishes(), mail(confirmed=True))
    settings(phone)


# ── where they live ──────────────────────────────────────────────────────────────────────────────────────


@scene(GUEST, "home_place", "none")
def _(phone):
    live_at(phone, "")
    phone.go("home_place")


@scene(GUEST, "home_place", "set")
def _(phone):
    live_at(phone, HOME)
    screen = phone.go("home_place")
    phone.until(lambda: screen.place.near)


@scene(GUEST, "home_place", "searching")
def _(phone):
    live_at(phone, "")
    screen = phone.go("home_place")
    screen.place.query = "university"
    phone.until(lambda: screen.place.hits)


@scene(GUEST, "home_place", "nothing")
def _(phone):
    live_at(phone, "")
    screen = phone.go("home_place")
    screen.place.query = "zzzzzz"
    phone.until(lambda: screen.place.nothing_found)
