"""Reports in a browser: written, handed over, approved and published; accessible; on paper."""

import re

import pytest
from playwright.sync_api import expect

from programmes.models import StatusReport
from tests import factories
from tests.pages.browser.conftest import amiss, site, violations, visit, watched, width
from tests.pages.browser.looks import unfold

__all__ = ["amiss", "site", "violations", "visit", "watched", "width"]

pytestmark = pytest.mark.django_db(transaction=True)


def begun(demo, cam_manager):
    """A draft of CAM's manager that can be handed over."""
    return StatusReport.objects.create(
        programme=demo.programme("CAM"), period_end="2026-10-31", author=cam_manager.person,
        created_by=cam_manager, achieved="The library opened.", declared_rag="amber",
    )  # fmt: skip


def test_the_pages_of_reports(visit, cam_manager, demo, amiss):
    report, page = begun(demo, cam_manager), visit(cam_manager).new_page()
    for address in ("", f"{report.pk}/"):
        page.goto(f"/programmes/{report.programme_id}/reports/{address}")
        unfold(page)
        assert (address, amiss(page)) == (address, [])


def test_a_programme_without_reports(visit, nothing, violations):
    programme, reader = factories.programme(), factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = visit(reader, 360, "dark").new_page()
    page.goto(f"/programmes/{programme.pk}/reports/")
    expect(page.get_by_text("No report yet.")).to_be_visible()
    assert violations(page) == []


def test_a_report_from_the_first_word_to_its_readers(visit, cam_manager, pmo, viewer, demo):
    programme = demo.programme("CAM").pk
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{programme}/reports/")
    page.get_by_label("Achieved").fill("The library opened.")
    page.get_by_label("Declared status").select_option("amber")
    page.get_by_role("button", name="Save the draft").click()
    # The draft is opened: saving it again goes on with it.
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")
    approving = visit(pmo).new_page()
    approving.goto(page.url)
    approving.get_by_role("button", name="Approve").click()
    expect(approving.locator(".page-title .tag")).to_have_text("Approved")
    approving.get_by_role("button", name="Publish").click()
    expect(approving.locator(".page-title .tag")).to_have_text("Published")
    reading = visit(viewer).new_page()
    reading.goto(page.url)
    expect(reading.get_by_text("The library opened.")).to_be_visible()
    paper = reading.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) <= 2
    assert set(re.findall(rb"/MediaBox\s*\[0 0 (\d+)", paper)) == {b"594"}
