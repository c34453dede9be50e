"""Whether a page is for everybody: the rules of axe, and targets that a pointer can hit."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter((each) => each.checkVisibility() && !each.closest('.skip'))
    .filter((each) => each.tagName !== 'A' || !each.closest('p:not(.crumbs), li li, small'))
    .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([words, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${words}`)"""
VIOLATIONS = """async (options) => {
    const all = {reporter: 'no-passes', preload: false, iframes: false, ...options};
    const {violations} = await axe.run(document, all);
    return violations.map(({id, nodes}) => [id, nodes.map(({target}) => String(target))]);
}"""  # a page has no frames, and no rule of ours reads style sheets
AXE = Axe().axe_script


def settled(page: Page) -> None:
    """The page once it shows what it has read."""
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("[aria-busy]")).to_have_count(0)


def violations(page: Page, rules: list[str] | None) -> list[object]:
    """The rules of axe, all or some, that a page violates, with the elements."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, which a document gets once
        page.evaluate(AXE)
    results: list[object] = page.evaluate(VIOLATIONS, {"runOnly": rules} if rules else {})
    return results
