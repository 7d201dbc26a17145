"""Pages of the past and what moved a figure, in both themes, wide and narrow."""

import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.pages.browser.conftest import Person
from tests.pages.browser.looks import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_the_past_and_what_moved(visit, viewer, demo, moved, defects):
    address, moment = moved
    page = visit(viewer).new_page()
    for path, sign in (
        (address, "#moved-title"),
        (f"{address}?{moment}", "#past"),
        (f"/portfolio/?{moment}", "#past"),
        (f"{address}explain/estimate_at_completion/", ".waterfall"),
        (f"{address}explain/cost_performance_index/?since=week", ".waterfall"),
        (f"{address}explain/estimate_at_completion/?{moment}", "#past"),
        (f"{address}explain/risk_p80/?on={demo.today}", "#corrected-title"),
        (f"{address}explain/finish_propagated/", "h2"),
        (f"{address}explain/health/", ".rules"),
        (f"/risks/?{moment}", "#past"),
    ):
        page.goto(path)
        expect(page.locator(sign).first).to_be_visible()
        assert (path, defects(page)) == (path, [])


def test_a_viewer_asks_a_figure_what_moved_it_this_week_and_since_a_day(visit, viewer, moved):
    """Four actions: the figure, the week, another day, the button."""
    address, _ = moved
    reader, page = Person(), visit(viewer).new_page()
    page.goto(address)
    reader.click(page.locator("[data-figure$=estimate_at_completion]").first)
    panel = page.get_by_role("dialog")
    week = panel.get_by_role("link", name="Last 7 days")
    reader.click(week)
    expect(week).to_have_attribute("aria-current", "true")
    expect(panel.get_by_role("row", name="In all 285,810 286,010 +200")).to_be_visible()
    reader.fill(panel.get_by_label("From"), "2020-01-31")
    reader.click(panel.get_by_role("button", name="Show", exact=True))
    expect(panel.get_by_label("From")).to_have_value("2020-01-31")
    expect(page).to_have_url(address)
    assert reader.actions == 4


def test_a_viewer_reads_a_programme_as_it_was_on_a_day_and_comes_back(visit, viewer, moved):
    """Three actions: the day, the button, back to now."""
    address, _ = moved
    reader, page = Person(), visit(viewer).new_page()
    page.goto(address)
    reader.fill(page.get_by_label("Day", exact=True), "2020-01-31")
    as_of = page.get_by_role("form", name="See it as it was on a day")
    reader.click(as_of.get_by_role("button", name="Show", exact=True))
    expect(page.locator("#past")).to_contain_text("31 Jan 2020")
    reader.click(page.get_by_role("link", name="Back to now"))
    expect(page.locator("#past")).to_have_count(0)
    assert reader.actions == 3


def test_a_figure_of_a_project_is_explained_beside_it(visit, viewer, moved, demo, defects):
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
        assert (name, defects(page)) == (name, [])
