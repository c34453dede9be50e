"""Whether a page is for everybody: the rules of axe, and targets that a pointer can hit."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter((each) => each.checkVisibility() && !each.closest('.skip'))
    .filter((each) => each.tagName !== 'A' || !each.closest('p:not(.crumbs), li li, small'))
    .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([words, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${words}`)"""
# The contrast of a text follows from its colour, its size and the grounds behind it, and takes axe most of its time: of
# the texts that are alike in all of that, one is looked at.
VIOLATIONS = """async ({known, isWhole}) => {
    const grounds = new Map([[null, '']]);
    const ground = (element) => {
        if (!grounds.has(element)) {
            const {backgroundColor, backgroundImage, opacity} = getComputedStyle(element);
            const own = `${backgroundColor}${backgroundImage}${opacity}`;
            grounds.set(element, ground(element.parentElement) + own.replace('rgba(0, 0, 0, 0)none1', ''));
        }
        return grounds.get(element);
    };
    const colours = (element) => {
        const {color, fontSize, fontWeight, textDecorationLine} = getComputedStyle(element);
        return [element.tagName, element.className, color, fontSize, fontWeight, textDecorationLine, ground(element)];
    };
    const texts = [...document.querySelectorAll('body *')].filter((element) => element.checkVisibility()
        && (element.matches('input, select, textarea')
            || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())));
    const kinds = new Map();
    for (const text of texts) {
        const kind = JSON.stringify([text.disabled, colours(text), colours(text.parentElement)]);
        if (!kinds.has(kind)) kinds.set(kind, text);
    }
    for (const kind of known) kinds.delete(kind);
    const all = {reporter: 'no-passes', preload: false, iframes: false};
    const rules = ['color-contrast', 'link-in-text-block'];
    const off = Object.fromEntries(rules.map((rule) => [rule, {enabled: false}]));
    const results = isWhole ? [await axe.run(document, {...all, rules: off})] : [];
    if (kinds.size) results.push(await axe.run({include: [...kinds.values()]}, {...all, runOnly: rules}));
    const faults = results.flatMap(({violations}) => violations);
    return [faults.map(({id, nodes}) => [id, nodes.map(({target}) => String(target))]), [...kinds.keys()]];
}"""  # a page has no frames, and no rule of ours reads style sheets
AXE = Axe().axe_script


def settled(page: Page) -> None:
    """The page once it shows what it has read."""
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("[aria-busy]")).to_have_count(0)


def violations(page: Page, kinds: set[str], is_whole: bool = True) -> list[object]:
    """The rules of axe that a page violates, with the elements: all rules, or those of colours alone.

    `kinds` are the kinds of texts whose colours were looked at before; those of this page are added.
    """
    if not page.evaluate("'axe' in window"):  # half a megabyte, which a document gets once
        page.evaluate(AXE)
    results, more = page.evaluate(VIOLATIONS, {"known": sorted(kinds), "isWhole": is_whole})
    kinds.update(more)
    return list(results)
