"""Taking a deletion back, in a browser: at once, and later from the page of what was deleted."""

import pytest
from playwright.sync_api import expect

from pmhub.models import Comment
from projects.models import Risk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_risk_is_deleted_and_brought_back_at_once_and_later(visit, demo, cam_manager, defects):
    risk = demo.risk("R01")
    page = visit(cam_manager).new_page()
    for later in (False, True):
        page.goto(f"/risks/{risk.pk}/edit/")
        page.locator("#delete > summary").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        undo = page.get_by_role("button", name="Undo", exact=True)
        expect(undo).to_be_visible()
        assert page.url.endswith("/risks/")
        assert not Risk.objects.filter(pk=risk.pk).exists()
        if later:
            page.get_by_role("link", name="Deleted", exact=True).click()
            expect(page.get_by_role("row", name="R01")).to_contain_text("30")
            assert defects(page) == []
            page.get_by_role("button", name="Restore", exact=True).click()
        else:
            undo.click()
        page.wait_for_url(f"**/risks/{risk.pk}/")
        assert Risk.objects.filter(pk=risk.pk).exists()
    page.goto("/deleted/?collection=risks")
    expect(page.locator(".none")).to_contain_text("Nothing of these was deleted")


def test_a_comment_that_was_deleted_comes_back_to_its_place(visit, demo, viewer):
    page = visit(viewer).new_page()
    page.goto(f"/risks/{demo.risk('R02').pk}/")
    page.get_by_label("Add a comment").fill("Is the crane booked?")
    page.get_by_role("button", name="Comment", exact=True).click()
    said = page.locator("#comments article")
    expect(said).to_contain_text("Is the crane booked?")
    said.locator("summary").click()
    said.get_by_role("button", name="Delete").click()
    expect(said).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(said).to_contain_text("Is the crane booked?")
    assert Comment.objects.count() == 1
