"""A page in Firefox, driven by WebDriver BiDi, the protocol of the W3C that it speaks by itself.

Playwright drives a Firefox of its own, or one that is newer than Debian's; and a geckodriver, which Selenium
needs, comes in no well-kept package.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import pytest

FIREFOX = which("firefox-esr") or which("firefox")
# Seconds until an answer is no longer waited for.
PATIENCE = 60
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class FirefoxPage:
    """A page.

    Attributes:
        complaints: what stood in the console as an error or a warning, and each exception that nobody caught.
        requests: the addresses that a network was asked for: none of those that begin with file:.
    """

    def __init__(self, socket: Any) -> None:
        """Begin a session with a browser, given the web socket at which it listens."""
        self._socket = socket
        self._asked = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        """Load a page, and forget what was asked for before."""
        self.requests.clear()
        self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, code: str, *given: Any) -> Any:
        """Return what a function in JavaScript, or its promise, returns; JSON goes in and comes out."""
        said = self._ask(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify(await ({code})(...JSON.parse(given)))",
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if "exceptionDetails" in said:
            raise AssertionError(said["exceptionDetails"]["text"])
        return json.loads(said["result"].get("value", "null"))

    def wait_for(self, code: str, *given: Any) -> Any:
        """Return what a function gives once it gives something."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := self.evaluate(code, *given):
                return found
            time.sleep(0.05)
        raise AssertionError(f"after {PATIENCE} s there is still nothing by {code}")

    def drag(self, selector: str, right: int = 0, down: int = 0) -> None:
        """Press the pointer on the middle of an element, move it so many pixels if any, and let go."""
        middle = """(selector) => {
          const element = document.querySelector(selector);
          element.scrollIntoView({ block: "center" });
          const { x, y, width, height } = element.getBoundingClientRect();
          return [Math.round(x + width / 2), Math.round(y + height / 2)];
        }"""
        x, y = self.evaluate(middle, selector)
        to = {"type": "pointerMove", "x": x + right, "y": y + down, "duration": 100}
        press, release = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        moves = [{"type": "pointerMove", "x": x, "y": y}, press, *([to] if right or down else []), release]
        self._ask(
            "input.performActions",
            context=self._context,
            actions=[{"type": "pointer", "id": "pointer", "actions": moves}],
        )

    def _ask(self, method: str, **params: Any) -> Any:
        """Return the answer to a command; what happened before it is noted."""
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv())
            if said["type"] == "event":
                self._note(said["method"], said["params"])
            elif said["id"] == self._asked:
                assert said["type"] == "success", said
                return said["result"]

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])
        elif params["level"] in ("error", "warn"):
            self.complaints.append(params["text"])


@contextmanager
def open_firefox() -> Iterator[FirefoxPage]:
    """Start Firefox with an empty page; a test that asks for it is skipped where there is none."""
    websocket = pytest.importorskip("websocket", reason="websocket-client is not installed")
    if FIREFOX is None:
        pytest.skip("there is no Firefox here: apt-get install firefox-esr")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log, profile = Path(folder) / "log.txt", Path(folder) / "profile"
        profile.mkdir()
        with log.open("w") as out:
            process = subprocess.Popen(
                [FIREFOX, "--headless", "--remote-debugging-port=0", "--profile", str(profile)],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            session = f"{_address(log, process)}/session"
            # An origin would be that of a page, which may not speak to a browser.
            with closing(websocket.create_connection(session, PATIENCE, suppress_origin=True)) as socket:
                yield FirefoxPage(socket)
        finally:
            process.kill()
            process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where Firefox listens, once it says so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if found := ADDRESS.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not start: {log.read_text(errors='replace')}")
