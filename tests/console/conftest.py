"""Services with a caller in process, and one over a socket with a browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from beanpole.model.time.clock import Clock
from console import browser
from console.browser import Console
from control.calling import Caller, guarded_service, service

HAS_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def manual() -> Caller:
    """A service whose accounts start on a manual clock."""
    return service(Clock(mode="manual"))


@pytest.fixture
def guarded() -> Callable[[str], Caller]:
    """A service that needs a control token."""
    return guarded_service


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """Remember whether the test fails: what its pages look like is kept then."""
    report: pytest.TestReport = yield
    item.stash[HAS_FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A server on manual clocks; each test has an account of its own."""
    with browser.server() as url:
        yield url


@pytest.fixture(scope="session")
def context(address: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """The session of the browser in which tests have their pages; no page leaves anything there for the next one.

    Where there is more than one test, a page stays open: the process of all pages would end with the last one.
    """
    tests = [item for item in request.session.items if "context" in getattr(item, "fixturenames", ())]
    with browser.browser(browser.ONE_PROCESS) as launched:
        context = browser.session(launched)
        if len(tests) == 1:
            yield context
            return
        page = context.new_page()
        page.goto(f"{address}/_beanpole/clock")
        yield context
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


@pytest.fixture
def console(context: BrowserContext, address: str, request: pytest.FixtureRequest) -> Iterator[Console]:
    """The console of an account that has nothing yet."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    console = Console(context, address, keeps=request.config.getoption("--screenshots"), name=name)
    yield console
    console.close(has_failed=request.node.stash[HAS_FAILED])
