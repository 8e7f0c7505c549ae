"""A channel that sends nowhere: it notes what it was given, and answers as it is told."""

import uuid
from datetime import timedelta

from sqlalchemy import text

from backend.notifications.clients import Sent


class Tape:
    """Answers each job by ``answer(job)``."""

    def __init__(
        self, name="fcm", batch=128, answer=lambda job: Sent(str(job.mid)), lease=timedelta(minutes=10)
    ):
        self.name, self.batch, self.answer, self.lease = name, batch, answer, lease
        self.jobs = []

    def send(self, jobs):
        self.jobs += jobs
        return [self.answer(job) for job in jobs]

    @property
    def titles(self):
        return [job.title for job in self.jobs]


def sent(*channels, rounds=50):
    """Let the worker do all that waits, and send on these; gives what the first was given since."""
    from backend.worker import once_through, send_some

    before = len(channels[0].jobs)
    for _ in range(rounds):
        while once_through([]):
            pass
        if not sum(send_some(channel) for channel in channels):
            break
    return channels[0].jobs[before:]


def phone(person, name="one", **more):
    """A phone of this person's, by a token that is made of the name."""
    token = f"token-of-{person.id}-{name}"
    answer = person.put("/v1/notifications/endpoint", {"platform": "android", "token": token, **more})
    assert answer.status_code == 200, answer.get_json()
    return token


def browser(person, name="one"):
    """A browser of this person's."""
    from tests.whole.asking import SUBSCRIPTION

    wish = SUBSCRIPTION | {"endpoint": f"https://push.example.org/{person.id}/{name}"}
    answer = person.put("/v1/notifications/web-push", wish)
    assert answer.status_code == 200, answer.get_json()


def mailbox(person):
    """Let this person be written to: asks for the code, reads it in the mail, types it."""
    tape = Tape("mail")
    assert person.post("/v1/notifications/mail").status_code == 200
    [mail] = sent(tape)
    assert mail.address == {"email": person.email}
    [code] = [
        word.strip(":.")
        for word in mail.body.split()
        if len(word.strip(":.")) == 8 and word.strip(":.").isupper()
    ]
    answer = person.post("/v1/notifications/mail/confirm", {"code": code})
    assert answer.status_code == 200, answer.get_json()
    return code


_QUEUE = text("""
    WITH people AS (
        INSERT INTO person (id, name, secret_hash, language, made_at)
        SELECT gen_random_uuid(), '', sha256(token::bytea), 'en', :now FROM unnest(CAST(:tokens AS text[])) AS token
        WHERE :good RETURNING id
    ), owners AS (
        SELECT id, row_number() OVER () AS n FROM people
    ), phones AS (
        INSERT INTO endpoint (id, person_id, channel, platform, address, seen_at, reached_at)
        SELECT gen_random_uuid(), coalesce(owners.id, :person), 'fcm', 'android', jsonb_build_object('token', token), :now,
               CASE WHEN :good THEN CAST(:now AS timestamptz) END
        FROM unnest(CAST(:tokens AS text[])) WITH ORDINALITY AS told(token, n) LEFT JOIN owners USING (n) RETURNING id
    ), told AS (
        INSERT INTO notification (id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        VALUES (:mid, :mid, 'reminder', 3, 'Trash', 'Tomorrow', 'waste', :mid, :now, :now + interval '1 day')
    )
    INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, due_at)
    SELECT :mid, id, 'fcm', 3, :now FROM phones
""")


def queue_for_many(person_id, tokens, *, good=False):
    """Queue one reminder for each of these phones; gives its ``mid``.

    They are of this person, and nothing ever got through to them; or ``good``: each of a person of its own, and it did.
    """
    from backend.core.actor import db
    from backend.core.clock import now
    from backend.worker import in_transaction

    values = {"person": person_id, "tokens": list(tokens), "mid": uuid.uuid4(), "now": now(), "good": good}
    in_transaction(lambda: db().execute(_QUEUE, values))
    return values["mid"]
