"""The console of a server with a control token."""

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from console.browser import Console
from console.clicks import submit
from console.everybody import settled
from control.listening import served

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser


def test_the_control_token_is_asked_for_once_in_a_tab(context: BrowserContext) -> None:
    app = create_app(Store(embedded(), Clock(mode="manual")), catalog.load(), "bean")
    with served(app) as port:
        console = Console(context, f"http://127.0.0.1:{port}", "bean")
        console.allowed.append("401:")
        late: list[Route] = []  # a call with the wrong token, which is answered when the right one is there
        page = console.open("/")
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
