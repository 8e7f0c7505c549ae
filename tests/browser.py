"""A real Chromium without a window, driven by its own protocol (CDP) over a pipe: no driver, no port.

It may reach nothing but this machine, and keeps a list of all that it asked for.
"""

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import time

from PIL import Image

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
KEYS = {
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    " ": 32,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "+": 187,
}


class Browser:
    """One Chromium with a page for each visit."""

    def __init__(self, folder):
        to_read, self.out = os.pipe()
        self.back, to_write = os.pipe()

        def pipes():
            # Chromium reads orders at 3 and answers at 4. Ours may stand there already.
            reading, writing = os.dup(to_read), os.dup(to_write)
            high = [os.dup2(reading, 100), os.dup2(writing, 101)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = [
            CHROMIUM, "--headless=new", "--no-sandbox", "--remote-debugging-pipe", f"--user-data-dir={folder}",
            "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=pipes,  # noqa: PLW1509 - it moves two pipes and takes no lock
            pass_fds=(3, 4), start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest, self.events = 0, b"", []

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)
        os.close(self.out)
        os.close(self.back)

    def order(self, method, session=None, **params):
        """Ask the browser to do something; gives the number of its answer."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": params}
        if session:
            order["sessionId"] = session
        os.write(self.out, json.dumps(order).encode() + b"\0")
        return self.number

    def send(self, method, session=None, **params):
        """Ask the browser to do something, and give what it answers."""
        mine = self.order(method, session, **params)
        while True:
            told = self.read()
            if (
                told.get("method") == "Target.attachedToTarget" and "sessionId" in told
            ):  # a worker of a page's
                self.order("Network.enable", told["params"]["sessionId"])
                self.order("Runtime.runIfWaitingForDebugger", told["params"]["sessionId"])
            if told.get("id") == mine:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            self.events.append(told)

    def read(self):
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 20)
            assert more, "Chromium ended"
            self.rest += more
        told, _, self.rest = self.rest.partition(b"\0")
        return json.loads(told)


class Page:
    """A page in a context of its own: nothing of another's is kept in it."""

    def __init__(self, browser, *, width=1200, height=800, language="en-US", dark=False, script=True):
        self.browser = browser
        self.context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=self.context)[
            "targetId"
        ]
        self.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.send("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.speak(language)
        self.size(width, height)
        self.night(dark)
        if not script:
            self.send("Emulation.setScriptExecutionDisabled", value=True)

    def close(self):
        self.browser.send("Target.disposeBrowserContext", browserContextId=self.context)

    def send(self, method, **params):
        return self.browser.send(method, self.session, **params)

    def size(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **metrics)

    def speak(self, language):
        self.send("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    def night(self, dark):
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.send("Emulation.setEmulatedMedia", features=features)

    def open(self, url):
        self.send(
            "Page.navigate", url="about:blank"
        )  # else an address that differs after # alone loads nothing
        self.send("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")
        return self

    def run(self, script):
        """The value of an expression in the page."""
        told = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script, seconds=20):
        """Wait until an expression is true."""
        limit = time.monotonic() + seconds
        while not self.run(f"!!({script})"):
            assert time.monotonic() < limit, (script, self.faults())
            time.sleep(0.02)

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).innerText")

    def key(self, name):
        """Press a key and let it go."""
        code = KEYS.get(name, 0)
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 else "")
        keys = {
            "key": name,
            "code": {" ": "Space"}.get(name, name),
            "windowsVirtualKeyCode": code or ord(name.upper()),
        }
        self.send("Input.dispatchKeyEvent", type="keyDown", **keys, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **keys)

    def write(self, words):
        self.send("Input.insertText", text=words)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self):
        told = self.send("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(told["data"]))).convert("RGB")

    def told(self, method):
        """What the browser said by itself of this page and its workers."""
        workers = [
            event["params"]["sessionId"]
            for event in self.browser.events
            if event.get("method") == "Target.attachedToTarget" and event.get("sessionId") == self.session
        ]
        return [
            event["params"]
            for event in self.browser.events
            if event.get("method") == method and event.get("sessionId") in {self.session, *workers}
        ]

    def asked(self):
        """The address of all that was asked for."""
        return [told["request"]["url"] for told in self.told("Network.requestWillBeSent")]

    def faults(self):
        """What went wrong: thrown by a script, refused by the page's own policy, not found."""
        entries = [told["entry"] for told in self.told("Log.entryAdded")]
        said = [entry["text"] + " " + entry.get("url", "") for entry in entries if entry["level"] == "error"]
        thrown = [told["exceptionDetails"] for told in self.told("Runtime.exceptionThrown")]
        errors = [told for told in self.told("Runtime.consoleAPICalled") if told["type"] == "error"]
        return said + [str(each) for each in thrown + errors]
