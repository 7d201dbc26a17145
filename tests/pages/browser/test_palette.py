"""Finding one's way by the keyboard, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.browser.conftest import Person
from tests.pages.browser.looks import broken_rules

pytestmark = pytest.mark.django_db(transaction=True)


def offers(page: Page):
    """The options of the palette."""
    return page.locator("pm-palette [role=option]")


def test_a_record_is_opened_from_anywhere_without_the_mouse(visit, demo, cam02_manager):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Records, pages and actions")
    expect(field).to_be_focused()
    expect(offers(page).first).to_have_attribute("aria-selected", "true")
    expect(page.locator("pm-palette")).to_contain_text("New risk in CAM-02")
    assert not broken_rules(page)

    page.keyboard.type("new issue")
    expect(offers(page).first).to_contain_text("New issue in CAM-02")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("pm-palette [aria-selected=true]")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New issue")

    page.locator("#main").focus()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("materials engineer")
    expect(offers(page).first).to_contain_text("Engineering and Materials Building")
    page.keyboard.press("Escape")
    expect(page.locator("pm-palette dialog")).not_to_be_visible()
    expect(page.locator("#main")).to_be_focused()


def test_a_project_is_three_actions_away_from_any_page(visit, demo, viewer):
    person, page = Person(), visit(viewer).new_page()
    page.goto("/glossary/")
    person.press(page, "Control+k")
    person.type(page, "engineering mat")
    expect(offers(page).first).to_contain_text("Engineering and Materials Building")
    person.press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("CAM-02")
    assert person.actions == 3
    assert person.seconds < 10


def test_letters_lead_to_pages_and_rows_until_one_writes(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/issues/")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/dependencies/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    rows = page.locator("#main tbody tr")
    expect(rows.nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("k")
    expect(rows.first.locator("a").first).to_be_focused()
    page.get_by_label("Search", exact=True).first.focus()
    page.keyboard.type("g/?")
    expect(page.locator("pm-palette dialog")).not_to_be_visible()
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(page.locator("pm-explanation")).to_contain_text("Keys")

    page.goto("/issues/")
    page.evaluate("document.body.dataset.shortcuts = 'off'")
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(page.locator("pm-palette dialog")).not_to_be_visible()
    expect(page.locator("pm-explanation dialog")).not_to_be_visible()


@pytest.mark.parametrize("width", [1280, 360], indirect=True)
@pytest.mark.parametrize(
    "path",
    ["/search/?q=campus", "/help/", "/glossary/", "/api/docs/", "/api/docs/?q=risks+escalation"],
)
def test_what_helps_to_find_is_accessible(visit, demo, viewer, path):
    page = visit(viewer).new_page()
    page.goto(path)
    assert not broken_rules(page)
