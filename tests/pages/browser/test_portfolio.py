"""What people do with a whole portfolio, in a browser; each walk counts what the person does."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_a_sponsor_finds_where_people_and_figures_are_apart(visit, demo, sponsor):
    """Two actions from the portfolio to the programme that says green where figures say red."""
    reader, page = Person(), visit(sponsor).new_page()
    page.goto("/portfolio/")
    reader.click(page.get_by_role("link", name="Confidence"))
    apart = page.get_by_role("region", name="Where people and figures are apart")
    row = apart.get_by_role("row").filter(has_text="HID")
    expect(row).to_contain_text("People are more confident")
    reader.click(row.get_by_role("link"))
    expect(page).to_have_url(re.compile(rf"/programmes/{demo.programme('HID').pk}/$"))
    assert reader.actions == 2


def test_the_pmo_compares_programmes_by_the_columns_it_chose(visit, demo, pmo):
    """Five actions; the address keeps columns and order for whom it is sent to."""
    reader, page = Person(), visit(pmo).new_page()
    page.goto("/portfolio/")
    reader.click(page.locator("#columns > summary"))
    for name in ("DCA", "Finish"):
        reader.click(page.locator("#columns").get_by_label(name, exact=True))
    reader.click(page.get_by_role("button", name="Show these columns"))
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader", name="DCA")).to_have_count(0)
    reader.click(table.get_by_role("link", name="Finish", exact=True))
    expect(page).to_have_url(re.compile("sort=finish"))
    assert "column=finish" in page.url
    expect(table.get_by_role("rowheader").first).to_contain_text("SSV")
    assert reader.actions == 5


def test_a_bubble_and_a_month_open_what_explains_them_by_keyboard(visit, demo, sponsor):
    page = visit(sponsor).new_page()
    for path, name, heading in (
        ("bubbles/", "CAM Campus Renewal Programme: .* at risk", "Benefits forecast outturn"),
        ("trend/?metric=actual_cost", "\\. Explain$", "Actual cost"),
    ):
        page.goto(f"/portfolios/{demo.portfolio.pk}/{path}")
        page.locator("svg.plot").get_by_role("link", name=re.compile(name)).last.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("heading", level=1)).to_contain_text(heading)


@ON_BOTH
def test_a_manager_finds_what_comes_in_the_own_programme(visit, demo, cam_manager):
    """Three actions from the portfolio to the next permit of the programme."""
    reader, page = Person(), visit(cam_manager).new_page()
    page.goto("/portfolio/")
    tabs = page.get_by_role("navigation", name=re.compile("^Pages of"))
    reader.click(tabs.get_by_role("link", name="Calendar"))
    reader.click(page.get_by_role("link", name="List", exact=True))
    reader.click(page.get_by_role("link", name=re.compile("Building Safety Act Gateway 2")))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Building Safety Act Gateway 2")
    assert reader.actions == 3
