"""What people do about what they assume, in a browser."""

import pytest
from playwright.sync_api import expect

from projects.models import Assumption
from tests.pages.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_assumption_is_written_changed_and_becomes_a_risk(visit, demo, cam02_manager):
    project, who = demo.project("CAM-02"), Person()
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/")
    beside = page.locator("#assumptions")
    expect(beside).to_contain_text("Overdue")
    who.click(beside.get_by_role("link", name="New assumption"))
    expect(page.get_by_label("Code")).to_have_value("A02")
    who.fill(page.get_by_role("textbox", name="Assumption"), "Cranes may turn over the road")
    who.fill(page.get_by_label("If wrong"), "A smaller crane, three weeks longer")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Open")
    place = page.url
    who.click(page.get_by_role("link", name="Edit"))
    who.fill(page.get_by_label("Confidence"), "2")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")
    page.goto(place)
    who.click(page.locator("summary", has_text="Record that it failed"))
    form = page.get_by_role("form", name="Record that it failed")
    who.choose(form.locator("[name=becomes]"), "A risk: it may hurt")
    who.fill(form.locator("[name=probability]"), "0.3")
    who.click(form.get_by_role("button", name="Record that it failed"))
    expect(page.locator(".page-title .tag")).to_have_text("Failed")
    risk = Assumption.objects.get(text="Cranes may turn over the road").risk
    assert (risk.project, risk.status, str(risk.residual_probability)) == (
        project, "open", "0.3000",
    )  # fmt: skip
    assert who.actions == 11
