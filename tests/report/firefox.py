"""Firefox without a screen, by WebDriver BiDi, which it speaks itself: it needs no driver."""

import base64
import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

# A fresh profile asks nothing of the network, and a name or an address meets a proxy that is not
# there.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.type": 1,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
EVENTS = ["log.entryAdded", "network.beforeRequestSent"]
# What a page's own policy keeps from running is no entry of the log.
WATCH = """() => document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`not allowed: ${event.effectiveDirective} ${event.blockedURI}`))"""


class Firefox:
    """One tab of a running Firefox, and what it was told of it."""

    def __init__(self, address: str):
        self.socket = websocket.create_connection(address, timeout=120, suppress_origin=True)
        self.events: list[dict] = []
        self.number = 0
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=EVENTS)
        self.call("script.addPreloadScript", functionDeclaration=WATCH)
        self.tab = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params) -> dict:
        """What the browser answers; events that come before it are kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message["type"] == "event":
                self.events.append(message)
            elif message["id"] == self.number:
                assert message["type"] == "success", message
                return message["result"]

    def open(self, address: str) -> None:
        self.call("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, function: str, *arguments):
        """What a function of JavaScript gives, or what its promise comes to, by way of JSON."""
        given = ", ".join(map(json.dumps, arguments))
        answer = self.call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({function})({given})))()",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def resize(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        self.call("browsingContext.setViewport", context=self.tab, viewport=viewport)

    def screenshot(self) -> bytes:
        """A PNG of what is in view."""
        answer = self.call("browsingContext.captureScreenshot", context=self.tab)
        return base64.b64decode(answer["data"])

    def requests(self) -> list[str]:
        """The addresses that the page has asked for."""
        events = [e for e in self.events if e["method"] == "network.beforeRequestSent"]
        return [event["params"]["request"]["url"] for event in events]

    def complaints(self) -> list[str]:
        """Errors and warnings of the page."""
        entries = [e["params"] for e in self.events if e["method"] == "log.entryAdded"]
        return [entry["text"] for entry in entries if entry["level"] in ("error", "warn")]


@contextmanager
def start_firefox(profile: Path):
    """A Firefox with the fresh folder `profile`. Skips the test where there is none."""
    program = shutil.which("firefox") or shutil.which("firefox-esr")
    if not program:
        pytest.skip("no firefox here: apt-get install firefox-esr")
    preferences = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(preferences))
    command = [program, "--headless", "--no-remote", "--profile", profile]
    command += ["--remote-debugging-port", "0", "about:blank"]
    with (profile / "firefox.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield Firefox(f"{find_address(profile, process)}/session")
    finally:
        process.terminate()
        process.wait(60)


def find_address(profile: Path, process: subprocess.Popen) -> str:
    """Firefox writes into its profile where it listens."""
    path = profile / "WebDriverBiDiServer.json"
    for _ in range(600):
        if path.exists() and (text := path.read_text()):
            where = json.loads(text)
            return f"ws://{where['ws_host']}:{where['ws_port']}"
        assert process.poll() is None, (profile / "firefox.log").read_text()
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not start: {(profile / 'firefox.log').read_text()}")
