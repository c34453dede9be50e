"""A real browser, and a server of its own for the console: whatever goes wrong on a page fails the test."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from clients_environment import environment
from programs import Program

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
# Each page of a headless Chromium is a window of its own, for which it also loads the popups of the address bar: pages
# of 320 ms of processor that nobody sees. Playwright switches off the other features; only the last such list counts.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,LensOverlay,MediaRouter,"
    "OptimizationHints,PaintHolding,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
)
SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", f"--disable-features={WITHOUT}"]
PATIENCE = 20_000  # milliseconds for which a page is waited for
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 375, "height": 812}

AS_NEW = """() => {
    sessionStorage.clear();
    const isLight = !matchMedia('(prefers-color-scheme: dark)').matches;
    return isLight && localStorage.length === 0 && document.cookie === '' && /native code/.test(Date);
}"""

WHILE_IT_ENDS = ("400: POST", "/_beanpole/cnames/")  # what a page reads of an environment that ends meanwhile

expect.set_options(timeout=PATIENCE)
_accounts = count(500_000_000_000)


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of this machine; skips the tests, and says so, where there is none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"THE CONSOLE IS NOT TESTED: no browser is installed here ({', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield launched
        launched.close()


@contextmanager
def server(*arguments: str) -> Iterator[str]:
    """The address of `beanpole serve`."""
    command = ["serve", "--port", "0", "--clock", "manual", *arguments]
    process = Program(command, stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


class Console:
    """The console of one account of a server; `allowed` are texts that its pages may log.

    With a folder `keeps`, what the pages look like at the end is kept there. Pages come from `idle`, if there are any,
    and go back there: a new one costs a process of the browser. Without such a list each page is a new one.
    """

    def __init__(
        self,
        launched: Browser,
        address: str,
        token: str | None = None,
        keeps: Path | None = None,
        name: str = "",
        idle: list[Page] | None = None,
    ) -> None:
        self.address = address
        self.account = str(next(_accounts))
        self.token = token
        self.allowed: list[str] = []
        self._keeps, self._name = keeps, name
        self._browser = launched
        self._idle = idle
        self._pages: list[tuple[Page, bool]] = []  # with whether the page goes back to those that are idle
        self._faults: list[str] = []
        self._listeners: dict[Any, Callable[[Any], None]] = {
            "pageerror": lambda error: self._faults.append(f"error: {error}"),
            "console": self._logged,
            "requestfailed": self._failed,
            "response": self._answered,
        }

    @property
    def other(self) -> "Console":
        """The console of another account of the server, which opens no page."""
        return Console(self._browser, self.address, self.token)

    @property
    def client(self) -> Any:
        """A boto3 client of the account."""
        return self.service("elasticbeanstalk")

    def service(self, name: str) -> Any:
        """A boto3 client of the account for a service."""
        return boto3.client(
            name,
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id=self.account,
            aws_secret_access_key="any",
        )

    def control(self, method: str, path: str, body: object = None) -> Any:
        """The answer of a control route."""
        mark = "&" if "?" in path else "?"
        request = urllib.request.Request(
            f"{self.address}/_beanpole{path}{mark}account={self.account}&region=us-east-1", method=method
        )
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token is not None:
            request.add_header("X-Beanpole-Token", self.token)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def url(self, path: str = "/") -> str:
        """The address of a page of the account."""
        path, mark, part = path.partition("#")
        return f"{self.address}/_beanpole/console{path}?account={self.account}&region=us-east-1{mark}{part}"

    def open(self, path: str = "/", own: bool = False, **options: Any) -> Page:
        """A page in a browser session of its own; one is the test's `own` if it changes more than the document."""
        is_shared = self._idle is not None and not own and not options
        if is_shared and self._idle:
            page = self._idle.pop()
        else:
            session = self._browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
            page = session.new_page()
            page.set_default_timeout(PATIENCE)
        self._pages.append((page, is_shared))
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.goto(self.url(path))
        return page

    def close(self) -> None:
        """Leave the pages, and fail for all that went wrong on one."""
        for number, (opened, is_shared) in enumerate(self._pages):
            for page in opened.context.pages:
                self.keep(page, f"at-the-end-{number}")
            if is_shared:
                self._give_back(opened)
            else:
                opened.context.close()
        faults = [fault for fault in self._faults if not any(text in fault for text in self.allowed)]
        assert not faults, "\n".join(faults)

    def leave(self, page: Page) -> None:
        """Leave the document, in the same process of the browser; whatever it still waited for has ended then."""
        page.goto(f"{self.address}/_beanpole/clock?account={self.account}&region=us-east-1")

    def _give_back(self, page: Page) -> None:
        """Let the next test have a page that is as a new one."""
        self.leave(page)
        for event, listener in self._listeners.items():
            page.remove_listener(event, listener)
        assert (page.context.pages, page.viewport_size, page.evaluate(AS_NEW)) == ([page], WIDE, True)
        assert self._idle is not None
        self._idle.append(page)

    def keep(self, page: Page, words: str) -> None:
        """Keep a picture of a page, if pictures are kept."""
        if self._keeps is not None:
            width = (page.viewport_size or WIDE)["width"]
            self._keeps.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self._keeps / f"{self._name}-{words}-{width}.png", full_page=True)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self._faults.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        """What is still on its way when a page is left is broken off by the browser itself."""
        if request.failure != "net::ERR_ABORTED":
            self._faults.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._faults.append(f"{response.status}: {response.request.method} {response.url}")
        if not response.url.startswith(self.address):
            self._faults.append(f"elsewhere: {response.url}")


Consoles = Callable[..., Console]
