"""What saving a form would move, shown before it is saved; and a key for what is posted."""

import pytest
from playwright.sync_api import expect

from pmhub.models import StoredAnswer
from projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_preview_names_what_would_move_and_saves_nothing(visit, defects, pmo, demo):
    project = demo.project("CAM-02")
    page = visit(pmo).new_page()
    page.goto(f"/projects/{project.pk}/")
    page.get_by_text("Update dates, progress and status").click()
    form = page.locator("#project-form")
    form.get_by_role("button", name="Preview").click()
    expect(page.locator(".toasts")).to_contain_text("nothing to preview")
    page.locator(".toasts").evaluate("box => box.replaceChildren()")  # it lies over a button
    for width, day, told in (
        (1280, "2031-12-30", "30 Dec 2031"),
        (360, "2031-12-31", "31 Dec 2031"),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        form.locator("[name=forecast_finish]").fill(day)
        form.get_by_role("button", name="Preview").click()
        box = page.get_by_role("region", name="Preview")
        expect(box.get_by_role("row", name="CAM-02").first).to_contain_text(told)
        expect(box).to_be_focused()
        expect(box.get_by_role("heading")).to_contain_text("Saving this would move")
    assert defects(page) == []
    assert Project.objects.get(pk=project.pk).version == project.version


def test_what_is_posted_carries_a_key(visit, pmo, demo):
    page = visit(pmo).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.get_by_text("Post a cost").first.click()
    page.locator("#cost-form [name=amount]").fill("5")
    page.get_by_role("button", name="Post the cost").click()
    expect(page.locator(".toasts")).to_contain_text("Cost posted")
    assert StoredAnswer.objects.get().route == "/api/v1/cost-actuals/"
