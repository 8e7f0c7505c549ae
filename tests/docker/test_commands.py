"""Each command, entrypoint and health check of ``docker/`` is started as it stands there, on a shared server of its own.

What differs from a container: a service's name becomes a place on this machine, its folders lie in a temporary one,
and the image's PATH is this installation's. The database's roles are made by the script that its container runs.
"""

import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from backend.core.cluster import OWNER, Cluster
from backend.core.postgresql import find_binaries
from backend.migrating import migrate
from backend.settings import Settings, SettingsError
from tests.core.test_metrics import samples, value
from tests.docker.compose import DOCKER, command, healthcheck, image, programs, services
from tests.processes import ROOT, Programs, fetch, free_port, until

SECRETS = {
    "POSTGRES_PASSWORD": "one",
    "OWNER_PASSWORD": "two",
    "APP_PASSWORD": "three",
    "SECRET_KEY": "k" * 64,
    "METRICS_TOKEN": "m" * 16,
}


class Composed:
    """The services of the compose file, each started from what stands there."""

    def __init__(self, folder, cluster, programs):
        self.folder, self.cluster, self.programs = folder, cluster, programs
        self.ports = {}

    def told(self, name):
        """A service with its variables filled in, on a port of its own."""
        port = self.ports.setdefault(name, free_port())
        return services(SECRETS | dict.fromkeys(("SERVER_PORT", "WORKER_PORT", "STREAM_PORT"), str(port)))[
            name
        ]

    def environment(self, name):
        """Of the image, then of the service; what names a container or its folders leads here."""
        _, env = image()
        env = {
            **env,
            **self.told(name)["environment"],
            "PATH": f"{programs()}:/usr/bin:/bin",
            "HOME": str(self.folder),
        }
        env["PYTHONPATH"] = str(ROOT)
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            if variable in env:
                assert "@database/westu" in env[variable]
                there = make_url(self.cluster.owner_url("westu"))
                env[variable] = env[variable].replace(
                    "@database/westu", f"@/westu?host={there.query['host']}"
                )
        for variable, inside in (
            ("FILES_URL", "/var/lib/westu"),
            ("PROMETHEUS_MULTIPROC_DIR", "/run/metrics"),
        ):
            if variable in env:
                here = (
                    self.folder / name / Path(inside).name
                    if variable != "FILES_URL"
                    else self.folder / "files"
                )
                here.mkdir(parents=True, exist_ok=True)
                env[variable] = env[variable].replace(inside, str(here))
        for variable in ("HOST", "GRANIAN_HOST"):
            env[variable] = "127.0.0.1"
        if name == "server-2":
            env["GRANIAN_WORKERS"] = "1"  # one server of two processes is enough to see what they share
        return env

    def run(self, words, name, **more):
        return subprocess.run(
            words,
            cwd=ROOT,
            env=self.environment(name) | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, name):
        return self.programs.start(name, command(self.told(name)), self.environment(name))

    def healthy(self, name):
        return self.run(healthcheck(self.told(name)), name).returncode == 0

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def sql(self, statement, role=OWNER, database="westu"):
        url = make_url(self.cluster.owner_url(database)).set(username=role)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                found = connection.execute(text(statement))
                return [tuple(row) for row in found] if found.returns_rows else []
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """A server of PostgreSQL of its own, with the roles that the script of the database's container makes."""
    folder = tmp_path_factory.mktemp("composed")
    with Cluster(folder / "pg", durable=False) as cluster, Programs(folder) as running:
        cluster.ensure_database("westu")
        made = Composed(folder, cluster, running)
        there = make_url(cluster.owner_url("westu"))
        told = services(SECRETS)["database"]["environment"]
        script = subprocess.run(
            ["sh", DOCKER / "roles.sh"],
            env={
                **told,
                "POSTGRES_USER": OWNER,
                "PGHOST": there.query["host"],
                "PATH": f"{find_binaries()}:/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert script.returncode == 0, script.stderr
        yield made


@pytest.fixture(scope="module")
def prepared(composed):
    """Migrated and seeded by the command of ``prepare``, as a role that is no superuser and may make no roles."""
    told = composed.run(command(composed.told("prepare")), "prepare")
    assert told.returncode == 0, told.stderr
    return composed


def listens(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def serving(prepared):
    """Two servers and two workers."""
    before = [prepared.healthy(name) for name in ("server-1", "worker-1")]
    assert before == [False, False], "what does not run is not healthy"
    names = ("server-1", "server-2", "worker-1", "worker-2")
    running = {name: prepared.start(name) for name in names}
    for name in names:
        until(lambda name=name: listens(prepared.ports[name]), running[name])
        until(lambda name=name: prepared.healthy(name), running[name])
    return prepared, running


def test_prepare_migrates_and_seeds_without_a_superuser(prepared):
    [(superuser, createrole)] = prepared.sql(
        "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = 'westu_migrations'"
    )
    assert (superuser, createrole) == (False, False)
    [(owner,)] = prepared.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'event'")
    assert owner == "westu_migrations"
    [(types,)] = prepared.sql("SELECT count(*) FROM request_type")
    assert types > 20


def test_the_servers_role_may_not_touch_the_ledger_nor_make_anything(prepared):
    for forbidden in ("DELETE FROM event", "CREATE TABLE mine (a int)", "SET ROLE westu_migrations"):
        with pytest.raises(Exception, match=r"permission denied"):
            prepared.sql(forbidden, role="westu_app")


def call(url, method, path, told=None, token=""):
    """(status, the JSON that came back)."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)) as host:
        host.request(method, path, json.dumps(told) if told is not None else None, headers)
        answer = host.getresponse()
        return answer.status, json.loads(answer.read() or b"null")


def signed_up(url):
    """(e-mail, access token) of a new account."""
    mail = f"{uuid.uuid4().hex}@example.org"
    account = {"email": mail, "password": "three green parrots", "name": "Ann", "device": "phone"}
    status, tokens = call(url, "POST", "/v1/identity/accounts", account)
    assert status == 201, tokens
    return mail, tokens["access_token"]


def test_two_servers_and_two_workers_carry_one_report_from_its_sender_to_the_inbox(serving):
    house, _ = serving
    one, two = house.url("server-1"), house.url("server-2")
    (_, ann), (mail, carol) = signed_up(one), signed_up(two)
    granted = house.run(["python", "-m", "backend.cli", "grant", mail, "desk"], "prepare")
    assert granted.returncode == 0, granted.stderr
    wish = {
        "id": str(uuid.uuid4()),
        "type": "pothole",
        "description": "Deep",
        "where": {"lat": 29.7178, "lon": -95.4317},
        "photos": [],
    }
    assert call(two, "POST", "/v1/service-requests/", wish, ann)[0] == 201
    path = f"/v1/service-requests/{wish['id']}"
    assert call(one, "POST", f"{path}/assign", {"department": "public-works"}, carol)[0] == 200
    told = until(lambda: call(two, "GET", "/v1/notifications/", token=ann)[1]["items"])
    assert "is with a crew" in told[0]["title"]
    assert fetch(f"{one}/metrics", SECRETS["METRICS_TOKEN"])[0] == 200


def test_each_servers_metrics_tell_of_all_its_processes_and_a_workers_of_its_work(serving):
    """Whichever process answers tells of both; what a killed one counted stays counted, what it held does not."""
    house, _ = serving
    token = SECRETS["METRICS_TOKEN"]
    ann = signed_up(house.url("server-1"))[1]

    def read(name):
        status, headers, text_ = fetch(f"{house.url(name)}/metrics", token)
        assert (status, headers.get_content_type()) == (200, "text/plain")
        return samples(text_.decode())

    def asked(name):
        return value(read(name), "westu_http_answers_total", method="GET", route="/v1/me", status="200")

    before = {name: asked(name) for name in ("server-1", "server-2")}
    for name in before:
        for _ in range(20):
            assert fetch(f"{house.url(name)}/v1/me", ann)[0] == 200
    for name, count in before.items():
        assert [asked(name) - count for _ in range(6)] == [20] * 6

    counted = Path(house.environment("server-1")["PROMETHEUS_MULTIPROC_DIR"])
    pids = {int(file.stem.rpartition("_")[2]) for file in counted.glob("counter_*.db")}
    assert len(pids) == 2
    victim = max(pids)
    os.kill(victim, signal.SIGKILL)

    def forgotten():
        try:
            asked("server-1")
        except OSError:  # the killed process took the connection with it
            return False
        return not (counted / f"gauge_livesum_{victim}.db").exists()

    until(forgotten)
    assert asked("server-1") - before["server-1"] == 20

    worker = f"{house.url('worker-1')}/metrics"
    assert fetch(worker)[0] == 401
    assert fetch(f"{house.url('worker-1')}/v1/me", ann)[0] == 404
    chores = [
        number
        for (name, labels), number in samples(fetch(worker, token)[2].decode()).items()
        if name == "westu_work_seconds_count" and ("what", "chore") in labels
    ]
    assert sum(chores) >= 5


def test_the_backup_service_writes_one_that_restores(serving, tmp_path):
    house, _ = serving
    made = house.run([*command(house.told("backup")), str(tmp_path / "monday")], "backup")
    assert made.returncode == 0, made.stderr
    tried = house.run(
        ["python", "-m", "backend.cli", "restore", str(tmp_path / "monday"), "--verify"], "backup"
    )
    assert tried.returncode == 0, tried.stderr


def test_a_host_that_gives_one_login_alone_is_told_what_it_has_to_do(composed):
    """No extensions, no role of the application, no right to make them: one line with the statements, nothing made."""
    composed.sql("CREATE ROLE tenant LOGIN")
    composed.sql("CREATE DATABASE tenant OWNER tenant TEMPLATE template0")
    url = make_url(composed.cluster.owner_url("tenant")).set(username="tenant").render_as_string()
    settings = Settings.from_env(
        composed.environment("prepare") | {"DATABASE_URL": url, "DATABASE_OWNER_URL": url}
    )
    with pytest.raises(SettingsError, match="administrator") as refusal:
        migrate(settings)
    wanted = str(refusal.value).rpartition("run: ")[2]
    assert "CREATE EXTENSION postgis" in wanted and "GRANT westu_app TO tenant" in wanted
    for statement in wanted.split(";")[:-1]:
        composed.sql(statement, database="tenant")
    migrate(settings)
    assert composed.sql("SELECT count(*) FROM event", role="tenant", database="tenant") == [(0,)]


STREAM = importlib.util.find_spec("backend.stream")


def test_the_stream_starts_and_is_healthy_or_is_reserved(prepared):
    assert "stream:8001" in services(SECRETS)["proxy"]["environment"]["STREAM"]
    assert not prepared.healthy("stream")
    if STREAM:
        process = prepared.start("stream")
        until(lambda: prepared.healthy("stream"), process)


def browser(port, server_name="localhost"):
    """A connection over TLS to the proxy; its authority is its own, made a moment ago."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(server_name, port, context=trusting, timeout=20)


CADDY = shutil.which("caddy")


def test_the_proxys_file_names_what_the_compose_file_gives_it():
    written = (DOCKER / "Caddyfile").read_text()
    assert written.count("{") == written.count("}")
    given = services(SECRETS)["proxy"]["environment"]
    for name in ("SITE", "HSTS_SECONDS", "SERVERS", "STREAM"):
        assert f"{{${name}:{given[name]}}}" in written, "the same default in both"
    for habit in (
        "Strict-Transport-Security",
        "max_size 16MB",
        "read_header 10s",
        "read_body 2m",
        "path /metrics /status",
        "request_header -*_*",
        "request_buffers 16MB",
    ):
        assert habit in written


def whole_bodies():
    """How this Caddy is told to pass on whole bodies only: Debian's is older than the image's."""
    version = subprocess.run([CADDY, "version"], capture_output=True, text=True, check=True).stdout
    return "buffer_requests" if version.startswith("2.6") else "request_buffers 16MB"


@pytest.mark.skipif(not CADDY, reason="caddy is not installed here")
def test_the_proxy_serves_both_servers_over_tls_and_nothing_that_is_private(serving, tmp_path):
    house, running = serving
    told, port = services(SECRETS)["proxy"], free_port()
    env = told["environment"] | {
        "SERVERS": " ".join(house.url(name).removeprefix("http://") for name in ("server-1", "server-2")),
        "STREAM": f"127.0.0.1:{free_port()}",
        "WHOLE_BODIES": whole_bodies(),
        "HEALTH_PORT": str(health := free_port()),
        "HTTPS_PORT": str(port),
        "HTTP_PORT": str(free_port()),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    words = [word.replace("/etc/caddy/Caddyfile", str(DOCKER / "Caddyfile")) for word in command(told)]
    process = house.programs.start("proxy", words, env)

    def get(path, method="GET", body=None, **headers):
        with closing(browser(port)) as asked:
            asked.request(method, path, body, headers)
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()

    def up():
        try:
            return get("/healthz")[0] == 200
        except OSError:
            return False

    until(up, process)
    with urllib.request.urlopen(f"http://127.0.0.1:{health}/healthz") as healthy:
        assert healthy.status == 200, "what the health check asks, whatever the site is called"
    status, headers, _ = get("/readyz")
    assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=3600")
    assert get("/metrics", Authorization=f"Bearer {SECRETS['METRICS_TOKEN']}")[0] == 404
    assert get("/v1/stream")[0] == 502, "the stream has a place of its own"
    as_json = {"Content-Type": "application/json"}
    too_long = get("/v1/identity/sessions", "POST", b"x" * 1_100_000, **as_json)
    assert too_long[0] in {413, 502}, "Caddy before 2.7 says 502"
    with socket.create_connection(("127.0.0.1", port), 20) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")  # plain words to a TLS port: refused, not held
        assert b"400" in slow.recv(1000)
    house.programs.signal(running["server-2"], 15)
    running["server-2"].wait(20)
    assert [get("/readyz")[0] for _ in range(6)] == [200] * 6, "one server is enough"
