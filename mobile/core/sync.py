"""Push, pull, and when. One loop at a time; the same code in the app, in an Android service and in tests."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from mobile.core import packdelta
from mobile.core.api import Answer, Api, NoSignal
from mobile.core.room import is_no_room
from mobile.core.sealed import UnreadableError
from mobile.core.session import Session, SignInNeeded, UpgradeNeeded, utc_now
from mobile.core.store import WAITING, Store, Waiting
from shared_models.identity import Me
from shared_models.notifications import Wishes
from shared_models.problems import Problem
from shared_models.sync import Changes

IN_FRONT_S, IN_BACK_S = 15.0, 300.0
"""Between two rounds, where nobody tells us when to take the next."""
TOLD_S = 300.0
"""The same while the stream tells us."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0
ME_FRESH = timedelta(minutes=5)
PUBLIC_FRESH = timedelta(hours=1)
PUSH_FRESH = timedelta(days=7)
"""The server closes addresses that it has not heard of for months."""
UPGRADE, NOT_MODIFIED, FORBIDDEN, UNAUTHORIZED, NOT_FOUND = 426, 304, 403, 401, 404
ME = "/v1/me"
FAREWELL_S = 5.0
"""Signing out waits no longer than that for each word to the server."""
ALERTS = "/v1/alerts/"
WISHES = "/v1/notifications/wishes"
PUBLIC = {"request_types": "/v1/service-requests/types", "zones": "/v1/maps/zones", "pack": "/v1/maps/pack"}
"""What everybody may have: plain GETs with an ETag."""
PACK_CHANGES = "/v1/maps/pack/changes"
NOTHING_NEW = 204


@dataclass
class State:
    """How the sync fares, for whoever shows it."""

    online: bool | None = None
    sign_in_needed: bool = False
    upgrade_needed: bool = False
    no_room: bool = False
    """The phone's own disk is full: nothing that the server says can be kept."""
    synced_at: datetime | None = None
    waits: int = 0


class Stop(Exception):
    """Not now: the rest of this round is left for the next one."""


