"""Mail to a mail server that speaks SMTP with TLS and signing in."""

import time
from dataclasses import replace
from urllib.parse import quote

import pytest

from backend.notifications.clients import Broken, Gone, Rejected, Retry, Sent
from backend.notifications.clients.mail import Mail, read_sender, read_url
from tests.notifications.jobs import job
from tests.notifications.mail_server import PASSWORD, USER, MailServer
from tests.notifications.push_service import names

SENDER = "West U <noreply@westu.example>"
SIGNED = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


def mailing(url, sender=SENDER, **options):
    return Mail(read_url(url), read_sender(sender), **options)


def to(address="ann@example.org", **changes):
    return job("", **{"address": {"email": address}, **changes})


@pytest.fixture
def dns(monkeypatch):
    with names(monkeypatch, mail_test=["127.0.0.1"], localhost=["127.0.0.1"]):
        yield


@pytest.fixture
def server(dns, tmp_path, monkeypatch):
    with MailServer(tmp_path) as serving:
        monkeypatch.setenv("SSL_CERT_FILE", str(serving.authority))
        yield serving


@pytest.fixture
def channel(server):
    return mailing(f"smtp://{SIGNED}mail.test:{server.port}", timeout=5)


def test_a_mail_says_what_the_message_says_and_that_a_machine_wrote_it(server, channel):
    told = to(title="Your report: ¿agua? 🚰", body="Wörk has begun.\n.\nFrom here on.", language="es")
    [outcome] = channel.send([told])
    [(recipient, mail, raw)] = server.mails
    assert outcome == Sent(mail["Message-ID"])
    assert (recipient, mail["To"], mail["From"]) == ("ann@example.org", "ann@example.org", SENDER)
    assert (mail["Subject"], mail.get_content().replace("\r\n", "\n").rstrip("\n")) == (told.title, told.body)
    assert str(told.mid) in mail["Message-ID"]
    assert mail["Message-ID"].endswith("@westu.example>")
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "es")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail["Date"].datetime.tzinfo
    assert mail["List-Unsubscribe"] is None
    assert raw.isascii()


def test_a_repeat_has_the_same_message_id_and_another_person_another(server, channel):
    told = to()
    for each in (told, told, replace(told, endpoint=to().endpoint)):
        channel.send([each])
    first, again, other = (mail["Message-ID"] for _, mail, _ in server.mails)
    assert first == again != other


def test_a_batch_takes_one_connection_and_is_secret_before_anybody_signs_in(server, channel):
    outcomes = channel.send([to(f"p{n}@example.org") for n in range(20)])
    assert {type(each) for each in outcomes} == {Sent}
    assert server.connections == 1
    said = [command.split(" ")[0].upper() for command in server.commands]
    assert said[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert said[-1] == "QUIT"


def test_tls_at_once(dns, tmp_path, monkeypatch):
    with MailServer(tmp_path, tls="at once") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        assert isinstance(mailing(f"smtps://{SIGNED}mail.test:{server.port}").send([to()])[0], Sent)


@pytest.mark.parametrize(("host", "kind"), [("localhost", Sent), ("127.0.0.1", Sent), ("mail.test", Broken)])
def test_plain_text_goes_to_loopback_alone(dns, tmp_path, host, kind):
    with MailServer(tmp_path, tls="none", auth=False) as server:
        [outcome] = mailing(f"smtp://{host}:{server.port}").send([to()])
        assert isinstance(outcome, kind)
        assert len(server.mails) == (kind is Sent)


def test_a_server_that_nobody_vouches_for_is_told_no_password(server, channel, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert isinstance(channel.send([to()])[0], Broken)
    assert not any("AUTH" in command for command in server.commands)


def test_a_refused_password_is_broken_and_quotes_nothing(server):
    channel = mailing(f"smtp://{SIGNED.replace('pass', 'wrong')}mail.test:{server.port}")
    outcomes = channel.send([to(), to()])
    assert outcomes == [Broken("user or password refused: SMTP 535")] * 2


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 <ann@example.org> no such user", Gone("SMTP 550 5.1.1")),
        ("550 no such user", Gone("SMTP 550")),
        ("550 5.2.1 disabled", Gone("SMTP 550 5.2.1")),
        ("552 5.2.2 full", Rejected("SMTP 552 5.2.2")),
        ("550 5.7.1 we do not like you", Rejected("SMTP 550 5.7.1")),
        ("450 4.2.0 later", Retry("recipient refused: SMTP 450")),
        ("421 4.3.2 going down", Retry("SMTP 421", 60.0, whole_channel=True)),
    ],
)
def test_each_answer_about_a_recipient_has_its_outcome(server, channel, answer, expected):
    server.answers["rcpt to:<ann@example.org>"] = answer
    assert channel.send([to()]) == [expected]
    assert server.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("mail from:<noreply@westu.example>", "550 5.7.1 not you", Broken),
        ("mail from:<noreply@westu.example>", "451 later", Retry),
        ("data", "554 5.6.0 spam", Rejected),
        ("data", "451 later", Retry),
    ],
)
def test_each_answer_about_a_mail_has_its_outcome(server, channel, command, answer, kind):
    server.answers[command] = answer
    assert isinstance(channel.send([to()])[0], kind)


