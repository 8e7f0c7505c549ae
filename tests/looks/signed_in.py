"""The states that only somebody who signed in can see: a resident's, then the staff's."""

from uuid import UUID, uuid4

from tests.looks.scenes import LONG, RESIDENT, STAFF, scene
from tests.phones import NONE


def ended(phone):
    """The account's session has ended."""
    kept = phone.parts.session._kept
    kept["ended"] = True
    phone.after.append(lambda: kept.pop("ended"))


# ── a resident ───────────────────────────────────────────────────────────────────────────────────────────


@scene(RESIDENT, "requests", "loading")
def _(phone):
    model = phone.go("requests").model
    model.rows, model.empty, model.loading = [], False, True


@scene(RESIDENT, "requests", "full")
def _(phone):
    phone.go("requests")


@scene(RESIDENT, "requests", "session-ended")
def _(phone):
    ended(phone)
    phone.go("requests")
    phone.app._show_notice()


def told(name):
    """The scene of the request of this name in the world."""

    @scene(RESIDENT, "request", name)
    def _(phone):
        phone.go("request", id=phone.world[name])

    return _


for _name in (
    "received",
    "assigned",
    "begun",
    "asks",
    "nothing-found",
    "outside",
    "account-needed",
    "answered",
):
    told(_name)


@scene(RESIDENT, "request", "not-fixed")
def _(phone):
    screen = phone.go("request", id=phone.world["asks"])
    phone.rest()
    screen.ids.verdict.answer("not_fixed")
    screen.ids.why.text = LONG


@scene(RESIDENT, "request", "put-away")
def _(phone):
    phone.go("request", id=phone.world["account-needed"])
    phone.rest()
    phone.screen.put_away()


@scene(RESIDENT, "request", "photo")
def _(phone):
    from mobile.widgets.photoview import PhotoView

    phone.go("request", id=phone.world["received"])
    PhotoView(source=phone.pictures[0]).open()


@scene(RESIDENT, "inbox", "full")
def _(phone):
    phone.go("inbox")


@scene(RESIDENT, "more", "account")
def _(phone):
    phone.go("more")


@scene(RESIDENT, "more", "session-ended")
def _(phone):
    ended(phone)
    phone.go("more")


@scene(RESIDENT, "more", "name")
def _(phone):
    phone.go("more").edit_name()


@scene(RESIDENT, "more", "sign-out")
def _(phone):
    phone.go("more").sign_out()


@scene(RESIDENT, "password", "plain")
def _(phone):
    phone.go("password").model.clear()


@scene(RESIDENT, "password", "wrong")
def _(phone):
    phone.go("password").model.submit("", "short")


@scene(RESIDENT, "sessions", "loading")
def _(phone):
    model = phone.go("sessions").model
    phone.until(lambda: not model.busy)
    model.rows, model.loaded, model.busy = [], False, True
    phone.after.append(lambda: setattr(model, "busy", False))


@scene(RESIDENT, "sessions", "full")
def _(phone):
    model = phone.go("sessions").model
    phone.until(lambda: model.loaded and not model.busy)


@scene(RESIDENT, "sessions", "end")
def _(phone):
    model = phone.go("sessions").model
    phone.until(lambda: model.loaded and not model.busy)
    phone.screen.ask(phone.screen.ids.cards.children[0])


@scene(RESIDENT, "sessions", "offline")
def _(phone):
    phone.air.rest = NONE
    model = phone.go("sessions").model
    model.rows, model.loaded = [], False
    phone.until(lambda: model.notice)


@scene(RESIDENT, "claim", "plain")
def _(phone):
    phone.go("claim").model.clear()


@scene(RESIDENT, "claim", "wrong")
def _(phone):
    phone.go("claim").model.submit("")


@scene(RESIDENT, "claim", "refused")
def _(phone):
    model = phone.go("claim").model
    model.clear()
    model.notice = phone.kit.words.t("problem.claim-code-ended")


@scene(RESIDENT, "waiting", "refused")
def _(phone):
    phone.offline()
    phone.go("waiting")


