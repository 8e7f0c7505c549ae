"""The states of the report's steps, and of the sheets over them."""

from tests.looks.scenes import BELLAIRE, GUEST, LONG, no_draft, scene


@scene(GUEST, "report", "photo-none")
def _(phone):
    phone.report("photo", at=None)


@scene(GUEST, "report", "photo-some")
def _(phone):
    phone.report("photo", photos=2)


@scene(GUEST, "report", "photo-unreadable")
def _(phone):
    model = phone.report("photo", photos=1)
    model.photo_error = phone.kit.words.t("report.photo.unreadable")


@scene(GUEST, "report", "photo-busy")
def _(phone):
    model = phone.report("photo", photos=1)
    model.working = True
    phone.after.append(lambda: setattr(model, "working", False))


@scene(GUEST, "report", "pictures")
def _(phone):
    phone.report("photo")
    phone.screen._step.pick()
    sheet = phone.robot.find(cls="PictureSheet")
    phone.until(lambda: sheet.ids.tiles.children and all(tile.source for tile in sheet.ids.tiles.children))


@scene(GUEST, "report", "pictures-none")
def _(phone):
    phone.report("photo")
    phone.parts.camera.shelf = phone.parts.home / "nothing-here"
    phone.screen._step.pick()
    phone.until(lambda: not phone.robot.find(cls="PictureSheet").loading)
    phone.parts.camera.shelf = phone.parts.camera.folder


@scene(GUEST, "report", "place-none")
def _(phone):
    model = phone.report("place", at=None)
    model.draft.at = None
    model.place.show(None, "")
    phone.screen._step._show_pin()


@scene(GUEST, "report", "place-no-idea")
def _(phone):
    model = phone.report("place", at=None)
    model.place.show(None, "")
    model.place._found_me(None)
    model.place.notice = phone.kit.words.t("report.place.no_idea")


@scene(GUEST, "report", "place")
def _(phone):
    phone.report("place", photos=1)


@scene(GUEST, "report", "place-outside")
def _(phone):
    phone.report("place", at=BELLAIRE)


@scene(GUEST, "report", "place-found")
def _(phone):
    model = phone.report("place")
    model.place.query = "university"
    phone.until(lambda: model.place.hits)


@scene(GUEST, "report", "place-nothing")
def _(phone):
    model = phone.report("place")
    model.place.query = "qqqq zzzz"
    phone.until(lambda: model.place.nothing_found)


def topics(phone, query="", group="", kind=""):
    model = phone.report("type")
    model.type.shown, model.type.query, model.type.group = None, query, group
    if kind:
        model.type.show(model.type.types[kind])


@scene(GUEST, "report", "topics")
def _(phone):
    topics(phone)


@scene(GUEST, "report", "topics-group")
def _(phone):
    topics(phone, group=phone.parts.types()["pothole"].group_code)


@scene(GUEST, "report", "topics-found")
def _(phone):
    topics(phone, query="hole in road")


@scene(GUEST, "report", "topics-nothing")
def _(phone):
    topics(phone, query="zzzz qqqq")


@scene(GUEST, "report", "topic-referred")
def _(phone):
    topics(phone, kind="street-light-out")


@scene(GUEST, "report", "topic-notice")
def _(phone):
    topics(phone, kind="missed-yard-waste")


@scene(GUEST, "report", "topic-account")
def _(phone):
    topics(phone, kind="replacement-recycling-bin")


@scene(GUEST, "report", "words-none")
def _(phone):
    model = phone.report("words", kind="pothole")
    model.words_needed = True
    model.words_error = phone.kit.words.t("report.words.needed")


@scene(GUEST, "report", "words")
def _(phone):
    phone.report("words", kind="pothole", photos=1, words=LONG * 22)


@scene(GUEST, "report", "review")
def _(phone):
    phone.report("review", kind="pothole", photos=2, words=LONG)


@scene(GUEST, "report", "review-bare")
def _(phone):
    phone.report("review", kind="pothole")


@scene(GUEST, "report", "leave")
def _(phone):
    phone.report("words", kind="pothole", words=LONG)
    phone.screen.leave()


@scene(GUEST, "report", "push")
def _(phone):
    from mobile.widgets.sheet import confirm

    no_draft(phone)
    t = phone.kit.words.t
    confirm(
        t("report.push.title"), t("report.push.words"), t("report.push.yes"), bool, no=t("report.push.no")
    )
