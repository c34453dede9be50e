"""The first view of the console: its bytes, and how soon its table is seen, beside a page of one heading.

The plain page is that of an environment whose application does not run, from the same server and in the same browser:
what it takes is the time of the browser itself. A person has a browser open, so a page is new in one that has shown
one, and then in one that has nothing of it, where context, renderer and connection are in the figure, too.
"""

from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext

from bench.processes import Server, beanpole, prepare, settle
from bench.row import Row
from console.browser import WIDE, browser

ACCOUNT = "123456789012"
REGION = "us-east-1"
SCOPE = f"account={ACCOUNT}&region={REGION}"

_FIRST, _ROUNDS = 100, 9
_TARGET = 300  # milliseconds

_PAINTED = """(selector) => new Promise((painted) => {
  const look = () => {
    if (document.querySelector(selector)) requestAnimationFrame(() => requestAnimationFrame(painted));
    else setTimeout(look, 1);
  };
  look();
})"""  # a frame begins only when the stylesheet is there, and the next one when the first is on the screen
_CONTENTFUL = """() => new Promise((found) => new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") found(startTime);
}).observe({ type: "paint", buffered: true }))"""  # milliseconds after the navigation began


class View(NamedTuple):
    """A page that was opened: milliseconds until its content was first painted, and until all of it was; its bytes."""

    contentful: float
    painted: float
    transferred: int


class Page(NamedTuple):
    """An address of the server, and a selector of the content for which a reader waits."""

    path: str
    content: str


_TABLE = Page(f"/_beanpole/console/?{SCOPE}", "#list tbody tr")
_HEADING = Page(f"/_beanpole/traffic/{REGION}:{ACCOUNT}:env-00000/", "h1")


def first_page() -> Iterator[Row]:
    """A first page with a hundred environments that are Ready."""
    with beanpole("instant") as server, browser() as launched:
        prepare(server, _FIRST)
        settle(server, _FIRST)
        opened = _views(launched, server)
    kilobytes = opened["empty", _TABLE][0].transferred / 1024
    yield Row("first page of the console, compressed", f"{kilobytes:.0f} KB", "-", kilobytes, 120, "KB", most=True)
    yield _row("open", "painted first", [view.contentful for view in opened["open", _TABLE]], opened["open", _HEADING])
    yield _row("empty", "painted", [view.painted for view in opened["empty", _TABLE]], opened["empty", _HEADING])


def _row(kind: str, verb: str, milliseconds: list[float], plain: list[View]) -> Row:
    floor = median(view.contentful if verb == "painted first" else view.painted for view in plain)
    ours = median(milliseconds)
    work = f"first view of {_FIRST} environments, in an {kind} browser, {verb}"
    return Row(work, f"{ours:.0f} ms", f"a heading {floor:.0f} ms", ours, _TARGET, "ms", most=True)


def _views(launched: Browser, server: Server) -> dict[tuple[str, Page], list[View]]:
    """Both pages in both browsers, in turn, so that other work of the machine counts for each."""
    views: dict[tuple[str, Page], list[View]] = {}
    used = launched.new_context(viewport=WIDE)
    for page in (_TABLE, _HEADING):
        _view(used, server, page)
    for _ in range(_ROUNDS):
        for page in (_TABLE, _HEADING):
            views.setdefault(("open", page), []).append(_view(used, server, page))
            empty = launched.new_context(viewport=WIDE)
            views.setdefault(("empty", page), []).append(_view(empty, server, page))
            empty.close()
    return views


def _view(context: BrowserContext, server: Server, opened: Page) -> View:
    page = context.new_page()
    answers: list[int] = []
    page.on("requestfinished", lambda request: answers.append(request.sizes()["responseBodySize"]))
    began = perf_counter()
    page.goto(f"http://127.0.0.1:{server.port}{opened.path}", wait_until="commit")
    page.evaluate(_PAINTED, opened.content)
    painted = (perf_counter() - began) * 1000
    contentful: float = page.evaluate(_CONTENTFUL)
    page.wait_for_load_state("load")
    page.wait_for_timeout(50)
    page.close()
    return View(contentful, painted, sum(answers))
