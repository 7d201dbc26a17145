"""A project comes to its closure in a browser: its manager asks, the owner of the benefits accepts,
the programme manager closes."""

import pytest
from playwright.sync_api import expect

from benefits.models import BenefitHandOver
from projects.models import Project, QualityRecord
from tests import factories
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


def settle(project: Project) -> None:
    """Settle all that is left of a project but what it hands over and a risk."""
    checks = QualityRecord.objects.filter(output__project=project, result="open")
    checks.update(result="pass", checked_on="2026-10-29")
    for state in ("in_progress", "delivered"):
        project.outputs.exclude(state=state).update(state=state)
    project.outputs.update(state="accepted", accepted_on="2026-10-30")
    project.issues.update(state="resolved", resolution="Pumped")
    for line in project.budget_lines.all():
        line.commitments.update(state="closed")
    project.dependencies_out.update(status="withdrawn")
    project.risks.exclude(code="R01").update(status="closed")


@ON_BOTH
def test_a_project_is_handed_over_and_closed(
    visit, watched, demo, cam02_manager, benefit_owner, cam_manager, viewer
):
    project = demo.project("CAM-02")
    settle(project)
    place = f"/projects/{project.pk}/closure/"

    who, page = Person(), visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/")
    who.click(page.get_by_role("link", name="Closure", exact=True))
    left = page.get_by_role("region", name="What is left")
    expect(left).to_contain_text("Hand over what it brings first (2)")
    who.click(left.get_by_role("link", name="B06"))
    who.fill(page.get_by_label("Measure", exact=False).first, "Events income")
    who.fill(page.get_by_label("Measured until"), "2031-03-31")
    who.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".page-title .tag")).to_have_text("Asked")
    expect(page.get_by_text("Accept it")).to_have_count(0)  # nobody accepts for another
    asked = BenefitHandOver.objects.get(benefit__code="B06", state="asked")
    assert asked.owner == benefit_owner.person

    owner = visit(benefit_owner).new_page()
    owner.goto("/benefit-hand-overs/")
    mine = owner.get_by_role("region", name="You are asked to answer for these")
    for code in ("B01", "B06"):
        owner.goto("/benefit-hand-overs/")
        mine.get_by_role("link", name=code).click()
        owner.get_by_role("button", name="Accept it").click()  # its form is open already
        expect(owner.locator(".page-title .tag")).to_have_text("Accepted")
    owner.goto("/benefit-hand-overs/")
    expect(mine).to_have_count(0)

    reader = visit(viewer).new_page()
    reader.goto(place)
    expect(reader.get_by_text("Whoever leads it closes it.")).to_be_visible()
    expect(reader.get_by_role("form", name="Close the project")).to_have_count(0)

    lead = visit(cam_manager).new_page()
    lead.goto(place)
    form = lead.get_by_role("form", name="Close the project")
    form.get_by_role("button", name="Close the project").click()
    expect(form).to_contain_text("Say what was learned, if only that nothing was.")
    assert [each for each in watched.troubles if "409" not in each] == []
    watched.troubles.clear()  # what was refused
    form.locator("[name=lessons]").fill("Order the crane early")
    form.locator("select[name*=risks]").first.select_option("transfer")
    form.get_by_role("button", name="Close the project").click()
    expect(lead.get_by_text("This project has ended.")).to_be_visible()
    lead.get_by_role("link", name="End report").click()
    expect(lead.get_by_text("Order the crane early")).to_be_visible()
    project.refresh_from_db()
    assert project.status == "closed"


def test_its_page_is_accessible_and_fits(visit, demo, cam_manager, defects):
    page = visit(cam_manager).new_page()
    for address in (
        f"/projects/{demo.project('CAM-02').pk}/closure/",
        f"/programmes/{demo.programme('CAM').pk}/closure/",
    ):
        page.goto(address)
        assert defects(page) == []


def test_the_form_of_the_closing_is_accessible(visit, office_project, cam_manager, defects):
    page = visit(cam_manager).new_page()
    page.goto(f"/projects/{office_project.pk}/closure/")
    assert defects(page) == []


@pytest.fixture
def office_project(demo):
    """A project of CAM of which a risk alone is left."""
    project = factories.project(programme=demo.programme("CAM"))
    factories.risk(project)
    return project
