"""How a page looks: whether it is accessible and no wider than its window, in both themes, wide and
narrow."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Theme = Literal["light", "dark"]
WIDE, NARROW = 1400, 360
THEMES: list[Theme] = ["light", "dark"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Colours alone in the dark: nothing else differs, and the rest is asked in the light.
RULES: dict[Theme, list[str]] = {"light": WCAG, "dark": ["color-contrast", "link-in-text-block"]}
ASK_ONCE = (Path(__file__).parent / "contrast.js").read_text()
# What passed stays in the browser: to send it takes as long as to find it.
BROKEN = """
    options => axe.run(document, {...options, resultTypes: ["violations"]}).then(
        ({violations}) => violations.flatMap(
            ({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`)))
"""
# Drawn anew, and nothing on its way from one look to the next.
SETTLE = """
    () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
        for (const each of document.getAnimations())
            if (Number.isFinite(each.effect.getComputedTiming().endTime)) each.finish();
        done();
    })))
"""
passed: set[str] = set()  # the contrasts, in this process


@cache
def axe_script() -> str:
    """Return the script of axe."""
    return Axe().axe_script


def broken_rules(
    page: Page, options: dict[str, Any] | None = None, *, moved: bool = True
) -> list[str]:
    """Return what axe finds in a page, one line for each element that breaks a rule. Where nothing
    has `moved` since the last look, only colours are compared again."""
    page.evaluate("scrollTo(0, 0)")  # the bar at the top lies over what is scrolled below it
    if page.evaluate("!window.axe"):
        page.evaluate(axe_script())
    page.evaluate(ASK_ONCE, {"passed": list(passed), "moved": moved})
    found: list[str] = page.evaluate(BROKEN, {"runOnly": WCAG, **(options or {})})
    if not found:
        passed.update(page.evaluate("[...window.asked]"))
    return found


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wider)


def unfold(page: Page) -> None:
    """Open everything that is folded, on a phone too."""
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    open_sections(page)


def open_sections(page: Page) -> None:
    """Open what is folded on a phone: sections, filters, the further rows of tables."""
    page.evaluate("""document.querySelectorAll(
            '[data-folds] .section, [data-more], [data-narrows], table.cards')
        .forEach(each => each.toggleAttribute('data-unfolded', true))""")


def defects(page: Page, *widths: int) -> list[str]:
    """Return what is wrong with a page in both themes, one line each, wide and narrow or at these
    widths. The page is loaded once, and stays as it was looked at last."""
    found: list[str] = []
    for number, width in enumerate(widths or (WIDE, NARROW)):
        page.set_viewport_size({"width": width, "height": 900})
        # Only one thing changes from one look to the next.
        themes = THEMES[::-1] if number % 2 else THEMES
        for theme in themes:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.evaluate("scrollTo(0, 0)")  # what is half under the frame is no target of its size
            page.evaluate(SETTLE)
            here = broken_rules(page, {"runOnly": RULES[theme]}, moved=theme == themes[0])
            if wider := overflow(page):
                here.append(f"{wider} pixels too wide")
            found += [f"{width} {theme}: {line}" for line in here]
    return found
