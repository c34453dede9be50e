"""The guide's walk by clicks alone: create, deploy immutably, watch the lanes, swap, terminate."""

import re

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
    until(console, page, "Ready")
    submit(page, "Policy", "Set", policy="Immutable")
    until(console, page, "Ready")
    submit(page, "Deploy", "Deploy", version="v2")
    expect(page.locator("#plan .waits")).to_contain_text("waits for a worker")
    page.get_by_role("button", name="Advance the clock by a minute").click()
    expect(page.locator("#plan .current")).to_be_visible()
    until(console, page, "Ready")
    expect(page.locator("#lanes .lane")).to_have_count(4)  # two new instances beside two old ones
    expect(page.locator("#legend")).to_contain_text("serves v2")
    expect(page.locator("#shares")).to_contain_text("100 %")
    submit(page, "Swap", "Swap", other="shop-green")
    until(console, page, "Ready")
    expect(page.locator("#events")).to_contain_text("Completed swapping CNAMEs for environments")
    address = page.get_by_role("link", name=re.compile("shop-green.*elasticbeanstalk"))
    expect(address).to_have_attribute(
        "href", re.compile(f"/us-east-1:{console.account}:shop-green[.].*us-east-1[.]elasticbeanstalk[.]com/$")
    )
    console.allowed += [f"400: POST {console.address}/", "/_beanpole/cnames/"]  # of what ends while the page reads it
    submit(page, "Terminate", "Terminate")
    until(console, page, "Terminated")
    assert {
        environment["EnvironmentName"]: environment["Status"]
        for environment in console.client.describe_environments()["Environments"]
    } == {
        "shop-web": "Terminated",
        "shop-green": "Ready",
    }
