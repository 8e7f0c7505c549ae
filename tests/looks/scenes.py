"""Every screen of the app in every state that it can have: how to bring a phone there."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.make import HERE
from tests.phones import GOOD, NONE

GUEST, TUNNEL, RESIDENT, STAFF = "guest", "tunnel", "resident", "staff"
BELLAIRE = (29.7058, -95.4588)
LONG = (
    "A deep hole in the right lane, as wide as a tire and full of water, just behind the school crossing. "
    "Two bicycles fell here this week, and cars swerve into the other lane to avoid it."
)
AT = (HERE["lat"], HERE["lon"])


class Scene(NamedTuple):
    """One state of one screen (or of a sheet over it)."""

    screen: str
    state: str
    who: str
    show: Callable

    @property
    def name(self):
        return f"{self.who}-{self.screen}-{self.state}"


SCENES: list[Scene] = []


def scene(who, screen, state):
    """Take the function below as the way to this state."""

    def take(show):
        SCENES.append(Scene(screen, state, who, show))
        return show

    return take


def moving():
    """What is being animated, but for what is Kivy's own: a scroll bar that fades, the keyboard."""
    from kivy.animation import Animation

    return [
        set(each.animated_properties)
        for each in Animation._instances
        if not each.animated_properties.keys() & {"_bar_color", "_kheight"}
    ]


class Phone:
    """A phone on which scenes are shown; `world` is what its test has made for it."""

    def __init__(self, shown, kit, world=None, pictures=None):
        self.shown, self.kit, self.world, self.pictures = shown, kit, world or {}, pictures
        self.robot, self.app, self.air = shown.robot, shown.app, shown.air
        self.moved = []  # what was moving right after the last scene was shown
        self.kept = []  # photos of reports that were begun
        self.after = []  # what the last scene wants done before the next

    @property
    def parts(self):
        return self.app.parts

    @property
    def screen(self):
        return self.parts.nav.children[0]

    @property
    def model(self):
        return self.screen.model

    def go(self, name, **args):
        self.parts.nav.go(name, **args)
        return self.screen

    def until(self, check):
        return self.robot.until(check, timeout=15)

    def show(self, one):
        """Bring the phone from anywhere to this scene."""
        self.clear()
        one.show(self)
        self.robot.frames(2)
        self.moved = [("moves", *sorted(names)) for names in moving()]
        self.rest()

    def clear(self):
        """No sheet, no snackbar, nothing typed, signal as the world has it; the home screen."""
        from mobile.widgets import snackbar
        from mobile.widgets.sheet import Sheet

        while self.after:
            self.after.pop()()
        for child in list(self.robot.win.children):
            if isinstance(child, (Sheet, snackbar.Snackbar)) or type(child).__name__ == "PhotoView":
                self.robot.win.remove_widget(child)
        snackbar._last.clear()
        self.robot._let_go()
        state = self.parts.sync.state
        state.online, state.upgrade_needed, state.waits = True, False, self.parts.store.waits()
        self.air.rest = GOOD
        self.parts.nav.go("requests")
        self.app._changed()
        if self.world.get("tunnel"):
            self.offline()

    def rest(self):
        """Let everything settle, maps too."""
        self.robot.settle()
        maps = [w for w in self.robot.all(cls="CityMap") + self.robot.all(cls="StillMap") if w.width > 1]
        if maps and self.robot.win.__class__.__name__ != "HeadlessWindow":
            self.until(lambda: all(each.quiet for each in maps))
        self.robot.frames(2)

    def offline(self, waits=None):
        """The notice that there is no signal."""
        state = self.parts.sync.state
        state.online = False
        state.waits = self.parts.store.waits() if waits is None else waits
        self.air.rest = NONE
        self.app._changed()
        self.app._show_notice()

    # ── the report ───────────────────────────────────────────────────────────────────────────────────────

    def report(self, step, *, kind="", photos=0, at=AT, words=""):
        """A report that was begun, at this step."""
        from mobile.core.device.camera import keep_photo
        from mobile.service_requests import draft as drafts

        store, model = self.parts.store, self.parts.nav._screen("report").model
        while len(self.kept) < photos:
            self.kept.append(keep_photo(Path(self.pictures[len(self.kept)]), self.parts.photos))
        draft = drafts.Draft(step=step, photos=dict(self.kept[:photos]), at=at, type=kind, words=words)
        model.draft = drafts.Draft()
        model.type.shown, model.type.query, model.type.group = None, "", ""
        drafts.keep(store, draft) if not draft.empty else drafts.forget(store)
        self.go("report")
        if draft.empty:  # a pin alone begins no report
            model.draft.at = at
            model.place.show(at, "")
            model._go(step)
        if at is not None and model.place.good:
            self.until(lambda: model.place.near)
        self.until(lambda: not model.place.looking)
        return model


