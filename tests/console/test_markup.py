"""Every page, with its forms and details, is for everybody on wide and narrow screens, and shows markup as text."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from console.browser import NARROW, WIDE, Console
from console.everybody import TARGETS, settled, violations
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

MARKUP = '<img src=x onerror="alert(1)"><b>&amp;'
WITHOUT_MARKUP = ("/time", "/snapshots", "/environments/nope")
ELEMENTS_OF_MARKUP = "document.querySelectorAll('img[src=x], b, [onerror], script:not([src])').length"
OTHER = {"Namespace": "aws:autoscaling:asg", "OptionName": "MaxSize", "Value": "2"}

Look = tuple[Any, str, bool]  # size and scheme of a page, and whether axe has all its rules, or those of colours
Step = tuple[str, Callable[[Page], None]]
LOOKS: list[Look] = [(WIDE, "light", True), (WIDE, "dark", False), (NARROW, "dark", True), (NARROW, "light", False)]
LOOKS_OF_STATES = [LOOKS[0], LOOKS[2]]


def plant(console: Console) -> None:
    """An account in which every name that may hold markup does, with another environment and a snapshot."""
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
    client.create_environment(EnvironmentName="shop-green", TemplateName=MARKUP, OptionSettings=[OTHER], **application)
    fault = {"what": "command-fails", "message": MARKUP, "where": {"version_label": MARKUP}}
    console.control("POST", "/faults", {**fault, "where": {"version_label": MARKUP, "environment": "shop-web"}})
    client.update_environment(EnvironmentName="shop-web", VersionLabel=MARKUP)
    console.control("POST", "/clock/advance", {"seconds": 3600})
    console.control("PUT", "/snapshots/before")


@pytest.fixture(scope="module")
def kinds() -> set[str]:
    """The kinds of texts whose colours axe has looked at."""
    return set()


def click(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def with_dialog(name: str) -> Step:
    def open_it(page: Page) -> None:
        click(name)(page)
        page.get_by_role("dialog").wait_for()

    return name, open_it


def deploy(page: Page) -> None:
    """The form of a deployment; the line quotes what is typed into it for a shell."""
    click("Deploy")(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(MARKUP)
    dialog.locator("input").fill(f"{MARKUP}'2")
    assert f"--version-label '{MARKUP}'\\''2'" in dialog.locator("pre").inner_text()


def compare(page: Page) -> None:
    page.get_by_label("Compare with").select_option("environment shop-green")
    expect(page.locator("#settings th").nth(2)).to_have_text("shop-green")


def filter_all(page: Page) -> None:
    page.get_by_placeholder("Filter by name").fill("nothing of that name")


FORMS = ("Policy", "Clone", "Terminate")  # and Deploy: with each kind of field
WEB = "/environments/shop-web"
PAGES: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("/", (with_dialog("Create environment"), ("filtered", filter_all))),
    (WEB, (("Deploy", deploy), *map(with_dialog, FORMS))),
    (f"{WEB}#instances", ()),
    (f"{WEB}#configuration", (("compared", compare), with_dialog("Set an option"))),
    (f"{WEB}#versions", (with_dialog(f"What {MARKUP} holds"), with_dialog("Create version"))),
    ("/environments/nope", ()),
    ("/faults", ()),
    ("/journal", (("unfolded", click("CreateEnvironment")),)),
    ("/snapshots", (with_dialog("Go back to before"), ("not named", click("Take a snapshot")))),
    ("/time", (("running", click("Let it run")),)),
)


def opened(console: Console, page: Page, path: str) -> None:
    """The page at a path once it shows what it has read, as text."""
    page.goto(console.url(path))
    settled(page)
    if "#" in path:
        expect(page.locator(f"#{path.rpartition('#')[2]} tbody tr").first).to_be_visible()
    if path not in WITHOUT_MARKUP:
        expect(page.locator("#main")).to_contain_text(MARKUP)


def faults(page: Page, looks: list[Look], for_axe: list[Look], kinds: set[str]) -> Iterator[tuple[object, ...]]:
    """What looks at the page find: violations of axe, targets that are too small, content that is cut off."""
    for look in looks:
        viewport, scheme, is_whole = look
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        results = [*page.evaluate(TARGETS), *(violations(page, kinds, is_whole) if look in for_axe else [])]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            results.append("something is cut off")
        yield from ((viewport["width"], scheme, fault) for fault in results)


@pytest.mark.slow
def test_every_page_with_its_forms_and_details_is_for_everybody(
    console: Console, request: pytest.FixtureRequest, kinds: set[str]
) -> None:
    """A target of a pointer has 24 pixels each way (WCAG 2.5.8). Before a merge axe reads each page in every look."""
    for_axe = LOOKS if request.config.getoption("--backends") == "both" else LOOKS[:1]
    plant(console)
    page = console.open("/")
    dialogs: list[Any] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))
    results: list[object] = []
    for path, steps in PAGES:
        opened(console, page, path)
        for look in LOOKS:
            results += [(path, *fault) for fault in faults(page, [look], for_axe, kinds)]
            if look in LOOKS_OF_STATES:
                console.keep(page, path.strip("/").replace("/", "-").replace("#", "-") or "environments")
        for words, act in steps:
            page.set_viewport_size(WIDE)
            act(page)
            results += [(path, words, *fault) for fault in faults(page, LOOKS_OF_STATES, for_axe, kinds)]
            assert (page.evaluate(ELEMENTS_OF_MARKUP), dialogs) == (0, []), (path, words)
            page.keyboard.press("Escape")
        assert (page.evaluate(ELEMENTS_OF_MARKUP), dialogs) == (0, []), path
    assert results == []


def test_pages_of_an_account_without_anything_are_for_everybody(console: Console, kinds: set[str]) -> None:
    page = console.open("/")
    console.allowed.append("404: GET")
    results: list[object] = []
    for path in ("/", "/time", "/faults", "/journal", "/snapshots"):
        page.goto(console.url(path))
        settled(page)
        results += [(path, *fault) for fault in faults(page, LOOKS_OF_STATES, LOOKS, kinds)]
    page.goto(console.url("/nope"))
    expect(page.locator("h1")).to_have_text("There is no page nope")
    assert [*results, *faults(page, LOOKS_OF_STATES, LOOKS, kinds)] == []
