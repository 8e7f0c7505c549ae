"""What a running house is told from outside. The only reader of the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

SHORTEST_KEY = 32
"""HMAC-SHA-256 wants a key at least as long as its output (RFC 7518 §3.2)."""
SHORTEST_TOKEN = 16
"""Of ``METRICS_TOKEN``: what nobody guesses over a network."""


class SettingsError(Exception):
    """A setting is missing or can't be used; the words name it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between two installations."""

    database_url: str
    """Where the server's and the worker's role sign in: ``postgresql+psycopg://…``."""
    database_owner_url: str
    """Where the role that owns and migrates the tables signs in."""
    secret_key: bytes
    """Signs access tokens. All servers of one city share it."""
    files_url: str
    """Where photos lie: ``file:///path`` or an object store that obstore knows (``s3://bucket``)."""
    firebase_credentials: Path | None
    """A service account file. Without one, push by Firebase is off and says so."""
    fcm_transport: str = "firebase"
    """How messages reach Firebase: through firebase-admin, or ``pooled``, over connections of our own."""
    vapid_key: str = field(default="", repr=False)
    """The city's key towards the push services of browsers (RFC 8292). Without one, Web Push is off and says so."""
    vapid_contact: str = ""
    """Whom those services' operators write to: ``mailto:…`` or ``https://…``."""
    webpush_hosts: tuple[str, ...] = ()
    """The push services that are used, by the ends of their names; without any, all on the internet."""
    webhooks_loopback: bool = False
    """For development: webhooks may also be on this machine, over plain http."""
    smtp_url: str = field(default="", repr=False)
    """Where mail is handed in: ``smtp://user:password@host:587`` or ``smtps://…``. Without it, mail is off and says so."""
    mail_from: str = ""
    """The sender of all mail: ``Name <address>`` or an address."""
    public_url: str
    """What callers see: the server's own address, as written into links."""
    host: str
    """The address of this machine at which the server, the stream and a worker's ``/metrics`` listen."""
    stream_port: int
    """Where the stream listens, on the same host as the server."""
    stream_url: str
    """Where phones find the stream, if that is not its port on the host that they call."""
    proxies: int
    """How many proxies stand in front, so that a caller's address is taken from the right header."""
    metrics_token: str = ""
    """Whoever brings it may read ``/metrics``; without one nobody may."""
    metrics_folder: Path | None = None
    """Where the processes of one server write what they count; without one each tells only of itself."""
    metrics_port: int = 0
    """Where a worker serves ``/metrics``, at ``host``; 0 is nowhere."""
    oldest_wire: int
    """Phones with a smaller wire version get 426."""
    next_channel: timedelta = timedelta(minutes=10)
    """An alert, or a fault, that somebody has not seen for so long goes to them on the next channel: by mail."""
    access_life: timedelta = timedelta(minutes=10)
    refresh_life: timedelta = timedelta(days=60)
    pool_size: int = 8

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment. Raises SettingsError, naming the variable."""
        env = os.environ if env is None else env
        database_url = env.get("DATABASE_URL", "")
        if not database_url:
            raise SettingsError("DATABASE_URL is not set: `make run` sets it, or see README.md.")
        host, port = env.get("HOST", "127.0.0.1"), env.get("PORT", "8000")
        credentials = env.get("FIREBASE_CREDENTIALS", "")
        return cls(
            database_url=with_driver(database_url),
            database_owner_url=with_driver(env.get("DATABASE_OWNER_URL") or database_url),
            secret_key=_secret_key(env),
            files_url=env.get("FILES_URL", "") or (Path("var/files").absolute().as_uri()),
            firebase_credentials=Path(credentials) if credentials else None,
            fcm_transport=_fcm_transport(env),
            vapid_key=(vapid_key := _secret(env, "VAPID_KEY")),
            vapid_contact=_vapid_contact(env, needed=bool(vapid_key)),
            webpush_hosts=_hosts(env, "WEBPUSH_HOSTS"),
            webhooks_loopback=env.get("WEBHOOKS_LOOPBACK", "") == "1",
            smtp_url=(smtp_url := _secret(env, "SMTP_URL")),
            mail_from=_mail_from(env, needed=bool(smtp_url)),
            public_url=env.get("PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
            host=host,
            stream_port=_whole(env, "STREAM_PORT", 0) or _whole(env, "PORT", 8000) + 1,
            stream_url=env.get("STREAM_URL", "").rstrip("/"),
            proxies=_whole(env, "PROXIES", 0),
            metrics_token=_metrics_token(env),
            metrics_folder=_metrics_folder(env),
            metrics_port=_whole(env, "METRICS_PORT", 0),
            oldest_wire=_whole(env, "OLDEST_WIRE", 1),
            next_channel=timedelta(minutes=_whole(env, "NEXT_CHANNEL_MINUTES", 10)),
            pool_size=_whole(env, "POOL_SIZE", 8),
        )


def with_driver(url: str) -> str:
    """Accept ``postgres://`` and ``postgresql://`` as hosting services write them."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _secret(env: Mapping[str, str], name: str) -> str:
    """The variable's own text, or what stands in the file that ``…_FILE`` names."""
    if file := env.get(f"{name}_FILE", ""):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE can't be read: {error.strerror}: {file}") from error
    return env.get(name, "")


def _fcm_transport(env: Mapping[str, str]) -> str:
    named = env.get("FCM_TRANSPORT", "") or "firebase"
    if named not in ("firebase", "pooled"):
        raise SettingsError(f"FCM_TRANSPORT must be firebase or pooled, not {named!r}.")
    return named


def _vapid_contact(env: Mapping[str, str], *, needed: bool) -> str:
    contact = env.get("VAPID_CONTACT", "")
    if (needed or contact) and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^/\s]+(/\S*)?", contact):
        raise SettingsError(
            "VAPID_CONTACT must be mailto:… or https://…, whom the push services' operators write to."
        )
    return contact


def _hosts(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in re.split(r"[\s,]+", env.get(name, "")) if host)
    if wrong := [host for host in hosts if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host)]:
        raise SettingsError(f"{name} must be names of hosts, with commas between them; {wrong[0]!r} is none.")
    return hosts


def _mail_from(env: Mapping[str, str], *, needed: bool) -> str:
    sender = env.get("MAIL_FROM", "")
    if needed and not sender:
        raise SettingsError("MAIL_FROM is not set, and SMTP_URL is: who sends the mail?")
    return sender


def _metrics_token(env: Mapping[str, str]) -> str:
    token = _secret(env, "METRICS_TOKEN")
    if token and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise SettingsError(f"METRICS_TOKEN must be at least {SHORTEST_TOKEN} visible ASCII characters.")
    return token


def _metrics_folder(env: Mapping[str, str]) -> Path | None:
    folder = env.get("PROMETHEUS_MULTIPROC_DIR", "")
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise SettingsError(f"PROMETHEUS_MULTIPROC_DIR is no folder that can be written to: {folder}")
    return Path(folder) if folder else None


def _secret_key(env: Mapping[str, str]) -> bytes:
    text = _secret(env, "SECRET_KEY")
    if len(text.encode()) < SHORTEST_KEY:
        raise SettingsError(
            f"SECRET_KEY (or SECRET_KEY_FILE) must hold at least {SHORTEST_KEY} bytes; "
            f"for example: {secrets.token_hex(4)}… made by `python -c 'import secrets; print(secrets.token_hex(32))'`."
        )
    return text.encode()


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, "") or default)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {env[name]!r}.") from None
