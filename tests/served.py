"""Two real servers and two real workers for the tests: ``pytest --servers 2``.

A test that speaks HTTP or drives a phone then does so over loopback, each call to the other server in turn, while the
workers of the same database do theirs. Its own process keeps an application over that database for what it makes
and looks at. A test that reaches into the server's process (moves its clock, replaces a part, counts its statements,
stands amid a transaction, takes a queue's rows itself) runs in this process as ever, in another database of the same
PostgreSQL. Which of the two is told by what stands in the test: see ``reaches_inside``.
"""

import dataclasses
import http.client
import inspect
import itertools
import re
import sys
import time
from contextlib import suppress
from urllib.parse import quote, urlsplit

from sqlalchemy import create_engine, make_url, text

from tests.processes import Programs, answering

INSIDE_FIXTURES = {
    "monkeypatch",
    "lines",
    "caplog",
    "with_rights",
    "house",
    "archive",
    "taken",
    "fcm",
    "scraped",
    "drill",
    "composed",
    "_early",
}
"""Fixtures that reach into the server's process, or bring another house of their own."""

INSIDE_WORDS = re.compile(
    r"\b(later|amid|Meanwhile|all_at_once|once_through|deliver_some|deliver_one|send_some|claim|once_through|Chores|"
    r"view_functions|url_map|event\.listen|create_app|actor_of|extensions|test_request_context|Context|patch|"
    r"Tape|mailbox|queue_for_many|seal|first_broken|settings|import_file|load_demo|count_try|count_failure)\b"
)
"""What a test, or a function of its file that it calls, says when it works on the server from inside."""

WORKERS_WRITE = "real workers tell people meanwhile, and it compares all tables before and after"
NOTHING_SENT = "the real workers have no channel set up, and so queue nothing"
REFUSED_BEFORE = "granian itself refuses so much, with 431"
WORKERS_MEANWHILE = "real workers do it before the test looks"
INSIDE_TESTS = {
    "test_each_event_that_is_heard_waits_for_each_of_its_listeners": WORKERS_MEANWHILE,
    "test_who_got_it_and_lost_the_role_before_they_were_told_is_not_told": WORKERS_MEANWHILE,
    "test_the_feed_holds_what_the_routes_show": WORKERS_MEANWHILE,
    "test_a_key_of_mine_gets_the_first_answer_again_and_is_nothing_to_anybody_else": WORKERS_WRITE,
    "test_who_may_do_what_to_whose_thing_is_what_the_table_says": WORKERS_WRITE,
    "test_its_sender_sees_that_a_channel_stands_and_why": NOTHING_SENT,
    "test_written_by_one_published_by_another_read_by_everybody": NOTHING_SENT,
    "test_numbers_from_before_stay_when_the_connection_is_lost": NOTHING_SENT,
    "test_ten_thousand_headers_are_no_fault": REFUSED_BEFORE,
    "test_whatever_is_wrong_in_a_query_is_refused_by_its_name": REFUSED_BEFORE,
    "test_an_id_that_is_none_is_told_as_nothing_there_whoever_asks": "http.client sends no such path",
    "test_a_key_that_is_none_is_refused": "granian leaves out a header that is not ASCII, so there is no key",
}
"""Tests that say nothing of it, and why."""

WAITS = """
    SELECT (SELECT count(*) FROM event_delivery WHERE state IN ('queued', 'leased'))
         + (SELECT count(*) FROM event LEFT JOIN seal ON seal.event_seq = event.seq WHERE seal.n IS NULL)
"""


def reaches_inside(item):
    """Whether the test needs the server in its own process."""
    if getattr(item, "originalname", item.name) in INSIDE_TESTS:
        return True
    if INSIDE_FIXTURES & set(item.fixturenames) or "app" not in item.fixturenames:
        return True
    return bool(INSIDE_WORDS.search(told(item.function, item.module, set())))


