"""Names that the API accepts and a page might take for something else: shown whole, and leading to their things."""

import io
import zipfile

import pytest
from playwright.sync_api import Locator, Page, expect

from console.browser import Console
from console.everybody import settled
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser

WIDTHS = (1280, 390)
MARKUP = '<img src=x onerror="window.ran = 1">'
LONG = "x" * 100
NAMES = (
    MARKUP,
    LONG,
    f"{MARKUP}\"'&amp;<!--",
    "\u202efdp.exe",
    "  \U0001f331 leads with blanks",
    "tab\tand\nline",
    "__proto__",
    "constructor",
    "%2F..%2f",
    "..",
    "?a=b&c#d+e",
)
FILES = [name for name in NAMES if name not in ("..", "tab\tand\nline")]
DEPLOYED = NAMES[4:7]
WEB = "/environments/shop-web"
ENVIRONMENT = "aws:elasticbeanstalk:application:environment"
WIDE = """() => [...document.querySelectorAll('html, .scroll, .dialog')]
    .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth)
    .map((each) => `${each.getAttribute('aria-label')}: ${each.scrollWidth} > ${each.clientWidth}`)"""
INJECTED = "window.ran === undefined ? document.querySelectorAll('img, main b, [onerror], main script').length : 'ran'"


def bundle() -> bytes:
    """A source bundle with a file of each name, whose content is its name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("Procfile", f"web: {MARKUP}{LONG}")
        for name in FILES:
            archive.writestr(name, name)
    return content.getvalue()


def plant(console: Console) -> str:
    """An environment with a failed deployment, on an application with a version of each name; returns an instance."""
    s3, client = console.service("s3"), console.client
    bucket = f"bundles-{console.account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=f"{MARKUP}.zip", Body=bundle())
    application = {"ApplicationName": MARKUP}
    client.create_application(**application)
    for name in NAMES:
        source = {"S3Bucket": bucket, "S3Key": f"{MARKUP}.zip"}
        client.create_application_version(VersionLabel=name, Description=name * 2, SourceBundle=source, **application)
    client.create_configuration_template(TemplateName=LONG, SolutionStackName=STACK, **application)
    options = [
        {"Namespace": ENVIRONMENT, "OptionName": name, "Value": f"{LONG}{MARKUP}"} for name in ("__proto__", LONG)
    ]
    for name in ("shop-web", "w" * 40):
        client.create_environment(
            EnvironmentName=name, VersionLabel=LONG, SolutionStackName=STACK, OptionSettings=options, **application
        )
    console.control("POST", "/clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    instance: str = console.control("GET", f"{WEB}/fleet")["instances"][0]["id"]
    fault = {"what": "command-fails", "message": f"{MARKUP} {LONG * 3}\u202e", "where": {"environment": "shop-web"}}
    console.control("POST", "/faults", fault)
    client.update_environment(EnvironmentName="shop-web", VersionLabel=NAMES[2])
    console.control("POST", "/clock/advance", {"seconds": 900})
    console.control("DELETE", "/faults")
    return instance


def looked_at(page: Page, words: str) -> list[object]:
    """What is wrong with a page as it is, on each width."""
    results: list[object] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        results += [(words, width, fault) for fault in page.evaluate(WIDE)]
    return [*results, *([(words, "markup")] if page.evaluate(INJECTED) else [])]


def test_odd_names_are_text_that_fits_and_lead_to_their_things(console: Console) -> None:
    instance = plant(console)
    page = console.open("/")
    results: list[object] = []
    folder = f"{WEB}#instances/{instance}/disk/var/app/current"
    for path in ("/", "/journal", "/time", WEB, f"{WEB}#configuration", folder, f"{WEB}#versions"):
        page.goto(console.url(path))
        settled(page)
        expect(page.locator("main")).to_contain_text("shop-web")
        results += looked_at(page, path)
        if path == folder:
            for name in FILES:
                page.get_by_role("link", name=name.strip(), exact=True).click()
                expect(page.locator("#instance pre")).to_have_text(name, use_inner_text=True)
                page.get_by_role("link", name="current", exact=True).click()
    rows = page.locator("#version-list tbody tr")
    expect(rows).to_have_count(len(NAMES))
    for index, name in enumerate(reversed(NAMES)):
        row = rows.nth(index)
        assert row.get_attribute("data-key") == name
        bundle_button, deploy_button = row.locator("button").all()
        bundle_button.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("SHA-256")
        results += looked_at(page, name) if name in (LONG, NAMES[2]) else []
        dialog.get_by_role("button", name="Close").click()
        if name in DEPLOYED:
            deploy_button.click()
            deploys(console, dialog, name)
            expect(page.locator("#facts")).to_contain_text(f"Version {name.strip()}")
    assert results == []
    expect(rows).to_have_count(len(NAMES))


def deploys(console: Console, dialog: Locator, name: str) -> None:
    """Send the form of a deployment as it is: it names the version to the letter."""
    dialog.get_by_role("button", name="Deploy").click()
    expect(dialog).to_have_count(0)
    (call, *_) = console.control("GET", "/journal?operation=UpdateEnvironment")["calls"]
    assert call["parameters"]["VersionLabel"] == name
    console.control("POST", "/clock/advance", {"seconds": 900})
