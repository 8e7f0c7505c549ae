"""Mail over SMTP (RFC 5321), through the city's own mail server or its provider's."""

import logging
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from backend.core.clock import now
from backend.notifications.clients import Broken, Gone, Job, Outcome, Rejected, Retry, Sent
from backend.notifications.clients.answers import PAUSE, shortened, too_many

log = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds for each answer of the server
PATIENCE = 30.0  # seconds for a batch
MAX_SUBJECT = 200  # bytes
PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CLOSING = 421  # "service not available, closing transmission channel"
PERMANENT = 500


class Server(NamedTuple):
    """Where mail is handed in. TLS begins with the connection or by STARTTLS; only on loopback is there none."""

    host: str
    port: int
    user: str
    password: str
    tls: str


def read_url(url: str) -> Server:
    """`smtps://user:pass@host:465` or `smtp://user:pass@host:587`. Raises ValueError, quoting nothing of it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "has not the form of smtp://user:password@host:port or smtps://user:password@host:port"
        )
    if (parts.username is None) != (parts.password is None):
        raise ValueError("names a user without a password, or a password without a user")
    plain = parts.scheme == "smtp" and host in LOOPBACK
    tls = "none" if plain else {"smtp": "starttls", "smtps": "at once"}[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("holds a user or password that is not ASCII: smtplib sends no other")
    return Server(host, port or PORTS[parts.scheme], user, password, tls)


class Mail:
    """One mail to one person for each job, over one connection for the batch.

    `server` is what `read_url` makes of a URL, `sender` what `read_sender` makes of an address.
    `timeout` and `patience` are seconds. Nothing is connected to before there is something to send.
    """

    name = "mail"
    batch = 50
    lease = timedelta(minutes=5)

    def __init__(
        self, server: Server, sender: Address, *, timeout: float = TIMEOUT, patience: float = PATIENCE
    ) -> None:
        self._server, self._sender = server, sender
        self._timeout, self._patience = timeout, patience

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job; within `patience`, and an answer's time-out, seconds."""
        if not jobs:
            return []
        ends = time.monotonic() + self._patience
        try:
            line = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return [_no_connection(error)] * len(jobs)
        outcomes: list[Outcome] = []
        try:
            for job in jobs:
                if stop := _stopped(outcomes, line, late=time.monotonic() > ends):
                    outcomes.append(stop)
                else:
                    outcomes.append(self._send_one(line, job))
        finally:
            _hang_up(line)
        return _doubt_ourselves(outcomes)

    def close(self) -> None:
        """Nothing is held between batches."""

    def _connect(self) -> smtplib.SMTP:
        server, ours = self._server, self._sender.domain
        if server.tls == "at once":
            trust = ssl.create_default_context()
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, ours, timeout=self._timeout, context=trust
            )
        else:
            line = smtplib.SMTP(server.host, server.port, ours, timeout=self._timeout)
        try:
            if server.tls == "starttls":
                line.starttls(context=ssl.create_default_context())
            if server.user:
                line.login(server.user, server.password)
        except BaseException:
            line.close()
            raise
        return line

    def _send_one(self, line: smtplib.SMTP, job: Job) -> Outcome:
        try:
            told = mail(job, self._sender)
        except ValueError:
            return Gone("no address that mail can be sent to")
        try:
            # The bytes as they are: send_message would write ">From" for a line that begins with "From".
            line.sendmail(self._sender.addr_spec, [job.address["email"]], told.as_bytes())
            return Sent(told["Message-ID"])
        except Exception as error:  # noqa: BLE001 - one mail's surprise must not cost the others' results
            return refused(error)


def read_sender(text: str) -> Address:
    """`Name <address>`, or an address alone. Raises ValueError."""
    found = re.fullmatch(r"\s*(?:\"?([^\"<>\r\n]*?)\"?\s*<([^<>\s]+)>|([^<>\s]+))\s*", text)
    if not found:
        raise ValueError("is no mail address")
    return _address(found[2] or found[3], found[1] or "")


def _address(text: str, name: str = "") -> Address:
    """One address of ASCII, with a domain. Raises ValueError."""
    if not text.isascii() or not re.fullmatch(
        r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\\\x00-\x1f\x7f]+", text
    ):
        raise ValueError("is no mail address")
    try:
        return Address(name, addr_spec=text)
    except (MessageError, IndexError) as error:
        raise ValueError("is no mail address") from error


