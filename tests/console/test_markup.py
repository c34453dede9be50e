"""Names, labels and events with markup in them are shown as text on every page, and the pages are for everybody."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from console.browser import NARROW, WIDE, Console
from console.clicks import submit
from console.everybody import TARGETS, settled, violations
from control.listening import served
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

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


def elements_of_markup(page: Page) -> int:
    number: int = page.evaluate("document.querySelectorAll('img[src=x], b, [onerror], script:not([src])').length")
    return number


COLOURS = ["color-contrast", "link-in-text-block"]  # rules of axe that the other scheme of a width may break
LOOKS = [(WIDE, "light", None), (WIDE, "dark", COLOURS), (NARROW, "dark", None), (NARROW, "light", COLOURS)]


def test_markup_is_text_nothing_is_cut_off_and_axe_finds_no_violation(
    console: Console, request: pytest.FixtureRequest
) -> None:
    """On every page, wide and narrow, light and dark; a target of a pointer has 24 pixels each way (WCAG 2.5.8).

    Every day axe reads each page once; before a merge in every look.
    """
    for_axe = LOOKS if request.config.getoption("--backends") == "both" else LOOKS[:1]
    plant(console)
    page = console.open("/", own=True)
    dialogs: list[Any] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))
    faults: list[object] = []
    for path in (*PAGES, *(f"/environments/shop-web{part}" for part in PARTS)):
        page.goto(console.url(path))
        settled(page)
        if "#" in path:
            expect(page.locator(f"#{path.rpartition('#')[2]} tbody tr").first).to_be_visible()
        if path not in ("/time", "/snapshots"):
            expect(page.locator("#main")).to_contain_text(MARKUP)
        assert (elements_of_markup(page), dialogs) == (0, []), path
        for look in LOOKS:
            viewport, scheme, rules = look
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)
            console.keep(page, f"{path.strip('/').replace('/', '-').replace('#', '-') or 'environments'}-{scheme}")
            cut_off = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            results = [*page.evaluate(TARGETS), *["something is cut off"] * cut_off]
            results += violations(page, rules) if look in for_axe else []
            faults += [(path, viewport["width"], scheme, fault) for fault in results]
    assert faults == []


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


def test_the_control_token_is_asked_for_once_in_a_tab(launched: Browser) -> None:
    app = create_app(Store(embedded(), Clock(mode="manual")), catalog.load(), "bean")
    with served(app) as port:
        console = Console(launched, f"http://127.0.0.1:{port}", "bean")
        console.allowed.append("401:")
        page = console.open("/")
        late: list[Route] = []  # a call with the wrong token, which is answered when the right one is there
        page.route("**/_beanpole/environments?*", lambda route: hold(route, late))
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#declined")).to_contain_text("This page needs the control token")
        expect(page.locator("#live")).to_have_text("not live")
        assert (dialog.count(), page.locator("#toasts p").count()) == (0, 0)
        page.get_by_role("button", name="Enter the token").click()
        dialog.get_by_label("Control token").fill("pea")
        dialog.get_by_role("button", name="Go on").click()
        expect(dialog.get_by_role("alert")).to_have_text("The server has another control token.")
        dialog.get_by_label("Control token").fill("bean")
        dialog.get_by_role("button", name="Go on").click()
        expect(page.locator("#clock")).to_contain_text("manual")
        submit(page, "Create environment", "Create")  # on a page that has not read anything yet
        (call,) = late
        call.continue_()
        expect(page.get_by_role("link", name="shop-web")).to_be_visible()
        assert dialog.count() == 0
        settled(page)
        page.goto(console.url("/faults"))
        settled(page)
        expect(page.locator("#armed")).to_contain_text("No fault is armed")
        console.close()


def hold(route: Route, late: list[Route]) -> None:
    """Keep a call with the wrong token, and let every other one go on."""
    if route.request.headers.get("x-beanpole-token") == "pea":
        late.append(route)
    else:
        route.continue_()
