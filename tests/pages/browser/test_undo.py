"""Taking a verb back right after it was done, in a browser."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def cancel(page, action):
    """Cancel an action on its page, by the form of that."""
    page.goto(f"/actions/{action.pk}/")
    page.locator("#cancellation > summary").click()
    page.locator("#cancellation-form").get_by_label("Reason").fill("Not needed")
    page.locator("#cancellation-form").get_by_role("button", name="Cancel it").click()


def test_what_was_cancelled_by_a_slip_goes_on_again(visit, demo, cam_manager):
    action = factories.action(demo.risk("R01"), title="Ask the mill", state="in_progress")
    page = visit(cam_manager).new_page()
    cancel(page, action)
    toast = page.locator(".toasts")
    expect(toast).to_contain_text("Done.")
    action.refresh_from_db()
    assert action.state == "cancelled"
    toast.get_by_role("button", name="Undo", exact=True).click()
    expect(toast).to_have_text("Undone.")
    action.refresh_from_db()
    assert action.state == "in_progress"
    page.reload()
    expect(page.locator("#cancellation")).to_be_attached()
    expect(toast).to_be_empty()
    # The library of live regions notes the address of the page; nothing else is kept.
    kept = page.evaluate("Object.keys({ ...sessionStorage, ...localStorage })")
    assert set(kept) <= {"htmx-current-path-for-history"}


def test_what_somebody_changed_since_is_not_taken_back(visit, watched, demo, cam_manager):
    action = factories.action(demo.risk("R01"), title="Ask the mill", state="in_progress")
    page = visit(cam_manager).new_page()
    cancel(page, action)
    undo = page.locator(".toasts").get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    action.refresh_from_db()
    action.owner = cam_manager.person
    action.save(update_fields=["owner"])
    undo.click()
    expect(page.locator(".toasts")).to_contain_text("nothing was taken back")
    watched.troubles.clear()  # the console reports the 412 that was asked for
    action.refresh_from_db()
    assert action.state == "cancelled"


def test_a_package_marked_by_a_slip_is_as_far_as_it_was(visit, demo, cam02_manager):
    project = demo.project("CAM-02")
    package = factories.work_package(project, code="WP77", percent=25)
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/")
    page.get_by_role("button", name="WP77 is 100% done").click()
    toast = page.locator(".toasts")
    expect(toast).to_contain_text("WP77 is marked")
    toast.get_by_role("button", name="Undo", exact=True).click()
    expect(toast).to_have_text("Undone.")
    package.refresh_from_db()
    assert package.percent == 25
