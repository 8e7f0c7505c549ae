"""Devices in each state: looked up, in somebody's hands, broken, counted, found."""

import json
import uuid
from datetime import timedelta

from mobile.core import register
from tests.assets import on_phones
from tests.looks.scenes import STAFF, scene
from tests.phones import NONE

BOSS = ("custody:give", "stocktake:do", "asset:write", "fault:work")
SIGNED = "M100 300L200 100L300 300L400 120L500 300"


def world(phone, *rights, things=True):
    """Dan's shift on his phone, with these rights besides his own; what the scene says is not asked for anew."""
    store, me = phone.parts.store, phone.parts.me
    before = store.get("me")
    told = json.loads(before)
    told["permissions"] = sorted({*told["permissions"], *rights})
    store.set("me", json.dumps(told))
    phone.after.append(lambda: (on_phones.forget(store), store.set("me", before)))
    phone.air.rest = NONE
    kinds, named, faults = on_phones.shift(me.id, me.name)
    if things:
        on_phones.put(store, **kinds)
        people = {
            "items": [
                {"id": str(uuid.uuid4()), "name": name, "role": "crew", "department": "public-works"}
                for name in ("Ann Alejandra Montgomery", "Bob Smith", "Tess")
            ]
        }
        store.set_document("holders", "", json.dumps({"public-works": people}).encode())
    phone.named, phone.broken = named, faults
    for name in ("things", "faults"):
        if name in phone.parts.nav._made:
            model = phone.parts.nav._made[name].model
            for what in ("query", "kind", "state", "unit"):
                if hasattr(model, what) and (name, what) != ("faults", "state"):
                    setattr(model, what, "")
            if name == "faults":
                model.scope = "open"
    return store


# ── looking up ───────────────────────────────────────────────────────────────────────────────────────────


@scene(STAFF, "things", "empty")
def _(phone):
    world(phone, things=False)
    phone.go("things")


@scene(STAFF, "things", "full")
def _(phone):
    world(phone)
    phone.go("things")


@scene(STAFF, "things", "found")
def _(phone):
    world(phone)
    phone.go("things").model.query = "montgomery"


@scene(STAFF, "things", "nothing-fits")
def _(phone):
    world(phone)
    phone.go("things").model.query = "zzzz"


@scene(STAFF, "things", "unknown")
def _(phone):
    world(phone)
    phone.go("things").scanned("XX-99-UNKNOWN")


@scene(STAFF, "things", "kinds")
def _(phone):
    world(phone)
    phone.go("things").pick_kind()


@scene(STAFF, "things", "more")
def _(phone):
    world(phone, *BOSS)
    phone.go("things").more()


def one(name, state, *rights):
    @scene(STAFF, "thing", state)
    def _(phone):
        world(phone, *rights)
        phone.go("thing", id=phone.named[name]["id"])

    return _


one("mine", "mine")
one("broken", "broken")
one("spare", "stock", *BOSS)
one("lost", "lost")


def promised(phone, store):
    """Three promises: mine now, another's later with many words, one that waits."""
    from mobile.assets import changes
    from shared_models.custody import Reserve

    me = phone.parts.me
    ann = ("Ann Alejandra Montgomery", "For the parade on University Boulevard, with the long antenna")
    spare, low = phone.named["spare"], phone.named["low"]
    mine = on_phones.promise(spare, (me.id, me.name), begin=-1, hours=5)
    theirs = on_phones.promise(spare, (uuid.uuid4(), ann[0]), begin=30, hours=80, note=ann[1])
    on_phones.put(store, reservation=[mine, theirs])
    from_at = on_phones.utc_now() + timedelta(hours=2)
    wish = Reserve(
        id=uuid.uuid4(), asset_id=uuid.UUID(low["id"]), person_id=me.id, from_at=from_at,
        until_at=from_at + timedelta(days=2),
    )  # fmt: skip
    changes.reserve(store, wish, me.name)


@scene(STAFF, "thing", "promised")
def _(phone):
    promised(phone, world(phone, *BOSS))
    phone.go("thing", id=phone.named["spare"]["id"])


@scene(STAFF, "thing", "end-promise")
def _(phone):
    promised(phone, world(phone, *BOSS))
    screen = phone.go("thing", id=phone.named["spare"]["id"])
    screen.end_promise(screen.model.promises[0]["key"])


@scene(STAFF, "reservations", "full")
def _(phone):
    promised(phone, world(phone, *BOSS))
    phone.go("reservations")


@scene(STAFF, "reservations", "empty")
def _(phone):
    world(phone)
    phone.go("reservations")


@scene(STAFF, "reserve", "plain")
def _(phone):
    world(phone)
    phone.go("reserve", id=phone.named["spare"]["id"])


@scene(STAFF, "reserve", "taken")
def _(phone):
    promised(phone, world(phone, *BOSS))
    screen = phone.go("reserve", id=phone.named["spare"]["id"])
    screen.model.begin, screen.model.end = "2", "3"
    screen.do()


@scene(STAFF, "reserve", "until")
def _(phone):
    world(phone, *BOSS)
    phone.go("reserve", id=phone.named["spare"]["id"]).pick_end()


