"""What a user of the console does: fill in a form, and move the clock until something has happened."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

from console.browser import Console
from environments import STACK


def fill(page: Page, button: str, values: Mapping[str, str]) -> tuple[Locator, str]:
    """Open a form by its button and fill it in; returns it, and the lines of the AWS CLI that it shows."""
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    for name, value in values.items():
        field = dialog.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    return dialog, dialog.locator("pre").inner_text()


def submit(page: Page, button: str, verb: str, **values: str) -> str:
    """Open a form by its button, fill it in, send it; returns the lines of the AWS CLI that it shows."""
    dialog, lines = fill(page, button, values)
    dialog.get_by_role("button", name=verb, exact=True).click()
    expect(dialog).to_have_count(0)
    return lines


def end(console: Console, page: Page, status: str = "Ready") -> None:
    """Let what was begun end, with the environment of the page in a status.

    The page has shown that it is busy before. Otherwise the status may be the one before the beginning, and a click be
    lost on a button that is just now not to be used.
    """
    label = page.locator("#state .status")
    expect(label).to_have_class(re.compile("busy"))
    console.control("POST", "/clock/advance", {"seconds": 3600})
    expect(label).to_have_text(status)


def until(console: Console, page: Page, status: str) -> None:
    """Move the clock by the button of the bar until the environment of the page, which is busy, has a status."""
    label = page.locator("#state .status")
    expect(label).to_have_class(re.compile("busy"))
    id_ = page.locator("#facts .mono").inner_text()
    for _ in range(12):
        (environment,) = console.client.describe_environments(EnvironmentIds=[id_])["Environments"]
        expect(label).to_have_text(environment["Status"])
        if environment["Status"] == status:
            return
        page.get_by_role("button", name="Advance the clock by ten minutes").click()
        expect(page.locator("#clock")).not_to_have_class(re.compile("moving"))
    expect(label).to_have_text(status)


def plant(console: Console, name: str = "shop-web", until_ready: bool = True) -> None:
    """An environment on version `v1`, beside a version `v2`."""
    client = console.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    client.create_environment(
        ApplicationName="shop", EnvironmentName=name, VersionLabel="v1", SolutionStackName=STACK, CNAMEPrefix=name
    )
    if until_ready:
        console.control("POST", "/clock/advance", {"until": {"environment": name, "status": "Ready"}})
