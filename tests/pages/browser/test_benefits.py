"""What people do about benefits, in a browser; each walk counts what the person does."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from benefits.models import BenefitContribution, BenefitLink, BenefitReview
from programmes.models import MetricValue
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.looks import open_sections

pytestmark = pytest.mark.django_db(transaction=True)
OUTTURN = "benefits_forecast_outturn"


def outturn(programme):
    """The outturn of a programme that is in force."""
    return MetricValue.objects.get(
        programme=programme, metric=OUTTURN, valid_to__isnull=True
    ).amount


@ON_BOTH
def test_a_benefit_owner_records_a_measurement_and_another_verifies_it(
    visit, demo, benefit_owner, cam_manager, violations
):
    owner, page = Person(), visit(benefit_owner).new_page()
    page.goto("/benefits/")
    due = page.get_by_role("region", name="Due to be measured")
    assert violations(page) == []
    owner.click(due.get_by_role("link", name="Measure").first)
    value = page.get_by_label("Value")
    expect(page.get_by_label("Measured")).to_have_value(demo.portfolio.as_of.isoformat())
    if not page.get_by_label("Period end").input_value():  # all that is over is measured
        owner.fill(page.get_by_label("Period start"), "2026-04-01")
        owner.fill(page.get_by_label("Period end"), "2026-09-30")
    owner.fill(value, "21.5")
    owner.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")
    assert owner.actions <= 5
    expect(page.locator("summary", has_text="Verify it")).to_have_count(0)

    verifier, judged = Person(), visit(cam_manager).new_page()
    judged.goto(page.url)
    verifier.click(judged.locator("summary", has_text="Verify it"))
    form = judged.get_by_role("form", name="Verify it")
    verifier.click(form.get_by_role("button", name="Verify it"))
    expect(judged.locator(".page-title .tag")).to_have_text("Verified")
    assert verifier.actions == 2


@ON_BOTH
def test_an_owner_forecasts_anew_with_a_reason_and_sees_the_outturn_of_the_programme_move(
    visit, demo, benefit_owner, drain, watched
):
    cam, benefit = demo.programme("CAM"), demo.benefit("B05")
    drain()
    before, owner = outturn(cam), Person()
    page = visit(benefit_owner).new_page()
    page.goto(f"/benefits/{benefit.pk}/")
    owner.click(page.locator("summary", has_text="Re-forecast"))
    form = page.get_by_role("form", name="Re-forecast")
    amounts = form.locator("input[name$='.value']")
    last = amounts.nth(-3)  # two are for further periods
    told = last.input_value()
    last.evaluate(
        """(field) => {
            const cells = new DataTransfer();
            cells.setData("text/plain", "2035\\t1250.50\\n2036\\t0");
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: cells, bubbles: true}));
        }"""
    )
    owner.actions += 1  # a paste
    assert told != last.input_value() == "1250.50"
    expect(form.locator("[data-pasted]")).to_contain_text("Nothing is saved yet")
    amounts.nth(-2).fill("")
    owner.fill(form.get_by_label("Why"), "The halls open later")
    least = form.locator("input[name$='.low']").nth(-3)
    least.fill("1")
    form.get_by_role("button", name="Preview").click()
    refused = page.locator("#forecast-form .error-summary")
    expect(refused).to_contain_text(", at least: Say both the least and the most")
    watched.troubles.clear()  # the console tells of what was refused
    least.fill("")
    owner.click(form.get_by_role("button", name="Preview"))
    expect(page.locator("#forecast-form")).to_contain_text("utturn")
    assert benefit.profile_versions.filter(kind="forecast").count() == 1
    owner.click(form.get_by_role("button", name="Save"))
    versions = page.locator("#versions")
    expect(versions).to_contain_text("The halls open later", use_inner_text=False)
    assert owner.actions == 5
    drain()
    assert outturn(cam) != before
    page.goto(f"/programmes/{cam.pk}/explain/{OUTTURN}/")
    expect(page.locator("main")).to_contain_text("B05")


def test_an_owner_answers_what_becomes_of_a_benefit_whose_project_stopped(
    visit, demo, benefit_owner
):
    benefit, owner = demo.benefit("B05"), Person()
    asked = BenefitReview.objects.create(
        benefit=benefit,
        contribution=benefit.contributions.first(),
        cause="termination",
        asked_on=demo.portfolio.as_of,
        reviewer=benefit_owner.person,
    )
    page = visit(benefit_owner).new_page()
    page.goto(f"/benefit-reviews/{asked.pk}/")
    owner.click(page.locator("summary", has_text="Answer it"))
    form = page.get_by_role("form", name="Answer it")
    owner.choose(form.locator("[name=decision]"), "Confirm: it comes all the same")
    owner.fill(form.locator("[name=findings]"), "The others bring it too")
    owner.click(form.get_by_role("button", name="Answer it"))
    expect(page.locator("summary", has_text="Answer it")).to_have_count(0)
    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by) == ("confirm", benefit_owner.person)
    assert owner.actions == 4


@ON_BOTH
def test_a_programme_manager_writes_down_a_benefit_in_the_unit_that_is_chosen(
    visit, demo, cam_manager
):
    """Eight actions; what is typed is read in the unit that the form says by then."""
    cam, manager = demo.programme("CAM"), Person()
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{cam.pk}/benefits/")
    manager.click(page.get_by_role("link", name="New benefit").first)
    manager.fill(page.get_by_label("Title"), "Less rent is paid")
    manager.choose(page.get_by_label("Category"), "Cashable")
    target = page.get_by_role("textbox", name="Target value")
    expect(page.locator("label", has=page.get_by_text("Target value"))).not_to_contain_text("£")
    manager.fill(page.locator("#id_unit"), "rooms")
    expect(page.locator("label", has=page.get_by_text("Target value"))).to_contain_text("rooms")
    manager.click(page.get_by_label("In money"))
    expect(page.locator("label", has=page.get_by_text("Target value"))).to_contain_text("£k")
    manager.fill(target, "£1.2m")
    manager.fill(page.get_by_role("textbox", name="Baseline value"), "£40k")
    manager.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Less rent is paid")
    made = cam.benefits.get(title="Less rent is paid")
    assert (made.monetised, made.target_value, made.baseline_value) == (True, 1200, 40)
    assert manager.actions == 8


def test_the_curve_of_a_level_is_drawn_in_its_own_unit(visit, demo, viewer):
    page = visit(viewer).new_page()
    page.goto(f"/benefits/{demo.benefit('B04').pk}/")
    expect(page.locator("pm-curve :is(svg, canvas)").first).to_be_visible()
    expect(page.locator("pm-curve")).to_contain_text("% satisfied", use_inner_text=False)


@ON_BOTH
def test_a_programme_manager_links_and_unlinks_on_the_map(visit, demo, cam_manager, violations):
    cam, manager = demo.programme("CAM"), Person()
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{cam.pk}/benefits/")
    gaps = page.get_by_role("region", name="Gaps and overlaps")
    expect(gaps).to_contain_text("Leads to no benefit")
    number = BenefitLink.objects.count()
    open_sections(page)
    manager.click(page.locator("summary", has_text="Add an outcome"))
    manager.fill(page.get_by_role("form", name="Add an outcome").get_by_label("Title"), "Art seen")
    with page.expect_event("load"):
        manager.click(page.get_by_role("button", name="Add", exact=True).first)
    expect(page.locator("pm-map")).to_contain_text("Art seen")
    open_sections(page)
    manager.click(page.locator("summary", has_text="Link one to another"))
    form = page.get_by_role("form", name="Link one to another")
    art = form.get_by_label("From").locator("option", has_text="Public art along the spine")
    manager.choose(form.get_by_label("From"), art.inner_text())
    seen = form.get_by_label("To", exact=True).locator("option", has_text="Art seen")
    manager.choose(form.get_by_label("To", exact=True), seen.inner_text())
    with page.expect_event("load"):
        manager.click(form.get_by_role("button", name="Link"))
    open_sections(page)
    manager.click(page.locator("summary", has_text="Unlink"))
    button = page.locator("#unlink").get_by_role("button", name="Public art along the spine")
    expect(button).to_have_count(1)
    assert BenefitLink.objects.count() == number + 1
    manager.click(page.locator("summary", has_text="What projects contribute"))
    weights = page.locator("#weights")
    manager.fill(weights.get_by_role("textbox", name="Weight of").first, "12.5%")
    manager.click(weights.get_by_role("button", name="Save").first)
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    assert BenefitContribution.objects.filter(weight=Decimal("0.125")).count() == 1
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    assert violations(page) == []
    with page.expect_event("load"):
        manager.click(button)
    expect(page.locator("#unlink").get_by_role("button", name="Public art")).to_have_count(0)
    assert BenefitLink.objects.count() == number
    assert manager.actions <= 12
