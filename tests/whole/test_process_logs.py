"""No personal data in any log of the real programs: server, worker, PostgreSQL, the stand-in of Firebase.

Marked words are planted in every field, query, path, header and file of every route, by people who may and by those who
may not; then things break underneath, so that exceptions and PostgreSQL's errors have something to quote.
"""

import dataclasses
import http.client
import json
import socket
import sys
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import create_engine, text

from backend.core.cluster import Cluster
from tests.conftest import with_city
from tests.make import Make
from tests.processes import Programs, answering, environment, until
from tests.whole.planted import MARK, PLACE, calls

SECRETS = [MARK.lower(), "29.7178", "-95.4317", "eyj", "three green parrots"]


class Planting:
    """The programs, and somebody who plants words in all that they are told."""

    def __init__(self, settings, folder, cluster):
        self.settings, self.folder, self.cluster = settings, folder, cluster
        self.statuses, self.numbers = [], set()

    def sql(self, *statements):
        engine = create_engine(self.settings.database_owner_url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return [connection.execute(text(statement)) for statement in statements]
        finally:
            engine.dispose()

    def send(self, method, path, query=None, body=None, token="", **headers):
        """Any request; its status is remembered, and the number that its lines in the log have."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        told = {
            "Content-Type": "application/json",
            "User-Agent": MARK,
            "X-Request-Id": MARK,
            "Referer": f"http://{MARK}",
        }
        told |= {"Cookie": f"session={MARK}", "Authorization": f"Bearer {token or MARK}"} | headers
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)) as line:
            line.request(method, f"{path}?{urlencode(query)}" if query else path, data, told)
            answer = line.getresponse()
            told_back = answer.read()
        self.statuses.append(answer.status)
        if number := answer.headers.get("Request-Id"):
            self.numbers.add(number)
        return answer.status, told_back

    def logs(self):
        """Everything that was written, by the name of its program."""
        written = {file.stem: file.read_text(errors="replace") for file in self.folder.glob("*.log")}
        return written | {"postgresql": self.cluster.log.read_text(errors="replace")}


@pytest.fixture(scope="module")
def planting(settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    with Cluster(folder / "pg", durable=False) as cluster, Programs(folder) as programs:
        cluster.ensure_database("planted")
        own = dataclasses.replace(
            settings, database_url=cluster.app_url("planted"), database_owner_url=cluster.owner_url("planted")
        )
        made = Planting(own, folder, cluster)
        made.app = with_city(own)
        command = [sys.executable, "-m", "backend.notifications.fakefcm", "--folder", folder / "fakefcm"]
        firebase = programs.start("fakefcm", command, environment(own))
        until((folder / "fakefcm/env.json").exists, firebase)
        told = json.loads((folder / "fakefcm/env.json").read_text())
        proxies = {
            name: told[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_PROXY")
        }
        credentials = {"FIREBASE_CREDENTIALS": str(folder / "fakefcm/service-account.json")}
        # with granian's own log of accesses, which is off unless asked for, in the form that names no address
        server = programs.server("server", own, GRANIAN_LOG_ACCESS_ENABLED="false")
        programs.worker("worker", own, **proxies, **credentials)
        made.url = answering(*server)
        yield made
        made.app.extensions["westu"].database.close()


def test_no_word_that_anybody_sends_is_in_any_log(planting, jpeg):
    with planting.app.app_context():
        make = Make(planting.app)
        alice, erin = make.person(MARK), make.person("erin", role="admin")
        carol = make.person("carol", role="desk")
        request = make.request(by=alice, description=MARK, where=PLACE)["id"]
        spec = alice.get("/openapi.json").get_json()
        people = {"alice": alice.token, "erin": erin.token, "carol": carol.token, "nobody": ""}

        def known(path):
            return str(request if "service-requests" in path else uuid.uuid4())

        sign_outs = ("/v1/identity/sessions/current", "/v1/identity/sign-out", "disable")
        for token in people.values():
            for method, path, query, body in calls(spec, known):
                if not any(word in path for word in sign_outs):
                    planting.send(method, path, query, body, token, **{"Idempotency-Key": MARK * 2})
        token = make.signed_in(alice).token
        # Files, by their names and their bytes; bodies that are no JSON; methods and headers that nobody knows.
        name = {"Content-Disposition": f'attachment; filename="{MARK}.jpg"', "Content-Type": "image/jpeg"}
        assert planting.send("PUT", f"/v1/photos/{uuid.uuid4()}", None, jpeg(), token, **name)[0] == 200
        assert (
            planting.send("PUT", f"/v1/photos/{uuid.uuid4()}", None, MARK.encode(), token, **name)[0] == 422
        )
        assert planting.send("POST", "/v1/service-requests/", None, f'{{"{MARK}'.encode(), token)[0] == 400
        assert planting.send(MARK.upper(), f"/v1/{MARK}", {MARK: MARK}, None, token)[0] == 404
        # A phone that is told: its address goes to the stand-in of Firebase, which does not know it.
        put = {"platform": "android", "token": MARK * 3}
        assert planting.send("PUT", "/v1/notifications/endpoint", None, put, token)[0] == 200
        given = planting.send(
            "POST",
            f"/v1/service-requests/{request}/assign",
            None,
            {"department": "public-works"},
            make.signed_in(carol).token,
        )
        assert given[0] in {200, 409}
        # What is no HTTP at all.
        host, port = urlsplit(planting.url).netloc.split(":")
        for words in (
            f"{MARK} {MARK}\r\n\r\n",
            f"GET /{MARK} HTTP/1.1\r\n{MARK}: \x00\r\n\r\n",
            f"GET /?{MARK * 9000} HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection((host, int(port)), 20) as raw:
                raw.sendall(words.encode())
                raw.settimeout(5)
                try:
                    raw.recv(1000)
                except TimeoutError:
                    continue
        # Things break underneath: an exception that holds parameters, a row that is there twice, a worker that fails.
        planting.sql(
            "CREATE UNIQUE INDEX planted ON request (description)",
            "ALTER TABLE person ADD CONSTRAINT planted CHECK (name <> 'Zq7Marker the second')",
            "ALTER TABLE notification RENAME COLUMN title TO titled",
        )
        wish = {"type": "pothole", "description": MARK * 2, "where": PLACE, "photos": []}
        answers = [
            planting.send("POST", "/v1/service-requests/", None, wish | {"id": str(uuid.uuid4())}, token)[0]
            for _ in range(2)
        ]
        assert answers == [201, 409]
        assert planting.send("PATCH", "/v1/me", None, {"name": f"{MARK} the second"}, token)[0] == 500
        third = make.request(by=alice, description=f"{MARK} the third")["id"]
        path = f"/v1/service-requests/{third}/assign"
        assert (
            planting.send("POST", path, None, {"department": "public-works"}, make.signed_in(carol).token)[0]
            == 200
        )
        until(lambda: "delivery failed" in planting.logs()["worker"])
        planting.sql("ALTER TABLE notification RENAME COLUMN titled TO title")

    logs = planting.logs()
    assert set(logs) == {"server", "worker", "fakefcm", "postgresql"}
    assert [
        f"{name}: {line}" for name, text_ in logs.items() for line in text_.splitlines() if quotes(line)
    ] == []
    # It was not for want of lines: each answer stands in the server's, and what broke in PostgreSQL's.
    lines = [json.loads(line) for line in logs["server"].splitlines() if line.startswith("{")]
    assert planting.numbers <= {line.get("request_id") for line in lines if line["message"] == "answered"}
    assert [line["error"] for line in lines if line["message"] == "fault"]
    assert 'duplicate key value violates unique constraint "planted"' in logs["postgresql"]
    assert 'violates check constraint "planted"' in logs["postgresql"]
    assert {200, 201, 400, 401, 403, 404, 409, 422, 500} <= set(planting.statuses)
    assert len(planting.statuses) > 300


def quotes(line):
    return any(word in line.lower() for word in SECRETS)


def test_each_line_of_server_and_worker_is_json_but_for_granians_own(planting):
    for name in ("server", "worker"):
        for line in planting.logs()[name].splitlines():
            assert line.startswith(("{", "[INFO]", "[WARNING]")), line
    assert Path(planting.folder).exists()