def told(function, module, seen):
    """The source of a function and of those of its own file that it calls, fixtures too."""
    if function in seen:
        return ""
    seen.add(function)
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return ""
    called = set(re.findall(r"\b\w+\b", source))
    for name, value in vars(module).items():
        inner = getattr(value, "__wrapped__", value)
        if name in called and inspect.isfunction(inner) and inner.__module__ == module.__name__:
            source += told(inner, module, seen)
    return source


class Forward:
    """A WSGI application that hands each request to the next of these servers, over loopback."""

    def __init__(self, urls):
        self.next = itertools.cycle([urlsplit(url).netloc for url in urls])
        self.carried = dict.fromkeys((urlsplit(url).netloc for url in urls), 0)

    def __call__(self, environ, start_response):
        where = next(self.next)
        self.carried[where] += 1
        path = (
            environ.get("RAW_URI")
            or environ.get("REQUEST_URI")
            or quote(environ["PATH_INFO"].encode("latin-1"))
        )
        if environ.get("QUERY_STRING") and "?" not in path:
            path += "?" + environ["QUERY_STRING"]
        length = environ.get("CONTENT_LENGTH") or ""
        body = environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
        headers = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and name not in {"HTTP_HOST", "HTTP_CONNECTION"}
        }
        headers |= {"Host": where, "X-Forwarded-For": environ.get("REMOTE_ADDR", "127.0.0.1")}
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        if length:
            headers["Content-Length"] = length
        connection = http.client.HTTPConnection(where, timeout=60)
        try:
            connection.putrequest(environ["REQUEST_METHOD"], path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(
                    name, value.encode("utf-8" if max(value, default="") > "\xff" else "latin-1")
                )
            # An answer may come before the whole body is sent: one that is too long.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body or None)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        # Granian writes names in small letters, which mean the same; tests look for them as the code writes them.
        kept = [
            (name.title(), value)
            for name, value in answer.getheaders()
            if name.lower() not in {"connection", "date", "server"}
        ]
        start_response(f"{answer.status} {answer.reason}", kept, None)
        return [data]


class Served:
    """The servers, the workers, and an application of this process over their database."""

    def __init__(self, settings, count, folder, make_app):
        owner = settings.database_owner_url
        self.name = f"{make_url(owner).database}_served"
        self._sql(owner, f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self._sql(owner, f'CREATE DATABASE "{self.name}"')
        self.beside = owner
        self.settings = dataclasses.replace(
            settings,
            **{
                url: make_url(getattr(settings, url))
                .set(database=self.name)
                .render_as_string(hide_password=False)
                for url in ("database_url", "database_owner_url")
            },
        )
        self.app = make_app(self.settings)
        self.programs = Programs(folder)
        # The workers send nothing: a test does, where it looks at what is sent.
        ways = {
            "SMTP_URL": settings.smtp_url,
            "MAIL_FROM": settings.mail_from,
            "VAPID_KEY": settings.vapid_key,
            "VAPID_CONTACT": settings.vapid_contact,
        }
        servers = [
            self.programs.server(f"server-{n}", self.settings, PROXIES="1", POOL_SIZE="4", **ways)
            for n in range(count)
        ]
        for n in range(count):
            self.programs.worker(f"worker-{n}", self.settings, POOL_SIZE="2")
        self.forward = Forward([answering(*server) for server in servers])
        self.app.wsgi_app = self.forward
        self.app.extensions["settled"] = self.settled
        self.engine = create_engine(self.settings.database_owner_url, isolation_level="AUTOCOMMIT")

    @staticmethod
    def _sql(url, statement):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def settled(self):
        """Return once the workers have told and sealed everything."""
        limit = time.monotonic() + 60
        with self.engine.connect() as connection:
            while connection.scalar(text(WAITS)):
                assert time.monotonic() < limit, "the workers do not keep up"
                time.sleep(0.02)

    def end(self):
        self.programs.__exit__(*sys.exc_info())
        self.app.extensions["westu"].database.close()
        self.engine.dispose()
        self._sql(self.beside, f'DROP DATABASE "{self.name}" WITH (FORCE)')
