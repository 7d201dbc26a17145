"""What stands around every page, walked: sections that fold on a phone, contents, the way back."""

import pytest
from playwright.sync_api import expect

from tests.pages.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)
SCREEN = 900  # pixels that the window is high


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_sponsor_reads_a_programme_on_a_phone_and_opens_what_they_ask_for(
    visit, demo, sponsor, violations
):
    person, page = Person(), visit(sponsor).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    sections = page.locator("[data-folds] .section > header")
    expect(sections.first.get_by_role("button")).to_be_visible()
    # What is arriving, what threatens it, health and the four figures; the rest is headings.
    expect(page.locator(".sentence")).to_be_visible()
    expect(page.get_by_role("link", name="Funding cover: 0.87. Explain")).to_be_hidden()
    answers = page.locator(".figures").bounding_box()
    assert answers["y"] < SCREEN
    assert page.evaluate("document.documentElement.scrollHeight") < 2.5 * SCREEN
    assert violations(page) == []

    person.click(page.get_by_role("button", name="What they are compared with"))
    expect(page.get_by_role("link", name="Funding cover: 0.87. Explain")).to_be_visible()
    risks = page.get_by_role("region", name="Top risks")
    expect(risks.get_by_role("table")).to_be_hidden()
    person.click(risks.get_by_role("button", name="Top risks"))
    expect(risks.get_by_role("link", name="R14").first).to_be_visible()
    # From one page of the programme to another, and a step back up.
    person.click(page.get_by_role("link", name="Money", exact=True))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Money")
    person.click(page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="CAM"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Campus Renewal Programme")
    assert person.actions == 4


def test_a_manager_finds_a_section_of_a_long_page_by_its_contents(visit, demo, cam_manager):
    person, page = Person(), visit(cam_manager).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/governance/")
    contents = page.get_by_role("navigation", name="On this page")
    person.click(contents.get_by_role("link", name="Posts"))
    expect(page.get_by_role("heading", name="Posts")).to_be_in_viewport()
    expect(contents.get_by_role("link", name="Posts")).to_have_attribute("aria-current", "location")
    assert person.actions == 1


def test_going_back_finds_the_list_and_the_record_beside_it_as_they_were_left(visit, cam_manager):
    person, page = Person(), visit(cam_manager).new_page()
    page.set_viewport_size({"width": 1280, "height": 400})
    page.goto("/risks/?ordering=-title&view=table")
    row = page.locator("a.peek").nth(6)
    row.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # the browser tells that scrolling has ended a moment later
    was = page.evaluate("scrollY")
    person.click(row)
    panel = page.get_by_role("dialog")
    heading = panel.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    title = heading.text_content()
    person.click(panel.locator("a[href^='/projects/']").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("CAM-")
    page.go_back()
    expect(page).to_have_url("/risks/?ordering=-title&view=table")
    expect(panel.get_by_role("heading", level=1)).to_have_text(title)
    assert abs(page.evaluate("scrollY") - was) < 60
    assert person.actions == 2


def test_the_link_to_a_page_is_copied_with_its_filters(visit, demo, viewer):
    page = visit(viewer).new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/risks/?status=open")
    page.locator(".usermenu > summary").click()
    page.get_by_role("button", name="Copy the link to this page").click()
    expect(page.locator(".toasts")).to_contain_text("The link is copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_one_goes_to_what_stands_beside_by_the_breadcrumb(visit, demo, pmo):
    first, second = demo.project("CAM-02"), demo.project("CAM-03")
    page = visit(pmo).new_page()
    page.goto(f"/projects/{first.pk}/update/")
    switch = page.get_by_role("navigation", name="Breadcrumb").get_by_label("Beside CAM-02")
    switch.first.click()
    menu = page.get_by_role("navigation", name="Beside CAM-02")
    expect(menu.locator("[aria-current]")).to_contain_text(first.name)
    menu.get_by_role("link", name=second.name).click()
    page.wait_for_url(f"**/projects/{second.pk}/")
    page.locator(".crumbs summary").first.click()
    expect(page.locator(".siblings[open] .menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".siblings[open]")).to_have_count(0)
