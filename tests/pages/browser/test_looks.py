"""Every page, in both themes, wide and narrow: accessible, inside its origin, without errors."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.pages.browser.looks import WIDE, unfold

pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = ("roadmap", "bubbles", "trend")


def test_pages_with_the_demo(visit, demo, cam_manager, defects):
    page = visit(cam_manager).new_page()
    programme, project = demo.programme("CAM").pk, demo.project("CAM-02").pk
    ready = {
        "/": "#waiting-title",
        "/portfolio/": "#programmes-title",
        **{f"/portfolios/{demo.portfolio.pk}/{name}/": f"#{name}-title" for name in PICTURES},
        "/calendar/?month=2026-11": "#days-title",
        "/calendar/?month=2026-11&view=list": "#days-title",
        "/pmo/": "#registers-title",
        f"/programmes/{programme}/": "pm-curve svg",
        f"/programmes/{programme}/explain/total_forecast/": "#explain-title",
        f"/programmes/{programme}/explain/health/": "#explain-title",
        f"/projects/{project}/": "#milestones-title",
        f"/portfolios/{demo.portfolio.pk}/confidence/": "#apart-title",
    }
    for address, sign in ready.items():
        page.set_viewport_size({"width": WIDE, "height": 900})
        page.goto(address)
        expect(page.locator(sign).first).to_be_visible()
        unfold(page)
        if "/programmes/" in address and "explain" not in address:
            expect(page.locator("pm-tracks svg")).to_be_visible()
        assert (address, defects(page)) == (address, [])


def test_pages_with_nothing_in_them(visit, stranger, defects, watched):
    empty = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=empty)
    inside = visit(reader).new_page()
    for address in (f"/programmes/{empty.pk}/", "/"):
        inside.goto(address)
        assert defects(inside) == []

    nobody = visit(stranger).new_page()
    nobody.goto("/portfolio/")
    assert defects(nobody) == []

    nobody.goto("/no/such/page/")
    assert defects(nobody) == []
    watched.troubles.clear()  # the console reports the 404 that was asked for


def test_the_theme_that_was_chosen_stays(visit, viewer):
    page = visit(viewer, theme="light").new_page()
    page.goto("/portfolio/")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.locator(".usermenu > summary").click()
    with page.expect_response("**/api/v1/me/"):
        page.get_by_role("button", name="Dark").click()
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "dark")


def test_the_skip_link_comes_first_and_leads_to_the_content(visit, viewer):
    page = visit(viewer).new_page()
    page.goto("/portfolio/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_text_too_pale_is_found_whenever_it_is_looked_at(visit, violations):
    page = visit().new_page()
    page.goto("/accounts/login/")
    assert violations(page) == []
    page.locator("h1").evaluate("title => title.style.color = '#eeeeee'")
    for _ in "ab":  # only what passed is not asked again
        (found,) = violations(page)
        assert found.startswith("color-contrast: <h1")


def test_a_text_too_pale_in_the_dark_alone_is_found(visit, defects):
    page = visit().new_page()
    page.goto("/accounts/login/")
    page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("@media (prefers-color-scheme: dark) { h1 { color: #222 !important } }");
        document.adoptedStyleSheets.push(sheet);
    }""")
    found = [line.partition(": <")[0] for line in defects(page)]
    assert found == ["1400 dark: color-contrast", "360 dark: color-contrast"]
