"""The audit of packages in ``make lint``: the real pip-audit against a stand-in of OSV on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backend.run import audit

NOBODY = ("osv", "--osv-url", "http://127.0.0.1:1/v1/query")
"""Nothing listens on port 1."""


@pytest.fixture
def osv():
    """A stand-in of OSV: ``bad`` are the packages that it knows to be vulnerable, ``asked`` what it was asked."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = wanted["package"]["name"]
            server.asked.append((name, wanted["version"]))
            affected = {
                "package": {"name": name, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}],
            }
            bad = {"id": "PYSEC-0000-1", "details": "planted", "affected": [affected]}
            body = json.dumps({"vulns": [bad]} if name in server.bad else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.bad, server.asked = set(), []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.service = ("osv", "--osv-url", f"http://127.0.0.1:{server.server_port}/v1/query")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "requirements.lock"
    file.write_text("".join(f"{name} --hash=sha256:{'0' * 64}\n" for name in ("good==1.0", "planted==2.0")))
    return file


def test_packages_that_are_known_to_be_sound_pass_and_all_were_asked_for(osv, lock, capsys):
    assert audit.audit([osv.service], lock)
    assert sorted(osv.asked) == [("good", "1.0"), ("planted", "2.0")]
    assert "knows of no vulnerability in 2 packages" in capsys.readouterr().out


def test_a_known_vulnerability_fails_and_names_the_version_that_mends_it(osv, lock, capsys):
    osv.bad = {"planted"}
    assert not audit.audit([NOBODY, osv.service], lock)
    told = capsys.readouterr().out
    assert "planted 2.0: PYSEC-0000-1, mended in 9.9" in told
    assert "good" not in told


def test_where_nobody_can_be_asked_that_is_said_and_is_no_failure(lock, capsys):
    assert audit.audit([NOBODY], lock)
    reason, told = capsys.readouterr().out.splitlines()
    assert "ConnectionError" in reason
    assert told == "! not audited: no vulnerability service reachable"


def test_a_service_that_knows_none_of_the_packages_is_no_service(monkeypatch, lock, capsys):
    """A mirror of an index answers like that, and pip-audit itself then finds nothing wrong."""
    skipped = [{"name": "good", "skip_reason": "not found"}, {"name": "planted", "skip_reason": "not found"}]
    monkeypatch.setattr(audit, "ask", lambda *_: skipped)
    assert audit.audit([("pypi",)], lock)
    assert capsys.readouterr().out == "! not audited: no vulnerability service reachable\n"


def test_a_package_that_one_service_lacks_is_asked_for_at_the_next(monkeypatch, osv, lock, capsys):
    partly = [
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "planted", "skip_reason": "not found"},
    ]
    real = audit.ask
    monkeypatch.setattr(
        audit, "ask", lambda service, lock: partly if service == ("pypi",) else real(service, lock)
    )
    osv.bad = {"planted"}
    assert not audit.audit([("pypi",), osv.service], lock)
    capsys.readouterr()
    assert audit.audit([("pypi",), NOBODY], lock)
    assert "no vulnerability service knows them: planted" in capsys.readouterr().out
