"""The week of a project manager, in a browser: one form, saved whole or not at all."""

import re

import pytest
from playwright.sync_api import expect

from programmes.models import StatusReport
from projects.models import CostActual, Dependency, Issue, Milestone, Project, Risk
from tests.pages.browser.conftest import ON_BOTH, Person, session_of

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
    watched.troubles.clear()  # the console reports the 400 that was asked for


def test_what_others_save_meanwhile_stands_beside_what_was_typed(
    visit, watched, demo, cam02_manager
):
    project = demo.project("CAM-02")
    risk = project.risks.filter(status="open").order_by("code")[0]
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/update/")
    chance, cost = (
        page.locator(f'[name="risks.{risk.pk}.{name}"]')
        for name in ("residual_probability", "residual_cost_most_likely")
    )
    page.get_by_label("What was achieved").fill("Much")
    chance.fill("0.4")
    # Somebody else, meanwhile: another field, and then the same.
    Risk.objects.filter(pk=risk.pk).update(residual_cost_most_likely=900)
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    risk.refresh_from_db()
    stored = (float(risk.residual_probability), float(risk.residual_cost_most_likely))
    assert stored == (0.4, 900)
    page.goto(f"/projects/{project.pk}/update/")
    cost.fill("1000")
    Risk.objects.filter(pk=risk.pk).update(residual_cost_most_likely=950)
    page.get_by_role("button", name="Save as a draft").click()
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("row", name=re.compile("950 1000$"))).to_be_visible()
    expect(cost).to_have_value("1000")
    alert.get_by_role("button", name="Save mine over it").click()
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    risk.refresh_from_db()
    assert float(risk.residual_cost_most_likely) == 1000
    watched.troubles.clear()  # the console reports each 412


def test_what_was_typed_is_there_again_after_a_reload_and_for_nobody_else(
    visit, site, demo, cam02_manager, pmo
):
    project = demo.project("CAM-02")
    context = visit(cam02_manager)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/projects/{project.pk}/update/")
    page.locator("label.choice", has_text="Red").click()
    page.locator('[name="risks.new1.title"]').fill("Fog")
    page.get_by_role("button", name="One more risk").click()
    second = page.locator('[name="risks.new2.title"]')
    expect(second).to_have_value("")
    second.fill("Ice")
    page.reload()
    expect(page.locator("[data-typed]")).to_contain_text("filled in again, and not saved yet")
    expect(second).to_have_value("Ice")
    expect(page.locator('[name="project.declared_rag"][value="red"]')).to_be_checked()
    context.add_cookies([session_of(pmo, site)])  # who reloads the tab of somebody else
    page.reload()
    expect(page.get_by_role("button", name="Save and publish")).to_be_visible()
    expect(second).to_have_count(0)


def test_a_session_that_ended_meanwhile_loses_nothing(visit, watched, demo, cam02_manager):
    project = demo.project("CAM-02")
    context = visit(cam02_manager)
    page = context.new_page()
    page.goto(f"/projects/{project.pk}/update/")
    page.locator("label.choice", has_text="Green").click()
    page.get_by_label("What was achieved").fill("The roof is on.")
    context.clear_cookies()
    page.get_by_role("button", name="Save and publish").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("You are signed out. What you typed is still here.")
    cam02_manager.set_password("a-long-pass-phrase")
    cam02_manager.save()
    with context.expect_page() as opened:
        alert.get_by_role("link", name="Sign in again").click()
    other = opened.value
    other.get_by_label("User name").fill(cam02_manager.username)
    other.get_by_label("Password", exact=True).fill("a-long-pass-phrase")
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url(re.compile(r":\d+/$"))
    other.close()
    page.get_by_role("button", name="Save and publish").click()
    page.wait_for_url(re.compile(rf"/projects/{project.pk}/$"))
    assert StatusReport.objects.get(project=project).achieved == "The roof is on."
    watched.troubles.clear()  # the console reports the 401, and the 403 of the old token


def test_five_projects_are_reported_by_the_keyboard_alone_in_two_minutes(
    visit, demo, cam02_manager
):
    projects = Project.objects.filter(status="active").order_by("pk")[:5]
    ids = [each.pk for each in projects]
    Project.objects.filter(pk__in=ids).update(
        project_manager=cam02_manager.person, declared_rag="green", complexity=1, regulated=False
    )
    page = visit(cam02_manager).new_page()
    week = Person()
    page.goto("/?rule=report_due")
    week.press(page, "j")
    write = page.get_by_role("link", name="Write the update").first
    while write.evaluate("each => each !== document.activeElement"):
        week.press(page, "Tab")
    week.press(page, "Enter")
    for _ in ids:
        page.wait_for_url(re.compile("/update/$"))
        address = page.url
        last = not page.get_by_role("button", name="No change, then").count()
        name = "No change" if last else "No change, then"
        chosen = page.get_by_role("button", name=name, exact=last)
        chosen.wait_for()
        week.press(page, "Tab")
        week.press(page, "Enter")  # to the content
        while chosen.evaluate("each => each !== document.activeElement"):
            week.press(page, "Tab")
        week.press(page, "Enter")
        page.wait_for_url(lambda url, before=address: url.partition("#")[0] != before)
    assert StatusReport.objects.filter(project__in=ids, state="published").count() == 5
    assert week.seconds < TWO_MINUTES


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
