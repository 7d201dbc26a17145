"""The week of a project manager, in a browser: one form, saved whole or not at all."""

import re

import pytest
from playwright.sync_api import expect

from programmes.models import StatusReport
from projects.models import CostActual, Dependency, Issue, Milestone, Risk
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)
MOST, TWO_MINUTES = 25, 120  # clicks, choices and fields filled in; seconds of somebody practised


@ON_BOTH
def test_a_project_manager_reports_a_week(visit, demo, cam02_manager):
    project = demo.project("CAM-02")
    first, second = Milestone.objects.filter(project=project, state="planned").order_by(
        "forecast_on"
    )[:2]
    soon = {"forecast_on": "2026-11-20"}
    Milestone.objects.filter(pk__in=[first.pk, second.pk]).update(**soon)
    risk = project.risks.filter(status="open").order_by("code")[0]
    output, owed = project.outputs.get(code="O02"), Dependency.objects.get(code="D22")
    page = visit(cam02_manager).new_page()
    week = Person()

    def named(name):
        return page.locator(f'[name="{name}"]')

    page.goto(f"/projects/{project.pk}/")
    week.click(page.get_by_role("link", name="Weekly update"))
    week.click(page.locator("label.choice", has_text="Amber"))
    week.fill(page.get_by_label("Why it stands so"), "Steel came late")
    week.fill(named("project.percent_complete"), str(project.percent_complete + 1))
    week.fill(named(f"milestones.{first.pk}.actual_on"), "2026-10-30")
    week.fill(named(f"milestones.{second.pk}.forecast_on"), "2026-12-18")
    week.fill(named(f"outputs.{output.pk}.forecast_on"), "2028-03-10")
    week.fill(named(f"dependencies.{owed.pk}.delivered_on"), "2026-10-30")
    week.fill(named(f"risks.{risk.pk}.residual_probability"), "0.5")
    week.fill(named("issues.new1.title"), "A window broke")
    week.fill(named("costs.new1.amount"), "£1.2k")
    week.fill(named("costs.new1.description"), "Glass")
    week.fill(page.get_by_label("What was achieved"), "The third floor stands.")
    week.click(page.get_by_role("button", name="Preview"))
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Saving this would move")
    assert not StatusReport.objects.filter(project=project).exists()
    week.click(page.get_by_role("button", name="Save and publish"))
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    assert (week.actions <= MOST, week.seconds < TWO_MINUTES) == (True, True)
    expect(page.locator(".reporting")).to_contain_text("The third floor stands.")
    report = StatusReport.objects.get(project=project)
    assert (report.state, report.declared_rag, report.project) == ("published", "amber", project)
    assert str(Milestone.objects.get(pk=first.pk).actual_on) == "2026-10-30"
    assert str(Milestone.objects.get(pk=second.pk).forecast_on) == "2026-12-18"
    output.refresh_from_db()
    owed.refresh_from_db()
    assert (str(output.forecast_on), owed.status) == ("2028-03-10", "delivered")
    assert float(Risk.objects.get(pk=risk.pk).residual_probability) == 0.5
    assert Issue.objects.filter(project=project, title="A window broke").exists()
    assert str(CostActual.objects.get(description="Glass").amount) == "1.20"


def test_what_is_refused_is_shown_beside_its_field_and_nothing_is_lost(
    visit, watched, demo, cam02_manager
):
    project = demo.project("CAM-02")
    risk = project.risks.filter(status="open").order_by("code")[0]
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/update/")
    page.get_by_label("What was achieved").fill("Much")
    field = page.locator(f'[name="risks.{risk.pk}.residual_probability"]')
    field.fill("1.5")
    page.get_by_role("button", name="One more risk").click()
    page.locator('[name="risks.new2.title"]').fill("Fog")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert not Risk.objects.filter(title="Fog").exists()
    field.fill("0.4")
    Risk.objects.filter(pk=risk.pk).update(category="Weather")  # somebody else, meanwhile
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text(f"saved {risk.code} after you read it")
    expect(page.get_by_label("What was achieved")).to_have_value("Much")
    assert not StatusReport.objects.filter(project=project).exists()
    watched.troubles.clear()  # the console reports the 400 and the 412 that were asked for


def test_a_week_without_news_is_one_click(visit, demo, cam02_manager):
    project = demo.project("CAM-02")
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/update/")
    if project.declared_rag != "green":
        page.get_by_label("Why it stands so").fill("As before")
    page.get_by_role("button", name="No change", exact=True).click()
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    report = StatusReport.objects.get(project=project)
    assert (report.achieved, report.declared_rag) == ("No change.", project.declared_rag)


def test_how_it_looks(visit, demo, cam02_manager, defects):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/update/")
    assert defects(page) == []
