"""The page of an environment, part by part: lanes, events, buttons, bundles and disks; and what fails a test."""

import io
import re
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, expect

from console.browser import NARROW, Console
from console.clicks import end, plant, submit
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

LEGEND = """[...document.querySelectorAll('#legend rect')].map((each) => each.className.baseVal)
    .filter((kind) => !document.querySelector(`#lanes .${kind.replace(' ', '.')}`))"""  # kinds that are not in sight
INLINE = "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
BUTTONS = (
    ("Restart", "Restart", {}, "RestartAppServer"),
    ("Rebuild", "Rebuild", {}, "RebuildEnvironment"),
    ("Deploy", "Deploy", {"version": "v2"}, "UpdateEnvironment"),
    ("Abort", "Abort", {}, "AbortEnvironmentUpdate"),
    ("Clone", "Clone", {"name": "shop-copy"}, "CreateEnvironment"),
)


def test_lanes_are_zoomed_events_filtered_and_the_address_leads_to_the_instances(console: Console) -> None:
    plant(console)
    plant(console.other, until_ready=False)  # newer, and without an endpoint
    page = console.open("/environments/shop-web")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name=re.compile("shop-web.*elasticbeanstalk.com")).click()
    expect(opening.value.locator("body")).to_contain_text("shop-web")
    opening.value.close()
    console.control("POST", "/clock/advance", {"seconds": 40 * 86_400})
    console.control("POST", "/faults", {"what": "command-fails", "where": {"version_label": "v2"}})
    console.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    console.control("POST", "/clock/advance", {"seconds": 600})
    zoom = page.get_by_role("group", name="Span of time")
    zoom.get_by_role("button", name="All").click()
    expect(page.locator("#lanes .work")).to_have_count(
        2
    )  # of the launch and of the update, which the page has read then
    widths = []
    for words in ("Latest", "Hour", "Day", "All"):
        zoom.get_by_role("button", name=words).click()
        expect(zoom.get_by_role("button", name=words)).to_have_attribute("aria-pressed", "true")
        widths.append(page.locator("#lanes .work").last.evaluate("each => Number(each.getAttribute('width'))"))
        assert page.evaluate(LEGEND) == []
    assert widths == sorted(widths, reverse=True)  # the same command takes ever less of the picture
    assert widths[0] > 10 * widths[2]
    expect(page.locator("#lanes title").first).to_have_text(re.compile("^i-"))
    rows = page.locator("#events li")
    expect(page.locator("#events")).to_contain_text("Successfully launched environment")
    page.get_by_label("Severity from").select_option("ERROR")
    expect(page.locator("#events .info")).to_have_count(0)
    expect(rows.first).to_have_class(re.compile("error"))
    page.get_by_label("Text", exact=True).fill("no such words")
    expect(page.locator("#events")).to_contain_text("No event passes the filter")
    tops = [page.locator(f"[aria-labelledby={title}-title]").bounding_box() for title in ("health", "fleet")]
    page.set_viewport_size(NARROW)
    narrow = [page.locator(f"[aria-labelledby={title}-title]").bounding_box() for title in ("health", "fleet")]
    for (health, fleet), is_first in ((tops, False), (narrow, True)):
        assert health is not None
        assert fleet is not None
        assert (health["y"] < fleet["y"]) == is_first


def test_every_button_makes_its_call_and_shows_its_line(console: Console) -> None:
    plant(console)
    page = console.open("/environments/shop-web")
    for button, verb, values, operation in BUTTONS:
        lines = submit(page, button, verb, **values)
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
        assert f"aws elasticbeanstalk {kebab} " in lines
        (call, *_) = console.control("GET", f"/journal?operation={operation}")["calls"]
        assert call["error"] is None, call
        if button == "Deploy":  # which is then aborted
            expect(page.locator("#state .status")).to_have_text("Updating")
        elif button != "Clone":
            end(console, page)
    expect(page.get_by_role("heading", name="shop-copy")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("Version v1")


def bundle() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.html", "<h1>hello</h1>")
        archive.writestr("Procfile", "web: gunicorn <b>app</b>")
        archive.writestr(".ebextensions/one.config", "option_settings:\n  aws:autoscaling:asg: {MaxSize: 3}\n")
    return content.getvalue()


def test_a_bundle_and_the_disk_that_it_was_put_on_are_shown(console: Console) -> None:
    s3 = console.service("s3")
    s3.create_bucket(Bucket="bundles")
    s3.put_object(Bucket="bundles", Key="v1.zip", Body=bundle())
    client: Any = console.client
    client.create_application(ApplicationName="shop")
    source = {"S3Bucket": "bundles", "S3Key": "v1.zip"}
    client.create_application_version(ApplicationName="shop", VersionLabel="v1", SourceBundle=source)
    client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-web", VersionLabel="v1", SolutionStackName=STACK
    )
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    page = console.open("/environments/shop-web#versions")
    page.get_by_role("button", name="What v1 holds").click()
    dialog = page.get_by_role("dialog")
    for text in ("web: gunicorn <b>app</b>", "aws:autoscaling:asg MaxSize = 3", "index.html", "SHA-256"):
        expect(dialog).to_contain_text(text)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Instances").click()
    page.locator("#fleet th a").first.click()
    page.get_by_role("link", name="Disk").click()
    for folder in ("var/", "app/", "current/"):
        page.locator("#instance table").get_by_role("link", name=folder, exact=True).click()
    page.get_by_role("link", name="index.html").click()
    expect(page.locator("#instance pre")).to_have_text("<h1>hello</h1>")
    assert unquote(page.url).endswith("/disk/var/app/current/index.html")


def test_a_page_on_which_something_fails_fails_its_test(context: BrowserContext, address: str) -> None:
    console = Console(context, address)
    page = console.open("/snapshots")
    page.evaluate("() => { setTimeout(() => { throw new Error('thrown'); }); console.error('logged'); }")
    page.evaluate("() => fetch('/_beanpole/none').then(() => null)")
    page.evaluate(f"() => {{ {INLINE} }}")
    expect(page.locator("#live")).to_have_text("live")
    assert page.evaluate("window.ran") is None
    with pytest.raises(AssertionError) as failed:
        console.close()
    for text in ("error: thrown", "error: logged", "404: GET", "Content Security Policy"):
        assert text in str(failed.value)