def mail(job: Job, sender: Address) -> EmailMessage:
    """The mail: plain text, and headers by which no machine answers it. Raises ValueError for a bad address.

    A repeat has the same Message-ID (RFC 5322 §3.6.4), so that a mailbox may keep one of them.
    """
    told = EmailMessage(policy=SMTP)
    told["From"] = sender
    told["To"] = _address(job.address.get("email", ""))
    told["Subject"] = shortened(" ".join(_printable(job.title).split()), MAX_SUBJECT)
    told["Date"] = format_datetime(now())
    told["Message-ID"] = f"<{job.mid}.{job.endpoint}@{sender.domain}>"
    told["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    told.set_content(_printable(job.body), charset="utf-8", cte="quoted-printable")
    told["Content-Language"] = re.sub(r"[^A-Za-z0-9-]", "", job.language) or "en"
    return told


def _printable(text: str) -> str:
    """Without what no mail may hold: control characters but for the ends of lines, and halves of characters."""
    whole = text.encode(errors="ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in whole if each in "\n\t" or each.isprintable() or each == "\u00a0")


def refused(error: Exception) -> Outcome:
    """What a mail server's refusal of one mail means. Its words may quote the address: codes alone are kept."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return _recipient(code, text)
        case smtplib.SMTPSenderRefused():
            return _by_code(error.smtp_code, "sender refused", Broken)
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code, "mail refused", Rejected)
        case smtplib.SMTPServerDisconnected() | OSError():
            return Retry(type(error).__name__)  # it may have been taken: the repeat has the same Message-ID
        case _:
            log.error("mail: an answer that we do not understand", exc_info=error)
            return Retry(type(error).__name__)


def _recipient(code: int, text: bytes) -> Outcome:
    if code < PERMANENT:
        return _by_code(code, "recipient refused", Gone)
    extended = re.match(rb"5\.(\d{1,3})\.(\d{1,3})", text)  # RFC 3463
    said = f"SMTP {code} {extended[0].decode() if extended else ''}".strip()
    if extended and extended[1] != b"1" and extended[0] != b"5.2.1":
        return Rejected(said)  # the mailbox is full, the provider's policy is against it: the address is good
    return Gone(said)


def _by_code(code: int, what: str, permanent: Callable[[str], Outcome]) -> Outcome:
    if code == CLOSING:
        return Retry(f"SMTP {code}", PAUSE, whole_channel=True)
    return permanent(f"{what}: SMTP {code}") if code >= PERMANENT else Retry(f"{what}: SMTP {code}")


def _no_connection(error: Exception) -> Outcome:
    match error:
        case smtplib.SMTPAuthenticationError() if error.smtp_code >= PERMANENT:
            return Broken(f"user or password refused: SMTP {error.smtp_code}")
        case smtplib.SMTPNotSupportedError():
            return Broken("the mail server offers no STARTTLS, or no way to sign in that we know")
        case ssl.SSLCertVerificationError():
            return Broken("the mail server's certificate is not to be trusted")
        case smtplib.SMTPResponseException() if error.smtp_code >= PERMANENT:
            return Broken(f"the mail server refuses us: SMTP {error.smtp_code}")
        case _:
            return Retry(type(error).__name__, PAUSE, whole_channel=True)


def _stopped(outcomes: list[Outcome], line: smtplib.SMTP, *, late: bool) -> Outcome | None:
    """What becomes of the next job if nothing more can be sent now; it costs no try."""
    if line.sock is None:
        return Retry("the mail server hung up", PAUSE, whole_channel=True)
    if outcomes and isinstance(outcomes[-1], Broken):
        return outcomes[-1]
    return Retry("the mail server is slow", 1.0, whole_channel=True) if late else None


def _hang_up(line: smtplib.SMTP) -> None:
    try:
        line.quit()
    except (smtplib.SMTPException, OSError):
        line.close()


def _doubt_ourselves(outcomes: list[Outcome]) -> list[Outcome]:
    """A server that knows none of many people has something against us: that closes no address."""
    gone = [outcome for outcome in outcomes if isinstance(outcome, Gone) and outcome.why.startswith("SMTP")]
    if not too_many(len(gone), outcomes) or any(isinstance(outcome, Sent) for outcome in outcomes):
        return outcomes
    broken = Broken(f"{gone[0].why} for {len(gone)} of {len(outcomes)} addresses")
    return [broken if outcome in gone else outcome for outcome in outcomes]
