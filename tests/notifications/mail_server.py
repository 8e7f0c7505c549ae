"""A mail server on loopback: SMTP with STARTTLS and AUTH PLAIN (RFC 5321, 3207, 4954), as strict as its client needs.

The known library for this, aiosmtpd, had its last release in 2024 and warns on Python 3.14.
"""

import asyncio
import base64
import email
import email.policy
import ssl
import threading

from backend.notifications.fakefcm import certificates

USER, PASSWORD = "push@westu.example", "pass: word/@?"


class MailServer:
    """`answers` by what a client says, in small letters ("rcpt to:<a@b>", "data", …): a line, or None to hang up."""

    def __init__(self, folder, hosts=("mail.test",), *, tls="starttls", auth=True):
        self.mails, self.answers, self.commands, self.connections = [], {}, [], 0
        made = certificates.make(folder, hosts)
        self.authority, self._tls, self._auth = made.authority, tls, auth
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(made.server)
        self._loop = asyncio.new_event_loop()
        self._writers = set()

    def __enter__(self):
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self):
        tls = self._context if self._tls == "at once" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer):
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._talk(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _talk(self, reader, writer):
        secure, signed, recipient = self._tls == "at once", not self._auth, ""

        def say(*lines):
            writer.write("".join(f"{line}\r\n" for line in lines).encode())

        say("220 mail.test ESMTP")
        while line := (await reader.readline()).decode("utf-8").rstrip("\r\n"):
            self.commands.append(line)
            verb = line.split(" ")[0].upper()
            if line.lower() in self.answers:
                if self.answers[line.lower()] is None:
                    return
                say(self.answers[line.lower()])
            elif verb == "EHLO":
                offers = ["STARTTLS"] if self._tls == "starttls" and not secure else []
                offers += ["AUTH PLAIN"] if self._auth and (secure or self._tls == "none") else []
                say("250-mail.test", *(f"250-{offer}" for offer in offers), "250 8BITMIME")
            elif verb == "STARTTLS" and self._tls == "starttls" and not secure:
                say("220 go on")
                await writer.start_tls(self._context)
                secure = True
            elif verb == "AUTH" and secure:
                given = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
                signed = given == [USER, PASSWORD]
                say("235 welcome" if signed else "535 5.7.8 no such user")
            elif verb == "MAIL":
                say("250 go on" if signed else "530 5.7.0 sign in first")
            elif verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                say("250 go on")
            elif verb == "DATA":
                say("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                told = raw[:-3].replace(b"\r\n..", b"\r\n.")
                self.mails.append(
                    (recipient, email.message_from_bytes(told, policy=email.policy.default), told)
                )
                say("250 taken")
            elif verb in ("RSET", "QUIT", "NOOP"):
                say("221 bye" if verb == "QUIT" else "250 done")
            else:
                say("502 not here")
