"""The guide's walk without a pointer: every element is reached by the tabulator, and used by Enter."""

import re

import pytest
from playwright.sync_api import Page, expect

from console.browser import Console
from console.clicks import plant
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

MOST = 80  # presses of the tabulator after which an element counts as out of reach
FOCUS = """() => {
    const each = document.activeElement;
    const visible = each !== document.body && getComputedStyle(each).outlineStyle !== 'none';
    const words = each.getAttribute('aria-label') ?? each.labels?.[0]?.querySelector('span')?.textContent;
    return [(words ?? each.textContent).trim(), visible];
}"""


def tab(page: Page, words: str) -> None:
    """Go on by the tabulator to the element with a name; wherever the focus comes, it is seen."""
    passed = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        name, visible = page.evaluate(FOCUS)
        if name == words:
            assert visible, f"the focus on {words} is not seen"
            return
        passed.append(name)
    raise AssertionError(f"{words} is not reached, but {passed}")


def press(page: Page, *words: str) -> None:
    """Go to each element and press it."""
    for word in words:
        tab(page, word)
        page.keyboard.press("Enter")


def form(page: Page, button: str, verb: str) -> None:
    """Open a form by its button and send it as it is; the focus is back on the page then."""
    press(page, button)
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    press(page, verb)
    expect(dialog).to_have_count(0)


def ready(console: Console, page: Page) -> None:
    """Let the update of the environment end, and the page show it."""
    expect(page.locator("#state .status")).to_have_class(re.compile("busy"))
    press(page, "Advance the clock by an hour")
    expect(page.locator("#state .status")).to_have_text("Ready")


def test_an_environment_is_created_deployed_to_swapped_and_terminated_by_keyboard(console: Console) -> None:
    plant(console)
    client = console.client
    client.create_environment(ApplicationName="shop", EnvironmentName="shop-green", SolutionStackName=STACK)
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-green", "status": "Ready"}})
    page = console.open("/")
    expect(page.locator("#live")).to_have_text("live")
    press(page, "Skip to the content")
    tab(page, "Create environment")
    press(page, "shop-web")
    expect(page.locator("#state .status")).to_have_text("Ready")
    form(page, "Deploy", "Deploy")
    ready(console, page)
    expect(page.locator("#facts")).to_contain_text("Version v2")
    form(page, "Swap", "Swap")
    ready(console, page)
    expect(page.locator("#facts a")).to_contain_text("shop-green")
    press(page, "Instances", "Overview")
    expect(page.locator("#lanes")).to_be_visible()
    form(page, "Terminate", "Terminate")
    expect(page.locator("#state .status")).to_have_text("Terminating")


def test_an_environment_is_created_a_fault_armed_and_a_snapshot_taken_by_keyboard(console: Console) -> None:
    page = console.open("/")
    expect(page.locator("#live")).to_have_text("live")
    form(page, "Create environment", "Create")
    page.get_by_role("link", name="shop-web").wait_for()
    press(page, "Faults")
    expect(page.locator("#armed")).to_contain_text("No fault is armed")
    tab(page, "What happens")
    page.keyboard.type("delay")
    tab(page, "Seconds")
    page.keyboard.type("2")
    press(page, "Arm")
    expect(page.locator("#armed")).to_contain_text("delay")
    press(page, "Disarm fault-1")
    expect(page.locator("#armed")).to_contain_text("No fault is armed")
    press(page, "Snapshots")
    expect(page.locator("#list")).to_contain_text("No snapshot is kept")
    tab(page, "Name")
    page.keyboard.type("before")
    page.keyboard.press("Enter")
    expect(page.locator("#list")).to_contain_text("before")
    press(page, "Go back to before", "Go back")
    expect(page.locator("#toasts")).to_contain_text("as it was when before was taken")
    press(page, "Forget before")
    expect(page.locator("#list")).to_contain_text("No snapshot is kept")
