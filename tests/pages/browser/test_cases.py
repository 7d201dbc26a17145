"""What people do to justify a programme, and where it strays from that, in a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from programmes.models import BusinessCase, CaseFlow, Decision, ExceptionReport, Tolerance
from programmes.services import raise_exceptions
from tests import factories
from tests.pages.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = (
    ("A", "Keep what there is", "Do nothing", [("2026", "Cost", "£1m")]),
    ("B", "Build less", "Do the minimum", [("2026", "Cost", "£1m"), ("2027", "Benefit", "£3m")]),
    ("C", "Build all", "Do something", [("2026", "Cost", "£1m"), ("2027", "Benefit", "£4m")]),
)


def state_of(page: Page, words: str) -> None:
    """The state of the record is told beside its title."""
    expect(page.locator(".page-title .tag")).to_have_text(words)


def do(who: Person, page: Page, title: str) -> None:
    """Open the verb of a record, and press its button."""
    who.click(page.locator("summary", has_text=title))
    who.click(page.get_by_role("button", name=title))


def write_options(who: Person, page: Page, place: str) -> None:
    """Write the options of a case down, each with its flows, one after the other."""
    for code, title, kind, flows in OPTIONS:
        page.goto(place)
        who.click(page.get_by_role("link", name="New case option"))
        who.fill(page.get_by_label("Code"), code)
        who.fill(page.get_by_label("Title"), title)
        who.choose(page.get_by_label("Kind"), kind)
        who.click(page.get_by_role("button", name="Save"))
        who.click(page.get_by_role("link", name="New case flow"))
        for each, (year, what, amount) in enumerate(flows, start=1):
            who.fill(page.get_by_label("Fiscal year"), year)
            who.choose(page.get_by_label("Kind"), what)
            who.fill(page.get_by_role("textbox", name="Amount £k"), amount)
            again = "Keep, and write another" if each < len(flows) else "Save"
            who.click(page.get_by_role("button", name=again))
            if each < len(flows):
                expect(page.locator(".toasts")).to_contain_text("written down")
        expect(page.get_by_role("link", name="Edit")).to_be_visible()


def test_a_case_is_written_corrected_submitted_approved_and_takes_the_place_of_the_last(
    visit, demo, cam_manager, sro, watched
):
    cam, who = demo.programme("CAM"), Person()
    before = BusinessCase.objects.get(programme=cam)
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{cam.pk}/business-cases/")
    who.click(page.get_by_role("link", name="New business case"))
    who.choose(page.get_by_label("Kind"), "Full business case")
    who.fill(page.get_by_label("Strategic"), "Fewer students come than were planned for")
    for text in ("Economic", "Commercial", "Financial", "Management"):
        who.fill(page.get_by_label(text), "As in the case before, with fewer students")
    who.click(page.get_by_role("button", name="Save"))
    state_of(page, "Draft")
    place = page.url
    write_options(who, page, place)
    assert who.actions == 46

    page.goto(place)
    options = page.locator("#case-options")
    expect(options.get_by_role("row", name="C Build all")).to_contain_text("Highest value")
    who.click(options.get_by_role("link", name="Flows of all options"))
    amount = page.locator("pm-grid .ag-row", has_text="3,000").locator("[col-id='amount']")
    who.click(amount)
    page.keyboard.press("F2")
    who.fill(page.locator("pm-grid .grid-field"), "3500")
    page.keyboard.press("Enter")
    expect(page.locator(".grid-saved")).to_contain_text("3,500")
    case = BusinessCase.objects.get(programme=cam, state="draft")
    assert CaseFlow.objects.filter(option__case=case, amount=3500).exists()

    page.goto(place)
    who.click(page.get_by_role("link", name="Edit"))
    expect(page.get_by_label("Preferred option").locator("option")).to_have_text(
        ["Not set", "A Keep what there is", "B Build less", "C Build all"]
    )
    who.choose(page.get_by_label("Preferred option"), "B Build less")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")
    do(who, page, "Submit it for approval")
    expect(page.get_by_text("Say why another is preferred").first).to_be_visible()
    form = page.get_by_role("form", name="Submit it for approval")
    who.fill(form.get_by_label("Reason"), "It can be paid for")
    who.click(form.get_by_role("button", name="Submit it for approval"))
    state_of(page, "Submitted")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.locator("summary", has_text="Approve it")).to_have_count(0)  # nobody their own

    above = visit(sro).new_page()
    above.goto(place)
    expect(above.locator("main")).to_contain_text("It can be paid for")
    do(who, above, "Approve it")
    state_of(above, "Approved")
    left = Decision.objects.get(cause="case", title=f"Business case {case.code}")
    assert (left.outcome, left.rationale) == ("Approved: B Build less", "It can be paid for")
    above.goto(f"/business-cases/{before.pk}/")
    state_of(above, "Superseded")
    assert who.actions == 58
    watched.troubles.clear()  # the console tells of what was refused


def test_a_case_that_strayed_is_allowed_until_a_day_by_the_sro_and_closed(
    visit, demo, cam_manager, sro, drain, watched
):
    drain()
    raise_exceptions()
    report, who = ExceptionReport.objects.get(case__programme=demo.programme("CAM")), Person()
    page = visit(cam_manager).new_page()
    page.goto("/exceptions/")
    who.click(page.locator(f"#live th a[href='/exceptions/{report.pk}/']").first)
    state_of(page, "Open")
    place = page.url
    expect(page.locator("summary", has_text="Decide what becomes of it")).to_have_count(0)
    who.click(page.get_by_role("link", name="Edit"))
    who.fill(page.get_by_label("Options"), "Build fewer rooms")
    who.click(page.get_by_role("button", name="Save"))
    expect(page.locator(".toasts")).to_contain_text("Saved")

    above = visit(sro).new_page()
    above.goto(place)
    expect(above.locator("main")).to_contain_text("Build fewer rooms")
    who.click(above.locator("summary", has_text="Decide what becomes of it"))
    form = above.get_by_role("form", name="Decide what becomes of it")
    who.choose(form.get_by_label("Decision"), "Continue")
    who.fill(form.get_by_label("Reason"), "The tenders come back in spring")
    who.click(form.get_by_role("button", name="Decide what becomes of it"))
    expect(above.get_by_text("Say by when it is within its tolerance").first).to_be_visible()
    who.fill(form.get_by_label("Until"), timezone.localdate().replace(year=2100).isoformat())
    who.click(form.get_by_role("button", name="Decide what becomes of it"))
    state_of(above, "Decided")
    who.click(above.locator("dl").get_by_role("link", name="Exception: Net present value"))
    expect(above.locator("main")).to_contain_text("The tenders come back in spring")

    page.goto(place)
    who.click(page.locator("summary", has_text="Close it"))
    form = page.get_by_role("form", name="Close it")
    who.fill(form.get_by_label("Reason"), "The board watches it itself")
    who.click(form.get_by_role("button", name="Close it"))
    state_of(page, "Closed")
    assert who.actions == 14
    watched.troubles.clear()  # the console tells of what was refused


def test_a_project_that_strayed_goes_on_within_a_new_tolerance(
    visit, demo, cam02_manager, cam_manager, drain
):
    project, who = demo.project("CAM-02"), Person()
    factories.tolerance(project, kind="time_days", value=1)
    drain()
    raise_exceptions()
    report = ExceptionReport.objects.get(project=project)
    page = visit(cam02_manager).new_page()
    page.goto(f"/exceptions/{report.pk}/")
    expect(page.locator("summary", has_text="Decide what becomes of it")).to_have_count(0)

    above = visit(cam_manager).new_page()
    above.goto(f"/projects/{project.pk}/exceptions/")
    who.click(above.locator("#live tbody th a").first)
    who.click(above.locator("summary", has_text="Decide what becomes of it"))
    form = above.get_by_role("form", name="Decide what becomes of it")
    who.choose(form.get_by_label("Decision"), "Continue")
    who.fill(form.get_by_label("New tolerance"), "400")
    who.fill(form.get_by_label("Reason"), "Winter was hard")
    who.click(form.get_by_role("button", name="Decide what becomes of it"))
    state_of(above, "Decided")
    assert Tolerance.objects.get(project=project, kind="time_days").value == 400
    drain()
    assert raise_exceptions() == 0
    above.reload()
    expect(above.locator("dl").first).to_contain_text("Yes")  # within it again
    do(who, above, "Close it")
    state_of(above, "Closed")
    assert who.actions == 8
