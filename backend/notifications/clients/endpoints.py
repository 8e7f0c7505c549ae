"""Web Push endpoints and webhooks are URLs that callers hand us: what of them we post to at all. Loads no SDK, asks no DNS."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

MAX_URL = 2048
HTTPS = 443
NO_HTTPS = "is not https://host/…"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TRANSLATED = IPv6Network("64:ff9b::/96")  # holds an IPv4 address in its last 32 bits (RFC 6052)
GLOBAL = IPv6Network("2000::/3")  # all that is given out for the internet so far

_NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)
_INSIDE = (
    "local",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "home.arpa",
    "test",
    "invalid",
    "example",
    "onion",
)


def refused_endpoint(url: str, hosts: Sequence[str] = ()) -> str | None:
    """Why we never post to this URL, as words for whoever registers it; None if it may be tried.

    `hosts` are the suffixes of names that are allowed, all others then are not; on those any port
    will do. Only what the URL itself says is looked at: its name may still lead to an address that
    is refused when a connection is made.
    """
    read = _parts(url)
    if isinstance(read, str):
        return read
    scheme, host, port = read
    if scheme != "https":
        return NO_HTTPS
    if hosts:
        return None if under(host, hosts) else "is not at one of the push services that this city uses"
    if port != HTTPS:
        return "names a port of its own"
    return _refused_host(host)


def refused_webhook(url: str, *, loopback: bool = False) -> str | None:
    """Why we never post to this URL, as words for whoever names it; None if it may be tried. Any port will do.

    `loopback` is for development: plain http as well, and this machine by its own names and no other.
    """
    read = _parts(url)
    if isinstance(read, str):
        return read
    scheme, host, _ = read
    if "#" in url:
        return "has a fragment, which nobody would be told"
    if loopback and host in LOOPBACK:
        return None
    return _refused_host(host) if scheme == "https" else NO_HTTPS


def _parts(url: str) -> tuple[str, str, int] | str:
    """(scheme, host, port) of a URL, or why it is none that we use."""
    if len(url) > MAX_URL or not re.fullmatch(r"[!-\[\]-~]+", url):  # no space, no control, no backslash
        return "is too long, or holds characters that no URL has"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS
    except ValueError:
        return "is no URL"
    brackets = "[" in parts.netloc and ":" not in host  # a form of address that nobody has defined yet
    if parts.scheme not in ("https", "http") or "@" in parts.netloc or not host or brackets:
        return NO_HTTPS
    return parts.scheme, host, port


def under(host: str, suffixes: Sequence[str]) -> bool:
    """Whether the name is one of these, or below one."""
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)


def _refused_host(host: str) -> str | None:
    if _NAME.match(host):
        return "names a host of a private network" if under(host, _INSIDE) else None
    try:
        found = ip_address(host)
    except ValueError:
        # 127.1, 0x7f000001 and 2130706433 among them, which some resolvers take for 127.0.0.1
        return "names no host of the internet"
    return None if public(str(found)) else "names a private address"


def public(address: str) -> bool:
    """Whether this is one host's address on the internet: nothing of this machine, of our networks or of a tunnel."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:  # with a zone (fe80::1%eth0), say
        return False
    if isinstance(found, IPv6Address):
        if found in TRANSLATED:
            return public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in GLOBAL or found.sixtofour or found.teredo:
            return False  # IPv4-mapped addresses lie outside of GLOBAL
    return found.is_global and not found.is_multicast
