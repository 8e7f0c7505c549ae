"""Messages for the channels, and what of them reached the fake FCM."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from backend.notifications.clients import Job, Urgency


def job(token, **changes):
    made = Job(
        delivery=1,
        endpoint=uuid4(),
        address={"token": token},
        mid=uuid4(),
        kind="request-status",
        urgency=Urgency.STATUS,
        title="Your report",
        body="Work has begun.",
        data={"id": str(uuid4())},
        collapse=None,
        expires_at=datetime.now(UTC) + timedelta(hours=6),
    )
    return replace(made, **changes)


def posts(server):
    return [r for r in tuple(server.fake.requests) if r.path.endswith("messages:send")]


def met(server, fcm, *faults, **changes):
    """What becomes of one message that meets these faults."""
    token = server.fake.register()
    server.fake.fault(token, *faults)
    return fcm.send([job(token, **changes)])[0]
