"""Names, labels and events with markup in them are shown as text on every page, and the pages are for everybody."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from beanpole import catalog
from beanpole.api.app import create_app
from beanpole.model.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from console.browser import NARROW, WIDE, Console
from control.listening import served
from environments import STACK

MARKUP = '<img src=x onerror="alert(1)"><b>&amp;'
PAGES = ("/", "/environments/shop-web", "/time", "/faults", "/journal", "/snapshots")
PARTS = ("#instances", "#configuration", "#versions")


def plant(console: Console) -> None:
    """An account in which every name that may hold markup does."""
    client = console.client
    application = {"ApplicationName": MARKUP}
    client.create_application(Description=MARKUP, **application)
    client.create_application_version(VersionLabel=MARKUP, Description=MARKUP, **application)
    option = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "GREETING", "Value": MARKUP}
    client.create_environment(
        EnvironmentName="shop-web", VersionLabel=MARKUP, SolutionStackName=STACK, OptionSettings=[option], **application
    )
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    client.create_configuration_template(TemplateName=MARKUP, SolutionStackName=STACK, **application)
    fault = {"what": "command-fails", "message": MARKUP, "where": {"version_label": MARKUP}}
    console.control("POST", "/faults", fault)
    client.update_environment(EnvironmentName="shop-web", VersionLabel=MARKUP)
    console.control("POST", "/clock/advance", {"seconds": 600})


def settled(page: Page) -> None:
    """The page once it shows what it has read."""
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("[aria-busy]")).to_have_count(0)


def elements_of_markup(page: Page) -> int:
    found: int = page.evaluate("document.querySelectorAll('img[src=x], b, [onerror], script:not([src])').length")
    return found


LOOKS = [
    pytest.param(WIDE, "light", id="wide-light"),
    pytest.param(NARROW, "dark", id="narrow-dark", marks=pytest.mark.merge),
]


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_markup_is_text_nothing_is_cut_off_and_axe_finds_no_violation(
    console: Console, viewport: dict[str, int], scheme: str
) -> None:
    plant(console)
    page = console.open("/", viewport=viewport, color_scheme=scheme)
    dialogs: list[Any] = []
    page.on("dialog", lambda each: dialogs.append(each))
    for path in (*PAGES, *(f"/environments/shop-web{part}" for part in PARTS)):
        page.goto(console.url(path))
        settled(page)
        if "#" in path:
            expect(page.locator(f"#{path.rpartition('#')[2]} tbody tr").first).to_be_visible()
        if path not in ("/time", "/snapshots"):
            expect(page.locator("#main")).to_contain_text(MARKUP)
        assert (elements_of_markup(page), dialogs) == (0, []), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        console.keep(page, path.strip("/").replace("/", "-").replace("#", "-") or "environments")
        violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations] == [], path


def test_markup_is_text_in_forms_and_quoted_in_lines(console: Console) -> None:
    plant(console)
    page = console.open("/environments/shop-web")
    page.get_by_role("button", name="Deploy", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(MARKUP)
    dialog.locator("input").fill(f"{MARKUP}'2")
    line = dialog.locator("pre").inner_text()
    assert f"--version-label '{MARKUP}'\\''2'" in line
    assert elements_of_markup(page) == 0


def test_everything_can_be_done_by_keyboard(console: Console) -> None:
    page = console.open("/")
    settled(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "create"
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    assert page.evaluate("document.activeElement.name") == "application"
    for _ in range(30):
        if page.evaluate("document.activeElement.textContent") == "Create":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="shop-web").wait_for()
    page.get_by_role("link", name="shop-web").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#state .status")).to_have_text("Launching")


def test_the_control_token_is_asked_for_once_in_a_tab(launched: Browser) -> None:
    app = create_app(Store(embedded(), Clock(mode="manual")), catalog.load(), "bean")
    with served(app) as port:
        console = Console(launched, f"http://127.0.0.1:{port}", "bean")
        console.allowed.append("401:")
        page = console.open("/")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Control token").fill("pea")
        dialog.get_by_role("button", name="Go on").click()
        dialog.get_by_label("Control token").fill("bean")
        dialog.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("Nothing grows here yet")).to_be_visible()
        settled(page)
        page.goto(console.url("/faults"))
        settled(page)
        expect(page.locator("#armed")).to_contain_text("No fault is armed")
        console.close()
