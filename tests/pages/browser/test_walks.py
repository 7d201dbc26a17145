"""Walks through the pages: signing in, explaining a figure, changing a project."""

import pytest
from playwright.sync_api import expect

from pmhub import queries
from pmhub.demo.users import PASSWORD
from pmhub.models import Record, User

pytestmark = pytest.mark.django_db(transaction=True)


def last_reason(record: Record) -> str:
    """Return why a record was last changed, as its history tells it."""
    model = type(record)
    names = queries.fields(model)
    newest = queries.rows(queries.events(model, record.pk), names, 0, 1)
    (said,) = queries.changes_of(model, newest, names, to=User(is_superuser=True))
    return str(said["reason"])


def test_signing_in_finding_a_programme_and_signing_out(visit):
    page = visit().new_page()
    page.goto("/")
    page.get_by_label("User name").fill("pmo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/")
    page.get_by_role("link", name="Portfolio", exact=True).click()
    expect(page).to_have_url("/portfolio/")

    page.get_by_label("Search by name or code").fill("campus")
    expect(page.get_by_role("link", name="NZE Net Zero Estate Programme")).to_have_count(0)
    expect(page).to_have_url("/portfolio/?q=campus&health=")
    page.locator("#live").get_by_role("link", name="CAM Campus Renewal Programme").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Campus Renewal Programme")

    page.locator(".usermenu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_figure_opens_its_explanation_and_gives_the_focus_back(visit, viewer, demo):
    page = visit(viewer).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    figure = page.get_by_role("link", name="Funding cover: 0.87. Explain")
    figure.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", level=1)).to_be_focused()
    expect(panel.get_by_role("heading", level=1)).to_have_text("Funding cover")

    panel.get_by_role("link", name="Exposure P80").click()
    expect(panel.get_by_role("heading", level=1)).to_have_text("Exposure P80")
    panel.get_by_role("button", name="Back").click()
    expect(panel.get_by_role("heading", level=1)).to_have_text("Funding cover")

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(figure).to_be_focused()


def test_without_script_a_figure_leads_to_a_page(visit, viewer, demo):
    page = visit(viewer, java_script_enabled=False).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    page.get_by_role("link", name="Funding cover: 0.87. Explain").click()
    expect(page).to_have_url(f"/programmes/{demo.programme('CAM').pk}/explain/funding_cover/")
    expect(page.locator("#explain-title")).to_have_text("Funding cover")


def test_tracks_lead_to_projects_by_keyboard(visit, viewer, demo):
    page = visit(viewer).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    track = page.locator("pm-tracks").get_by_role("link", name="CAM-06 Sports and Wellbeing Centre")
    track.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("CAM-06")


def test_a_table_sorts_in_place_and_the_address_says_so(visit, viewer, demo):
    page = visit(viewer).new_page()
    address = f"/programmes/{demo.programme('CAM').pk}/"
    page.goto(address)
    expect(page.locator("pm-tracks svg")).to_be_visible()  # it moves what is below it
    page.locator("#tracks-table > summary").click()
    table = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Slip"))
    table.get_by_role("link", name="Slip").click()
    expect(page).to_have_url(f"{address}?sort=slip_days")
    table.get_by_role("link", name="Slip").click()
    expect(page).to_have_url(f"{address}?sort=-slip_days")
    expect(table.get_by_role("columnheader", name="Slip")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(table.get_by_role("rowheader").first).to_contain_text("CAM-04")
    expect(page.locator("#tracks-table")).to_have_attribute("open", "")
    page.go_back()
    expect(table.get_by_role("columnheader", name="Slip")).to_have_attribute(
        "aria-sort", "ascending"
    )


def test_unsaved_input_is_not_lost_without_a_question(visit, cam02_manager, demo):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.get_by_text("Update dates, progress and status").click()
    page.get_by_label("Complete, %").fill("44")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#main").get_by_role("link", name="D06").first.wait_for()
    page.evaluate("window.location.assign('/portfolio/')")
    expect(page.get_by_label("Complete, %")).to_have_value("44")
    assert asked == ["beforeunload"]


def test_who_was_signed_out_elsewhere_is_told_and_nothing_is_asked_again(
    visit, viewer, demo, watched
):
    context = visit(viewer)
    page = context.new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    context.clear_cookies()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(page.locator("[data-figure$=finish_propagated]")).to_have_text("27 Apr 2029")
    watched.troubles.clear()  # the console reports the 401 that was asked for


def test_refused_input_is_kept_and_named_beside_its_field(visit, cam02_manager, demo, watched):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.get_by_text("Update dates, progress and status").click()
    page.get_by_label("Complete, %").fill("140")
    page.get_by_label("Forecast finish", exact=True).fill("2020-01-01")
    page.get_by_role("button", name="Save the project").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Complete, %").click()
    field = page.get_by_label("Complete, %")
    expect(field).to_be_focused()
    expect(field).to_have_value("140")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Enter a value from 0 to 100.")
    watched.troubles.clear()  # the console reports the 400 that was asked for
    demo_project = demo.project("CAM-02")
    assert demo_project.percent_complete == 38


def test_who_saves_second_sees_both_versions_and_loses_nothing(
    visit, cam02_manager, cam_manager, demo, watched
):
    address = f"/projects/{demo.project('CAM-02').pk}/"
    first, second = visit(cam02_manager).new_page(), visit(cam_manager).new_page()
    for page, value in ((first, "40"), (second, "45")):
        page.goto(address)
        page.get_by_text("Update dates, progress and status").click()
        page.get_by_label("Complete, %").fill(value)
    first.get_by_role("button", name="Save the project").click()
    expect(first.get_by_text("Project saved.")).to_be_visible()

    second.get_by_role("button", name="Save the project").click()
    conflict = second.get_by_role("alert")
    expect(conflict.get_by_role("row", name="Complete, % 40 45")).to_be_visible()
    expect(second.get_by_label("Complete, %")).to_have_value("45")
    conflict.get_by_role("button", name="Save mine over it").click()
    expect(second.get_by_text("Project saved.")).to_be_visible()
    watched.troubles.clear()  # the console reports the 412 that was asked for
    assert demo.project("CAM-02").percent_complete == 45


def test_who_saves_other_fields_keeps_both_and_an_undo_finds_what_was_saved_since(
    visit, cam02_manager, cam_manager, demo, watched
):
    address = f"/projects/{demo.project('CAM-02').pk}/"
    first, second = visit(cam02_manager).new_page(), visit(cam_manager).new_page()
    for page in (first, second):
        page.goto(address)
        page.get_by_text("Update dates, progress and status").click()
    second.get_by_label("Forecast finish", exact=True).fill("2029-01-31")
    first.get_by_label("Complete, %").fill("40")
    first.get_by_role("button", name="Save the project").click()
    expect(first.get_by_text("Project saved.")).to_be_visible()
    second.get_by_role("button", name="Save the project").click()
    expect(second.get_by_text("Project saved.")).to_be_visible()
    project = demo.project("CAM-02")
    assert (project.percent_complete, str(project.forecast_finish)) == (40, "2029-01-31")

    first.get_by_role("button", name="Undo", exact=True).click()
    expect(first.get_by_role("alert")).to_contain_text("Not taken back: someone changed it since.")
    assert demo.project("CAM-02").percent_complete == 40
    watched.troubles.clear()  # the console reports each 412 that was asked for


def test_a_saved_change_can_be_undone(visit, cam02_manager, demo):
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.get_by_text("Update dates, progress and status").click()
    page.get_by_label("Complete, %").fill("41")
    page.get_by_role("button", name="Save the project").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.get_by_label("Complete, %")).to_have_value("38")
    expect(page.locator("#id_reason")).to_have_value("")
    project = demo.project("CAM-02")
    assert project.percent_complete == 38
    # Less is complete than before: the undo has said why, as every correction does.
    assert last_reason(project) == "Undone right after it was saved."


def test_an_undone_status_is_of_the_day_it_was_declared_on(visit, cam02_manager, demo):
    before = demo.project("CAM-02")
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{before.pk}/")
    page.get_by_text("Update dates, progress and status").click()
    page.get_by_label("Declared status").select_option("red")
    page.get_by_role("button", name="Save the project").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    after = demo.project("CAM-02")
    assert (after.declared_rag, after.declared_on) == (before.declared_rag, before.declared_on)
    assert after.version == before.version + 2


def test_a_cost_moves_the_figures_of_an_open_programme_page(
    visit, cam_manager, demo, celery_worker_running
):
    office = visit(cam_manager)
    board = office.new_page()
    board.goto(f"/programmes/{demo.programme('CAM').pk}/")
    forecast = board.locator("[data-figure$='estimate_at_completion']")
    expect(forecast).to_have_text("285,810")
    board.locator("#curve-table > summary").click()
    focused = board.get_by_role("link", name="Funding cover: 0.87. Explain")
    focused.focus()

    desk = office.new_page()
    desk.goto(f"/projects/{demo.project('CAM-02').pk}/")
    desk.get_by_text("Post a cost").click()
    desk.get_by_label("Amount").fill("250")
    desk.get_by_role("button", name="Post the cost").click()
    expect(desk.get_by_text("Cost posted.")).to_be_visible()

    expect(forecast).to_have_text("286,060")
    expect(forecast).to_have_class("fig changed")
    expect(board.locator("#announcer")).to_contain_text("is now 286,060")
    # What the reader had open and where they were is as it was.
    expect(board.locator("#curve-table")).to_have_attribute("open", "")
    expect(board.locator("pm-tracks svg")).to_have_count(1)
    expect(focused.or_(board.locator("a:focus"))).to_be_focused()
    expect(desk.locator("[data-figure$=actual_cost]")).to_have_text("40,150")