class Sync:
    """The one way out: sends what waits, oldest first, and fetches what changed."""

    def __init__(
        self,
        session: Session,
        api: Api,
        *,
        now: Callable[[], datetime] = utc_now,
        changed: Callable[[], None] = lambda: None,
        push_token: Callable[[], dict[str, str] | None] = lambda: None,
        pack_file: Path | None = None,
    ) -> None:
        self.session, self.api, self.now, self.changed, self.push_token = (
            session,
            api,
            now,
            changed,
            push_token,
        )
        self.pack_file = pack_file
        self.state = State()
        self.in_front = True
        self.told = False
        """Whether the stream is open, and so tells us when to pull."""
        self._fails = 0
        self._me_at: datetime | None = None
        self._public_at: datetime | None = None

    @property
    def store(self) -> Store:
        """The store of whoever uses the phone now."""
        return self.session.store

    def turn(self) -> float:
        """One round of everything; gives the seconds to rest until the next."""
        wait: float | None = None
        self.store.warm()
        try:
            self.round()
            self._fails = 0
            self.state.online, self.state.synced_at = True, self.now()
            self.state.sign_in_needed = self.state.upgrade_needed = self.state.no_room = False
        except NoSignal:
            self._fails += 1
            self.state.online = False
        except SignInNeeded:
            self.state.sign_in_needed = True
            self.fetch_alerts_at_least()
        except (OSError, sqlite3.OperationalError) as error:
            if not is_no_room(error):
                raise
            self._fails += 1
            self.state.no_room = True
        except Stop as stop:
            self._fails += 1
            self.state.online = True
            wait = stop.args[0] if stop.args else None
            self.fetch_alerts_at_least()
        self.state.waits = self.store.waits()
        self.changed()
        return self._pause(wait)

    def _pause(self, asked: float | None) -> float:
        if self._fails:
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._fails - 1, 10))
            if self.in_front:
                pause = min(pause, 2 * IN_FRONT_S)
            return max(asked or 0.0, pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
        return TOLD_S if self.told else IN_FRONT_S if self.in_front else IN_BACK_S

    def round(self) -> None:
        """Claim, push, pull, and now and then the rest. Raises NoSignal, SignInNeeded or Stop."""
        with self.session.lock:
            self.claim()
        self.push()
        for step in (
            self.pull,
            self.fetch_alerts,
            self.push_quietly,
            self.register_push,
            self.fetch_me,
            self.fetch_public,
        ):
            with self.session.lock:
                step()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """One call with a token; one that the server does not take is renewed once."""
        answer = self.api.call(method, path, body, token=self._token(), **options)
        if answer.status == UNAUTHORIZED:
            self.session.token_refused()
            answer = self.api.call(method, path, body, token=self._token(), **options)
        if answer.status == UPGRADE:
            self._stop_for_upgrade()
        if answer.later:
            raise Stop(answer.retry_after)
        return answer

    def _token(self) -> str:
        try:
            return self.session.token()
        except UpgradeNeeded:
            self._stop_for_upgrade()

    def _stop_for_upgrade(self) -> NoReturn:
        self.state.upgrade_needed = True
        raise Stop(LONGEST_PAUSE_S)

    def claim(self) -> None:
        """Bring what the phone reported without an account into the account, before anything else is sent."""
        wish = self.session.claiming
        if wish is None:
            return
        answer = self.call("POST", "/v1/identity/claim", wish.dump(), key=f"claim-{wish.phone_id}")
        # Anything but a yes means that there is nothing of ours to bring: the phone never spoke to the
        # server, or its reports are somebody else's by now. What waits here is sent all the same.
        del answer
        self.session.claimed()
        self.store.set("drop_moved_after", str(self.store.begin_pull()))

    def push(self) -> None:
        """Send what waits, oldest first, one at a time; photos ahead of what mentions them."""
        waits = True
        while waits:
            with self.session.lock:
                change = self.store.next_to_send()
                waits = change is not None
                if change is not None:
                    self.send(change)
            self.changed()

    def push_quietly(self) -> None:
        """Send what says only what the person saw: after all else, since nothing of theirs may wait for it."""
        for change in self.store.quiet():
            if change.state == WAITING:
                self.send(change)

    def send(self, change: Waiting) -> None:
        """Send one change. It is answered, or refused, or stays as it is (NoSignal, Stop)."""
        for tries in range(3):
            if not self.send_photos(change):
                return
            answer = self.call(change.method, change.path, dict(change.body), key=change.key)
            if answer.ok:
                if change.path == ME:
                    self._keep_me(answer)
                elif change.path == WISHES:
                    self._keep_wishes(answer)
                self.store.answered(change)
                return
            problem = answer.problem
            if problem.type != "photo-missing" or tries:
                self.store.refused(change, problem)
                return
            # The server lost a photo (a restored backup, a sweep): send it once more, if we still have it.
            self.store.photo_sent(problem.ids, sent=False)

    def send_photos(self, change: Waiting) -> bool:
        """Send the photos that a change needs and the server lacks; False if one was refused, and so the change."""
        for id_, path in self.store.unsent_photos(change.photos):
            try:
                picture = self.store.open_photo(path)
            except (FileNotFoundError, UnreadableError):  # removed, or sealed by a key that is lost
                self.store.refused(change, _lost_photo())
                return False
            answer = self.call("PUT", f"/v1/photos/{id_}", picture=picture)
            if not answer.ok:
                self.store.refused(change, answer.problem)
                return False
            self.store.photo_sent([id_])
        return True

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────

    def pull(self) -> None:
        """Fetch what changed, page by page; each page is kept with its cursor before the next is asked for."""
        number, more = self.store.begin_pull(), True
        while more:
            cursor = self.store.get("cursor")
            answer = self.call("GET", f"/v1/sync?cursor={cursor}" if cursor else "/v1/sync")
            if not answer.ok:
                if not cursor:
                    raise Stop
                self.store.set("cursor", "")  # a cursor that the server does not know: from the start
                continue
            page = Changes.read(answer.data)
            self.store.take(page, number)
            more = page.more
            if page.dropped:
                self._me_at = None
            self.changed()
        self._end_move(number)

    def _end_move(self, number: int) -> None:
        after = self.store.get("drop_moved_after")
        if after and int(after) < number:
            self.store.drop_moved()
            self.store.set("drop_moved_after", "")

    def fetch_me(self) -> None:
        """Who we are there, what we may do (buttons that can't work are not shown), and how we want to be told."""
        if self._me_at is not None and self.now() - self._me_at < ME_FRESH:
            return
        wishes = self.call("GET", WISHES)
        if wishes.ok:
            self._keep_wishes(wishes)
        answer = self.call("GET", ME)
        if answer.ok:
            self._keep_me(answer)

    def _keep_me(self, answer: Answer) -> None:
        self.store.set("me", json.dumps(Me.read(answer.data).dump()))
        self._me_at = self.now()

    def _keep_wishes(self, answer: Answer) -> None:
        wishes = json.dumps(Wishes.read(answer.data).dump(), sort_keys=True)
        if self.store.get("wishes") != wishes:
            self.store.set("wishes", wishes)

    def wishes(self) -> Wishes | None:
        """How the person wants to be told, as the server last said; None before that."""
        kept = self.store.get("wishes")
        return Wishes.read(json.loads(kept)) if kept else None

    def me(self) -> Me | None:
        """Who we are there, as we last heard; None before that."""
        kept = self.store.get("me")
        return Me.read(json.loads(kept)) if kept else None

    def refresh_me(self) -> None:
        """Ask anew in the next round."""
        self._me_at = None

    # ── leaving ──────────────────────────────────────────────────────────────────────────────────────────

    def sign_out(self) -> None:
        """Leave the account. The server is told where there is signal; the phone forgets it in any case.

        Not on the main thread. The caller has asked about what waits: it is lost.
        """
        with self.session.lock:
            with suppress(NoSignal, SignInNeeded, Stop):
                self._say_goodbye()
            self.session.sign_out()
            self.state.waits = 0
        self.refresh_me()
        self.changed()

    def _say_goodbye(self) -> None:
        told = self.store.get("push_token")
        if told:
            wish = {name: json.loads(told)[name] for name in ("platform", "token")}
            self.call("POST", "/v1/notifications/endpoint/close", wish, seconds=FAREWELL_S)
        self.call("POST", "/v1/identity/sign-out", seconds=FAREWELL_S)

    def fetch_alerts(self) -> None:
        """What the city says to everybody, in each round: where nothing is new that costs a few bytes."""
        etag, before = self.store.document("alerts")
        answer = self.api.call("GET", ALERTS, headers={"If-None-Match": etag} if etag else {})
        if answer.ok and answer.body != before:
            self.store.set_document("alerts", answer.headers.get("etag", ""), answer.body)

    def fetch_alerts_at_least(self) -> None:
        """The round has ended early: what everybody may read is told all the same."""
        with suppress(NoSignal), self.session.lock:
            self.fetch_alerts()

    def fetch_public(self) -> None:
        """Types and the map's pack, if they are new."""
        if self._public_at is not None and self.now() - self._public_at < PUBLIC_FRESH:
            return
        for name, path in PUBLIC.items():
            etag, _ = self.store.document(name)
            if name == "pack" and etag and self._patch_pack(etag):
                continue
            answer = self.api.call("GET", path, headers={"If-None-Match": etag} if etag else {})
            if answer.ok and name == "pack" and self.pack_file is not None:
                self._keep_pack(answer)
            elif answer.ok and name != "pack":
                self.store.set_document(name, answer.headers.get("etag", ""), answer.body)
        self._public_at = self.now()

    def _patch_pack(self, etag: str) -> bool:
        """Bring the pack up to date by what changed in it; False where it has to be fetched whole."""
        if self.pack_file is None or not self.pack_file.exists():
            return False
        version = etag.removeprefix("W/").strip('"')
        answer = self.api.call("GET", f"{PACK_CHANGES}?since={version}")
        if answer.status == NOTHING_NEW:
            return True
        try:
            fresh = packdelta.apply(self.pack_file, answer.body) if answer.ok else ""
        except packdelta.BrokenPatchError:
            fresh = ""
        if fresh:
            self.store.set_document("pack", f'"{fresh}"', b"")
        return bool(fresh)

    def _keep_pack(self, answer: Answer) -> None:
        """The new pack lies beside the old one until it is whole, and is used from the next start."""
        assert self.pack_file is not None
        fresh = self.pack_file.with_suffix(".part")
        fresh.write_bytes(answer.body)
        fresh.replace(self.pack_file)
        self.store.set_document("pack", answer.headers.get("etag", ""), b"")

    def register_push(self) -> None:
        """Tell the server where this phone can be pushed: when that is new, and once a week that it is still so."""
        told = self.push_token()
        if told is None:
            return
        wish = {"platform": told["platform"], "token": told["token"], "language": self.session.language()}
        words = json.dumps(wish, sort_keys=True)
        said = self.store.get("push_token_week")
        week = str(int(self.now().timestamp() // PUSH_FRESH.total_seconds()))
        new = self.store.get("push_token") != words or said != week
        if new and self.call("PUT", "/v1/notifications/endpoint", wish).ok:
            self.store.set("push_token", words)
            self.store.set("push_token_week", week)


def _lost_photo() -> Problem:
    return Problem(type="photo-missing", title="", status=NOT_FOUND)
