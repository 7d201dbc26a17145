"""What people do on the governance page of a programme, in a browser."""

import pytest
from playwright.sync_api import expect

from programmes.models import DcaRecord, HealthOverride, ObjectiveMeasurement, StrategicObjective
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(demo):
    """The governance page of Campus Renewal."""
    return f"/programmes/{demo.programme('CAM').pk}/governance/"


def test_the_sro_declares_confidence_and_overrides_a_colour_that_the_pmo_approves(
    visit, demo, place, sro, pmo
):
    """Eleven actions of the SRO, one of the PMO."""
    page = visit(sro).new_page()
    page.goto(place)
    page.get_by_role("link", name="Declare delivery confidence").click()
    page.get_by_label("Confidence", exact=True).select_option("red")
    page.get_by_label("What it rests on").fill("Gateway 2 is refused")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delivery confidence")
    assert DcaRecord.objects.latest("id").by == sro.person

    page.get_by_role("link", name="CAM", exact=True).first.click()
    page.get_by_role("link", name="Governance").click()
    expect(page.get_by_role("region", name="How it is judged")).to_contain_text("Gateway 2")
    page.get_by_role("link", name="Override the health").click()
    page.get_by_label("Colour").select_option("amber")
    page.get_by_label("Reason").fill("The board agreed a new baseline")
    page.get_by_label("Until").fill("2026-12-31")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-title .tag")).to_have_text("Proposed")
    expect(page.locator("summary", has_text="Withdraw it")).to_be_visible()

    other = visit(pmo).new_page()
    other.goto(place)
    other.get_by_role("button", name="Approve it").click()
    expect(other.locator(".toasts")).to_contain_text("Done")
    override = HealthOverride.objects.get()
    assert (override.state, override.approved_by) == ("approved", pmo.person)


def test_a_programme_manager_measures_an_objective_and_the_sro_verifies_it(
    visit, demo, place, cam_manager, sro
):
    """Four actions of the programme manager, one of the SRO."""
    page = visit(cam_manager).new_page()
    page.goto(place)
    page.get_by_role("link", name="Measure SO5").click()
    page.get_by_label("Day").fill("2026-10-31")
    page.get_by_label("Value").fill("8")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")

    other = visit(sro).new_page()
    other.goto(place)
    other.get_by_role("button", name="Verify it").click()
    expect(other.locator(".toasts")).to_contain_text("Done")
    safe = StrategicObjective.objects.get(code="SO5")
    made = ObjectiveMeasurement.objects.get(objective=safe)
    assert (made.status, made.by, made.verified_by) == ("verified", cam_manager.person, sro.person)
    other.reload()
    expect(other.get_by_role("row", name="SO5")).to_contain_text("43%")


def test_the_governance_page(visit, demo, place, pmo, amiss):
    programme = demo.programme("CAM")
    HealthOverride.objects.create(
        programme=programme, colour="green", reason="Agreed", by=demo.person("PE05"),
        starts_on="2026-10-31", expires_on="2026-12-31",
    )  # fmt: skip
    page = visit(pmo).new_page()
    page.goto(place)
    unfold(page)
    assert amiss(page) == []
