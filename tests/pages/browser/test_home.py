"""Mornings that begin at home, in a browser; each walk counts what the person does."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmhub.demo.users import PASSWORD
from pmhub.models import Visit
from projects.models import Project
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(person, page, name):
    """Sign in by the form; what is counted begins after it."""
    page.goto("/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_a_programme_manager_learns_what_changed_by_which_record_by_whom_and_what_waits(
    visit, demo, cam_manager, pmo, api_of, drain
):
    drain()
    now = timezone.now()
    Visit.objects.create(user=cam_manager, begun_at=now, before=now)
    project = demo.project("CAM-02")
    answer = api_of(pmo).patch(
        f"/api/v1/projects/{project.pk}/",
        {"estimate_to_complete": "61000.00"},
        format="json",
        headers={"If-Match": f'"v{project.version}"'},
    )
    assert answer.status_code == 200
    drain()

    manager, page = Person(), visit().new_page()
    sign_in(manager, page, "cam.manager")
    # What needs me, what changed and who wrote which record stand there already.
    waits = page.get_by_role("region", name="What waits for you")
    expect(waits.get_by_role("link", name="BR1 Second tower crane").first).to_be_visible()
    moved = page.get_by_role("region", name="Your programmes and projects")
    row = moved.get_by_role("row", name="CAM Campus Renewal Programme")
    expect(row.get_by_role("link", name="CAM-02")).to_be_visible()
    expect(row).to_contain_text(pmo.person.name)
    # Which record moved the figure, and who did it.
    manager.click(row.get_by_role("link", name="Forecast cost of projects"))
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("CAM-02")
    expect(panel).to_contain_text(pmo.person.name)
    assert manager.actions < 5


@ON_BOTH
def test_a_benefit_owner_begins_the_morning_with_what_is_to_be_measured(
    visit, demo, benefit_owner, violations
):
    benefit = benefit_owner.person.benefits_owned.filter(status="realising").first()
    type(benefit).objects.filter(pk=benefit.pk).update(next_measurement_on=demo.portfolio.as_of)
    owner, page = Person(), visit(benefit_owner).new_page()
    page.goto("/")
    assert violations(page) == []
    waits = page.get_by_role("region", name="What waits for you")
    owner.click(waits.get_by_role("link", name=f"Measure it {benefit.code}"))
    expect(page.get_by_label("Value")).to_be_visible()
    expect(page.get_by_label("Measured")).to_have_value(demo.portfolio.as_of.isoformat())
    assert owner.actions == 1


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_sponsor_on_a_phone_acknowledges_decides_reads_and_prints(
    visit, demo, sponsor, violations, drain
):
    drain()
    person, page = Person(), visit(sponsor).new_page()
    page.goto("/")
    assert violations(page) == []
    waits = page.get_by_role("region", name="What waits for you")
    expect(waits.get_by_role("heading")).to_contain_text("3")
    person.click(waits.get_by_role("link", name="Acknowledge it"))
    form = page.get_by_role("form", name="Acknowledge it")
    person.click(form.get_by_role("button", name="Acknowledge it"))
    expect(page.locator(".page-title .tag")).to_have_text("Acknowledged")
    page.goto("/")
    expect(waits.get_by_role("heading")).to_contain_text("2")
    expect(waits.get_by_role("link", name="Acknowledge it")).to_have_count(0)
    person.click(waits.get_by_role("link", name="Decide Which contractor"))
    decides = page.get_by_role("form", name="Decide")
    person.fill(decides.get_by_label("Outcome"), "The second")
    person.fill(decides.get_by_label("Rationale"), "It pays back sooner")
    person.click(decides.get_by_role("button", name="Decide"))
    expect(page.locator(".page-title .tag")).to_have_text("Made")
    page.goto("/")
    person.click(page.get_by_role("link", name="Campus Renewal Programme").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Campus Renewal Programme")
    expect(page.locator("#main")).to_contain_text("planned benefit is forecast to arrive")
    page.emulate_media(media="print")
    expect(page.get_by_role("region", name="Top risks").get_by_role("table")).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert person.actions == 7


def test_home_is_narrowed_and_printed_without_its_forms(visit, demo, cam02_manager):
    manager = cam02_manager.person
    project = Project.objects.filter(project_manager=manager).first()
    for number in range(8):
        project.actions.create(title=f"Action {number}", owner=manager, due_on=demo.portfolio.as_of)
    page = visit(cam02_manager).new_page()
    page.goto("/")
    page.get_by_label("Kind").select_option(label="Actions to do (8)")
    waits = page.get_by_role("region", name="What waits for you")
    expect(waits.get_by_role("link", name="CP10")).to_have_count(0)
    expect(page).to_have_url("/?programme=&rule=action_due&order=")
    waits.get_by_role("link", name="Show all 8").click()
    expect(waits.get_by_role("link", name="Mark as done")).to_have_count(8)
    page.emulate_media(media="print")
    expect(waits.get_by_role("link", name="Mark as done").first).to_be_hidden()
