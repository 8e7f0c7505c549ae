"""What of the URLs that callers hand us is never posted to: as the URL says, and as its name turns out."""

import subprocess
import sys

import pytest

from backend.notifications.clients.endpoints import public, refused_endpoint

GOOD = [
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
    "https://web.push.apple.com:443/QGx",
    "https://wns2-par02p.notify.windows.com/w/?token=BQY%3d",
    "https://1.1.1.1/x",
    "https://[2606:4700:4700::1111]/x",
    "https://xn--nxasmq6b.example.org/x",
]
HOSTILE = [
    "", "nonsense", "/path", "http://push.example.org/x", "ftp://push.example.org/x", "file:///etc/passwd",
    "gopher://push.example.org/", "https:///x", "https://", "https:push.example.org/x", "javascript:alert(1)",
    "https://user@push.example.org/x", "https://user:pass@push.example.org/x", "https://@push.example.org/x",
    "https://push.example.org:8443/x", "https://push.example.org:22/x", "https://push.example.org:99999/x",
    "https://push.example.org:x/", "https://push.example.org:-1/",
    "https://localhost/x", "https://localhost./x", "https://a.localhost/x", "https://intranet/x", "https://a.local/x",
    "https://metadata.google.internal/computeMetadata/v1/", "https://router.home.arpa/x", "https://a.lan/x",
    "https://127.0.0.1/x", "https://127.1/x", "https://127.0.1/x", "https://2130706433/x", "https://0x7f000001/x",
    "https://0x7f.0.0.1/x", "https://0177.0.0.1/x", "https://017700000001/x", "https://127.0.0.1./x",
    "https://0/x", "https://0.0.0.0/x", "https://10.0.0.1/x", "https://172.16.0.1/x", "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/x", "https://192.0.2.1/x", "https://198.18.0.1/x",
    "https://224.0.0.1/x", "https://239.255.255.250/x", "https://240.0.0.1/x", "https://255.255.255.255/x",
    "https://[::1]/x", "https://[::]/x", "https://[fe80::1]/x", "https://[fe80::1%25eth0]/x", "https://[fc00::1]/x",
    "https://[fd12::1]/x", "https://[ff02::1]/x", "https://[fec0::1]/x", "https://[::ffff:127.0.0.1]/x",
    "https://[::ffff:1.1.1.1]/x", "https://[::127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://[64:ff9b:1::1]/x",
    "https://[2002:7f00:1::]/x", "https://[2001:0:7f00:1::]/x", "https://[2001:db8::1]/x", "https://[::1/x",
    "https://[v1.x]/x", "https://1.1.1.1.1/x", "https://1.1.1.256/x",
    "https://good.example.org\\@127.0.0.1/x", "https://good.example.org\\.127.0.0.1/x", "https://127.0.0.1\\@good.org/x",
    "https://good.example.org\t/x", " https://good.example.org/x", "https://good.example.org/x\r\nHost: a", "https://a b.org/",
    "https://good.example.org\n.internal/x", "https://exämple.org/x", "https://good.example.org/ü", "https://\uff11\uff12\uff17.0.0.1/x",
    "https://-a.example.org/x", "https://a_b.example.org/x", "https://a..example.org/x", "https://.example.org/x",
    "https://example.123/x", "https://" + "a" * 64 + ".org/x", "https://" + "a." * 130 + "org/x",
    "https://push.example.org/" + "x" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_a_push_service_on_the_internet_may_be_tried(url):
    assert refused_endpoint(url) is None


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_endpoint_is_refused_with_words(url):
    assert refused_endpoint(url)


def test_named_hosts_are_the_only_ones_and_their_ports_are_free():
    hosts = ("push.example.org", "googleapis.com")
    assert refused_endpoint("https://fcm.googleapis.com/x", hosts) is None
    assert refused_endpoint("https://push.example.org:8443/x", hosts) is None
    for url in ("https://evilgoogleapis.com/x", "https://googleapis.com.evil.org/x", "https://1.1.1.1/x"):
        assert "push services" in refused_endpoint(url, hosts)
    assert refused_endpoint("http://push.example.org/x", hosts)


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("1.1.1.1", True), ("2606:4700:4700::1111", True), ("64:ff9b::101:101", True),
        ("127.0.0.1", False), ("127.255.255.254", False), ("10.1.2.3", False), ("100.127.255.255", False),
        ("169.254.1.1", False), ("::1", False), ("::ffff:1.1.1.1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False), ("fe80::1", False), ("fe80::1%eth0", False), ("fdff::1", False),
        ("ff0e::1", False), ("224.0.0.1", False), ("233.252.0.1", False), ("0.0.0.0", False), ("a name", False),
    ],
)  # fmt: skip
def test_only_one_hosts_address_on_the_internet_is_public(address, reached):
    assert public(address) is reached


def test_the_route_that_asks_loads_no_sdk():
    code = (
        "import sys, backend.notifications.clients.endpoints, backend.notifications.clients.vapid; "
        "sys.exit(any(name.startswith(('aiohttp', 'pywebpush', 'firebase_admin')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
