"""A real browser, and a server of its own for the console: whatever goes wrong on a page fails the test."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

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
SWITCHES = ("--no-sandbox", "--disable-dev-shm-usage", f"--disable-features={WITHOUT}")
# Pages of a session share a process then, and none is begun in reserve: a new page takes 200 ms of processor, not 340.
ONE_PROCESS = (*SWITCHES[:-1], f"{SWITCHES[-1]},SpareRendererForSitePerProcess", "--renderer-process-limit=1")
PATIENCE = 20_000  # milliseconds for which a page is waited for
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 375, "height": 812}

WHILE_IT_ENDS = ("400: POST", "/_beanpole/cnames/")  # what a page reads of an environment that ends meanwhile

expect.set_options(timeout=PATIENCE)
_accounts = count(500_000_000_000)


@contextmanager
def browser(switches: Sequence[str] = SWITCHES) -> Iterator[Browser]:
    """The browser of this machine; skips the tests, and says so, where there is none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"THE CONSOLE IS NOT TESTED: no browser is installed here ({', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=[*switches])
        yield launched
        launched.close()


def session(launched: Browser, **options: Any) -> BrowserContext:
    """A session of a browser, in which nothing moves but by a call of the test."""
    context = launched.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    context.set_default_timeout(PATIENCE)
    return context


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

    With a folder `keeps`, what the pages of a test that has failed look like at its end is kept there.
    """

    def __init__(
        self,
        context: BrowserContext,
        address: str,
        token: str | None = None,
        keeps: Path | None = None,
        name: str = "",
    ) -> None:
        self.address = address
        self.account = str(next(_accounts))
        self.token = token
        self.allowed: list[str] = []
        self._keeps, self._name = keeps, name
        self._context = context
        self._clients: dict[str, Any] = {}
        self._pages: list[Page] = []
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
        return Console(self._context, self.address, self.token)

    @property
    def client(self) -> Any:
        """The boto3 client of the account."""
        return self.service("elasticbeanstalk")

    def service(self, name: str) -> Any:
        """The boto3 client of the account for a service."""
        if name not in self._clients:
            self._clients[name] = boto3.client(
                name,
                endpoint_url=self.address,
                region_name="us-east-1",
                aws_access_key_id=self.account,
                aws_secret_access_key="any",
            )
        return self._clients[name]

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

    def open(
        self, path: str = "/", own: bool = False, prepare: Callable[[Page], object] | None = None, **options: Any
    ) -> Page:
        """A new page in the tests' session, or in one of its `own` if the session shall differ or is changed.

        `prepare` is called with it before it has an address.
        """
        context = self._context
        if own or options:
            assert context.browser is not None
            context = session(context.browser, **options)
        page = context.new_page()
        self._pages.append(page)
        for event, listener in self._listeners.items():
            page.on(event, listener)
        if prepare is not None:
            prepare(page)
        page.goto(self.url(path))
        return page

    def close(self, has_failed: bool = False) -> None:
        """Close the pages, and fail for all that went wrong on one."""
        faults = self._unexpected()
        for number, page in enumerate(self._pages):
            if has_failed or faults:
                self.keep(page, f"at-the-end-{number}")
            if page.context is self._context:
                page.close()
            else:
                page.context.close()
        faults = self._unexpected()
        assert not faults, "\n".join(faults)

    def _unexpected(self) -> list[str]:
        return [fault for fault in self._faults if not any(text in fault for text in self.allowed)]

    def keep(self, page: Page, words: str) -> None:
        """Keep a picture of a page, if pictures are kept."""
        if self._keeps is not None:
            width = (page.viewport_size or WIDE)["width"]
            self._keeps.mkdir(parents=True, exist_ok=True)
            page.screenshot(
                path=self._keeps / f"{self._name}-{words}-{width}.jpeg", type="jpeg", quality=80, full_page=True
            )

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
