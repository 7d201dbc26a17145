"""Pages of the past and what moved a figure, in both themes, wide and narrow."""

import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.pages.browser.looks import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timezone.now().date().isoformat()


@pytest.fixture
def moved(demo, drain):
    """A programme in which something moved, and the moment before."""
    moment = timezone.now()
    for code, by in (("CAM-02", 250), ("CAM-04", -90), ("CAM-06", 40)):
        project = demo.project(code)
        project.estimate_to_complete += by
        project.percent_complete += 3
        project.save()
    drain()
    return f"/programmes/{demo.programme('CAM').pk}/", urlencode({"as_of": moment.isoformat()})


def test_the_past_and_what_moved(visit, viewer, moved, amiss):
    address, moment = moved
    page = visit(viewer).new_page()
    for path, sign in (
        (address, "#moved-title"),
        (f"{address}?{moment}", "#past"),
        (f"/portfolio/?{moment}", "#past"),
        (f"{address}explain/estimate_at_completion/", ".waterfall"),
        (f"{address}explain/cost_performance_index/?since=week", ".waterfall"),
        (f"{address}explain/estimate_at_completion/?{moment}", "#past"),
        (f"{address}explain/risk_p80/?on={DAY}", "#corrected-title"),
        (f"{address}explain/finish_propagated/", "h2"),
        (f"{address}explain/health/", ".rules"),
        (f"/risks/?{moment}", "#past"),
    ):
        page.goto(path)
        expect(page.locator(sign).first).to_be_visible()
        assert (path, amiss(page)) == (path, [])


def test_a_period_is_chosen_inside_the_panel(visit, viewer, moved):
    address, _ = moved
    page = visit(viewer).new_page()
    page.goto(address)
    page.locator("[data-figure$=estimate_at_completion]").first.click()
    panel = page.get_by_role("dialog")
    week = panel.get_by_role("link", name="Last 7 days")
    week.click()
    expect(week).to_have_attribute("aria-current", "true")
    expect(panel.get_by_role("row", name="In all 285,810 286,010 +200")).to_be_visible()
    panel.get_by_label("From").fill("2020-01-31")
    panel.get_by_role("button", name="Show").click()
    expect(panel.get_by_label("From")).to_have_value("2020-01-31")
    expect(page).to_have_url(address)


def test_a_day_leads_to_the_past_and_back(visit, viewer, moved):
    address, _ = moved
    page = visit(viewer).new_page()
    page.goto(address)
    page.get_by_label("Day", exact=True).fill("2020-01-31")
    as_of = page.get_by_role("form", name="See it as it was on a day")
    as_of.get_by_role("button", name="Show").click()
    expect(page.locator("#past")).to_contain_text("31 Jan 2020")
    page.get_by_role("link", name="Back to now").click()
    expect(page.locator("#past")).to_have_count(0)


def test_a_figure_of_a_project_is_explained_beside_it(visit, viewer, moved, demo, amiss):
    project = demo.project("CAM-02")
    page = visit(viewer).new_page()
    page.goto(f"/projects/{project.pk}/")
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.locator("a[data-figure$=estimate_at_completion]").click()
        panel = page.get_by_role("dialog")
        expect(panel.get_by_role("row", name="Sum 104,450")).to_be_visible()
        expect(panel.get_by_role("row", name=re.compile(r"^In all .*\+250$"))).to_be_visible()
        panel.get_by_role("link", name="Last 7 days").click()
        expect(panel.get_by_role("link", name="Last 7 days")).to_have_attribute(
            "aria-current", "true"
        )
        expect(page).to_have_url(f"/projects/{project.pk}/")
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
    for name in ("health", "finish_propagated", "cost_performance_index"):
        page.goto(f"/projects/{project.pk}/explain/{name}/")
        assert (name, amiss(page)) == (name, [])
