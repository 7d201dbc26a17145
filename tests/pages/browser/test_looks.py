"""Every page, in both themes, wide and narrow: accessible, inside its origin, without errors."""

import pytest
from playwright.sync_api import Page, expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [(1400, "light"), (1400, "dark"), (360, "light"), (360, "dark")]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_pages_with_the_demo(visit, demo, cam_manager, violations, width, theme):
    page = visit(cam_manager, width, theme).new_page()
    programme, project = demo.programme("CAM").pk, demo.project("CAM-02").pk
    ready = {
        "/portfolio/": "#programmes-title",
        f"/programmes/{programme}/": "pm-curve svg",
        f"/programmes/{programme}/explain/total_forecast/": "#explain-title",
        f"/programmes/{programme}/explain/health/": "#explain-title",
        f"/projects/{project}/": "#milestones-title",
    }
    for address, sign in ready.items():
        page.goto(address)
        expect(page.locator(sign).first).to_be_visible()
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        if "/programmes/" in address and "explain" not in address:
            expect(page.locator("pm-tracks svg")).to_be_visible()
        assert (address, violations(page), max(0, overflow(page))) == (address, [], 0)


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_pages_with_nothing_in_them(visit, stranger, violations, width, theme, watched):
    outside = visit(None, width, theme).new_page()
    outside.goto("/accounts/login/")
    assert violations(outside) == []

    empty = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=empty)
    inside = visit(reader, width, theme).new_page()
    inside.goto(f"/programmes/{empty.pk}/")
    assert (violations(inside), overflow(inside)) == ([], 0)

    nobody = visit(stranger, width, theme).new_page()
    nobody.goto("/portfolio/")
    assert (violations(nobody), overflow(nobody)) == ([], 0)

    nobody.goto("/no/such/page/")
    assert (violations(nobody), overflow(nobody)) == ([], 0)
    watched.troubles.clear()  # the console reports the 404 that was asked for


def test_the_theme_that_was_chosen_stays(visit, viewer):
    page = visit(viewer, theme="light").new_page()
    page.goto("/portfolio/")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.locator(".usermenu > summary").click()
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
