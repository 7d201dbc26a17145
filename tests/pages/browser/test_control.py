"""What people do to say by which rules and within which limits is decided, in a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmhub.tasks import run_job
from programmes.models import Board, Decision, DelegatedLimit, RuleSet, Tolerance
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_the_pmo_changes_the_matrix_after_a_preview(visit, demo, pmo, width):
    page, who = visit(pmo).new_page(), Person()
    page.goto(f"/portfolios/{demo.portfolio.pk}/rule-sets/")
    who.click(page.get_by_role("link", name="Change Bands of the risk matrix"))
    for band, bound in ((2, "2"), (3, "4"), (4, "8")):
        who.fill(page.get_by_label(f"Impact of band {band}, up to per cent"), bound)
    who.fill(page.get_by_label("Reason"), "Money is short")
    who.click(page.get_by_role("button", name="Preview"))
    box = page.get_by_role("region", name="Preview")
    expect(box).to_contain_text("you may leave this page")
    run_job()  # as a worker does
    expect(box.get_by_role("heading", name="Health of projects")).to_be_visible()
    expect(box).to_contain_text("Nothing has been saved")
    assert not RuleSet.objects.filter(reason="Money is short").exists()
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator("main")).to_contain_text("Bands of the risk matrix")
    expect(page.get_by_text("Money is short")).to_be_visible()
    made = RuleSet.objects.get(reason="Money is short")
    assert (made.kind, made.values["impact_pct_4"], made.by) == ("matrix", "8", pmo.person)
    assert who.actions == 7


def test_a_preview_that_is_not_wanted_any_more_is_cancelled(visit, demo, pmo):
    page = visit(pmo).new_page()
    page.goto(f"/rule-sets/new/?portfolio={demo.portfolio.pk}&kind=ladder")
    page.get_by_label("Experience that complexity 3 asks for").fill("3")
    page.get_by_label("Reason").fill("Steeper")
    page.get_by_role("button", name="Preview").click()
    box = page.get_by_role("region", name="Preview")
    box.get_by_role("button", name="Cancel").click()
    expect(box).to_contain_text("Cancelled")
    expect(page.get_by_label("Reason")).to_have_value("Steeper")


def test_the_programme_manager_sets_a_tolerance_changes_it_and_takes_it_away(
    visit, demo, cam_manager
):
    project = demo.project("CAM-02")
    page, who = visit(cam_manager).new_page(), Person()
    page.goto(f"/tolerances/new/?project={project.pk}")
    who.choose(page.get_by_label("Kind"), "Cost, % of the approved budget")
    who.fill(page.get_by_label("By more than"), "12")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    assert Tolerance.objects.get(project=project).value == 12
    who.click(page.get_by_role("link", name="Edit"))
    who.fill(page.get_by_label("By more than"), "9.5")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")
    assert Tolerance.objects.get(project=project).by == cam_manager.person
    page.reload()
    who.click(page.locator("summary", has_text="Delete it"))
    who.click(page.get_by_role("button", name="Delete"))
    expect(page.get_by_role("heading", level=1, name="Tolerances")).to_be_visible()
    assert not Tolerance.objects.filter(project=project).exists()
    assert who.actions == 8


def test_the_pmo_raises_a_limit_within_the_next_and_takes_one_away(visit, demo, pmo, watched):
    limits = DelegatedLimit.objects.filter(portfolio=demo.portfolio)
    page, who = visit(pmo).new_page(), Person()
    page.goto(f"/delegated-limits/{limits.get(level='sro').pk}/")
    who.click(page.get_by_role("link", name="Edit"))
    cost = page.get_by_role("textbox", name="Cost, up to")
    who.fill(cost, "£9m")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("none is above that of a higher one").first).to_be_visible()
    who.fill(cost, "£2m")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")
    assert limits.get(level="sro").cost == 2000
    page.goto(f"/delegated-limits/{limits.get(level='executive').pk}/edit/")
    who.click(page.locator("summary", has_text="Delete it"))
    who.click(page.get_by_role("button", name="Delete"))
    expect(page.get_by_role("heading", level=1, name="Delegated limits")).to_be_visible()
    assert not limits.filter(level="executive").exists()
    assert who.actions == 7
    watched.troubles.clear()  # the console tells of what was refused


def test_the_sponsor_makes_a_board(visit, demo, sponsor, watched):
    page, who = visit(sponsor).new_page(), Person()
    page.goto(f"/boards/new/?programme={demo.programme('CAM').pk}")
    who.fill(page.get_by_label("Name"), "Design board")
    who.choose(page.get_by_label("Kind"), "Programme board")
    for name in ("Dr Farah Siddiqui", "Daniel Roe"):
        who.click(page.get_by_role("checkbox", name=name))
    who.fill(page.get_by_label("Quorum"), "3")
    who.click(page.get_by_role("button", name="Save"))
    expect(
        page.get_by_text("A quorum is no more than the board has members.").first
    ).to_be_visible()
    who.fill(page.get_by_label("Quorum"), "2")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    assert Board.objects.get(name="Design board").members.count() == 2
    assert who.actions == 8
    watched.troubles.clear()  # the console tells of what was refused


def test_a_question_is_put_decided_acknowledged_and_superseded(
    visit, demo, cam02_manager, cam_manager
):
    project, who = demo.project("CAM-02"), Person()
    page = visit(cam02_manager).new_page()
    page.goto(f"/decisions/new/?project={project.pk}")
    who.fill(page.get_by_label("Title"), "Go on with piling?")
    who.fill(page.get_by_label("Options"), "Go on: on time")
    who.click(page.get_by_role("checkbox", name=cam02_manager.person.name))
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Proposed")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    expect(page.locator("summary", has_text="Decide")).to_have_count(0)  # nobody their own limits
    place = page.url

    above = visit(cam_manager).new_page()
    above.goto(place)
    who.click(above.locator("summary", has_text="Decide"))
    who.fill(above.get_by_label("Outcome"), "We go on")
    who.fill(above.get_by_label("Rationale"), "The ground is as surveyed")
    who.click(above.get_by_role("button", name="Decide"))
    expect(above.locator(".page-title .tag")).to_have_text("Made")
    expect(above.get_by_role("link", name="Edit")).to_have_count(0)

    page.goto("/decisions/")
    who.click(page.get_by_role("link", name="Go on with piling?").first)
    who.click(page.get_by_role("button", name="Acknowledge it"))  # its form is open already
    expect(page.locator(".page-title .tag")).to_have_text("Acknowledged")

    old = Decision.objects.get(title="Go on with piling?")
    above.goto(f"/decisions/new/?project={project.pk}&supersedes={old.pk}")
    who.fill(above.get_by_label("Title"), "Stop piling?")
    who.click(above.get_by_role("button", name="Save"))
    who.click(above.locator("summary", has_text="Decide"))
    who.fill(above.get_by_label("Outcome"), "We wait for the survey")
    who.fill(above.get_by_label("Rationale"), "The survey shows soft ground")
    who.click(above.get_by_role("button", name="Decide"))
    expect(above.locator(".page-title .tag")).to_have_text("Made")
    above.goto(place)
    expect(above.locator(".page-title .tag")).to_have_text("Superseded")
    assert who.actions == 16


def test_the_programme_manager_has_a_deputy_while_away(
    visit, demo, cam_manager, cam02_manager, watched
):
    programme, today = demo.programme("CAM"), timezone.localdate()
    page, who = visit(cam_manager).new_page(), Person()
    page.goto(f"/delegations/new/?programme={programme.pk}")
    name = f"{cam02_manager.person.code} {cam02_manager.person.name}"
    who.choose(page.get_by_label("Deputy"), name)
    who.choose(page.get_by_label("Role"), "Programme manager")
    who.fill(page.get_by_label("Starts"), today.isoformat())
    who.fill(page.get_by_label("Ends"), today.isoformat())
    who.fill(page.get_by_label("Reason"), "Leave")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("In force")
    place = page.url

    deputy = visit(cam02_manager).new_page()
    deputy.goto(f"/programmes/{programme.pk}/edit/")
    deputy.get_by_label("Name").fill("Campus Renewal")
    deputy.get_by_role("button", name="Save").click()
    expect(deputy.locator(".toasts")).to_contain_text("Saved")
    page.goto(f"/programmes/{programme.pk}/history/")
    expect(page.get_by_role("table").or_(page.locator("main")).first).to_contain_text(
        f"for {cam_manager.person.name}"
    )

    page.goto(place)
    who.click(page.locator("summary", has_text="End it"))
    who.click(page.get_by_role("button", name="End it"))
    expect(page.locator(".page-title .tag")).to_have_text("Ended")
    assert deputy.goto(f"/programmes/{programme.pk}/edit/").status == 404  # it is out of sight
    watched.troubles.clear()  # the console tells of what is not found
    assert who.actions == 8


def test_a_gate_is_planned_opened_and_passed_under_a_condition_that_is_met(
    visit, demo, cam02_manager, cam_manager
):
    project, who = demo.project("CAM-05"), Person()
    page = visit(cam02_manager).new_page()
    page.goto(f"/gates/new/?project={project.pk}")
    who.fill(page.get_by_label("Code"), "G3")
    who.fill(page.get_by_label("Title"), "Start planting")
    who.choose(page.get_by_label("To (needed)", exact=True), "Deliver")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Planned")
    place = page.url
    who.click(page.get_by_role("link", name="New gate criterion"))
    who.fill(page.get_by_role("textbox", name="Criterion"), "The trees are ordered")
    who.click(page.get_by_role("button", name="Save"))
    who.click(page.locator("summary", has_text="Record that it is met"))
    meeting = page.get_by_role("form", name="Record that it is met")
    who.fill(meeting.locator("[name=evidence]"), "Order 4711")
    who.click(page.get_by_role("button", name="Record that it is met"))
    expect(page.locator(".page-title .tag")).to_have_text("Met")
    page.goto(place)
    who.click(page.locator("summary", has_text="Open the gate"))
    who.click(page.get_by_role("button", name="Open the gate"))
    expect(page.locator(".page-title .tag")).to_have_text("Open")
    expect(page.locator("summary", has_text="Vote")).to_have_count(0)

    above = visit(cam_manager).new_page()
    above.goto(place)
    who.click(above.locator("summary", has_text="Vote"))
    voting = above.get_by_role("form", name="Vote")
    who.choose(voting.locator("[name=choice]"), "Proceed with conditions")
    who.fill(voting.locator("[name=condition]"), "The paths are closed")
    who.fill(voting.locator("[name=due_on]"), "2026-11-20")
    who.click(above.get_by_role("button", name="Vote"))
    expect(above.locator(".page-title .tag")).to_have_text("Decided")
    project.refresh_from_db()
    assert project.stage == "deliver"
    who.click(above.get_by_role("link", name="The paths are closed"))
    who.click(above.locator("summary", has_text="Record that it is met"))
    meeting = above.get_by_role("form", name="Record that it is met")
    who.fill(meeting.locator("[name=met_on]"), "2026-10-31")
    who.click(above.get_by_role("button", name="Record that it is met"))
    expect(above.locator(".page-title .tag")).to_have_text("Met")
    assert who.actions == 21


def test_a_change_is_asked_for_assessed_approved_made_and_closed(
    visit, demo, cam02_manager, cam_manager
):
    project, who = demo.project("CAM-02"), Person()
    line = project.budget_lines.get()
    page = visit(cam02_manager).new_page()
    page.goto(f"/budget-lines/{line.pk}/")
    who.click(page.locator("summary", has_text="Ask for a change"))
    who.click(page.get_by_role("link", name="Change approved"))
    who.fill(page.get_by_label("What it is to be"), "96700")
    who.choose(page.get_by_label("Funding"), "New money")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".page-title .tag")).to_have_text("Raised")
    place = page.url
    who.click(page.locator("summary", has_text="Change its funding"))
    adding = page.get_by_role("form", name="Change its funding")
    who.choose(adding.locator("[name=project]"), f"{project.code} {project.name}")
    who.fill(adding.locator("[name=estimate_to_complete]"), "64500")
    with page.expect_event("load"):  # the page comes anew, with all of it folded
        who.click(page.get_by_role("button", name="Change its funding"))
    expect(page.get_by_text("still to be spent").first).to_be_visible()
    who.click(page.locator("summary", has_text="Assess its impact"))
    who.click(page.get_by_role("button", name="Assess its impact"))
    expect(page.locator(".page-title .tag")).to_have_text("Impact assessed")
    expect(page.get_by_role("group", name="What it comes to")).to_contain_text("+200")
    expect(page.locator("summary", has_text="Approve it")).to_have_count(0)  # nobody their own

    above = visit(cam_manager).new_page()
    above.goto(place)
    who.click(above.locator("summary", has_text="Approve it"))
    who.click(above.get_by_role("button", name="Approve it"))
    expect(above.locator(".page-title .tag")).to_have_text("Approved")

    page.reload()
    who.click(page.locator("summary", has_text="Implement it"))
    who.click(page.get_by_role("button", name="Implement it"))
    expect(page.locator(".page-title .tag")).to_have_text("Implemented")
    line.refresh_from_db()
    assert line.approved == 96700
    who.click(page.locator("summary", has_text="Close it"))
    who.click(page.get_by_role("button", name="Close it"))
    expect(page.locator(".page-title .tag")).to_have_text("Closed")
    assert who.actions == 17


@pytest.mark.parametrize("address", ["rule-sets/", "rule-sets/new/?kind=approvers&portfolio={}"])
def test_the_form_of_rules_and_those_in_force(visit, demo, pmo, defects, address):
    page = visit(pmo).new_page()
    below = f"/portfolios/{demo.portfolio.pk}/" if address == "rule-sets/" else "/"
    page.goto(below + address.format(demo.portfolio.pk))
    assert defects(page) == []
