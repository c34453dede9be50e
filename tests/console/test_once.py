"""A double click, and Enter pressed twice, open one dialog and make one call: each form of the console in one table."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from console.browser import Console
from console.clicks import plant
from console.everybody import settled
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

WEB = "/environments/shop-web"
OPTION = {"namespace": "aws:autoscaling:asg", "option": "MinSize", "value": "1"}
UPDATE = ("UpdateEnvironment",)
CLONE = ("CreateConfigurationTemplate", "CreateEnvironment", "DeleteConfigurationTemplate")
CALLS = re.compile(r"^http://[^/]+/(_beanpole/(?!console|stream).*)?$")
CLOCK = {"mode": "manual", "now": "2026-01-01T00:00:00Z", "speed": 1, "fired": 0, "id": "fault-1", "name": "kept"}

Form = tuple[str, str, dict[str, str], str, tuple[str, ...]]

# The page, the button that opens the form, what is filled in, the button that sends it, and the calls.
FORMS: tuple[Form, ...] = (
    ("/", "Create environment", {"environment": "shop-new"}, "Create", ("CreateEnvironment",)),
    (WEB, "Deploy", {"version": "v2"}, "Deploy", UPDATE),
    (WEB, "Policy", {}, "Set", UPDATE),
    (WEB, "Swap", {}, "Swap", ("SwapEnvironmentCNAMEs",)),
    (WEB, "Scale", {}, "Scale", UPDATE),
    (WEB, "Restart", {}, "Restart", ("RestartAppServer",)),
    (WEB, "Rebuild", {}, "Rebuild", ("RebuildEnvironment",)),
    (WEB, "Save configuration", {"name": "kept"}, "Save", CLONE[:1]),
    (WEB, "Terminate", {}, "Terminate", ("TerminateEnvironment",)),
    (f"{WEB}#configuration", "Set an option", OPTION, "Update", UPDATE),
    (f"{WEB}#versions", "Create version", {"label": "v3"}, "Create", ("CreateApplicationVersion",)),
    (f"{WEB}#versions", "Deploy v2", {}, "Deploy", UPDATE),
    (f"{WEB}#versions", "What v2 holds", {}, "Close", ()),
    (WEB, "Clone", {"name": "shop-copy"}, "Clone", CLONE),
    ("/faults", "", {"code": "AccessDenied"}, "Arm", ("POST /faults",)),
    ("/snapshots", "Go back to before", {}, "Go back", ("POST /snapshots/before",)),
    ("/snapshots", "", {"name": "kept"}, "Take a snapshot", ("PUT /snapshots/kept",)),
    ("/time", "", {"speed": "9"}, "Set speed", ("PUT /clock",)),
    ("/time", "", {}, "Advance", ("POST /clock/advance",)),
    ("/time", "Account and region", {"account": "123456789012"}, "Show", ()),
)
AFTER_CALLS = "fetch('/_beanpole/health').then(() => new Promise(requestAnimationFrame)).then(() => null)"
LEAVING = ("Clone", "Account and region")  # forms that lead to another page


def is_reading(request: Request) -> bool:
    return request.method == "GET" or "x-beanpole-onlooker" in request.headers


def name(request: Request) -> str:
    """The operation of a call, or the method and the path of a control route."""
    path = request.url.partition("/_beanpole")[2].partition("?")[0]
    if path:
        return f"{request.method} {path}"
    return (request.post_data or "").partition("Action=")[2].partition("&")[0]


def click_twice(button: Locator) -> None:
    """Click twice at one place as a user does: what the first click leads to is there at the second one."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page, mouse = button.page, button.page.mouse
    mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate(AFTER_CALLS)
    mouse.down(click_count=2)
    mouse.up(click_count=2)


def press_twice(button: Locator) -> None:
    """Press Enter twice, where the focus is on a button at first: another key has brought it there."""
    button.focus()
    for key in ("Shift", "Enter", "Enter"):
        button.page.keyboard.press(key)


def send(page: Page, form_of: Form, calls: list[str], twice: Callable[[Locator], None]) -> None:
    """Open a form and send it, both twice."""
    _, opener, values, verb, operations = form_of
    sender = page.get_by_role("button", name=verb, exact=True)
    form = page.locator("main form").filter(has=sender).first
    if opener:
        twice(page.get_by_role("button", name=opener, exact=opener != "Account and region"))
        form = page.get_by_role("dialog")
        form.wait_for()
    for field, value in values.items():
        form.locator(f"[name={field}]").fill(value)
    assert calls == [], opener
    if opener in LEAVING:
        with page.expect_navigation():
            form.get_by_role("button", name=verb, exact=True).dblclick(no_wait_after=True)
    else:
        twice(form.get_by_role("button", name=verb, exact=True))
        page.evaluate(AFTER_CALLS)
    if opener:
        expect(form).to_have_count(0)
    assert calls == list(operations), (opener, verb)
    calls.clear()


def test_what_is_meant_once_is_done_once(console: Console) -> None:
    plant(console)
    other = {"ApplicationName": "shop", "EnvironmentName": "shop-green"}
    console.client.create_environment(SolutionStackName=STACK, **other)
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-green", "status": "Ready"}})
    console.control("PUT", "/snapshots/before")
    calls: list[str] = []

    def answer(route: Route) -> None:
        """Count a call that changes something, and answer as if it was carried out."""
        if is_reading(route.request):
            route.fallback()
            return
        calls.append(name(route.request))
        result = {f"{calls[-1]}Response": {f"{calls[-1]}Result": {"EnvironmentId": "shop-web"}}}
        route.fulfill(json=CLOCK if " " in calls[-1] else result)

    page = console.open("/", prepare=lambda page: page.route(CALLS, answer))
    at = ""
    for form in FORMS:
        for twice in (click_twice, press_twice):
            if form[0] != at:
                page.goto(console.url(form[0]))
                settled(page)
            send(page, form, calls, twice)
            at = "" if form[1] in LEAVING else form[0]


def test_what_takes_long_is_not_done_again_meanwhile(console: Console) -> None:
    """Two clicks far from each other in time, while the first one is not answered yet."""
    plant(console)
    page = console.open(WEB)
    settled(page)
    unanswered: list[Route] = []
    page.route(f"{console.address}/", lambda route: unanswered.append(route))
    with page.expect_request(f"{console.address}/"):
        page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("button", name="Scale", exact=True).click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    assert [(route.request.post_data or "").partition("&")[0] for route in unanswered] == [
        "Action=DescribeApplicationVersions",
        "Action=DescribeConfigurationSettings",
    ]
    while unanswered:
        unanswered.pop().continue_()
    form = page.get_by_role("dialog")
    form.wait_for()
    for _ in range(2):
        form.get_by_role("button", name="Deploy", exact=True).click(force=True)
    page.wait_for_function("document.querySelector('dialog [aria-disabled=true]')")
    assert len(unanswered) == 1
    page.unroute_all()  # and let go what is held
    expect(form).to_have_count(0)
    expect(page.locator("#state .status")).to_have_text("Updating")
