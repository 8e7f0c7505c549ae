"""What must hold when a round is over: each thing once, nothing half, nothing left over."""

import json

from backend.core.ledger import first_broken
from backend.core.photos import file_name
from backend.worker import in_transaction
from shared_models.photos import PhotoSize
from tests.killed.chaos import Chaos, Death
from tests.killed.town import Town, files_below


def check(chaos: Chaos) -> None:
    """All of it."""
    each_report_is_there_once(chaos)
    each_owner_was_told_once(chaos)
    no_photo_is_an_orphan(chaos.town, chaos.reports)
    the_chain_is_sound(chaos.town)
    everything_was_delivered(chaos)
    each_phone_shows_what_the_server_knows(chaos)
    for death in chaos.deaths:
        if death.between:
            it_was_done_and_nobody_heard(chaos, death)


def each_report_is_there_once(chaos: Chaos) -> None:
    """As many requests as were typed, in the words in which they were; opened once, closed once."""
    typed = {f"{name} {n}" for name in chaos.names for n in range(chaos.share[name])}
    words = [row[0] for row in chaos.town.rows("SELECT description FROM request")]
    assert len(words) == chaos.reports
    assert set(words) == typed
    for kind in ("opened", "closed"):
        subjects = chaos.town.rows(
            "SELECT subject_id FROM event WHERE kind = %s", f"service_requests.request-{kind}"
        )
        assert len(subjects) == len(set(subjects)) == chaos.reports, kind
        entries = chaos.town.rows("SELECT request_id FROM request_entry WHERE kind = %s", kind)
        assert sorted(entries) == sorted(subjects), kind


def each_owner_was_told_once(chaos: Chaos) -> None:
    """One line in the inbox of whoever made it for each request that was closed, and none besides."""
    told = chaos.town.rows("SELECT about_id, person_id FROM notification")
    assert len(told) == chaos.reports
    assert sorted(told) == sorted(chaos.town.rows("SELECT id, owner_id FROM request"))


def no_photo_is_an_orphan(town: Town, count: int) -> None:
    """Each photo is held by one request and lies in two files; each file is a photo's."""
    photos = town.rows(
        "SELECT photo.id, photo.sha256, photo.held_at, request.id, photo.sender_id = request.owner_id FROM photo"
        " LEFT JOIN request_photo ON photo_id = photo.id LEFT JOIN request ON request.id = request_id"
    )
    assert len({id_ for id_, *_ in photos}) == len(photos) == count
    assert len({request for *_, request, _ in photos}) == count
    assert all(held and request and theirs for _, _, held, request, theirs in photos)
    wanted = {file_name(id_, sha256, size) for id_, sha256, *_ in photos for size in PhotoSize}
    assert files_below(town.files) == wanted


def the_chain_is_sound(town: Town) -> None:
    """Each event is sealed once, and every link holds."""
    with town.app.app_context():
        assert in_transaction(first_broken) is None
    assert town.count("seal") == town.count("event")


def everything_was_delivered(chaos: Chaos) -> None:
    """Each delivery is done, and each phone got its pushes: at least once, with one id each."""
    town = chaos.town
    for table in ("event_delivery", "notification_delivery"):
        assert town.rows(f"SELECT state, count(*) FROM {table} GROUP BY 1") == [("done", chaos.reports)]
    pushed = {push.data["mid"] for device in town.fcm.fake.devices.values() for push in device.since(0)}
    assert pushed == {str(id_) for (id_,) in town.rows("SELECT id FROM notification")}


def each_phone_shows_what_the_server_knows(chaos: Chaos) -> None:
    """Nothing waits, nothing was refused; every report of theirs is closed on the phone, with its news."""
    statement = "SELECT id, value FROM thing WHERE kind = '{}'"
    for name in chaos.names:
        assert chaos.waiting(name) == []
        mine = {
            id_: json.loads(value) for id_, value in chaos.on_phone(name, statement.format("service_request"))
        }
        assert sorted(value["description"] for value in mine.values()) == sorted(
            f"{name} {n}" for n in range(chaos.share[name])
        )
        assert {value["status"] for value in mine.values()} == {"closed"}
        assert {json.loads(value)["about_id"] for _, value in chaos.inbox(name)} == set(mine)
    assert chaos.waiting("desk") == []
    assert len(chaos.on_phone("desk", statement.format("staff_request"))) == chaos.reports


def it_was_done_and_nobody_heard(chaos: Chaos, death: Death) -> None:
    """The evidence for a death between COMMIT and answer: the row is there, made then, and no answer to that call is.

    A worker's: what it had just told somebody stands in their inbox, once, though it never heard so. The others': the
    phone's first calls for that report got no yes, and the yes that it got at last is told to be a repetition.
    """
    ids = [str(id_) for id_ in death.ids]
    if death.target == "worker":
        found = chaos.town.rows("SELECT event_id FROM notification WHERE id = ANY(%s::uuid[])", ids)
        assert len(found) == 1, death
        return
    ((id_, opened_at),) = chaos.town.rows("SELECT id, opened_at FROM request WHERE id = ANY(%s::uuid[])", ids)
    assert opened_at.timestamp() <= death.at
    calls = [
        call
        for name in chaos.names
        for call in chaos.journal(name)
        if call.get("id") == str(id_) and call["path"] == "/v1/service-requests/"
    ]
    yes = [call for call in calls if call.get("status") == 201]
    assert yes, (death, calls)
    assert all(call["again"] for call in yes), (death, calls)
    assert len(calls) > len(yes), (death, calls)
