"""What the city says to everybody, in each state that a phone can find it in."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.looks.scenes import GUEST, RESIDENT, scene
from tests.make import HERE
from tests.phones import NONE

AREA = [(29.7150, -95.4350), (29.7150, -95.4260), (29.7215, -95.4260), (29.7215, -95.4350)]
FAR = [(29.7250, -95.4420), (29.7250, -95.4380), (29.7280, -95.4400)]
HOME = f"{HERE['lat']},{HERE['lon']}"


def alert(severity="severe", area=(), hours=5, revision=1, state="published", id=None, **words):
    """One as it lies on the wire."""
    now = datetime.now(UTC).replace(microsecond=0)
    changed = timedelta(minutes=30 if revision > 1 else 60)
    said = {
        "headline_en": "Boil your water until further notice",
        "headline_es": "Hierva el agua hasta nuevo aviso",
        "text_en": "A main broke at Bellaire Boulevard. Let water boil for one minute before you drink it, cook with it "
        "or brush your teeth. Bottled water is handed out at the Community Center from noon on.",
        "text_es": "Se rompió una tubería en Bellaire Boulevard. Hierva el agua un minuto antes de beberla, cocinar o "
        "cepillarse los dientes. Desde el mediodía se reparte agua embotellada en el Centro Comunitario.",
        **words,
    }
    return {
        "id": str(id or uuid4()),
        "revision": revision,
        "state": state,
        "severity": severity,
        "audience": "area" if area else "all",
        "area": [{"lat": lat, "lon": lon} for lat, lon in area],
        "published_at": (now - timedelta(minutes=60)).isoformat().replace("+00:00", "Z"),
        "updated_at": (now - changed).isoformat().replace("+00:00", "Z"),
        "expires_at": (now + timedelta(hours=hours)).isoformat().replace("+00:00", "Z"),
        **said,
    }


TRAFFIC = {
    "headline_en": "Rice Boulevard is closed at the tracks",
    "headline_es": "Rice Boulevard está cerrada en las vías",
    "text_en": "A truck lost its load.",
    "text_es": "Un camión perdió su carga.",
}


def say(phone, *alerts):
    """Let the city say these, for the time of this scene."""
    store = phone.parts.store
    store.set_document("alerts", '"scene"', json.dumps({"items": alerts}).encode())
    phone.after.append(lambda: store.set_document("alerts", "", b""))
    return [UUID(one["id"]) for one in alerts]


def live_at(phone, home):
    before = phone.parts.preferences.now.home
    phone.parts.preferences.change(home=home)
    phone.after.append(lambda: phone.parts.preferences.change(home=before))


def three(phone):
    """One for all, one for the home, one far away, one that is over."""
    live_at(phone, HOME)
    return say(
        phone,
        alert("extreme"),
        alert("moderate", AREA, **TRAFFIC),
        alert("minor", FAR, **TRAFFIC),
        alert(hours=-1),
    )


for _who in (GUEST, RESIDENT):

    @scene(_who, "requests", "alerts")
    def _(phone):
        three(phone)
        phone.go("requests")

    @scene(_who, "inbox", "alerts")
    def _(phone):
        three(phone)
        phone.go("inbox")


@scene(RESIDENT, "requests", "alerts-loading")
def _(phone):
    say(phone, alert("minor"))
    model = phone.go("requests").model
    model.rows, model.empty, model.loading = [], False, True


@scene(GUEST, "alert", "shown")
def _(phone):
    [id] = say(phone, alert("extreme", revision=2))
    phone.go("alert", id=id)


@scene(GUEST, "alert", "area")
def _(phone):
    live_at(phone, HOME)
    [id] = say(phone, alert("severe", AREA))
    phone.go("alert", id=id)


@scene(GUEST, "alert", "perhaps")
def _(phone):
    live_at(phone, "")
    [id] = say(phone, alert("moderate", AREA, **TRAFFIC))
    phone.go("alert", id=id)


@scene(GUEST, "alert", "elsewhere")
def _(phone):
    live_at(phone, HOME)
    [id] = say(phone, alert("minor", FAR, **TRAFFIC))
    phone.go("alert", id=id)


@scene(GUEST, "alert", "over")
def _(phone):
    [id] = say(phone, alert("severe", state="cancelled"))
    phone.go("alert", id=id)


@scene(GUEST, "alert", "waiting")
def _(phone):
    phone.go("alert", id=uuid4()).model.state = "waiting"


@scene(GUEST, "alert", "gone")
def _(phone):
    model = phone.go("alert", id=uuid4()).model
    model.id, model.state = None, "gone"


@scene(GUEST, "alert", "offline")
def _(phone):
    phone.offline()
    phone.air.rest = NONE
    phone.go("alert", id=uuid4())


# ── a request that a push spoke of, and that is not here yet ─────────────────────────────────────────────


for _state in ("arriving", "gone", "offline"):

    def _(phone, state=_state):
        model = phone.go("request", id=uuid4()).model
        model.state = "waiting" if state == "arriving" else state
        model.id = None

    scene(RESIDENT, "request", _state)(_)
