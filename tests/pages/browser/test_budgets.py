"""What people do to give, ask for and move budget, in a browser."""

import pytest
from playwright.sync_api import expect

from programmes.models import Envelope
from projects.models import BudgetRequest, BudgetTransfer
from tests.pages.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sponsor_gives_a_programme_an_envelope_changes_it_and_takes_it_away(
    visit, demo, sponsor, watched
):
    page, who = visit(sponsor).new_page(), Person()
    portfolio = demo.portfolio
    page.goto(f"/portfolios/{portfolio.pk}/envelopes/")
    expect(page.locator("#envelopes")).to_contain_text("62,000")
    who.click(page.get_by_role("link", name="New envelope"))
    who.choose(
        page.get_by_label("Programme", exact=True), "HID Health Innovation District Programme"
    )
    who.fill(page.get_by_label("Fiscal year"), "2027")
    who.fill(page.get_by_role("textbox", name="Envelope"), "£20m")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("come to").first).to_be_visible()  # more than there is
    who.fill(page.get_by_role("textbox", name="Envelope"), "£9m")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    made = Envelope.objects.get(programme=demo.programme("HID"))
    assert (made.amount, made.approved_by) == (9000, sponsor.person)
    who.click(page.get_by_role("link", name="Edit"))
    who.fill(page.get_by_role("textbox", name="Envelope"), "8500")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")
    page.goto(f"/programmes/{made.programme_id}/money/")
    expect(page.locator("#envelopes")).to_contain_text("8,500")
    page.goto(f"/envelopes/{made.pk}/edit/")
    who.click(page.locator("summary", has_text="Delete it"))
    who.click(page.get_by_role("button", name="Delete"))
    expect(page.get_by_role("heading", level=1, name="Envelopes")).to_be_visible()
    assert who.actions == 12
    watched.troubles.clear()  # the console tells of what was refused


def test_a_request_is_written_submitted_and_approved_in_part(
    visit, demo, cam02_manager, cam_manager
):
    project, who = demo.project("CAM-02"), Person()
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/budget-requests/")
    who.click(page.get_by_role("link", name="New budget request"))
    expect(page.get_by_label("Code")).to_have_value("BR2")
    who.fill(page.get_by_label("Title"), "Night shifts")
    who.fill(page.get_by_label("Asked for"), "£300k")
    who.fill(page.get_by_label("Fiscal year"), "2027")
    who.fill(page.get_by_label("Reason"), "The steel is late")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Draft")
    expect(page.locator("main")).to_contain_text("Programme manager")  # who decides
    place = page.url
    who.click(page.locator("summary", has_text="Submit it"))
    who.click(page.get_by_role("button", name="Submit it"))
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.locator("summary", has_text="Approve it")).to_have_count(0)

    above = visit(cam_manager).new_page()
    above.goto(place)
    who.click(above.locator("summary", has_text="Approve it"))
    form = above.get_by_role("form", name="Approve it")
    who.fill(form.get_by_label("Approved"), "200")
    who.fill(form.get_by_label("Reason"), "Two months of it")
    who.click(form.get_by_role("button", name="Approve it"))
    expect(above.locator(".page-title .tag")).to_have_text("Approved in part")
    made = BudgetRequest.objects.get(title="Night shifts")
    assert (made.approved_amount, made.budget_line.approved) == (200, 200)
    assert who.actions == 12


def test_money_is_moved_from_one_project_to_another(visit, demo, cam_manager, pmo):
    waiting, who = BudgetTransfer.objects.get(), Person()
    line = waiting.to_line
    page = visit(cam_manager).new_page()
    page.goto(f"/projects/{line.project_id}/budget-transfers/")
    expect(page.locator("main")).to_contain_text("shared service duct")
    who.click(page.locator("#live tbody th a").first)
    who.click(page.locator("summary", has_text="Approve it"))
    who.click(page.get_by_role("button", name="Approve it"))
    expect(page.locator(".page-title .tag")).to_have_text("Approved")
    before = line.approved
    line.refresh_from_db()
    assert line.approved == before + 250
    assert who.actions == 3
