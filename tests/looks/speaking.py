"""Alerts as those see them who speak for the city, in each state."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from mobile.content import changes
from shared_models.content import AlertAudience, DraftAlert, Severity
from shared_models.problems import Problem
from tests.looks.city_says import AREA, alert
from tests.looks.scenes import STAFF, scene
from tests.phones import NONE


def staff_alert(phone, state="draft", mine=False, **more):
    said = alert(**{name: value for name, value in more.items() if name in ("severity", "area", "hours")})
    value = {
        **{name: said[name] for name in ("id", "severity", "audience", "area", "expires_at", "headline_en", "headline_es", "text_en", "text_es", "updated_at")},
        "revision": 0 if state == "draft" else 1,
        "state": "published" if state == "changed" else state,
        "zone": None,
        "changed": state in ("draft", "changed"),
        "emergency": False,
        "author_id": str(phone.parts.me.id if mine else uuid4()),
        "author": "Carol Alejandra Montgomery",
        "publisher_id": None if state == "draft" else str(uuid4()),
        "publisher": "" if state == "draft" else "Erin",
        "made_at": said["published_at"],
        "published_at": None if state == "draft" else said["published_at"],
        "version": 3,
    }  # fmt: skip
    value.update({name: each for name, each in more.items() if name in value and name != "area"})
    return value


def speak(phone, *values):
    """Let this person speak for the city, and these be on their phone."""
    store = phone.parts.store
    me = store.get("me")
    told = json.loads(me)
    told["permissions"] = sorted({*told["permissions"], "alert:write", "alert:publish"})
    store.set("me", json.dumps(told))
    phone.after.append(lambda: store.set("me", me))
    with store.db() as db:
        for value in values:
            row = (changes.KIND, value["id"])
            db.execute("INSERT OR REPLACE INTO member VALUES ('scene', ?, ?, 0)", row)
            db.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", (*row, json.dumps(value)))
    store._touch()

    def forget():
        with store.db() as db:
            db.execute("DELETE FROM member WHERE kind = ?", (changes.KIND,))
            db.execute("DELETE FROM thing WHERE kind = ?", (changes.KIND,))
        for one in [*store.outbox()]:
            if one.kind == changes.KIND:
                store.put_away(one.key)
        store.set("draft:alert", "")

    phone.after.append(forget)
    return [value["id"] for value in values]


@scene(STAFF, "more", "speaks")
def _(phone):
    speak(phone)
    phone.go("more")


@scene(STAFF, "alerts", "empty")
def _(phone):
    speak(phone)
    phone.go("alerts")


@scene(STAFF, "alerts", "full")
def _(phone):
    values = [
        staff_alert(phone, "draft", severity="extreme"), staff_alert(phone, "changed", area=AREA), staff_alert(phone, "published"),
        staff_alert(phone, "published", hours=-1), staff_alert(phone, "cancelled"),
    ]  # fmt: skip
    speak(phone, *values)
    waits(phone)
    phone.go("alerts")


def waits(phone, refused=False):
    wish = DraftAlert(
        id=uuid4(), severity=Severity.MINOR, headline_en="Trash comes a day later", audience=AlertAudience.ALL,
        expires_at=datetime.now(UTC),
    )  # fmt: skip
    store = phone.parts.store
    changes.draft(store, wish, phone.parts.me)
    if refused:
        store.refused(store.outbox()[-1], Problem(type="changed-meanwhile", title="", status=409))
    return wish.id


def item(name, state, **more):
    @scene(STAFF, "alert_work", name)
    def _(phone):
        [id] = speak(phone, staff_alert(phone, state, **more))
        phone.go("alerts")
        phone.go("alert_work", id=id)

    return _


item("draft", "draft", area=AREA, severity="extreme")
item("lacks", "draft", headline_es="", text_es="")
item("changed", "changed")
item("out", "published", emergency=True)
item("over", "published", hours=-2)
item("cancelled", "cancelled")


@scene(STAFF, "alert_work", "waits")
def _(phone):
    speak(phone)
    phone.offline()
    phone.go("alert_work", id=waits(phone))


@scene(STAFF, "alert_work", "refused")
def _(phone):
    speak(phone)
    phone.go("alert_work", id=waits(phone, refused=True))


@scene(STAFF, "alert_work", "gone")
def _(phone):
    speak(phone)
    phone.go("alert_work", id=uuid4()).model.state = "gone"


@scene(STAFF, "alert_work", "waiting")
def _(phone):
    speak(phone)
    phone.go("alert_work", id=uuid4()).model.state = "waiting"


ROWS = [
    {"key": "People", "value": "12041"},
    {"key": "Of them, whose phone decides by its home", "value": "11020"},
    {"key": "Households", "value": "Not known: the city's addresses are not loaded"},
    {"key": "Phones", "value": "10870"},
    {"key": "E-mail", "value": "431"},
]


def publishing(phone, mine):
    [id] = speak(phone, staff_alert(phone, "draft", mine=mine))
    phone.air.rest = NONE
    screen = phone.go("alert_work", id=id)
    screen.publish()
    phone.until(lambda: screen.model.reach_state == "offline")
    return screen.model, phone.robot.find(cls="PublishSheet")


@scene(STAFF, "alert_work", "publish")
def _(phone):
    model, _ = publishing(phone, mine=False)
    model.reach, model.reach_state = ROWS, "shown"


@scene(STAFF, "alert_work", "publish-offline")
def _(phone):
    publishing(phone, mine=False)


@scene(STAFF, "alert_work", "publish-mine")
def _(phone):
    model, _ = publishing(phone, mine=True)
    model.reach, model.reach_state = ROWS, "shown"
    model.notice = phone.kit.words.t("problem.alert-needs-second")


@scene(STAFF, "alert_work", "publish-emergency")
def _(phone):
    model, sheet = publishing(phone, mine=True)
    model.reach, model.reach_state = ROWS[:1], "shown"
    sheet.emergency = True


@scene(STAFF, "alert_work", "publish-emergency-sure")
def _(phone):
    model, sheet = publishing(phone, mine=True)
    model.reach_state, sheet.emergency = "shown", True
    sheet.publish()


@scene(STAFF, "alert_work", "cancel")
def _(phone):
    [id] = speak(phone, staff_alert(phone, "published"))
    phone.go("alert_work", id=id).cancel()


@scene(STAFF, "alert_work", "cancel-wrong")
def _(phone):
    [id] = speak(phone, staff_alert(phone, "published"))
    phone.go("alert_work", id=id).cancel()
    phone.robot.find(cls="CancelSheet").send()


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

ZONES = [{"code": f"zone-{n}", "name_en": f"Zone {n}, east of Buffalo Speedway", "name_es": f"Sector {n}, al este de Buffalo Speedway",
          "area": [{"lat": lat, "lon": lon} for lat, lon in AREA]} for n in (1, 2, 3)]  # fmt: skip


def write(phone, id=""):
    store = phone.parts.store
    before = store.document("zones")
    store.set_document("zones", '"z"', json.dumps({"items": ZONES}).encode())
    phone.after.append(lambda: store.set_document("zones", *before))
    phone.go("alerts")
    return phone.go("alert_edit", id=id).model


@scene(STAFF, "alert_edit", "new")
def _(phone):
    speak(phone)
    write(phone)


@scene(STAFF, "alert_edit", "wrong")
def _(phone):
    speak(phone)
    model = write(phone)
    model.audience, model.day = "zone", "2026-13-45"
    phone.screen.save()
    phone.rest()
    phone.screen.ids.page.scroll_y = 0.3


@scene(STAFF, "alert_edit", "change")
def _(phone):
    [id] = speak(phone, staff_alert(phone, "published", area=AREA))
    model = write(phone, id)
    model.headline_en += " and boil the ice as well, please do"
    phone.rest()
    phone.screen.ids.page.scroll_y = 0


@scene(STAFF, "alert_edit", "discard")
def _(phone):
    speak(phone)
    write(phone).text_en = "Half a sentence"
    phone.screen.discard()


@scene(STAFF, "alert_edit", "area-none")
def _(phone):
    speak(phone)
    model = write(phone)
    model.audience = model.mode = "area"


@scene(STAFF, "alert_edit", "area")
def _(phone):
    [id] = speak(phone, staff_alert(phone, "draft", area=AREA))
    write(phone, id).mode = "area"


# ── how it goes out ──────────────────────────────────────────────────────────────────────────────────────


def follow(phone):
    [id] = speak(phone, staff_alert(phone, "published"))
    phone.air.rest = NONE
    screen = phone.go("alert_progress", id=id)
    screen._stop()
    phone.until(lambda: not screen.model._asking)
    return screen.model


def told(queued, sent, seen, failed, spared, channel):
    return {
        "channel": channel,
        "queued": queued,
        "sent": sent,
        "seen": seen,
        "failed": failed,
        "spared": spared,
    }


@scene(STAFF, "alert_progress", "shown")
def _(phone):
    from shared_models.notifications import SendingProgress

    follow(phone)._tell(
        SendingProgress.read(
            {
                "id": str(uuid4()), "queued_at": "2026-11-26T22:00:00Z", "seen": 4120,
                "channels": [told(3200, 9041, 4011, 17, 0, "fcm"), told(0, 0, 0, 0, 431, "mail")],
                "reasons": [{"channel": "fcm", "why": "the phone is gone (UNREGISTERED)", "count": 17}],
            }
        )
    )  # fmt: skip


@scene(STAFF, "alert_progress", "stale")
def _(phone):
    from shared_models.notifications import SendingProgress

    model = follow(phone)
    model._tell(SendingProgress.read({"id": None, "queued_at": "2026-11-26T22:00:00Z", "seen": 1, "channels": [told(1, 0, 0, 0, 0, "web-push")], "reasons": []}))  # fmt: skip
    model.stale = True


for _state in ("asking", "none", "gone", "offline"):

    def _(phone, state=_state):
        model = follow(phone)
        model.state = state

    scene(STAFF, "alert_progress", _state)(_)
