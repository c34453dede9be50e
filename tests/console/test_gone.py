"""Pages of what is not there, and of what goes away while they are open: each says so, and throws nothing."""

import re
from socket import socket

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from console.browser import WHILE_IT_ENDS, Console, server
from console.clicks import plant
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

WALL = {"mode": "wall", "speed": 60}
PATIENCE = 2_000  # milliseconds until a page says that the server is away
LONGEST, STRIDE = 10_000, 250  # milliseconds between two looks for it at most, and of one movement of the page's clock


def ticking(console: Console, path: str) -> Page:
    """A page whose timers the test moves."""
    return console.open(path, own=True, prepare=lambda page: page.clock.install())


def a_wall_clock_ticks(page: Page) -> None:
    """Let seconds pass on a page that knows that its clock moves by itself: it then draws each of them."""
    expect(page.locator("#clock")).to_contain_text("\u00d760")
    page.clock.run_for(3_000)


def run_until(page: Page, part: str, text: str) -> None:
    """Let the page's clock run until a part of it has a text. A leap would count as the time that a reading takes."""
    for _ in range(0, 2 * LONGEST, STRIDE):
        if text in (page.locator(part).text_content() or ""):
            return
        page.clock.run_for(STRIDE)
    expect(page.locator(part)).to_contain_text(text)


def test_the_page_of_an_environment_that_is_not_there_says_so_until_it_is(console: Console) -> None:
    console.control("PUT", "/clock", WALL)
    page = ticking(console, "/environments/shop-web")
    expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
    expect(page.locator("#live")).to_have_text("live")
    a_wall_clock_ticks(page)
    page.evaluate("dispatchEvent(new Event('beanpole:changed'))")
    page.goto(console.url("/environments/shop-web#instances/i-1"))
    expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
    console.control("PUT", "/clock", {"mode": "manual"})
    plant(console, "shop-green", until_ready=False)
    expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
    launch(console)
    expect(page.locator("h1:visible")).to_have_text("shop-web")
    expect(page.locator("#state .status")).to_have_text("Launching")
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    expect(page.locator("#state .status")).to_have_text("Ready")


def test_a_page_by_name_shows_the_environment_that_gets_the_name_next(console: Console) -> None:
    console.allowed += WHILE_IT_ENDS
    plant(console)
    page = console.open("/environments/shop-web")
    console.client.terminate_environment(EnvironmentName="shop-web")
    console.control("POST", "/clock/advance", {"seconds": 600})
    expect(page.locator("#state .status")).to_have_text("Terminated")
    before = page.locator("#facts .mono").inner_text()
    launch(console)
    expect(page.locator("#state .status")).to_have_text("Launching")
    expect(page.locator("#facts .mono")).not_to_have_text(before)


def test_a_page_says_that_the_server_is_away_and_goes_on_with_the_next_one(context: BrowserContext) -> None:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with server("--port", str(port)) as address:
        console = Console(context, address)
        plant(console)
        page = ticking(console, "/environments/shop-web")
        expect(page.locator("#lanes svg")).to_be_visible()
    page.clock.run_for(PATIENCE)
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    with server("--port", str(port)):  # which has nothing of the account
        run_until(page, "#live", "live")
        expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
        expect(page.locator("#live")).to_have_text("live")
        expect(page.get_by_role("alert")).to_have_count(0)
        plant(console, until_ready=False)
        run_until(page, "#state", "Launching")
        console.allowed += ["404: GET", "ERR_CONNECTION_REFUSED", "INCOMPLETE_CHUNKED", "ERR_CONNECTION_RESET"]
        console.close()


def launch(console: Console) -> None:
    console.client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)


def test_an_environment_may_go_and_come_back_while_its_page_is_open(console: Console) -> None:
    console.allowed += WHILE_IT_ENDS
    plant(console)
    console.control("PUT", "/snapshots/before")
    page = ticking(console, "/environments/shop-web")
    expect(page.locator("#lanes svg")).to_be_visible()
    console.client.terminate_environment(EnvironmentName="shop-web")
    console.control("POST", "/clock/advance", {"seconds": 600})
    expect(page.locator("#state .status")).to_have_text("Terminated")
    console.control("POST", "/clock/advance", {"seconds": 7200})  # it is listed no more, and no message says so
    page.evaluate("dispatchEvent(new Event('beanpole:changed'))")
    expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
    console.control("PUT", "/clock", WALL)
    a_wall_clock_ticks(page)
    console.control("POST", "/snapshots/before")
    expect(page.locator("#lanes svg")).to_be_visible()
    expect(page.locator("#state .status")).to_have_text("Ready")
    console.allowed.append("404: GET")  # of the stream that may be opened anew before the page has seen that
    console.control("POST", "/reset")
    expect(page.locator("h1:visible")).to_have_text("There is no environment shop-web")
    console.control("PUT", "/clock", WALL)
    a_wall_clock_ticks(page)


def test_instances_versions_and_snapshots_that_are_gone_are_named(console: Console) -> None:
    plant(console)
    console.control("PUT", "/snapshots/before")
    page = console.open("/environments/shop-web#instances/i-nope/disk/%E0%A4%A/etc")
    expect(page.locator("#instance")).to_have_text("i-nope is gone.")
    page.goto(console.url("/environments/shop-web#nope"))
    expect(page.locator("#overview")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    expect(page.locator("#version-list tbody tr")).to_have_count(2)
    console.client.delete_application_version(ApplicationName="shop", VersionLabel="v2")
    console.allowed += ["400: POST", "404: "]
    page.get_by_role("button", name="What v2 holds").click()
    expect(page.locator("#toasts")).to_contain_text("v2")
    page.goto(console.url("/snapshots"))
    button = page.get_by_role("button", name="Download before")
    button.wait_for()
    console.control("DELETE", "/snapshots/before")
    button.click()
    expect(page.locator("#toasts .failed")).to_contain_text("before")


def test_lanes_of_the_sample_application_are_named_and_counted(console: Console) -> None:
    client = console.client
    client.create_application(ApplicationName="shop")
    client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    page = console.open("/environments/shop-web")
    picture = page.get_by_role("img", name="1 lane; in service now: 1 on the sample application")
    expect(picture.locator(".sample")).to_have_count(1)
    expect(page.locator("#legend")).to_contain_text("serves the sample application")
    expect(page.locator("#shares")).to_contain_text("the sample application")
    expect(picture.locator(".sample title")).to_have_text(re.compile("the sample application, running, in service"))
    fills = picture.evaluate("each => [...each.querySelectorAll('rect')].map((one) => getComputedStyle(one).fill)")
    assert len(set(fills)) == picture.evaluate(
        "each => new Set([...each.querySelectorAll('rect')].map((one) => one.className.baseVal)).size"
    )
