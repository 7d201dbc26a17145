"""What people do on the governance page of a programme, in a browser."""

import pytest
from playwright.sync_api import expect

from programmes.models import (
    AssuranceReview,
    DcaRecord,
    HealthOverride,
    ObjectiveMeasurement,
    StrategicObjective,
)
from tests.pages.browser.conftest import ON_BOTH
from tests.pages.browser.looks import open_sections, unfold
from tests.pages.browser.test_links import RecordEditor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(demo):
    """The governance page of Campus Renewal."""
    return f"/programmes/{demo.programme('CAM').pk}/governance/"


@ON_BOTH
def test_the_sro_declares_confidence_and_overrides_a_colour_that_the_pmo_approves(
    visit, demo, place, sro, pmo
):
    """Eleven actions of the SRO, one of the PMO."""
    page = visit(sro).new_page()
    page.goto(place)
    open_sections(page)
    page.get_by_role("link", name="Declare delivery confidence").click()
    page.get_by_label("Confidence (needed)", exact=True).select_option("red")
    page.get_by_label("What it rests on").fill("Gateway 2 is refused")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Red for CAM")
    assert DcaRecord.objects.latest("id").by == sro.person

    way = page.get_by_role("navigation", name="Breadcrumb")
    way.get_by_role("link", name="CAM", exact=True).click()
    page.get_by_role("link", name="Governance").click()
    expect(page.get_by_role("region", name="How it is judged")).to_contain_text("Gateway 2")
    open_sections(page)
    page.get_by_role("link", name="Override the health").click()
    page.get_by_label("Colour").select_option("amber")
    page.get_by_label("Reason").fill("The board agreed a new baseline")
    page.get_by_label("Until").fill("2026-12-31")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-title .tag")).to_have_text("Proposed")
    expect(page.locator("summary", has_text="Withdraw it")).to_be_visible()

    other = visit(pmo).new_page()
    other.goto(place)
    open_sections(other)
    other.get_by_role("button", name="Approve it").click()
    expect(other.locator(".toasts")).to_contain_text("Done")
    override = HealthOverride.objects.get()
    assert (override.state, override.approved_by) == ("approved", pmo.person)


@ON_BOTH
def test_a_programme_manager_measures_an_objective_and_the_sro_verifies_it(
    visit, demo, place, cam_manager, sro
):
    """Four actions of the programme manager, one of the SRO."""
    page = visit(cam_manager).new_page()
    page.goto(place)
    open_sections(page)
    page.get_by_role("link", name="Measure SO5").click()
    page.get_by_label("Day").fill("2026-10-31")
    page.get_by_label("Value").fill("8")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")

    other = visit(sro).new_page()
    other.goto(place)
    open_sections(other)
    other.get_by_role("button", name="Verify it").click()
    expect(other.locator(".toasts")).to_contain_text("Done")
    safe = StrategicObjective.objects.get(code="SO5")
    made = ObjectiveMeasurement.objects.get(objective=safe)
    assert (made.status, made.by, made.verified_by) == ("verified", cam_manager.person, sro.person)
    other.reload()
    open_sections(other)
    expect(other.get_by_role("row", name="SO5")).to_contain_text("43%")


@ON_BOTH
def test_an_assurer_reviews_and_recommends_the_manager_follows_up_and_the_assurer_closes(
    visit, demo, place, assurer, cam_manager
):
    """At most 25 actions of both."""
    desk = RecordEditor(visit(assurer).new_page())
    desk.page.goto(place)
    open_sections(desk.page)
    desk.go("New assurance review")
    desk.write("Title", "Before the halls open")
    desk.choose(desk.page.get_by_label("Kind"), "Health check")
    desk.save()
    expect(desk.page.locator(".page-title .tag").first).to_have_text("Planned")
    desk.send_verb("Record that it was held", "Held", held_on="2026-10-30")
    review = AssuranceReview.objects.get(title="Before the halls open")
    desk.go("New assurance recommendation")
    expect(desk.page.get_by_role("textbox", name="Number")).to_have_value("1")
    desk.fill(desk.page.get_by_role("textbox", name="Recommendation"), "Name a deputy")
    desk.choose(desk.page.get_by_label("Priority"), "Critical: do now")
    manager = cam_manager.person
    desk.choose(desk.page.get_by_label("Owner"), f"{manager.code} {manager.name}")
    desk.write("Due", "2026-11-30")
    desk.save()
    expect(desk.page.locator(".page-title .tag").first).to_have_text("Open")
    advice = review.recommendations.get()
    assert (advice.owner, advice.state) == (manager, "open")

    lead = RecordEditor(visit(cam_manager).new_page())
    lead.page.goto(place)
    open_sections(lead.page)
    waiting = lead.page.get_by_role("region", name="Recommendations that are open")
    row = waiting.get_by_role("row").filter(has_text="Name a deputy")
    lead.click(row.locator("th a").first)
    expect(lead.page.locator("summary", has_text="Mark as done")).to_have_count(0)
    lead.go("New action")
    lead.write("Title", "Ask Ruth to deputise")
    lead.write("Due", "2026-11-20")
    lead.save()
    expect(lead.page.get_by_role("heading", level=1)).to_contain_text("Ask Ruth to deputise")
    lead.send_verb("Mark as done", "Done", evidence="She agreed on 31 October")

    desk.page.goto(f"/assurance-recommendations/{advice.pk}/")
    expect(desk.page.locator("main")).to_contain_text("Ask Ruth to deputise")
    desk.send_verb("Mark as done", "Done", closed_on="2026-10-31")
    advice.refresh_from_db()
    assert (advice.state, str(advice.closed_on)) == ("done", "2026-10-31")
    assert desk.actions + lead.actions <= 25


def test_the_governance_page(visit, demo, place, pmo, defects):
    programme = demo.programme("CAM")
    HealthOverride.objects.create(
        programme=programme, colour="green", reason="Agreed", by=demo.person("PE05"),
        starts_on="2026-10-31", expires_on="2026-12-31",
    )  # fmt: skip
    page = visit(pmo).new_page()
    page.goto(place)
    unfold(page)
    assert defects(page) == []
