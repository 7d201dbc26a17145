"""A lesson appears while a risk is written, and is answered on the risk's page, in a browser."""

import pytest
from playwright.sync_api import expect

from projects.models import LessonUse
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_a_lesson_fits_a_risk_that_is_written_and_becomes_an_action(
    visit, demo, cam_manager, viewer, defects, width
):
    project, who = demo.project("CAM-06"), Person()
    page = visit(cam_manager).new_page()
    page.goto(f"/risks/new/?project={project.pk}")
    who.fill(page.get_by_label("Title"), "The tower crane may still be at the engineering site")
    fitting = page.locator("pm-fitting")
    expect(fitting).to_contain_text("Book the tower crane before the steel is ordered")
    assert defects(page, width) == []
    who.click(page.get_by_role("button", name="Save"))
    fits = page.get_by_role("region", name="Lessons and standards that fit")
    expect(fits).to_contain_text("Have a firm booking of the shared crane")
    expect(fits).to_contain_text("Lifting operations")
    place = page.url
    who.click(fits.locator("summary").first)
    form = fits.get_by_role("form").first
    who.fill(form.get_by_label("Adopted: done by"), "2026-12-18")
    who.click(form.get_by_role("button", name="Answer"))
    expect(fits.get_by_role("link", name="Adopted")).to_be_visible()
    use = LessonUse.objects.get(risk__project=project)
    # Not all who read this project may see where it was learned: the words are those for all.
    assert (use.action.effect, str(use.action.due_on)) == (
        use.lesson.cleared.get().recommendation, "2026-12-18",
    )  # fmt: skip
    assert defects(page, width) == []

    reader = visit(viewer).new_page()
    reader.goto(place)
    fits = reader.get_by_role("region", name="Lessons and standards that fit")
    expect(fits).to_contain_text("Book the tower crane")
    expect(fits.get_by_role("form")).to_have_count(0)
    reader.goto(f"/lessons/{use.lesson_id}/")
    used = reader.get_by_role("region", name="Where it was used")
    expect(used).to_contain_text("The tower crane may still be at the engineering site")
    expect(used).to_contain_text("Lifting operations")
