"""The risk page in a browser: accessible in both themes, wide and narrow, its picture drawn."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_risk_page(visit, cam_manager, demo, defects):
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/risk/")
    expect(page.locator("pm-exposure svg")).to_be_visible()
    expect(page.locator("pm-exposure svg")).to_contain_text("P80")
    unfold(page)
    assert defects(page) == []


def test_a_cell_leads_to_its_risks(visit, viewer, demo):
    page = visit(viewer).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/risk/")
    cell = page.locator("#matrix-threat-residual a").first
    count = int(cell.inner_text().split()[0].splitlines()[0])
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#matrix-threat-residual a[aria-current]")).to_have_count(1)
    register = page.get_by_role("region").filter(has=page.get_by_role("heading", name="Register"))
    expect(register.get_by_role("rowheader")).to_have_count(count)
    page.get_by_role("link", name="Show all risks").click()
    expect(register.get_by_role("rowheader")).to_have_count(16)


def test_a_programme_without_risks(visit, nothing, drain, simulate, violations):
    programme = factories.programme()
    drain()
    simulate()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = visit(reader, 360, "dark").new_page()
    page.goto(f"/programmes/{programme.pk}/risk/")
    expect(page.get_by_text("No open risk counts towards this programme.")).to_be_visible()
    assert violations(page) == []
