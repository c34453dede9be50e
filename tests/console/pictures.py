"""The pictures of the README, made from the running program: `cd tests && python -m console.pictures`.

Beside them stands a digest of what they were made from; a test compares it, and says when they are stale.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import Page, expect

from console.browser import Console, browser, server, session
from environments import STACK
from house.tree import ROOT

FOLDER = ROOT / "docs/pictures"
MADE_OF = FOLDER / "made-of.txt"
SIZE = {"width": 1280, "height": 860}
COMMAND = "aws:elasticbeanstalk:command"


def digest() -> str:
    """The digest of the pages, their scripts and this module."""
    folder = ROOT / "service/beanpole/console"
    sources = [path for path in folder.rglob("*") if path.suffix in (".html", ".js", ".css", ".svg")]
    whole = sha256()
    for path in sorted([*sources, Path(__file__)]):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def make() -> Iterator[Path]:
    """Take every picture; returns their paths as they are written."""
    FOLDER.mkdir(exist_ok=True)
    with browser() as launched, server("--seed", "7") as address:
        console = Console(session(launched), address)
        _plant(console)
        page = console.open("/environments/shop-web", viewport=SIZE, color_scheme="light", device_scale_factor=1)
        _advance(console, 460)
        yield _picture(console, page, "environment")
        page = console.open("/", viewport={**SIZE, "height": 460}, color_scheme="light")
        page.get_by_role("row", name="shop-web").wait_for()
        yield _picture(console, page, "environments")
        page = console.open("/time", viewport={**SIZE, "height": 680}, color_scheme="dark")
        page.locator("#due tbody tr").first.wait_for()
        yield _picture(console, page, "time")
        console.close()
    MADE_OF.write_text(f"{digest()}\n", encoding="utf-8")


def _plant(console: Console) -> None:
    """Some environments, one of them amid an immutable deployment."""
    client = console.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    settings = [
        {"Namespace": "aws:autoscaling:asg", "OptionName": name, "Value": "4"} for name in ("MinSize", "MaxSize")
    ]
    immutable = {"Namespace": COMMAND, "OptionName": "DeploymentPolicy", "Value": "Immutable"}
    for name in ("shop-web", "shop-green", "shop-api"):
        client.create_environment(
            ApplicationName="shop",
            EnvironmentName=name,
            CNAMEPrefix=name,
            VersionLabel="v1",
            SolutionStackName=STACK,
            OptionSettings=[*settings, immutable],
        )
    _advance(console, 1500)
    client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    console.control("POST", "/faults", {"what": "server-errors", "share": 0.3, "where": {"environment": "shop-api"}})
    _advance(console, 60)


def _advance(console: Console, seconds: int) -> None:
    console.control("POST", "/clock/advance", {"seconds": seconds})


def _picture(console: Console, page: Page, name: str) -> Path:
    """A picture of a page that has come to the instant of the clock, and reads nothing more."""
    expect(page.locator("#live")).to_have_text("live")
    now = console.control("GET", "/clock")["now"]
    expect(page.locator("#clock .mono")).to_have_text(now[11:19])
    page.wait_for_timeout(2000)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    for path in make():
        print(path.relative_to(ROOT), path.stat().st_size, file=sys.stderr)
