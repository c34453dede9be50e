"""Services with a caller in process, and one over a socket with a browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from beanpole.model.clock import Clock
from console import browser
from console.browser import Console
from control.calling import Caller, service


@pytest.fixture
def manual() -> Caller:
    """A service whose accounts start on a manual clock."""
    return service(Clock(mode="manual"))


@pytest.fixture
def guarded() -> Callable[[str], Caller]:
    """A service that needs a control token."""
    return lambda token: service(Clock(mode="manual"), token)


@pytest.fixture(scope="session")
def launched() -> Iterator[Browser]:
    """The browser of the session."""
    with browser.browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A server on manual clocks; each test has an account of its own."""
    with browser.server() as url:
        yield url


@pytest.fixture(scope="session")
def idle_pages() -> list[Page]:
    """Pages of the session's browser and server that no test has."""
    return []


@pytest.fixture
def console(
    launched: Browser, address: str, idle_pages: list[Page], request: pytest.FixtureRequest
) -> Iterator[Console]:
    """The console of an account that has nothing yet."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    console = Console(launched, address, keeps=request.config.getoption("--screenshots"), name=name, idle=idle_pages)
    yield console
    console.close()
