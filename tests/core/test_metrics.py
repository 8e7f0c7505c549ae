"""``/metrics``: what Prometheus reads, right across processes, and from nobody else's mouth."""

import base64
import re
import uuid
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.core.clock import later
from backend.settings import Settings, SettingsError
from tests.cast import Caller, problem
from tests.conftest import SECRET

TOKEN = "a token for Prometheus alone"


def samples(text):
    """{(name, its labels): value} as the library's own parser reads it."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, "told twice"
            found[key] = sample.value
    return found


def value(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))), 0.0)


def given_to_a_crew(make, alice, carol):
    """Something that a worker tells of."""
    request = make.request(by=alice)
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "public-works"})


@pytest.fixture
def scraped(app, monkeypatch):
    """A function that reads the metrics of this process as Prometheus would."""
    object.__setattr__(app.extensions["westu"].settings, "metrics_token", TOKEN)
    yield lambda: samples(
        Caller(app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).get_data(as_text=True)
    )
    object.__setattr__(app.extensions["westu"].settings, "metrics_token", "")


def test_without_a_token_of_its_own_there_are_no_metrics(app, erin, nobody):
    problem(nobody.get("/metrics"), 404, "not-found")
    problem(erin.get("/metrics"), 404, "not-found")


def test_only_who_brings_the_token_may_read(scraped, erin, nobody):
    problem(nobody.get("/metrics"), 401, "sign-in")
    problem(erin.get("/metrics"), 401, "sign-in")
    problem(nobody.get("/metrics", headers={"Authorization": f"Bearer {TOKEN[:-1]}"}), 401, "sign-in")
    problem(nobody.get("/metrics", headers={"Authorization": "Bearer ñ"}), 401, "sign-in")
    assert scraped()


def test_answers_and_problems_are_counted_by_route_and_type(scraped, alice, make, jpeg):
    before = scraped()
    request = make.request(by=alice, photos=[alice.send_photo(jpeg())])
    alice.get(f"/v1/service-requests/{request['id']}")
    problem(alice.get(f"/v1/service-requests/{uuid.uuid4()}"), 404, "not-found")
    problem(
        alice.put(f"/v1/photos/{uuid.uuid4()}", data=b"none", content_type="image/jpeg"), 422, "not-a-photo"
    )
    alice.call("BREW", "/v1/me")
    after = scraped()

    def more(name, **labels):
        return value(after, name, **labels) - value(before, name, **labels)

    one = "/v1/service-requests/<uuid:id>"
    assert more("westu_http_answers_total", method="GET", route=one, status="200") == 1
    assert more("westu_http_answers_total", method="GET", route=one, status="404") == 1
    assert more("westu_http_seconds_count", method="GET", route=one) == 2
    assert more("westu_http_seconds_bucket", method="GET", route=one, le="+Inf") == 2
    assert more("westu_problems_total", type="not-found") == 1
    assert more("westu_photo_decode_seconds_count", outcome="made") == 1
    assert more("westu_photo_decode_seconds_count", outcome="refused") == 1
    assert more("westu_photo_bytes_total", outcome="made") == len(jpeg())
    assert more("westu_http_answers_total", method="other", route="-", status="405") == 1


def test_what_waits_and_for_how_long_is_asked_of_the_database(scraped, alice, carol, make):
    assert value(scraped(), "westu_queue_oldest_seconds", queue="event_delivery") == 0
    given_to_a_crew(make, alice, carol)
    with later(timedelta(minutes=5)):
        found = scraped()
    assert value(found, "westu_database_up") == 1
    assert value(found, "westu_queue_rows", queue="event_delivery", state="queued") >= 1
    assert 300 <= value(found, "westu_queue_oldest_seconds", queue="event_delivery") < 400
    assert value(found, "westu_queue_rows", queue="notification_delivery", state="queued") == 0
    make.worked()
    assert value(scraped(), "westu_queue_rows", queue="event_delivery", state="queued") == 0


def test_the_pool_tells_how_full_it_is_and_who_had_to_wait(scraped, app):
    database = app.extensions["westu"].database
    most = database.write.pool.size() * 2
    waited = value(scraped(), "westu_pool_waits_total", engine="write")
    held = [database.write.connect() for _ in range(most)]
    try:
        full = scraped()
        assert value(full, "westu_pool_connections", engine="write", what="used") == most
        assert value(full, "westu_pool_connections", engine="write", what="overflow") == most // 2
        assert value(full, "westu_pool_connections", engine="write", what="size") == most // 2
        pool = database.write.pool
        before, pool._timeout = pool._timeout, 0.01
        with pytest.raises(Exception, match="limit"):
            database.write.connect()
        pool._timeout = before
    finally:
        for connection in held:
            connection.close()
    empty = scraped()
    assert value(empty, "westu_pool_connections", engine="write", what="used") == 0
    assert value(empty, "westu_pool_waits_total", engine="write") == waited + 1


def test_no_label_holds_what_a_caller_sent(scraped, alice, make, nobody):
    mark = "Zq7Marker"
    make.request(by=alice, description=mark)
    nobody.get(f"/v1/{mark}?{mark}={mark}", headers={mark: mark})
    nobody.call(mark.upper(), f"/v1/{mark}")
    nobody.get(f"/v1/service-requests/{mark}")
    nobody.post("/v1/identity/sessions", {"email": f"{mark}@example.org", "password": mark})
    names = [f"{name} {labels}" for name, labels in scraped()]
    assert not [name for name in names if mark.lower() in name.lower() or str(alice.id) in name]
    assert not [name for name in names if re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|29\.7|127\.0\.0\.1", name)]


def env_with(**more):
    return {"DATABASE_URL": "postgresql://x", "SECRET_KEY": SECRET, **more}


@pytest.mark.parametrize("token", ["short", "ñ" * 20, "with a\nnewline in it"])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token):
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        Settings.from_env(env_with(METRICS_TOKEN=token))


def test_a_folder_for_counting_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match="PROMETHEUS_MULTIPROC_DIR"):
        Settings.from_env(env_with(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "none")))
    assert Settings.from_env(env_with(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))).metrics_folder == tmp_path


def test_a_person_reads_the_same_on_a_page_with_the_token_as_password(app, scraped, nobody, make):
    def asked(password=None):
        told = base64.b64encode(f"operator:{password}".encode()).decode()
        return nobody.get("/status", headers={"Authorization": f"Basic {told}"} if password else {})

    assert asked("wrong").status_code == asked().status_code == 401
    assert asked().headers["WWW-Authenticate"].startswith("Basic ")
    page = asked(TOKEN)
    assert page.status_code == 200 and page.mimetype == "text/html"
    assert "script" not in page.get_data(as_text=True).lower()
    text = re.sub(r"<[^>]+>", "|", page.get_data(as_text=True))
    for words in (
        "|database up|",
        "|queue rows|",
        "|fcm|",
        "|web-push|",
        "|event_delivery|",
        "|oldest seconds|",
    ):
        assert words in re.sub(r"push ", "", text), words
    assert nobody.get("/status", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_without_a_token_there_is_no_page(nobody):
    problem(nobody.get("/status"), 404, "not-found")