def test_one_bad_address_costs_the_others_nothing(server, channel):
    server.answers["rcpt to:<gone@example.org>"] = "550 5.1.1 no"
    outcomes = channel.send(
        [to("a@example.org"), to("gone@example.org"), to("not an address"), to("b@example.org")]
    )
    assert [type(each) for each in outcomes] == [Sent, Gone, Gone, Sent]


def test_a_server_that_knows_nobody_closes_no_address(server, channel):
    for n in range(5):
        server.answers[f"rcpt to:<p{n}@example.org>"] = "550 no"
    assert {type(each) for each in channel.send([to(f"p{n}@example.org") for n in range(5)])} == {Broken}


def test_a_server_that_hangs_up_costs_one_mail_a_try_and_the_others_none(server, channel):
    server.answers["rcpt to:<b@example.org>"] = None
    outcomes = channel.send(
        [to("a@example.org"), to("b@example.org"), to("c@example.org"), to("d@example.org")]
    )
    assert [type(each) for each in outcomes] == [Sent, Retry, Retry, Retry]
    assert [each.whole_channel for each in outcomes[1:]] == [False, True, True]


def test_no_server_holds_the_channel_and_costs_no_try(server, channel):
    nobody = mailing("smtp://mail.test:9", timeout=1)
    nowhere = mailing("smtp://no-such-name.test", timeout=1)
    for away in (nobody, nowhere):
        [outcome] = away.send([to()])
        assert (type(outcome), outcome.whole_channel) == (Retry, True)


def test_a_slow_server_holds_up_the_others_no_longer_than_our_patience(server, monkeypatch):
    channel = mailing(f"smtp://{SIGNED}mail.test:{server.port}", patience=0)
    first, second = channel.send([to(), to()])
    assert (first, second) == (Retry("the mail server is slow", 1.0, whole_channel=True),) * 2


@pytest.mark.parametrize(
    "address",
    ["", "a", "ü@b.org", "@b.org", "a@", "a@b.org\r\nBcc: c@d.org", "a@b.org\nRCPT TO:<c@d.org>", "<a@b.org>", "a@b.org,c@d.org",
     "a b@c.org", 'a"@b.org', "a@b.org>", "a@b.org\0", "Ann <a@b.org>"],
)  # fmt: skip
def test_no_address_smuggles_anything_in(server, channel, address):
    assert isinstance(channel.send([to(address)])[0], Gone)
    assert server.mails == []


def test_no_text_smuggles_anything_in(server, channel):
    evil = "Hello\r\nBcc: c@d.org\r\n\r\nbody\u2028\x00\x1b[31m\ud800"
    told = to(title=evil, body=f"{evil}\r\n.\r\nMAIL FROM:<x@y.org>\r\n", language="en\r\nX: y")
    assert isinstance(channel.send([told])[0], Sent)
    [(_, mail, _)] = server.mails
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert "\n" not in mail["Subject"]
    assert "MAIL FROM:<x@y.org>" in mail.get_content()
    assert not any("x@y.org" in command for command in server.commands)


@pytest.mark.parametrize(
    "url",
    ["", "mail.test", "http://mail.test", "smtp:///", "smtp://user@mail.test", "smtp://mail.test/path",
     "smtp://mail.test:x", "smtp://a:%C3%BC@h.org", "smtp://mail.test?x=1", "smtps://:@"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_at_once_and_not_quoted(url):
    with pytest.raises(ValueError) as refused:
        mailing(url)
    assert not url or url not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "West U", "West U <noreply>", "a@b.org\r\nX: y", "a@b.org, c@d.org"])
def test_a_sender_that_is_none_is_refused_at_once(sender):
    with pytest.raises(ValueError):
        read_sender(sender)


def test_a_url_is_read_whole():
    assert read_url("smtp://a%40b.org:p%3Aw%2F@h.org") == ("h.org", 587, "a@b.org", "p:w/", "starttls")
    assert read_url("smtps://h.org")[1:] == (465, "", "", "at once")
    assert read_url("smtp://[::1]:25") == ("::1", 25, "", "", "none")


def test_nothing_to_send_asks_nobody(server, channel):
    began = time.monotonic()
    assert channel.send([]) == []
    assert (server.connections, time.monotonic() - began < 1) == (0, True)
