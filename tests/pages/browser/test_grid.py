"""What people do in the grid of a register, in a browser: they find, edit, take back and paste."""

import re
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from pmhub.models import Person
from projects.models import Milestone, Risk
from tests.pages.browser.looks import WIDE

pytestmark = pytest.mark.django_db(transaction=True)


def cell(page: Page, code: str, field: str) -> Locator:
    """The cell of a field in the row of a record with a code."""
    row = page.locator("pm-grid .ag-row", has=page.get_by_role("link", name=code, exact=True))
    index = row.first.get_attribute("row-id")
    return page.locator(f"pm-grid .ag-row[row-id='{index}'] [col-id='{field}']")


def test_the_grid_shows_the_rows_of_the_list_and_is_accessible(visit, demo, cam_manager, defects):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    page.get_by_role("link", name="Grid", exact=True).click()
    grid = page.get_by_role("grid", name="Risks")
    count = Risk.objects.visible_to(cam_manager).count()
    expect(grid).to_have_attribute("aria-rowcount", str(count + 1))
    risk = Risk.objects.visible_to(cam_manager).filter(owner__isnull=False).first()
    expect(cell(page, risk.code, "title").first).to_have_text(risk.title)
    expect(cell(page, risk.code, "owner").first).to_have_text(risk.owner.name)
    assert defects(page, WIDE) == []


def grid_of(page: Page, address: str) -> None:
    """Open a register as a grid and wait for its rows."""
    page.goto(address)
    expect(page.locator("pm-grid .ag-row a").first).to_be_visible()


def edit(page: Page, place: Locator, text: str, *, end: str = "Enter") -> None:
    """Type into a cell, as with a spreadsheet."""
    place.click()
    page.keyboard.press("F2")
    page.locator("pm-grid .grid-field").fill(text)
    page.keyboard.press(end)


def saved_by_another(api_of, user, risk: Risk, **values) -> None:
    """Somebody else saves a risk over REST."""
    seen = Risk.objects.get(pk=risk.pk).version
    answer = api_of(user).patch(
        f"/api/v1/risks/{risk.pk}/", values, format="json", HTTP_IF_MATCH=f'"v{seen}"'
    )
    assert answer.status_code == 200, answer.content


def test_a_project_manager_moves_a_forecast_by_keyboard_and_takes_it_back(
    visit, demo, cam02_manager
):
    milestone = Milestone.objects.filter(project=demo.project("CAM-02"), state="planned").last()
    before = milestone.forecast_on
    page = visit(cam02_manager).new_page()
    grid_of(page, f"/projects/{milestone.project_id}/milestones/?view=grid")
    place = cell(page, milestone.code, "forecast_on")
    edit(page, place, "2027-09-17")
    expect(place).to_have_class(re.compile("grid-saved"))
    expect(place).to_contain_text("17 Sept 2027")
    milestone.refresh_from_db()
    assert milestone.forecast_on == date(2027, 9, 17)

    place.click()
    page.keyboard.press("Control+z")
    expect(page.locator(".toasts")).to_contain_text("Taken back")
    milestone.refresh_from_db()
    assert milestone.forecast_on == before


def test_a_value_that_is_refused_is_told_in_its_cell(visit, demo, cam_manager, watched):
    risk = Risk.objects.visible_to(cam_manager).get(code="R01")
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid")
    place = cell(page, "R01", "residual_probability")
    edit(page, place, "12")
    expect(place).to_have_class(re.compile("grid-refused"))
    expect(place).to_contain_text("not saved: ")
    assert Risk.objects.get(pk=risk.pk).version == risk.version
    place.click()
    page.keyboard.press("Escape")
    expect(place).to_have_text("35%")
    watched.troubles.clear()  # the console reports the 400 that was asked for