@scene(RESIDENT, "waiting", "take-back")
def _(phone):
    screen = phone.go("waiting")
    screen.ask(screen.ids.cards.children[0])


@scene(STAFF, "waiting", "empty")
def _(phone):
    phone.go("waiting")


# ── the staff ────────────────────────────────────────────────────────────────────────────────────────────


def work(phone):
    model = phone.go("work").model
    model.clear_filters()
    phone.until(lambda: model.loaded)
    return model


@scene(STAFF, "work", "loading")
def _(phone):
    model = work(phone)
    model.found, model.loaded, model.empty = [], False, False
    phone.after.append(model.load)


@scene(STAFF, "work", "full")
def _(phone):
    work(phone)


@scene(STAFF, "work", "narrowed")
def _(phone):
    model = work(phone)
    model.scope, model.department, model.kind = "mine", "public-works", "street-flooding"


@scene(STAFF, "work", "nothing-fits")
def _(phone):
    work(phone).query = "zzzz"


@scene(STAFF, "work", "asking")
def _(phone):
    model = work(phone)
    model.older_state = "asking"


@scene(STAFF, "work", "older-offline")
def _(phone):
    model = work(phone)
    phone.air.rest = NONE
    model.search_older()
    phone.until(lambda: model.older_text)


@scene(STAFF, "work", "department")
def _(phone):
    work(phone)
    phone.screen.pick_department()


@scene(STAFF, "work", "type")
def _(phone):
    work(phone)
    phone.screen.pick_kind()


def item(phone, name):
    phone.go("work")
    screen = phone.go("work_item", id=phone.world[name])
    phone.until(lambda: screen.model.state == "shown")
    return screen


for _name in ("new", "given", "closed", "refused"):

    def _(phone, name=_name):
        item(phone, name)

    scene(STAFF, "work_item", _name)(_)


@scene(STAFF, "work_item", "waiting")
def _(phone):
    item(phone, "stepped")
    phone.offline()


@scene(STAFF, "work_item", "loading")
def _(phone):
    phone.go("work")
    phone.air.rest = NONE
    screen = phone.go("work_item", id=str(uuid4()))
    phone.until(lambda: screen.model.state != "loading")
    screen.model.state = "loading"


@scene(STAFF, "work_item", "offline")
def _(phone):
    phone.go("work")
    phone.air.rest = NONE
    screen = phone.go("work_item", id=str(uuid4()))
    phone.until(lambda: screen.missing)


@scene(STAFF, "work_item", "gone")
def _(phone):
    phone.go("work")
    screen = phone.go("work_item", id=str(UUID(int=7)))
    phone.until(lambda: screen.missing)


@scene(STAFF, "work_item", "steps")
def _(phone):
    item(phone, "given").more()


for _step in ("assign", "close", "hand_back", "note"):

    def _(phone, step=_step):
        item(phone, "given").step(step)

    scene(STAFF, "work_item", f"step-{_step}")(_)


@scene(STAFF, "work_item", "step-assign-department")
def _(phone):
    item(phone, "given").step("assign")
    phone.robot.find(cls="AssignSheet").changing = True


@scene(STAFF, "work_item", "step-close-wrong")
def _(phone):
    from shared_models.service_requests import CloseReason

    item(phone, "given").step("close")
    sheet = phone.robot.find(cls="CloseSheet")
    sheet.reason = CloseReason.NOTHING_FOUND
    sheet.save()


@scene(STAFF, "work_map", "full")
def _(phone):
    model = phone.go("work_map").model
    model.choose("")


@scene(STAFF, "work_map", "chosen")
def _(phone):
    phone.go("work_map").model.choose(phone.world["new"])


@scene(STAFF, "work_map", "older-offline")
def _(phone):
    from mobile.service_requests.work_lookup import Miss

    model = phone.go("work_map").model
    model.choose("")
    model.older_state = Miss.OFFLINE
    model._tell()
    model.notice = model.notice or phone.kit.words.t("work.older.offline")
