"""One alert of those that are written here: how it stands, publishing it, cancelling it. Those two want an answer at once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.content import changes, written
from mobile.core import alerts, strings
from mobile.core.api import Answer
from mobile.core.online import Form
from mobile.core.parts import Parts
from mobile.core.problems import in_words
from mobile.core.refused import Refusable
from mobile.core.store import Waiting
from shared_models.content import CancelAlert, PublishAlert, StaffAlert
from shared_models.notifications import Reach
from shared_models.permissions import Permission


class AlertItem(Refusable, Form):
    """What is shown of it, and what a tap means. `state`: `waiting`, `shown` or `gone`."""

    state = StringProperty("waiting")
    badge = StringProperty()
    badge_tone = StringProperty("neutral")
    waits = BooleanProperty(False)
    denied = StringProperty()  # why what was written was not taken
    severity = StringProperty()
    tone = StringProperty("neutral")
    icon = StringProperty("info")
    headline_en = StringProperty()
    headline_es = StringProperty()
    text_en = StringProperty()
    text_es = StringProperty()
    whom = StringProperty()
    area = ListProperty()
    until = StringProperty()
    author = StringProperty()
    publisher = StringProperty()
    emergency = BooleanProperty(False)
    lacks = ListProperty()
    can_edit = BooleanProperty(False)
    can_publish = BooleanProperty(False)
    can_cancel = BooleanProperty(False)
    can_follow = BooleanProperty(False)
    mine = BooleanProperty(False)  # whoever looks wrote it: somebody else is to publish it

    reach = ListProperty()  # dicts: key, value
    reach_state = StringProperty("asking")  # or `shown`, `offline`

    alert: StaffAlert | None = ObjectProperty(None, allownone=True)
    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._reach: Reach | None = None
        self.id: UUID | None = None
        self._fresh: StaffAlert | None = None
        self._refused: Waiting | None = None
        super().__init__(**kwargs)

    def open(self, id_: UUID | None) -> None:
        """Show this one."""
        self.id, self._fresh, self.state = id_, None, "waiting"
        self.clear()
        self.load()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone, or what the city has just said, if that is newer."""
        now = now or datetime.now(UTC)
        found = written.one_of(self.parts.store, self.id)
        if found is None:
            self.state = "gone" if self.parts.sync.state.synced_at or not self.id else "waiting"
            return
        seen, one = found
        if self._fresh is not None and self._fresh.version > one.version:
            one = self._fresh
        self.alert, self.waits, self._refused = one, seen.waits, seen.refused
        problem = seen.refused.problem if seen.refused else None
        self.denied = in_words(problem) if problem else ""
        self._tell(one, now)
        self.state = "shown"

    def _tell(self, one: StaffAlert, now: datetime) -> None:
        state, me, zone = written.state_of(one, now), self.parts.me, self.parts.zone
        self.badge, self.badge_tone = strings.t(f"alert_work.state.{state}"), written.BADGES[state]
        self.severity = strings.t(f"alerts.severity.{one.severity.value}")
        past = state in ("over", "cancelled")
        self.tone, self.icon = "neutral" if past else alerts.TONES[one.severity], alerts.ICONS[one.severity]
        self.headline_en, self.headline_es = one.headline_en, one.headline_es
        self.text_en, self.text_es = one.text_en, one.text_es
        self.whom = written.whom(self.parts, one)
        self.area = [(corner.lat, corner.lon) for corner in one.area]
        self.until = strings.full_time(one.expires_at, zone)
        self.author, self.publisher, self.emergency = one.author, one.publisher, one.emergency
        self.mine = me is not None and me.id == one.author_id
        open_still = state in ("draft", "changed")
        self.lacks = written.lacks(one, now) if open_still else []
        self.can_edit = not past
        self.can_publish = open_still and self.parts.may(Permission.ALERT_PUBLISH)
        out = one.published_at is not None
        self.can_cancel = out and not past and self.parts.may(Permission.ALERT_PUBLISH)
        self.can_follow = out

    # ── whom it would reach ──────────────────────────────────────────────────────────────────────────────

    def ask_reach(self) -> None:
        """Ask the city whom it would reach now: only it knows, so this needs a connection."""
        self.reach, self.reach_state, self.notice, self._reach = [], "asking", "", None
        sync, path = self.parts.sync, f"/v1/notifications/sendings/{self.id}/reach"
        self.parts.tasks.run(lambda: sync.call("GET", path), self._reached, lambda _: self._unreached())

    def _unreached(self) -> None:
        self.reach_state = "offline"

    def _reached(self, answer: Answer) -> None:
        if not answer.ok:
            self._unreached()
            return
        self._reach = Reach.read(answer.data)
        self.tell_reach()
        self.reach_state = "shown"

    def tell_reach(self) -> None:
        """Say whom it would reach, in the words of this moment."""
        found = self._reach
        if found is None:
            return
        households = (
            strings.t("alert_work.reach.unknown")
            if found.households is None
            else strings.number(found.households)
        )
        rows = [("people", strings.number(found.people)), ("households", households)]
        if found.phones_decide:
            rows.append(("phones_decide", strings.number(found.phones_decide)))
        self.reach = [
            {"key": strings.t(f"alert_work.reach.{name}"), "value": value} for name, value in rows
        ] + [
            {
                "key": strings.t(f"alert_work.channel.{one.channel.value}"),
                "value": strings.number(one.endpoints),
            }
            for one in found.channels
        ]

    # ── what wants an answer at once ─────────────────────────────────────────────────────────────────────

    def publish(self, done: Callable[[], object], *, emergency: bool = False) -> None:
        """Send it out, as it was read here; another version is not published unread."""
        if self.alert is not None:
            wish = PublishAlert(version=self.alert.version, emergency=emergency)
            self._ask("publish", wish.dump(), done)

    def cancel(self, text_en: str, text_es: str, done: Callable[[], object]) -> None:
        """Tell everybody who was told that it is over."""
        said = {"text_en": text_en.strip(), "text_es": text_es.strip()}
        self.errors = {}
        self.errors = self.check(said)
        if not self.errors:
            self._ask("cancel", CancelAlert(**said).dump(), done)

    def check(self, said: Mapping[str, str]) -> dict[str, str]:
        """Both languages are needed."""
        return {name: strings.t("alert_work.cancel.needed") for name, value in said.items() if not value}

    def word(self, field: str) -> str:
        """What the city did not take in a field."""
        return strings.t("alert_work.cancel.needed") if field in ("text_en", "text_es") else ""

    def _ask(self, verb: str, body: dict[str, Any], done: Callable[[], object]) -> None:
        sync, path = self.parts.sync, f"{changes.PATH}/{self.id}/{verb}"

        def answered(answer: Answer) -> None:
            self._fresh = StaffAlert.read(answer.data)
            self.load()
            self.parts.sync_now()
            done()

        self.ask(lambda: sync.call("POST", path, body), answered)