@scene(STAFF, "thing", "refused")
def _(phone):
    from mobile.assets import changes
    from shared_models.assets import Asset
    from shared_models.custody import HandOut
    from shared_models.problems import FieldError, Problem

    store = world(phone, *BOSS)
    spare = Asset.read(register.thing(store, uuid.UUID(phone.named["low"]["id"])).value)
    wish = HandOut(id=uuid.uuid4(), to_id=uuid.uuid4(), condition="One knob is loose", signature=SIGNED)
    changes.hand_out(store, spare, wish, "Bob")
    errors = (
        FieldError(pointer="/override", detail="battery"),
        FieldError(pointer="/override", detail="fault"),
    )
    problem = Problem(type="not-to-be-handed-out", title="", status=409, errors=errors)
    store.refused(store.outbox()[-1], problem)
    phone.go("thing", id=str(spare.id))


@scene(STAFF, "thing", "offline")
def _(phone):
    world(phone)
    model = phone.go("thing", id=str(uuid.uuid4())).model
    phone.until(lambda: model.state == "offline")


@scene(STAFF, "thing", "code")
def _(phone):
    world(phone)
    phone.go("thing", id=phone.named["mine"]["id"]).show_code()


@scene(STAFF, "custody", "offline")
def _(phone):
    world(phone)
    model = phone.go("custody", id=phone.named["mine"]["id"]).model
    phone.until(lambda: model.notice)


def chain(name, words, whole):
    @scene(STAFF, "custody", name)
    def _(phone):
        world(phone)
        screen = phone.go("custody", id=phone.named["mine"]["id"])
        phone.until(lambda: screen.model.notice)
        screen.model.notice, screen.model.whole = "", whole
        screen.model.verdict = phone.kit.words.t(words)
        screen.model.entries = [
            {
                "title": phone.kit.words.t("custody.act.handed-out", whom="Dan Alejandro Montgomery"),
                "words": phone.kit.words.t("custody.signed"),
                "time": "Carol · Nov 27, 6:02 AM",
                "tone": "info",
            },
            {
                "title": phone.kit.words.t("custody.act.registered"),
                "time": "Tess · Nov 20, 9:00 AM",
                "tone": "neutral",
            },
        ]

    return _


chain("whole", "custody.whole", whole=True)
chain("broken", "custody.broken", whole=False)


# ── changing hands ───────────────────────────────────────────────────────────────────────────────────────


@scene(STAFF, "hand", "many")
def _(phone):
    world(phone, *BOSS)
    phone.go("hand")


@scene(STAFF, "hand", "ready")
def _(phone):
    world(phone, *BOSS)
    screen = phone.go("hand", id=phone.named["spare"]["id"])
    screen.model.choose(screen.model.people[-1][0])
    screen.ids.sign.take([(100, 300), (300, 100), (500, 300)])


@scene(STAFF, "hand", "override")
def _(phone):
    world(phone, *BOSS)
    screen = phone.go("hand", id=phone.named["low"]["id"])
    screen.do()


@scene(STAFF, "hand", "barred")
def _(phone):
    world(phone)
    phone.go("hand", id=phone.named["low"]["id"], mode="take")


@scene(STAFF, "hand", "back")
def _(phone):
    world(phone)
    phone.go("hand", id=phone.named["mine"]["id"], mode="give_back")


def slots(phone, *names):
    """The unit has these slots for radios, free."""
    return [
        {"id": str(uuid.uuid4()), "name": name, "kind": "portable-radio", "required": True, "personal": False}
        | {"asset_id": None}
        for name in names
    ]


def into(phone, target):
    """The hand screen with a spare that goes into a unit, or at a place."""
    store = world(phone, *BOSS)
    free = slots(phone, "Left door pocket", "Behind the driver's seat")
    on_phones.put(store, kit=[on_phones.kit("PW-9", slots=free)])
    screen = phone.go("hand", id=phone.named["spare"]["id"])
    screen.model.target = target
    return screen


@scene(STAFF, "hand", "unit")
def _(phone):
    screen = into(phone, "unit")
    screen.model.choose_slot(screen.model.slots[1]["key"])


@scene(STAFF, "hand", "slots")
def _(phone):
    into(phone, "unit").pick_slot()


@scene(STAFF, "hand", "place")
def _(phone):
    into(phone, "place").do()


@scene(STAFF, "hand", "whom")
def _(phone):
    world(phone, *BOSS)
    phone.go("hand", id=phone.named["spare"]["id"]).pick_whom()


@scene(STAFF, "swap", "spares")
def _(phone):
    world(phone)
    model = phone.go("swap", id=phone.named["broken"]["id"]).model
    model.chosen = phone.named["spare"]["id"]


@scene(STAFF, "swap", "barred")
def _(phone):
    world(phone)
    model = phone.go("swap", id=phone.named["broken"]["id"]).model
    model.chosen = phone.named["low"]["id"]


@scene(STAFF, "swap", "none")
def _(phone):
    world(phone)
    phone.go("swap", id=phone.named["mdt"]["id"]).do()


@scene(STAFF, "attest", "begun")
def _(phone):
    world(phone)
    model = phone.go("attest").model
    model.scanned("WU-00101")
    model.scanned("WU-00104")


@scene(STAFF, "attest", "nothing")
def _(phone):
    world(phone, things=False)
    phone.go("attest")
