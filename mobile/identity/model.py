"""Who the person is to the city, what they chose, and what the app says of itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

import mobile
from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import ANSWERED, REFUSED
from mobile.identity import changes
from shared_models.basics import Language
from shared_models.identity import GrantHeld, Role
from shared_models.permissions import Permission

REPORT = "service_request"
SCALES = (1.0, 1.25, 1.5, 2.0)


class You(EventDispatcher):
    """What the tab "You" shows."""

    named = BooleanProperty(False)
    ended = BooleanProperty(False)
    handles = BooleanProperty(False)  # the city's things: looks them up, takes them
    checks = BooleanProperty(False)  # units: sees which can roll
    works = BooleanProperty(False)  # requests, whose map has no tab where checks have one
    speaks = BooleanProperty(False)  # for the city: writes alerts
    name = StringProperty()
    email = StringProperty()
    roles = StringProperty()
    reports = StringProperty()  # how many come along; empty where there are none
    waits = NumericProperty(0)
    refused = NumericProperty(0)
    outbox = StringProperty()
    leaving = BooleanProperty(False)

    language = StringProperty("en")
    look = StringProperty("system")
    text_scale = NumericProperty(1.0)
    motion = BooleanProperty(True)
    languages = ListProperty()
    looks = ListProperty()
    scales = ListProperty()

    city = StringProperty()
    version = StringProperty(mobile.__version__)
    map_source = StringProperty()
    city_hall = StringProperty()
    emergency = StringProperty()
    privacy = StringProperty()
    public = StringProperty()

    parts: Parts

    def load(self) -> None:
        """Take over what is known on this phone."""
        self._load_person()
        self._load_outbox()
        self._load_choices()
        self._load_city()

    def _load_person(self) -> None:
        parts = self.parts
        me = parts.me
        self.named = parts.session.account is not None
        self.ended = parts.session.ended
        self.handles = parts.may(Permission.ASSET_READ)
        self.checks = parts.may(Permission.CHECK_READ) and parts.store.count("kit") > 0
        self.works = parts.may(Permission.REQUEST_WORK)
        self.speaks = parts.may(Permission.ALERT_WRITE)
        self.name = self._renamed() or (me.name if me else "")
        self.email = me.email if me else ""
        self.roles = "\n".join(self._role(grant) for grant in me.grants) if me else ""
        count = len(parts.store.view(REPORT))
        self.reports = strings.t("you.reports", count=count) if count else ""

    def _renamed(self) -> str:
        """The new name while the server has not been told."""
        said = [
            change.body["name"]
            for change in self.parts.store.outbox()
            if change.kind == changes.ME and change.state != REFUSED and change.body.get("name")
        ]
        return str(said[-1]) if said else ""

    def _role(self, grant: GrantHeld) -> str:
        role = strings.t(f"you.role.{grant.role.value}")
        if grant.department:
            return strings.t("you.role_in", role=role, department=self.parts.department(grant.department))
        works = grant.role in (Role.CREW, Role.DESK)
        return strings.t("you.everywhere", role=role) if works else role

    def _load_outbox(self) -> None:
        open_still = [change.state for change in self.parts.store.outbox() if change.state != ANSWERED]
        self.refused = open_still.count(REFUSED)
        self.waits = len(open_still) - self.refused
        told = []
        if self.refused:
            told.append(strings.t("waiting.refused", count=self.refused))
        if self.waits:
            told.append(strings.t("waiting.count", count=self.waits))
        self.outbox = "\n".join(told) or strings.t("waiting.none")

    def _load_choices(self) -> None:
        chosen = self.parts.preferences.now
        self.language = strings.language()
        self.look, self.text_scale, self.motion = chosen.look, chosen.text_scale, chosen.motion
        self.languages = [{"key": key, "text": name} for key, name in strings.LANGUAGES.items()]
        self.looks = [{"key": key, "text": strings.t(f"you.{key}")} for key in ("light", "dark", "system")]
        self.scales = [
            {"key": scale, "text": strings.t("you.percent", count=round(scale * 100))} for scale in SCALES
        ]

    def _load_city(self) -> None:
        parts = self.parts
        self.city = str(parts.city.get("name", ""))
        self.map_source = "\n".join(
            words for words in (parts.pack.attribution, parts.word("illustration")) if words
        )
        self.city_hall = parts.word("city-hall")
        self.emergency = parts.word("emergency")
        self.privacy = parts.word("privacy")
        self.public = parts.word("public-records")

    # ── what a tap means ─────────────────────────────────────────────────────────────────────────────────

    def choose(self, **choices: Any) -> None:
        """Keep how the person wants the app; a language is told to the city as well, when there is signal."""
        self.parts.preferences.change(**choices)
        if "language" in choices:
            changes.speak(self.parts.store, self._who(), Language(choices["language"]))
            self.parts.sync_now()

    def rename(self, name: str) -> None:
        """Change what the city calls the person."""
        if name.strip() and name.strip() != self.name:
            changes.rename(self.parts.store, self._who(), name.strip())
            self.parts.sync_now()
            self.parts.tell_changed()
            self.load()

    def call_city_hall(self) -> None:
        """Dial its number."""
        self.parts.dial(str(self.parts.city.get("telephone", "")))

    def _who(self) -> UUID:
        session = self.parts.session
        return session.account or session.phone.id

    def loses(self) -> str:
        """What would be lost by signing out now; empty if nothing."""
        waits = self.parts.store.waits()
        return strings.t("you.lose", count=waits) if waits else ""

    def sign_out(self, then: Callable[[], object]) -> None:
        """Leave the account; afterwards nothing of the person is left in memory or on disk."""
        if not self.leaving:
            self.leaving = True
            self.parts.tasks.run(self.parts.sync.sign_out, lambda _: self._left(then))

    def _left(self, then: Callable[[], object]) -> None:
        self.leaving = False
        self.parts.nav.forget()
        self.parts.nav.go("more")
        self.parts.sync_now()
        then()
