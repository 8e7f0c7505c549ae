"""A person at a real Chromium: keys go in, what is seen comes out. It is spoken to through two pipes (DevTools protocol).

No driver program, no package: each message is JSON with a zero byte after it.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "ArrowDown": (40, ""), "Escape": (27, "")}
SHIFT = 8
PATIENCE_S = 20


def program():
    """The browser of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One tab of a browser without a window of its own."""

    def __init__(self, folder, *, width=360, height=640, text=16, language="en"):
        """`text`: the size of plain text in px, which its owner has set; 16 is what browsers come with."""
        ours, theirs = os.pipe(), os.pipe()  # what we say, what it says
        command = f'exec "$0" "$@" 3<&{ours[0]} 4>&{theirs[1]}'
        flags = (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
            f"--user-data-dir={folder}", f"--accept-lang={language}", f"--lang={language}", "about:blank",
        )  # fmt: skip
        self.process = subprocess.Popen(
            ["bash", "-c", command, program(), *flags], pass_fds=(ours[0], theirs[1]), stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(ours[0])
        os.close(theirs[1])
        self._say, self._hear, self._rest, self._n = ours[1], theirs[0], b"", 0
        self.session, self.asked = None, []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.do(f"{domain}.enable")
        self.size = (width, height)
        self._measure(width, height)
        self.do("Page.setFontSizes", fontSizes={"standard": text, "fixed": text})

    def _measure(self, width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self.do("Emulation.setDeviceMetricsOverride", **size)

    def close(self):
        """End it."""
        os.close(self._say)  # it goes when nobody can speak to it any more
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self._hear)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────

    def do(self, method, **params):
        """Ask for something, and what came of it."""
        self._n += 1
        said = {"id": self._n, "method": method, "params": params}
        if self.session:
            said["sessionId"] = self.session
        os.write(self._say, json.dumps(said).encode() + b"\0")
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            heard = self._next(end)
            if heard.get("id") == self._n:
                assert "error" not in heard, (method, heard["error"])
                return heard["result"]
        raise AssertionError(f"no answer to {method}")

    def _next(self, end):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._hear], [], [], max(end - time.monotonic(), 0))
            assert ready, "the browser is silent"
            more = os.read(self._hear, 1 << 16)
            assert more, "the browser has ended"
            self._rest += more
        one, _, self._rest = self._rest.partition(b"\0")
        heard = json.loads(one)
        if heard.get("method") == "Network.requestWillBeSent":
            self.asked.append(heard["params"]["request"]["url"])
        return heard

    # ── what a person does ───────────────────────────────────────────────────────────────────────────────

    def open(self, address):
        """Go to this address."""
        self.do("Page.navigate", url=address)
        self.until("document.readyState == 'complete' && location.href != 'about:blank'")

    def key(self, name, *, shift=False):
        """Press a key and let it go."""
        number, text = KEYS[name]
        same = {"key": name, "windowsVirtualKeyCode": number, "modifiers": SHIFT if shift else 0}
        self.do("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **same)
        self.do("Input.dispatchKeyEvent", type="keyUp", **same)

    def type(self, words):
        """Type these words into what has the keyboard."""
        for letter in words:
            self.do("Input.dispatchKeyEvent", type="char", text=letter, key=letter)

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────

    def told(self, expression):
        """The value of an expression on the page."""
        answer = self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression):
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.told(expression):
                return
            time.sleep(0.02)
        raise AssertionError(f"never: {expression}; {self.told('document.body.innerText')}")

    def shot(self, file):
        """A picture of the whole page, as if the window were as high as it."""
        width, height = self.size
        self._measure(width, self.told("document.documentElement.scrollHeight"))
        Path(file).write_bytes(base64.b64decode(self.do("Page.captureScreenshot")["data"]))
        self._measure(width, height)
