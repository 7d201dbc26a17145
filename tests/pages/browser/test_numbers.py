"""Numbers typed as pages show them, and what is said of what does not count yet."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)
ESTIMATE = "#project-form [name=estimate_to_complete]"


@pytest.fixture
def desk(visit, cam02_manager, demo):
    """The page of CAM-02, before its manager."""
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    return page


def test_an_amount_is_typed_as_pages_show_it(desk, demo):
    desk.get_by_text("Update dates, progress and status").click()
    for typed, stored in [
        ("£65,250.50", "65250.50"),
        ("67 250", "67250"),
        ("£1.2m", "1200"),
        ("950 k", "950"),
    ]:
        desk.locator(ESTIMATE).fill(typed)
        desk.get_by_role("button", name="Save the project").click()
        expect(desk.locator(".toasts")).to_contain_text("Project saved.")
        expect(desk.locator("#project-form")).not_to_have_attribute("data-unsaved", "")
        assert demo.project("CAM-02").estimate_to_complete == Decimal(stored)


@pytest.mark.parametrize("typed", ["1.250,50", "many"])
def test_what_is_no_number_is_refused_and_stays(desk, demo, watched, typed):
    desk.get_by_text("Update dates, progress and status").click()
    desk.locator(ESTIMATE).fill(typed)
    desk.get_by_role("button", name="Save the project").click()
    expect(desk.locator(".error-summary")).to_contain_text("A valid number is required.")
    expect(desk.locator(ESTIMATE)).to_have_value(typed)
    assert demo.project("CAM-02").estimate_to_complete == Decimal(64300)
    watched.troubles.clear()  # the browser calls the refusal an error


def test_the_same_number_written_otherwise_is_no_change(desk):
    desk.get_by_text("Update dates, progress and status").click()
    desk.locator(ESTIMATE).fill("64,300")
    desk.get_by_role("button", name="Save the project").click()
    expect(desk.locator(".toasts")).to_contain_text("Nothing has changed")


def test_a_cost_of_a_day_to_come_says_from_when_it_counts(desk):
    desk.get_by_text("Post a cost").click()
    desk.get_by_label("Amount").fill("1,250.50")
    desk.get_by_label("Posted on").fill("2026-11-20")
    desk.get_by_role("button", name="Post the cost").click()
    expect(desk.locator(".toasts")).to_contain_text(
        "Saved. It counts from 20 Nov 2026 on: the figures speak of 31 Oct 2026."
    )


def test_the_portfolio_fits_a_screen_of_1400(visit, pmo):
    page = visit(pmo, 1400).new_page()
    page.goto("/portfolio/")
    table = page.locator(".table-scroll").first
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
