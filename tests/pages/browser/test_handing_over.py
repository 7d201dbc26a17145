"""A project manager hands a project over, and another one accepts, in a browser."""

import pytest
from playwright.sync_api import expect

from pmhub.models import User
from projects.models import Project
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.test_beginning import Clicks

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_a_manager_hands_a_project_over_and_another_takes_it(visit, watched, demo, cam02_manager):
    project = demo.project("CAM-02")
    coming = User.objects.get(username="pm.new")
    page, click = visit(cam02_manager).new_page(), Clicks()
    page.goto(f"/projects/{project.pk}/")
    click(page.get_by_text("Take the project further, or end it"))
    form = page.locator("#succession-form")
    form.get_by_label("Successor").select_option(str(coming.person.pk))
    form.get_by_label("Reason").fill("I go on leave")
    click(form.get_by_role("button", name="Hand the project over"))
    expect(page.get_by_text("Asked to take it over")).to_be_visible()
    other = visit(coming).new_page()
    other.goto("/")
    waits = other.get_by_role("region", name="What waits for you")
    click(waits.get_by_role("link", name="Take it over or decline CAM-02"))
    click(other.locator("summary", has_text="Take the project over"))
    click(other.locator("#takeover-form").get_by_role("button", name="Take the project over"))
    expect(other.get_by_role("region", name="You are asked to take it over")).to_have_count(0)
    expect(page.get_by_text("This page is no longer here for you.")).to_be_visible()
    watched.troubles.clear()  # the console reports the 404 of who handed it over
    project = Project.objects.get(pk=project.pk)
    assert (project.project_manager, project.successor) == (coming.person, None)
    assert click.count < 8


@ON_BOTH
def test_a_manager_holds_and_resumes_a_project_and_who_leads_it_plans_it_anew(
    visit, demo, cam02_manager, cam_manager
):
    """Five actions of the manager, five of the programme's."""
    project = demo.project("CAM-02")
    page, lead = visit(cam02_manager).new_page(), Person()
    page.goto(f"/projects/{project.pk}/")
    further = page.locator("summary", has_text="Take the project further, or end it")
    lead.click(further)
    hold = page.get_by_role("form", name="Put the project on hold")
    lead.fill(hold.get_by_label("Reason"), "The crane is late")
    lead.click(hold.get_by_role("button", name="Put the project on hold"))
    expect(page.locator(".page-title")).to_contain_text("On hold")
    project.refresh_from_db()
    assert project.status == "on_hold"
    page.reload()
    lead.click(further)
    lead.click(page.get_by_role("button", name="Resume the project"))
    expect(page.locator(".page-title")).not_to_contain_text("On hold")
    assert lead.actions == 5

    above, manager = visit(cam_manager).new_page(), Person()
    above.goto(f"/projects/{project.pk}/")
    manager.click(above.locator("summary", has_text="Take the project further, or end it"))
    plan = above.get_by_role("form", name="Approve another baseline")
    manager.fill(plan.get_by_label("Finishes"), "2028-12-29")
    manager.fill(plan.get_by_label("Reason"), "The board agreed the later finish")
    manager.click(plan.get_by_role("button", name="Preview"))
    expect(above.get_by_role("region", name="Preview")).to_contain_text("would move")
    manager.click(plan.get_by_role("button", name="Approve another baseline"))
    expect(above.locator(".toasts")).to_contain_text("Done.")
    project.refresh_from_db()
    newest = project.baselines.latest("number")
    assert (project.status, str(newest.finishes_on)) == ("active", "2028-12-29")
    assert manager.actions == 5
