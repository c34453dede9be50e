"""The guide's walk by clicks alone: create, deploy immutably, watch the lanes, swap, terminate."""

from playwright.sync_api import expect

from console.browser import Console
from console.clicks import submit, until

WALK = ("shop-web", "shop-green")


def test_the_walk_of_the_guide_by_clicks_alone(console: Console) -> None:
    page = console.open()
    expect(page.get_by_text("Nothing grows here yet")).to_be_visible()
    assert page.locator(".empty pre").count() == 3
    for name in WALK:
        lines = submit(
            page,
            "Create environment",
            "Create",
            application="shop",
            environment=name,
            version="v1",
            least="2",
            most="4",
        )
        assert f"create-environment --application-name shop --environment-name {name}" in lines
        page.get_by_role("link", name=name).wait_for()
    page.get_by_role("link", name="shop-web").click()
    until(page, "Ready")
    submit(page, "Policy", "Set", policy="Immutable")
    until(page, "Ready")
    submit(page, "Deploy", "Deploy", version="v2")
    expect(page.locator("#plan .waits")).to_contain_text("waits for a worker")
    page.get_by_role("button", name="Advance the clock by a minute").click()
    expect(page.locator("#plan .current")).to_be_visible()
    until(page, "Ready")
    expect(page.locator("#lanes .lane")).to_have_count(4)  # two new instances beside two old ones
    expect(page.locator("#legend")).to_contain_text("serves v2")
    expect(page.locator("#shares")).to_contain_text("100 %")
    submit(page, "Swap", "Swap", other="shop-green")
    until(page, "Ready")
    expect(page.locator("#events")).to_contain_text("Completed swapping CNAMEs for environments")
    submit(page, "Terminate", "Terminate")
    until(page, "Terminated")
    assert {
        each["EnvironmentName"]: each["Status"] for each in console.client.describe_environments()["Environments"]
    } == {
        "shop-web": "Terminated",
        "shop-green": "Ready",
    }
