"""Pages that are open at once: they share one stream, and each goes on when the page that reads it is closed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from console.browser import Console
from console.clicks import plant
from control.listening import served

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

PATHS = (
    "/",
    "/environments/shop-web",
    "/environments/shop-web#instances",
    "/time",
    "/faults",
    "/journal",
    "/snapshots",
)
WITHOUT_LOCKS = "delete Navigator.prototype.locks"  # as on an origin without TLS that is not this machine
HIDDEN = """(isHidden) => {
    Object.defineProperty(document, 'hidden', {get: () => isHidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


class Streams:
    """The streams that the pages of a console have opened and that are not at their end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._requests: list[Request] = []

    def opened(self) -> int:
        """The number of streams now."""
        return sum(not request.frame.page.is_closed() for request in self._requests)

    def open(self, path: str, prepare: str = "") -> Page:
        """A new page of the console, whose streams are counted; a script prepares it."""
        page = self._console.open(path, prepare=lambda page: self._watch(page, prepare))
        live(page)
        return page

    def _watch(self, page: Page, prepare: str) -> None:
        page.add_init_script(prepare)
        page.on("request", lambda request: "/_beanpole/stream" in request.url and self._requests.append(request))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: request in self._requests and self._requests.remove(request))


@pytest.fixture
def streams(console: Console) -> Iterator[Streams]:
    """The pages of an account with an environment."""
    plant(console)
    return Streams(console)


def live(page: Page) -> None:
    expect(page.locator("#live")).to_have_text("live")


def follow(console: Console, pages: list[Page]) -> None:
    """Each page moves the clock by a button, and all of them show it."""
    for page in pages:
        page.get_by_role("button", name="Advance the clock by a minute").click()
        expect(page.locator("#clock")).not_to_have_class(re.compile("moving"))
        now = console.control("GET", "/clock")["now"][11:19]
        for other in pages:
            expect(other.locator("#clock .mono")).to_have_text(now)


def test_eight_pages_share_one_stream_and_each_makes_its_calls(console: Console, streams: Streams) -> None:
    pages = [streams.open(path) for path in (*PATHS, "/")]
    assert streams.opened() == 1
    follow(console, pages)
    console.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    for page in (pages[0], pages[-1]):
        expect(page.locator("#list .status")).to_have_text("Updating")
    expect(pages[1].locator("#state .status")).to_have_text("Updating")
    expect(pages[3].locator("#due")).to_contain_text("step of its plan")
    expect(pages[5].locator("#calls tbody tr").first).to_contain_text("UpdateEnvironment")


def test_another_page_reads_the_stream_when_the_reader_is_closed_or_hidden(console: Console, streams: Streams) -> None:
    pages = [streams.open(path) for path in ("/snapshots", "/environments/shop-web", "/", "/faults")]
    pages.pop(0).close()
    console.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    expect(pages[0].locator("#state .status")).to_have_text("Updating")
    pages[0].evaluate(HIDDEN, True)
    expect(pages[0].locator("#live")).to_have_text("paused")
    console.control("POST", "/faults", {"what": "server-errors"})
    expect(pages[2].locator("#armed")).to_contain_text("server-errors")
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    expect(pages[1].locator("#list .status")).to_have_text("Ready")
    expect(pages[0].locator("#state .status")).to_have_text("Updating")
    pages[0].evaluate(HIDDEN, False)
    expect(pages[0].locator("#state .status")).to_have_text("Ready")
    live(pages[0])
    follow(console, pages)
    assert streams.opened() == 1


def test_without_locks_each_page_that_is_seen_has_a_stream(console: Console, streams: Streams) -> None:
    one = streams.open("/environments/shop-web", WITHOUT_LOCKS)
    other = streams.open("/", WITHOUT_LOCKS)
    assert streams.opened() == 2
    follow(console, [one, other])
    one.evaluate(HIDDEN, True)
    expect(one.locator("#live")).to_have_text("paused")
    assert streams.opened() == 1
    console.client.terminate_environment(EnvironmentName="shop-web")
    expect(other.locator("#list .status")).to_have_text("Terminating")
    one.evaluate(HIDDEN, False)
    expect(one.locator("#state .status")).to_have_text("Terminating")


def test_a_page_that_asks_for_the_control_token_keeps_no_other_page_waiting(context: BrowserContext) -> None:
    app = create_app(Store(embedded(), Clock(mode="manual")), catalog.load(), "bean")
    with served(app) as port:
        console = Console(context, f"http://127.0.0.1:{port}", "bean")
        console.allowed.append("401:")
        one = console.open("/time")
        one.get_by_role("dialog").wait_for()
        other = console.open("/snapshots", prepare=give_token)
        live(other)
        other.evaluate("sessionStorage.setItem('beanpole-control-token', 'pea')")  # the server has had another one
        other.evaluate(HIDDEN, True)
        other.evaluate(HIDDEN, False)
        other.get_by_role("dialog").wait_for()
        one.get_by_role("textbox", name="Control token").fill("bean")
        one.get_by_role("button", name="Go on").click()
        live(one)
        expect(one.locator("#now")).to_contain_text("It stands still")
        other.get_by_role("textbox", name="Control token").fill("bean")
        other.get_by_role("button", name="Go on").click()
        live(other)
        console.control("PUT", "/clock", {"mode": "wall", "speed": 9})
        for page in (one, other):
            expect(page.locator("#clock")).to_contain_text("\u00d79")
        console.close()


def give_token(page: Page) -> None:
    page.add_init_script("sessionStorage.setItem('beanpole-control-token', 'bean')")
