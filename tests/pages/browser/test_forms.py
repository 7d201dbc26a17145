"""Forms on a slow line, in a browser: what is typed and sent before the script of a form is there
waits for it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from programmes.models import StatusReport
from projects.models import Risk

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = "This is sent as soon as the page is ready."


@contextmanager
def slow(page: Page, script: str) -> Iterator[None]:
    """Within, this script does not come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(rf"/{script}-[^/]+\.js$"), hold)
    yield
    assert held
    for route in held:
        route.continue_()


def test_an_edit_that_is_sent_before_its_script_has_come_is_saved_when_it_has(
    visit, demo, cam_manager
):
    risk = Risk.objects.visible_to(cam_manager).get(code="R01")
    page = visit(cam_manager).new_page()
    with slow(page, "main"):
        page.goto(f"/risks/{risk.pk}/edit/", wait_until="commit")
        page.get_by_label("Title").fill("Steel may rise")
        for _ in range(2):  # a person who waits clicks again
            page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".toasts")).to_have_text(WAITS)
        assert page.url.endswith(f"/risks/{risk.pk}/edit/")
    expect(page.locator(".toasts")).to_contain_text("Undo")
    before = risk.version
    risk.refresh_from_db()
    assert (risk.title, risk.version) == ("Steel may rise", before + 1)


def test_an_update_that_is_written_before_its_script_has_come_is_published_when_it_has(
    visit, demo, cam02_manager
):
    project = demo.project("CAM-02")
    percent = project.percent_complete + 1
    page = visit(cam02_manager).new_page()
    with slow(page, "pm-update"):
        page.goto(f"/projects/{project.pk}/update/", wait_until="commit")
        page.locator("label.choice", has_text="Amber").click()
        page.get_by_label("Why it stands so").fill("Steel came late")
        page.locator('[name="project.percent_complete"]').fill(str(percent))
        page.get_by_label("What was achieved").fill("The third floor stands.")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.locator(".toasts")).to_have_text(WAITS)
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    report = StatusReport.objects.get(project=project)
    project.refresh_from_db()
    assert (report.state, report.achieved) == ("published", "The third floor stands.")
    assert (project.declared_rag, project.percent_complete) == ("amber", percent)


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_page_does_not_move_under_a_finger_when_its_script_comes(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    below = page.locator("#stages")
    with slow(page, "pm-contents"):
        page.goto(f"/projects/{demo.project('CAM-02').pk}/")
        before = below.bounding_box()
    expect(page.get_by_role("button", name="What they are compared with")).to_be_visible()
    assert below.bounding_box() == before