def no_draft(phone):
    """Nothing was begun."""
    from mobile.service_requests import draft as drafts

    drafts.forget(phone.parts.store)
    if "report" in phone.parts.nav._made:
        phone.parts.nav._made["report"].model._forget()


# ── without an account ───────────────────────────────────────────────────────────────────────────────────


@scene(GUEST, "requests", "empty")
def _(phone):
    no_draft(phone)
    phone.go("requests")


@scene(GUEST, "requests", "offline")
def _(phone):
    no_draft(phone)
    phone.go("requests")
    phone.offline()


@scene(TUNNEL, "requests", "waiting")
def _(phone):
    phone.go("requests")


@scene(GUEST, "requests", "begun")
def _(phone):
    phone.report("words", kind="pothole", words=LONG)
    phone.go("requests")


@scene(GUEST, "requests", "too-old")
def _(phone):
    phone.parts.sync.state.upgrade_needed = True
    phone.app._changed()


@scene(GUEST, "requests", "told")
def _(phone):
    from mobile.widgets.snackbar import snack
    from mobile.widgets.words import words

    snack(words.t("report.sent.waits"), words.t("notice.sign_in.action"))


@scene(TUNNEL, "request", "waiting")
def _(phone):
    phone.go("request", id=phone.world["waits"])


@scene(GUEST, "inbox", "empty")
def _(phone):
    phone.go("inbox")


@scene(GUEST, "more", "guest")
def _(phone):
    phone.go("more")


@scene(TUNNEL, "waiting", "waiting")
def _(phone):
    phone.go("waiting")


@scene(TUNNEL, "more", "waiting")
def _(phone):
    phone.go("more")


@scene(GUEST, "move", "plain")
def _(phone):
    phone.go("move").model.forget()


@scene(GUEST, "move", "code")
def _(phone):
    model = phone.go("move").model
    model.forget()
    model.make()
    phone.until(lambda: model.code or model.notice)


@scene(GUEST, "move", "offline")
def _(phone):
    model = phone.go("move").model
    model.forget()
    phone.air.rest = NONE
    model.make()
    phone.until(lambda: model.notice)


@scene(GUEST, "sign_in", "plain")
def _(phone):
    phone.go("sign_in").model.clear()


@scene(GUEST, "sign_in", "wrong")
def _(phone):
    phone.go("sign_in").model.submit("", "")


@scene(GUEST, "sign_in", "offline")
def _(phone):
    model = phone.go("sign_in").model
    phone.air.rest = NONE
    model.submit("alice@example.org", "four maples by the gate")
    phone.until(lambda: model.notice)


@scene(GUEST, "sign_in", "busy")
def _(phone):
    model = phone.go("sign_in").model
    model.clear()
    model.busy = True
    phone.after.append(lambda: setattr(model, "busy", False))


@scene(GUEST, "sign_up", "plain")
def _(phone):
    phone.go("sign_up").model.clear()


@scene(GUEST, "sign_up", "wrong")
def _(phone):
    phone.go("sign_up").model.submit("", "nobody", "short")
