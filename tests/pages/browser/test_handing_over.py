"""A project manager hands a project over, and another one accepts, in a browser."""

import pytest
from playwright.sync_api import expect

from pmhub.models import User
from projects.models import Project
from tests.pages.browser.test_beginning import Clicks

pytestmark = pytest.mark.django_db(transaction=True)


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
    asked = other.get_by_role("region", name="You are asked to take over")
    click(asked.get_by_role("link", name="CAM-02"))
    click(other.locator("summary", has_text="Take the project over"))
    click(other.locator("#takeover-form").get_by_role("button", name="Take the project over"))
    expect(other.get_by_role("region", name="You are asked to take it over")).to_have_count(0)
    expect(page.get_by_text("This page is no longer here for you.")).to_be_visible()
    watched.troubles.clear()  # the console reports the 404 of who handed it over
    project = Project.objects.get(pk=project.pk)
    assert (project.project_manager, project.successor) == (coming.person, None)
    assert click.count < 8