def test_a_record_is_chosen_by_typing_what_it_is_called(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid")
    place = cell(page, "R01", "owner")
    place.click()
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Owner").last.fill("George")
    expect(page.get_by_role("option", name="George Adeyemi", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(place).to_contain_text("George Adeyemi")
    expect(place).to_have_class(re.compile("grid-saved"))
    assert Risk.objects.visible_to(cam_manager).get(code="R01").owner.name == "George Adeyemi"


def test_two_people_edit_one_risk(visit, demo, cam_manager, pmo, api_of, watched):
    risk = Risk.objects.visible_to(cam_manager).get(code="R01")
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid")
    # Another cell: both changes stand.
    title = cell(page, "R01", "title")
    title.click()
    page.keyboard.press("F2")
    saved_by_another(api_of, pmo, risk, residual_probability="0.4")
    page.locator("pm-grid .grid-field").fill("Steel is dear")
    page.keyboard.press("Enter")
    expect(title).to_have_class(re.compile("grid-saved"))
    expect(cell(page, "R01", "residual_probability")).to_have_text("40%")
    risk.refresh_from_db()
    assert (risk.title, str(risk.residual_probability)) == ("Steel is dear", "0.4000")

    # The same cell: both are shown, and who edits chooses.
    title.click()
    page.keyboard.press("F2")
    saved_by_another(api_of, pmo, risk, title="Steel may rise")
    page.locator("pm-grid .grid-field").fill("Steel will rise")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Steel may rise")
    expect(dialog).to_contain_text("Steel will rise")
    dialog.get_by_role("button", name="Save mine over it").click()
    expect(title).to_have_class(re.compile("grid-saved"))
    risk.refresh_from_db()
    assert risk.title == "Steel will rise"

    # Undo after somebody wrote: both are shown, nothing is written.
    saved_by_another(api_of, pmo, risk, title="Steel has risen")
    title.click()
    page.keyboard.press("Control+z")
    expect(dialog).to_contain_text("Steel has risen")
    expect(dialog).to_contain_text("Steel may rise")
    dialog.get_by_role("button", name="Close").click()
    risk.refresh_from_db()
    assert risk.title == "Steel has risen"
    watched.troubles.clear()  # the console reports each 412 that was asked for


def test_what_another_wrote_while_one_types_is_not_written_over_though_the_rows_were_read_anew(
    visit, demo, cam_manager, pmo, api_of, watched
):
    risk = Risk.objects.visible_to(cam_manager).get(code="R01")
    page, held = visit(cam_manager).new_page(), []

    def hold(route):
        held.append(route)

    grid_of(page, "/risks/?view=grid")
    title, rows = cell(page, "R01", "title"), re.compile(r"/api/v1/risks/\?")
    page.route(rows, hold)
    with page.expect_request(rows):
        page.evaluate("document.dispatchEvent(new Event('pm:refreshed'))")
    title.click()
    page.keyboard.press("F2")
    saved_by_another(api_of, pmo, risk, title="Steel may rise", residual_probability="0.4")
    held[0].continue_()
    expect(cell(page, "R01", "residual_probability")).to_have_text("40%")
    page.unroute(rows)
    page.locator("pm-grid .grid-field").fill("Steel will rise")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Steel may rise")
    dialog.get_by_role("button", name="Keep").click()
    expect(title).to_have_text("Steel may rise")
    risk.refresh_from_db()
    assert risk.title == "Steel may rise"
    watched.troubles.clear()  # the console reports the 412 that was asked for


def test_a_programme_manager_gives_three_risks_another_owner_and_takes_it_back(
    visit, demo, cam_manager
):
    risks = Risk.objects.visible_to(cam_manager).filter(code__in=["R01", "R02", "R03"])
    before = {risk.code: risk.owner for risk in risks}
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid")
    for code in before:
        cell(page, code, "ag-Grid-SelectionColumn").locator("input").check()
    bar = page.get_by_role("group", name="Selected")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_label("Do", exact=True).select_option("set owner")
    bar.get_by_role("combobox", name="Owner").fill("George")
    expect(bar.get_by_role("option", name="George Adeyemi", exact=True)).to_be_visible()
    bar.get_by_role("button", name="Preview").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 cells of 3 records to change")
    dialog.get_by_role("button", name="Save 3 cells").click()
    expect(page.locator(".toasts")).to_contain_text("3 cells of 3 records saved")
    assert {risk.owner.name for risk in risks.all()} == {"George Adeyemi"}
    page.locator(".toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".toasts")).to_contain_text("Taken back")
    assert {risk.code: risk.owner for risk in risks.all()} == before


def test_cells_of_a_spreadsheet_are_pasted_with_a_preview(visit, demo, cam_manager, watched):
    page = visit(cam_manager).new_page()
    grid_of(
        page,
        "/risks/?view=grid&column=code&column=title&column=residual_probability"
        "&column=response_cost",
    )
    cell(page, "R01", "title").click()
    page.evaluate(
        """text => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true });
          document.activeElement.dispatchEvent(pasted);
        }""",
        "Steel\t40%\t£1.2m\r\nClean room\t3\t1,250.50\r\nEquipment\t20%\t95k\r\n",
    )
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("8 cells of 3 records to change, 1 refused")
    expect(dialog).to_contain_text("Refused: ")
    dialog.get_by_role("button", name="Save 8 cells").click()
    expect(page.locator(".toasts")).to_contain_text("8 cells of 3 records saved")
    stored = Risk.objects.visible_to(cam_manager)
    told = [(each.title, str(each.residual_probability)) for each in stored.order_by("code")[:3]]
    assert told[0] == ("Steel", "0.4000")
    assert told[1] == ("Clean room", "0.1500")
    assert told[2] == ("Equipment", "0.2000")
    costs = [str(each.response_cost) for each in stored.order_by("code")[:3]]
    assert costs == ["1200.00", "1250.50", "95.00"]
    watched.troubles.clear()  # the console reports the preview that was refused


def test_a_programme_manager_closes_what_cannot_happen_any_more(visit, demo, cam_manager):
    risks = Risk.objects.visible_to(cam_manager).filter(code__in=["R01", "R03"])
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid&status=open")
    for code in ("R01", "R03"):
        cell(page, code, "ag-Grid-SelectionColumn").locator("input").check()
    bar = page.get_by_role("group", name="Selected")
    bar.get_by_label("Do", exact=True).select_option("do closure")
    bar.get_by_label("Reason, if any").fill("The works are done")
    bar.get_by_role("button", name="Preview").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Close: 2 records")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Close: done to 2 records")
    assert {risk.status for risk in risks.all()} == {"closed"}
    # They fit the filter no more.
    expect(page.locator("pm-grid").get_by_role("link", name="R01", exact=True)).to_have_count(0)


def test_all_that_fit_are_selected_and_looked_at_beside_the_grid(visit, demo, cam_manager):
    count = Risk.objects.visible_to(cam_manager).filter(status="open").count()
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid&status=open&group=owner")
    first = page.locator("pm-grid .ag-row a").first
    code = first.inner_text()
    cell(page, code, "ag-Grid-SelectionColumn").locator("input").check()
    bar = page.get_by_role("group", name="Selected")
    bar.get_by_role("button", name=f"Select all {count}").click()
    expect(bar).to_contain_text(f"{count} selected")
    cell(page, code, "title").click()
    page.keyboard.press("Alt+Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", level=1)).to_contain_text(code)
    following = page.locator("pm-grid .ag-row a").nth(1).inner_text()
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_role("heading", level=1)).to_contain_text(following)
    page.keyboard.press("Escape")
    expect(cell(page, following, "title")).to_be_focused()


def test_a_view_is_saved_shared_and_opened(visit, demo, cam_manager, viewer):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    page.locator("#filter-status").select_option("open")
    expect(page.locator(".chip")).to_contain_text("Status: Open")
    page.locator("#save-view > summary").click()
    page.locator("#save-view").get_by_label("Name").fill("Open risks")
    page.locator("#save-view").get_by_label("Share with a programme").select_option(index=1)
    page.get_by_role("button", name="Save view").click()
    expect(page).to_have_url(re.compile(r"/risks/\?status=open"))
    expect(page.locator(".registers-menu summary", has_text="Open risks")).to_be_visible()
    other = visit(viewer).new_page()
    other.goto("/risks/")
    other.locator(".page-title .registers-menu > summary").click()
    other.get_by_role("link", name="Open risks").click()
    expect(other).to_have_url(re.compile(r"/risks/\?status=open"))


def test_a_name_is_pasted_whatever_its_case_and_composition(visit, demo, cam_manager):
    Person.objects.filter(name="George Adeyemi").update(name="Geörge Straße")
    page = visit(cam_manager).new_page()
    grid_of(page, "/risks/?view=grid&column=code&column=owner")
    cell(page, "R01", "owner").click()
    page.evaluate(
        """text => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true });
          document.activeElement.dispatchEvent(pasted);
        }""",
        "GEO\u0308RGE STRASSE",
    )
    expect(cell(page, "R01", "owner")).to_have_class(re.compile("grid-saved"))
    owner = Risk.objects.visible_to(cam_manager).get(code="R01").owner
    assert owner.name == "Geörge Straße"
