"""What people do in registers, in a browser: they find, write down, change and close records."""

import pytest
from playwright.sync_api import expect

from projects.models import Risk
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.looks import NARROW, unfold

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_project_manager_writes_down_a_risk_changes_it_and_closes_it(visit, demo, cam02_manager):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    risks = page.get_by_role("region", name="Risks")
    risks.get_by_role("link", name="New risk").click()
    page.get_by_label("Title").fill("Crane driver is away")
    page.get_by_label("Probability, 0 to 1, As it is now").fill("0.2")
    page.get_by_label("Cost, most likely, As it is now").fill("£1.5k")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crane driver is away")
    made = Risk.objects.get(title="Crane driver is away")
    assert (made.project, str(made.residual_cost_most_likely)) == (demo.project("CAM-02"), "1.50")

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Cause").fill("Holidays")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Saved")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("dl")).to_contain_text(["Holidays"])

    page.locator("summary", has_text="Close").click()
    form = page.get_by_role("form", name="Close")
    form.get_by_label("Reason").fill("It was replaced")
    form.get_by_role("button", name="Close").click()
    expect(page.locator(".page-title .tag")).to_have_text("Closed")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("table")).to_contain_text("It was replaced")


def test_a_list_is_filtered_ordered_and_grouped_in_place(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    page.get_by_role("searchbox", name="Search", exact=True).fill("steel")
    expect(page.locator("#live tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear all").click()
    page.locator("#filter-kind").select_option("opportunity")
    expect(page.locator("#live tbody tr")).to_have_count(1)
    expect(page.locator(".chip")).to_have_text(["Kind: Opportunity"])
    page.get_by_role("link", name="Take away: Kind").click()
    page.get_by_role("columnheader", name="Probability").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Probability")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_label("Group by").select_option("status")
    expect(page.locator("tr.group")).to_contain_text(["Open", "Escalated"])


def test_what_is_pressed_opens_though_the_list_moves_before_the_release(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    rows = page.locator("#live tbody tr")
    first, second = (rows.nth(place).get_attribute("data-id") for place in (0, 1))
    rows.nth(1).locator("th a").first.hover()
    page.mouse.down()
    with page.expect_response(
        lambda answer: answer.status == 200 and "hx-request" in answer.request.headers
    ):
        Risk.objects.filter(pk=first).update(code="ZZ99")
    page.evaluate("new Promise((drawn) => setTimeout(drawn, 200))")
    expect(rows.first).to_have_attribute("data-id", first)
    page.mouse.up()
    page.wait_for_url(f"**/risks/{second}/")
    page.go_back()
    page.mouse.move(0, 0)
    expect(rows.first).to_have_attribute("data-id", second)


@ON_BOTH
def test_what_comes_in_two_months_is_found_and_looked_through_without_leaving_the_list(
    visit, demo, pmo, width
):
    page, person = visit(pmo).new_page(), Person()
    page.goto("/milestones/")
    if width == NARROW:
        person.click(page.get_by_role("button", name="Filters"))
    person.click(page.locator(".filter-menu > summary"))
    fields = page.get_by_role("list", name="Filter by")
    person.click(fields.get_by_role("link", name="Forecast", exact=True))
    form = page.get_by_role("form", name="Filter by forecast")
    person.choose(form.get_by_label("Forecast"), "in the next … days")
    expect(form.get_by_label("From")).to_be_hidden()
    person.fill(form.get_by_label("Days", exact=True), "60")
    person.click(form.get_by_role("button", name="Filter"))
    expect(page.locator(".chip")).to_have_text(["Forecast: in the next 60 days"])
    codes = page.locator("#live tbody th > a:first-child").all_inner_texts()
    assert len(codes) > 2

    person.click(page.locator("#live tbody a.peek").first)
    title = page.locator("dialog #explain-title")
    expect(title).to_contain_text(codes[0])
    previous, following = (page.get_by_role("button", name=name) for name in ("Previous", "Next"))
    expect(previous).to_be_disabled()
    person.click(following)
    expect(title).to_contain_text(codes[1])
    page.keyboard.press("Alt+ArrowDown")
    expect(title).to_contain_text(codes[2])
    page.keyboard.press("Alt+ArrowUp")
    expect(title).to_contain_text(codes[1])
    page.keyboard.press("Escape")
    expect(page.locator("#live tbody a.peek").nth(1)).to_be_focused()
    assert person.actions <= 8


def test_on_a_phone_without_script_a_list_is_filtered_and_a_record_opened(visit, demo, cam_manager):
    page = visit(cam_manager, 360, java_script_enabled=False).new_page()
    page.goto("/risks/?view=grid")
    page.locator("#filter-status").select_option("open")
    narrowing = page.get_by_role("search", name="Filter Risks")
    narrowing.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("Status: Open")
    page.locator(".filter-menu > summary").click()
    offered = page.get_by_role("list", name="Filter by")
    offered.get_by_role("link", name="Probability", exact=True).click()
    form = page.get_by_role("form", name="Filter by probability")
    form.get_by_label("Probability").select_option("more than")
    form.get_by_label("Value, %").fill("30%")
    form.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".chip").last).to_contain_text("Probability: more than 30%")
    rows = page.locator("pm-grid tbody tr")
    fitting = Risk.objects.visible_to(cam_manager).filter(status="open")
    expect(rows).to_have_count(fitting.filter(residual_probability__gt="0.3").count())
    code = rows.first.get_by_role("link").first.inner_text()
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)


def test_columns_are_chosen_and_moved_by_keyboard(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    page.locator("#columns > summary").click()
    page.get_by_role("button", name="Title: one earlier").press("Enter")
    page.locator("#columns").get_by_label("Status", exact=True).uncheck()
    page.get_by_role("button", name="Show these columns").click()
    heads = page.get_by_role("columnheader")
    expect(heads.nth(0)).to_have_text("Title")
    expect(heads.nth(1)).to_have_text("Code")
    expect(page.get_by_role("columnheader", name="Status")).to_have_count(0)


def test_the_pages_of_registers(visit, demo, cam_manager, defects):
    page = visit(cam_manager).new_page()
    risk = Risk.objects.get(code="R01").pk
    benefit = demo.benefit("B01").pk
    for address in (
        "/risks/?group=status&status__in=open,draft&filter=status",
        f"/risks/{risk}/",
        f"/risks/{risk}/edit/",
        f"/risks/{risk}/history/",
        "/risks/new/",
        "/dependencies/",
        f"/benefits/{benefit}/",
        "/people/",
    ):
        page.goto(address)
        unfold(page)
        assert (address, defects(page)) == (address, [])
