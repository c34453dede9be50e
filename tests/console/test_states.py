"""Pages in states that no address leads to, such as with an open form: for everybody, on wide and narrow screens."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from console.browser import NARROW, WIDE, Console
from console.clicks import plant
from console.everybody import TARGETS, settled, violations

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

FORMS = ("Deploy", "Policy", "Clone", "Terminate")  # with each kind of field
LOOKS = ((WIDE, "light"), (NARROW, "dark"))
OTHER = {"Namespace": "aws:autoscaling:asg", "OptionName": "MaxSize", "Value": "2"}
Step = tuple[str, Callable[[Page], None]]


def click(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def with_dialog(name: str) -> Step:
    def open_it(page: Page) -> None:
        page.set_viewport_size(WIDE)
        click(name)(page)
        page.get_by_role("dialog").wait_for()

    return name, open_it


def compare(page: Page) -> None:
    page.get_by_label("Compare with").select_option("environment shop-green")
    expect(page.locator("#settings th").nth(2)).to_have_text("shop-green")


def filter_all(page: Page) -> None:
    page.get_by_placeholder("Filter by name").fill("nothing of that name")


STATES: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("/", (with_dialog("Create environment"),)),
    ("/", (("filtered", filter_all),)),
    ("/environments/shop-web", tuple(map(with_dialog, FORMS))),
    ("/environments/shop-web#versions", (with_dialog("What v1 holds"), with_dialog("Create version"))),
    ("/environments/shop-web#configuration", (("compared", compare), with_dialog("Set an option"))),
    ("/environments/nope", ()),
    ("/journal", (("unfolded", click("CreateEnvironment")),)),
    ("/snapshots", (with_dialog("Go back to before"), ("not named", click("Take a snapshot")))),
    ("/time", (("running", click("Let it run")),)),
)


def faults(page: Page) -> Iterator[tuple[str, object]]:
    """What a look at the page finds: violations of axe, targets that are too small, content that is cut off."""
    for viewport, scheme in LOOKS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        results = [*page.evaluate(TARGETS), *violations(page, None)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            results.append("something is cut off")
        yield from ((scheme, fault) for fault in results)


def test_forms_details_and_empty_pages_are_for_everybody(console: Console) -> None:
    plant(console)
    plant(console.other)  # an account in the list of accounts
    console.client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-green", TemplateName=saved(console), OptionSettings=[OTHER]
    )
    console.control("POST", "/clock/advance", {"seconds": 3600})
    console.control("PUT", "/snapshots/before")
    page = console.open("/", own=True)
    results: list[object] = []
    for path, steps in STATES:
        console.leave(page)
        page.goto(console.url(path))
        settled(page)
        results += [(path, fault) for fault in faults(page)]
        for words, act in steps:
            act(page)
            results += [(path, words, fault) for fault in faults(page)]
            page.keyboard.press("Escape")
    assert results == []


def test_pages_of_an_account_without_anything_are_for_everybody(console: Console) -> None:
    page = console.open("/", own=True)
    console.allowed.append("404: GET")
    results: list[object] = []
    for path in ("/", "/time", "/faults", "/journal", "/snapshots"):
        page.goto(console.url(path))
        settled(page)
        results += [(path, fault) for fault in faults(page)]
    page.goto(console.url("/nope"))
    expect(page.locator("h1")).to_have_text("There is no page nope")
    assert [*results, *faults(page)] == []


def saved(console: Console) -> str:
    (environment,) = console.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    console.client.create_configuration_template(
        ApplicationName="shop", TemplateName="before", EnvironmentId=environment["EnvironmentId"]
    )
    return "before"
